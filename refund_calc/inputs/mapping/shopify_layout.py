"""Which rows of a Shopify orders export are one order: it fills an order's own cells on the first of them only."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Bools, Ints
from refund_calc.columns.groups import places_in_groups
from refund_calc.inputs.mapping.faults import Faults
from refund_calc.inputs.mapping.sheet import Sheet
from refund_calc.inputs.mapping.shopify_settings import AMOUNTS, ShopifySettings
from refund_calc.inputs.mapping.their_cells import SCIENTIFIC, as_bools, codes, is_blank, matches
from refund_calc.inputs.mapping.values import money_in

REWRITTEN = "was rewritten by a spreadsheet and has lost digits; export the orders again, do not open the file in one"

_READ_AS_THEY_ARE = ("1234.50", "1,234.50")


@dataclass(frozen=True)
class Export:
    """The rows of all sheets, one after the other. `money` is the form of their amounts, where a mapping says it."""

    sheets: Sequence[Sheet]
    money: str | None = None

    def column(self, *names: str) -> pa.Array:
        """The first of these columns that a sheet has, of all rows; blanks where a sheet has none. Amounts as ours."""
        cells = pa.concat_arrays([pa.array([], pa.string()), *(sheet.column(*names) for sheet in self.sheets)])
        if self.money in (None, *_READ_AS_THEY_ARE) or names[0] not in AMOUNTS:
            return cells
        index, texts = codes(cells)
        return money_in(texts, self.money).take(pa.array(index))

    def has(self, name: str) -> Bools:
        """Which rows are of a sheet that has the column."""
        return np.repeat(np.array([name.lower() in sheet.columns for sheet in self.sheets], np.bool_), self._sizes)

    @cached_property
    def file(self) -> Ints:
        """The sheet of each row."""
        return np.repeat(np.arange(len(self.sheets)), self._sizes)

    @cached_property
    def line(self) -> Ints:
        """The physical line of each row in its sheet."""
        return np.concatenate([np.zeros(0, np.int64), *(sheet.lines for sheet in self.sheets)])

    def __len__(self) -> int:
        return sum(self._sizes)

    @property
    def _sizes(self) -> list[int]:
        return [len(sheet.lines) for sheet in self.sheets]


@dataclass(frozen=True)
class Orders:
    """Which row is of which order. `first`: the first row of each; `place`: the place of a row in its order, from 1.

    `number` is what we call each order, `name` what customers call it, `is_apart` says that its own cells are blank.
    """

    order: Ints
    first: Ints
    place: Ints
    number: pa.Array
    name: pa.Array
    is_apart: Bools

    def __len__(self) -> int:
        return len(self.first)


def orders_of(export: Export, settings: ShopifySettings, faults: Faults) -> Orders:
    """The orders of an export, and what is wrong with their keys.

    Another order begins where `Name` or `Id` changes, in another file, and where `Total` stands below a blank one: it
    is filled on first rows only. A file in which somebody has filled all of them down is read like that, too.
    """
    ids, names, totals = export.column("Id"), export.column("Name"), export.column("Total")
    starts = _starts(export, ids, names, totals)
    first = np.flatnonzero(starts)
    order = np.cumsum(starts) - 1
    of_first = pa.array(first)
    ids, names = ids.take(of_first), names.take(of_first)
    is_apart = is_blank(totals)[first]
    is_damaged = matches(ids, SCIENTIFIC)
    by_name = is_blank(ids) | is_damaged | (settings.key == "name")
    number = pc.if_else(pa.array(by_name), names, ids)
    orders = Orders(order, first, places_in_groups(starts) + 1, number, names, is_apart)
    faults.add(first[is_damaged], "Id", REWRITTEN, export.column("Id"))
    faults.add(
        first[is_apart],
        "Total",
        "is blank: an order's own cells stand on its first row, and this row is not below it; export the orders again "
        "and do not sort the file, or correct the first row where it has a wrong number of fields",
    )
    _name_collisions(export, orders, by_name & ~is_apart, faults)
    return Orders(order, first, orders.place, _with_their_first_row(orders), names, is_apart)


def _starts(export: Export, ids: pa.Array, names: pa.Array, totals: pa.Array) -> Bools:
    """Where another order begins."""
    starts = np.zeros(len(export), np.bool_)
    if not len(export):
        return starts
    blank = is_blank(totals)
    starts[0] = True
    starts[1:] = export.file[1:] != export.file[:-1]
    starts[1:] |= ~blank[1:] & blank[:-1]
    is_another = _neighbours_differ(totals) | _neighbours_differ(export.column("Created at"))
    starts[1:] |= ~blank[1:] & ~blank[:-1] & is_another
    return starts | _changes(ids) | _changes(names)


def _changes(cells: pa.Array) -> Bools:
    """Where an unblank cell differs from the last one above it."""
    rows = np.flatnonzero(~is_blank(cells))
    changes = np.zeros(len(cells), np.bool_)
    changes[rows[1:]] = _neighbours_differ(cells.take(pa.array(rows)))
    return changes


def _neighbours_differ(cells: pa.Array) -> Bools:
    """For each cell but the first, whether it differs from the one above."""
    return as_bools(pc.not_equal(cells.slice(1), cells.slice(0, max(len(cells) - 1, 0))))


def _name_collisions(export: Export, orders: Orders, by_name: Bools, faults: Faults) -> None:
    """Orders that we know by their name only, while another order has it too."""
    at = np.flatnonzero(by_name)
    number, _ = codes(orders.number.take(pa.array(at)))
    rows = pa.array(orders.first[at])
    said = [export.column(name).take(rows) for name in ("Id", "Created at", "Total")]
    content, _ = codes(pc.binary_join_element_wise(*said, "\n"))
    size = np.bincount(orders.order, minlength=len(orders))[at]
    pairs = np.unique(np.stack([number, content, size]), axis=1)
    several = np.bincount(pairs[0], minlength=1)[number] > 1 if len(at) else np.zeros(0, np.bool_)
    faults.add(
        orders.first[at[several]],
        "Name",
        'stands for more than one order; map the shops apart, or export the column Id and keep key = "id"',
        export.column("Name"),
    )


def _with_their_first_row(orders: Orders) -> pa.Array:
    """The numbers of orders; rows that stand apart belong to the last order of their name that is whole."""
    if not orders.is_apart.any():
        return orders.number
    whole = np.flatnonzero(~orders.is_apart)[::-1]
    found = pc.index_in(orders.name, value_set=orders.name.take(pa.array(whole)))
    known = orders.number.take(pa.array(whole)).take(found)
    return pc.if_else(pa.array(orders.is_apart), pc.coalesce(known, orders.number), orders.number)
