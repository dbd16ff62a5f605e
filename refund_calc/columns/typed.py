"""Typed columns as the rules ask for them."""

import numpy as np
import pandas as pd

from refund_calc.columns.aliases import MaskedColumn, TypedColumn


def plain(column: TypedColumn) -> TypedColumn | MaskedColumn:
    """A typed column as the rules ask for it, one value per row.

    Money in integer cents, counts and dates (days since 1970-01-01) become masked `Int64`, flags masked `boolean`;
    text stays as it is. Unknown is NA, never zero. `column` is left alone; text is shared with it.
    """
    if not isinstance(column, pd.Categorical) or column.categories.dtype == object:
        return column
    is_flag = column.categories.dtype == np.bool_
    values = np.append(column.categories.to_numpy(), np.zeros(1, np.bool_ if is_flag else np.int64))  # -1 is unknown
    masked = pd.arrays.BooleanArray if is_flag else pd.arrays.IntegerArray
    return masked(values.take(column.codes), column.codes < 0)
