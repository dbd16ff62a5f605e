"""Names for the arrays that columns are held in."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

Bools: TypeAlias = npt.NDArray[np.bool_]
Bytes: TypeAlias = npt.NDArray[np.uint8]
Ints: TypeAlias = npt.NDArray[np.int64]
Objects: TypeAlias = npt.NDArray[np.object_]  # of Python texts

Codes: TypeAlias = npt.NDArray[np.integer]  # of whatever width

# Arrow arrays. Cells as they stand in a file have no nulls: a blank cell is an empty text.
Texts: TypeAlias = pa.StringArray
Mask: TypeAlias = pa.BooleanArray
TextCells: TypeAlias = pa.StringArray | pa.DictionaryArray  # the dictionary is of texts

# Pandas arrays. Unknown is NA in each.
TypedColumn: TypeAlias = pd.Categorical | pd.arrays.ArrowExtensionArray  # a column of `Table.frame`
MaskedColumn: TypeAlias = pd.arrays.IntegerArray | pd.arrays.BooleanArray  # cents, counts, day numbers; flags

# Columns as the rules ask for them: pandas arrays in which unknown is NA.
Words: TypeAlias = pd.Categorical | pd.arrays.ArrowExtensionArray
Numbers: TypeAlias = pd.arrays.IntegerArray  # cents, counts, day numbers
Flags: TypeAlias = pd.arrays.BooleanArray
Condition: TypeAlias = Bools | pd.arrays.BooleanArray  # where it is NA, a value that it needed is unknown

# What text and whole numbers are made from and of, however they are held.
TextLike: TypeAlias = pa.Array | pa.ChunkedArray | Words
NumberLike: TypeAlias = pa.Array | Ints | Numbers | list[int]
Comparable: TypeAlias = Ints | Bools | Words | Numbers | Flags | npt.NDArray[np.uint64]  # neighbours may differ
