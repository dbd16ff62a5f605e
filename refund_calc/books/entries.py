"""Journal lines of published ledgers, to be written for other books: whole entries, by posting date."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.books.accounts import Account, accounts_of
from refund_calc.books.published import cents, days, report
from refund_calc.columns.aliases import Bools, Ints
from refund_calc.columns.groups import places_in_groups
from refund_calc.columns.written import iso
from refund_calc.errors import BadData, NoInput
from refund_calc.history.nights import LEDGER_CSV, PublishedNight, published

WANTED = ("entry_id", "entry_line", "posting_date", "account", "debit", "credit", "currency", "order_number", "memo")


@dataclass(frozen=True)
class Entries:
    """Journal lines by posting date, entry and line; the lines of an entry stand together and come to 0."""

    posting_date: Ints  # day numbers
    entry_id: pa.Array
    memo: pa.Array
    order_number: pa.Array  # "" where an entry is about several
    account: Ints  # index in names
    cents: Ints  # a debit is positive, a credit negative
    names: tuple[str, ...]  # of the accounts: their codes, or what the target calls them
    currency: str
    period: tuple[int, int]  # the first and the last posting date that were asked for

    def __len__(self) -> int:
        return len(self.cents)

    @cached_property
    def begins(self) -> Bools:
        """Whether an entry begins with this line."""
        changed = pc.not_equal(self.entry_id.slice(1), self.entry_id.slice(0, max(len(self) - 1, 0)))
        return np.concatenate([np.ones(min(len(self), 1), np.bool_), np.asarray(changed, np.bool_)])

    @cached_property
    def starts(self) -> Ints:
        """The first line of each entry."""
        return np.asarray(np.flatnonzero(self.begins), np.int64)

    @property
    def line_number(self) -> Ints:
        """1, 2, ... within each entry."""
        return places_in_groups(self.begins) + 1

    def part(self, start: int, stop: int) -> "Entries":
        """Some of the lines; they must be whole entries."""
        lines, size = slice(start, stop), stop - start
        texts = {name: getattr(self, name).slice(start, size) for name in ("entry_id", "memo", "order_number")}
        numbers = {name: getattr(self, name)[lines] for name in ("posting_date", "account", "cents")}
        return replace(self, **texts, **numbers)


@dataclass(frozen=True)
class Subledger:
    """The entries of a period, their accounts by code, and the last night that was published."""

    entries: Entries
    accounts: Mapping[str, Account]
    last_night: int


def subledger(out: Path, first: int, last: int) -> Subledger:
    """What published ledgers post from the day `first` to the day `last`; accounts are named by their codes.

    All entries of one posting date come from one night, the first one on or after it. Raises NoInput where there is
    neither a night nor an entry in the period, BadData for a file that was changed or for two currencies.
    """
    nights = nights_of(out)
    posting = list(_posting(nights, first, last))
    ledgers = [_posted(night, first, last, night is nights[-1]) for night in posting]
    lines = pa.concat_tables(ledgers) if ledgers else pa.table({name: pa.array([], pa.string()) for name in WANTED})
    if not len(lines) and not any(first <= night.day <= last for night in nights):
        raise NoInput(no_night(out, nights, first, last))
    known = nights[: nights.index(posting[-1]) + 1] if posting else nights
    return Subledger(_in_order(lines, known[-1].terms.currency, (first, last)), accounts_of(known), nights[-1].day)


def nights_of(out: Path) -> list[PublishedNight]:
    """The published nights of OUT. Raises NoInput where there is none."""
    nights = published(out) if out.is_dir() else []
    if not nights:
        raise NoInput(f"{out}: no night was published here; give the folder that the nights were written to")
    return nights


def no_night(out: Path, nights: Sequence[PublishedNight], first: int, last: int) -> str:
    """The line about a period in which there is nothing to export."""
    period = f"{out}: no night from {iso(first)} to {iso(last)}"
    before = [night.name for night in nights if night.day < first]
    after = [night.name for night in nights if night.day > last]
    if before and after:  # all of it is known: nothing is missing
        beside = f"the nights beside it are {before[-1]} and {after[0]}"
        return f"{period}, and nothing for it: {beside}; there is no file to make"
    there = f"its nights ({len(nights):,}) are from {nights[0].name} to {nights[-1].name}"
    return f"{period}; {there}, choose --from and --to among them"


def _posting(nights: Sequence[PublishedNight], first: int, last: int) -> Iterator[PublishedNight]:
    """The nights that post something in a period: those in it, and the next one, which posts what was left."""
    for night in nights:
        if night.day >= first:
            yield night
        if night.day >= last:
            return


def _posted(night: PublishedNight, first: int, last: int, is_latest: bool) -> pa.Table:
    table = report(night, LEDGER_CSV, WANTED, is_latest=is_latest)
    day = days(table["posting_date"])
    return table.filter(pa.array((day >= first) & (day <= last)))


def _in_order(lines: pa.Table, currency: str, period: tuple[int, int]) -> Entries:
    line = lines["entry_line"].cast(pa.int64())
    lines = lines.set_column(lines.column_names.index("entry_line"), "entry_line", line)
    keys = [(name, "ascending") for name in ("posting_date", "entry_id", "entry_line")]
    lines = lines.sort_by(keys).combine_chunks()
    currencies = sorted(pc.unique(lines["currency"]).to_pylist()) or [currency]
    if len(currencies) > 1:
        raise BadData(
            f"{LEDGER_CSV}: entries in {' and '.join(currencies)}; choose --from and --to so that there is one"
        )
    codes = sorted(pc.unique(lines["account"]).to_pylist())
    account = pc.index_in(lines["account"], pa.array(codes, pa.string())).cast(pa.int64())
    return Entries(
        posting_date=days(lines["posting_date"]),
        entry_id=_one(lines["entry_id"]),
        memo=_one(lines["memo"]),
        order_number=_one(lines["order_number"]),
        account=np.asarray(account.to_numpy(), np.int64),
        cents=cents(lines["debit"]) - cents(lines["credit"]),
        names=tuple(codes),
        currency=currencies[0],
        period=period,
    )


def _one(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays([*column.chunks, pa.array([], pa.string())])


def named(entries: Entries, name_of: Mapping[str, str]) -> Entries:
    """The same entries with their accounts as a target names them; two of ours may be one of the target's."""
    names = tuple(dict.fromkeys(name_of[code] for code in entries.names))
    place = np.array([names.index(name_of[code]) for code in entries.names], np.int64)
    return replace(entries, account=place[entries.account], names=names)


def cut(entries: Entries, most: int) -> Iterator[Entries]:
    """Parts of at most so many lines, an entry never cut. Raises BadData where one is longer than that."""
    bounds = np.append(entries.starts, len(entries))
    start = 0
    while start < len(entries):
        stop = int(bounds[np.searchsorted(bounds, start + most, side="right") - 1])
        if stop == start:
            raise BadData(f"{entries.entry_id[start]}: more than {most:,} lines, which the target does not take")
        yield entries.part(start, stop)
        start = stop
    if not len(entries):
        yield entries
