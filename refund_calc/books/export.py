"""`refund-calc export`: the files of a format for a period, and what a person should know of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from refund_calc.books.accounts import Account, Settings, check_codes, read_settings
from refund_calc.books.entries import Entries, cut, named, subledger
from refund_calc.books.format import Format
from refund_calc.books.summary import summarised, tie_out, totals
from refund_calc.columns.written import iso
from refund_calc.errors import BadData


@dataclass(frozen=True)
class Exported:
    """The bytes of one or more files, and lines for a person."""

    files: tuple[bytes, ...]
    notices: tuple[str, ...]


@dataclass(frozen=True)
class Period:
    """What is exported: everything from the day `first` to the day `last` (day numbers)."""

    out: Path
    first: int
    last: int


def export(form: Format, period: Period, accounts: Path | None = None, *, in_summary: bool = False) -> Exported:
    """The entries that published ledgers post in a period, in this format; or one journal per posting date.

    Raises NoInput where there is nothing to export, BadData for a changed file or a name that the target cannot take.
    """
    settings = read_settings(accounts) if accounts else Settings()
    check_columns(form, settings)
    found = subledger(period.out, period.first, period.last)
    check_codes(settings, sorted(found.accounts))
    used = replace(found.entries, names=found.entries.names or tuple(sorted(found.accounts)))
    entries = named(used, target_names(form, [found.accounts[code] for code in used.names], settings))
    if in_summary:
        summary = summarised(entries)
        lines, notice = summary, tie_out(entries, summary)
    else:
        lines, notice = entries, totals(entries)
    notices = (notice, *_is_open(found.last_night, period))
    return Exported(tuple(form.write(part, settings) for part in _files(lines, form)), notices)


def _files(entries: Entries, form: Format) -> Sequence[Entries]:
    return [entries] if form.most_lines is None else list(cut(entries, form.most_lines))


def _is_open(last_night: int, period: Period) -> list[str]:
    if last_night >= period.last:
        return []
    until = f"the last night is {iso(last_night)}: what later nights post up to {iso(period.last)} is not here yet"
    return [f"{until}; export again when they have run"]


def target_names(form: Format, accounts: Sequence[Account], settings: Settings) -> dict[str, str]:
    """Code -> the target's name of it. Raises BadData for a name that it cannot take.

    Two accounts may have one name of the target's if the accounts file says so of either, never by accident.
    """
    names: dict[str, str] = {}
    where = settings.file_name or "--accounts"
    for account in accounts:
        name = settings.accounts.get(account.code) or form.named(account)
        fault = form.fault(name)
        if fault and account.code in settings.accounts:
            raise BadData(f'{where}, accounts."{account.code}": "{name}": {fault}')
        if fault:
            raise BadData(f'account {account.code}, "{name}": {fault}; name it in a file for --accounts')
        twin = next((code for code, other in names.items() if other == name), None)
        if twin and account.code not in settings.accounts and twin not in settings.accounts:
            raise BadData(
                f'accounts {twin} and {account.code} would both be "{name}"; name one of them in a file for --accounts'
            )
        names[account.code] = name
    fault = form.faults(list(names.values()))
    if fault:
        raise BadData(f"{where}, accounts: {fault}")
    return names


def check_columns(form: Format, settings: Settings) -> None:
    """Raise BadData where an accounts file sets what the format does not have, or what the entries fill."""
    if (settings.columns or settings.date_format) and not form.header:
        key = "columns" if settings.columns else "date_format"
        raise BadData(f"{settings.file_name}, {key}: {form.name} is no CSV file and has none; remove it")
    for name in settings.columns:
        if name in form.header and name not in form.constants:
            raise BadData(f"{settings.file_name}, columns.{name}: the entries fill this column; remove it")
