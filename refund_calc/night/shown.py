"""Cells of the inputs as people read them: in reports, and in messages."""

from collections.abc import Sequence

import pyarrow.compute as pc

from refund_calc.columns.aliases import Ints, MaskedColumn, TextLike, TypedColumn
from refund_calc.columns.dictionary import Cells, as_texts, coded_flags, coded_numbers, coded_texts
from refund_calc.columns.typed import plain
from refund_calc.columns.written import arrow_text, dates, number_texts
from refund_calc.inputs.contracts import Column
from refund_calc.policy.money import dollars

SHOWN = 5  # of a list in a message; then it says how many more there are
LONGEST = 60  # characters of a cell in a message


def cell_text(column: Column, values: TypedColumn | MaskedColumn) -> Cells:
    """A typed column as text in its canonical spelling; unknown is blank."""
    kind = column.cell.kind
    if kind == "money":
        return dollars(values)
    if kind == "date":
        return coded_numbers(values, dates)
    if kind == "count":
        return coded_numbers(values, number_texts)
    return coded_flags(values) if kind == "flag" else coded_texts(values)


def texts_at(column: TextLike, rows: Ints) -> list[str]:
    """A text column at the few rows that are looked at one by one; unknown is blank."""
    texts: list[str] = pc.fill_null(arrow_text(column.take(rows)), "").to_pylist()
    return texts


def shown_cells(column: Column, values: TypedColumn) -> list[str]:
    """Cells as people read them in a message, long ones cut; unknown is "blank"."""
    texts = pc.fill_null(as_texts(cell_text(column, plain(values)), len(values)), "").to_pylist()
    return [text if len(text) <= LONGEST else text[: LONGEST - 3] + "..." for text in (t or "blank" for t in texts)]


def listed(parts: Sequence[str], separator: str = "; ") -> str:
    """The first parts, and how many more there are."""
    more = len(parts) - SHOWN
    return separator.join(parts[:SHOWN]) + (f" and {more} more" if more > 0 else "")
