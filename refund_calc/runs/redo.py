"""A redo: may the night still be taken back, and what its payouts have become (rulebook 9)."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from refund_calc.columns.counted import counted
from refund_calc.errors import BadData
from refund_calc.history.taken_back import TakenBack, taken_back
from refund_calc.night.decide import Decided
from refund_calc.reports.named import Report
from refund_calc.reports.redo import RedoCounts, paid_out, redo_report

__all__ = ["Redone", "TakenBack", "check_not_sent", "redo_of", "taken_back"]


@dataclass(frozen=True)
class Redone:
    """What a redo replaced, where that is kept, and what of it could not be read."""

    kept: Path
    payouts: RedoCounts | None  # None: the withdrawn payouts could not be read
    has_resolutions: bool  # the withdrawn night's resolutions could be read, and came into force again


def check_not_sent(taken: TakenBack, name: str, today: date) -> None:
    """Raises BadData where the night has payouts whose date is today or past, or where that cannot be known."""
    is_paid = taken.payouts is None or len(taken.payouts) > 0
    if not is_paid or (taken.payout_date and taken.payout_date > today):
        return
    if taken.payouts and taken.payout_date:
        what = f"{counted(len(taken.payouts), 'payout')} dated {taken.payout_date}, today is {today}"
    else:
        what = "its payouts cannot be read"
    raise BadData(
        f"--redo: the night of {name} may be paid already ({what}); ask the processor: if nothing was sent, stop the "
        "payouts there and give --payouts-not-sent too; if money left, leave the night, and correct it on the next one"
    )


def redo_of(taken: TakenBack | None, night: Decided, kept: Path) -> tuple[Report | None, Redone | None]:
    """redo.csv and what the summary tells; nothing where no night is replaced."""
    if taken is None:
        return None, None
    if taken.payouts is None:
        return None, Redone(kept, None, taken.resolutions is not None)
    report, counts = redo_report(taken.payouts, paid_out(night))
    return report, Redone(kept, counts, taken.resolutions is not None)
