"""A rule is a plain function over columns: it needs no fixture bigger than three values."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from refund_calc.policy.derived import channel_is_excluded, claimed_units, handed_over, is_received, months_after
from refund_calc.policy.findings import on_refunds, stage_b, stage_c, stage_d
from refund_calc.policy.findings.base import as_mask

EPOCH = date(1970, 1, 1)


def ints(*values: int | None) -> Any:
    return pd.array(list(values), dtype="Int64")


def flags(*values: bool | None) -> Any:
    return pd.array(list(values), dtype="boolean")


def words(*values: str | None) -> Any:
    return pd.Categorical(values)


def days(*values: str | None) -> Any:
    return ints(*(None if day is None else (date.fromisoformat(day) - EPOCH).days for day in values))


def so(condition: Any) -> list[bool]:
    """A condition as a finding reads it: what is unknown is not found."""
    return as_mask(condition).tolist()


def test_window_expired_from_day_31_on():
    assert so(stage_c.window_expired(ints(30, 31, None), 30)) == [False, True, False]


def test_channel_excluded():
    channels = words("webshop", "kickstarter.com", "my indiegogo", "kick")
    excluded = channel_is_excluded(channels, ("kickstarter", "indiegogo"))
    assert so(stage_c.channel_excluded(excluded)) == [False, True, True, False]
    assert so(stage_c.channel_excluded(channel_is_excluded(channels, ()))) == [False] * 4
    assert so(stage_c.channel_unknown(channels, ("webshop",), excluded)) == [False, False, False, True]
    assert so(stage_c.channel_unknown(channels, (), excluded)) == [True, False, False, True]
    assert so(stage_c.channel_unknown(channels, None, excluded)) == [False] * 4


def test_outside_region():
    assert so(stage_c.outside_region(words("US", "CA", "GB"), ("US", "CA"))) == [False, False, True]


def test_accessory_excluded_unless_its_reason_is_listed():
    items = words("product", "accessory", "accessory")
    reasons = words("other", "other", "damaged_on_arrival")
    assert so(stage_c.accessory_excluded(items, reasons, ("damaged_on_arrival",))) == [False, True, False]


def test_picked_up_only_before_the_day_of_the_request():
    picked_up, requested = days("2026-03-17", "2026-03-18", None), days(*["2026-03-18"] * 3)
    found = {"handed_over": picked_up, "requested_date": requested}
    assert so(stage_c.picked_up(*(found[name] for name in stage_c.picked_up.parameters))) == [True, False, False]


def test_handed_over_is_the_delivery_where_the_pickup_was_not_recorded():
    picked_up, delivered = days("2026-03-03", None, None), days("2026-03-05", "2026-03-05", None)
    assert handed_over(picked_up, delivered).tolist() == days("2026-03-03", "2026-03-05", None).tolist()


def test_delivered_not_refused_from_the_day_of_the_delivery_on():
    tonight = int(days("2026-03-20")[0])
    found = stage_c.delivered_not_refused(days("2026-03-19", "2026-03-20", "2026-03-21", None), tonight)
    assert so(found) == [True, True, False, False]


def test_condition_excluded_only_where_it_is_received_and_not_the_stores_own_doing():
    received, reasons = flags(True, True, False, True), words("other", "damaged_on_arrival", "other", "other")
    grades = words("crack", "crack", "crack", None)
    found = stage_c.condition_excluded(received, reasons, ("damaged_on_arrival",), grades, ("crack",))
    assert so(found) == [True, False, False, False]


def test_pickup_unconfirmed_from_the_day_of_the_request_on_or_where_nobody_says_that_it_was_stopped():
    requested = days(*["2026-03-18"] * 3)
    found = stage_c.pickup_unconfirmed(days("2026-03-17", "2026-03-18", None), requested, flags(None, True, None))
    assert so(found) == [False, True, True]
    found = stage_c.pickup_unconfirmed(days(None, None, None), requested, flags(True, False, None))
    assert so(found) == [False, True, True]


def test_lost_in_transit_from_day_61_on_and_only_if_not_received():
    received, waiting = flags(False, False, True), ints(60, 61, 99)
    assert so(stage_c.lost_in_transit(received, waiting, 60)) == [False, True, False]
    assert so(stage_c.awaiting_receipt(received, waiting, 60)) == [True, False, False]


def test_a_parcel_is_received_when_something_came_by_tonight():
    tonight = int(days("2026-03-20")[0])
    assert so(is_received(days("2026-03-20", "2026-03-21", None), ints(1, 1, 1), tonight)) == [True, False, False]
    assert so(is_received(days(*["2026-03-20"] * 3), ints(0, None, 2), tonight)) == [False, False, True]


def test_units_are_those_received_and_of_a_cancellation_those_requested():
    kinds = words("return", "refused_delivery", "cancellation")
    assert claimed_units(kinds, ints(5, 5, 5), ints(3, None, 1)).tolist() == [3, pd.NA, 5]


def test_evidence_and_reason_must_be_yes():
    assert so(stage_c.evidence_missing(flags(True, False, None))) == [False, True, True]
    assert so(stage_c.reason_unconfirmed(flags(True, False, None))) == [False, True, True]


def test_a_delivery_date_is_missing():
    assert so(stage_c.delivery_date_missing(days("2026-03-05", None, None))) == [False, True, True]


def test_disputes():
    status = words("open", "lost", "won")
    assert so(stage_c.dispute_open(status)) == [True, False, False]
    assert so(stage_c.settled_by_dispute(status)) == [False, True, False]


def test_dates_out_of_order_look_at_delivery_and_receipt_of_returns_only():
    tonight = int(days("2026-03-20")[0])
    kinds = words("return", "refused_delivery", "cancellation")
    before_delivery = stage_c.dates_out_of_order(
        kinds, days(*["2026-03-10"] * 3), days(*["2026-03-11"] * 3), days(None, None, None), tonight
    )
    assert so(before_delivery) == [True, False, False]
    after_tonight = stage_c.dates_out_of_order(
        kinds, days(*["2026-03-21"] * 3), days(None, None, None), days(None, None, None), tonight
    )
    assert so(after_tonight) == [True, True, True]


def test_damage_is_unpriced_only_where_a_grade_is_needed():
    received, needed = flags(True, True, True), flags(True, True, False)
    found = stage_c.damage_unpriced(received, needed, words("haze", "dent", "haze"), {"dent": None})
    assert so(found) == [True, False, False]


def test_a_currency_is_asked_only_of_a_sound_order():
    sound = np.array([True, True, False])
    assert so(stage_b.currency_unsupported(sound, words("USD", "EUR", "EUR"), "USD")) == [False, True, False]


def test_units_exceed_the_purchase_above_the_quantity():
    found = stage_d.units_exceed_purchase(np.array([0, 1, 2]), np.array([3, 2, 2]), ints(3, 3, 3))
    assert so(found) == [False, False, True]


def test_past_deadline_needs_money_and_a_late_payout():
    payout = int(days("2026-03-23")[0])
    found = on_refunds.past_deadline(np.array([1, 1, 0]), payout, days("2026-03-23", "2026-03-20", "2026-03-20"))
    assert so(found) == [False, True, False]


def test_short_receipt():
    assert so(on_refunds.short_receipt(ints(2, 3, None), ints(3, 3, 3))) == [True, False, False]


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        ("2026-03-12", 3, "2026-06-12"),
        ("2025-11-30", 3, "2026-02-28"),
        ("2023-11-30", 3, "2024-02-29"),
        ("2026-08-31", 6, "2027-02-28"),
        ("2026-10-31", 0, "2026-10-31"),
        ("2026-12-31", 1, "2027-01-31"),
    ],
)
def test_months_after_end_on_the_last_day_where_the_month_is_shorter(day: str, months: int, later: str):
    assert months_after(days(day), months).tolist() == days(later).tolist()
