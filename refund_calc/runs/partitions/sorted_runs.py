"""Sorted runs on disk: what one part of a night writes of a file, to be merged with what the others write.

A run is an Arrow file: key columns (texts, blank where unknown) and what is to be written, in batches of few rows. A
range of keys is merged by itself, from the batches that may hold some of them; ranges one after the other are the file.
Text is ordered by code point, as UTF-8 bytes are; rows with the same key all stand in one run and keep their order.
"""

import itertools
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import ipc

from refund_calc.columns.text_order import text_order
from refund_calc.reports.csv_blocks import text_bytes
from refund_calc.runs.partitions.tasks import replacing

Key = tuple[str, ...]
LINE = "line"  # the column of a run of CSV lines
_KEYS = "key-"  # so begin the names of key columns


@dataclass(frozen=True)
class Run:
    """A sorted run: where each of its batches starts, and how many bytes it is in memory."""

    path: Path
    starts: tuple[Key, ...]
    sizes: tuple[int, ...]
    rows: int


@dataclass(frozen=True)
class Range:
    """The keys from `low` (None: the first) up to `high`, which is not among them; `pieces`: the batches of each run
    that may hold some."""

    low: Key | None
    high: Key | None
    pieces: tuple[tuple[Path, int, int], ...]


@dataclass(frozen=True)
class Merge:
    """A task: merge a range into a file."""

    range: Range
    to: Path


def keyed(table: pa.Table, keys: Sequence[pa.Array]) -> pa.Table:
    """Rows of a run with their keys."""
    for at, key in enumerate(keys):
        table = table.add_column(at, f"{_KEYS}{at}", key)
    return table


def write_run(path: Path, tables: Iterable[pa.Table], batch_rows: int) -> Run | None:
    """Write sorted rows, keyed, at most so many in a batch. None where there are no rows."""
    starts: list[Key] = []
    sizes: list[int] = []
    rows = 0
    with replacing(path) as file:
        writer = None
        for table in tables:
            for batch in table.combine_chunks().to_batches(max_chunksize=batch_rows):
                writer = writer or ipc.new_file(file, batch.schema, options=ipc.IpcWriteOptions(compression="lz4"))
                writer.write_batch(batch)
                starts.append(_key_at(_keys_of(batch), 0))
                sizes.append(batch.nbytes)
                rows += len(batch)
        if writer:
            writer.close()
    if not rows:
        path.unlink()
        return None
    return Run(path, tuple(starts), tuple(sizes), rows)


def _keys_of(rows: pa.RecordBatch | pa.Table) -> list[pa.Array]:
    return [rows.column(at) for at, name in enumerate(rows.schema.names) if name.startswith(_KEYS)]


def _key_at(keys: Sequence[pa.Array], row: int) -> Key:
    return tuple(column[row].as_py() for column in keys)


def ranges(runs: Sequence[Run], most: int) -> list[Range]:
    """Ranges of about `most` bytes that hold all rows of the runs; one that is empty where there are none."""
    marks = sorted((start, size) for run in runs for start, size in zip(run.starts, run.sizes, strict=True))
    bounds: list[Key] = []
    filled = 0
    for start, size in marks:
        if filled and filled + size > most and (not bounds or start > bounds[-1]):
            bounds.append(start)
            filled = 0
        filled += size
    edges = [None, *bounds, None]
    return [Range(low, high, _pieces(runs, low, high)) for low, high in itertools.pairwise(edges)]


def _pieces(runs: Sequence[Run], low: Key | None, high: Key | None) -> tuple[tuple[Path, int, int], ...]:
    """The batches of each run that may hold keys of a range: the one before the first that starts in it, too."""
    pieces = []
    for run in runs:
        first = 0 if low is None else max(bisect_left(run.starts, low) - 1, 0)
        stop = len(run.starts) if high is None else bisect_left(run.starts, high)
        if first < stop:
            pieces.append((run.path, first, stop))
    return tuple(pieces)


def read_range(of: Range) -> pa.Table | None:
    """The rows of a range, sorted, without their keys; None where there are none."""
    parts: list[pa.RecordBatch] = []
    for path, first, stop in of.pieces:
        with pa.OSFile(str(path)) as file, ipc.open_file(file) as run:
            for at in range(first, stop):
                batch = _within(run.get_batch(at), of)
                if len(batch):
                    parts.append(batch)
    if not parts:
        return None
    table = pa.Table.from_batches(parts)
    keys = _keys_of(table)
    names = table.schema.names[len(keys) :]
    if len(of.pieces) == 1:
        return table.select(names)
    order = np.lexsort([text_order(key.combine_chunks()) for key in keys][::-1])  # stable
    return table.select(names).take(pa.array(order))


def _within(batch: pa.RecordBatch, of: Range) -> pa.RecordBatch:
    """The rows of a batch whose keys lie in a range."""
    keys = _keys_of(batch)

    def place(bound: Key) -> int:
        return bisect_left(range(len(batch)), bound, key=lambda row: _key_at(keys, row))

    low = 0 if of.low is None else place(of.low)
    high = len(batch) if of.high is None else place(of.high)
    rows = max(high - low, 0)
    if rows * 2 > len(batch):
        return batch.slice(low, rows)
    return batch.take(pa.array(np.arange(low, low + rows)))  # a slice would hold all of the batch, one of each part


def merge_lines(merge: Merge) -> int:
    """A task: the CSV lines of a range, one after the other. Answers how many."""
    rows = read_range(merge.range)
    with replacing(merge.to) as file:
        if rows is not None:
            file.write(text_bytes(rows[LINE].combine_chunks()))
    return 0 if rows is None else len(rows)


def merge_rows(merge: Merge) -> int:
    """A task: the rows of a range as an Arrow file, which is empty where there are none. Answers how many."""
    rows = read_range(merge.range)
    with replacing(merge.to) as file:
        if rows is not None:
            with ipc.new_file(file, rows.schema, options=ipc.IpcWriteOptions(compression="lz4")) as writer:
                writer.write_table(rows)
    return 0 if rows is None else len(rows)
