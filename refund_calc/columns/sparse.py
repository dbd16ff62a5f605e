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
        at = np.searchsorted(self.rows, rows)
        assert len(self.rows) or not len(rows)
        assert not len(rows) or bool((self.rows[np.minimum(at, len(self.rows) - 1)] == rows).all())
        return self.values.take(at)


def sparse_texts(texts: dict[int, str]) -> SparseColumn:
    """Texts by row, in any order."""
    rows = sorted(texts)
    words = pd.arrays.ArrowExtensionArray(pa.array([texts[row] for row in rows], pa.string()))
    return SparseColumn(np.array(rows, np.int64), words)
