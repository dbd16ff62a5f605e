"""Accounts of the ledger, what kind each is, and the names that a target has for them (`--accounts FILE`)."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

from refund_calc.errors import BadData, NoInput
from refund_calc.history.nights import PublishedNight

Kind = Literal["asset", "liability", "income", "expense"]
# What recovers a cost lowers that cost; what lowers a sale is income's, on its other side.
KINDS: dict[str, Kind] = {
    "sales_returns": "income",
    "sales_tax_payable": "liability",
    "shipping_income": "income",
    "return_shipping_recovered": "expense",
    "outbound_shipping_recovered": "expense",
    "restocking_fees": "income",
    "damage_recoveries": "income",
    "cancellation_recoveries": "income",
    "refunds_payable": "liability",
    "refund_clearing": "asset",
}
DATES = {"MM/DD/YYYY": "%m/%d/%Y", "DD/MM/YYYY": "%d/%m/%Y", "YYYY-MM-DD": "%Y-%m-%d"}  # as written -> strftime
EXAMPLE = '"4910" = "Sales:Returns"'


@dataclass(frozen=True)
class Account:
    """An account as the ledger names it: its code stands for it, its name may change over the years."""

    code: str
    name: str
    kind: Kind


@dataclass(frozen=True)
class Settings:
    """What an accounts file says: the target's names by code, constant columns, and how it writes dates."""

    file_name: str = ""
    accounts: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    date_format: str = ""


def accounts_of(nights: Iterable[PublishedNight]) -> dict[str, Account]:
    """Code -> account, of all nights, the name as the latest one has it."""
    found: dict[str, Account] = {}
    for night in nights:
        for role, account in night.terms.accounts.items():
            code = account["code"]
            kind = found[code].kind if code in found else KINDS[role]
            found[code] = Account(code, account["name"], kind)
    return found


def read_settings(path: Path) -> Settings:
    """An accounts file. Raises NoInput where it cannot be read, BadData for what stands in it."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NoInput(f"{path}: cannot be read ({error.strerror}); check --accounts") from None
    except UnicodeDecodeError:
        raise BadData(f"{path}: it is not UTF-8; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise BadData(f"{path}: it is not TOML ({error}); a line such as {EXAMPLE} belongs under [accounts]") from None
    known = ("accounts", "columns", "date_format")
    for key in content:
        if key not in known:
            raise BadData(f"{path}, {key}: unknown key; {_close(key, known)}")
    dates = content.get("date_format", "")
    if dates not in ("", *DATES):
        raise BadData(f"{path}, date_format: {dates!r} is no form of a date; write one of {', '.join(DATES)}")
    tables = {name: _texts(path, name, content.get(name, {})) for name in ("accounts", "columns")}
    return Settings(path.name, tables["accounts"], tables["columns"], dates)


def _texts(path: Path, name: str, table: object) -> dict[str, str]:
    if not isinstance(table, dict):
        raise BadData(f"{path}, {name}: it is not a table; write [{name}] and below it lines such as {EXAMPLE}")
    for key, value in table.items():
        if not (isinstance(value, str) and value.strip() and value.isprintable()):
            raise BadData(f"{path}, {name}.{key}: {value!r} is not a name; write text in quotes, such as {EXAMPLE}")
    return {key: value.strip() for key, value in table.items()}


def check_codes(settings: Settings, known: Sequence[str]) -> None:
    """Raise BadData for a code in the map that no night's ledger uses: a slip would leave an account as it was."""
    for code in settings.accounts:
        if code not in known:
            raise BadData(
                f'{settings.file_name}, accounts: no ledger has an account "{code}"; there are {", ".join(known)}'
            )


def _close(word: str, known: Sequence[str]) -> str:
    close = get_close_matches(word, known, n=1)
    return f"did you mean {close[0]}?" if close else f"there are {', '.join(sorted(known))}"
