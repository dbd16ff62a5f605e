"""Resolutions: damage-unpriced is answered in its own row (rulebook 8)."""

import csv
import io

import pytest

from tests.night.told import FRIDAY, MONDAY, TUESDAY
from tests.stories import Night, Reports, Row, a_return, an_answer, tell, tonight

BROKEN = {"damage_grade": "broken"}


def filled_in(**cells: str) -> Reports:
    """Friday's exceptions.csv sent back on Monday with the last columns of its row filled in."""
    first = tonight(a_return(**BROKEN))
    rows = [row | cells for row in first.exceptions]
    assert [row["code"] for row in rows] == ["damage-unpriced"]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return tonight(a_return(**BROKEN), files=[("resolutions", "resolutions.csv", text.getvalue().encode())])


@pytest.mark.parametrize(
    ("cells", "damage", "answers"),
    [
        ({"action": "set-amount", "amount": "12.00"}, "12.00", "set-amount damage"),
        ({"action": "waive"}, "0.00", "waive damage"),
    ],
)
def test_what_the_next_step_says_works_in_the_row_that_is_there(cells: Row, damage: str, answers: str):
    assert "set-amount" in tonight(a_return(**BROKEN)).exception("damage-unpriced")["next_step"]
    night = filled_in(resolved_by="ann", **cells)
    assert night.exceptions == []
    assert night.verdict() == "refund"
    assert night.money("damage", "answers") == [damage, answers]


def test_a_whole_rma_cannot_have_one_amount():
    night = filled_in(action="set-amount", amount="12.00", resolved_by="ann", order_line="")
    assert night.exception("invalid-resolution")["field"] == "order_line"


def test_the_amount_may_not_be_forgotten():
    night = filled_in(action="set-amount", resolved_by="ann")
    assert night.exception("invalid-resolution")["field"] == "amount"


def test_it_is_one_with_what_is_said_of_damage():
    # The latest counts, whichever of the two names it was given.
    rows = [
        an_answer("damage-unpriced", "set-amount", amount="12.00"),
        an_answer("damage", "set-amount", amount="5.00"),
    ]
    assert tonight(a_return(**BROKEN), resolutions=rows).line()["damage"] == "5.00"
    assert tonight(a_return(**BROKEN), resolutions=rows[::-1]).line()["damage"] == "12.00"


def test_the_file_may_stay_in_the_inbox():
    rows = [an_answer("damage-unpriced", "waive")]
    told = tell(*(Night([a_return(**BROKEN)], resolutions=rows, as_of=day) for day in (FRIDAY, MONDAY, TUESDAY)))
    assert [night.verdict() for night in told] == ["refund", "already-decided", "already-decided"]


def test_a_rejection_in_the_row_means_the_finding():
    night = filled_in(action="reject", resolved_by="ann")
    assert night.verdict() == "reject rejected-by-review"
    assert night.line()["answers"] == "reject damage-unpriced"


def test_it_cannot_be_allowed():
    assert filled_in(action="allow", resolved_by="ann").exception("invalid-resolution")["field"] == "code"
