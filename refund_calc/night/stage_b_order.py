"""Stage B, the order, and first of all what history says of the key (rulebook 4)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from refund_calc.columns.aliases import Bools, Ints, Numbers
from refund_calc.columns.sparse import SparseColumn, sparse_texts
from refund_calc.night.deciding_content import content_of
from refund_calc.night.in_force import InForce
from refund_calc.night.matching import OrderLines
from refund_calc.night.remembered import PriorRefunds
from refund_calc.night.scope import NightColumns
from refund_calc.night.verdicts import ALREADY_DECIDED, Verdicts, close, found
from refund_calc.policy.findings import stage_b
from refund_calc.policy.money import known

PAID_TWICE = ("open", "lost")  # disputes in which the customer may be paid by the bank too


@dataclass(frozen=True)
class OrderFacts:
    """What is known of each line's order; in the sparse columns, of the lines whose order is ambiguous or invalid.

    The field, value, file (of the orders' sources) and line are those of the first invalid cell.
    """

    order_found: Bools
    order_is_ambiguous: Bools
    order_is_invalid: Bools
    order_is_sound: Bools
    contradictions: SparseColumn
    invalid_order_cells: SparseColumn
    invalid_order_field: SparseColumn
    invalid_order_value: SparseColumn
    invalid_order_file: SparseColumn
    invalid_order_line: SparseColumn


@dataclass(frozen=True)
class HistoryFacts:
    """What history says of each line's key.

    Settled: refunded before and claiming no more units. Supplementary lines (refunded before, and more units came
    since) have `refunded_units` above 0: the units that their refund builds on.
    """

    is_settled: Bools
    content_changed: Bools
    dispute_changed: Bools
    refunded_on: Numbers  # day number
    refunded_units: Ints
    changed_fields: SparseColumn  # of the lines whose content changed


@dataclass(frozen=True)
class _History:
    facts: HistoryFacts
    rejected_before: Ints  # lines that an earlier night rejected, unchanged since


def order_facts(columns: NightColumns, verdicts: Verdicts) -> OrderFacts:
    """Whether each line's order line is there, and sound."""
    lines, orders = columns.lines, columns.order_lines
    is_ambiguous, is_invalid = orders.ambiguous[lines.order], orders.invalid[lines.order]
    rows = verdicts.open()
    said, invalid = rows[is_ambiguous[rows]], rows[is_invalid[rows]]
    cells = [orders.invalid_cells[order] for order in lines.order[invalid].tolist()]
    return OrderFacts(
        order_found=orders.found,
        order_is_ambiguous=is_ambiguous,
        order_is_invalid=is_invalid,
        order_is_sound=order_is_sound(columns),
        contradictions=_texts(said, [orders.contradictions[order] for order in lines.order[said].tolist()]),
        invalid_order_cells=_texts(invalid, [of.said for of in cells]),
        invalid_order_field=_texts(invalid, [of.first.field for of in cells]),
        invalid_order_value=_texts(invalid, [of.first.value for of in cells]),
        invalid_order_file=SparseColumn(invalid, np.array([of.first.file for of in cells], np.int64)),
        invalid_order_line=SparseColumn(invalid, np.array([of.first.line for of in cells], np.int64)),
    )


def _texts(rows: Ints, texts: list[str]) -> SparseColumn:
    return sparse_texts(dict(zip(rows.tolist(), texts, strict=True)))


def order_is_sound(columns: NightColumns) -> Bools:
    """Lines whose order line is there, valid and without contradiction."""
    orders: OrderLines = columns.order_lines
    order = columns.lines.order
    return (orders.row_of_line >= 0) & ~orders.ambiguous[order] & ~orders.invalid[order]


def _history(columns: NightColumns, prior: PriorRefunds, verdicts: Verdicts, resolutions: InForce) -> _History:
    size = len(columns.lines)
    no, none = np.zeros(size, np.bool_), np.zeros(size, np.int64)
    rows = verdicts.open()
    rows = rows[prior.has_refund[rows] | prior.is_rejected[rows]]
    if not len(rows):
        nothing = HistoryFacts(no, no, no, prior.refunded_on, none, sparse_texts({}))
        return _History(nothing, rows)
    scope, sound = columns.scope(rows), order_is_sound(columns)
    tonight = content_of(rows, columns.lines, columns.order_lines, sound)
    claimed = known(scope["claimed_units"])
    claims_more = prior.has_refund[rows] & (claimed > prior.refunded_units[rows])
    claims_more &= (claimed > prior.accepted_units[rows]) & ~scope["dispute_status"].isin(PAID_TWICE)
    settled = prior.has_refund[rows] & ~claims_more
    rejected_before = prior.is_rejected[rows] & ~settled & tonight.is_same(prior.rejected)
    rejected_before &= ~resolutions.named_tonight[rows]
    remembers = prior.paid.at[rows] >= 0  # the content of what was refunded before the first night is unknown
    changed = settled & remembers & ~tonight.is_same(prior.paid, disputes_aside=True)
    few = rows[changed]
    fields = content_of(few, columns.lines, columns.order_lines, sound).changed_fields(prior.paid)
    dispute_then = np.where(remembers, np.asarray(prior.paid.dispute_status(rows), dtype=str), "none")
    dispute_now = np.asarray(scope["dispute_status"], dtype=str)
    facts = HistoryFacts(
        is_settled=_spread(size, rows, settled),
        content_changed=_spread(size, rows, changed),
        dispute_changed=_spread(
            size,
            rows,
            settled & (dispute_then != dispute_now),
        ),
        refunded_on=prior.refunded_on,
        refunded_units=np.where(_spread(size, rows, claims_more), prior.refunded_units, 0),
        changed_fields=sparse_texts(dict(zip(few.tolist(), fields, strict=True))),
    )
    return _History(facts, rows[rejected_before])


def _spread(size: int, rows: Ints, mask: Bools) -> Bools:
    whole = np.zeros(size, np.bool_)
    whole[rows] = mask
    return whole


def stage_the_order(
    columns: NightColumns, prior: PriorRefunds, verdicts: Verdicts, resolutions: InForce
) -> tuple[OrderFacts, HistoryFacts, Verdicts]:
    """History first; then whether each line's order can be judged at all."""
    history = _history(columns, prior, verdicts, resolutions)
    verdicts = verdicts.set_aside(history.rejected_before, ALREADY_DECIDED, "B")
    order = order_facts(columns, verdicts)
    named = columns.with_facts(order, history.facts)
    rows = verdicts.open()
    settled = history.facts.is_settled[rows]
    codes = np.zeros(len(rows), np.uint64)
    for part, findings in ((settled, stage_b.OF_A_REFUND), (~settled, stage_b.OF_THE_ORDER)):
        codes[part] = found(findings, named.scope(rows[part]), int(part.sum()))
    quiet = settled & (codes == 0)
    verdicts = verdicts.set_aside(rows[quiet], ALREADY_DECIDED, "B")
    return order, history.facts, close(verdicts, "B", rows[~quiet], codes[~quiet], stage_b.FINDINGS, resolutions)


def versions_of(columns: NightColumns, verdicts: Verdicts) -> Ints:
    """Per line the policy version that judges its order, -1 for lines that were stopped before stage C."""
    version = np.full(len(columns.lines), -1, np.int64)
    rows = verdicts.open()
    ordered: pd.api.extensions.ExtensionArray = columns.scope(rows)["ordered_date"]
    version[rows] = columns.policies.version_on(known(ordered))
    return version
