"""The end of a stage: resolutions act, a rejection beats a hold, the deciding severity is reported (rulebook 4)."""

from types import MappingProxyType

import numpy as np

from refund_calc.history.resolution import Resolution
from refund_calc.night.in_force import InForce
from refund_calc.night.verdicts import DECISIONS, DUPLICATE, Verdicts, all_open, close
from refund_calc.policy.findings import BIT, code_set, codes_in, stage_b, stage_c

NOBODY = InForce(MappingProxyType({}), np.zeros(4, np.bool_))


def answer(code: str, action: str, row: int = 0, is_new: bool = True) -> InForce:
    resolution = Resolution("R1", "", "", code, action, None, "ann", is_new=is_new)
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


def test_a_rejection_of_a_change_counts_on_the_night_it_comes_into_force_only():
    changed = "changed-after-refund"
    tonight = closed(answer(changed, "reject"), (changed,), findings=stage_b.FINDINGS)
    later = closed(answer(changed, "reject", is_new=False), (changed,), findings=stage_b.FINDINGS)
    assert told(tonight) == "reject rejected-by-review" and tonight.reviews[0].accepts_content
    assert told(later) == f"hold {changed}" and not later.reviews


def test_a_stage_answers_new_verdicts_and_leaves_the_old_ones():
    before = all_open(4)
    after = before.set_aside(np.array([1]), DUPLICATE, "A")
    assert before.open().tolist() == [0, 1, 2, 3] and after.open().tolist() == [0, 2, 3]
    warned = after.warned(np.array([0]), np.array([BIT["short-receipt"]]))
    assert told(warned) == "refund short-receipt" and told(after) == "refund"
