"""Returns apps tend to export a row per unit: which units stand before a row, and units of one line as one row.

A row of ours is an order line of an RMA. Two rows of theirs that lead to the same one would be taken for a row that is
there twice, and half of the units would never be refunded.
"""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Bools, Ints
from refund_calc.columns.groups import starts_of_groups
from refund_calc.inputs.contracts import Column
from refund_calc.inputs.mapping.joined import SEVERAL, is_given, keys_of
from refund_calc.inputs.mapping.mapped import cannot
from refund_calc.inputs.mapping.values import replaced

KEY = ("rma_number", "order_number", "order_line")
_HOW = {
    **dict.fromkeys(("quantity_requested", "quantity_received", "damage_amount", "cancellation_loss"), "sum"),
    "requested_date": "earliest",
    "received_date": "latest",
}


def units_before(keys: pa.Array, items: pa.Array, quantity: Ints) -> Ints:
    """How many units of the same key stand before each row, by text order of their items; a repeated item counts once.

    `keys` as of `keys_of`. So the second of two rows for one SKU of an RMA leads to the order's second such line.
    """
    before, (few, group) = np.zeros(len(keys), np.int64), _several(keys)
    item = np.asarray(pc.rank(items.take(pa.array(few)), tiebreaker="dense"), np.int64)
    order = np.lexsort((item, group))
    group, item, units = group[order], item[order], quantity[few][order]
    is_new = starts_of_groups(group) | starts_of_groups(item)
    units = np.where(is_new, units, 0)
    passed = np.cumsum(units) - units
    at = np.arange(len(order))
    first_of_item = np.maximum.accumulate(np.where(is_new, at, 0))
    first_of_group = np.maximum.accumulate(np.where(starts_of_groups(group), at, 0))
    before[few[order]] = passed[first_of_item] - passed[first_of_group]
    return before


def _several(keys: pa.Array) -> tuple[Ints, Ints]:
    """The rows whose key stands more than once, and the number of each one's key, from 0."""
    codes = np.asarray(pc.fill_null(keys.dictionary_encode().indices, -1), np.int64)
    counts = np.bincount(codes[codes >= 0], minlength=1)
    few = np.flatnonzero((codes >= 0) & (counts[codes] > 1))
    return few, np.unique(codes[few], return_inverse=True)[1].astype(np.int64)


def added_up(
    cells: Mapping[str, pa.Array], items: pa.Array, declared: Mapping[str, Column]
) -> tuple[Mapping[str, pa.Array], Ints]:
    """Rows of one RMA, order and line as one where their items differ; and which row each of the result stands on.

    Units and amounts are summed. What was found out about a unit is asked of those received, where any is; where they
    differ, nobody can say what is so for the line. Rows of one item that say different things stay as they are, for
    the night to hold; those that say the same are one.
    """
    few, group = _several(keys_of([cells[name] for name in KEY]))
    if not len(few):
        return cells, np.arange(len(items))
    count = int(group.max()) + 1
    taken = {name: column.take(pa.array(few)) for name, column in cells.items()}
    repeats, odd = _repeated(taken, items.take(pa.array(few)), group, count)
    rows = np.flatnonzero(~repeats & ~odd[group])
    first = np.full(count, -1, np.int64)
    first[group[rows][::-1]] = few[rows][::-1]
    firsts, groups = np.sort(first[first >= 0]), np.flatnonzero(first >= 0)
    by_first = groups[np.argsort(first[groups])]
    keep = np.ones(len(items), np.bool_)
    keep[few[~odd[group]]] = False
    keep[firsts] = True
    of_rows = {name: column.take(pa.array(rows)) for name, column in taken.items()}
    is_seen = _seen(of_rows.get("quantity_received"), group[rows], count)
    kept = np.flatnonzero(keep)
    result = {}
    for name, column in cells.items():
        made = _of_groups(of_rows[name], group[rows], count, declared[name], is_seen)
        texts = made.take(pa.array(by_first)).to_pylist()
        result[name] = replaced(column, firsts, texts).take(pa.array(kept))
    return result, kept


def _repeated(cells: Mapping[str, pa.Array], items: pa.Array, group: Ints, count: int) -> tuple[Bools, Bools]:
    """Rows that say of an item what a row before has said, and the groups in which one says something else of it."""
    codes = np.asarray(items.dictionary_encode().indices, np.int64)
    _, first, pair = np.unique(group * (codes.max() + 1) + codes, return_index=True, return_inverse=True)
    said = np.asarray(keys_of_texts(cells).dictionary_encode().indices, np.int64)
    repeats, odd = np.arange(len(group)) != first[pair], np.zeros(count, np.bool_)
    odd[group[said != said[first[pair]]]] = True
    return repeats, odd


def keys_of_texts(cells: Mapping[str, pa.Array]) -> pa.Array:
    """All cells of each row as one text."""
    return pc.binary_join_element_wise(*cells.values(), "\x1f")


def _seen(received: pa.Array | None, group: Ints, count: int) -> Bools:
    """Rows whose units the warehouse has, and all rows of a group of which it has none."""
    has = np.zeros(len(group), np.bool_)
    if received is not None:
        has = is_given(received) & ~np.asarray(pc.equal(received, "0").to_numpy(zero_copy_only=False), np.bool_)
    any_has = np.zeros(count, np.bool_)
    any_has[group[has]] = True
    return has | ~any_has[group]


def _of_groups(cells: pa.Array, group: Ints, count: int, column: Column, is_seen: Bools) -> pa.Array:
    """What a column says of each group; "" where there is none."""
    if how := _HOW.get(column.name):
        return SEVERAL[how](cells, group, count, column)
    rows = np.flatnonzero(is_seen) if column.blank else np.arange(len(group))
    encoded = cells.take(pa.array(rows)).dictionary_encode()
    codes, of = np.asarray(encoded.indices, np.int64), group[rows]
    first, differs, is_unknown = np.full(count, -1, np.int64), np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    first[of[::-1]] = codes[::-1]
    differs[of[codes != first[of]]] = column.deciding
    is_unknown[of[~is_given(cells)[rows]]] = True
    size = len(encoded.dictionary)
    reason = cannot(f"the units of this line differ in {column.name}; refund them by hand, or correct the export")
    words = pa.concat_arrays([encoded.dictionary, pa.array(["", reason], pa.string())])
    at = np.where(differs, np.where(is_unknown, size, size + 1), np.where(first < 0, size, first))
    return words.take(pa.array(at))
