"""Columns of numbers and dates as they are written: whole numbers in digits, days as ISO dates."""

import numpy as np
import pandas as pd
import pyarrow as pa

from refund_calc.columns.aliases import NumberLike, TextLike


def arrow_text(column: TextLike) -> pa.Array:
    """A text column (Arrow strings or category) as one Arrow string array; unknown is null."""
    if isinstance(column, pd.Categorical):
        words = pa.array(column.categories.to_numpy(dtype=object), pa.string())
        return words.take(pa.array(column.codes, mask=column.codes < 0))
    is_arrow = isinstance(column, pa.Array | pa.ChunkedArray)  # pa.array would read it text by text
    array = column if is_arrow else pa.array(column, pa.string(), from_pandas=True)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def whole_numbers(values: NumberLike) -> pa.Array:
    """Whole numbers (numpy, or masked with unknown as NA) as an Arrow array of int64, unknown as null."""
    return values if isinstance(values, pa.Array) else pa.array(values, pa.int64(), from_pandas=True)


def decimals(cents: pa.Array, of: pa.Decimal128Type) -> pa.Array:
    """Cents (int64, unknown as null) as decimals of 128 bits with two places: the low half and the sign."""
    values, start = np.asarray(cents.fill_null(0)), cents.offset  # in the buffers of a slice
    wide = np.zeros((start + len(cents), 2), np.int64)
    wide[start:, 0], wide[start:, 1] = values, values >> 63
    return pa.Array.from_buffers(of, len(cents), [cents.buffers()[0], pa.py_buffer(wide)], offset=start)


def number_texts(numbers: NumberLike) -> pa.Array:
    """Whole numbers (unknown as NA) as text, unknown as null."""
    return whole_numbers(numbers).cast(pa.string())


def dates(days: NumberLike) -> pa.Array:
    """Day numbers (days since 1970-01-01, unknown as NA) as ISO text, unknown as null."""
    return whole_numbers(days).cast(pa.int32()).cast(pa.date32()).cast(pa.string())


def iso(day: int) -> str:
    """One day number as ISO text."""
    return str(np.datetime64(day, "D"))
