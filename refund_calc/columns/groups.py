"""Groups of neighbours: where rows sorted by a key begin another one, and which of them share it."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from refund_calc.columns.aliases import Bools, Comparable, Ints
from refund_calc.columns.written import arrow_text


def starts_of_groups(*keys: Comparable) -> Bools:
    """Where a new group begins in rows sorted by these keys (numpy arrays of equal length)."""
    new = np.zeros(len(keys[0]), np.bool_)
    if len(new):
        new[0] = True
        for key in keys:
            new[1:] |= key[1:] != key[:-1]
    return new


def group_ids(starts: Bools) -> Ints:
    """The number of each row's group, from 0, given where groups begin."""
    return np.cumsum(starts) - 1


def places_in_groups(starts: Bools) -> Ints:
    """The place of each row in its group, from 0, given where groups begin."""
    first = np.flatnonzero(starts)
    return np.arange(len(starts)) - np.repeat(first, np.diff(np.append(first, len(starts))))


def in_company(key: Comparable) -> Bools:
    """Which rows, sorted by this key, share it with another row."""
    shared = np.zeros(len(key), np.bool_)
    shared[1:] = key[1:] == key[:-1]
    shared[:-1] |= shared[1:]
    return shared


def rows_by_key(*keys: Ints) -> Iterator[Ints]:
    """The rows of each combination of keys, in rising order; the rows need not be sorted."""
    order = np.lexsort(keys)
    starts = np.flatnonzero(starts_of_groups(*(key[order] for key in keys)))
    yield from (np.split(order, starts[1:]) if len(order) else ())


def differs_from_previous(columns: Sequence[Comparable]) -> Bools:
    """For each row whether any column differs from the row above; blank and a value differ. The first row does not."""
    size = len(columns[0])
    differs = np.zeros(size, np.bool_)
    for column in columns:
        differs[1:] |= _neighbours_differ(column)
    return differs


def _neighbours_differ(column: Comparable) -> Bools:
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
