"""A report as named columns, checked against its contract. CSV and other forms are writers of these columns."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from refund_calc.columns.dictionary import Cells, DictionaryColumn, coded_numbers, mapped
from refund_calc.columns.written import dates, number_texts
from refund_calc.policy.money import dollars
from refund_calc.reports.contracts import KINDS, Kind

BLOCK_ROWS = 1 << 16

Column: TypeAlias = Any
"""Values of one column, by its kind: texts as `Cells`; cents, day numbers and counts as a dictionary column, an Arrow,
numpy or masked array of whole numbers, or one number for all rows; None for a column that is blank."""

_DIGITS: dict[Kind, Callable[[Any], pa.Array]] = {"date": dates, "money": dollars, "count": number_texts}


@dataclass(frozen=True)
class NamedColumns:
    """Some rows of a report: its columns by name. Raises ValueError where they are not those of the contract."""

    contract: Mapping[str, str]
    columns: Mapping[str, Column]
    rows: int

    def __post_init__(self) -> None:
        if tuple(self.columns) != tuple(self.contract):
            raise ValueError(f"columns {', '.join(self.columns)}; the contract has {', '.join(self.contract)}")
        sizes = {name: len(column) for name, column in self.columns.items() if _has_rows(column)}
        wrong = {name: size for name, size in sizes.items() if size != self.rows}
        if wrong:
            raise ValueError(f"columns of another length than {self.rows} rows: {wrong}")

    def texts(self) -> dict[str, Cells]:
        """Each column as text, without the quotes and apostrophes that a CSV file needs; null is blank."""
        return {name: column_text(KINDS[name], column) for name, column in self.columns.items()}


@dataclass(frozen=True)
class Report:
    """A report of a night: `rows` rows, made block by block as they are written."""

    name: str
    contract: Mapping[str, str]
    rows: int
    blocks: Callable[[], Iterator[NamedColumns]]


def _has_rows(column: Column) -> bool:
    return hasattr(column, "__len__") and not isinstance(column, str)


def column_text(kind: Kind, column: Column) -> Cells:
    """A column of this kind as text; unknown is null or blank."""
    if column is None:
        return ""
    if kind in ("exported", "text"):
        return column
    digits = _DIGITS[kind]
    if isinstance(column, DictionaryColumn):
        return mapped(column, digits)
    if np.isscalar(column):
        text: str = digits(pa.array([column]))[0].as_py()
        return text
    return digits(column) if kind == "money" else coded_numbers(column, digits)


def blocks(size: int, rows: int | None = None) -> Iterator[tuple[int, int]]:
    """First row and end of each block; of BLOCK_ROWS rows unless told."""
    step = rows or BLOCK_ROWS
    for start in range(0, size, step):
        yield start, min(start + step, size)
