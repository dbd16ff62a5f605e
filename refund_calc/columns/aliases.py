"""Names for the arrays that columns are held in."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

# Columns as the rules ask for them: pandas arrays in which unknown is NA.
Words: TypeAlias = pd.Categorical | pd.arrays.ArrowExtensionArray
Numbers: TypeAlias = pd.arrays.IntegerArray  # cents, counts, day numbers
Flags: TypeAlias = pd.arrays.BooleanArray
Condition: TypeAlias = Bools | pd.arrays.BooleanArray  # where it is NA, a value that it needed is unknown
