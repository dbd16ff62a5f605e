"""Every finding there is, in the rulebook's order, and the codes as bits of one number per line.

A line's findings are a set of codes; a column of such sets is one unsigned integer per line. Bits are given out in the
order of the codes' text, so that a set read from its lowest bit is sorted.
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from refund_calc.policy.findings import by_people, on_refunds, stage_a, stage_b, stage_c, stage_d, stage_e
from refund_calc.policy.findings.base import EVERY_TYPE, Finding, Scope

CATALOGUE: tuple[Finding, ...] = (
    *stage_a.OF_FILES,
    *stage_a.FINDINGS,
    *stage_b.FINDINGS,
    *stage_c.FINDINGS,
    *stage_d.FINDINGS,
    *stage_e.FINDINGS,
    *on_refunds.FINDINGS,
    *by_people.FINDINGS,
)
BY_CODE: dict[str, Finding] = {finding.code: finding for finding in sorted(CATALOGUE, key=lambda f: f.code)}

CodeSets = npt.NDArray[np.uint64]

BIT: dict[str, np.uint64] = {code: np.uint64(1 << at) for at, code in enumerate(BY_CODE)}
assert len(BIT) == len(CATALOGUE) <= 64


def code_set(codes: Iterable[str]) -> np.uint64:
    """The set of these codes."""
    return np.uint64(sum(int(BIT[code]) for code in codes))


REJECTS = code_set(code for code, f in BY_CODE.items() if f.severity == "reject")
HOLDS = code_set(code for code, f in BY_CODE.items() if f.severity == "hold")

ALLOWABLE = frozenset(code for code, f in BY_CODE.items() if f.answers.allow)
REJECTABLE = frozenset(code for code, f in BY_CODE.items() if f.severity == "hold" and f.answers.reject)
STOPPABLE = frozenset(code for code, f in BY_CODE.items() if f.answers.stop)


def codes_in(codes: int) -> list[str]:
    """The codes of one set, sorted."""
    return [code for code, bit in BIT.items() if codes & int(bit)]


__all__ = [
    "ALLOWABLE",
    "BIT",
    "BY_CODE",
    "CATALOGUE",
    "EVERY_TYPE",
    "HOLDS",
    "REJECTABLE",
    "REJECTS",
    "STOPPABLE",
    "CodeSets",
    "Finding",
    "Scope",
    "code_set",
    "codes_in",
]
