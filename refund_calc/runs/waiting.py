"""Who waits too long after a night: held lines past their promise or without one, and keys that left the export."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pyarrow as pa

from refund_calc.columns.aliases import Ints
from refund_calc.columns.written import iso
from refund_calc.night.decide import Decided
from refund_calc.night.verdicts import HOLD
from refund_calc.policy.findings import stage_a
from refund_calc.reports.exceptions import CODES, Exceptions

PATIENCE = 10  # business days that a held line without a due date may wait unnoticed


@dataclass(frozen=True)
class Waiting:
    """How many wait, and who waits longest: its RMA (blank: none), since when, and the business days up to as_of."""

    count: int
    rma_number: str = ""
    since: date = date.min
    business_days: int = 0

    def __add__(self, other: "Waiting") -> "Waiting":
        """Those of two parts of a night, whose keys differ."""
        waiting = [one for one in (self, other) if one.count]
        longest = min(waiting, key=lambda one: (one.since, one.rma_number), default=self)
        return replace(longest, count=self.count + other.count)


@dataclass(frozen=True)
class WhoWaits:
    """Those whom a person should see in the morning.

    `past_promise` waits since its due date (RP-10); `undated` since its oldest finding was first seen, more than
    PATIENCE business days ago; `left` are held keys that stand in no export, since the first night without them.
    """

    past_promise: Waiting
    undated: Waiting
    left: Waiting

    def __add__(self, other: "WhoWaits") -> "WhoWaits":
        mine, theirs = vars(self), vars(other)
        return WhoWaits(**{name: mine[name] + theirs[name] for name in mine})


NOBODY = WhoWaits(Waiting(0), Waiting(0), Waiting(0))


def who_waits(night: Decided, found: Exceptions) -> WhoWaits:
    """Who waits too long, given all exceptions of the night."""
    unknown = np.asarray(night.due_date.isna(), np.bool_)
    is_held = night.verdicts.decision == HOLD
    due = night.due_date.to_numpy(dtype=np.int64, na_value=night.as_of)
    late = np.flatnonzero(is_held & ~unknown & (due < night.as_of))
    seen = np.full(len(night.lines), night.as_of)
    of_lines = np.flatnonzero(found.row >= 0)
    np.minimum.at(seen, found.row[of_lines], found.first_seen[of_lines])
    undated = np.flatnonzero(is_held & unknown)
    undated = undated[_business_days(night, seen[undated]) > PATIENCE]
    left = np.flatnonzero(found.code == CODES.index(stage_a.left_the_export.code))
    return WhoWaits(
        past_promise=_longest(night, due[late], night.lines.frame["rma_number"].array.take(late)),
        undated=_longest(night, seen[undated], night.lines.frame["rma_number"].array.take(undated)),
        left=_longest(night, found.first_seen[left], found.keys(left)["rma_number"]),
    )


def _business_days(night: Decided, since: Ints) -> Ints:
    return -night.calendar.business.left(night.as_of, since)


def _longest(night: Decided, since: Ints, rma_numbers: object) -> Waiting:
    """Those that wait since these days; of several that wait longest the first is named."""
    if not len(since):
        return Waiting(0)
    first = int(np.argmin(since))
    rma = pa.array(rma_numbers, pa.string(), from_pandas=True)[first].as_py()
    days = int(_business_days(night, since[first : first + 1])[0])
    return Waiting(len(since), rma or "", date.fromisoformat(iso(int(since[first]))), days)
