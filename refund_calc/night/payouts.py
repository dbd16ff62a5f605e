"""When money leaves and arrives, and one payout per RMA (rulebook 6 and 7)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Bools, Ints
from refund_calc.columns.groups import starts_of_groups
from refund_calc.columns.written import arrow_text
from refund_calc.night.stages import Night
from refund_calc.policy.calendars import WorkingDays, bank_days, business_days
from refund_calc.policy.findings import stages_d_e
from refund_calc.policy.money import known, sums_by
from refund_calc.policy.versions import Policy


@dataclass(frozen=True)
class Calendar:
    """The night's dates as day numbers, and its business days."""

    business: WorkingDays
    payout_date: int
    credit_from: int
    credit_to: int


def calendar(as_of: int, policy: Policy) -> Calendar:
    """Payout and credit dates of a night. `policy` is the version in force on as_of: closures, lag, bank window."""
    bank = bank_days(policy.bank.closures)
    lag = policy.payout.lag_business_days
    payout = int(bank.add(np.array([as_of]), lag)[0]) if lag else bank.on_or_after(as_of)
    first, last = (
        int(bank.add(np.array([payout]), k)[0])
        for k in (policy.bank.credit_min_business_days, policy.bank.credit_max_business_days)
    )
    return Calendar(business_days(policy.processing.closures), payout, first, last)


def due_dates(night: Night, business: WorkingDays) -> Any:
    """RP-10: the start date plus the business days of the order's version; from stage C on, if the start is known."""
    due, unknown = np.zeros(len(night.lines), np.int64), np.ones(len(night.lines), np.bool_)
    judged = np.flatnonzero(night.version >= 0)
    for rows, scope in night.by_version(judged):
        cancelled = np.asarray(scope["return_type"] == "cancellation", np.bool_)
        start = scope["received_date"].copy()
        start[cancelled] = scope["requested_date"][cancelled]
        known_start = ~np.asarray(start.isna(), np.bool_)
        days = night.policies.versions[int(night.version[rows[0]])].processing.business_days
        due[rows[known_start]] = business.add(known(start)[known_start], days)
        unknown[rows[known_start]] = False
    return pd.arrays.IntegerArray(due, unknown)


def warn(night: Night, dates: Calendar, due: Any) -> None:
    """The warnings on tonight's refunds."""
    amounts = night.amounts
    night.columns.update(payout_date=dates.payout_date, due_date=due)
    scope = night.scope(night.refunded)
    for name in ("net_refund", "gross_refund", "shortfall"):
        scope[name] = getattr(amounts, name)
    scope["deductions_before_cap"] = amounts.total_deductions + amounts.shortfall
    night.find(stages_d_e.ON_REFUNDS, scope, "gross_refund", "shortfall", "deductions_before_cap")


@dataclass(frozen=True)
class Refunds:
    """The refunded lines summed up per RMA, sorted by rma_number; `first` is a line of each."""

    first: Ints
    lines: Ints
    due_date: Ints
    amounts: dict[str, Ints]
    has_refused: Bools  # a refused delivery is among the lines
    rma_number: pa.Array
    order_number: pa.Array
    policy_version: pa.Array


def refunds_by_rma(night: Night, due: Any) -> Refunds:
    """One row per RMA that is refunded tonight."""
    rows = night.refunded
    starts = starts_of_groups(night.lines.rma[rows])
    group, count = np.cumsum(starts) - 1, int(starts.sum())
    first = rows[starts]
    earliest = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(earliest, group, known(due.take(rows)))
    frame = night.lines.frame
    refused = np.asarray(frame["return_type"].array.take(rows) == "refused_delivery", np.bool_)
    with_refused = np.zeros(count, np.bool_)
    with_refused[group[refused]] = True
    versions = pa.array([version.version for version in night.policies.versions], pa.string())
    return Refunds(
        first=first,
        lines=np.bincount(group, minlength=count),
        due_date=earliest,
        amounts={name: sums_by(values, group, count) for name, values in vars(night.amounts).items()},
        has_refused=with_refused,
        rma_number=arrow_text(frame["rma_number"].array.take(first)),
        order_number=arrow_text(frame["order_number"].array.take(first)),
        policy_version=versions.take(pa.array(night.version[first])),
    )


def payout_ids(rma_number: pa.Array, as_of: str | pa.Array) -> pa.Array:
    """`<rma_number>@<as_of>`: a processor can use it as its idempotency key."""
    return pc.binary_join_element_wise(rma_number, as_of, "@")
