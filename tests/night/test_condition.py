"""Stage C: the guarantee's condition (RP-15), delivered is not refused (RP-14), orders handed over (RP-13)."""

import pytest

from tests.night.told import clause, judged
from tests.stories import (
    a_cancellation,
    a_refused_delivery,
    a_return,
    an_answer,
    an_order,
    an_unshipped_order,
    tonight,
)

CRACKS_ARE_REFUSED = {"excluded_grades": [" Crack "]}


# -- RP-15: the guarantee asks for a product without cracks, where finance says so -------------------------------


def test_rp15_by_default_a_crack_is_priced_and_not_refused():
    assert tonight(a_return(damage_grade="crack")).money("decision", "damage") == ["refund", "50.00"]


def test_rp15_a_grade_that_the_policy_excludes_is_refused():
    night = tonight(a_return(damage_grade="CRACK"), coverage=CRACKS_ARE_REFUSED)
    assert night.verdict() == "reject condition-excluded"
    assert clause(night, "condition-excluded") == ("reject", "RP-15")
    assert "crack" in night.message("condition-excluded")
    assert tonight(a_return(damage_grade="dent"), coverage=CRACKS_ARE_REFUSED).verdict() == "refund"


def test_rp15_what_was_damaged_on_arrival_is_the_stores_own_doing():
    row = a_return(damage_grade="crack", reason="damaged_on_arrival")
    assert tonight(row, coverage=CRACKS_ARE_REFUSED).verdict() == "refund"


@pytest.mark.parametrize("answer", [("damage", "waive", ""), ("damage", "set-amount", "1.00")])
def test_rp15_a_price_for_the_damage_does_not_lift_it(answer: tuple[str, str, str]):
    code, action, amount = answer
    row = a_return(damage_grade="crack", damage_amount="5.00")
    answers = [an_answer(code, action, amount=amount)]
    assert tonight(row, coverage=CRACKS_ARE_REFUSED, resolutions=answers).verdict() == "reject condition-excluded"


def test_rp15_a_person_may_allow_it():
    answers = [an_answer("condition-excluded", "allow")]
    night = tonight(a_return(damage_grade="crack"), coverage=CRACKS_ARE_REFUSED, resolutions=answers)
    assert night.money("decision", "damage") == ["refund", "50.00"]


def test_rp15_what_is_not_received_is_not_judged():
    row = a_return(damage_grade="crack", received_date="", quantity_received="")
    assert tonight(row, coverage=CRACKS_ARE_REFUSED).verdict() == "hold awaiting-receipt"


# -- RP-14: a parcel that was delivered was not refused ----------------------------------------------------------


@pytest.mark.parametrize(("delivered", "verdict"), [
    ("2026-03-20", "hold delivered-not-refused"),  # the night itself
    ("2026-03-05", "hold delivered-not-refused"),
    ("2026-03-21", "refund"),
    ("", "refund"),
])  # fmt: skip
def test_rp14_half_a_year_of_use_is_not_a_refusal(delivered: str, verdict: str):
    night = judged("refused_delivery", {"delivered_date": delivered})
    assert night.verdict() == verdict


def test_rp14_the_message_says_what_to_do_and_a_person_may_allow_it():
    night = tonight(a_refused_delivery())
    assert clause(night, "delivered-not-refused") == ("hold", "RP-14")
    assert "delivered on 2026-03-05" in night.message("delivered-not-refused")
    night = tonight(a_refused_delivery(), resolutions=[an_answer("delivered-not-refused", "allow")])
    assert night.money("decision", "resolved_by") == ["refund", "ann"]


# -- RP-13: handed over is the pickup, or the delivery where the pickup was not recorded -------------------------


def test_rp13_a_delivered_order_is_not_cancelled_and_paid():
    order = an_unshipped_order(delivered_date="2026-03-17")
    night = tonight(a_cancellation(requested_date="2026-03-18"), orders=[order])
    assert night.verdict() == "reject picked-up"
    assert "delivered on 2026-03-17" in night.message("picked-up")


@pytest.mark.parametrize("delivered", ["2026-03-18", "2026-03-19"])
def test_rp13_delivered_on_the_day_of_the_cancellation_or_later_it_left_all_the_same(delivered: str):
    order = an_unshipped_order(delivered_date=delivered)
    night = tonight(a_cancellation(requested_date="2026-03-18"), orders=[order])
    assert night.verdict() == "hold pickup-unconfirmed"
    assert f"delivered on {delivered}" in night.message("pickup-unconfirmed")


def test_rp13_a_recorded_pickup_comes_before_the_delivery():
    order = an_order(picked_up_date="2026-03-18", delivered_date="2026-03-17")
    assert tonight(a_cancellation(requested_date="2026-03-18"), orders=[order]).verdict() == "hold pickup-unconfirmed"


# -- CT-1: a payout without a reference -------------------------------------------------------------------------


def test_a_payout_without_a_reference_does_not_leave_without_a_word():
    night = tonight(a_return(), orders=[an_order(payment_reference="")])
    assert night.verdict() == "refund payment-reference-missing"
    assert clause(night, "payment-reference-missing") == ("warning", "CT-1")
    assert "100.50" in night.message("payment-reference-missing")


def test_a_refund_of_nothing_needs_no_reference():
    row = a_return(damage_amount="500.00")
    night = tonight(row, orders=[an_order(payment_reference="")])
    assert night.verdict() == "refund deductions-capped"
