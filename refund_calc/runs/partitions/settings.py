"""How a night is split: from the bytes of its inputs and the memory that it may take."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Partitioning:
    """Into how many parts a night is split, and how much of a file is in memory while it is merged."""

    parts: int
    batch_rows: int = 1 << 10  # of a run, read at a time
    range_bytes: int = 32 << 20  # of a file, merged at a time
    piece_rows: int = 1 << 14  # findings of the past, split at a time
