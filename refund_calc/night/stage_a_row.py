"""Stage A, the row: bad cells, conflicts, repetitions (rulebook 4)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from refund_calc.columns.aliases import Bools, Ints, TypedColumn
from refund_calc.columns.groups import differs_from_previous, group_ids, in_company, starts_of_groups
from refund_calc.columns.sparse import SparseColumn, sparse_texts
from refund_calc.columns.written import arrow_text
from refund_calc.inputs.contracts import Column, ReturnRow, columns
from refund_calc.inputs.tables import Table
from refund_calc.night.contradictions import RmasElsewhere, disagreements
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
    conflicting_columns: SparseColumn  # in words, of the lines with such a conflict
    rma_conflicts: Bools
    disagreeing_columns: SparseColumn


@dataclass(frozen=True)
class Compared:
    """Lines that share a key, compared by content."""

    conflicts: Bools  # valid rows whose key stands on another row with different or invalid content
    repeats: Bools  # valid rows that say the same as one above
    columns: SparseColumn  # of the conflicting rows: which columns differ


def compare_keys(lines: Lines, returns: Table) -> Compared:
    """Compare the rows of each key in all columns; `returns` holds those that decide nothing."""
    conflicts, repeats = np.zeros(len(lines), np.bool_), np.zeros(len(lines), np.bool_)
    together = np.flatnonzero(in_company(lines.key) & lines.has_key)
    if not len(together):
        return Compared(conflicts, repeats, sparse_texts({}))

    def content(at: Ints) -> dict[Column, TypedColumn]:
        of_lines = {c: lines.frame[c.name].array.take(at) for c in columns(ReturnRow) if c.name in lines.frame}
        of_source = lines.source[at]
        return {
            c: of_lines[c] if c in of_lines else returns.frame[c.name].array.take(of_source) for c in columns(ReturnRow)
        }

    is_bad = lines.is_bad[together]
    group = group_ids(starts := starts_of_groups(lines.key[together]))
    differs = (differs_from_previous(list(content(together).values())) & ~starts) | is_bad
    conflict = np.zeros(int(group[-1]) + 1, np.bool_)
    conflict[group[differs]] = True
    conflicts[together] = conflict[group] & ~is_bad
    repeats[together] = ~conflict[group] & ~starts
    return Compared(conflicts, repeats, sparse_texts(_differing(lines.key, np.flatnonzero(conflicts), content)))


def _differing(group: Ints, rows: Ints, content: Callable[[Ints], dict[Column, TypedColumn]]) -> dict[int, str]:
    """In which columns rows of a group differ; where they do not, another row of it has invalid values."""
    if not len(rows):
        return {}
    said = disagreements(group[rows], content(rows))
    numbers = group[rows].tolist()
    texts = ["; ".join(said.get(number, ["another such row has invalid values"])) for number in numbers]
    return dict(zip(rows.tolist(), texts, strict=True))


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


def _told(lines: Lines, elsewhere: RmasElsewhere) -> dict[int, str]:
    """Valid rows of RMAs that stand elsewhere, too, and what the rows of each disagree on."""
    if not len(elsewhere):
        return {}
    of_line = pc.index_in(arrow_text(lines.frame["rma_number"].array), value_set=elsewhere.rma_numbers)
    at = np.asarray(pc.fill_null(of_line, -1), np.int64)
    rows = np.flatnonzero((at >= 0) & ~lines.is_bad)
    return dict(zip(rows.tolist(), elsewhere.columns.take(at[rows]).to_pylist(), strict=True))


OF_THE_RMA = tuple(c for c in columns(ReturnRow) if c.name in ("order_number", "return_shipping_cost"))


def stage_the_row(
    night: NightColumns, compared: Compared, resolutions: InForce, elsewhere: RmasElsewhere
) -> tuple[RowFacts, Verdicts]:
    """What a line's own row says of it, and where the lines stand then."""
    lines = night.lines
    rma_conflicts, told = _rma_conflicts(lines), _told(lines, elsewhere)
    rma_conflicts[list(told)] = False
    seen_here = np.flatnonzero(rma_conflicts)
    rma_conflicts[list(told)] = True

    def of_the_rma(at: Ints) -> dict[Column, TypedColumn]:
        return {column: lines.frame[column.name].array.take(at) for column in OF_THE_RMA}

    facts = RowFacts(
        has_bad_cell=lines.is_bad,
        key_conflicts=compared.conflicts,
        conflicting_columns=compared.columns,
        rma_conflicts=rma_conflicts & ~compared.repeats,
        disagreeing_columns=sparse_texts(_differing(lines.rma, seen_here, of_the_rma) | told),
    )
    rows = np.flatnonzero(~compared.repeats)
    codes = found(stage_a.FINDINGS, night.with_facts(facts).scope(rows), len(rows))
    verdicts = all_open(len(lines)).set_aside(np.flatnonzero(compared.repeats), DUPLICATE, "A")
    return facts, close(verdicts, "A", rows, codes, stage_a.FINDINGS, resolutions)
