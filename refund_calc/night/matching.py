"""Tonight's lines, sorted by key and matched with their order lines (rulebook 4, stages A and B).

From here on a line is a position: lines stand in the order of the register (rma_number, order_number, order_line), so
the lines of one key and of one RMA are neighbours. Orders that no return asks for are left out.
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Bools, Ints, Numbers, TextLike
from refund_calc.columns.cores import in_parallel
from refund_calc.columns.groups import group_ids, starts_of_groups
from refund_calc.columns.text_order import TextOrder, text_order, text_orders, text_ranks
from refund_calc.columns.typed import plain
from refund_calc.columns.written import arrow_text
from refund_calc.inputs.contracts import OrderRow, ReturnRow, column_names, columns
from refund_calc.inputs.tables import Table
from refund_calc.night.order_faults import InvalidCells, ambiguous_orders, invalid_cells
from refund_calc.policy.amounts import merchandise_total
from refund_calc.policy.money import Cents, known


@dataclass(frozen=True)
class Lines:
    """The rows of returns.csv in the order of the register, with the columns that identify them or decide.

    `source` is each line's row in the table as read; `rma`, `key` number the groups of equal rma_number and of equal
    key; `order` and `line_rank` are comparable with those of the `OrderLines`.
    """

    frame: pd.DataFrame
    source: Ints
    is_bad: Bools
    has_key: Bools
    rma: Ints
    key: Ints
    order: Ints
    line_rank: Ints

    def __len__(self) -> int:
        return len(self.frame)


@dataclass(frozen=True)
class OrderLines:
    """The order lines of the orders that tonight's lines name, sorted by order and order_line.

    `frame` holds each valid order line once, `merchandise_total` its price in cents, tax aside. `order` numbers the
    orders as `Lines.order` does. By order: `refunded_amount` in cents, the largest that is known on its rows;
    `contradictions` says of an ambiguous order where its rows differ, `invalid_cells` of an invalid one which they are.
    """

    frame: pd.DataFrame
    merchandise_total: Cents
    order: Ints
    order_numbers: pa.Array
    refunded_amount: Numbers
    contradictions: Mapping[int, str]
    invalid_cells: Mapping[int, InvalidCells]
    row_of_line: Ints  # per line: its row in `frame`, or -1
    found: Bools  # per line: the order line is there, valid or not

    @property
    def ambiguous(self) -> Bools:
        """Which orders' rows contradict each other."""
        return self._of(self.contradictions)

    @property
    def invalid(self) -> Bools:
        """Which orders have an invalid cell or a discount above the price."""
        return self._of(self.invalid_cells)

    def _of(self, orders: Iterable[int]) -> Bools:
        mask = np.zeros(len(self.order_numbers), np.bool_)
        mask[list(orders)] = True
        return mask


def match(returns: Table, orders: Table, hand_over: bool) -> tuple[Lines, OrderLines]:
    """Sort the lines and find each one's order line.

    With `hand_over` the cells leave the tables, which their owner gives up: a large night has no room for two.
    """
    frame, book = returns.frame, orders.frame
    rma = text_order(frame["rma_number"].array)
    texts, book_texts = text_orders(frame["order_number"].array, book["order_number"].array)
    line, book_line = text_ranks(frame["order_line"].array, book["order_line"].array)
    width = max(int(ranks.max(initial=0)) for ranks in (line, book_line)) + 1
    with ThreadPoolExecutor(1) as beside:  # the order lines are made while the lines are sorted
        asking = beside.submit(_asked, texts, book_texts)
        making = beside.submit(lambda: _order_rows(orders, *asking.result(), book_line, width, hand_over))
        source = np.lexsort((line, texts, rma))
        order = np.searchsorted(asking.result()[0], texts[source])
        numbers = _order_numbers(frame["order_number"].array, source, order)
        lines = _lines(returns, source, rma[source], order, line[source], hand_over)
        rows = making.result()
    return lines, _order_lines(numbers, rows, lines, lines.order * width + lines.line_rank)


def _lines(returns: Table, source: Ints, rma: TextOrder, order: Ints, line: Ints, hand_over: bool) -> Lines:
    """The rows of returns.csv in the order of the register; their numbers are so already."""
    frame = _moved(returns.frame, source, [c.name for c in columns(ReturnRow) if c.key or c.deciding], hand_over)
    return Lines(
        frame=frame,
        source=source,
        is_bad=returns.is_bad[source],
        has_key=~np.logical_or.reduce([frame[name].array.isna() for name in column_names(ReturnRow, key=True)]),
        rma=group_ids(starts_of_groups(rma)),
        key=group_ids(starts_of_groups(rma, order, line)),
        order=order,
        line_rank=line,
    )


def _moved(frame: pd.DataFrame, rows: Ints, names: Sequence[str], hand_over: bool) -> pd.DataFrame:
    """These rows and columns of a frame, which with `hand_over` is left without the columns."""
    take = frame.pop if hand_over else frame.__getitem__
    taken = in_parallel(partial(take(name).array.take, rows) for name in names)
    return pd.DataFrame(dict(zip(names, taken, strict=True)), copy=False)


def _asked(lines: TextOrder, book: TextOrder) -> tuple[TextOrder, Ints]:
    """The orders that the lines name, sorted, and which of them each row of the book belongs to; -1 for none."""
    asked = np.sort(lines)
    asked = asked[starts_of_groups(asked)]
    if not len(asked):
        return asked, np.full(len(book), -1)
    at = np.minimum(np.searchsorted(asked, book), len(asked) - 1)
    return asked, np.where(asked[at] == book, at, -1)


@dataclass(frozen=True)
class _OrderRows:
    """The rows of orders.csv that are asked for, sorted by key, and what is left of them in `frame`."""

    keys: Ints
    has_line: Bools
    keep: Bools  # valid, and not a repetition of the row above
    frame: pd.DataFrame  # the rows that are kept
    order: Ints
    refunded_amount: Numbers  # per order
    contradictions: Mapping[int, str]
    invalid_cells: Mapping[int, InvalidCells]


def _order_rows(orders: Table, asked: TextOrder, order: Ints, line: Ints, width: int, hand_over: bool) -> _OrderRows:
    """The rows of the orders that are asked for; a row has the number of its order, or -1, and the rank of its line."""
    keys, count = order * width + line, len(asked)
    rows = np.flatnonzero(order >= 0)
    if not np.all(keys[rows][1:] >= keys[rows][:-1]):
        rows = rows[np.argsort(keys[rows], kind="stable")]
    order, keys = order[rows], keys[rows]
    frame = _moved(orders.frame, rows, column_names(OrderRow), hand_over)
    has_line = ~frame["order_line"].isna().to_numpy()
    valid = ~orders.is_bad[rows]
    cells = invalid_cells(orders, rows, frame, order)
    refunded = _largest(plain(frame.pop("refunded_amount").array), order, count)
    sound, *of_sound = (frame, order, keys) if valid.all() else (frame[valid], order[valid], keys[valid])
    contradictions, repeated = ambiguous_orders(sound, *of_sound)
    keep = valid.copy()
    keep[valid] = ~repeated
    if not keep.all():
        frame, order = _moved(frame, np.flatnonzero(keep), list(frame), True), order[keep]
    return _OrderRows(keys, has_line, keep, frame, order, refunded, contradictions, cells)


def _largest(values: Numbers, group: Ints, groups: int) -> Numbers:
    """The largest value that is known in each group, unknown where none is."""
    largest = np.full(groups, -1, np.int64)
    at = np.flatnonzero(~np.asarray(values.isna(), np.bool_))
    np.maximum.at(largest, group[at], known(values[at]))
    return pd.arrays.IntegerArray(np.maximum(largest, 0), largest < 0)


def _order_lines(numbers: pa.Array, rows: _OrderRows, lines: Lines, keys: Ints) -> OrderLines:
    """The order lines, and for each line, whose keys are given, which of them is its own."""
    row_of_line = pd.Index(rows.keys[rows.keep]).get_indexer(keys)
    row_of_line[~lines.has_key] = -1
    found = row_of_line >= 0
    others = np.flatnonzero(~found & lines.has_key)  # their row may be there, and not be valid
    found[others] = np.isin(keys[others], rows.keys[rows.has_line])
    price, quantity, discount = (plain(rows.frame[c].array) for c in ("unit_price", "quantity", "line_discount"))
    return OrderLines(
        frame=rows.frame,
        merchandise_total=merchandise_total(price, quantity, discount),
        order=rows.order,
        order_numbers=numbers,
        refunded_amount=rows.refunded_amount,
        contradictions=rows.contradictions,
        invalid_cells=rows.invalid_cells,
        row_of_line=row_of_line.astype(np.int64, copy=False),
        found=found,
    )


def _order_numbers(texts: TextLike, source: Ints, order: Ints) -> pa.Array:
    """Order numbers by their rank: `numbers[order]` is each line's order number (blank where unknown)."""
    first = np.zeros(int(order.max(initial=-1)) + 1, np.int64)
    first[order] = source
    return pc.fill_null(arrow_text(texts), "").take(pa.array(first))
