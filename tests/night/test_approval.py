"""Stage E, CT-3, approval-required: a person approves what exceeds the limit."""

from datetime import date

import pytest

from tests.night.told import FRIDAY, MONDAY, returned
from tests.stories import NOT_BACK_YET, Night, Row, a_policy, a_return, an_answer, an_order, tell, tonight


def costly(price: str, **cells: str) -> list[Row]:
    return [an_order(unit_price=price, line_tax="0.00", **cells)]


@pytest.mark.parametrize(
    ("price", "verdict"),
    [
        ("2507.49", "refund"),  # - 7.50 = 2,499.99
        ("2507.50", "refund"),  # - 7.50 = 2,500.00, which does not exceed the limit
        ("2507.51", "hold approval-required"),  # - 7.50 = 2,500.01
    ],
)
def test_a_net_refund_above_the_limit_waits_for_a_person(price: str, verdict: str):
    assert tonight(a_return(), orders=costly(price)).verdict() == verdict


def test_the_exception_names_the_sum_and_the_limit():
    night = tonight(a_return(), orders=costly("2507.51"))
    found = night.exception("approval-required")
    assert (found["severity"], found["clause"], found["value"]) == ("hold", "CT-3", "2500.01")
    assert "2500.01" in found["message"] and "2500.00" in found["message"]
    assert night.payouts == night.ledger == []
    assert night.money("net_refund", "payout_date") == ["", ""]


def test_the_limit_looks_at_the_whole_order():
    # Two RMAs of one order: 1,300.00 + 1,200.01 = 2,500.01. Another order is not concerned.
    orders = [*costly("1300.00"), *costly("1200.01", order_line="2"), *costly("99.00", order_number="1002")]
    night = tonight(
        returned("R1", "1"), returned("R2", "1", order_line="2"), returned("R3", "1", order_number="1002"),
        orders=orders,
    )  # fmt: skip
    assert night.verdicts() == ["hold approval-required", "hold approval-required", "refund"]


def test_the_limit_counts_what_earlier_nights_refunded_on_the_order():
    # 1,300.00 on Friday, 1,200.01 on Monday: 2,500.01 in all.
    orders = [*costly("1300.00"), *costly("1200.01", order_line="2")]
    told = tell(
        Night([returned("R1", "1")], orders, as_of=FRIDAY),
        Night([returned("R2", "1", order_line="2")], orders, as_of=MONDAY),
    )
    assert told[0].verdict() == "refund"
    assert told[1].verdict("R2", "2") == "hold approval-required"
    message = told[1].message("approval-required")
    assert "2500.01" in message and "1300.00" in message


def test_a_refund_of_nothing_needs_no_approval():
    # 2,400.00 on Friday. On Monday line 2 is worth 200.00 and its damage is 200.00: net 0.00, no approval.
    orders = [*costly("2400.00"), *costly("200.00", order_line="2")]
    told = tell(
        Night([returned("R1", "1")], orders, as_of=FRIDAY),
        Night([returned("R2", "1", order_line="2", damage_amount="200.00")], orders, as_of=MONDAY),
    )
    assert told[1].verdict("R2", "2") == "refund"
    assert told[1].money("net_refund", "payout_date", key=("R2", "2")) == ["0.00", ""]


def test_without_a_limit_nothing_needs_approval():
    night = tonight(a_return(), orders=costly("999999999.99"), approval={"limit": None})
    assert night.verdict() == "refund"


def test_a_limit_of_zero_sends_every_payout_to_a_person():
    night = tonight(a_return(), orders=costly("7.51"), approval={"limit": "0.00"})
    assert night.verdict() == "hold approval-required"  # 7.51 - 7.50 = 0.01
    night = tonight(a_return(), orders=costly("7.50"), approval={"limit": "0.00"})
    assert night.verdict() == "refund"


@pytest.mark.parametrize(
    ("amount", "verdict"),
    [("2500.00", "hold approval-required"), ("2500.01", "refund"), ("9999.00", "refund")],
)
def test_an_approval_must_reach_the_sum(amount: str, verdict: str):
    answer = [an_answer("approval-required", "allow", amount=amount)]
    night = tonight(a_return(), orders=costly("2507.51"), resolutions=answer)
    assert night.verdict() == verdict
    assert night.line()["resolved_by"] == ("ann" if verdict == "refund" else "")


def test_every_line_of_the_order_needs_the_approval():
    orders = [*costly("2000.00"), *costly("2000.00", order_line="2")]
    rows = [returned("R1", "1"), returned("R2", "1", order_line="2")]
    first = an_answer("approval-required", "allow", amount="4000.00")
    second = first | {"rma_number": "R2", "order_line": ""}
    assert tonight(*rows, orders=orders, resolutions=[first]).verdicts() == ["hold approval-required"] * 2
    assert tonight(*rows, orders=orders, resolutions=[first, second]).verdicts() == ["refund"] * 2


def test_an_approval_holds_on_later_nights_up_to_its_amount():
    # Approved up to 4,000.00 while the parcel was on its way.
    answer = [an_answer("approval-required", "allow", amount="4000.00")]
    told = tell(
        Night([a_return(**NOT_BACK_YET)], costly("3000.00"), answer, as_of=FRIDAY),
        Night([a_return()], costly("3000.00"), as_of=MONDAY),
    )
    assert [night.verdict() for night in told] == ["hold awaiting-receipt", "refund"]


def test_a_person_rejects_a_payout_that_waits_for_approval():
    night = tonight(a_return(), orders=costly("3000.00"), resolutions=[an_answer("approval-required", "reject")])
    assert night.verdict() == "reject rejected-by-review"
    assert night.payouts == []


def test_the_limit_is_that_of_the_orders_version():
    spring = a_policy(version="spring", effective_from=date(2026, 3, 1), approval={"limit": "50.00"})
    rows = [a_return(), a_return(rma_number="R2", order_number="1002")]
    orders = [an_order(), an_order(order_number="1002", ordered_date="2026-02-28")]
    night = tell(Night(rows, orders), policies=[a_policy(), spring])[0]
    assert night.verdicts() == ["hold approval-required", "refund"]
