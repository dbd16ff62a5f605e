"""Stage B, currency-unsupported and no-policy-in-force: the version of the order's day judges it."""

from datetime import date

import pytest

from tests.stories import Night, Row, a_policy, a_return, an_order, tell, tonight


@pytest.mark.parametrize(("currency", "verdict"), [("USD", "refund"), ("usd", "refund")])
def test_the_policys_currency_is_refunded_in_any_case(currency: str, verdict: str):
    assert tonight(a_return(), orders=[an_order(currency=currency)]).verdict() == verdict


def test_another_currency_waits():
    night = tonight(a_return(), orders=[an_order(currency="eur")])
    assert night.verdict() == "hold currency-unsupported"
    found = night.exception("currency-unsupported")
    assert (found["clause"], found["field"], found["value"]) == ("CT-1", "currency", "EUR")
    assert "EUR" in found["message"] and "USD" in found["message"]


# -- no-policy-in-force ------------------------------------------------------------------------------------------


def old_order(ordered: str) -> list[Row]:
    return [an_order(ordered_date=ordered)]


def test_an_order_of_the_first_day_of_the_first_version_is_judged_by_it():
    night = tonight(a_return(), orders=old_order("2024-01-01"))
    assert night.verdict() == "refund"
    assert night.line()["policy_version"] == "2024-01"


def test_an_order_of_the_day_before_waits():
    night = tonight(a_return(), orders=old_order("2023-12-31"))
    assert night.verdict() == "hold no-policy-in-force"
    found = night.exception("no-policy-in-force")
    assert found["clause"] == "CT-4"
    assert "2023-12-31" in found["message"] and "2024-01-01" in found["message"]


@pytest.mark.parametrize(("ordered", "version"), [("2026-02-28", "2024-01"), ("2026-03-01", "spring")])
def test_an_order_is_judged_by_the_version_of_its_day(ordered: str, version: str):
    spring = a_policy(version="spring", effective_from=date(2026, 3, 1))
    night = tell(Night([a_return()], old_order(ordered)), policies=[a_policy(), spring])[0]
    assert night.line()["policy_version"] == version


def test_a_new_version_never_reprices_an_old_order():
    # The window shrinks to 3 days for orders from 03-01 on: requested 03-10, five days after delivery on 03-05.
    spring = a_policy(version="spring", effective_from=date(2026, 3, 1), coverage={"window_days": 3})
    night = tell(
        Night(
            [a_return(), a_return(rma_number="R2", order_number="1002")],
            [an_order(), an_order(order_number="1002", ordered_date="2026-02-28")],
        ),
        policies=[a_policy(), spring],
    )[0]
    assert night.verdict() == "reject window-expired"
    assert night.verdict("R2", "1", "1002") == "refund"


def test_foreign_currency_and_no_policy_are_both_reported():
    night = tonight(a_return(), orders=[an_order(currency="EUR", ordered_date="2023-12-31")])
    assert night.verdict() == "hold currency-unsupported;no-policy-in-force"
