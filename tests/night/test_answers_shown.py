"""The register's columns resolved_by and answers: which resolutions took effect on a line (rulebook 7)."""

from tests.night.told import FRIDAY, MONDAY, TUESDAY
from tests.stories import Night, Row, a_return, an_answer, an_order, tell, tonight

WHOLE: Row = {"order_number": "", "order_line": ""}


def test_why_a_late_return_was_paid_stands_in_the_register():
    # Requested 36 days after delivery; its damage is waived too: 108.00 - 7.50 = 100.50.
    orders = [an_order(ordered_date="2026-01-20", picked_up_date="2026-01-21", delivered_date="2026-02-02")]
    night = tonight(
        a_return(damage_grade="dent"),
        orders=orders,
        resolutions=[
            an_answer("window-expired", "allow", resolved_by="service.lead", note="in hospital"),
            an_answer("damage", "waive", resolved_by="ann"),
        ],
    )
    assert night.money("decision", "net_refund", "resolved_by", "answers") == [
        "refund",
        "100.50",
        "ann;service.lead",
        "allow window-expired;waive damage",
    ]


def test_an_answer_without_effect_is_not_shown():
    night = tonight(
        a_return(), resolutions=[an_answer("window-expired", "allow"), an_answer("cancellation_loss", "waive")]
    )
    assert night.money("resolved_by", "answers") == ["", ""]


def test_a_deduction_is_shown_on_refunded_lines_only_whatever_its_amount():
    waive = [an_answer("restocking_fee", "waive")]
    assert tonight(a_return(), resolutions=waive).line()["answers"] == "waive restocking_fee"
    assert tonight(a_return(evidence_complete="no"), resolutions=waive).line()["answers"] == ""


def test_all_codes_that_a_person_rejected_are_shown():
    night = tonight(
        a_return(evidence_complete="no", reason_confirmed="no"),
        resolutions=[
            an_answer("reason-unconfirmed", "reject"),
            an_answer("evidence-missing", "reject", resolved_by="bo"),
        ],
    )
    assert night.money("resolved_by", "answers") == ["ann;bo", "reject evidence-missing;reject reason-unconfirmed"]


def test_a_stop_on_a_line_that_is_rejected_for_something_else_is_not_shown():
    night = tonight(
        a_return(evidence_complete="no"),
        resolutions=[an_answer("stopped-by-review", "stop"), an_answer("evidence-missing", "reject", resolved_by="bo")],
    )
    assert night.verdict() == "reject rejected-by-review"
    assert night.money("resolved_by", "answers") == ["bo", "reject evidence-missing"]


def test_the_allow_of_a_stop_is_shown_on_every_line_that_it_lifts_every_night():
    rows = [a_return(evidence_complete="no"), a_return(order_line="2", evidence_complete="no")]
    orders = [an_order(), an_order(order_line="2")]
    told = tell(
        Night(rows, orders, [an_answer("stopped-by-review", "stop")], as_of=FRIDAY),
        Night(rows, orders, [an_answer("stopped-by-review", "allow", **WHOLE)], as_of=MONDAY),
        Night(rows, orders, as_of=TUESDAY),
    )
    # Line 2 was never stopped: the allow lifts nothing there.
    for night in told[1:]:
        assert [night.line(order_line=line)["answers"] for line in "12"] == ["allow stopped-by-review", ""]
        assert night.verdicts() == ["hold evidence-missing"] * 2


def test_a_withdrawn_stop_is_no_earlier_one():
    rows = [an_answer("stopped-by-review", action) for action in ("stop", "withdraw", "allow")]
    assert tonight(a_return(), resolutions=rows).line()["answers"] == ""


def test_repeating_a_row_with_another_note_changes_nothing():
    told = tell(
        Night([a_return()], resolutions=[an_answer("stopped-by-review", "stop", note="fraud?")], as_of=FRIDAY),
        Night([a_return()], resolutions=[an_answer("stopped-by-review", "stop", note="asked again")], as_of=MONDAY),
    )
    assert "fraud?" in told[1].message("stopped-by-review")
