"""Dictionary columns: a short list of values and, per row, the number of one of them.

What is done to such a column is done once per value. Neighbours that are joined to rows of text are joined as numbers:
only the combinations that occur are ever put together as text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Codes, Flags, Ints, NumberLike, TextLike
from refund_calc.columns.written import arrow_text, whole_numbers

FEW = 1 << 12  # values of one column
_COMBINATIONS = 1 << 14  # of two columns that are joined as numbers


@dataclass(frozen=True)
class DictionaryColumn:
    """The column `dictionary[codes]`; the dictionary holds texts or whole numbers, null for unknown."""

    codes: Codes
    dictionary: pa.Array

    @staticmethod
    def of(codes: Codes, texts: Sequence[str]) -> DictionaryColumn:
        """These texts by number; a negative number is a blank text."""
        codes = np.asarray(codes)
        return DictionaryColumn(np.where(codes < 0, len(texts), codes), pa.array([*texts, ""], pa.string()))

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, rows: Ints) -> DictionaryColumn:
        """The column at some rows (positions or a slice)."""
        return DictionaryColumn(self.codes[rows], self.dictionary)

    def mapped(self, change: Callable[[pa.Array], pa.Array]) -> DictionaryColumn:
        """The column with each value changed; it shares its codes with this one."""
        return DictionaryColumn(self.codes, change(self.dictionary))

    def values(self) -> pa.Array:
        """The value of every row."""
        return self.dictionary.take(pa.array(self.codes))


Cells: TypeAlias = DictionaryColumn | pa.Array | str
"""A column of text: a dictionary column, an Arrow array (null for blank), or one text for all rows."""


def mapped(column: Cells, change: Callable[[pa.Array], pa.Array]) -> Cells:
    """A column with each value changed."""
    if isinstance(column, DictionaryColumn):
        return column.mapped(change)
    if isinstance(column, str):
        text: str = change(pa.array([column]))[0].as_py()
        return text
    return change(column)


def coded_texts(column: TextLike) -> Cells:
    """A text column (Arrow strings or category); unknown is blank."""
    if not isinstance(column, pd.Categorical) or len(column.categories) >= FEW:
        return arrow_text(column)
    return DictionaryColumn.of(column.codes, column.categories)


def coded_flags(column: Flags) -> DictionaryColumn:
    """Flags as yes, no and blank."""
    codes = np.where(np.asarray(column.isna(), np.bool_), 0, column.to_numpy(dtype=np.int8, na_value=0) + 1)
    return DictionaryColumn(codes, pa.array(["", "no", "yes"]))


def coded_numbers(values: NumberLike, worded: Callable[[pa.Array], pa.Array]) -> Cells:
    """Whole numbers (unknown as NA) as texts by `worded`, unknown as blank; coded where they are near each other."""
    return mapped(near_numbers(values), lambda numbers: pc.fill_null(worded(numbers), ""))


def near_numbers(values: NumberLike) -> DictionaryColumn | pa.Array:
    """Whole numbers (unknown as NA) as a dictionary column where they are near each other; unknown is null."""
    numbers = whole_numbers(values)
    bounds = pc.min_max(numbers).as_py()
    low, high = bounds["min"], bounds["max"]
    if low is None:
        return DictionaryColumn(np.zeros(len(numbers), np.int8), pa.nulls(1, pa.int64()))
    if high - low >= FEW:
        return numbers
    dictionary = pa.concat_arrays([pa.array(np.arange(low, high + 1)), pa.nulls(1, pa.int64())])
    return DictionaryColumn(np.asarray(numbers.fill_null(high + 1)) - low, dictionary)


def as_texts(column: Cells, size: int) -> pa.Array:
    """A column of `size` rows as Arrow text."""
    if isinstance(column, DictionaryColumn):
        return column.values()
    return pa.repeat(column, size) if isinstance(column, str) else column


def as_dictionary(column: Cells, size: int) -> DictionaryColumn:
    """A column of `size` rows as a dictionary column; each row of an Arrow array is a value of its own."""
    if isinstance(column, DictionaryColumn):
        return column
    if isinstance(column, str):
        return DictionaryColumn(np.zeros(size, np.int64), pa.array([column]))
    return DictionaryColumn(np.arange(size), column)


def joined(columns: Iterable[Cells], separator: str) -> Cells:
    """The columns' texts joined row by row; null is blank."""
    parts: list[Cells] = []
    for column in columns:
        merged = _merged(parts[-1], column, separator) if parts else None
        if merged is None:
            parts.append(column)
        else:
            parts[-1] = merged
    if len(parts) == 1:
        return mapped(parts[0], lambda texts: pc.fill_null(texts, ""))
    cells = [part.values() if isinstance(part, DictionaryColumn) else part for part in parts]
    return _joined_texts(*cells, separator=separator)


def _joined_texts(*texts: pa.Array | str, separator: str) -> pa.Array:
    return pc.binary_join_element_wise(*texts, separator, null_handling="replace", null_replacement="")


def _merged(one: Cells, other: Cells, separator: str) -> Cells | None:
    """Two neighbours as one column without a text per row; None where that cannot be or does not pay."""
    if isinstance(one, str) and isinstance(other, str):
        return one + separator + other
    if isinstance(one, str) and isinstance(other, DictionaryColumn):
        return other.mapped(lambda texts: _joined_texts(one, texts, separator=separator))
    if isinstance(one, DictionaryColumn) and isinstance(other, str):
        return one.mapped(lambda texts: _joined_texts(texts, other, separator=separator))
    if isinstance(one, DictionaryColumn) and isinstance(other, DictionaryColumn):
        if one.codes is other.codes and len(one.dictionary) == len(other.dictionary):
            return one.mapped(lambda texts: _joined_texts(texts, other.dictionary, separator=separator))
        return _combined(one, other, separator)
    return None


def _combined(one: DictionaryColumn, other: DictionaryColumn, separator: str) -> DictionaryColumn | None:
    """Two dictionary columns as one of the combinations that occur; None where there may be too many."""
    width = len(other.dictionary)
    size = len(one.dictionary) * width
    if size > _COMBINATIONS:
        return None
    combination = one.codes.astype(np.int64) * width + other.codes
    occurs = np.bincount(combination, minlength=size) > 0
    first, second = np.divmod(np.flatnonzero(occurs), width)
    texts = (one.dictionary.take(pa.array(first)), other.dictionary.take(pa.array(second)))
    return DictionaryColumn((np.cumsum(occurs) - 1).take(combination), _joined_texts(*texts, separator=separator))
