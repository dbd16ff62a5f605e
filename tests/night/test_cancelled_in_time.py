"""Stage C, RP-13: cancelled only before the courier picks it up."""

import pytest

from tests.night.told import clause, judged

# Cancelled on 2026-03-18.


def test_rp13_picked_up_the_day_before_the_request_is_too_late():
    night = judged("cancellation", {"picked_up_date": "2026-03-17"})
    assert night.verdict() == "reject picked-up"
    assert clause(night, "picked-up") == ("reject", "RP-13")
    assert "2026-03-18" in night.message("picked-up") and "2026-03-17" in night.message("picked-up")


@pytest.mark.parametrize("picked_up", ["2026-03-18", "2026-03-19"])
def test_rp13_picked_up_on_the_day_of_the_request_or_later_waits(picked_up: str):
    # Also where customer service says that it stopped the order: the goods left all the same.
    night = judged("cancellation", {"picked_up_date": picked_up}, reason_confirmed="yes")
    assert night.verdict() == "hold pickup-unconfirmed"
    assert clause(night, "pickup-unconfirmed") == ("hold", "RP-13")
    assert picked_up in night.message("pickup-unconfirmed")


@pytest.mark.parametrize("confirmed", ["", "no"])
def test_rp13_never_picked_up_but_not_confirmed_waits(confirmed: str):
    assert judged("cancellation", reason_confirmed=confirmed).verdict() == "hold pickup-unconfirmed"


def test_rp13_never_picked_up_and_confirmed_is_refunded():
    assert judged("cancellation", reason_confirmed="yes").verdict() == "refund"


@pytest.mark.parametrize("kind", ["return", "refused_delivery"])
def test_rp13_speaks_of_cancellations_only(kind: str):
    assert judged(kind, {"picked_up_date": "2026-03-01"}).verdict() == "refund"
    assert judged(kind, {"picked_up_date": "2026-03-19"}).verdict() == "refund"
