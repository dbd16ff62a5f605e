"""Stage B, changed-after-refund and disputed-after-refund: what changed once the money was paid."""

from datetime import date

import pytest

from tests.night.told import FRIDAY, MONDAY, TUESDAY, after_refund
from tests.stories import Night, Row, a_return, an_answer, tell


@pytest.mark.parametrize(
    ("change", "order_change", "field"),
    [
        ({"damage_grade": "crack"}, {}, "damage_grade"),
        ({"original_box": "no"}, {}, "original_box"),
        ({"reason": "manufacturing_defect"}, {}, "reason"),
        ({"return_shipping_cost": "8.00"}, {}, "return_shipping_cost"),
        ({"damage_amount": "0.00"}, {}, "damage_amount"),
        ({"received_date": "2026-03-17"}, {}, "received_date"),
        ({}, {"unit_price": "90.00"}, "unit_price"),
        ({}, {"delivered_date": "2026-03-06"}, "delivered_date"),
        ({}, {"shipping_paid": "0.00"}, "shipping_paid"),
    ],
)
def test_deciding_content_that_changed_after_the_refund_is_shown_to_a_person(
    change: Row, order_change: Row, field: str
):
    night = after_refund(change, order_change)
    assert night.verdict() == "hold changed-after-refund"
    found = night.exception("changed-after-refund")
    assert (found["clause"], found["severity"]) == ("CT-2", "hold")
    assert field in found["message"] and "2026-03-20" in found["message"]
    assert night.payouts == []


def test_a_person_accepts_the_new_content_and_history_keeps_the_refund():
    changed, answer = a_return(damage_grade="crack"), [an_answer("changed-after-refund", "reject")]
    told = tell(
        Night([a_return()], as_of=FRIDAY),
        Night([changed], resolutions=answer, as_of=MONDAY),
        Night([changed], resolutions=answer, as_of=TUESDAY),
        Night([changed | {"damage_grade": "dent"}], resolutions=answer, as_of=date(2026, 3, 25)),
    )
    # The last night brings content that nobody has accepted: the answer was given for another one.
    assert [night.verdict() for night in told] == [
        "refund",
        "reject rejected-by-review",
        "already-decided",
        "hold changed-after-refund",
    ]
    assert told[1].line()["resolved_by"] == "ann"
    assert [p["amount"] for night in told for p in night.payouts] == ["100.50"]


def test_going_back_to_the_paid_content_after_a_person_accepted_another_is_a_change():
    changed, answer = a_return(damage_grade="crack"), [an_answer("changed-after-refund", "reject")]
    told = tell(
        Night([a_return()], as_of=FRIDAY),
        Night([changed], resolutions=answer, as_of=MONDAY),
        Night([a_return()], as_of=TUESDAY),
    )
    assert told[2].verdict() == "hold changed-after-refund"


def test_changed_after_refund_cannot_be_allowed():
    answer = [an_answer("changed-after-refund", "allow")]
    told = tell(
        Night([a_return()], as_of=FRIDAY),
        Night([a_return(reason="other")], resolutions=answer, as_of=MONDAY),
    )
    assert told[1].verdict() == "hold changed-after-refund"
    assert told[1].exception("invalid-resolution")["field"] == "code"


# -- disputed-after-refund ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["open", "lost"])
def test_a_dispute_after_the_refund_is_shown_to_a_person(status: str):
    night = after_refund({"dispute_status": status, "dispute_opened_date": "2026-03-21"})
    assert night.verdict() == "hold disputed-after-refund"
    found = night.exception("disputed-after-refund")
    assert (found["clause"], found["field"], found["value"]) == ("RP-12", "dispute_status", status)


def test_a_dispute_that_the_store_won_after_the_refund_changes_nothing():
    assert after_refund({"dispute_status": "won"}).verdict() == "already-decided"


def test_a_dispute_and_a_change_after_the_refund_are_both_reported():
    night = after_refund({"dispute_status": "open", "damage_grade": "crack"})
    assert night.verdict() == "hold changed-after-refund;disputed-after-refund"


def test_one_rejection_accepts_all_of_the_new_content():
    disputed = a_return(dispute_status="open", damage_grade="crack")
    told = tell(
        Night([a_return()], as_of=FRIDAY),
        Night([disputed], resolutions=[an_answer("disputed-after-refund", "reject")], as_of=MONDAY),
        Night([disputed], as_of=TUESDAY),
        Night([disputed | {"dispute_status": "lost"}], as_of=date(2026, 3, 25)),
    )
    assert [night.verdict() for night in told][1:] == [
        "reject rejected-by-review",
        "already-decided",
        "hold disputed-after-refund",
    ]
