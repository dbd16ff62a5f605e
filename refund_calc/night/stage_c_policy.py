"""Stage C, the policy: every clause over the lines that have a sound order line (rulebook 4)."""

import numpy as np

from refund_calc.night.in_force import InForce
from refund_calc.night.scope import NightColumns
from refund_calc.night.verdicts import Verdicts, close, found
from refund_calc.policy.findings import stage_c


def stage_the_policy(columns: NightColumns, verdicts: Verdicts, resolutions: InForce) -> Verdicts:
    """Each line judged by the version that was in force when its order was placed."""
    judged = verdicts.open()
    codes = np.zeros(len(judged), np.uint64)
    for rows, scope in columns.by_version(judged):
        codes[np.searchsorted(judged, rows)] = found(stage_c.FINDINGS, scope, len(rows))
    return close(verdicts, "C", judged, codes, stage_c.FINDINGS, resolutions)
