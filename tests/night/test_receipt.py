"""Stage C, RP-9 and RP-14: no refund unless the warehouse receives the parcel."""

import pytest

from tests.night.told import clause, judged
from tests.stories import (
    NOT_BACK_YET,
    Row,
    a_cancellation,
    a_refused_delivery,
    a_refused_order,
    a_return,
    an_answer,
    an_order,
    an_unshipped_order,
    tonight,
)

# The night is 2026-03-20: 20 days of March, 28 of February, so 2026-01-19 is 60 days before it and 01-18 is 61.

SENT_LONG_AGO = {"ordered_date": "2026-01-05", "picked_up_date": "2026-01-06"}
LONG_AGO = SENT_LONG_AGO | {"delivered_date": "2026-01-10"}
AN_OLD_ORDER = {"return": LONG_AGO, "refused_delivery": SENT_LONG_AGO}
NOT_BACK = [("return", "RP-9"), ("refused_delivery", "RP-14")]


@pytest.mark.parametrize(("kind", "rp"), NOT_BACK)
@pytest.mark.parametrize("requested", ["2026-01-20", "2026-01-19"])
def test_59_or_60_days_without_the_parcel_it_is_awaited(kind: str, rp: str, requested: str):
    night = judged(kind, AN_OLD_ORDER[kind], requested_date=requested, **NOT_BACK_YET)
    assert night.verdict() == "hold awaiting-receipt"
    assert clause(night, "awaiting-receipt") == ("hold", rp)
    assert "61" in night.message("awaiting-receipt")  # from day 61 on it counts as lost


@pytest.mark.parametrize(("kind", "rp"), NOT_BACK)
def test_61_days_without_the_parcel_it_is_lost(kind: str, rp: str):
    night = judged(kind, AN_OLD_ORDER[kind], requested_date="2026-01-18", **NOT_BACK_YET)
    assert night.verdict() == "reject lost-in-transit"
    assert clause(night, "lost-in-transit") == ("reject", rp)
    for part in ("61 days", "2026-01-18", "60"):
        assert part in night.message("lost-in-transit")


@pytest.mark.parametrize(("kind", "rp"), NOT_BACK)
def test_a_parcel_that_came_is_not_lost_however_late(kind: str, rp: str):
    night = judged(kind, AN_OLD_ORDER[kind], requested_date="2026-01-18")
    assert night.verdict() == "refund"


def test_a_cancellation_awaits_no_parcel():
    order = {"ordered_date": "2026-01-01"}
    assert judged("cancellation", order, requested_date="2026-01-02").verdict() == "refund past-deadline"


def test_a_parcel_received_on_the_night_itself_is_received():
    assert judged("return", received_date="2026-03-20").verdict() == "refund"


@pytest.mark.parametrize(("kind", "rp"), NOT_BACK)
@pytest.mark.parametrize(
    "cells",
    [
        {"received_date": "2026-03-21"},
        {"received_date": ""},
        {"quantity_received": ""},
        {"quantity_received": "0"},
    ],
    ids=["received after the night", "no date", "no count", "nothing in it"],
)
def test_a_parcel_that_is_not_received_is_awaited(kind: str, rp: str, cells: Row):
    night = judged(kind, **cells)
    assert night.verdict() == "hold awaiting-receipt"
    assert clause(night, "awaiting-receipt") == ("hold", rp)


def test_a_parcel_that_is_not_received_is_not_inspected():
    # The inspection is asked for only once something is there.
    night = judged("return", **NOT_BACK_YET, original_box="", damage_grade="")
    assert night.verdict() == "hold awaiting-receipt"


def test_lost_in_transit_is_a_rejection_and_silences_what_the_line_waits_for():
    night = judged("return", LONG_AGO, requested_date="2026-01-18", evidence_complete="no", **NOT_BACK_YET)
    assert night.verdict() == "reject lost-in-transit"


@pytest.mark.parametrize(
    ("code", "cells"),
    [("awaiting-receipt", NOT_BACK_YET), ("lost-in-transit", NOT_BACK_YET | {"requested_date": "2026-01-18"})],
)
def test_receipt_cannot_be_allowed(code: str, cells: Row):
    night = tonight(a_return(**cells), orders=[an_order(**LONG_AGO)], resolutions=[an_answer(code, "allow")])
    assert night.exception("invalid-resolution")["field"] == "code"
    assert night.refunds[0]["decision"] != "refund"


def test_rp9_one_unit_less_than_requested_is_a_short_receipt():
    night = tonight(a_return(quantity_requested="3", quantity_received="2"), orders=[an_order(quantity="3")])
    assert night.verdict() == "refund short-receipt"
    assert clause(night, "short-receipt") == ("warning", "RP-9")
    assert "2 of 3 units" in night.message("short-receipt")


def test_rp9_a_refused_delivery_can_be_short_and_a_cancellation_cannot():
    night = tonight(a_refused_delivery(quantity_requested="2"), orders=[a_refused_order(quantity="2")])
    assert night.verdict() == "refund short-receipt"
    night = tonight(
        a_cancellation(quantity_requested="2", quantity_received="1"), orders=[an_unshipped_order(quantity="2")]
    )
    assert night.verdict() == "refund"
