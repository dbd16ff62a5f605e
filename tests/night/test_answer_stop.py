"""Resolutions: stop, and what lifts it (rulebook 8; stage C, stopped-by-review)."""

import pytest

from tests.night.told import EVERY_TYPE, FRIDAY, MONDAY, TUESDAY, clean, judged
from tests.stories import (
    NOT_BACK_YET,
    Night,
    Reports,
    Row,
    a_return,
    an_answer,
    an_order,
    tell,
    tonight,
)

CODE = "stopped-by-review"
WHOLE: Row = {"order_number": "", "order_line": ""}


def said(action: str, **cells: str) -> Row:
    return an_answer(CODE, action, **cells)


def after(*rows: Row, **cells: str) -> Reports:
    """A clean line on a night with these resolutions."""
    return tonight(a_return(**cells), resolutions=rows)


def test_a_clean_line_is_kept_back_when_a_person_says_stop():
    night = after(said("stop", note="Same card as a fraud case"))
    assert night.verdict() == "hold stopped-by-review"
    assert night.payouts == night.ledger == []
    found = night.exception(CODE)
    assert (found["severity"], found["clause"]) == ("hold", "CT-5")
    assert "ann" in found["message"] and "Same card as a fraud case" in found["message"]
    assert night.money("resolved_by", "answers") == ["ann", "stop stopped-by-review"]


@pytest.mark.parametrize("kind", EVERY_TYPE)
def test_every_type_can_be_stopped(kind: str):
    row, order = clean(kind)
    assert judged(kind).verdict() == "refund"
    assert tonight(row, orders=[order], resolutions=[said("stop")]).verdict() == "hold stopped-by-review"


def test_a_stop_stands_beside_the_other_findings_of_the_line():
    night = after(said("stop"), evidence_complete="no")
    assert night.verdict() == "hold evidence-missing;stopped-by-review"


def test_a_line_that_is_rejected_anyway_is_not_held_by_a_stop():
    # Requested 36 days after delivery.
    night = after(said("stop"), requested_date="2026-04-10", received_date="2026-04-13")
    assert "stopped-by-review" not in night.verdict()


def test_a_line_that_does_not_reach_the_policy_is_not_stopped():
    night = tonight(a_return(), orders=[], resolutions=[said("stop")])
    assert night.verdict() == "hold order-not-found"
    assert night.line()["answers"] == ""


def test_a_stop_stays_until_an_allow_lifts_it():
    told = tell(
        Night([a_return()], resolutions=[said("stop")], as_of=FRIDAY),
        Night([a_return()], as_of=MONDAY),
        Night([a_return()], resolutions=[said("allow", resolved_by="bo")], as_of=TUESDAY),
    )
    assert [night.verdict() for night in told] == ["hold stopped-by-review"] * 2 + ["refund"]
    assert told[2].money("resolved_by", "answers") == ["bo", "allow stopped-by-review"]
    assert told[1].exception(CODE)["first_seen"] == str(FRIDAY)


def test_a_reject_of_a_stopped_line_rejects_it():
    told = tell(
        Night([a_return()], resolutions=[said("stop")], as_of=FRIDAY),
        Night([a_return()], resolutions=[said("reject")], as_of=MONDAY),
        Night([a_return()], as_of=TUESDAY),
    )
    assert [night.verdict() for night in told] == [
        "hold stopped-by-review",
        "reject rejected-by-review",
        "already-decided",
    ]
    assert told[1].line()["answers"] == "reject stopped-by-review"


def test_a_clean_line_can_be_rejected_without_a_stop_before():
    night = after(said("reject"))
    assert night.verdict() == "reject rejected-by-review"
    assert night.payouts == []
    assert night.money("resolved_by", "answers") == ["ann", "reject stopped-by-review"]


@pytest.mark.parametrize(
    ("first", "then", "verdict"),
    [
        (said("stop"), said("allow", **WHOLE), "refund"),  # the RMA's allow came later
        (said("stop", **WHOLE), said("allow"), "refund"),
        (said("allow"), said("stop", **WHOLE), "hold stopped-by-review"),  # the line's own came earlier
        (said("allow", **WHOLE), said("reject"), "reject rejected-by-review"),
        (said("reject"), said("stop", **WHOLE), "hold stopped-by-review"),
    ],
)
def test_the_latest_counts_whether_it_names_the_line_or_the_rma(first: Row, then: Row, verdict: str):
    assert after(first, then).verdict() == verdict


def test_a_whole_rma_is_stopped_and_one_line_of_it_lifted():
    rows = [a_return(), a_return(order_line="2")]
    orders = [an_order(), an_order(order_line="2")]
    night = tonight(*rows, orders=orders, resolutions=[said("stop", **WHOLE), said("allow", order_line="2")])
    assert night.verdicts() == ["hold stopped-by-review", "refund"]


def test_an_rma_can_be_stopped_before_anybody_has_read_it():
    told = tell(
        Night([], resolutions=[said("stop", **WHOLE)], as_of=FRIDAY),
        Night([a_return()], as_of=MONDAY),
    )
    assert told[0].exceptions == []
    assert told[1].verdict() == "hold stopped-by-review"


@pytest.mark.parametrize("action", ["stop", "reject", "allow", "withdraw"])
def test_with_this_code_the_rma_need_not_have_been_read(action: str):
    night = tonight(a_return(), resolutions=[said(action, rma_number="R9")])
    assert night.exceptions == []


@pytest.mark.parametrize("action", ["stop", "reject", "allow", "withdraw"])
@pytest.mark.parametrize("cells", [{"order_line": "7"}, {"order_number": "1002"}])
def test_once_it_was_read_its_order_and_line_must_be_known(action: str, cells: Row):
    assert after(said(action, **cells)).exception("invalid-resolution")["field"] == "rma_number"
    told = tell(
        Night([a_return(**NOT_BACK_YET)], as_of=FRIDAY),
        Night([], resolutions=[said(action, **cells)], as_of=MONDAY),
    )
    assert told[1].exception("invalid-resolution")["field"] == "rma_number"


def test_nothing_else_can_be_stopped():
    night = tonight(a_return(evidence_complete="no"), resolutions=[an_answer("evidence-missing", "stop")])
    assert night.exception("invalid-resolution")["field"] == "code"


def test_a_second_parcel_is_stopped_too():
    two = dict(quantity="2", unit_price="100.00")
    half = a_return(quantity_requested="2", quantity_received="1")
    told = tell(
        Night([half], [an_order(**two)], as_of=FRIDAY),
        Night([half | {"quantity_received": "2"}], [an_order(**two)], [said("stop")], as_of=MONDAY),
    )
    assert [night.verdict() for night in told] == ["refund short-receipt", "hold stopped-by-review"]


def test_a_stop_does_not_bring_back_a_rejected_line_and_an_allow_does():
    # Rejected on Friday as 31 days late; a stop says nothing new of it.
    late = a_return(requested_date="2026-03-10")
    orders = [an_order(ordered_date="2026-01-02", picked_up_date="2026-01-03", delivered_date="2026-02-06")]
    for action, verdict in (("stop", "already-decided"), ("reject", "already-decided"), ("allow", "reject")):
        told = tell(
            Night([late], orders, as_of=FRIDAY),
            Night([late], orders, [said(action)], as_of=MONDAY),
        )
        assert told[0].verdict() == "reject window-expired"
        assert told[1].line()["decision"] == verdict, action


def test_an_allow_without_a_stop_before_took_no_part():
    night = after(said("allow"))
    assert night.verdict() == "refund"
    assert night.money("resolved_by", "answers") == ["", ""]
