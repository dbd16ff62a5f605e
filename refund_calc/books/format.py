"""What an export format is: one small declaration per target, and what the CSV ones share."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.books.accounts import DATES, Account, Settings
from refund_calc.books.entries import Entries
from refund_calc.books.published import cents as cents_of
from refund_calc.columns.aliases import Ints
from refund_calc.columns.groups import starts_of_groups
from refund_calc.errors import BadData, ControlTotalFailed
from refund_calc.history.nights import EPOCH
from refund_calc.policy.money import dollar_text, dollars
from refund_calc.reports.csv_blocks import quoted, text_bytes

Columns = dict[str, pa.Array | str]
"""Header -> the cells of that column, or one text for all rows."""


@dataclass(frozen=True)
class Format:
    """A target of `refund-calc export`. `write` gives the bytes of a file; it never decides anything.

    `named` is the target's name of an account where no accounts file gives one; `fault` says what is wrong with a name,
    or None. `header` is empty for what is no CSV; `constants` are its columns whose one value an accounts file may set,
    with their defaults.
    """

    name: str
    what: str
    named: Callable[[Account], str]
    fault: Callable[[str], str | None]
    write: Callable[[Entries, Settings], bytes]
    faults: Callable[[Sequence[str]], str | None] = lambda names: None  # of all names together
    most_lines: int | None = None  # of a file
    header: tuple[str, ...] = ()
    constants: Mapping[str, str] = field(default_factory=dict)


def not_longer(most: int) -> Callable[[str], str | None]:
    """A fault of names that are longer than the target takes."""
    return lambda name: f"it has {len(name)} characters; at most {most} are taken" if len(name) > most else None


def as_csv(
    header: Sequence[str],
    columns: Callable[[Entries, Settings], Columns],
    constants: Mapping[str, str],
    amounts: Sequence[str],
) -> Callable[[Entries, Settings], bytes]:
    """The `write` of a CSV format: its columns in the order of the header, then those that an accounts file adds.

    `amounts` are the columns of debits and credits, or the one of both. No such target checks a sum by itself, so what
    is about to be written is added up: it raises ControlTotalFailed where that is not what the ledgers say.
    """

    def write(entries: Entries, settings: Settings) -> bytes:
        found: Columns = {**constants, **settings.columns, **columns(entries, settings)}
        _check_sums(entries, [cents_of(pa.chunked_array([_column(found[name], len(entries))])) for name in amounts])
        return csv_file({name: found[name] for name in dict.fromkeys([*header, *found])}, len(entries))

    return write


def _check_sums(entries: Entries, sides: Sequence[Ints]) -> None:
    """Each account's sum, and that of each entry, as written: debits, then credits."""
    written = sides[0] - sides[1] if len(sides) > 1 else sides[0]
    off = written - entries.cents
    by_account = np.zeros(len(entries.names), np.int64)
    np.add.at(by_account, entries.account, off)
    for at in np.flatnonzero(by_account)[:1].tolist():
        difference = dollar_text(int(by_account[at]))
        raise ControlTotalFailed(f"{entries.names[at]}: the file and the ledgers differ by {difference}; tell us")
    by_entry = np.add.reduceat(written, entries.starts) if len(entries) else written
    for at in np.flatnonzero(by_entry)[:1].tolist():
        name, difference = entries.entry_id[int(entries.starts[at])], dollar_text(int(by_entry[at]))
        raise ControlTotalFailed(f"{name}: debits and credits in the file differ by {difference}; tell us")


def csv_file(columns: Columns, rows: int) -> bytes:
    """A CSV file: header, rows, LF; quotes where needed."""
    cells = [quoted(_column(column, rows)) for column in columns.values()]
    lines = joined(pc.binary_join_element_wise(*cells, ","), "\n")
    header = joined(pc.binary_join_element_wise(*(quoted(pa.array([name])) for name in columns), ","), "\n")
    return b"".join([text_bytes(header), text_bytes(lines)])


def _column(column: pa.Array | str, rows: int) -> pa.Array:
    return pa.repeat(column, rows) if isinstance(column, str) else column


def dates(entries: Entries, form: str, settings: Settings) -> pa.Array:
    """Posting dates as the target writes them; `form` is one of DATES, an accounts file may say another."""
    pattern = DATES[settings.date_format or form]
    distinct, at = np.unique(entries.posting_date, return_inverse=True)
    texts = [date.fromordinal(day + EPOCH).strftime(pattern) for day in distinct.tolist()]
    return pa.array(texts, pa.string()).take(pa.array(at))


def account_names(entries: Entries) -> pa.Array:
    """The account of each line, as the target names it."""
    return pa.array(entries.names, pa.string()).take(pa.array(entries.account))


def debit(entries: Entries) -> pa.Array:
    """The debit of each line as `0.00`, null for a credit."""
    return dollars(pa.array(entries.cents, mask=entries.cents < 0))


def credit(entries: Entries) -> pa.Array:
    """The credit of each line as `0.00`, null for a debit."""
    return dollars(pa.array(-entries.cents, mask=entries.cents > 0))


def blank(texts: pa.Array) -> pa.Array:
    """Null as ""."""
    return pc.fill_null(texts, "")


def on_first_lines(entries: Entries, texts: pa.Array) -> pa.Array:
    """These texts on the first line of each entry, "" on the others."""
    return pc.if_else(pa.array(entries.begins), texts, "")


def joined(*texts: pa.Array | str) -> pa.Array:
    """Texts row by row, one after the other."""
    return pc.binary_join_element_wise(*texts, "")


def running_balances(entries: Entries) -> Iterator[tuple[int, Ints, Ints]]:
    """For each posting date: its last line, the accounts that moved on it, and their balances (cents) after it."""
    starts = np.flatnonzero(starts_of_groups(entries.posting_date))
    ends = np.append(starts[1:], len(entries))[: len(starts)] - 1
    balance, start = np.zeros(len(entries.names), np.int64), 0
    for end in ends.tolist():
        moved, cents = entries.account[start : end + 1], entries.cents[start : end + 1]
        np.add.at(balance, moved, cents)
        accounts = np.unique(moved)
        yield end, accounts, balance[accounts]
        start = end + 1


def check_amounts(entries: Entries, digits: int, target: str) -> None:
    """Raise BadData for an amount with more digits before the point than the target takes."""
    large = np.flatnonzero(np.abs(entries.cents) >= 10**digits * 100)
    for line in large[:1].tolist():
        amount = blank(dollars(np.abs(entries.cents[line : line + 1])))[0]
        raise BadData(f"{entries.entry_id[line]}: {amount} has more than the {digits} digits that {target} takes")
