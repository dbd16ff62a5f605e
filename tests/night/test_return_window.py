"""Stage C, RP-1: notice within 30 days of delivery."""

import pytest

from tests.night.told import clause, judged
from tests.stories import Row, a_return, an_order, tonight

# Requested on 2026-03-10. February 2026 has 28 days, so 02-09 is 29 days before it, 02-08 is 30, 02-07 is 31.


def delivered(day: str) -> Row:
    return {"ordered_date": "2026-02-01", "picked_up_date": "2026-02-02", "delivered_date": day}


def test_rp1_day_29_is_in_time():
    assert judged("return", delivered("2026-02-09")).verdict() == "refund"


def test_rp1_day_30_is_in_time():
    assert judged("return", delivered("2026-02-08")).verdict() == "refund"


def test_rp1_day_31_is_too_late():
    night = judged("return", delivered("2026-02-07"))
    assert night.verdict() == "reject window-expired"
    assert clause(night, "window-expired") == ("reject", "RP-1")
    assert night.message("window-expired") == "requested 31 days after delivery on 2026-02-07; the limit is 30"


def test_rp1_days_are_counted_in_the_stores_time_zone():
    # 2026-03-11T06:59:59Z is still 03-10 in Los Angeles (UTC-7 since 03-08), day 30; a second later it is day 31.
    in_time = judged("return", delivered("2026-02-08"), requested_date="2026-03-11T06:59:59Z")
    too_late = judged("return", delivered("2026-02-08"), requested_date="2026-03-11T07:00:00Z")
    assert [in_time.verdict(), too_late.verdict()] == ["refund", "reject window-expired"]


def test_rp1_the_window_is_the_policys():
    old = [an_order(**delivered("2026-02-07"))]
    assert tonight(a_return(), orders=old, coverage={"window_days": 31}).verdict() == "refund"
    # Delivered 03-05, requested 03-10: five days.
    assert tonight(a_return(), coverage={"window_days": 5}).verdict() == "refund"
    assert tonight(a_return(), coverage={"window_days": 4}).verdict() == "reject window-expired"


@pytest.mark.parametrize("kind", ["refused_delivery", "cancellation"])
def test_rp1_the_window_is_for_returns_only(kind: str):
    # A return requested on 03-10 or later would be past the 30 days of an order this old.
    night = judged(kind, {"ordered_date": "2026-01-05", "delivered_date": "2026-01-05"})
    assert "window-expired" not in night.line()["codes"]


def test_rp1_a_return_without_a_delivery_date_waits():
    night = judged("return", {"delivered_date": ""})
    assert night.verdict() == "hold delivery-date-missing"
    assert clause(night, "delivery-date-missing") == ("hold", "RP-1")
    assert "30 days" in night.message("delivery-date-missing")


@pytest.mark.parametrize("kind", ["refused_delivery", "cancellation"])
def test_rp1_only_returns_need_a_delivery_date(kind: str):
    assert judged(kind, {"delivered_date": ""}).verdict() == "refund"
