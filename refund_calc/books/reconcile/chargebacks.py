"""Money that the customer's bank or the processor took back, beside the refunds of the same order."""

from collections import defaultdict
from collections.abc import Sequence

from refund_calc.books.reconcile import told
from refund_calc.books.reconcile.movements import Fate, Movement
from refund_calc.books.reconcile.promises import Books, Promise, addresses
from refund_calc.books.reconcile.result import Line, Outcome


def charged_back(books: Books, rows: Sequence[Movement], lines: Sequence[Line], period: tuple[int, int]) -> list[Line]:
    """A line for each order of which money was taken back, by currency, and of which a refund was promised.

    What the processor gave back (a dispute that was won) counts against it. A row before the period counts where a
    refund of its order was promised in the period, else an earlier reconciliation has told it. `lines` are those of the
    promises. Refunds payable are not touched: what is taken back is no payout of ours.
    """
    first, last = period
    promises_of: dict[str, list[Promise]] = defaultdict(list)
    for promise in books.promises:
        promises_of[promise.order_number].append(promise)
    known = addresses(books.promises)
    rows_of: dict[tuple[str, str], list[Movement]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.day):
        order = known.order_of(row.references, row.orders)
        if order is None or row.day > last:
            continue
        if row.day >= first or any(promise.night >= first for promise in promises_of[order]):
            rows_of[order, row.currency].append(row)
    line_of = {line.promise.payout_id: line for line in lines if line.promise}
    found = []
    for (order, currency), some in rows_of.items():
        taken = sum(row.cents for row in some if row.fate in (Fate.REFUND, Fate.PENDING))
        given = sum(row.cents for row in some if row.fate is Fate.RETURNED)
        if taken > given:
            promises = promises_of[order]
            beside = [(promise, line_of.get(promise.payout_id)) for promise in promises]
            found.append(
                Line(
                    Outcome.CHARGED_BACK,
                    currency,
                    told.of_chargeback(taken - given, some, beside),
                    order=order,
                    rma_numbers=";".join(dict.fromkeys(promise.rma_number for promise in promises)),
                    seen=taken,
                    returned=given,
                    seen_on=some[0].day,
                    processor=some[0].processor,
                    places=tuple(row.place for row in some),
                )
            )
    return found
