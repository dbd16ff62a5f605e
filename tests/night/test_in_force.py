"""Which resolution speaks of which line (rulebook 8)."""

from typing import Any

from refund_calc.history.resolution import Resolution
from refund_calc.night.in_force import Effect, answers, in_force, resolved_by
from tests.night.small import matched
from tests.stories import a_return

LINES = [a_return(), a_return(order_line="2"), a_return(rma_number="R2")]  # rows 0, 1 and 2


def says(code: str = "window-expired", action: str = "allow", by: str = "ann", **cells: Any) -> Resolution:
    """A resolution of R1 as a whole, unless told."""
    named = dict(rma_number="R1", order_number="", order_line="", amount=None, is_new=True) | cells
    return Resolution(code=code, action=action, resolved_by=by, **named)


def rows_answered(*resolutions: Resolution, action: str = "allow") -> list[int]:
    return in_force(matched(LINES)[0], resolutions).rows("window-expired", action).tolist()


def test_a_blank_order_line_speaks_of_all_lines_of_the_rma_and_of_no_other():
    assert rows_answered(says()) == [0, 1]
    assert rows_answered(says(order_line="2")) == [1]
    assert rows_answered(says(rma_number="R9")) == []


def test_an_order_number_that_is_given_must_be_the_lines():
    assert rows_answered(says(order_number="1001")) == [0, 1]
    assert rows_answered(says(order_number="1002")) == []


def test_the_latest_wins_and_a_lines_own_beats_the_rmas_even_when_it_is_older():
    stop = dict(code="window-expired", action="reject")
    assert rows_answered(says(), says(**stop)) == []
    assert rows_answered(says(order_line="2"), says(**stop)) == [1]
    assert rows_answered(says(order_line="2"), says(order_line="2", **stop), action="reject") == [1]


def test_a_waived_deduction_is_nothing_and_a_set_one_its_amount():
    found = in_force(
        matched(LINES)[0], [says("damage", "waive"), says("damage", "set-amount", order_line="2", amount=35)]
    )
    assert found.figure("damage").to_numpy(dtype=object, na_value=None).tolist() == [0, 35, None]
    assert found.has("damage") and not found.has("restocking_fee")


def test_only_what_comes_into_force_tonight_names_a_line_tonight():
    old, new = says(is_new=False), says(order_line="2", action="reject")
    found = in_force(matched(LINES)[0], [old, new])
    assert found.named_tonight.tolist() == [False, True, False]


def test_a_stop_and_a_rejection_that_needs_no_stop_name_no_line():
    # A rejected key is not decided afresh for them: it is rejected already.
    for action, named in (("stop", [False, False, False]), ("reject", [False] * 3), ("allow", [True, True, False])):
        found = in_force(matched(LINES)[0], [says("stopped-by-review", action)])
        assert found.named_tonight.tolist() == named, action


def test_a_rejection_that_counts_once_is_gone_the_next_night_and_an_older_one_of_the_rma_with_it():
    once = dict(code="changed-after-refund", action="reject")
    old, new = says(order_line="1", is_new=False, **once), says(**once)
    found = in_force(matched(LINES)[0], [old, new])
    assert found.rows("changed-after-refund", "reject").tolist() == [0, 1]
    assert found.by_code["changed-after-refund"][0] is new  # the line's own is not in force any more


def test_the_answers_of_a_line_are_named_once_and_sorted():
    effects = [Effect(0, says()), Effect(0, says("damage", "waive")), Effect(0, says(by="zoe"))]
    assert answers(effects) == {0: "allow window-expired;waive damage"}


def test_the_people_of_a_line_are_named_once_and_sorted():
    effects = [Effect(0, says(by="zoe")), Effect(0, says(by="ann")), Effect(0, says("damage", by="zoe"))]
    assert resolved_by([*effects, Effect(2, says(by="bob"))]) == {0: "ann;zoe", 2: "bob"}
