"""Stage A, the row: bad cells, conflicts, repetitions (rulebook 4)."""

from dataclasses import dataclass

import numpy as np

from refund_calc.columns.aliases import Bools
from refund_calc.columns.groups import differs_from_previous, group_ids, in_company, starts_of_groups
from refund_calc.inputs.tables import Table
from refund_calc.night.in_force import InForce
from refund_calc.night.matching import Lines
from refund_calc.night.scope import NightColumns
from refund_calc.night.verdicts import DUPLICATE, Verdicts, all_open, close, found
from refund_calc.policy.findings import stage_a


@dataclass(frozen=True)
class RowFacts:
    """What stage A found out about each line."""

    has_bad_cell: Bools
    key_conflicts: Bools
    rma_conflicts: Bools


@dataclass(frozen=True)
class Compared:
    """Lines that share a key, compared by content."""

    conflicts: Bools  # valid rows whose key stands on another row with different or invalid content
    repeats: Bools  # valid rows that say the same as one above


def compare_keys(lines: Lines, returns: Table) -> Compared:
    """Compare the rows of each key in all columns; `returns` holds those that decide nothing."""
    conflicts, repeats = np.zeros(len(lines), np.bool_), np.zeros(len(lines), np.bool_)
    together = np.flatnonzero(in_company(lines.key) & lines.has_key)
    if len(together):
        key, is_bad = lines.key[together], lines.is_bad[together]
        group = group_ids(starts := starts_of_groups(key))
        content = [lines.frame[name].array.take(together) for name in lines.frame]
        others = [name for name in returns.frame if name not in lines.frame]
        content += [returns.frame[name].array.take(lines.source[together]) for name in others]
        differs = (differs_from_previous(content) & ~starts) | is_bad
        conflict = np.zeros(int(group[-1]) + 1, np.bool_)
        conflict[group[differs]] = True
        conflicts[together] = conflict[group] & ~is_bad
        repeats[together] = ~conflict[group] & ~starts
    return Compared(conflicts, repeats)


def _rma_conflicts(lines: Lines) -> Bools:
    """Valid rows of RMAs whose valid rows disagree on order_number or return_shipping_cost."""
    valid = np.flatnonzero(~lines.is_bad)
    conflicts = np.zeros(len(lines), np.bool_)
    if len(valid):
        rma = lines.rma[valid]
        cost = lines.frame["return_shipping_cost"].array.take(valid)
        differs = differs_from_previous([lines.order[valid], cost]) & ~starts_of_groups(rma)
        conflict = np.zeros(int(rma[-1]) + 1, np.bool_)
        conflict[rma[differs]] = True
        conflicts[valid] = conflict[rma]
    return conflicts


def stage_the_row(columns: NightColumns, compared: Compared, resolutions: InForce) -> tuple[RowFacts, Verdicts]:
    """What a line's own row says of it, and where the lines stand then."""
    lines = columns.lines
    facts = RowFacts(
        has_bad_cell=lines.is_bad,
        key_conflicts=compared.conflicts,
        rma_conflicts=_rma_conflicts(lines) & ~compared.repeats,
    )
    rows = np.flatnonzero(~compared.repeats)
    codes = found(stage_a.FINDINGS, columns.with_facts(facts).scope(rows), len(rows))
    verdicts = all_open(len(lines)).set_aside(np.flatnonzero(compared.repeats), DUPLICATE, "A")
    return facts, close(verdicts, "A", rows, codes, stage_a.FINDINGS, resolutions)
