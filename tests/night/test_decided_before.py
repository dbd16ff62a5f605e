"""Stage B, already-decided: history comes first."""

from datetime import date

import pytest

from tests.night.told import FRIDAY, MONDAY, TUESDAY, after_refund
from tests.stories import Night, Row, a_return, an_answer, an_order, tell


def test_a_refunded_line_is_paid_once():
    night = after_refund({})
    assert night.verdict() == "already-decided"
    assert (night.payouts, night.exceptions) == ([], [])
    assert night.money("quantity", "sku", "net_refund", "due_date", "policy_version") == ["1", "", "", "", ""]


@pytest.mark.parametrize(
    ("change", "order_change"),
    [
        ({"tracking_number": "T2"}, {}),
        ({"return_shipping_cost": "7.5", "evidence_complete": "TRUE"}, {}),
        ({}, {"sku": "NEW"}),
        ({}, {"payment_method": "paypal", "payment_reference": ""}),
    ],
)
def test_what_decides_nothing_may_change_after_a_refund(change: Row, order_change: Row):
    assert after_refund(change, order_change).verdict() == "already-decided"


def test_an_order_that_is_no_longer_exported_counts_as_unchanged():
    told = tell(Night([a_return()], as_of=FRIDAY), Night([a_return()], [], as_of=MONDAY))
    assert told[1].verdict() == "already-decided"


@pytest.mark.parametrize(
    "orders",
    [
        [an_order(unit_price="broken")],
        [an_order(), an_order(unit_price="90.00")],
        [an_order(unit_price="90.00"), an_order(order_line="2", quantity="0")],
    ],
    ids=["invalid", "ambiguous", "invalid on another line"],
)
def test_an_unsound_order_counts_as_unchanged_after_a_refund(orders: list[Row]):
    told = tell(Night([a_return()], as_of=FRIDAY), Night([a_return()], orders, as_of=MONDAY))
    assert told[1].verdict() == "already-decided"


def test_a_rejected_line_stays_rejected_while_it_says_the_same():
    late = [an_order(ordered_date="2026-02-01", delivered_date="2026-02-01")]
    told = tell(Night([a_return()], late, as_of=FRIDAY), Night([a_return()], late, as_of=MONDAY))
    assert [night.verdict() for night in told] == ["reject window-expired", "already-decided"]


def test_a_rejected_line_whose_content_changed_is_decided_afresh():
    late = [an_order(ordered_date="2026-02-01", delivered_date="2026-02-01")]
    told = tell(Night([a_return()], late, as_of=FRIDAY), Night([a_return()], as_of=MONDAY))
    assert [night.verdict() for night in told] == ["reject window-expired", "refund"]


def test_a_new_resolution_opens_a_rejected_line_and_the_same_one_again_does_not():
    late = [an_order(ordered_date="2026-02-01", delivered_date="2026-02-01")]
    goodwill = [an_answer("window-expired", "allow")]
    other = [an_answer("evidence-missing", "allow")]
    told = tell(
        Night([a_return()], late, as_of=FRIDAY),
        Night([a_return()], late, other, as_of=MONDAY),  # names the line, so it is judged again, and rejected again
        Night([a_return()], late, other, as_of=TUESDAY),  # adds nothing to Monday's row
        Night([a_return()], late, goodwill, as_of=date(2026, 3, 25)),
    )
    assert [night.verdict() for night in told] == [
        "reject window-expired",
        "reject window-expired",
        "already-decided",
        "refund",
    ]


def test_a_held_line_is_looked_at_again_every_night():
    told = tell(Night([a_return(evidence_complete="")], as_of=FRIDAY), Night([a_return()], as_of=MONDAY))
    assert [night.verdict() for night in told] == ["hold evidence-missing", "refund"]


def test_the_age_of_an_exception_counts_from_the_first_night_that_saw_it():
    # Friday 03-20 to Tuesday 03-24: four days. On Monday a second finding joins it.
    told = tell(
        Night([a_return(evidence_complete="")], as_of=FRIDAY),
        Night([a_return(evidence_complete="", reason_confirmed="no")], as_of=MONDAY),
        Night([a_return(evidence_complete="", reason_confirmed="no")], as_of=TUESDAY),
    )
    seen = [(r["code"], r["first_seen"], r["age_days"]) for r in told[2].exceptions]
    assert seen == [("evidence-missing", "2026-03-20", "4"), ("reason-unconfirmed", "2026-03-23", "1")]


def test_a_finding_that_went_away_for_a_night_starts_anew():
    waiting = a_return(evidence_complete="")
    told = tell(
        Night([waiting], as_of=FRIDAY),
        Night([waiting | {"reason": "?"}], as_of=MONDAY),
        Night([waiting], as_of=TUESDAY),
    )
    assert told[2].exception("evidence-missing")["first_seen"] == "2026-03-24"
