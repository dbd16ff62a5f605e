"""Which part of the night a row belongs to: all rows of an order, of both files, to the same one."""

from zlib import crc32

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Ints, Texts


def parts_of(order_numbers: Texts, parts: int) -> Ints:
    """The part of each row, given its typed order number; unknown (blank or invalid) counts as blank.

    By CRC-32 of the UTF-8 bytes: it is a standard (ISO 3309) that knows no seed, so that every machine, process and
    version comes to the same part, as Python's `hash` does not and pandas' hashes do not promise.
    """
    texts = pc.fill_null(order_numbers, "").cast(pa.binary()).to_numpy(zero_copy_only=False)
    return np.fromiter(map(crc32, texts), np.int64, len(texts)) % parts
