"""redo.csv: the payouts that a redo made vanish, changed or made new, against the night it replaces (rulebook 9)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.history.taken_back import PaidOut
from refund_calc.night.decide import Decided
from refund_calc.night.payouts import payout_ids
from refund_calc.reports.contracts import REDO
from refund_calc.reports.named import NamedColumns, Report


@dataclass(frozen=True)
class RedoCounts:
    """Payouts of a redone night against those that were withdrawn."""

    vanished: int
    changed: int
    new: int

    @property
    def rows(self) -> int:
        """Of redo.csv."""
        return self.vanished + self.changed + self.new

    def __add__(self, other: "RedoCounts") -> "RedoCounts":
        return RedoCounts(self.vanished + other.vanished, self.changed + other.changed, self.new + other.new)


def paid_out(night: Decided) -> PaidOut:
    """The payouts of a night."""
    paid = np.flatnonzero(night.by_rma.amounts["net_refund"] > 0)
    return PaidOut(
        night.by_rma.rma_number.take(pa.array(paid)),
        night.by_rma.refund_number[paid],
        night.by_rma.amounts["net_refund"][paid],
    )


def redo_report(before: PaidOut, after: PaidOut) -> tuple[Report, RedoCounts]:
    """The payouts that are not as they were, sorted by rma_number and payout_id, and how many of each kind."""
    both = _table(before, "before").join(_table(after, "after"), ["rma_number", "payout_id"], join_type="full outer")
    is_same = pc.fill_null(pc.equal(both["before"], both["after"]), False)
    other = both.filter(pc.invert(is_same)).sort_by([("rma_number", "ascending"), ("payout_id", "ascending")])
    vanished, new = other["after"].null_count, other["before"].null_count

    def blocks() -> Iterator[NamedColumns]:
        columns = {
            "payout_id": other["payout_id"].combine_chunks(),
            "rma_number": other["rma_number"].combine_chunks(),
            "amount_before": other["before"].combine_chunks(),
            "amount_after": other["after"].combine_chunks(),
        }
        yield NamedColumns(REDO, columns, len(other))

    return Report("redo", REDO, len(other), blocks), RedoCounts(vanished, len(other) - vanished - new, new)


def _table(payouts: PaidOut, name: str) -> pa.Table:
    ids = payout_ids(payouts.rma_number, payouts.refund_number)
    return pa.table({"rma_number": payouts.rma_number, "payout_id": ids, name: pa.array(payouts.cents, pa.int64())})
