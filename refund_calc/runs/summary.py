"""What a run tells at its end."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from refund_calc.columns.written import iso
from refund_calc.night.decide import Decided
from refund_calc.night.verdicts import DECISIONS
from refund_calc.policy.findings import BIT, BY_CODE
from refund_calc.policy.money import total
from refund_calc.reports.exceptions import Exceptions
from refund_calc.runs.redo import Redone


@dataclass(frozen=True)
class Summary:
    """The figures of a night. Amounts are cents."""

    as_of: date
    totals: dict[str, Any]  # the control totals of the manifest
    held: dict[str, int]  # code -> lines
    rejected: dict[str, int]
    warned: dict[str, int]
    amounts: dict[str, int]  # decision -> cents claimed or paid
    payout_date: date
    folder: Path | None  # None: nothing was written
    is_repeat: bool = False
    notice: str = ""  # what a person should know of the index
    warnings: tuple[str, ...] = ()  # what is odd about the night
    redone: Redone | None = None  # of a redo: what it replaced


def summary(night: Decided, totals: dict[str, Any], found: Exceptions, folder: Path | None, notice: str) -> Summary:
    """The summary of a night that was decided."""
    by_severity: dict[str, dict[str, int]] = {"hold": {}, "reject": {}, "warning": {}}
    sets, counts = np.unique(night.verdicts.codes, return_counts=True)
    for code, bit in BIT.items():
        if count := int(counts[sets & bit != 0].sum()):
            by_severity[BY_CODE[code].severity][code] = count
    amounts = {}
    for name in ("hold", "reject"):
        rows = np.flatnonzero((night.verdicts.decision == DECISIONS.index(name)) & (night.version >= 0))
        amounts[name] = total(found.claims[rows])
    amounts["refund"] = total(night.priced.amounts.net_refund)
    return Summary(
        as_of=date.fromisoformat(iso(night.as_of)),
        totals=totals,
        held=by_severity["hold"],
        rejected=by_severity["reject"],
        warned=by_severity["warning"],
        amounts=amounts,
        payout_date=date.fromisoformat(iso(night.calendar.payout_date)),
        folder=folder,
        notice=notice,
    )


def repeated(day: date, totals: dict[str, Any], folder: Path) -> Summary:
    """The summary of a night that was complete already."""
    return Summary(day, totals, {}, {}, {}, {}, day, folder, is_repeat=True)
