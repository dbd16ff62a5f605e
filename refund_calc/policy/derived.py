"""Names that rules ask for and no file holds: the policy's parameters, and columns derived from other columns.

A derived column is a plain function whose parameters are named after what it needs. Days are day numbers,
amounts cents, unknown is NA.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Bools, Flags, Ints, Numbers, Words
from refund_calc.policy.money import Cents, known, share
from refund_calc.policy.versions import Policy
from refund_calc.policy.vocabulary import CANCELLATION

# What a rule calls a parameter, and where the policy keeps it.
PARAMETERS: dict[str, Callable[[Policy], Any]] = {
    "window_days": lambda p: p.coverage.window_days,
    "countries": lambda p: p.coverage.countries,
    "excluded_channels": lambda p: p.coverage.excluded_channels,
    "channels": lambda p: p.coverage.channels,
    "excluded_grades": lambda p: p.coverage.excluded_grades,
    "accessory_reasons": lambda p: p.coverage.accessory_reasons,
    "return_shipping_waived_for": lambda p: p.return_shipping.waived_for,
    "restocking_rate": lambda p: p.restocking.rate,
    "restocking_triggers": lambda p: p.restocking.triggers,
    "restocking_waived_for": lambda p: p.restocking.waived_for,
    "damage_waived_for": lambda p: p.damage.waived_for,
    "damage_rates": lambda p: p.damage.rates,
    "lost_after_days": lambda p: p.receipt.lost_after_days,
    "processing_days": lambda p: p.processing.business_days,
    "min_months": lambda p: p.dispute.min_months,
    "max_months": lambda p: p.dispute.max_months,
    "approval_limit": lambda p: p.approval.limit,
}


def claimed_units(return_type: Words, quantity_requested: Numbers, quantity_received: Numbers) -> Numbers:
    """What the line claims in all: units received; of a cancellation, requested; unknown where the type is."""
    claimed = quantity_received.copy()
    claimed[np.asarray(return_type.isna(), np.bool_)] = pd.NA
    cancelled = np.asarray(return_type == CANCELLATION, np.bool_)
    claimed[cancelled] = quantity_requested[cancelled]
    return claimed


def units(claimed_units: Numbers, refunded_units: Numbers) -> Numbers:
    """q of rulebook 5: what the line is about tonight: the claim, less what a supplementary refund builds on."""
    return claimed_units - refunded_units


def expected_units(
    units: Numbers, return_type: Words, quantity_received: Numbers, quantity_requested: Numbers
) -> Numbers:
    """q' of rulebook 5: q, but the units requested where a parcel is still to be counted."""
    open_count = np.asarray(quantity_received.isna() | (quantity_received == 0).fillna(False), np.bool_)
    open_count &= np.asarray(return_type != CANCELLATION, np.bool_)
    expected = units.copy()
    expected[open_count] = quantity_requested[open_count]
    return expected


def is_received(received_date: Numbers, units: Numbers, as_of: int) -> Flags:
    """received_date is known and not after as_of, and at least one unit came."""
    return (received_date <= as_of).fillna(False) & (units >= 1).fillna(False)


def channel_is_excluded(sales_channel: Words, excluded_channels: tuple[str, ...]) -> Bools:
    """RP-4: the channel contains one of the excluded words; both are lower-cased."""
    excluded = [channel for channel in sales_channel.categories if any(word in channel for word in excluded_channels)]
    return np.asarray(sales_channel.isin(excluded), np.bool_)


def handed_over(picked_up_date: Numbers, delivered_date: Numbers) -> Numbers:
    """RP-13: the day on which the courier had it: of its pickup, or of the delivery where that was not recorded."""
    day = picked_up_date.copy()
    unrecorded = np.asarray(picked_up_date.isna(), np.bool_)
    day[unrecorded] = delivered_date[unrecorded]
    return day


def days_after_delivery(requested_date: Numbers, delivered_date: Numbers) -> Numbers:
    return requested_date - delivered_date


def days_waiting(as_of: int, requested_date: Numbers) -> Numbers:
    return as_of - requested_date


def first_lost_day(lost_after_days: int) -> int:
    return lost_after_days + 1


def damage_needs_grade(
    reason: Words, damage_waived_for: tuple[str, ...], damage_amount: Numbers, damage_answer: Numbers
) -> Flags:
    """Damage is neither waived for the reason, nor assessed as an amount, nor answered by a person."""
    return ~reason.isin(damage_waived_for) & damage_amount.isna() & damage_answer.isna()


def uninspected_fields(
    original_box: Flags, items_missing: Flags, packaging_damaged: Flags, damage_grade: Words, damage_needs_grade: Flags
) -> Words:
    """The inspection's blank cells, named."""
    parts = []
    for name, blank in (
        ("original_box", original_box.isna()),
        ("items_missing", items_missing.isna()),
        ("packaging_damaged", packaging_damaged.isna()),
        ("damage_grade", np.asarray(damage_needs_grade & damage_grade.isna(), np.bool_)),
    ):
        parts.append(pc.if_else(pa.array(np.asarray(blank, np.bool_)), name, pa.scalar(None, pa.string())))
    return pd.arrays.ArrowExtensionArray(pc.binary_join_element_wise(*parts, ", ", null_handling="skip"))


def first_uninspected_field(uninspected_fields: Words) -> Words:
    return pd.arrays.ArrowExtensionArray(pc.list_element(pc.split_pattern(pa.array(uninspected_fields), ", "), 0))


def past_merchandise_now(merchandise_total: Cents, quantity: Numbers, past_units: Ints, opening_units: Ints) -> Cents:
    """What the units refunded by nights come to by tonight's order row: those of the opening came before them."""
    bought = known(quantity)
    return share(merchandise_total, past_units, bought) - share(merchandise_total, opening_units, bought)


def past_tax_now(line_tax: Numbers, quantity: Numbers, past_units: Ints, opening_units: Ints) -> Cents:
    """The same for the tax."""
    tax, bought = known(line_tax), known(quantity)
    return share(tax, past_units, bought) - share(tax, opening_units, bought)


def refunded_elsewhere(refunded_amount: Numbers, past_net: Cents) -> Numbers:
    """The order's refunded_amount where it is above what is known to have been refunded on it, else unknown."""
    return _only_where(refunded_amount, refunded_amount > past_net)


def is_restocked(
    original_box: Flags, items_missing: Flags, packaging_damaged: Flags, restocking_triggers: tuple[str, ...]
) -> Bools:
    """RP-7: whether one of the policy's triggers is so; unknown is no trigger."""
    so = {
        "original_box_missing": ~original_box.fillna(True),
        "items_missing": items_missing.fillna(False),
        "packaging_damaged": packaging_damaged.fillna(False),
    }
    triggered = np.zeros(len(original_box), np.bool_)
    for trigger in restocking_triggers:
        triggered |= np.asarray(so[trigger], np.bool_)
    return triggered


def deductions_before_cap(total_deductions: Cents, shortfall: Cents) -> Cents:
    return total_deductions + shortfall


def later_receipt(received_date: Numbers, as_of: int) -> Numbers:
    return _only_where(received_date, received_date > as_of)


def later_request(requested_date: Numbers, as_of: int) -> Numbers:
    return _only_where(requested_date, requested_date > as_of)


def later_delivery(delivered_date: Numbers, requested_date: Numbers) -> Numbers:
    return _only_where(delivered_date, requested_date < delivered_date)


def dispute_from(dispute_opened_date: Numbers, min_months: int) -> Numbers:
    return months_after(dispute_opened_date, min_months)


def dispute_to(dispute_opened_date: Numbers, max_months: int) -> Numbers:
    return months_after(dispute_opened_date, max_months)


def _only_where(values: Numbers, condition: Flags) -> Numbers:
    kept = values.copy()
    kept[~np.asarray(condition.fillna(False), np.bool_)] = pd.NA
    return kept


def months_after(days: Numbers, months: int) -> Numbers:
    """The same day of the month `months` later, or that month's last day."""
    unknown = days.isna()
    day = days.to_numpy(dtype=np.int64, na_value=0).astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    of_month = day - month.astype("datetime64[D]")
    later = month + np.timedelta64(months, "M")
    last = (later + np.timedelta64(1, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
    moved = np.minimum(later.astype("datetime64[D]") + of_month, last)
    return pd.arrays.IntegerArray(moved.astype(np.int64), unknown.copy())


DERIVED: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (
        claimed_units,
        units,
        expected_units,
        is_received,
        channel_is_excluded,
        handed_over,
        days_after_delivery,
        days_waiting,
        first_lost_day,
        damage_needs_grade,
        uninspected_fields,
        first_uninspected_field,
        past_merchandise_now,
        past_tax_now,
        refunded_elsewhere,
        is_restocked,
        deductions_before_cap,
        later_receipt,
        later_request,
        later_delivery,
        dispute_from,
        dispute_to,
    )
}
