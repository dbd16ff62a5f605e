"""Stage D, units (CT-2): no unit is refunded twice (rulebook 4)."""

from dataclasses import dataclass, replace

import numpy as np

from refund_calc.columns.aliases import Ints
from refund_calc.columns.sparse import SparseColumn, sparse_texts
from refund_calc.night.in_force import InForce
from refund_calc.night.remembered import PriorRefunds
from refund_calc.night.scope import NightColumns, pieces
from refund_calc.night.verdicts import Verdicts, close, found
from refund_calc.policy.findings import BIT, stage_d
from refund_calc.policy.money import Cents, known, sums_by


@dataclass(frozen=True)
class PastFacts:
    """What was refunded before: units and cents of each line's order line, cents of its order.

    `opening_units` are those of them before the first night, `unnamed_units` those by no known RMA;
    `past_merchandise` and `past_tax` are what nights refunded.
    """

    past_units: Ints
    opening_units: Ints
    unnamed_units: Ints
    past_merchandise: Cents
    past_tax: Cents
    past_net: Cents


@dataclass(frozen=True)
class UnitFacts:
    """What stage D found out about the lines still headed for refund."""

    refunded_amount: SparseColumn  # of the order, as the shop's system shows it
    claimed_on_order_line: SparseColumn  # units claimed tonight by all lines of the order line
    competing_rmas: SparseColumn  # of the lines that exceed it, the RMAs that claim it


def past_facts(prior: PriorRefunds) -> PastFacts:
    return PastFacts(
        past_units=prior.order_units,
        opening_units=prior.opening_units,
        unnamed_units=prior.unnamed_units,
        past_merchandise=prior.order_merchandise,
        past_tax=prior.order_tax,
        past_net=prior.order_net,
    )


def stage_units(
    columns: NightColumns, prior: PriorRefunds, verdicts: Verdicts, resolutions: InForce
) -> tuple[PastFacts, UnitFacts, Verdicts]:
    """What is refunded already and what is claimed tonight, against what was bought."""
    past, rows = past_facts(prior), verdicts.open()
    order_line = columns.order_lines.row_of_line[rows]
    units = np.concatenate([np.zeros(0, np.int64), *(known(columns.scope(rows[p])["units"]) for p in pieces(rows))])
    claimed = sums_by(units, order_line, len(columns.order_lines.frame))[order_line]
    shown = columns.order_lines.refunded_amount.take(columns.lines.order[rows])
    facts = UnitFacts(SparseColumn(rows, shown), SparseColumn(rows, claimed), sparse_texts({}))
    named = columns.with_facts(past, facts)
    codes = np.zeros(len(rows), np.uint64)
    for part in pieces(rows):
        codes[part] = found(stage_d.FINDINGS, named.scope(rows[part]), len(rows[part]))
    exceeding = rows[codes & BIT[stage_d.units_exceed_purchase.code] != 0]
    facts = replace(facts, competing_rmas=_competing_rmas(columns, exceeding))
    looked_at = {stage_d.refunded_elsewhere.code: known(shown)}
    return past, facts, close(verdicts, "D", rows, codes, stage_d.FINDINGS, resolutions, looked_at)


def _competing_rmas(columns: NightColumns, rows: Ints) -> SparseColumn:
    """For lines that exceed their order line: the RMAs that claim it tonight."""
    rmas: dict[int, set[str]] = {}
    order_lines = columns.order_lines.row_of_line[rows].tolist()
    for order_line, rma in zip(order_lines, columns.lines.frame["rma_number"].array.take(rows), strict=True):
        rmas.setdefault(order_line, set()).add(str(rma))
    words = {order_line: ", ".join(sorted(names)) for order_line, names in rmas.items()}
    return sparse_texts({row: words[order_line] for row, order_line in zip(rows.tolist(), order_lines, strict=True)})
