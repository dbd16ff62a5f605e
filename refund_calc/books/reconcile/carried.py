"""What an earlier reconciliation left open: the opening of the next one, and refunds that were not made yet."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from refund_calc.books.reconcile.cells import cents_of, day_of
from refund_calc.books.reconcile.movements import Fate, Movement
from refund_calc.books.reconcile.promises import Promise
from refund_calc.books.reconcile.result import Outcome
from refund_calc.columns.written import iso
from refund_calc.errors import BadData
from refund_calc.inputs.mapping.sheet import Sheet, SheetKind, UnknownHeader, read_sheet
from refund_calc.policy.money import dollar_text

_COLUMNS = ("class", "payout_id", "night", "open")
GUARDED = re.compile(r"'+[=+\-@]")  # with the apostrophe that reports write before the sign of a formula
_ROWS = ("order_number", "payment_reference", "currency", "seen", "returned", "seen_on", "processor", "pending")
_KIND = SheetKind("reconciliation", tuple((name,) for name in _COLUMNS), frozenset((*_COLUMNS, *_ROWS)))


@dataclass(frozen=True)
class Carried:
    """What was open of one promise, in cents, and whether its payout had failed."""

    cents: int
    has_failed: bool


@dataclass(frozen=True)
class Rows:
    """Rows of processors that are not over: refunds that were not made yet, chargebacks without a refund of ours."""

    pending: tuple[Movement, ...] = ()
    chargebacks: tuple[Movement, ...] = ()


def left_open(path: Path, promises: Sequence[Promise], first: int) -> dict[str, Carried]:
    """Payout id -> what a reconciliation that ended before the day `first` says of it.

    Raises NoInput; BadData where the file is no reconciliation, or not one of these promises up to the day before.
    """
    sheet = _sheet(path)
    classes, ids, nights, amounts = (sheet.columns[name].to_pylist() for name in _COLUMNS)
    known = {promise.payout_id for promise in promises if promise.night < first}
    found, latest = {}, -1
    for line, *row in zip(sheet.lines.tolist(), classes, ids, nights, amounts, strict=True):
        outcome, payout_id, night, amount = row
        if not payout_id:
            continue
        payout_id, cents = _as_published(payout_id), cents_of(amount)
        if cents is None:
            raise BadData(f'{path} line {line}, open: "{amount}" is no amount; {_AS_WRITTEN}')
        if payout_id not in known:
            raise BadData(
                f'{path} line {line}: no night before {iso(first)} promised "{payout_id}"; give --from the day after '
                "the last day of that reconciliation, or reconcile again without --carried"
            )
        found[payout_id], latest = Carried(cents, outcome == "failed"), max(latest, day_of(night, "MDY") or -1)
    later = min((one.night for one in promises if latest < one.night < first), default=None)
    if later is not None:
        raise BadData(
            f"{path}: it ends before the night of {iso(later)}; give the reconciliation that ended on "
            f"{iso(first - 1)}, or --from the day after its end"
        )
    return found


def pending_text(rows: Iterable[Movement]) -> str:
    """The refunds among these rows that are not made yet, as the column `pending` has them: day, amount and id."""
    waiting = [row for row in rows if row.fate is Fate.PENDING]
    return ";".join(f"{iso(row.day)} {dollar_text(row.cents)} {row.own}".rstrip() for row in waiting)


def rows_left(path: Path) -> Rows:
    """The rows of an earlier reconciliation that are not over. Raises as `left_open` does."""
    sheet = _sheet(path)
    names = ("class", "payout_id", *_ROWS)
    cells = zip(*(sheet.column(name).to_pylist() for name in names), strict=True)
    pending: list[Movement] = []
    chargebacks: list[Movement] = []
    for line, row in zip(sheet.lines.tolist(), cells, strict=True):
        named = dict(zip(names, row, strict=True))
        pending += _pending(path, line, named)
        if named["class"] == Outcome.CHARGEBACK:
            chargebacks.append(_chargeback(path, line, named))
    return Rows(tuple(pending), tuple(chargebacks))


def _pending(path: Path, line: int, row: Mapping[str, str]) -> Iterator[Movement]:
    for text in filter(None, row["pending"].split(";")):
        parts = text.split(" ", 2)
        day, cents = day_of(parts[0], "MDY"), cents_of(parts[1]) if len(parts) > 1 else None
        if day is None or cents is None:
            raise BadData(f'{path} line {line}, pending: "{text}" is no day, amount and id; {_AS_WRITTEN}')
        yield replace(_row(path, line, row, Fate.PENDING, day, cents), own="".join(parts[2:]))


def _chargeback(path: Path, line: int, row: Mapping[str, str]) -> Movement:
    day, taken, given = day_of(row["seen_on"], "MDY"), cents_of(row["seen"]), cents_of(row["returned"])
    if day is None or taken is None or given is None:
        raise BadData(f"{path} line {line}: seen, returned or seen_on is no amount or day; {_AS_WRITTEN}")
    references = tuple(filter(None, _as_published(row["payment_reference"]).split(";")))
    return replace(_row(path, line, row, Fate.REFUND, day, taken - given), references=references)


_AS_WRITTEN = "give the file as reconcile wrote it"


def _row(path: Path, line: int, row: Mapping[str, str], fate: Fate, day: int, cents: int) -> Movement:
    order = _as_published(row["order_number"])
    return Movement(
        place=f"{path.name} line {line}",
        processor=row["processor"],
        fate=fate,
        day=day,
        cents=cents,
        currency=row["currency"],
        order=order,
        orders=(order,) if order else (),
        payout_id=_as_published(row["payout_id"]),
    )


def _sheet(path: Path) -> Sheet:
    try:
        return read_sheet(path, [_KIND])[1]
    except UnknownHeader:
        raise BadData(f"{path} line 1: this is no CSV that reconcile wrote; give the file of its option -o") from None


def _as_published(cell: str) -> str:
    """A cell without the apostrophe that guards it against formulas."""
    return cell[1:] if GUARDED.match(cell) else cell
