"""When money leaves and arrives, and one payout per RMA (rulebook 6 and 7)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Bools, Ints, Numbers
from refund_calc.columns.groups import starts_of_groups
from refund_calc.columns.sparse import SparseColumn
from refund_calc.columns.written import arrow_text, number_texts
from refund_calc.night.matching import OrderLines
from refund_calc.night.pricing import Priced
from refund_calc.night.remembered import PriorRefunds
from refund_calc.night.scope import NightColumns
from refund_calc.night.verdicts import Verdicts, found
from refund_calc.policy.calendars import WorkingDays, bank_days, business_days
from refund_calc.policy.findings import on_refunds
from refund_calc.policy.money import Cents, known, sums_by
from refund_calc.policy.versions import Policy
from refund_calc.policy.vocabulary import CANCELLATION, REFUSED


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


def due_dates(columns: NightColumns, business: WorkingDays) -> Numbers:
    """RP-10: the start date plus the business days of the order's version; from stage C on, if the start is known.

    Day numbers per line, unknown as NA.
    """
    due, unknown = np.zeros(len(columns.lines), np.int64), np.ones(len(columns.lines), np.bool_)
    for rows, scope in columns.by_version(np.flatnonzero(columns.version >= 0)):
        cancelled = np.asarray(scope["return_type"] == CANCELLATION, np.bool_)
        start = scope["received_date"].copy()
        start[cancelled] = scope["requested_date"][cancelled]
        known_start = ~np.asarray(start.isna(), np.bool_)
        due[rows[known_start]] = business.add(known(start)[known_start], scope["processing_days"])
        unknown[rows[known_start]] = False
    return pd.arrays.IntegerArray(due, unknown)


@dataclass(frozen=True)
class PayoutFacts:
    """What the warnings ask for: the night's payout date, due dates of all lines; of the refunded ones amounts, and
    whether their order names the payment."""

    payout_date: int
    due_date: Numbers
    net_refund: SparseColumn
    gross_refund: SparseColumn
    total_deductions: SparseColumn
    shortfall: SparseColumn
    has_payment_reference: SparseColumn


def payout_facts(priced: Priced, calendar: Calendar, due_date: Numbers, order_lines: OrderLines) -> PayoutFacts:
    rows, amounts = priced.rows, priced.amounts
    is_named = ~np.asarray(order_lines.frame["payment_reference"].array.isna(), np.bool_)
    return PayoutFacts(
        payout_date=calendar.payout_date,
        due_date=due_date,
        net_refund=SparseColumn(rows, amounts.net_refund),
        gross_refund=SparseColumn(rows, amounts.gross_refund),
        total_deductions=SparseColumn(rows, amounts.total_deductions),
        shortfall=SparseColumn(rows, amounts.shortfall),
        has_payment_reference=SparseColumn(rows, is_named[order_lines.row_of_line[rows]]),
    )


def warned(columns: NightColumns, priced: Priced, verdicts: Verdicts) -> Verdicts:
    """The verdicts with the warnings on tonight's refunds. `columns` know the PayoutFacts."""
    codes = found(on_refunds.FINDINGS, columns.scope(priced.rows), len(priced.rows))
    return verdicts.warned(priced.rows, codes)


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
    return_shipping_part: Cents  # allocated to the lines, charged or not
    refund_number: Ints  # nights on which a line of the RMA was refunded, this one included


def refunds_by_rma(columns: NightColumns, prior: PriorRefunds, priced: Priced, due_date: Numbers) -> Refunds:
    """One row per RMA that is refunded tonight."""
    rows, frame = priced.rows, columns.lines.frame
    starts = starts_of_groups(columns.lines.rma[rows])
    group, count = np.cumsum(starts) - 1, int(starts.sum())
    first = rows[starts]
    earliest = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(earliest, group, known(due_date.take(rows)))
    refused = np.asarray(frame["return_type"].array.take(rows) == REFUSED, np.bool_)
    with_refused = np.zeros(count, np.bool_)
    with_refused[group[refused]] = True
    versions = pa.array([version.version for version in columns.policies.versions], pa.string())
    return Refunds(
        first=first,
        lines=np.bincount(group, minlength=count),
        due_date=earliest,
        amounts={name: sums_by(cents, group, count) for name, cents in priced.amounts.by_name().items()},
        has_refused=with_refused,
        rma_number=arrow_text(frame["rma_number"].array.take(first)),
        order_number=arrow_text(frame["order_number"].array.take(first)),
        policy_version=versions.take(pa.array(columns.version[first])),
        return_shipping_part=sums_by(priced.shipping_part, group, count),
        refund_number=prior.refund_number[first] + 1,
    )


def payout_ids(rma_number: pa.Array, refund_number: Ints) -> pa.Array:
    """`<rma_number>/<n>`, the processor's idempotency key. It does not depend on the date: a redo keeps it."""
    return pc.binary_join_element_wise(rma_number, number_texts(refund_number), "/")
