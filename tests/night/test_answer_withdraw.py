"""Resolutions: withdraw, which takes a mistake back (rulebook 8)."""

import pytest

from refund_calc.history.resolution import Resolution
from refund_calc.night.in_force import Counted, counted
from tests.night.told import FRIDAY, MONDAY, TUESDAY
from tests.stories import NOT_BACK_YET, Night, Row, a_return, an_answer, tell, tonight

WHOLE: Row = {"order_number": "", "order_line": ""}


def test_a_mistaken_waive_is_undone():
    # 15 % of 100.00 restocking: waived on Friday by mistake, withdrawn on Monday before the parcel was back.
    waiting = a_return(original_box="no", **NOT_BACK_YET)
    told = tell(
        Night([waiting], resolutions=[an_answer("restocking_fee", "waive")], as_of=FRIDAY),
        Night([waiting], resolutions=[an_answer("restocking_fee", "withdraw", resolved_by="bo")], as_of=MONDAY),
        Night([a_return(original_box="no")], as_of=TUESDAY),
    )
    assert told[2].money("restocking_fee", "resolved_by", "answers") == ["15.00", "", ""]


def test_what_comes_after_the_withdrawal_counts():
    rows = [
        an_answer("damage", "waive"),
        an_answer("damage", "withdraw"),
        an_answer("damage", "set-amount", amount="3.00"),
    ]
    assert tonight(a_return(), resolutions=rows).money("damage", "answers") == ["3.00", "set-amount damage"]


@pytest.mark.parametrize(
    ("withdrawal", "fee"),
    [
        ({}, "0.00"),  # the line's own is withdrawn: the RMA's waive counts
        (WHOLE, "4.00"),  # the RMA's is withdrawn: the line's own stays
        ({"order_line": ""}, "4.00"),
    ],
)
def test_only_the_same_scope_is_withdrawn(withdrawal: Row, fee: str):
    rows = [
        an_answer("restocking_fee", "waive", **WHOLE),
        an_answer("restocking_fee", "set-amount", amount="4.00"),
        an_answer("restocking_fee", "withdraw", **withdrawal),
    ]
    assert tonight(a_return(original_box="no"), resolutions=rows).line()["restocking_fee"] == fee


@pytest.mark.parametrize(
    ("said_of", "withdrawn_of", "withdrawn"),
    [("1001", "", True), ("", "1001", True), ("1001", "1001", True), ("", "", True), ("1001", "1002", False)],
)
def test_a_blank_order_is_whichever(said_of: str, withdrawn_of: str, withdrawn: bool):
    said = Resolution("R1", said_of, "1", "evidence-missing", "allow", None, "ann")
    back = Resolution("R1", withdrawn_of, "1", "evidence-missing", "withdraw", None, "ann")
    assert counted([said, back]) == (Counted((), (back,)) if withdrawn else Counted((said,), ()))
    assert counted([back, said]) == Counted((said,), ())


def test_a_stop_can_be_withdrawn_and_the_line_is_paid():
    told = tell(
        Night([a_return()], resolutions=[an_answer("stopped-by-review", "stop")], as_of=FRIDAY),
        Night([a_return()], resolutions=[an_answer("stopped-by-review", "withdraw")], as_of=MONDAY),
    )
    assert [night.verdict() for night in told] == ["hold stopped-by-review", "refund"]
    assert told[1].line()["answers"] == ""


def test_after_its_withdrawal_the_allow_of_a_stop_lets_the_stop_stand_again():
    rows = [
        an_answer("stopped-by-review", "stop", **WHOLE),
        an_answer("stopped-by-review", "allow"),
        an_answer("stopped-by-review", "withdraw"),
    ]
    assert tonight(a_return(), resolutions=rows).verdict() == "hold stopped-by-review"


def test_a_withdrawn_rejection_is_decided_afresh():
    # Rejected on Friday by a person; on Monday the rejection is withdrawn, and the line is looked at again.
    row = a_return(evidence_complete="no")
    told = tell(
        Night([row], resolutions=[an_answer("evidence-missing", "reject")], as_of=FRIDAY),
        Night([row], resolutions=[an_answer("evidence-missing", "withdraw")], as_of=MONDAY),
        Night([row], as_of=TUESDAY),
    )
    assert [night.verdict() for night in told] == ["reject rejected-by-review", *["hold evidence-missing"] * 2]


def test_a_withdrawal_of_damage_unpriced_takes_back_what_was_set_for_damage_too():
    row = a_return(damage_grade="broken")
    rows = [an_answer("damage", "set-amount", amount="12.00"), an_answer("damage-unpriced", "withdraw")]
    assert tonight(row, resolutions=rows).verdict() == "hold damage-unpriced"
    rows = [an_answer("damage-unpriced", "reject"), an_answer("damage", "withdraw")]
    assert tonight(row, resolutions=rows).verdict() == "reject rejected-by-review"


def test_an_accepted_change_can_be_accepted_again_in_the_same_words():
    # A rejection that counts once: repeated in the same words it adds nothing, unless it is withdrawn first.
    yes = an_answer("changed-after-refund", "reject")
    changed = [a_return(reason="other"), a_return(reason="wrong_item")]
    for rows, verdict in (
        ([yes], "hold changed-after-refund"),
        ([yes | {"action": "withdraw"}, yes], "reject rejected-by-review"),
    ):
        told = tell(
            Night([a_return()], as_of=FRIDAY),
            Night([changed[0]], resolutions=[yes], as_of=MONDAY),
            Night([changed[1]], resolutions=rows, as_of=TUESDAY),
        )
        assert told[1].verdict() == "reject rejected-by-review"
        assert told[2].verdict() == verdict


@pytest.mark.parametrize("code", ["awaiting-receipt", "window-expired", "damage", "return_shipping", "damage-unpriced"])
def test_every_code_that_another_action_takes_can_be_withdrawn(code: str):
    assert tonight(a_return(), resolutions=[an_answer(code, "withdraw")]).exceptions == []


@pytest.mark.parametrize("code", ["lost-in-transit", "settled-by-dispute", "short-receipt", "rejected-by-review"])
def test_a_code_that_nobody_can_answer_cannot_be_withdrawn(code: str):
    found = tonight(a_return(), resolutions=[an_answer(code, "withdraw")]).exception("invalid-resolution")
    assert found["field"] == "code"
