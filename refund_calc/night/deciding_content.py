"""A line's deciding content, compared with what an earlier night remembers of it (rulebook 4, stage B)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Bools, Ints, TypedColumn, Words
from refund_calc.columns.typed import plain
from refund_calc.columns.written import arrow_text
from refund_calc.history.record import ORDER_CONTENT, ORDER_IS_KNOWN, RETURN_CONTENT, RecordColumn
from refund_calc.night.matching import Lines, OrderLines
from refund_calc.policy.money import dollar_text

DISPUTE = tuple(c for c in RETURN_CONTENT if c.name in ("dispute_status", "dispute_opened_date"))
NOT_DISPUTE = tuple(c for c in RETURN_CONTENT if c not in DISPUTE)


@dataclass(frozen=True)
class Remembered:
    """What is remembered of tonight's lines: `at` is each line's row in `table` (record lines), -1 for none."""

    table: pa.Table
    at: Ints

    def column(self, name: str, rows: Ints) -> pa.Array:
        """A column for some lines, null where nothing is remembered."""
        at = self.at[rows]
        return self.table[name].combine_chunks().take(pa.array(at, mask=at < 0))

    def dispute_status(self, rows: Ints) -> Words:
        """The remembered dispute status of some lines, unknown where there is none."""
        return pd.arrays.ArrowExtensionArray(self.column("dispute_status", rows))


@dataclass(frozen=True)
class DecidingContent:
    """The deciding content of some of tonight's lines; an order row that is missing or not sound counts as none."""

    rows: Ints
    lines: Lines
    order_lines: OrderLines
    has_order: Bools  # of these rows

    def of_return(self, name: str) -> pa.Array:
        """A column of the return rows."""
        return as_arrow(self.lines.frame[name].array.take(self.rows))

    def of_order(self, name: str) -> pa.Array:
        """A column of the order rows, null where there is none."""
        at = np.where(self.has_order, self.order_lines.row_of_line[self.rows], -1)
        cells = self.order_lines.frame[name].array
        return as_arrow(cells.take(at, allow_fill=True))

    def is_same(self, then: Remembered, disputes_aside: bool = False) -> Bools:
        """Whether the content is the remembered one. An order row that is missing tonight counts as unchanged."""
        same = np.ones(len(self.rows), np.bool_)
        for column in NOT_DISPUTE if disputes_aside else RETURN_CONTENT:
            same &= _equal(self.of_return(column.name), then.column(column.name, self.rows))
        same_order = np.ones(len(self.rows), np.bool_)
        for column in ORDER_CONTENT:
            same_order &= _equal(self.of_order(column.name), then.column(column.name, self.rows))
        return same & (same_order | ~self.has_order)

    def changed_fields(self, then: Remembered) -> list[str]:
        """The fields that differ, disputes aside, named with what they were and are."""
        changed: list[list[str]] = [[] for _ in self.rows]
        every = np.ones(len(self.rows), np.bool_)
        sides = ((NOT_DISPUTE, self.of_return, every), (ORDER_CONTENT, self.of_order, self.has_order))
        for columns, tonight, counts in sides:
            for column in columns:
                before, now = then.column(column.name, self.rows), tonight(column.name)
                for at in np.flatnonzero(counts & ~_equal(now, before)).tolist():
                    was, is_now = (shown(column, side[at].as_py()) for side in (before, now))
                    changed[at].append(f"{column.name} {was} -> {is_now}")
        return ["; ".join(fields) for fields in changed]

    def known_order(self, name: str, *earlier: Remembered) -> pa.Array:
        """A column of the order rows; where tonight has none, as it was known before."""
        values, missing = self.of_order(name), ~self.has_order
        for then in earlier:
            if missing.any() and then.table.num_rows:
                values = pc.if_else(pa.array(missing), then.column(name, self.rows), values)
                missing = missing & ~np.asarray(then.column(ORDER_IS_KNOWN, self.rows).is_valid())
        return values


def content_of(rows: Ints, lines: Lines, order_lines: OrderLines, order_is_sound: Bools) -> DecidingContent:
    """The content of these lines tonight."""
    return DecidingContent(rows, lines, order_lines, order_is_sound[rows])


def as_arrow(cells: TypedColumn) -> pa.Array:
    """A typed column as cents, day numbers, counts, flags or texts; null is unknown."""
    values = plain(cells)
    if isinstance(values, pd.Categorical | pd.arrays.ArrowExtensionArray):
        return arrow_text(values)
    return pa.array(values, from_pandas=True)


def _equal(one: pa.Array, other: pa.Array) -> Bools:
    """Where two columns say the same; unknown is the same as unknown."""
    same: Bools = np.asarray(pc.fill_null(pc.equal(one, other), False), np.bool_)
    both_unknown: Bools = np.asarray(pc.and_(one.is_null(), other.is_null()), np.bool_)
    return same | both_unknown


def shown(column: RecordColumn, value: object) -> str:
    """One cell as people read it."""
    if value is None:
        return "blank"
    if column.kind == "money":
        return dollar_text(int(str(value)))
    if column.kind == "date":
        return str(np.datetime64(int(str(value)), "D"))
    if column.kind == "flag":
        return "yes" if value else "no"
    return str(value)
