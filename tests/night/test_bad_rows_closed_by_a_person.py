"""Nothing of stage A can be allowed; a person can close the line."""

from datetime import date

import pytest

from tests.stories import Night, a_return, an_answer, tell, tonight


@pytest.mark.parametrize("code", ["invalid-value", "conflicting-rows", "conflicting-rma", "malformed-row"])
def test_no_finding_of_stage_a_can_be_allowed(code: str):
    night = tonight(a_return(), resolutions=[an_answer(code, "allow")])
    assert night.exception("invalid-resolution")["field"] == "code"
    assert night.verdict() == "refund"


def test_a_person_rejects_a_row_with_an_invalid_value():
    night = tonight(a_return(reason="?"), resolutions=[an_answer("invalid-value", "reject")])
    assert night.verdict() == "reject rejected-by-review"
    assert night.line()["resolved_by"] == "ann"
    assert night.exception("rejected-by-review")["clause"] == "CT-5"


def test_a_person_rejects_all_rows_that_conflict():
    night = tonight(a_return(), a_return(reason="other"), resolutions=[an_answer("conflicting-rows", "reject")])
    assert night.verdicts() == ["reject rejected-by-review"] * 2


def test_what_stage_a_stops_is_not_remembered():
    # Rejected by a person for its invalid cell; once the cell is right the line is decided like any other.
    told = tell(
        Night([a_return(reason="?")], resolutions=[an_answer("invalid-value", "reject")]),
        Night([a_return()], as_of=date(2026, 3, 23)),
    )
    assert [night.verdict() for night in told] == ["reject rejected-by-review", "refund"]
