"""The reconciliation as CSV, as a summary for people, and the journal lines of what was settled otherwise."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa

from refund_calc.books.reconcile.processors import PAYPAL, SHOPIFY, STRIPE
from refund_calc.books.reconcile.promises import Books
from refund_calc.books.reconcile.result import IN_ORDER, Line, Outcome, Reconciled
from refund_calc.books.reconcile.settlements import Settlement
from refund_calc.books.reconcile.told import money
from refund_calc.columns.counted import counted
from refund_calc.columns.written import iso
from refund_calc.reports.contracts import KINDS, LEDGER, RECONCILIATION
from refund_calc.reports.csv_blocks import csv_bytes
from refund_calc.reports.named import NamedColumns

_ARROW = {"money": pa.int64(), "date": pa.int64(), "count": pa.int64()}
MOST_NAMED = 10


def as_csv(found: Reconciled) -> bytes:
    """One row per promise, by payout date; then one per row of a processor that belongs to none."""
    return _csv(RECONCILIATION, [_cells(line) for line in found.lines])


def _cells(line: Line) -> tuple[object, ...]:
    promise = line.promise
    ours = (
        (promise.payout_id, promise.rma_number, promise.order_number, promise.payment_reference)
        if promise
        else ("", line.rma_numbers, line.order, line.references)
    )
    days = (promise.night, promise.payout_date, promise.credit_to) if promise else (None, None, None)
    promised = (promise.cents, line.seen, line.returned, line.settled, line.open) if promise else None
    amounts = promised or (None, line.seen, line.returned, None, None)
    theirs = (line.seen_on, line.processor, ";".join(line.places), line.pending)
    return (line.outcome.value, *ours, *days, line.currency, *amounts, *theirs, line.message)


def _csv(contract: Mapping[str, str], rows: Sequence[tuple[object, ...]]) -> bytes:
    columns = zip(*rows, strict=True) if rows else ((),) * len(contract)
    named = {
        name: pa.array(column, _ARROW.get(KINDS[name], pa.string()))
        for name, column in zip(contract, columns, strict=True)
    }
    header = ",".join(contract) + "\n"
    return header.encode() + bytes(csv_bytes(NamedColumns(contract, named, len(rows))))


def reversals(books: Books, settled: Mapping[str, Sequence[Settlement]], period: tuple[int, int]) -> bytes:
    """The payout entries of settled payouts reversed, as ledger.csv: Dr refund clearing, Cr refunds payable.

    How the customer was paid instead is booked where it was paid: against refunds payable, which is open again.
    """
    rows: list[tuple[object, ...]] = []
    for payout_id in sorted(settled):
        for at, one in enumerate(settled[payout_id], start=1):
            if period[0] <= one.day <= period[1]:
                rows += _reversal(books.payout_entries[payout_id], one, f"/{at}" if at > 1 else "")
    return _csv(LEDGER, rows)


def _reversal(entry: pa.Table, one: Settlement, part: str) -> Iterator[tuple[object, ...]]:
    """The lines of a payout entry with their sides changed, the debit first."""
    lines = sorted(entry.to_pylist(), key=lambda line: bool(line["debit"]))
    memo = f"Settled otherwise: {one.how}" + (f", {one.reference}" if one.reference else "") + f" ({one.settled_by})"
    for at, line in enumerate(lines, start=1):
        sides = (None, one.cents) if line["debit"] else (one.cents, None)
        account = (line["account"], line["account_name"])
        order = (line["rma_number"], line["order_number"])
        entry_id = f"REVERSAL:{one.payout_id}{part}"
        yield (entry_id, at, one.day, *account, *sides, line["currency"], *order, "RP-10", memo, line["policy_version"])


def summary(found: Reconciled, *, with_orders: bool = False) -> str:
    """What is printed: the outcomes, the roll-forward, every row of every file, and what to look at first.

    `with_orders` says that an orders export told the ids of Shopify's orders.
    """
    first, last = found.period
    lines = [f"Refunds from {iso(first)} to {iso(last)}, in {found.currency}", ""]
    for outcome in Outcome:
        some = [line for line in found.lines if line.outcome is outcome]
        if some:
            amount = money(sum(line.promised or line.seen - line.returned for line in some))
            shown = "" if outcome in (Outcome.CURRENCY, Outcome.UNREADABLE) else f"  {amount:>16}"
            lines.append(f"  {outcome.value:<17}{len(some):>9,}{shown}".rstrip())
    lines += ["", *_roll(found), "", *_rows(found)]
    look_at = [line for line in found.lines if line.outcome not in IN_ORDER]
    if look_at:
        lines += ["", f"To look at: {len(look_at):,}"]
        for line in look_at[:MOST_NAMED]:
            name = line.promise.payout_id if line.promise else ", ".join(line.places)
            lines.append(f"  {line.outcome.value} {name}: {line.message}")
        if len(look_at) > MOST_NAMED:
            lines.append(f"  and {len(look_at) - MOST_NAMED:,} more")
    return "\n".join([*lines, *_notices(found), *_strangers(found, with_orders)])


def _roll(found: Reconciled) -> Iterator[str]:
    roll = found.roll
    yield "Refunds payable"
    figures = {
        "opening": roll.opening,
        "+ approved": roll.approved,
        "- paid": -roll.paid,
        "+ failed or reversed": roll.returned,
        "- settled otherwise": -roll.settled,
        "= closing": roll.closing,
        "open, promise by promise": roll.open,
        "unexplained": roll.unexplained,
    }
    for name, cents in figures.items():
        yield f"  {name:<26}{money(cents):>18}"
    yield f"  {'in the ledgers':<26}{money(roll.in_ledger):>18}"
    yield f"  {'posted as paid, not out':<26}{money(roll.closing - roll.in_ledger):>18}"


def _rows(found: Reconciled) -> Iterator[str]:
    yield f"Rows of the processors: {found.rows.total():,}, every one accounted for"
    for name, count in found.rows.items():
        yield f"  {count:>9,}  {name}"
        if name == "not refunds":
            for (processor, kind), some in sorted(found.others.items()):
                yield f"  {some:>11,}  {kind} ({processor})"


def _notices(found: Reconciled) -> Iterator[str]:
    missing = [
        line
        for line in found.lines
        if line.outcome is Outcome.NOT_SEEN
        and line.promise
        and found.earliest is not None
        and line.promise.payout_date < found.earliest
    ]
    if missing and found.earliest is not None:
        yield ""
        yield (
            f"Due before {iso(found.earliest)}: {len(missing):,} of the promises not seen; that is the first refund in "
            "these files: give the earlier files too, or --from the day on which they begin"
        )
    if found.left_alone:
        yield ""
        yield f"Left alone: {counted(found.left_alone, 'promise')} with a payout date before {iso(found.period[0])}"


def _strangers(found: Reconciled, with_orders: bool) -> Iterator[str]:
    """What to do where no refund of a whole report belongs to a promise: both sides name their orders otherwise."""
    known = {line.processor for line in found.lines if line.promise}
    alone = Counter(line.processor for line in found.lines if line.outcome is Outcome.UNPROMISED)
    if not any(line.promise for line in found.lines):
        return
    for name, count in sorted(alone.items()):
        if name not in known:
            is_named_otherwise = name == SHOPIFY.name and not with_orders
            what = (
                _GIVE_ORDERS if is_named_otherwise else f"compare payment_reference in payouts.csv with {_THEIRS[name]}"
            )
            yield ""
            yield f"None of the {counted(count, 'refund')} in {name} belongs to a promise: {what}"


_GIVE_ORDERS = (
    "where the nights call orders by their id, give --orders orders_export.csv, Shopify's orders export, which tells "
    "the id of #1001"
)
_THEIRS = {
    SHOPIFY.name: "Checkout, and order_number with Order",
    STRIPE.name: "payment_intent_id and charge_id",
    PAYPAL.name: "Reference Txn ID and Invoice ID",
}
