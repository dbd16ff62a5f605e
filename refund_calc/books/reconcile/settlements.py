"""settlements.csv: payouts that failed and were paid otherwise, as people say it, one row each."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from refund_calc.books.reconcile.carried import GUARDED
from refund_calc.books.reconcile.cells import cents_of, day_of
from refund_calc.books.reconcile.promises import Books, Promise
from refund_calc.columns.written import iso
from refund_calc.errors import BadData
from refund_calc.inputs.mapping.sheet import SheetKind, UnknownHeader, read_sheet
from refund_calc.policy.money import dollar_text

COLUMNS = {
    "payout_id": "the payout that was paid otherwise, as payouts.csv names it",
    "settled_on": "the date on which the customer had the money otherwise, ISO",
    "how": "check, bank transfer, store credit ...",
    "amount": "what was paid so, 0.00",
    "reference": "the check's number, say; may be blank",
    "settled_by": "your name",
}
_KIND = SheetKind("settlements", tuple((name,) for name in COLUMNS), frozenset(COLUMNS))
_MAY_BE_BLANK = ("reference",)
NAMED = 5  # faults that a message spells out


@dataclass(frozen=True)
class Settlement:
    """One row. `day` is a day number."""

    payout_id: str
    day: int
    how: str
    cents: int
    reference: str
    settled_by: str


def settlements(path: Path | None, books: Books, last: int) -> dict[str, list[Settlement]]:
    """Payout id -> its settlements up to the day `last`, by date. Later ones do not count yet.

    Raises NoInput where the file cannot be read; BadData naming the rows that cannot be true.
    """
    found: dict[str, list[Settlement]] = defaultdict(list)
    if path is None:
        return found
    try:
        _, sheet = read_sheet(path, [_KIND])
    except UnknownHeader:
        needed = ", ".join(COLUMNS)
        raise BadData(f"{path} line 1: a settlements file has the columns {needed}; write them as its header") from None
    faults = [f"line {row.line}: {row.fields} fields, the header has {row.expected}" for row in sheet.malformed]
    promises = {promise.payout_id: promise for promise in books.promises}
    columns = [sheet.columns[name].to_pylist() for name in COLUMNS]
    rows = [dict(zip(COLUMNS, cells, strict=True)) for cells in zip(*columns, strict=True)]
    twice = {row for row, count in Counter(tuple(row.values()) for row in rows).items() if count > 1}
    for line, row in zip(sheet.lines.tolist(), rows, strict=True):
        row["payout_id"] = row["payout_id"][1:] if GUARDED.match(row["payout_id"]) else row["payout_id"]
        some = list(_faults(row, promises, books, last))
        if tuple(row.values()) in twice:
            some.append("the row stands twice; keep one")
        faults += [f"line {line}: {fault}" for fault in some]
        if not some and (day := day_of(row["settled_on"], "MDY") or 0) <= last:
            cents = cents_of(row["amount"]) or 0
            reference, by = row["reference"], row["settled_by"]
            found[row["payout_id"]].append(Settlement(row["payout_id"], day, row["how"], cents, reference, by))
    if faults:
        more = f"; and {len(faults) - NAMED} more" if len(faults) > NAMED else ""
        raise BadData(f"{path}: {'; '.join(faults[:NAMED])}{more}")
    return {payout_id: sorted(some, key=lambda one: one.day) for payout_id, some in found.items()}


def _faults(row: Mapping[str, str], promises: Mapping[str, Promise], books: Books, last: int) -> Iterator[str]:
    """What cannot be true in a row, each with what to do."""
    for name, text in row.items():
        if not text and name not in _MAY_BE_BLANK:
            yield f"{name} is blank; fill it in"
    day, cents = day_of(row["settled_on"], "MDY"), cents_of(row["amount"])
    if row["settled_on"] and (day is None or row["settled_on"] != iso(day)):
        yield f'settled_on: "{row["settled_on"]}" is no date; write it as 2026-03-31'
        return
    if row["amount"] and (cents is None or cents <= 0):
        yield f'amount: "{row["amount"]}" is no amount above 0.00; write it as 12.50'
        return
    if day is None or cents is None or not row["payout_id"] or day > last:
        return
    promise = promises.get(row["payout_id"])
    if promise is None:
        yield f'payout_id: "{row["payout_id"]}" was promised by no night up to then; copy it from payouts.csv'
        return
    posted = books.posted.get(promise.payout_id)
    if posted is None:
        due = iso(promise.payout_date)
        yield f"payout_id: no night has posted {promise.payout_id}, due on {due}; run a night from then on first"
    elif day < posted:
        due = f"{promise.payout_id} was due, {iso(posted)}"
        yield f"settled_on: {iso(day)} is before {due}; give that day or a later one"
    if cents > promise.cents:
        yield f"amount: {dollar_text(cents)} is more than the {dollar_text(promise.cents)} promised; correct it"
