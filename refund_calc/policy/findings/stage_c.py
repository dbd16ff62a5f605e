"""Stage C, the policy: one declaration per clause, in the order of the rulebook.

`units` are the units a line is about (rulebook 5: q): received for returns and refused deliveries, requested for
cancellations, less those already refunded for its key.
"""

from collections.abc import Mapping

import numpy as np

from refund_calc.columns.aliases import Bools, Condition, Flags, Numbers, Words
from refund_calc.policy.findings.base import ALLOW, Answers, Listed, finding
from refund_calc.policy.versions import Rate
from refund_calc.policy.vocabulary import CANCELLATION, REFUSED, RETURN

NOT_BACK = {RETURN: "RP-9", REFUSED: "RP-14"}


@finding(
    "channel-excluded",
    "reject",
    "C",
    "RP-4",
    "bought through {sales_channel}; {excluded_channels} purchases get no refund or return",
    next_step="tell the customer; to make an exception answer with action allow",
    turn="customer service",
    field="sales_channel",
    answers=ALLOW,
)
def channel_excluded(channel_is_excluded: Bools) -> Condition:
    """sales_channel contains a word of excluded_channels"""
    return channel_is_excluded


@finding(
    "channel-unknown",
    "hold",
    "C",
    "RP-4",
    "bought through {sales_channel}, which the policy does not know; it knows {channels}",
    next_step="answer with action allow or reject; for later orders finance adds it to a new version of the policy",
    turn="finance",
    field="sales_channel",
    answers=ALLOW,
)
def channel_unknown(sales_channel: Words, channels: Listed | None, channel_is_excluded: Bools) -> Condition:
    """coverage.channels is given, and the channel is neither one of them nor excluded"""
    if channels is None:
        return np.zeros(len(sales_channel), np.bool_)
    return ~sales_channel.isin(channels) & ~channel_is_excluded


@finding(
    "outside-region",
    "reject",
    "C",
    "RP-2",
    "shipped to {ship_country}; returns are for {countries} orders only",
    next_step="tell the customer; to make an exception answer with action allow",
    turn="customer service",
    types=(RETURN,),
    field="ship_country",
    answers=ALLOW,
)
def outside_region(ship_country: Words, countries: Listed) -> Condition:
    """the country is not covered"""
    return ~ship_country.isin(countries)


@finding(
    "accessory-excluded",
    "reject",
    "C",
    "RP-3",
    "an accessory returned for {reason}; accessories come back only for {accessory_reasons}",
    next_step="tell the customer; to make an exception answer with action allow",
    turn="customer service",
    types=(RETURN,),
    field="reason",
    answers=ALLOW,
)
def accessory_excluded(item_type: Words, reason: Words, accessory_reasons: Listed) -> Condition:
    """the item is an accessory and its reason is not one that accessories may come back for"""
    return (item_type == "accessory") & ~reason.isin(accessory_reasons)


@finding(
    "window-expired",
    "reject",
    "C",
    "RP-1",
    "requested {days_after_delivery} days after delivery on {delivered_date:date}; the limit is {window_days}",
    next_step="tell the customer; to make an exception answer with action allow",
    turn="customer service",
    types=(RETURN,),
    field="requested_date",
    answers=ALLOW,
)
def window_expired(days_after_delivery: Numbers, window_days: int) -> Condition:
    """requested_date - delivered_date is more than window_days"""
    return days_after_delivery > window_days


@finding(
    "condition-excluded",
    "reject",
    "C",
    "RP-15",
    "came back with damage_grade {damage_grade}; the guarantee does not cover {excluded_grades}",
    next_step="tell the customer; to make an exception answer with action allow",
    turn="customer service",
    types=(RETURN,),
    field="damage_grade",
    answers=ALLOW,
)
def condition_excluded(
    is_received: Flags, reason: Words, damage_waived_for: Listed, damage_grade: Words, excluded_grades: Listed
) -> Condition:
    """received, damage not waived for the reason, damage_grade in excluded_grades"""
    return is_received & ~reason.isin(damage_waived_for) & damage_grade.isin(excluded_grades)


@finding(
    "picked-up",
    "reject",
    "C",
    "RP-13",
    "cancelled on {requested_date:date}, after the courier picked it up on {picked_up_date:date}",
    "cancelled on {requested_date:date}, after it was delivered on {delivered_date:date}; the pickup is not recorded",
    next_step="tell the customer to refuse the delivery, or to return it once delivered; "
    "to make an exception answer with action allow",
    turn="customer service",
    types=(CANCELLATION,),
    field="picked_up_date",
    answers=ALLOW,
)
def picked_up(handed_over: Numbers, requested_date: Numbers) -> Condition:
    """handed over before the customer cancelled"""
    return handed_over < requested_date


@finding(
    "lost-in-transit",
    "reject",
    "C",
    NOT_BACK,
    "requested {days_waiting} days ago on {requested_date:date} and not received; the limit is {lost_after_days}",
    next_step="tell the customer to claim from the courier; if it arrives, enter received_date and quantity_received",
    turn="customer service",
    types=(RETURN, REFUSED),
    field="received_date",
)
def lost_in_transit(is_received: Flags, days_waiting: Numbers, lost_after_days: int) -> Condition:
    """not received, and as_of - requested_date is more than lost_after_days"""
    return ~is_received & (days_waiting > lost_after_days)


@finding(
    "settled-by-dispute",
    "reject",
    "C",
    "RP-12",
    "the store lost the dispute: the bank has already paid the customer",
    next_step="nothing to pay; check that the chargeback is in the books",
    turn="finance",
    field="dispute_status",
)
def settled_by_dispute(dispute_status: Words) -> Condition:
    """the dispute is lost: the bank has already paid the customer"""
    return dispute_status == "lost"


@finding(
    "stopped-by-review",
    "hold",
    "C",
    "CT-5",
    "stopped by {stopped_by}",
    next_step="when it may be paid answer with action allow, when it may not with action reject",
    turn="finance",
    answers=Answers(allow=True, stop=True),
)
def stopped_by_review(is_stopped: Bools) -> Condition:
    """of the resolutions with this code for the line or its RMA, the latest says stop or reject"""
    return is_stopped


@finding(
    "dispute-open",
    "hold",
    "C",
    "RP-12",
    "a dispute was opened on {dispute_opened_date:date}; expect its end from {dispute_from:date} to {dispute_to:date}",
    "a dispute is open, its opening date unknown; expect its end {min_months} to {max_months} months after that",
    next_step="wait for the bank; enter won or lost when it has decided",
    turn="bank",
    field="dispute_status",
)
def dispute_open(dispute_status: Words) -> Condition:
    """a dispute is open"""
    return dispute_status == "open"


@finding(
    "awaiting-receipt",
    "hold",
    "C",
    NOT_BACK,
    "received_date {later_receipt:date} is after this night; nothing is received yet",
    "received on {received_date:date}, but how many units is unknown or none new",
    "requested on {later_request:date}, after this night, and not received",
    "requested {days_waiting} days ago and not received; from day {first_lost_day} on it counts as lost",
    next_step="wait for the parcel, or enter received_date and quantity_received",
    turn="warehouse",
    types=(RETURN, REFUSED),
    field="received_date",
)
def awaiting_receipt(is_received: Flags, days_waiting: Numbers, lost_after_days: int) -> Condition:
    """received_date unknown or after as_of, or quantity_received unknown or 0, and not lost-in-transit"""
    return ~is_received & ~(days_waiting > lost_after_days)


@finding(
    "delivered-not-refused",
    "hold",
    "C",
    "RP-14",
    "delivered on {delivered_date:date}: the customer accepted the parcel, so it was not refused",
    next_step="enter it as a return; if the parcel was refused all the same, answer with action allow",
    turn="customer service",
    types=(REFUSED,),
    field="delivered_date",
    answers=ALLOW,
)
def delivered_not_refused(delivered_date: Numbers, as_of: int) -> Condition:
    """delivered_date is known and not after as_of"""
    return delivered_date <= as_of


@finding(
    "delivery-date-missing",
    "hold",
    "C",
    "RP-1",
    "delivered_date is unknown, so the {window_days} days cannot be counted",
    next_step="enter delivered_date in the order export",
    turn="customer service",
    types=(RETURN,),
    field="delivered_date",
)
def delivery_date_missing(delivered_date: Numbers) -> Condition:
    """delivered_date is unknown"""
    return delivered_date.isna()


@finding(
    "dates-out-of-order",
    "hold",
    "C",
    "CT-1",
    "requested on {later_request:date}, after this night",
    "requested on {requested_date:date}, before delivery on {later_delivery:date}",
    "received on {received_date:date}, before it was requested on {requested_date:date}",
    next_step="correct the dates; if they are right, answer with action allow",
    turn="customer service",
    field="requested_date",
    answers=ALLOW,
)
def dates_out_of_order(
    return_type: Words, requested_date: Numbers, delivered_date: Numbers, received_date: Numbers, as_of: int
) -> Condition:
    """requested_date > as_of; for a return also requested_date < delivered_date or received_date < requested_date"""
    too_early = (requested_date < delivered_date).fillna(False) | (received_date < requested_date).fillna(False)
    return (requested_date > as_of) | ((return_type == RETURN) & too_early)


@finding(
    "evidence-missing",
    "hold",
    "C",
    "RP-5",
    "evidence_complete is not yes",
    next_step="ask the customer for photos of product, accessories and packaging and a short reason, "
    "then set evidence_complete",
    turn="customer service",
    types=(RETURN,),
    field="evidence_complete",
    answers=ALLOW,
)
def evidence_missing(evidence_complete: Flags) -> Condition:
    """evidence_complete is not yes"""
    return ~evidence_complete.fillna(False)


@finding(
    "reason-unconfirmed",
    "hold",
    "C",
    "RP-5",
    "reason_confirmed is not yes",
    next_step="customer service confirms the reason",
    turn="customer service",
    types=(RETURN,),
    field="reason_confirmed",
    answers=ALLOW,
)
def reason_unconfirmed(reason_confirmed: Flags) -> Condition:
    """reason_confirmed is not yes"""
    return ~reason_confirmed.fillna(False)


@finding(
    "inspection-missing",
    "hold",
    "C",
    "RP-8",
    "received, but the inspection left blank: {uninspected_fields}",
    next_step="the warehouse inspects the parcel and fills these in",
    turn="warehouse",
    types=(RETURN,),
    field_column="first_uninspected_field",
    answers=ALLOW,
)
def inspection_missing(
    is_received: Flags,
    original_box: Flags,
    items_missing: Flags,
    packaging_damaged: Flags,
    damage_grade: Words,
    damage_needs_grade: Flags,
) -> Condition:
    """received, and original_box, items_missing, packaging_damaged or a damage_grade that is needed is unknown"""
    unknown = original_box.isna() | items_missing.isna() | packaging_damaged.isna()
    return is_received & (unknown | (damage_needs_grade & damage_grade.isna()))


@finding(
    "damage-unpriced",
    "hold",
    "C",
    "RP-8",
    'damage_grade "{damage_grade}" has no rate in the policy and damage_amount is blank',
    next_step="the warehouse enters damage_amount, or answer with action set-amount and the amount, or with waive",
    turn="warehouse",
    types=(RETURN,),
    field="damage_grade",
    answers=Answers(deduction="damage"),
)
def damage_unpriced(
    is_received: Flags, damage_needs_grade: Flags, damage_grade: Words, damage_rates: Mapping[str, Rate]
) -> Condition:
    """received, damage not waived for the reason, its grade not in damage.rates and damage_amount unknown"""
    return is_received & damage_needs_grade & ~damage_grade.isna() & ~damage_grade.isin(tuple(damage_rates))


@finding(
    "pickup-unconfirmed",
    "hold",
    "C",
    "RP-13",
    "cancelled on {requested_date:date}, but picked up on {picked_up_date:date}: it will be a refused delivery",
    "cancelled on {requested_date:date}, but delivered on {delivered_date:date}: the order was not stopped",
    "picked_up_date is blank and reason_confirmed is not yes: nobody says that the order was stopped",
    next_step="if it was stopped, set reason_confirmed (if pickup or delivery is recorded, answer with action allow); "
    "if it left, enter a refused delivery, or a return once delivered",
    turn="customer service",
    types=(CANCELLATION,),
    field="picked_up_date",
    answers=ALLOW,
)
def pickup_unconfirmed(handed_over: Numbers, requested_date: Numbers, reason_confirmed: Flags) -> Condition:
    """handed over on the day of the request or later, or never that is known and reason_confirmed not yes"""
    left_all_the_same = (handed_over >= requested_date).fillna(False)
    return left_all_the_same | (handed_over.isna() & ~reason_confirmed.fillna(False))


FINDINGS = (
    channel_excluded,
    channel_unknown,
    outside_region,
    accessory_excluded,
    window_expired,
    condition_excluded,
    picked_up,
    lost_in_transit,
    settled_by_dispute,
    stopped_by_review,
    dispute_open,
    awaiting_receipt,
    delivered_not_refused,
    delivery_date_missing,
    dates_out_of_order,
    evidence_missing,
    reason_unconfirmed,
    inspection_missing,
    damage_unpriced,
    pickup_unconfirmed,
)
