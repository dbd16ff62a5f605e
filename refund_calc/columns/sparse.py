"""Columns that only some rows have: the few lines with a message of their own, or the lines that are refunded."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from refund_calc.columns.aliases import Ints


@dataclass(frozen=True)
class SparseColumn:
    """`values[i]` belongs to the row `rows[i]`; rows rise strictly. Values are a numpy or pandas array."""

    rows: Ints
    values: Any

    def __post_init__(self) -> None:
        assert len(self.rows) == len(self.values)
        assert bool(np.all(self.rows[1:] > self.rows[:-1]))

    def take(self, rows: Ints) -> Any:
        """The values of these rows, each of which must have one."""
        return self.values[places(rows, self.rows)]


def places(rows: Ints, among: Ints) -> slice | Ints:
    """Where some rows stand among others, which rise strictly and hold each of them; a slice if they are neighbours."""
    first = int(np.searchsorted(among, rows[0])) if len(rows) else 0
    neighbours = slice(first, first + len(rows))
    if np.array_equal(among[neighbours], rows):
        return neighbours
    at = np.searchsorted(among, rows)
    assert bool((among[np.minimum(at, len(among) - 1)] == rows).all())
    return at


def sparse_texts(texts: dict[int, str]) -> SparseColumn:
    """Texts by row, in any order."""
    rows = sorted(texts)
    words = pd.arrays.ArrowExtensionArray(pa.array([texts[row] for row in rows], pa.string()))
    return SparseColumn(np.array(rows, np.int64), words)
