"""Stage C, the policy: every clause over the lines that have a sound order line (rulebook 4)."""

from dataclasses import dataclass, replace

import numpy as np

from refund_calc.columns.aliases import Bools
from refund_calc.columns.sparse import SparseColumn, sparse_texts
from refund_calc.night.in_force import STOPS, InForce
from refund_calc.night.scope import NightColumns
from refund_calc.night.verdicts import REFUND, Verdicts, close, found
from refund_calc.policy.findings import stage_c


@dataclass(frozen=True)
class StopFacts:
    """Which lines the latest resolution about it holds back, and in whose words."""

    is_stopped: Bools
    stopped_by: SparseColumn


def stage_the_policy(columns: NightColumns, verdicts: Verdicts, resolutions: InForce) -> Verdicts:
    """Each line judged by the version that was in force when its order was placed."""
    judged = verdicts.open()
    codes = np.zeros(len(judged), np.uint64)
    for rows, scope in columns.by_version(judged):
        codes[np.searchsorted(judged, rows)] = found(stage_c.FINDINGS, scope, len(rows))
    closed = close(verdicts, "C", judged, codes, stage_c.FINDINGS, resolutions)
    lifted = [row for row in sorted(resolutions.lifted) if verdicts.decision[row] == REFUND]
    allowed = resolutions.effects(stage_c.stopped_by_review.code, lifted)
    return replace(closed, effects=(*closed.effects, *allowed))


def stop_facts(resolutions: InForce) -> StopFacts:
    """Who stopped which lines, whether or not they come to this stage."""
    code, is_stopped = stage_c.stopped_by_review.code, np.zeros(len(resolutions.named_tonight), np.bool_)
    words = {
        row: f"{r.resolved_by}: {r.note}" if r.note else r.resolved_by
        for action in STOPS
        for row, r in resolutions.answers(code, action).items()
    }
    is_stopped[list(words)] = True
    return StopFacts(is_stopped, sparse_texts(words))
