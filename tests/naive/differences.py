"""Section 4: which columns of rows differ, and their values, for the messages about conflicting rows."""

from collections.abc import Iterable

from tests.naive.cell_types import read_money
from tests.naive.common import show, show_money
from tests.naive.files_in import ORDER_COLUMNS, RETURN_COLUMNS, Row

COLUMNS = ORDER_COLUMNS | RETURN_COLUMNS


def cell(row: Row, column: str) -> str:
    """The typed value as text; of an invalid cell, what stands there."""
    if column in row.invalid:
        return row.invalid[column][0]
    value = row.values[column]
    if COLUMNS[column][0] is read_money:
        return show_money(value)
    return ("yes" if value else "no") if isinstance(value, bool) else show(value)


def that_differ(rows: list[Row], columns: Iterable[str]) -> list[str]:
    return [column for column in columns if len({cell(row, column) for row in rows}) > 1]


def in_words(rows: list[Row], columns: Iterable[str]) -> str:
    """`reason: "other", "wrong_item"; damage_grade: "", "dent"`."""
    told = []
    for column in that_differ(rows, columns):
        cells = sorted({cell(row, column) for row in rows})
        told.append(f"{column}: " + ", ".join(f'"{text}"' for text in cells))
    return "; ".join(told)
