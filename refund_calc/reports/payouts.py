"""payouts.csv: one row per RMA with a positive net tonight (rulebook 7)."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from refund_calc.columns.dictionary import coded_texts
from refund_calc.night.decide import Decided
from refund_calc.night.payouts import Calendar, Refunds, payout_ids
from refund_calc.reports import named
from refund_calc.reports.contracts import PAYOUTS
from refund_calc.reports.named import NamedColumns, Report


def payouts(night: Decided, refunds: Refunds, calendar: Calendar) -> Report:
    """The payouts of a night, sorted by rma_number as its refunds are; an RMA whose net is 0.00 has none."""
    paid = np.flatnonzero(refunds.amounts["net_refund"] > 0)

    def blocks() -> Iterator[NamedColumns]:
        book = night.order_lines.frame
        for start, stop in named.blocks(len(paid)):
            some = paid[start:stop]
            rma, order = (texts.take(pa.array(some)) for texts in (refunds.rma_number, refunds.order_number))
            order_rows = night.order_lines.row_of_line[refunds.first[some]]
            columns = {
                "payout_id": payout_ids(rma, refunds.refund_number[some]),
                "payout_date": calendar.payout_date,
                "rma_number": rma,
                "order_number": order,
                "payment_method": coded_texts(book["payment_method"].array.take(order_rows)),
                "payment_reference": coded_texts(book["payment_reference"].array.take(order_rows)),
                "amount": refunds.amounts["net_refund"][some],
                "currency": night.policies.currency,
                "due_date": refunds.due_date[some],
                "credit_from": calendar.credit_from,
                "credit_to": calendar.credit_to,
                "lines": refunds.lines[some],
            }
            yield NamedColumns(PAYOUTS, columns, stop - start)

    return Report("payouts", PAYOUTS, len(paid), blocks)
