"""RMAs whose valid rows stand in several parts: every part is told what they disagree on (rulebook 4, stage A).

All rows of an order are in one part, so that such an RMA is of several orders. Nothing is joined: one placeholder that
stands for the RMA of a million orders tells the five smallest of each part, and how many more there are.
"""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Bools, Ints
from refund_calc.columns.groups import places_in_groups, starts_of_groups
from refund_calc.columns.text_order import text_order
from refund_calc.columns.typed import plain
from refund_calc.columns.written import arrow_text
from refund_calc.inputs.contracts import ReturnRow
from refund_calc.inputs.tables import Table
from refund_calc.night.contradictions import NONE_ELSEWHERE, RmasElsewhere, said_of
from refund_calc.night.shown import CUT, LONGEST, SHOWN, shown_cells, shown_texts
from refund_calc.policy.money import known
from refund_calc.runs.partitions.keys import parts_of
from refund_calc.runs.partitions.segments import read_all, split, write_segments

ORDER, COST = ReturnRow.order_number, ReturnRow.return_shipping_cost


def write_seen(folder: Path, part: int, parts: int, returns: Table) -> None:
    """Write what the valid rows of one part say of their RMAs, in as many segments as there are parts, by RMA."""
    seen = _seen(returns)
    write_segments(folder / f"rmas-{part}.seen", split(seen, parts_of(seen["rma_number"], parts), parts))


def _seen(returns: Table) -> pa.RecordBatch:
    """The valid rows' RMAs, each once, with the orders as messages show them and the cents that stand there.

    `orders` are the smallest that a message shows; `more` says how many others there are. Where a text is cut, another
    part may show the same for another order: these are all there.
    """
    valid = np.flatnonzero(~returns.is_bad)
    rma = arrow_text(returns.frame["rma_number"].array).take(pa.array(valid))
    order = shown_texts(ORDER, returns.frame[ORDER.name].array.take(valid))
    cents = known(plain(returns.frame[COST.name].array.take(valid)))
    of_rma = text_order(rma)

    by_order = np.lexsort((of_order := text_order(order), of_rma))
    by_order = by_order[starts_of_groups(of_rma[by_order], of_order[by_order])]
    starts = starts_of_groups(of_rma[by_order])
    told = places_in_groups(starts) < SHOWN
    told |= _may_stand_elsewhere(order.take(pa.array(by_order)))
    orders, more = _lists(starts, told)

    by_cost = np.lexsort((cents, of_rma))
    by_cost = by_cost[starts_of_groups(of_rma[by_cost], cents[by_cost])]
    costs, _ = _lists(starts_of_groups(of_rma[by_cost]), np.ones(len(by_cost), np.bool_))
    return pa.record_batch(
        {
            "rma_number": rma.take(pa.array(by_order[starts])),
            "orders": pa.ListArray.from_arrays(pa.array(orders), order.take(pa.array(by_order[told]))),
            "more": more,
            "costs": pa.ListArray.from_arrays(pa.array(costs), pa.array(cents[by_cost])),
        }
    )


def _may_stand_elsewhere(shown: pa.Array) -> Bools:
    """Texts that are cut, or look as if they were."""
    cut = pc.and_(pc.equal(pc.utf8_length(shown), LONGEST), pc.ends_with(shown, CUT))
    return np.asarray(cut.to_numpy(zero_copy_only=False), np.bool_)


def _lists(starts: Bools, told: Bools) -> tuple[Ints, Ints]:
    """Offsets of lists, one per group of neighbours, of those that are told, and how many of each group are not."""
    firsts = np.append(np.flatnonzero(starts), len(starts))
    before = np.concatenate(([0], np.cumsum(told)))[firsts]
    return before.astype(np.int32), np.diff(firsts) - np.diff(before)


@dataclass(frozen=True)
class Meet:
    """What all parts say of every `parts`-th RMA, those of `bucket`."""

    folder: Path
    bucket: int
    parts: int


def meet(task: Meet) -> int:
    """Find the RMAs of several parts and write for each of these what they disagree on; answers how many there are."""
    paths = [task.folder / f"rmas-{part}.seen" for part in range(task.parts)]
    seen = [(part, rows) for part, rows in read_all(paths, task.bucket, task.parts)]
    said, part_of = _said(seen)
    rows = pa.record_batch({"rma_number": said.rma_numbers, "columns": said.columns})
    write_segments(task.folder / f"rmas-{task.bucket}.said", split(rows, part_of, task.parts))
    return len(pc.unique(said.rma_numbers))


def _said(seen: list[tuple[int, pa.RecordBatch]]) -> tuple[RmasElsewhere, Ints]:
    """The RMAs of several parts, once for each of them, with what is said of them there."""
    if not seen:
        return NONE_ELSEWHERE, np.zeros(0, np.int64)
    rmas = pa.concat_arrays([rows["rma_number"] for _, rows in seen])
    numbers = np.asarray(rmas.dictionary_encode().indices)
    several = np.flatnonzero(np.bincount(numbers)[numbers] > 1)
    table = pa.Table.from_batches([rows for _, rows in seen]).take(pa.array(several))
    part_of = np.repeat([part for part, _ in seen], [rows.num_rows for _, rows in seen])[several]
    amounts = np.unique(np.asarray(pc.list_flatten(table["costs"])))
    shown = shown_cells(COST, pd.Categorical.from_codes(np.arange(len(amounts)), categories=amounts))
    text_of = dict(zip(amounts.tolist(), shown, strict=True))  # made once, not for each RMA
    of_rma = defaultdict[str, list[_OfPart]](list)
    numbers_of = arrow_text(table["rma_number"])
    columns = [numbers_of.to_pylist(), *(table[name].to_pylist() for name in ("orders", "more", "costs"))]
    for rma, orders, more, costs in zip(*columns, strict=True):
        of_rma[rma].append(_OfPart(orders, more, [text_of[cents] for cents in costs]))
    words = {rma: _disagreement(of_parts) for rma, of_parts in of_rma.items()}
    said = pa.array([words[rma] for rma in columns[0]], pa.string())
    return RmasElsewhere(numbers_of, said), part_of.astype(np.int64)


class _OfPart(NamedTuple):
    """What one part says of an RMA: its orders, how many more there are, and its costs, as messages show them."""

    orders: list[str]
    more: int
    costs: list[str]


def _disagreement(of_parts: list[_OfPart]) -> str:
    """In which columns the rows of an RMA of several orders differ."""
    orders = {order for of_part in of_parts for order in of_part.orders}
    costs = {cost for of_part in of_parts for cost in of_part.costs}
    said = [said_of(ORDER, orders, sum(of_part.more for of_part in of_parts))]
    return "; ".join([*said, said_of(COST, costs)] if len(costs) > 1 else said)


def read_elsewhere(folder: Path, part: int, parts: int) -> RmasElsewhere:
    """The RMAs of one part that stand in others, too."""
    said = [rows for _, rows in read_all([folder / f"rmas-{bucket}.said" for bucket in range(parts)], part, parts)]
    if not said:
        return NONE_ELSEWHERE
    table = pa.Table.from_batches(said)
    return RmasElsewhere(arrow_text(table["rma_number"]), arrow_text(table["columns"]))
