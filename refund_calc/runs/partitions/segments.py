"""Files of rows in parts: any part can be read without the others, whose place in the file stands at its end."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from refund_calc.columns.aliases import Ints
from refund_calc.runs.partitions.tasks import replacing


def write_segments(path: Path, segments: Iterable[pa.RecordBatch]) -> None:
    """Write one segment per part; each is an Arrow stream of its own, or nothing where it has no row."""
    ends = [0]
    with replacing(path) as file:
        for rows in segments:
            if rows.num_rows:
                with pa.ipc.new_stream(file, rows.schema) as stream:
                    stream.write_batch(rows)
            ends.append(file.tell())
        file.write(np.array(ends, "<i8").tobytes())


def read_segment(path: Path, part: int, parts: int) -> pa.RecordBatch | None:
    """The rows of one of the file's parts, None where it has none."""
    with path.open("rb") as file:
        file.seek(-8 * (parts + 1 - part), 2)
        start, stop = np.frombuffer(file.read(16), "<i8").tolist()
        if start == stop:
            return None
        file.seek(start)
        data = file.read(stop - start)
    return pa.ipc.open_stream(pa.py_buffer(data)).read_next_batch()


def split(rows: pa.RecordBatch, part_of: Ints, parts: int) -> Iterator[pa.RecordBatch]:
    """The rows of each part, in their order, given the part of each row."""
    order = np.argsort(part_of, kind="stable")
    bounds = np.searchsorted(part_of[order], np.arange(parts + 1))
    ordered = rows.take(pa.array(order))
    for start, stop in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        of_part = ordered.slice(start, stop - start)
        yield pa.record_batch([_compact(column) for column in of_part.columns], of_part.schema.names)


def _compact(column: pa.Array) -> pa.Array:
    """A dictionary that is longer than its column, without the values that do not occur."""
    if not pa.types.is_dictionary(column.type) or len(column.dictionary) <= len(column):
        return column
    used, codes = np.unique(np.asarray(column.indices), return_inverse=True)
    narrow = codes.astype(np.min_scalar_type(len(used)))
    return pa.DictionaryArray.from_arrays(narrow, column.dictionary.take(pa.array(used)))


def read_all(paths: Sequence[Path], part: int, parts: int) -> Iterator[tuple[int, pa.RecordBatch]]:
    """The rows of one part in each of the files that have some, with the number of the file."""
    for number, path in enumerate(paths):
        rows = read_segment(path, part, parts)
        if rows is not None:
            yield number, rows
