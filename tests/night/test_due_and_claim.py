"""Stage C, the due date and the claim of a line; RP-10 and RP-11: the promise and the bank."""

from tests.night.told import clause, judged
from tests.stories import NOT_BACK_YET, a_return, an_order, tonight


def test_due_date_and_claim_stand_on_a_held_line_from_the_policy_on():
    # Received Monday 03-16; ten business days later is Monday 03-30, six business days after Friday 03-20
    # (23, 24, 25, 26, 27, 30). The claim is 100.00 + 8.00.
    night = judged("return", evidence_complete="")
    found = night.exception("evidence-missing")
    assert (found["due_date"], found["business_days_left"], found["claim_amount"]) == ("2026-03-30", "6", "108.00")
    assert night.money("sku", "due_date", "net_refund", "payout_date") == ["LENS-58", "2026-03-30", "", ""]


def test_business_days_left_are_negative_after_the_due_date():
    # Received Thursday 03-05, due Thursday 03-19; the night is Friday 03-20: one business day late.
    night = judged("return", {"delivered_date": "2026-03-03"}, requested_date="2026-03-04",
                   received_date="2026-03-05", evidence_complete="")  # fmt: skip
    assert night.exception("evidence-missing")["business_days_left"] == "-1"


def test_the_claim_of_an_uncounted_parcel_is_what_was_requested():
    # 2 of 3 units requested, nothing counted: 200.00 + 16.00.
    night = tonight(a_return(quantity_requested="2", **NOT_BACK_YET), orders=[an_order(quantity="3", line_tax="24.00")])
    assert night.exception("awaiting-receipt")["claim_amount"] == "216.00"


def test_the_claim_never_exceeds_the_order_line():
    night = tonight(a_return(quantity_requested="5", **NOT_BACK_YET), orders=[an_order(quantity="3", line_tax="24")])
    assert night.exception("awaiting-receipt")["claim_amount"] == "324.00"


# -- RP-10 and RP-11: the promise and the bank -------------------------------------------------------------------


def test_rp10_paid_out_on_the_due_date_is_in_time():
    # Received Monday 03-09 + 10 business days = Monday 03-23, which is the payout date of Friday 03-20.
    night = judged("return", {"delivered_date": "2026-03-03"}, requested_date="2026-03-04", received_date="2026-03-09")
    assert night.verdict() == "refund"
    assert night.money("due_date", "payout_date") == ["2026-03-23", "2026-03-23"]


def test_rp10_paid_out_a_day_after_the_due_date_is_reported():
    # Received Friday 03-06 + 10 business days = Friday 03-20; paid out on Monday 03-23.
    night = judged("return", {"delivered_date": "2026-03-03"}, requested_date="2026-03-04", received_date="2026-03-06")
    assert night.verdict() == "refund past-deadline"
    assert clause(night, "past-deadline") == ("warning", "RP-10")
    assert "2026-03-23" in night.message("past-deadline") and "2026-03-20" in night.message("past-deadline")


def test_rp10_a_cancellation_is_due_ten_business_days_after_the_request():
    # Wednesday 03-18 + 10 business days = Wednesday 04-01.
    assert judged("cancellation").line()["due_date"] == "2026-04-01"


def test_rp11_the_bank_shows_the_credit_seven_to_ten_bank_days_after_the_payout():
    # Payout Monday 03-23; then 24, 25, 26, 27, 30, 31 and, the seventh, 04-01; 04-02, 04-03 and, the tenth, 04-06.
    night = judged("return")
    assert night.money("payout_date", "credit_from", "credit_to") == ["2026-03-23", "2026-04-01", "2026-04-06"]
