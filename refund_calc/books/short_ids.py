"""Entry ids in the few characters that some targets leave for them."""

import base64
import hashlib
import re

import numpy as np
import pyarrow as pa

from refund_calc.books.entries import Entries
from refund_calc.errors import ControlTotalFailed

AS_IT_IS = re.compile(r"[A-Z0-9:/#._-]+")  # a target may not tell upper from lower case
HASHED = "J-"  # no entry id begins so


def short_ids(entries: Entries, most: int) -> pa.Array:
    """The entry id of each line in at most `most` characters: itself where it fits, else a hash of it.

    It depends on nothing but the entry id: the same entry always has the same one, another entry never. Raises
    ControlTotalFailed if two entries came to one.
    """
    starts = entries.starts
    ids = entries.entry_id.take(pa.array(starts)).to_pylist()
    short = [_short(one, most) for one in ids]
    if len(set(short)) < len(short):
        raise ControlTotalFailed(f"two entries have one short number among {len(short):,}; export a shorter period")
    entry = np.cumsum(entries.begins) - 1
    return pa.array(short, pa.string()).take(pa.array(entry))


def _short(entry_id: str, most: int) -> str:
    if len(entry_id) <= most and AS_IT_IS.fullmatch(entry_id):
        return entry_id
    digest = base64.b32encode(hashlib.sha256(entry_id.encode()).digest()).decode()
    return HASHED + digest[: most - len(HASHED)]
