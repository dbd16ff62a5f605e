"""What left for an RMA: each payout with its promise, and whether it was kept (RP-10)."""

from collections.abc import Callable
from dataclasses import dataclass

from refund_calc.reading.story.found import Cells, Found


@dataclass(frozen=True)
class Payout:
    """One payout as the night that promised it wrote it; `posted` is the night that booked it, blank: none yet."""

    payout_id: str
    night: str
    payout_date: str
    amount: str
    due_date: str
    credit_from: str
    credit_to: str
    posted: str

    @property
    def is_kept(self) -> bool:
        """Whether the money leaves by the day that was promised."""
        return not self.due_date or self.payout_date <= self.due_date


def payouts_of(found: Found, report: Callable[[str, str, str], list[Cells]], rma: str) -> tuple[Payout, ...]:
    """The RMA's payouts by night; each is looked up in the ledger of the night that reaches its day."""
    nights = [str(row["night"]) for row in found.refunds if row["rma_number"] == rma and row["net_refund"]]
    payouts = []
    for night in nights:
        for cells in report(night, "payouts", rma):
            due = [n.name for n in found.nights if n.name >= cells["payout_date"] and n.name >= night]
            entries = {row["entry_id"] for row in report(due[0], "ledger", rma)} if due else set()
            posted = due[0] if f"PAYOUT:{cells['payout_id']}" in entries else ""
            payouts.append(
                Payout(
                    payout_id=cells["payout_id"],
                    night=night,
                    payout_date=cells["payout_date"],
                    amount=cells["amount"],
                    due_date=cells["due_date"],
                    credit_from=cells["credit_from"],
                    credit_to=cells["credit_to"],
                    posted=posted,
                )
            )
    return tuple(payouts)
