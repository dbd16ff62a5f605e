"""Typed columns as the rules ask for them."""

from typing import Any

import numpy as np
import pandas as pd


def plain(column: Any) -> Any:
    """A typed column as the rules ask for it: numbers and flags one by one, as masked arrays; text as it is."""
    if not isinstance(column, pd.Categorical) or column.categories.dtype == object:
        return column
    is_flag = column.categories.dtype == np.bool_
    values = np.append(column.categories.to_numpy(), np.zeros(1, np.bool_ if is_flag else np.int64))  # -1 is unknown
    masked = pd.arrays.BooleanArray if is_flag else pd.arrays.IntegerArray
    return masked(values[column.codes], column.codes < 0)
