"""What is wrong with tonight's orders: bad cells, and rows that contradict each other (rulebook 4, stage B)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from refund_calc.columns.aliases import Bools, Ints, TypedColumn
from refund_calc.columns.groups import differs_from_previous, group_ids, starts_of_groups
from refund_calc.columns.typed import plain
from refund_calc.inputs.contracts import Column, OrderRow, columns
from refund_calc.inputs.tables import Table
from refund_calc.night.contradictions import disagreements
from refund_calc.night.shown import listed, texts_at
from refund_calc.policy.money import dollar_text

COMPARED = tuple(c for c in columns(OrderRow) if not c.varies)
OF_THE_ORDER = tuple(c for c in COMPARED if c.order_level)
OF_A_LINE = tuple(c for c in COMPARED if not c.order_level and not c.key)


@dataclass(frozen=True, order=True)
class InvalidCell:
    """A cell of orders.csv that makes its order invalid, and where it stands."""

    order_line: str
    field: str
    value: str
    fault: str  # names field and value
    file: int  # of the table's sources
    line: int


@dataclass(frozen=True)
class InvalidCells:
    """What the exception of an invalid order says: of the first cell, and in words of all of them."""

    first: InvalidCell
    said: str


def invalid_cells(orders: Table, rows: Ints, frame: pd.DataFrame, order: Ints) -> dict[int, InvalidCells]:
    """Orders with an invalid cell or a discount above the price -> these cells, in text order of the order's lines.

    `rows` are the table's rows that `frame` holds, `order` the number of each one's order.
    """
    found = [*_bad_cells(orders, rows), *_discounts_above_the_price(frame)]
    at = np.array([place for place, _, _, _ in found], np.int64)
    stands = (orders.file[rows[at]].tolist(), orders.line[rows[at]].tolist())
    names = texts_at(frame["order_line"].array, at)
    cells: dict[int, list[InvalidCell]] = {}
    for number, name, (_, field, value, fault), file, line in zip(
        order[at].tolist(), names, found, *stands, strict=True
    ):
        cells.setdefault(number, []).append(InvalidCell(name, field, value, fault, file, line))
    return {number: _said(orders, sorted(of_order)) for number, of_order in cells.items()}


def _said(orders: Table, cells: list[InvalidCell]) -> InvalidCells:
    places = [f"{orders.sources[cell.file].name} line {cell.line}, {cell.fault}" for cell in cells]
    return InvalidCells(cells[0], listed(places))


def _bad_cells(orders: Table, rows: Ints) -> Iterator[tuple[int, str, str, str]]:
    place = np.full(len(orders.frame), -1, np.int64)
    place[rows] = np.arange(len(rows))
    bad = orders.bad
    for at, field, value, message in zip(place[bad.row].tolist(), bad.field, bad.value, bad.message, strict=True):
        if at >= 0:
            yield at, str(field), str(value), str(message)


def _discounts_above_the_price(frame: pd.DataFrame) -> Iterator[tuple[int, str, str, str]]:
    unit_price, quantity, line_discount = (plain(frame[c].array) for c in ("unit_price", "quantity", "line_discount"))
    excess = (line_discount > unit_price * quantity).to_numpy(dtype=bool, na_value=False)
    for at in np.flatnonzero(excess).tolist():
        discount = dollar_text(int(line_discount[at]))
        yield at, "line_discount", discount, f'line_discount: "{discount}" is more than unit_price x quantity'


def ambiguous_orders(frame: pd.DataFrame, order: Ints, keys: Ints) -> tuple[dict[int, str], Bools]:
    """Orders whose valid rows contradict each other -> in which columns, and which rows only repeat the one above.

    The rows of `frame` are valid and sorted by `keys`, which number the order lines; `order` numbers their orders.
    """
    same_order, same_key = ~starts_of_groups(order), ~starts_of_groups(keys)
    differs = differs_from_previous([frame[c.name].array for c in OF_THE_ORDER]) & same_order
    if same_key.any():
        differs |= differs_from_previous([frame[c.name].array for c in OF_A_LINE]) & same_key
    if not differs.any():
        return {}, same_key
    rows = np.flatnonzero(np.isin(order, order[differs]))
    return _contradictions(frame, rows, order[rows], keys[rows]), same_key


def _contradictions(frame: pd.DataFrame, rows: Ints, order: Ints, keys: Ints) -> dict[int, str]:
    """What some orders' rows disagree on: first the order's own columns, then those of each line."""

    def cells(declared: tuple[Column, ...]) -> dict[Column, TypedColumn]:
        return {column: frame[column.name].array.take(rows) for column in declared}

    said = disagreements(order, cells(OF_THE_ORDER))
    line = group_ids(starts_of_groups(keys))
    of_lines = disagreements(line, cells(OF_A_LINE))
    at = np.flatnonzero(starts_of_groups(keys))[list(of_lines)]
    names = texts_at(frame["order_line"].array, rows[at])
    for number, name, parts in zip(order[at].tolist(), names, of_lines.values(), strict=True):
        said.setdefault(number, []).append(f"order line {name} {'; '.join(parts)}")
    return {number: listed(parts) for number, parts in said.items()}
