"""A line's deciding content as text, to be remembered and compared on later nights (rulebook 4, stage B).

The text of a typed row is canonical: equal typed values give equal texts, however the cells were written. Amounts are
cents and dates day numbers in it, as everywhere inside; cells are joined by a tab, which no text may contain.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.dictionary import Cells, as_texts, coded_flags, coded_numbers, coded_texts, joined
from refund_calc.columns.typed import plain
from refund_calc.columns.written import dates, number_texts
from refund_calc.inputs.contracts import Column, OrderRow, ReturnRow, columns
from refund_calc.policy.money import dollar_text, dollars

_DISPUTE = ("dispute_status", "dispute_opened_date")
RETURN_CONTENT = tuple(c for c in columns(ReturnRow) if c.deciding and not c.key and c.name not in _DISPUTE)
DISPUTE = tuple(c for c in columns(ReturnRow) if c.name in _DISPUTE)
ORDER_CONTENT = tuple(c for c in columns(OrderRow) if c.deciding and not c.key)


def cell_text(column: Column, values: Any) -> Cells:
    """A typed column as text in its canonical spelling; unknown is blank."""
    kind = column.cell.kind
    if kind == "money":
        return dollars(values)
    if kind == "date":
        return coded_numbers(values, dates)
    return _stored(column, values)


def content(frame: pd.DataFrame, parts: Sequence[Column], rows: Any) -> pa.Array:
    """The content of some rows as Arrow text."""
    return as_texts(joined([_stored(c, plain(frame[c.name].array.take(rows))) for c in parts], "\t"), len(rows))


def _stored(column: Column, values: Any) -> Cells:
    """A typed column as text in units of storage; unknown is blank."""
    kind = column.cell.kind
    if kind == "money":
        return number_texts(values)
    if kind in ("date", "count"):
        return coded_numbers(values, number_texts)
    if kind == "flag":
        return coded_flags(values)
    return coded_texts(values)


def _shown(column: Column, stored: str) -> str:
    """A stored cell as people read it."""
    if stored and column.cell.kind == "money":
        return dollar_text(int(stored))
    if stored and column.cell.kind == "date":
        return str(np.datetime64(int(stored), "D"))
    return stored or "blank"


def changes(parts: Sequence[Column], before: str, now: str) -> list[str]:
    """The fields in which two contents differ: `unit_price 10.00 -> 12.00`."""
    pairs = zip(parts, before.split("\t"), now.split("\t"), strict=True)
    return [f"{c.name} {_shown(c, old)} -> {_shown(c, new)}" for c, old, new in pairs if old != new]


def null_where(texts: Any, mask: Any) -> Any:
    return pc.if_else(pa.array(np.asarray(mask, np.bool_)), pa.scalar(None, pa.string()), texts)
