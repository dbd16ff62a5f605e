"""Rows of text joined from columns, where columns of few different texts cost next to nothing.

A `Coded` column is a short list of texts and, per row, the number of one of them. Such columns that stand next to each
other are joined as numbers: only the combinations that occur are ever put together as text.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.text_order import arrow_text, whole_numbers

FEW = 1 << 12  # texts of one column
_COMBINATIONS = 1 << 14  # of columns that are joined as numbers


@dataclass(frozen=True)
class Coded:
    """A column of few different texts: `words[codes]`. No text is null."""

    codes: npt.NDArray[Any]
    words: pa.Array

    @staticmethod
    def of(codes: Any, words: Sequence[str]) -> "Coded":
        """The words by number; a negative number is a blank text."""
        return Coded(np.asarray(codes), pa.array([*words, ""], pa.string())).with_last_for_negative()

    def with_last_for_negative(self) -> "Coded":
        return Coded(np.where(self.codes < 0, len(self.words) - 1, self.codes), self.words)

    def take(self, rows: Any) -> "Coded":
        return Coded(self.codes[rows], self.words)

    def texts(self) -> pa.Array:
        return self.words.take(pa.array(self.codes))


# A column of text as Coded, as an Arrow array (null for blank), or as one text for all rows.
Cells = Any


def coded_texts(column: Any) -> Cells:
    """A text column (Arrow strings or category); unknown is blank."""
    if not isinstance(column, pd.Categorical) or len(column.categories) >= FEW:
        return arrow_text(column)
    return Coded.of(column.codes, column.categories)


def coded_flags(column: Any) -> Coded:
    """Flags as yes, no and blank."""
    codes = np.where(np.asarray(column.isna(), np.bool_), 0, column.to_numpy(dtype=np.int8, na_value=0) + 1)
    return Coded(codes, pa.array(["", "no", "yes"]))


def coded_numbers(values: Any, worded: Callable[[Any], pa.Array], blank: str = "") -> Cells:
    """Whole numbers (unknown as NA) as texts by `worded`, unknown as `blank`; coded where they are near each other."""
    numbers = whole_numbers(values)
    least = pc.min_max(numbers).as_py()
    low, high = least["min"], least["max"]
    if low is None:
        return blank
    if high - low >= FEW:
        return pc.if_else(numbers.is_null(), blank, worded(numbers.fill_null(low)))
    words = pa.concat_arrays([worded(pa.array(np.arange(low, high + 1))), pa.array([blank])])
    return Coded(np.asarray(numbers.fill_null(high + 1)) - low, words)


def as_texts(column: Cells, size: int) -> pa.Array:
    """A column of `size` rows as Arrow text."""
    if isinstance(column, Coded):
        return column.texts()
    return pa.repeat(column, size) if isinstance(column, str) else column


def joined(columns: Iterable[Cells], separator: str) -> Cells:
    """The columns' texts joined row by row; null is blank."""
    parts: list[Cells] = []
    run: list[Coded | str] = []

    def end_run() -> None:
        if run:
            parts.append(_merged(run, separator))
            run.clear()

    for column in columns:
        if isinstance(column, pa.Array):
            end_run()
            parts.append(column)
            continue
        if _size([*run, column]) > _COMBINATIONS:
            end_run()
        run.append(column)
    end_run()
    if len(parts) == 1:
        return pc.fill_null(parts[0], "") if isinstance(parts[0], pa.Array) else parts[0]
    cells = [part.texts() if isinstance(part, Coded) else part for part in parts]
    return pc.binary_join_element_wise(*cells, separator, null_handling="replace", null_replacement="")


def _size(columns: Sequence[Coded | str]) -> int:
    size = 1
    for column in columns:
        size *= len(column.words) if isinstance(column, Coded) else 1
    return size


def _merged(columns: Sequence[Coded | str], separator: str) -> Coded | str:
    """Neighbouring columns as one."""
    coded = [column for column in columns if isinstance(column, Coded)]
    if not coded:
        return separator.join(column for column in columns if isinstance(column, str))
    if len(columns) == 1:
        return coded[0]
    code = coded[0].codes.astype(np.int64)
    for other in coded[1:]:
        code = code * len(other.words) + other.codes
    occurs = np.bincount(code, minlength=_size(coded)) > 0
    place = np.cumsum(occurs) - 1
    rest, words = np.flatnonzero(occurs), list[Any]()
    for column in reversed(columns):
        if isinstance(column, str):
            words.append(column)
        else:
            rest, at = np.divmod(rest, len(column.words))
            words.append(column.words.take(pa.array(at)))
    return Coded(place[code], pc.binary_join_element_wise(*reversed(words), separator))
