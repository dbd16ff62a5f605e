"""Where each line stands: its findings so far, its decision, and the stage that stopped it (rulebook 4)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from refund_calc.columns.aliases import Bools, Ints
from refund_calc.night.in_force import Effect, InForce
from refund_calc.policy.findings import BIT, HOLDS, REJECTS, CodeSets, Finding, Scope, by_people
from refund_calc.policy.money import Cents

DECISIONS = ("refund", "hold", "reject", "duplicate", "already-decided")
REFUND, HOLD, REJECT, DUPLICATE, ALREADY_DECIDED = range(5)

STAGES = ("A", "B", "C", "D", "E")


@dataclass(frozen=True)
class Review:
    """A person rejected a held line."""

    people: str  # their names, sorted
    codes: str  # what it was held for and they answered, sorted
    accepts_content: bool  # the new content of a refunded key counts as known


@dataclass(frozen=True)
class Verdicts:
    """The state of all lines, one element each; rows still headed for a refund are `open`.

    `codes` are the reported findings as a set of bits, `decision` a place in DECISIONS, `stopped_at` one in STAGES
    (len(STAGES): nowhere). `effects` are the resolutions that dropped a finding, rejected or stopped a line so far.
    """

    codes: CodeSets
    decision: npt.NDArray[np.int8]
    stopped_at: npt.NDArray[np.int8]
    reviews: Mapping[int, Review]  # by line
    effects: tuple[Effect, ...]

    def open(self) -> Ints:
        """The rows that are still headed for a refund, rising."""
        return np.flatnonzero(self.decision == REFUND)

    def stopped_in(self, *stages: str) -> Bools:
        """Which lines were stopped at one of these stages."""
        return np.isin(self.stopped_at, [STAGES.index(stage) for stage in stages])

    def set_aside(self, rows: Ints, decision: int, stage: str) -> "Verdicts":
        """Some rows decided without a finding (duplicate, already-decided)."""
        codes, decisions, stopped_at = self.codes.copy(), self.decision.copy(), self.stopped_at.copy()
        codes[rows], decisions[rows], stopped_at[rows] = 0, decision, STAGES.index(stage)
        return replace(self, codes=codes, decision=decisions, stopped_at=stopped_at)

    def warned(self, rows: Ints, found: CodeSets) -> "Verdicts":
        """Warnings on rows that stay what they are."""
        codes = self.codes.copy()
        codes[rows] |= found
        return replace(self, codes=codes)


def all_open(size: int) -> Verdicts:
    """Before the first stage."""
    return Verdicts(
        codes=np.zeros(size, np.uint64),
        decision=np.full(size, REFUND, np.int8),
        stopped_at=np.full(size, len(STAGES), np.int8),
        reviews=MappingProxyType({}),
        effects=(),
    )


def found(findings: Iterable[Finding], scope: Scope, size: int) -> CodeSets:
    """The findings that each of the scope's rows has, as sets of codes."""
    codes = np.zeros(size, np.uint64)
    for finding in findings:
        codes[finding.evaluate(scope)] |= BIT[finding.code]
    return codes


def close(
    verdicts: Verdicts,
    stage: str,
    rows: Ints,
    codes: CodeSets,
    findings: Iterable[Finding],
    resolutions: InForce,
    looked_at: Mapping[str, Cents] = MappingProxyType({}),
) -> Verdicts:
    """End of a stage: resolutions act on what its rows have, then a rejection beats a hold.

    Only the findings of the deciding severity are kept. `rows` rise and are open; `codes` are theirs. `looked_at` has
    for a code whose allow needs an amount the figure of each row that the amount must reach; without it the condition
    itself has compared them.
    """
    listed = tuple(findings)
    codes, allowed = _allowed(rows, codes, listed, resolutions, looked_at)
    rejects, holds = codes & REJECTS, codes & HOLDS
    rejected, held = rejects != 0, (rejects == 0) & (holds != 0)
    kept, decision, stopped_at = verdicts.codes.copy(), verdicts.decision.copy(), verdicts.stopped_at.copy()
    kept[rows] = np.where(rejected, rejects, holds)
    decision[rows[rejected]], decision[rows[held]] = REJECT, HOLD
    stopped_at[rows[rejected | held]] = STAGES.index(stage)
    reviews, reviewed = _reviews(rows[held], codes[held], listed, resolutions)
    for row in reviews:
        kept[row], decision[row] = BIT[by_people.rejected_by_review.code], REJECT
    stops = _stops(rows[held], codes[held], listed, resolutions, reviews)
    return Verdicts(
        codes=kept,
        decision=decision,
        stopped_at=stopped_at,
        reviews=MappingProxyType({**verdicts.reviews, **reviews}),
        effects=(*verdicts.effects, *allowed, *reviewed, *stops),
    )


def _allowed(
    rows: Ints,
    codes: CodeSets,
    findings: tuple[Finding, ...],
    resolutions: InForce,
    looked_at: Mapping[str, Cents],
) -> tuple[CodeSets, tuple[Effect, ...]]:
    """The codes without those that a person allowed."""
    effects: tuple[Effect, ...] = ()
    for finding in findings:
        by_condition = finding.answers.allow_needs_amount and finding.code not in looked_at
        if finding.answers.allow and not by_condition and resolutions.has(finding.code):
            at_least = looked_at.get(finding.code, np.zeros(len(rows), np.int64))
            answered = resolutions.allowed_up_to(finding.code, rows) >= at_least
            dropped = answered & (codes & BIT[finding.code] != 0)
            codes = np.where(dropped, codes & ~BIT[finding.code], codes)
            effects += resolutions.effects(finding.code, rows[dropped])
    return codes, effects


def _reviews(
    held: Ints, codes: CodeSets, findings: tuple[Finding, ...], resolutions: InForce
) -> tuple[dict[int, Review], tuple[Effect, ...]]:
    """Lines held by a code that a person answered with reject."""
    by_row: dict[int, list[tuple[Finding, Effect]]] = {}
    for finding in findings:
        answers = resolutions.answers(finding.code, "reject")
        if answers:
            has_it = set(held[codes & BIT[finding.code] != 0].tolist())
            for row, resolution in answers.items():
                if row in has_it:
                    by_row.setdefault(row, []).append((finding, Effect(row, resolution)))
    reviews = {
        row: Review(
            people=", ".join(sorted({effect.resolution.resolved_by for _, effect in said})),
            codes=", ".join(sorted(finding.code for finding, _ in said)),
            accepts_content=any(finding.answers.reject_counts_once for finding, _ in said),
        )
        for row, said in by_row.items()
    }
    return reviews, tuple(effect for said in by_row.values() for _, effect in said)


def _stops(
    held: Ints, codes: CodeSets, findings: tuple[Finding, ...], resolutions: InForce, reviews: Mapping[int, Review]
) -> tuple[Effect, ...]:
    """The stops that hold a line, among its other findings or alone."""
    effects: tuple[Effect, ...] = ()
    for finding in findings:
        if finding.answers.stop and resolutions.has(finding.code):
            stopped = held[codes & BIT[finding.code] != 0].tolist()
            effects += resolutions.effects(finding.code, [row for row in stopped if row not in reviews])
    return effects
