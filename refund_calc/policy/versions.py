"""The store's refund policy: one TOML file per version, read strictly (rulebook 2).

Whatever is wrong with a policy stops the night, so every refusal is one line that names file and key and says
what stands there, what is wrong with it and what to write instead. `parameters` lists every key with its
meaning, for the README's table.
"""

import hashlib
import json
import re
import tomllib
import zoneinfo
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from refund_calc.errors import BadPolicy
from refund_calc.policy.vocabulary import REASONS, TRIGGERS

IntDays = npt.NDArray[np.int64]
IntArray = npt.NDArray[np.int64]

_EPOCH = date(1970, 1, 1).toordinal()
_Item = TypeVar("_Item")


class PolicyError(BadPolicy):
    """The policy cannot be used (exit 78). The message is one line: where, what stands there, what to do."""

    def __init__(self, where: str, fault: str) -> None:
        line = f"{where}: {fault}"
        super().__init__("".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line))


# --- Values: what may stand there. A parser takes what TOML read, and raises ValueError with the fault. ------


@dataclass(frozen=True)
class Kind:
    """How values of one kind are written in TOML: in words, and as an example. Ends every error line."""

    what: str
    example: str


@dataclass(frozen=True)
class Clause:
    """The clause a key belongs to, and whether its figure is a placeholder that finance must set."""

    id: str
    placeholder: bool = False


@dataclass(frozen=True)
class Rate:
    """An exact part of an amount: numerator / denominator, the denominator a power of ten (0.15 is 15 / 100).

    Without trailing zeros, so that equal rates compare equal.
    """

    numerator: int
    denominator: int

    def __str__(self) -> str:
        whole, rest = divmod(self.numerator, self.denominator)
        places = len(str(self.denominator)) - 1
        return f"{whole}.{rest:0{places}d}" if places else str(whole)


def _whole_number(least: int, most: int) -> Callable[[object], int]:
    def parse(value: object) -> int:
        if type(value) is not int:  # to isinstance, true and false would be whole numbers
            raise _wrong_type(value)
        if value < least:
            raise ValueError(f"{_shown(value)} is below {least}")
        if value > most:
            raise ValueError(f"{_shown(value)} is above {most}")
        return value

    return parse


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _wrong_type(value)
    if re.search(r"[\x00-\x1f\x7f-\x9f]", value):
        raise ValueError(f"{_shown(value)} holds a control character")
    if not value.strip():
        raise ValueError(f"{_shown(value)} is blank")
    return value.strip()


def _letters(count: int) -> Callable[[object], str]:
    def parse(value: object) -> str:
        if not re.fullmatch(rf"[A-Za-z]{{{count}}}", _text(value)):
            raise ValueError(f"{_shown(value)} is not {count} letters")
        return _text(value).upper()

    return parse


def _channel(value: object) -> str:
    return _text(value).lower()


def _lower(value: object) -> str:
    return _text(value).lower()


def _one_of(words: Sequence[str], noun: str) -> Callable[[object], str]:
    def parse(value: object) -> str:
        if (word := _lower(value)) not in words:
            raise ValueError(f"{_shown(value)} is not a {noun}")
        return word

    return parse


def _list_of(parse_item: Callable[[object], _Item]) -> Callable[[object], tuple[_Item, ...]]:
    def parse(value: object) -> tuple[_Item, ...]:
        if not isinstance(value, list):
            raise _wrong_type(value)
        return tuple(parse_item(item) for item in value)

    return parse


def _day(value: object) -> date:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise _wrong_type(value)
    return value


def _zone(value: object) -> str:
    name = _text(value)
    try:
        zoneinfo.ZoneInfo(name)
        known = name != "localtime"  # on many machines a file of that name, but not of one zone
    except (LookupError, OSError, ValueError):
        known = False
    if not known:
        raise ValueError(f"{_shown(value)} is not a known time zone")
    return name


def _rate(value: object) -> Rate:
    text = _text(value)
    if re.fullmatch(r"-[0-9.]+", text):
        raise ValueError(f"{_shown(value)} is negative")
    if not (match := re.fullmatch(r"([0-9]+)(?:\.([0-9]+))?", text)):
        raise ValueError(f"{_shown(value)} is not a decimal number")
    whole, decimals = match[1].lstrip("0"), (match[2] or "").rstrip("0")
    if len(decimals) > 9:
        raise ValueError(f"{_shown(value)} has more than 9 decimals")
    if whole not in ("", "1") or (whole and decimals):
        raise ValueError(f"{_shown(value)} is above 1")
    return Rate(int(f"0{whole}{decimals}"), 10 ** len(decimals))


def _cents(value: object) -> int:
    text = _text(value)
    if re.fullmatch(r"-[0-9.]+", text):
        raise ValueError(f"{_shown(value)} is negative")
    if not (match := re.fullmatch(r"([0-9]{1,9})(?:\.([0-9]{1,2}))?", text)):
        raise ValueError(f"{_shown(value)} is not an amount of money")
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))


def _no_grade_twice(value: object) -> object:
    if not isinstance(value, dict):
        raise _wrong_type(value)
    seen: dict[str, str] = {}
    for written in value:
        if (first := seen.setdefault(written.strip().lower(), written)) != written:
            raise ValueError(f"{_shown(first)} and {_shown(written)} are the same grade")
    return value


def _wrong_type(value: object) -> ValueError:
    return ValueError(_what_stands(value))


def _what_stands(value: object) -> str:
    """What kind of TOML value stands there, with the value where it fits on the line."""
    for types, noun in _TOML_TYPES:
        if isinstance(value, types):
            return f"{noun} stands here" if isinstance(value, list | dict) else f"{_shown(value)} is {noun}"
    raise TypeError(type(value))


# The more special type first: true is an int to Python, and a date with a time is a date.
_TOML_TYPES: tuple[tuple[type, str], ...] = (
    (str, "text"),
    (bool, "a truth value"),
    (int, "a whole number without quotes"),
    (float, "a decimal number without quotes"),
    (datetime, "a date with a time"),
    (date, "a date without quotes"),
    (time, "a time"),
    (list, "a list"),
    (dict, "a table"),
)


def _shown(value: object) -> str:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, int) and value.bit_length() > 64:
        return "a number of more than 19 digits"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f'{text[:56]}..."'


# The upper limits only keep every date that can follow from them within the calendars.
CalendarDays = Annotated[
    int,
    BeforeValidator(_whole_number(0, 999_999)),
    Kind("a whole number of days from 0 to 999999", "30"),
]
WorkingDayCount = Annotated[
    int,
    BeforeValidator(_whole_number(1, 99_999)),
    Kind("a whole number of working days from 1 to 99999", "10"),
]
Lag = Annotated[
    int,
    BeforeValidator(_whole_number(0, 99_999)),
    Kind("a whole number of working days from 0 to 99999", "1"),
]
Months = Annotated[
    int,
    BeforeValidator(_whole_number(0, 9_999)),
    Kind("a whole number of months from 0 to 9999", "3"),
]
RateValue = Annotated[
    Rate,
    BeforeValidator(_rate),
    Kind("a decimal from 0 to 1 in quotes", '"0.15"'),
]
CentsOrNone = Annotated[
    int | None,
    BeforeValidator(_cents),
    Kind("an amount with at most two decimals in quotes", '"2500.00"'),
]
Text = Annotated[str, BeforeValidator(_text), Kind("text in quotes", '"2024-01"')]
Day = Annotated[date, BeforeValidator(_day), Kind("a date without quotes or time", "2024-01-01")]
Closures = Annotated[
    tuple[date, ...],
    BeforeValidator(_list_of(_day)),
    Kind("a list of dates without quotes or times", "[2024-12-24, 2024-12-31]"),
]
TimeZone = Annotated[
    str,
    BeforeValidator(_zone),
    Kind("the IANA name of a time zone", '"America/Los_Angeles"'),
]
Currency = Annotated[str, BeforeValidator(_letters(3)), Kind("an ISO 4217 code", '"USD"')]
Countries = Annotated[
    tuple[str, ...],
    BeforeValidator(_list_of(_letters(2))),
    Kind("a list of ISO 3166 codes", '["US"]'),
]
Channels = Annotated[
    tuple[str, ...],
    BeforeValidator(_list_of(_channel)),
    Kind("a list of sales channels", '["kickstarter", "indiegogo"]'),
]
Reasons = Annotated[
    tuple[str, ...],
    BeforeValidator(_list_of(_one_of(REASONS, "reason"))),
    Kind(f"a list of reasons out of {', '.join(REASONS)}", f'["{REASONS[0]}"]'),
]
Triggers = Annotated[
    tuple[str, ...],
    BeforeValidator(_list_of(_one_of(TRIGGERS, "trigger"))),
    Kind(f"a list of triggers out of {', '.join(TRIGGERS)}", f'["{TRIGGERS[0]}"]'),
]
GradeRates = Annotated[
    Mapping[Annotated[str, BeforeValidator(_lower)], RateValue],
    BeforeValidator(_no_grade_twice),
    Kind("a table of damage grades with decimals from 0 to 1 in quotes", '{ scratch = "0.10" }'),
]


# --- The keys of a version, in the order of the file ---------------------------------------------------------


class Table(BaseModel):
    """A TOML table: every key known, every value of exactly its type, nothing changed after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Coverage(Table):
    window_days: Annotated[CalendarDays, Clause("RP-1")] = Field(
        description="days after delivery within which notice must be given; that day itself is in time"
    )
    countries: Annotated[Countries, Clause("RP-2")] = Field(description="countries whose orders may be returned")
    excluded_channels: Annotated[Channels, Clause("RP-4")] = Field(
        description="sales channels whose orders get no refund or return"
    )
    accessory_reasons: Annotated[Reasons, Clause("RP-3")] = Field(
        description="reasons for which an accessory may be returned"
    )


class ReturnShipping(Table):
    waived_for: Annotated[Reasons, Clause("RP-6")] = Field(
        description="reasons for which the store bears return shipping"
    )


class Restocking(Table):
    rate: Annotated[RateValue, Clause("RP-7", placeholder=True)] = Field(
        description="restocking fee as a part of the merchandise returned"
    )
    triggers: Annotated[Triggers, Clause("RP-7")] = Field(
        description="what the warehouse finds that costs a restocking fee"
    )
    waived_for: Annotated[Reasons, Clause("RP-7")] = Field(description="reasons for which there is no restocking fee")


class Damage(Table):
    waived_for: Annotated[Reasons, Clause("RP-8")] = Field(description="reasons for which damage is not deducted")
    rates: Annotated[GradeRates, Clause("RP-8", placeholder=True)] = Field(
        description="deduction by damage grade as a part of the merchandise; other grades need damage_amount"
    )


class Receipt(Table):
    lost_after_days: Annotated[CalendarDays, Clause("RP-9", placeholder=True)] = Field(
        description="days after the request beyond which a parcel not received counts as lost"
    )


class Processing(Table):
    business_days: Annotated[WorkingDayCount, Clause("RP-10")] = Field(
        description="business days from receipt (cancellation: from the request) to the due date"
    )
    closures: Annotated[Closures, Clause("RP-10")] = Field(
        default=(), description="closing days of the company that are no business days"
    )


class Payout(Table):
    lag_business_days: Annotated[Lag, Clause("RP-10")] = Field(
        description="bank days from the night to the payout; 0: the same day, or the next bank day"
    )


class Bank(Table):
    credit_min_business_days: Annotated[WorkingDayCount, Clause("RP-11")] = Field(
        description="bank days from the payout to the first day the customer may see the credit"
    )
    credit_max_business_days: Annotated[WorkingDayCount, Clause("RP-11")] = Field(
        description="bank days from the payout to the last day by which the customer sees the credit"
    )
    closures: Annotated[Closures, Clause("RP-11")] = Field(
        default=(), description="closing days of the bank that are no bank days"
    )

    @field_validator("credit_max_business_days")
    @classmethod
    def _not_before_the_first(cls, value: int, info: ValidationInfo) -> int:
        return _at_least(value, "credit_min_business_days", info)


class Dispute(Table):
    min_months: Annotated[Months, Clause("RP-12")] = Field(
        description="months after which a dispute is decided at the earliest"
    )
    max_months: Annotated[Months, Clause("RP-12")] = Field(
        description="months after which a dispute is decided at the latest"
    )

    @field_validator("max_months")
    @classmethod
    def _not_before_the_first(cls, value: int, info: ValidationInfo) -> int:
        return _at_least(value, "min_months", info)


class Approval(Table):
    limit: Annotated[CentsOrNone, Clause("CT-3")] = Field(
        default=None, description="cents refunded on an order above which a payout waits for a person"
    )


def _at_least(value: int, lower_key: str, info: ValidationInfo) -> int:
    lower = info.data.get(lower_key, value)  # absent when it was refused itself
    if value < lower:
        raise ValueError(f"{value} is below {lower_key}, which is {lower}")
    return value


class Account(Table):
    """A ledger account."""

    code: Annotated[str, BeforeValidator(_text), Kind("text in quotes", '"4910"')]
    name: Annotated[str, BeforeValidator(_text), Kind("text in quotes", '"Sales returns"')]


LedgerAccount = Annotated[Account, Kind("an account", '{ code = "4910", name = "Sales returns" }')]


class Accounts(Table):
    sales_returns: LedgerAccount = Field(description="debited with the merchandise refunded")
    sales_tax_payable: LedgerAccount = Field(description="debited with the tax refunded")
    shipping_income: Annotated[LedgerAccount, Clause("RP-13, RP-14")] = Field(
        description="debited with the shipping refunded"
    )
    return_shipping_recovered: Annotated[LedgerAccount, Clause("RP-6")] = Field(
        description="credited with return shipping deducted"
    )
    outbound_shipping_recovered: Annotated[LedgerAccount, Clause("RP-14")] = Field(
        description="credited with outbound shipping deducted"
    )
    restocking_fees: Annotated[LedgerAccount, Clause("RP-7")] = Field(
        description="credited with restocking fees deducted"
    )
    damage_recoveries: Annotated[LedgerAccount, Clause("RP-8")] = Field(description="credited with damage deducted")
    cancellation_recoveries: Annotated[LedgerAccount, Clause("RP-13")] = Field(
        description="credited with cancellation losses deducted"
    )
    refunds_payable: Annotated[LedgerAccount, Clause("RP-10")] = Field(
        description="credited with the net refund, debited when it is paid out"
    )
    refund_clearing: Annotated[LedgerAccount, Clause("RP-10")] = Field(description="credited when a refund is paid out")


class Terms(Table):
    """The keys of a policy file."""

    version: Annotated[Text, Clause("CT-4")] = Field(
        description="the version's name, as it stands in register and ledger; no two are the same"
    )
    effective_from: Annotated[Day, Clause("CT-4")] = Field(
        description="orders from this day on, until the next version's, are judged by this version"
    )
    currency: Annotated[Currency, Clause("CT-1")] = Field(
        description="the currency of all amounts, the same in all versions"
    )
    time_zone: Annotated[TimeZone, Clause("CT-1")] = Field(
        description="the store's, the same in all versions; timestamps become dates in it"
    )
    coverage: Coverage
    return_shipping: ReturnShipping
    restocking: Restocking
    damage: Damage
    receipt: Receipt
    processing: Processing
    payout: Payout
    bank: Bank
    dispute: Dispute
    approval: Approval = Approval()
    accounts: Accounts


class Policy(Terms):
    """One policy version and the file it came from."""

    file_name: str
    sha256: str  # of the file's bytes


# --- Versions together ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PolicySet:
    """The versions of a policy, earliest first; each is in force from its effective_from to the next one's."""

    versions: tuple[Policy, ...]
    time_zone: str
    currency: str

    def in_force(self, day: date) -> Policy:
        """The version in force on a day; PolicyError if that is before the first (CT-4)."""
        index = int(self.version_on(np.array([day.toordinal() - _EPOCH], dtype=np.int64))[0])
        if index < 0:
            first = self.versions[0]
            raise PolicyError(
                f"{first.file_name}, effective_from",
                f"the first version takes effect on {first.effective_from}, so none is in force on {day}; "
                "add the version that was, or run a later night",
            )
        return self.versions[index]

    def version_on(self, days: IntDays) -> IntArray:
        """For each day number the index in `versions` of the version in force, -1 before the first."""
        starts = [version.effective_from.toordinal() - _EPOCH for version in self.versions]
        return np.searchsorted(np.array(starts, dtype=np.int64), days, side="right").astype(np.int64) - 1


def load_policies(path: Path) -> PolicySet:
    """Read every *.toml file of a folder (hidden files aside), or one file.

    Raises PolicyError for the first thing that is wrong, files taken in the order of their names.
    """
    policies = [_load(file) for file in _policy_files(path)]
    for index, policy in enumerate(policies):
        for earlier in policies[:index]:
            _check_pair(earlier, policy)
    versions = tuple(sorted(policies, key=lambda policy: policy.effective_from))
    return PolicySet(versions, versions[0].time_zone, versions[0].currency)


def _policy_files(path: Path) -> list[Path]:
    try:
        if not path.is_dir():
            return [path]
        names = sorted(entry.name for entry in path.iterdir())
    except OSError as error:
        raise PolicyError(f"policy folder {path}", f"cannot be read ({error.strerror})") from None
    files = [path / name for name in names if name.endswith(".toml") and not name.startswith(".")]
    if not files:
        holds = "holds no .toml file" if names else "is empty"
        raise PolicyError(
            f"policy folder {path}", f"{holds}; put one file per policy version there, such as 2024-01.toml"
        )
    return files


def _load(file: Path) -> Policy:
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        raise PolicyError(
            f"policy {file}", "no such file or folder; name the folder that holds the policy versions"
        ) from None
    except OSError as error:
        raise PolicyError(f"policy {file}", f"cannot be read ({error.strerror})") from None
    try:
        terms = Terms.model_validate(_parsed(content, file.name))
    except ValidationError as invalid:
        raise _first_error(invalid.errors(include_url=False), file.name) from None
    return Policy.model_construct(**dict(terms), file_name=file.name, sha256=hashlib.sha256(content).hexdigest())


def _parsed(content: bytes, file_name: str) -> dict[str, Any]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise PolicyError(f"{file_name} line {line}", "not UTF-8; save the file as UTF-8") from None
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        reason = re.sub(r" \(at (line \d+, column \d+|end of document)\)$", "", str(error))
        at = re.search(r"\(at line (\d+), column \d+\)$", str(error))
        line = int(at[1]) if at else text.rstrip().count("\n") + 1
        raise PolicyError(
            f"{file_name} line {line}", f"not valid TOML: {reason}; correct it there or just before"
        ) from None


def _check_pair(earlier: Policy, policy: Policy) -> None:
    for key in ("version", "effective_from"):
        if (value := getattr(policy, key)) == getattr(earlier, key):
            fault = f"{_shown(value)} stands in {earlier.file_name} too; each version needs its own"
            raise PolicyError(f"{policy.file_name}, {key}", fault)
    for key in ("time_zone", "currency"):
        if (value := getattr(policy, key)) != (other := getattr(earlier, key)):
            fault = (
                f"{_shown(value)} differs from {_shown(other)} in {earlier.file_name}; all versions must have the same"
            )
            raise PolicyError(f"{policy.file_name}, {key}", fault)


# --- The models read back: the line for what is wrong, and the list of all keys ------------------------------


def _first_error(errors: list[ErrorDetails], file_name: str) -> PolicyError:
    """The line for the first error; an unknown key first, since a misspelt key is missing as well."""
    error = min(errors, key=lambda error: error["type"] != "extra_forbidden")
    # List positions and pydantic's "[key]" are no part of a TOML key.
    keys = [part for part in error["loc"] if isinstance(part, str) and part != "[key]"]
    table, field = _declared(keys)
    kind = _kind(field) if field else None
    match error["type"]:
        case "extra_forbidden":
            fault = "unknown key" + _suggestion(keys[-1], table)
        case "missing" if kind:
            fault = f"missing; write {kind.what}, such as {keys[-1]} = {kind.example}"
        case "missing":
            fault = f"missing; add the section [{keys[-1]}]"
        case "value_error" if kind:
            fault = f"{error['ctx']['error']}; write {kind.what}, such as {kind.example}"
        case "model_type" if kind:
            fault = f"{_what_stands(error['input'])}; write {kind.what}, such as {kind.example}"
        case _:
            fault = f"{_what_stands(error['input'])}; write it as a section [{keys[-1]}]"
    return PolicyError(f"{file_name}, {'.'.join(keys)}", fault)


def _suggestion(key: str, table: type[BaseModel]) -> str:
    if close := get_close_matches(key, table.model_fields, n=1):
        return f"; did you mean {close[0]}?"
    return f"; remove it, or use one of {', '.join(table.model_fields)}"


def _declared(keys: Sequence[str]) -> tuple[type[BaseModel], FieldInfo | None]:
    """The innermost table on the way to a key, and the last field on it."""
    table: type[BaseModel] = Terms
    field: FieldInfo | None = None
    for key in keys:
        if key not in table.model_fields:
            break
        field = table.model_fields[key]
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            table = field.annotation
    return table, field


def _kind(field: FieldInfo) -> Kind | None:
    return next((note for note in field.metadata if isinstance(note, Kind)), None)


@dataclass(frozen=True)
class Parameter:
    """One key of a policy file, as the README's table shows it."""

    key: str  # dotted
    kind: str  # how it is written
    meaning: str
    default: Literal["none"] | None  # what leaving it out means; None: it is required
    placeholder: bool  # the policy gives no figure: finance must set it
    clause: str  # blank where it belongs to no clause


def parameters() -> list[Parameter]:
    """Every key of a policy file, in the order of the file."""
    return list(_parameters_of(Terms, ""))


def _parameters_of(table: type[BaseModel], prefix: str) -> Iterator[Parameter]:
    for name, field in table.model_fields.items():
        if kind := _kind(field):
            clause = next((note for note in field.metadata if isinstance(note, Clause)), Clause(""))
            default: Literal["none"] | None = None if field.is_required() else "none"
            meaning = field.description or ""
            yield Parameter(prefix + name, kind.what, meaning, default, clause.placeholder, clause.id)
        elif isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _parameters_of(field.annotation, f"{prefix}{name}.")
