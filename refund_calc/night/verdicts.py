"""Where each line stands: its findings so far, its decision, and the stage that stopped it (rulebook 4)."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from refund_calc.columns.aliases import Bools, Ints
from refund_calc.night.resolutions import InForce
from refund_calc.policy.findings import BIT, HOLDS, REJECTS, CodeSets, Finding, Scope

DECISIONS = ("refund", "hold", "reject", "duplicate", "already-decided")
REFUND, HOLD, REJECT, DUPLICATE, ALREADY_DECIDED = range(5)

STAGES = ("A", "B", "C", "D", "E")

# A rejection answers these only on the night it comes into force: it accepts that night's content, no later one.
ACCEPTS_CONTENT = ("changed-after-refund", "disputed-after-refund")


class Verdicts:
    """The state of all lines; rows still headed for a refund are `open`."""

    def __init__(self, size: int) -> None:
        self.codes: CodeSets = np.zeros(size, np.uint64)
        self.decision: npt.NDArray[np.int8] = np.full(size, REFUND, np.int8)
        self.stopped_at: npt.NDArray[np.int8] = np.full(size, len(STAGES), np.int8)
        self.accepted: Bools = np.zeros(size, np.bool_)  # a person accepted the changed content
        self.reviewed: dict[int, tuple[str, str]] = {}  # line -> who rejected it, for which codes

    def open(self) -> Ints:
        return np.flatnonzero(self.decision == REFUND)

    def find(self, findings: Iterable[Finding], scope: Scope, rows: Ints) -> None:
        """Evaluate findings on the scope's rows."""
        for finding in findings:
            self.mark(finding.code, rows[finding.evaluate(scope)])

    def mark(self, code: str, rows: Ints) -> None:
        self.codes[rows] |= BIT[code]

    def set_aside(self, rows: Ints, decision: int, stage: str) -> None:
        """Decide rows without a finding (duplicate, already-decided)."""
        self.decision[rows] = decision
        self.stopped_at[rows] = STAGES.index(stage)
        self.codes[rows] = 0

    def close(self, stage: str, resolutions: InForce, codes: Iterable[Finding]) -> None:
        """End of a stage: resolutions act, then a rejection beats a hold, and only the deciding severity is kept."""
        findings = tuple(codes)
        for finding in findings:
            if finding.allowable and finding.code != "approval-required":
                self._allow(finding.code, resolutions)
        rows = self.open()
        rejects, holds = self.codes[rows] & REJECTS, self.codes[rows] & HOLDS
        rejected, held = rejects != 0, (rejects == 0) & (holds != 0)
        self.codes[rows] = np.where(rejected, rejects, holds)
        self.decision[rows[rejected]] = REJECT
        self.decision[rows[held]] = HOLD
        self.stopped_at[rows[rejected | held]] = STAGES.index(stage)
        self._review(rows[held], resolutions, findings)

    def _allow(self, code: str, resolutions: InForce) -> None:
        rows = resolutions.rows(code, "allow")
        rows = rows[(self.decision[rows] == REFUND) & (self.codes[rows] & BIT[code] != 0)]
        self.codes[rows] &= ~BIT[code]
        resolutions.took_effect(code, rows)

    def _review(self, held: Ints, resolutions: InForce, findings: tuple[Finding, ...]) -> None:
        """Lines held by a code that a person answered with reject."""
        by_row: dict[int, list[tuple[str, str]]] = {}
        is_held = np.zeros(len(self.codes), np.bool_)
        is_held[held] = True
        for finding in findings:
            answers = resolutions.answers(finding.code, "reject", only_new=finding.code in ACCEPTS_CONTENT)
            for row, resolution in sorted(answers.items()):
                if is_held[row] and self.codes[row] & BIT[finding.code]:
                    by_row.setdefault(row, []).append((finding.code, resolution.resolved_by))
        for row, answers_to in by_row.items():
            for code, _ in answers_to:
                resolutions.took_effect(code, [row])
                self.accepted[row] |= code in ACCEPTS_CONTENT
            names = ", ".join(sorted({name for _, name in answers_to}))
            self.reviewed[row] = (names, ", ".join(sorted(code for code, _ in answers_to)))
            self.codes[row] = BIT["rejected-by-review"]
            self.decision[row] = REJECT
