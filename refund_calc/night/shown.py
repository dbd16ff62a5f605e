"""Cells of the inputs as people read them: in reports, and in messages."""

from collections.abc import Sequence

import pyarrow.compute as pc

from refund_calc.columns.aliases import Ints, MaskedColumn, TextLike, Texts, TypedColumn
from refund_calc.columns.dictionary import Cells, as_texts, coded_flags, coded_numbers, coded_texts
from refund_calc.columns.typed import plain
from refund_calc.columns.written import arrow_text, dates, number_texts
from refund_calc.inputs.contracts import Column
from refund_calc.policy.money import dollars

SHOWN = 5  # of a list in a message; then it says how many more there are
LONGEST = 60  # characters of a cell in a message
CUT = "..."  # the end of a longer one


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
    return list(shown_texts(column, values).to_pylist())


def shown_texts(column: Column, values: TypedColumn) -> Texts:
    """The same as a column of text."""
    texts = pc.fill_null(as_texts(cell_text(column, plain(values)), len(values)), "")
    texts = pc.if_else(pc.equal(texts, ""), "blank", texts)
    is_long = pc.greater(pc.utf8_length(texts), LONGEST)
    if not pc.any(is_long).as_py():
        return texts
    begins = pc.utf8_slice_codeunits(texts, 0, LONGEST - len(CUT))
    return pc.if_else(is_long, pc.binary_join_element_wise(begins, CUT, ""), texts)


def listed(parts: Sequence[str], separator: str = "; ", more: int = 0) -> str:
    """The first parts, and how many more there are; `more` of them are not among `parts`."""
    more += len(parts) - SHOWN
    return separator.join(parts[:SHOWN]) + (f" and {more} more" if more > 0 else "")
