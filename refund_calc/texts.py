"""Text columns as numbers: ranks by code point, groups of equal neighbours. All is joined and sorted on these."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.cells import Bools, Ints


def arrow_text(column: Any) -> Any:
    """A text column (Arrow strings or category) as one Arrow string array; unknown is null."""
    if isinstance(column, pd.Categorical):
        words = pa.array(column.categories.to_numpy(dtype=object), pa.string())
        return words.take(pa.array(column.codes, mask=column.codes < 0))
    array = pa.array(column, pa.string(), from_pandas=True)
    return pa.concat_arrays(array.chunks) if isinstance(array, pa.ChunkedArray) else array


def text_ranks(*columns: Any) -> list[Ints]:
    """Rank of each text in the order of code points, over all the columns together; unknown ranks as a blank text.

    Equal texts have equal ranks. UTF-8 bytes sort as code points do, and Arrow compares bytes.
    """
    arrays = [pc.fill_null(arrow_text(column), "") for column in columns]
    whole = pa.concat_arrays(arrays) if len(arrays) > 1 else arrays[0]
    encoded = whole.dictionary_encode()
    rank = np.empty(len(encoded.dictionary), np.int64)
    rank[np.asarray(pc.array_sort_indices(encoded.dictionary))] = np.arange(len(rank))
    lengths = np.cumsum([len(array) for array in arrays])
    return np.split(rank[np.asarray(encoded.indices, np.int64)], lengths[:-1])


def starts_of_groups(*keys: Any) -> Bools:
    """Where a new group begins in rows sorted by these keys (numpy arrays of equal length)."""
    new = np.zeros(len(keys[0]), np.bool_)
    if len(new):
        new[0] = True
        for key in keys:
            new[1:] |= key[1:] != key[:-1]
    return new


def group_ids(starts: Bools) -> Ints:
    return np.cumsum(starts) - 1


def differs_from_previous(columns: Sequence[Any]) -> Bools:
    """For each row whether any column differs from the row above; blank and a value differ. The first row does not."""
    size = len(columns[0])
    differs = np.zeros(size, np.bool_)
    for column in columns:
        differs[1:] |= _neighbours_differ(column)
    return differs


def _neighbours_differ(column: Any) -> Bools:
    if isinstance(column, np.ndarray):
        return np.asarray(column[1:] != column[:-1], np.bool_)
    if isinstance(column, pd.Categorical):
        return np.asarray(column.codes[1:] != column.codes[:-1], np.bool_)
    if isinstance(column, pd.arrays.ArrowExtensionArray):
        text = arrow_text(column)
        differ = pc.not_equal(text.slice(1), text.slice(0, max(len(text) - 1, 0)))
        unknown = np.asarray(text.is_null())
        both = np.asarray(pc.fill_null(differ, False).to_numpy(zero_copy_only=False), np.bool_)
        return np.asarray(both | (unknown[1:] != unknown[:-1]), np.bool_)
    unknown = column.isna()
    value = column.to_numpy(dtype=np.int64, na_value=0)
    return np.asarray((value[1:] != value[:-1]) | (unknown[1:] != unknown[:-1]), np.bool_)
