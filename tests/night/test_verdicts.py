"""The end of a stage: resolutions act, a rejection beats a hold, the deciding severity is reported (rulebook 4)."""

from types import MappingProxyType

import numpy as np

from refund_calc.history.resolution import Resolution
from refund_calc.night.in_force import InForce
from refund_calc.night.verdicts import DECISIONS, DUPLICATE, Verdicts, all_open, close
from refund_calc.policy.findings import BIT, code_set, codes_in, stage_b, stage_c, stage_e

NOBODY = InForce(MappingProxyType({}), np.zeros(4, np.bool_))


def answer(code: str, action: str, row: int = 0, amount: int | None = None) -> InForce:
    resolution = Resolution("R1", "", "", code, action, amount, "ann")
    return InForce(MappingProxyType({code: {row: resolution}}), np.zeros(4, np.bool_))


def closed(resolutions: InForce, *codes: tuple[str, ...], findings=stage_c.FINDINGS) -> Verdicts:
    """Four lines after stage C, of which the first have these codes."""
    sets = np.array([code_set(listed) for listed in codes], np.uint64)
    return close(all_open(4), "C", np.arange(len(codes)), sets, findings, resolutions)


def told(verdicts: Verdicts, row: int = 0) -> str:
    return " ".join([DECISIONS[verdicts.decision[row]], *codes_in(int(verdicts.codes[row]))])


def test_a_rejection_beats_a_hold_and_all_findings_of_its_kind_are_kept():
    found = closed(NOBODY, ("evidence-missing", "window-expired", "outside-region"), ("evidence-missing",), ())
    assert [told(found, row) for row in range(4)] == [
        "reject outside-region window-expired",
        "hold evidence-missing",
        "refund",
        "refund",
    ]
    assert found.stopped_in("C").tolist() == [True, True, False, False]


def test_an_allowed_finding_is_dropped_and_the_others_stand():
    found = closed(answer("window-expired", "allow"), ("window-expired", "evidence-missing"))
    assert told(found) == "hold evidence-missing"
    assert [effect.resolution.resolved_by for effect in found.effects] == ["ann"]


def test_an_allow_of_what_was_not_found_takes_no_effect():
    found = closed(answer("outside-region", "allow"), ("window-expired",))
    assert told(found) == "reject window-expired" and found.effects == ()


def test_a_held_line_that_a_person_rejects_has_that_one_finding():
    found = closed(answer("evidence-missing", "reject"), ("evidence-missing", "dispute-open"))
    assert told(found) == "reject rejected-by-review"
    assert (found.reviews[0].people, found.reviews[0].codes) == ("ann", "evidence-missing")
    assert not found.reviews[0].accepts_content


def test_a_rejection_of_a_change_accepts_the_new_content():
    changed = "changed-after-refund"
    tonight = closed(answer(changed, "reject"), (changed,), findings=stage_b.FINDINGS)
    assert told(tonight) == "reject rejected-by-review" and tonight.reviews[0].accepts_content


def test_an_allow_that_needs_an_amount_must_reach_the_figure_of_its_line():
    # Whatever a stage looked at per line; here approval-required stands for any such finding.
    code = "approval-required"
    for amount, told_of_it in ((4999, f"hold {code}"), (5000, "refund"), (5001, "refund")):
        found = close(
            all_open(4),
            "D",
            np.arange(1),
            np.array([code_set([code])], np.uint64),
            stage_e.FINDINGS,
            answer(code, "allow", amount=amount),
            looked_at={code: np.array([5000])},
        )
        assert told(found) == told_of_it
        assert len(found.effects) == (told_of_it == "refund")


def test_a_stop_that_holds_a_line_took_effect_and_one_on_a_rejected_line_did_not():
    stop = answer("stopped-by-review", "stop")
    held, rejected = closed(stop, ("stopped-by-review",)), closed(stop, ("stopped-by-review", "window-expired"))
    assert (told(held), len(held.effects)) == ("hold stopped-by-review", 1)
    assert (told(rejected), len(rejected.effects)) == ("reject window-expired", 0)


def test_a_stage_answers_new_verdicts_and_leaves_the_old_ones():
    before = all_open(4)
    after = before.set_aside(np.array([1]), DUPLICATE, "A")
    assert before.open().tolist() == [0, 1, 2, 3] and after.open().tolist() == [0, 2, 3]
    warned = after.warned(np.array([0]), np.array([BIT["short-receipt"]]))
    assert told(warned) == "refund short-receipt" and told(after) == "refund"
