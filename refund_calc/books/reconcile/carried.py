"""What an earlier reconciliation left open: the opening of the next one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from refund_calc.books.reconcile.cells import cents_of, day_of
from refund_calc.books.reconcile.promises import Promise
from refund_calc.columns.written import iso
from refund_calc.errors import BadData
from refund_calc.inputs.mapping.sheet import SheetKind, UnknownHeader, read_sheet

_COLUMNS = ("class", "payout_id", "night", "open")
GUARDED = re.compile(r"'+[=+\-@]")  # with the apostrophe that reports write before the sign of a formula
_KIND = SheetKind("reconciliation", tuple((name,) for name in _COLUMNS), frozenset(_COLUMNS))


@dataclass(frozen=True)
class Carried:
    """What was open of one promise, in cents, and whether its payout had failed."""

    cents: int
    has_failed: bool


def left_open(path: Path, promises: Sequence[Promise], first: int) -> dict[str, Carried]:
    """Payout id -> what a reconciliation that ended before the day `first` says of it.

    Raises NoInput; BadData where the file is no reconciliation, or not one of these promises up to the day before.
    """
    try:
        _, sheet = read_sheet(path, [_KIND])
    except UnknownHeader:
        raise BadData(f"{path} line 1: this is no CSV that reconcile wrote; give the file of its option -o") from None
    classes, ids, nights, amounts = (sheet.columns[name].to_pylist() for name in _COLUMNS)
    known = {promise.payout_id for promise in promises if promise.night < first}
    found, latest = {}, -1
    for line, *row in zip(sheet.lines.tolist(), classes, ids, nights, amounts, strict=True):
        outcome, payout_id, night, amount = row
        if not payout_id:
            continue
        payout_id, cents = payout_id[1:] if GUARDED.match(payout_id) else payout_id, cents_of(amount)
        if cents is None:
            raise BadData(f'{path} line {line}, open: "{amount}" is no amount; give the file as reconcile wrote it')
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
