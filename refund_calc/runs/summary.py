"""What a run tells at its end."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from refund_calc.columns.dictionary import as_texts
from refund_calc.columns.written import iso
from refund_calc.history.resolution import Resolution
from refund_calc.night.decide import Decided
from refund_calc.night.verdicts import DECISIONS
from refund_calc.night.without_effect import WithoutEffect
from refund_calc.policy.calendars import WorkingDays
from refund_calc.policy.findings import BIT, BY_CODE, by_people
from refund_calc.policy.money import total
from refund_calc.reports.exceptions import CODES, Exceptions
from refund_calc.reports.exceptions_report import exception_rows
from refund_calc.reports.manifest import ManifestFacts
from refund_calc.reports.totals import ControlTotals
from refund_calc.runs.redo import Redone
from refund_calc.runs.waiting import NOBODY, WhoWaits, who_waits

KEY = ("rma_number", "order_number", "order_line")
_SAID = ("source_file", "source_line", "severity", "code", "message")
SHOWN = 10  # exceptions of a dry run


@dataclass(frozen=True)
class FirstExceptions:
    """The exceptions of a night that writes no report: how many of each code, and the first ones in a line each."""

    counts: dict[str, int]
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Summary:
    """The figures of a night. Amounts are cents."""

    as_of: date
    totals: ControlTotals  # the control totals of the manifest
    held: dict[str, int]  # code -> lines
    rejected: dict[str, int]
    warned: dict[str, int]
    amounts: dict[str, int]  # decision -> cents claimed or paid
    payout_date: date
    folder: Path | None  # None: nothing was written
    is_repeat: bool = False
    notice: str = ""  # what a person should know of the index
    new_resolutions: int = 0
    without_effect: tuple[WithoutEffect, ...] = ()  # of the new resolutions
    refused: int = 0  # resolutions that can never apply, new or not
    waiting: WhoWaits = NOBODY
    warnings: tuple[str, ...] = ()  # what is odd about the night
    exceptions: FirstExceptions | None = None  # of a dry run
    redone: Redone | None = None  # of a redo: what it replaced


@dataclass(frozen=True)
class Counts:
    """What the summary counts of a night. Parts of a night add up."""

    codes: Mapping[str, int]  # lines that have it, of those that any has
    amounts: Mapping[str, int]  # decision -> cents claimed or paid
    waiting: WhoWaits
    refused: int  # resolutions that can never apply

    def __add__(self, other: "Counts") -> "Counts":
        codes, amounts = Counter(self.codes), Counter(self.amounts)
        codes.update(other.codes)
        amounts.update(other.amounts)
        return Counts(codes, amounts, self.waiting + other.waiting, self.refused + other.refused)


def counts_of(night: Decided, found: Exceptions) -> Counts:
    """What the summary counts of the lines that were decided."""
    sets, counts = np.unique(night.verdicts.codes, return_counts=True)
    codes = {code: int(counts[sets & bit != 0].sum()) for code, bit in BIT.items()}
    amounts = {}
    for name in ("hold", "reject"):
        rows = np.flatnonzero((night.verdicts.decision == DECISIONS.index(name)) & (night.version >= 0))
        amounts[name] = total(found.claims[rows])
    amounts["refund"] = total(night.priced.amounts.net_refund)
    codes = {code: count for code, count in codes.items() if count}
    refused = int((found.code == CODES.index(by_people.invalid_resolution.code)).sum())
    return Counts(codes, amounts, who_waits(night, found), refused)


def summary(
    facts: ManifestFacts,
    totals: ControlTotals,
    counts: Counts,
    new: Sequence[Resolution],
    idle: tuple[WithoutEffect, ...],
    folder: Path | None,
    notice: str,
) -> Summary:
    """The summary of a night that was decided. `new` are its new resolutions, `idle` those without effect."""
    by_severity: dict[str, dict[str, int]] = {"hold": {}, "reject": {}, "warning": {}}
    for code in BIT:
        if code in counts.codes:
            by_severity[BY_CODE[code].severity][code] = counts.codes[code]
    return Summary(
        as_of=date.fromisoformat(iso(facts.as_of)),
        totals=totals,
        held=by_severity["hold"],
        rejected=by_severity["reject"],
        warned=by_severity["warning"],
        amounts=dict(counts.amounts),
        payout_date=date.fromisoformat(iso(facts.calendar.payout_date)),
        folder=folder,
        notice=notice,
        new_resolutions=len(new),
        without_effect=idle,
        refused=counts.refused,
        waiting=counts.waiting,
    )


def first_exceptions(found: Exceptions, business: WorkingDays) -> FirstExceptions:
    """The first exceptions in the order of the report, each with its message."""
    codes, counts = np.unique(found.code, return_counts=True)
    rows = exception_rows(found, np.arange(min(SHOWN, len(found))), business)
    texts = rows.texts()
    cells = (as_texts(texts[name], rows.rows).to_pylist() for name in (*KEY, *_SAID))
    lines = (
        " ".join(f"{' '.join(filter(None, key)) or f'{file} line {line}'}: {severity} {code}: {message}".split())
        for *key, file, line, severity, code, message in zip(*cells, strict=True)
    )
    return FirstExceptions({CODES[code]: int(n) for code, n in zip(codes, counts, strict=True)}, tuple(lines))


def repeated(day: date, totals: ControlTotals, folder: Path) -> Summary:
    """The summary of a night that was complete already."""
    return Summary(day, totals, {}, {}, {}, {}, day, folder, is_repeat=True)
