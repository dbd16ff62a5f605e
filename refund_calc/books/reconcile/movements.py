"""What the processors' files say of refunds, row by row; and every other row counted by its type.

The files are read as text and filtered as whole columns; only the few rows that are refunds become objects.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
import pyarrow as pa

from refund_calc.books.reconcile.cells import cents_of, day_of
from refund_calc.books.reconcile.processors import NOT_THESE, PROCESSORS, Processor
from refund_calc.errors import BadData
from refund_calc.inputs.mapping.sheet import ENCODING_HINT, Sheet, SheetKind, UnknownHeader, is_of, read_sheet


class Fate(StrEnum):
    """What a row of a processor says about money."""

    REFUND = "refund"  # to the customer
    RETURNED = "returned"  # back: a refund failed or was reversed
    PENDING = "pending"  # the processor has not made it yet
    NEVER = "never made"  # the processor refused it or took it back: no money moved


@dataclass(frozen=True)
class Movement:
    """One row that is about a refund. `cents` is never negative; the fate says where the money went."""

    place: str  # file and line
    processor: str
    fate: Fate
    day: int  # day number
    cents: int
    currency: str
    order: str = ""  # as the processor names it
    references: tuple[str, ...] = ()  # what may be our payment_reference, the surest first
    orders: tuple[str, ...] = ()  # what may be our order_number
    payout_id: str = ""
    own: str = ""  # the refund's own name there
    refers: str = ""  # the refund that a return speaks of
    is_shared: bool = False  # several orders are called so


@dataclass(frozen=True)
class Unreadable:
    """A row that cannot be judged: its place, its processor, and what is wrong."""

    place: str
    processor: str
    fault: str


@dataclass(frozen=True)
class Reported:
    """All files together. `others` counts the rows that are no refunds, by processor and type.

    `chargebacks` are rows of money that was taken from a payment, or given back of that.
    """

    rows: int
    movements: tuple[Movement, ...]
    unreadable: tuple[Unreadable, ...]
    repeated: int  # refund rows that stood in an earlier file already
    others: Counter[tuple[str, str]]
    chargebacks: tuple[Movement, ...] = ()

    def first_day(self, last: int) -> int | None:
        """The first day of a row about money that went back, up to the day `last`; None where there is none."""
        return min((row.day for row in (*self.movements, *self.chargebacks) if row.day <= last), default=None)


def reported(paths: Sequence[Path], currency: str, date_form: str) -> Reported:
    """Read the reports. Amounts are taken in `currency` where a row has one in it, else as they were settled.

    Raises NoInput for a file that cannot be read, BadData for one that is no such report, was cut, or writes its dates
    otherwise than `date_form` says.
    """
    rows, repeated = 0, 0
    others: Counter[tuple[str, str]] = Counter()
    found: dict[tuple[object, ...], Movement] = {}
    taken: dict[tuple[object, ...], Movement] = {}
    unreadable: list[Unreadable] = []
    for path in sorted(paths, key=lambda path: (path.name, str(path))):
        processor, sheet = _read(path)
        rows += len(sheet.lines) + len(sheet.malformed)
        unreadable += _malformed(processor, sheet)
        is_about = _about_money_back(processor, sheet, others)
        here: Counter[tuple[str, ...]] = Counter()
        for row in _texts(processor, sheet, is_about):
            movement = _movement(processor, path, row, currency, date_form)
            if isinstance(movement, Unreadable):
                unreadable.append(movement)
                continue
            here[row.same] += 1
            key = (processor.name, here[row.same], *row.same)
            known = taken if processor.taken.fullmatch(row.cell(processor.type).lower()) else found
            repeated += key in known
            if key not in known or _STAGES.index(movement.fate) > _STAGES.index(known[key].fate):
                known[key] = movement
    return Reported(rows, tuple(found.values()), tuple(unreadable), repeated, others, tuple(taken.values()))


# Of a row that two files tell differently the later stage counts: a pending refund is made, a made one is taken back.
_STAGES = (Fate.PENDING, Fate.RETURNED, Fate.REFUND, Fate.NEVER)


def _read(path: Path) -> tuple[Processor, Sheet]:
    """A file and the processor that made it."""
    try:
        name, sheet = read_sheet(path, [processor.sheet for processor in PROCESSORS.values()])
    except UnknownHeader as error:
        for other, (needs, why_not, instead) in NOT_THESE.items():
            if is_of(path, SheetKind(other, tuple((column,) for column in needs))):
                raise BadData(f"{path}: these are {other}, {why_not}; export {instead} instead") from None
        if "knows (" not in str(error):  # it is no text that can be read
            raise BadData(str(error).removesuffix(ENCODING_HINT)) from None
        nearest = str(error).rpartition("knows (")[2].partition(")")[0]
        raise BadData(
            f"{path} line 1: this header is of no report that is known here ({', '.join(PROCESSORS)}; the nearest, "
            f"{nearest}); export one of these as CSV with these columns"
        ) from None
    last = max((row.line for row in sheet.malformed), default=0)
    if last > (int(sheet.lines[-1]) if len(sheet.lines) else 1):
        row = next(row for row in sheet.malformed if row.line == last)
        fault = f"the last row has {row.fields} of {row.expected} fields"
        raise BadData(f"{path} line {last}: {fault}, the file was cut; export it again")
    return PROCESSORS[name], sheet


def _malformed(processor: Processor, sheet: Sheet) -> list[Unreadable]:
    return [
        Unreadable(
            f"{sheet.source.name} line {row.line}",
            processor.name,
            f"{row.fields} fields, the header has {row.expected}; mend the row or export the file again",
        )
        for row in sheet.malformed
    ]


def _about_money_back(processor: Processor, sheet: Sheet, others: Counter[tuple[str, str]]) -> pa.Array:
    """The rows about refunds and chargebacks; the others are counted by their type."""
    types = sheet.column(*processor.type).dictionary_encode()
    names = [(name or "(no type)").lower() for name in types.dictionary.to_pylist()]
    kinds = (processor.refund, processor.returned, processor.taken)
    is_about = np.array([any(kind.fullmatch(name) for kind in kinds) for name in names], np.bool_)
    codes = np.asarray(types.indices, np.int64)
    for code, count in enumerate(np.bincount(codes, minlength=len(names)).tolist()):
        if count and not is_about[code]:
            others[processor.name, names[code]] += count
    return pa.array(np.flatnonzero(is_about[codes]) if len(names) else np.zeros(0, np.int64))


@dataclass(frozen=True)
class _Row:
    """The cells of one row, as text."""

    line: int
    cells: dict[str, str]
    same: tuple[str, ...]

    def cell(self, aliases: Sequence[str]) -> str:
        return next((self.cells[alias] for alias in aliases if alias in self.cells), "")


def _texts(processor: Processor, sheet: Sheet, rows: pa.Array) -> list[_Row]:
    """The cells of these rows."""
    names = sorted(set(sheet.columns) & processor.wanted)
    columns = {name: sheet.columns[name].take(rows).to_pylist() for name in names}
    same = [columns[name] for name in processor.same if name in columns]
    lines = sheet.lines[np.asarray(rows)].tolist()
    return [
        _Row(line, {name: columns[name][at] for name in names}, tuple(column[at] for column in same))
        for at, line in enumerate(lines)
    ]


def _movement(processor: Processor, path: Path, row: _Row, currency: str, date_form: str) -> Movement | Unreadable:
    """What a row says, or why it cannot be read."""
    place = f"{path.name} line {row.line}"
    text = row.cell(processor.day)
    day = day_of(text, date_form)
    if day is None:
        other = "DMY" if date_form == "MDY" else "MDY"
        if day_of(text, other) is not None:
            raise BadData(f'{place}: "{text}" is no date with {_WORDS[date_form]}; run again with --dates {other}')
        return Unreadable(place, processor.name, f'"{text}" is no date; mend the cell or export the file again')
    amounts = [(row.cell(amount), row.cell(unit).upper()) for amount, unit in processor.amounts]
    settled, unit = amounts[0]
    cents = cents_of(settled)
    if cents is None:
        return Unreadable(place, processor.name, f'"{settled}" is no amount; mend the cell or export the file again')
    if not (len(unit) == 3 and unit.isalpha()):
        return Unreadable(place, processor.name, f'"{unit}" is no currency; mend the cell or export the file again')
    is_outward = cents < 0
    for shown, shown_unit in amounts[1:]:  # settled in another currency than the customer's
        if unit != currency and shown_unit == currency and cents_of(shown) is not None:
            cents, unit = cents_of(shown) or 0, shown_unit
    fate = _fate(processor, row, is_outward, cents)
    order = row.cell(processor.orders)
    return Movement(
        place=place,
        processor=processor.name,
        fate=fate,
        day=day,
        cents=abs(cents),
        currency=unit,
        order=order,
        references=tuple(filter(None, (row.cell(aliases) for aliases in processor.references))),
        orders=(order,) if order else (),
        payout_id=row.cell(processor.payout_id),
        own=row.cell(processor.own),
        refers=row.cell(processor.refers),
    )


_WORDS = {"MDY": "the month first", "DMY": "the day first"}


def _fate(processor: Processor, row: _Row, is_outward: bool, cents: int) -> Fate:
    """A refund has left as a negative amount; a positive one has come back, whatever its type is called."""
    status = row.cell(processor.status).lower()
    if pattern := next((name for name, known in processor.fates.items() if known.fullmatch(status)), ""):
        return Fate.PENDING if pattern == "pending" else Fate.NEVER
    return Fate.REFUND if is_outward or cents == 0 else Fate.RETURNED
