"""Money that the customer's bank or the processor took back, beside the refunds of the same order."""

from collections import defaultdict
from collections.abc import Sequence

from refund_calc.books.reconcile import told
from refund_calc.books.reconcile.movements import Fate, Movement
from refund_calc.books.reconcile.promises import Books, Promise, addresses
from refund_calc.books.reconcile.result import Line, Outcome


def charged_back(
    books: Books,
    rows: Sequence[Movement],
    lines: Sequence[Line],
    period: tuple[int, int],
    carried: Sequence[Movement] | None,
) -> list[Line]:
    """A line for each order of which money was taken back, by currency: with the refunds that were promised of it.

    What the processor gave back (a dispute that was won) counts against it. `carried` are those of earlier periods for
    whose orders nothing was promised then. Where nothing was carried (None), rows before the period count themselves,
    unless all refunds of their orders were promised before it, too: an earlier reconciliation has told them. `lines`
    are those of the promises. Refunds payable are not touched: what is taken back is no payout of ours.
    """
    first, last = period
    promises_of: dict[str, list[Promise]] = defaultdict(list)
    for promise in books.promises:
        promises_of[promise.order_number].append(promise)
    known = addresses(books.promises)
    since = first if carried is not None else min((row.day for row in rows), default=first)
    counted = [*(carried or ()), *(row for row in rows if since <= row.day <= last)]
    rows_of: dict[tuple[str, ...], list[Movement]] = defaultdict(list)
    by_own = {row.own: row for row in counted if row.own and row.fate is not Fate.RETURNED}
    for row in sorted(counted, key=lambda row: row.day):
        # What was given back may name the chargeback; only the chargeback names the payment.
        about = by_own.get(row.refers, row) if row.fate is Fate.RETURNED else row
        order = known.order_of([*about.references, *row.references], [*about.orders, *row.orders])
        if order is None:
            rows_of["", about.order, *about.references, row.currency].append(row)
        elif row.day >= first or any(promise.night >= first for promise in promises_of[order]):
            rows_of[order, row.currency].append(row)
    line_of = {line.promise.payout_id: line for line in lines if line.promise}
    beside = {
        order: [(promise, line_of.get(promise.payout_id)) for promise in some] for order, some in promises_of.items()
    }
    found = [_line(some, beside.get(key[0], ())) for key, some in rows_of.items()]
    return [line for line in found if line.seen > line.returned]


def _line(rows: Sequence[Movement], beside: Sequence[tuple[Promise, Line | None]]) -> Line:
    """What was taken back of one order, and given back, and the refunds promised beside it."""
    taken = sum(row.cents for row in rows if row.fate in (Fate.REFUND, Fate.PENDING))
    given = sum(row.cents for row in rows if row.fate is Fate.RETURNED)
    return Line(
        Outcome.CHARGED_BACK if beside else Outcome.CHARGEBACK,
        rows[0].currency,
        told.of_chargeback(taken - given, rows, beside),
        order=beside[0][0].order_number if beside else rows[0].order,
        rma_numbers=";".join(dict.fromkeys(promise.rma_number for promise, _ in beside)),
        references="" if beside else ";".join(rows[0].references),
        seen=taken,
        returned=given,
        seen_on=rows[0].day,
        processor=rows[0].processor,
        places=tuple(row.place for row in rows),
    )
