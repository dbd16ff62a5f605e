"""Stage C, several findings at once, and what a person allows or rejects of them."""

import pytest

from tests.night.told import judged
from tests.stories import NOT_BACK_YET, Row, a_cancellation, a_return, an_answer, an_order, an_unshipped_order, tonight


def test_all_findings_of_the_deciding_severity_are_reported():
    night = judged("return", evidence_complete="", reason_confirmed="no", original_box="", dispute_status="open")
    assert night.verdict() == "hold dispute-open;evidence-missing;inspection-missing;reason-unconfirmed"
    assert [r["code"] for r in night.exceptions] == night.line()["codes"].split(";")


def test_a_rejection_beats_what_the_line_waits_for():
    order = {"sales_channel": "kickstarter", "ship_country": "GB", "item_type": "accessory"}
    night = judged("return", order, evidence_complete="", dispute_status="open")
    assert night.verdict() == "reject accessory-excluded;channel-excluded;outside-region"
    assert {r["severity"] for r in night.exceptions} == {"reject"}


def test_allowing_the_only_rejection_leaves_what_the_line_waits_for():
    night = tonight(
        a_return(evidence_complete=""),
        orders=[an_order(ship_country="CA")],
        resolutions=[an_answer("outside-region", "allow")],
    )
    assert night.verdict() == "hold evidence-missing"
    assert night.line()["resolved_by"] == "ann"  # the finding was dropped


def test_allowing_one_of_two_rejections_leaves_the_other():
    night = tonight(
        a_return(),
        orders=[an_order(ship_country="CA", sales_channel="kickstarter")],
        resolutions=[an_answer("outside-region", "allow")],
    )
    assert night.verdict() == "reject channel-excluded"


ALLOWED: list[tuple[str, str, Row, Row]] = [
    ("channel-excluded", "return", {"sales_channel": "kickstarter"}, {}),
    ("outside-region", "return", {"ship_country": "CA"}, {}),
    ("accessory-excluded", "return", {"item_type": "accessory"}, {}),
    ("window-expired", "return", {"delivered_date": "2026-02-07"}, {}),
    ("picked-up", "cancellation", {"picked_up_date": "2026-03-17"}, {}),
    ("dates-out-of-order", "return", {}, {"requested_date": "2026-03-17"}),
    ("evidence-missing", "return", {}, {"evidence_complete": "no"}),
    ("reason-unconfirmed", "return", {}, {"reason_confirmed": "no"}),
    ("inspection-missing", "return", {}, {"original_box": ""}),
    ("pickup-unconfirmed", "cancellation", {}, {"reason_confirmed": "no"}),
]


@pytest.mark.parametrize(("code", "kind", "order", "cells"), ALLOWED, ids=[case[0] for case in ALLOWED])
def test_a_person_allows_the_finding_and_the_line_is_refunded(code: str, kind: str, order: Row, cells: Row):
    row = a_cancellation(**cells) if kind == "cancellation" else a_return(**cells)
    on = [an_unshipped_order(**order) if kind == "cancellation" else an_order(**order)]
    assert code in tonight(row, orders=on).verdict()
    night = tonight(row, orders=on, resolutions=[an_answer(code, "allow")])
    assert night.verdict() == "refund"
    assert night.line()["resolved_by"] == "ann"
    assert night.exceptions == []


REJECTED: list[tuple[str, str, Row, Row]] = [
    ("dispute-open", "return", {}, {"dispute_status": "open"}),
    ("awaiting-receipt", "return", {}, NOT_BACK_YET),
    ("delivery-date-missing", "return", {"delivered_date": ""}, {}),
    ("dates-out-of-order", "return", {}, {"requested_date": "2026-03-17"}),
    ("evidence-missing", "return", {}, {"evidence_complete": "no"}),
    ("reason-unconfirmed", "return", {}, {"reason_confirmed": "no"}),
    ("inspection-missing", "return", {}, {"original_box": ""}),
    ("damage-unpriced", "return", {}, {"damage_grade": "haze"}),
    ("pickup-unconfirmed", "cancellation", {}, {"reason_confirmed": "no"}),
]


@pytest.mark.parametrize(("code", "kind", "order", "cells"), REJECTED, ids=[case[0] for case in REJECTED])
def test_a_person_rejects_a_held_line(code: str, kind: str, order: Row, cells: Row):
    row = a_cancellation(**cells) if kind == "cancellation" else a_return(**cells)
    on = [an_unshipped_order(**order) if kind == "cancellation" else an_order(**order)]
    assert tonight(row, orders=on).verdict() == f"hold {code}"
    night = tonight(row, orders=on, resolutions=[an_answer(code, "reject")])
    assert night.verdict() == "reject rejected-by-review"
    assert night.line()["resolved_by"] == "ann"
    found = night.exception("rejected-by-review")
    assert (found["severity"], found["clause"]) == ("reject", "CT-5")
    assert "ann" in found["message"] and code in found["message"]
