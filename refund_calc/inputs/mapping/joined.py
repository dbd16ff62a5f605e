"""Rows of two files that belong together by key, and lines of an order: whole columns, no row is looked at alone."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Bools, Ints
from refund_calc.columns.groups import starts_of_groups
from refund_calc.inputs.contracts import Column, OrderRow
from refund_calc.inputs.mapping.mapped import cannot
from refund_calc.inputs.mapping.values import is_mapped

_BETWEEN = "\x1f"


def keys_of(parts: list[pa.Array]) -> pa.Array:
    """One text per row out of the columns of a key; null where a part is blank: such a row belongs to nothing."""
    known = [pc.if_else(pc.equal(part, ""), pa.scalar(None, pa.string()), part) for part in parts]
    return pc.binary_join_element_wise(*known, _BETWEEN) if len(known) > 1 else known[0]


@dataclass(frozen=True)
class Groups:
    """The rows of another file by key: `of_row` the group of each row there, `here` of each row here; -1 for none."""

    of_row: Ints
    here: Ints
    count: int

    @staticmethod
    def of(here: pa.Array, there: pa.Array) -> "Groups":
        """Rows whose keys (`keys_of`) are equal."""
        encoded = there.dictionary_encode()
        found = pc.index_in(here, value_set=encoded.dictionary, skip_nulls=True)
        return Groups(_numbers(encoded.indices), _numbers(found), len(encoded.dictionary))

    def bring(self, cells: pa.Array, how: str, column: Column, absent: str) -> pa.Array:
        """A converted column of the other file for the rows here; `absent` where it has no row for them."""
        each = SEVERAL[how](cells, self.of_row, self.count, column)
        return _at(each, self.here, absent)


def _at(cells: pa.Array, rows: Ints, absent: str = "") -> pa.Array:
    """The cells at some rows; -1 is no row."""
    whole = pa.concat_arrays([cells, pa.array([absent], pa.string())])
    return whole.take(pa.array(np.where(rows < 0, len(cells), rows)))


def _numbers(indices: pa.Array) -> Ints:
    return np.asarray(pc.fill_null(indices, -1), np.int64)


def _same(cells: pa.Array, groups: Ints, count: int, column: Column) -> pa.Array:
    """The one value that the rows of a group have, blanks aside."""
    encoded = cells.dictionary_encode()
    codes = np.asarray(encoded.indices, np.int64)
    rows = np.flatnonzero((groups >= 0) & is_given(cells))
    first = np.full(count, -1, np.int64)
    first[groups[rows][::-1]] = codes[rows][::-1]
    differs = np.zeros(count, np.bool_)
    differs[groups[rows][codes[rows] != first[groups[rows]]]] = True
    words = pa.concat_arrays([encoded.dictionary, pa.array(["", cannot(_DIFFER.format(column.name))], pa.string())])
    size = len(encoded.dictionary)
    return words.take(pa.array(np.where(differs, size + 1, np.where(first < 0, size, first))))


_DIFFER = "rows of the joined file give different values of {}; keep one of them"


def _sum(cells: pa.Array, groups: Ints, count: int, column: Column) -> pa.Array:
    """The sum over the rows of a group, blanks aside; where one cannot be mapped, neither can the sum."""
    words = cells.dictionary_encode()
    values = np.asarray(column.cell.parse(words.dictionary, "UTC").values, np.int64)[np.asarray(words.indices)]
    given, fits = is_given(cells) & (groups >= 0), is_mapped(cells)
    rows = np.flatnonzero(given & fits)
    sums, has = np.zeros(count, np.int64), np.zeros(count, np.bool_)
    np.add.at(sums, groups[rows], values[rows])
    has[groups[rows]] = True
    texts = money_texts(sums) if column.cell.kind == "money" else pa.array(sums).cast(pa.string())
    texts = pc.if_else(pa.array(has), texts, pa.scalar("", pa.string()))
    return _with_bad(texts, cells, groups, np.flatnonzero(given & ~fits))


def _earliest(cells: pa.Array, groups: Ints, count: int, column: Column) -> pa.Array:
    return _extreme(cells, groups, count, is_latest=False)


def _latest(cells: pa.Array, groups: Ints, count: int, column: Column) -> pa.Array:
    return _extreme(cells, groups, count, is_latest=True)


def _extreme(cells: pa.Array, groups: Ints, count: int, *, is_latest: bool) -> pa.Array:
    """The date or moment of a group that is the first or the last, as it is written."""
    given, fits = is_given(cells) & (groups >= 0), is_mapped(cells)
    rows = np.flatnonzero(given & fits)
    few = cells.take(pa.array(rows)).dictionary_encode()
    known = pd.to_datetime(few.dictionary.to_pylist(), format="ISO8601", utc=True, errors="coerce")
    seconds = known.tz_localize(None).as_unit("s").to_numpy().astype(np.int64)
    moments = seconds[np.asarray(few.indices)]
    order = rows[np.lexsort((moments if is_latest else -moments, groups[rows]))]
    chosen = np.full(count, -1, np.int64)
    chosen[groups[order]] = order  # the last of each group stays
    texts = pa.concat_arrays([cells, pa.array([""], pa.string())]).take(
        pa.array(np.where(chosen < 0, len(cells), chosen))
    )
    return _with_bad(texts, cells, groups, np.flatnonzero(given & ~fits))


def _with_bad(texts: pa.Array, cells: pa.Array, groups: Ints, bad: Ints) -> pa.Array:
    """What is said of one bad cell stands for its group."""
    if not len(bad):
        return texts
    each = texts.to_pylist()
    for row in bad:
        each[int(groups[row])] = cells[int(row)].as_py()
    return pa.array(each, pa.string())


SEVERAL = {"same": _same, "sum": _sum, "earliest": _earliest, "latest": _latest}


def is_given(cells: pa.Array) -> Bools:
    """Cells that are not blank."""
    return np.asarray(pc.not_equal(cells, "").to_numpy(zero_copy_only=False), np.bool_)


def money_texts(cents: npt.NDArray[np.int64]) -> pa.Array:
    """Amounts in cents, none negative, as 1234.50."""
    whole, rest = pa.array(cents // 100).cast(pa.string()), pa.array(cents % 100).cast(pa.string())
    return pc.binary_join_element_wise(whole, pc.utf8_lpad(rest, 2, "0"), ".")


def filled_down(cells: pa.Array, within: pa.Array | None, file: Ints | None = None) -> pa.Array:
    """Blank cells as the nearest cell above that is not, of the same `within` and file where they are given."""
    if not len(cells):
        return cells
    rows = np.arange(len(cells))
    above = np.maximum.accumulate(np.where(is_given(cells), rows, -1))
    begins = rows == 0
    if file is not None:
        begins[1:] |= file[1:] != file[:-1]
    if within is not None:
        codes = _numbers(within.dictionary_encode().indices)
        begins[1:] |= codes[1:] != codes[:-1]
    return _at(cells, np.where(above >= np.maximum.accumulate(np.where(begins, rows, 0)), above, -1))


def positions(keys: pa.Array) -> pa.Array:
    """The number of each row, from 1, among the rows with the same key, in the order of the file."""
    codes = np.asarray(pc.fill_null(keys.dictionary_encode().indices, -1), np.int64)
    order = np.argsort(codes, kind="stable")
    sorted_codes = codes[order]
    first = np.searchsorted(sorted_codes, sorted_codes, side="left")
    numbers = np.empty(len(codes), np.int64)
    numbers[order] = np.arange(len(codes)) - first + 1
    return pa.array(numbers).cast(pa.string())


def lines_by_sku(
    order_number: pa.Array, sku: pa.Array, orders: Mapping[str, pa.Array], before: Ints
) -> tuple[pa.Array, dict[int, str]]:
    """The order's line that has the SKU, "" where there is none; and, by row, why there is none.

    `orders` are cells of orders.csv. Where several lines of the order have it at one price, it is the one that holds
    the next unit, lines in text order; `before` are the units that rows of the same RMA took before. Where the prices
    differ, nobody can say which line came back.
    """
    groups = Groups.of(keys_of([order_number, sku]), keys_of([orders["order_number"], orders["sku"]]))
    agree = is_mapped(_same(_terms(orders), groups.of_row, groups.count, _LINE))
    leads_to = _row_of_unit(groups, orders, before)
    found = _at(orders["order_line"], np.where(np.append(agree, False)[groups.here], leads_to, -1))
    known = np.asarray(
        pc.is_in(order_number, value_set=orders["order_number"]).to_numpy(zero_copy_only=False), np.bool_
    )
    reasons = {}
    for row in map(int, np.flatnonzero(~is_given(found))):
        said = f'"{sku[row].as_py()}"'
        if groups.here[row] >= 0:
            reasons[row] = (
                f"the order has lines with SKU {said} at different prices after discount and tax; import the exports "
                "and write into the returns.csv its order_line, and the true value where this text stands"
            )
        elif not known[row]:
            reasons[row] = f'no orders file has order "{order_number[row].as_py()}"; export orders that far back'
        else:
            reasons[row] = f"the order has no line with SKU {said}; correct the SKU or the order number"
    return found, reasons


_LINE = OrderRow.order_line


def _row_of_unit(groups: Groups, orders: Mapping[str, pa.Array], before: Ints) -> Ints:
    """The row of the orders on which the unit after those `before` stands, the last one where there are no more."""
    rank = np.asarray(pc.rank(orders["order_line"], tiebreaker="dense"), np.int64)
    rows = np.flatnonzero(groups.of_row >= 0)
    rows = rows[np.lexsort((rank[rows], groups.of_row[rows]))]
    group, rank = groups.of_row[rows], rank[rows]
    units = np.where(starts_of_groups(group) | starts_of_groups(rank), counts_of(orders["quantity"])[rows], 0)
    through, here = np.cumsum(units), np.flatnonzero(groups.here >= 0)
    start, stop = (np.searchsorted(group, groups.here[here], side=side) for side in ("left", "right"))
    passed = np.concatenate([[0], through])[start] + before[here]
    found = np.full(len(groups.here), -1, np.int64)
    found[here] = rows[np.minimum(np.searchsorted(through, passed, side="right"), stop - 1)]
    return found


def counts_of(quantity: pa.Array) -> Ints:
    """Counts of units; one where a cell is none."""
    words = quantity.dictionary_encode()
    parsed = OrderRow.quantity.cell.parse(words.dictionary, "UTC")
    each = np.where(parsed.ok, np.asarray(parsed.values, np.int64), 1)
    return np.asarray(each[np.asarray(words.indices)], np.int64)


def _terms(orders: Mapping[str, pa.Array]) -> pa.Array:
    """What a unit of each line costs, as a text: equal texts cost the same."""
    parts = [orders["unit_price"], orders["line_discount"], orders["line_tax"]]
    none_by_unit = pc.and_(*(pc.match_substring_regex(part, r"\A0*(\.0*)?\z") for part in parts[1:]))
    return pc.binary_join_element_wise(*parts, pc.if_else(none_by_unit, "", orders["quantity"]), _BETWEEN)
