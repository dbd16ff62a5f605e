"""Stage C, CT-1: dates out of order."""

from datetime import date

import pytest

from tests.night.told import EVERY_TYPE, clause, judged
from tests.stories import a_return, an_answer, tonight


@pytest.mark.parametrize("kind", EVERY_TYPE)
def test_requested_on_the_night_itself_is_in_order(kind: str):
    assert judged(kind, requested_date="2026-03-20", received_date="2026-03-20").verdict() == "refund"


@pytest.mark.parametrize("kind", EVERY_TYPE)
def test_requested_after_the_night_is_out_of_order(kind: str):
    night = judged(kind, requested_date="2026-03-21")
    assert night.verdict() == "hold dates-out-of-order"
    assert clause(night, "dates-out-of-order") == ("hold", "CT-1")
    assert "2026-03-21" in night.message("dates-out-of-order")


def test_requested_on_the_day_of_delivery_is_in_order():
    assert judged("return", {"delivered_date": "2026-03-10"}).verdict() == "refund"


def test_requested_the_day_before_delivery_is_out_of_order_and_no_window_is_checked():
    night = judged("return", {"delivered_date": "2026-03-11"})
    assert night.verdict() == "hold dates-out-of-order"
    assert "2026-03-10" in night.message("dates-out-of-order") and "2026-03-11" in night.message("dates-out-of-order")


def test_received_on_the_day_of_the_request_is_in_order():
    assert judged("return", received_date="2026-03-10").verdict() == "refund"


def test_received_the_day_before_the_request_is_out_of_order():
    night = judged("return", received_date="2026-03-09")
    assert night.verdict() == "hold dates-out-of-order"
    assert "2026-03-09" in night.message("dates-out-of-order")


def test_a_refused_delivery_may_be_back_before_the_customer_says_a_word():
    night = judged("refused_delivery", received_date="2026-03-09")
    assert night.verdict() == "refund"  # due 03-23, ten business days after 03-09: in time


def test_dates_out_of_order_can_be_allowed():
    night = tonight(a_return(received_date="2026-03-09"), resolutions=[an_answer("dates-out-of-order", "allow")])
    assert night.line()["decision"] == "refund"
    assert night.line()["resolved_by"] == "ann"


def test_a_night_on_another_day_judges_by_that_day():
    # A request of 03-21 is out of order on the 20th and in order on the 21st.
    row = a_return(requested_date="2026-03-21", received_date="2026-03-21")
    assert tonight(row, as_of=date(2026, 3, 21)).verdict() == "refund"
