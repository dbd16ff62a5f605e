"""Stage D, refunded-elsewhere (CT-2): what somebody refunded by another way is not paid again by this job."""

import pytest

from tests.night.told import FRIDAY, MONDAY, NO_LABEL, clause
from tests.stories import Night, Reports, a_policy, a_return, an_answer, an_order, tell, tonight

CODE = "refunded-elsewhere"


def shown(amount: str, *answers: dict[str, str]) -> Reports:
    """A clean return of an order of which the shop shows this much as refunded; it would come to 100.50."""
    return tonight(a_return(), orders=[an_order(refunded_amount=amount)], resolutions=answers)


def test_a_refund_made_in_the_shops_admin_is_not_paid_again():
    night = shown("108.00")
    assert night.verdict() == f"hold {CODE}"
    assert clause(night, CODE) == ("hold", "CT-2")
    found = night.exception(CODE)
    assert (found["field"], found["value"]) == ("refunded_amount", "108.00")
    assert "108.00 refunded on order 1001" in found["message"] and "this job refunded 0.00" in found["message"]


@pytest.mark.parametrize("amount", ["", "0.00"])
def test_nothing_refunded_elsewhere_or_nothing_known_of_it_holds_nobody(amount: str):
    assert shown(amount).verdict() == "refund"


@pytest.mark.parametrize(("shop", "verdict"), [
    ("100.49", "refund"),
    ("100.50", "refund"),  # what this job paid on Friday
    ("100.51", f"hold {CODE}"),
])  # fmt: skip
def test_what_this_job_refunded_itself_the_shop_may_show(shop: str, verdict: str):
    orders = [an_order(), an_order(order_line="2")]
    later = [row | {"refunded_amount": shop} for row in orders]
    told = tell(
        Night([a_return()], orders, as_of=FRIDAY),
        Night([a_return(), a_return(rma_number="R2", order_line="2", **NO_LABEL)], later, as_of=MONDAY),
    )
    assert told[0].payouts[0]["amount"] == "100.50"
    assert told[1].verdict("R2", "2") == verdict


def test_it_holds_all_of_tonights_lines_on_the_order():
    orders = [an_order(), an_order(order_line="2", refunded_amount="0.01")]
    night = tonight(a_return(), a_return(order_line="2"), orders=orders)
    assert night.verdicts() == [f"hold {CODE}"] * 2


def test_the_largest_amount_that_is_known_on_the_orders_rows_counts():
    orders = [an_order(refunded_amount=""), an_order(order_line="2", refunded_amount="5.00")]
    orders += [an_order(order_line="3", refunded_amount="7.00")]
    assert tonight(a_return(), orders=orders).exception(CODE)["value"] == "7.00"


@pytest.mark.parametrize(("looked_at", "verdict"), [
    ("107.99", f"hold {CODE}"),
    ("108.00", "refund"),
    ("108.01", "refund"),
])  # fmt: skip
def test_it_is_allowed_up_to_the_amount_that_was_looked_at(looked_at: str, verdict: str):
    night = shown("108.00", an_answer(CODE, "allow", amount=looked_at))
    assert night.verdict() == verdict
    assert night.line()["answers"] == ("" if "hold" in verdict else f"allow {CODE}")


def test_an_allow_without_the_amount_that_was_looked_at_never_applies():
    night = shown("108.00", an_answer(CODE, "allow"))
    assert night.verdict() == f"hold {CODE}"
    assert "amount is needed" in night.message("invalid-resolution")


def test_a_later_higher_amount_is_held_again():
    def an_evening(amount: str, day: object, *answers: dict[str, str]) -> Night:
        return Night([a_return(evidence_complete="no")], [an_order(refunded_amount=amount)], answers, as_of=day)

    ready = Night([a_return()], [an_order(refunded_amount="20.00")], as_of=MONDAY)
    told = tell(an_evening("10.00", FRIDAY, an_answer(CODE, "allow", amount="10.00")), ready)
    assert told[1].verdict() == f"hold {CODE}"


def test_what_was_refunded_elsewhere_counts_for_the_approval_limit():
    # 100.50 tonight and 60.00 in the shop's admin: 160.50, above 160.00.
    answers = [an_answer(CODE, "allow", amount="60.00")]
    orders = [an_order(refunded_amount="60.00")]
    night = tonight(a_return(), orders=orders, resolutions=answers, approval={"limit": "160.00"})
    assert night.verdict() == "hold approval-required"
    assert night.exception("approval-required")["value"] == "160.50"
    assert "60.00 of it before tonight" in night.message("approval-required")
    night = tonight(a_return(), orders=orders, resolutions=answers, approval={"limit": "160.50"})
    assert night.verdict() == "refund"


def test_the_approval_sum_takes_the_larger_of_both_and_not_both():
    # On Friday 100.50 is paid, and the shop shows it: on Monday the order comes to 201.00 + 7.50, not 301.50.
    orders = [an_order(), an_order(order_line="2")]
    later = [row | {"refunded_amount": "100.50"} for row in orders]
    told = tell(
        Night([a_return()], orders, as_of=FRIDAY),
        Night([a_return(), a_return(rma_number="R2", order_line="2", **NO_LABEL)], later, as_of=MONDAY),
    )
    assert told[1].money("decision", "net_refund", key=("R2", "2")) == ["refund", "108.00"]
    limited = tell(
        Night([a_return()], orders, as_of=FRIDAY),
        Night([a_return(), a_return(rma_number="R2", order_line="2", **NO_LABEL)], later, as_of=MONDAY),
        policies=[a_policy(approval={"limit": "208.49"})],
    )
    assert limited[1].exception("approval-required")["value"] == "208.50"


def test_the_column_may_be_missing():
    orders = an_order()
    header = ",".join(name for name in orders if name != "refunded_amount")
    cells = ",".join(value for name, value in orders.items() if name != "refunded_amount")
    file = ("orders", "orders-2.csv", f"{header}\n{cells}\n".encode())
    assert tonight(a_return(), orders=[], files=[file]).verdict() == "refund"
