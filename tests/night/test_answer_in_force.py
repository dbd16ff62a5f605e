"""Resolutions: which one is in force."""

from tests.night.told import FRIDAY, MONDAY, TUESDAY
from tests.stories import NOT_BACK_YET, Night, a_return, an_answer, an_order, tell, tonight


def test_the_later_row_wins():
    answers = [
        an_answer("damage", "set-amount", amount="5.00", resolved_by="ann"),
        an_answer("damage", "waive", resolved_by="bo"),
        an_answer("damage", "set-amount", amount="3.00", resolved_by="cy"),
    ]
    assert tonight(a_return(), resolutions=answers).money("damage", "resolved_by") == ["3.00", "cy"]


def test_a_lines_own_resolution_beats_the_rmas_whenever_it_came():
    whole = an_answer("damage", "waive", order_line="", resolved_by="bo")
    own = an_answer("damage", "set-amount", amount="3.00")
    for answers in ([whole, own], [own, whole]):
        assert tonight(a_return(), resolutions=answers).line()["damage"] == "3.00"


def test_a_resolution_without_a_line_speaks_of_all_lines_of_the_rma():
    rows = [a_return(evidence_complete="no"), a_return(order_line="2", evidence_complete="no")]
    answer = an_answer("evidence-missing", "allow", order_line="", order_number="")
    night = tonight(*rows, orders=[an_order(), an_order(order_line="2")], resolutions=[answer])
    assert night.verdicts() == ["refund", "refund"]


def test_a_resolution_stays_in_force_on_later_nights_and_a_later_one_replaces_it():
    waiting = a_return(original_box="no", **NOT_BACK_YET)
    told = tell(
        Night([waiting], resolutions=[an_answer("restocking_fee", "waive")], as_of=FRIDAY),
        Night([waiting], as_of=MONDAY),
        Night([waiting | {"quantity_received": "1", "received_date": "2026-03-24"}], as_of=TUESDAY),
    )
    assert told[2].money("restocking_fee", "resolved_by") == ["0.00", "ann"]
    told = tell(
        Night([waiting], resolutions=[an_answer("restocking_fee", "waive")], as_of=FRIDAY),
        Night(
            [a_return(original_box="no")],
            resolutions=[an_answer("restocking_fee", "set-amount", amount="4.00", resolved_by="bo")],
            as_of=MONDAY,
        ),
    )
    assert told[1].money("restocking_fee", "resolved_by") == ["4.00", "bo"]


def test_a_resolution_whose_code_is_not_found_tonight_has_no_effect():
    night = tonight(a_return(), resolutions=[an_answer("window-expired", "allow")])
    assert night.verdict() == "refund"
    assert night.line()["resolved_by"] == ""
    assert night.exceptions == []


def test_a_rejection_does_not_touch_a_line_held_by_something_else():
    night = tonight(a_return(evidence_complete="no"), resolutions=[an_answer("inspection-missing", "reject")])
    assert night.verdict() == "hold evidence-missing"


def test_rows_without_an_action_are_skipped_and_the_exceptions_file_can_be_sent_back():
    # exceptions.csv of Friday, with the last columns filled in for one of its two rows.
    first = tonight(a_return(evidence_complete="no", reason_confirmed="no"))
    rows = [dict(row) for row in first.exceptions]
    assert [(row["action"], row["amount"], row["resolved_by"], row["note"]) for row in rows] == [("",) * 4] * 2
    rows[0] |= {"action": "Allow", "resolved_by": "ann"}
    columns = list(rows[0])
    text = "\n".join([",".join(columns), *(",".join(f'"{row[c]}"' for c in columns) for row in rows)])
    night = tonight(
        a_return(evidence_complete="no", reason_confirmed="no"),
        files=[("resolutions", "resolutions.csv", text.encode())],
    )
    assert night.verdict() == "hold reason-unconfirmed"
    assert night.line()["resolved_by"] == "ann"


def test_the_apostrophe_that_protects_a_text_is_undone():
    # The register writes the RMA "=1+1" as "'=1+1", and that is what an analyst copies.
    night = tonight(
        a_return(rma_number="=1+1", evidence_complete="no"),
        resolutions=[an_answer("evidence-missing", "allow", rma_number="'=1+1", resolved_by="'-ann")],
    )
    assert night.verdict("'=1+1") == "refund"
    assert night.line("'=1+1")["resolved_by"] == "'-ann"
