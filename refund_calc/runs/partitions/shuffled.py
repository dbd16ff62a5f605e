"""The inputs of a night in parts on disk: what is known of them all, and how one part is read."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np

from refund_calc.columns.aliases import Ints, TextCells
from refund_calc.inputs.csv_files import Malformed
from refund_calc.inputs.inbox import MODELS
from refund_calc.inputs.tables import SourceFile, Table, handed_over, typed
from refund_calc.night.decide import NightInputs
from refund_calc.runs.partitions.rmas import read_elsewhere, write_seen
from refund_calc.runs.partitions.segments import read_all
from refund_calc.runs.partitions.texts import FILE, LINE, texts_at

IN_PARTS = ("orders", "returns")  # the kinds whose rows belong to an order


@dataclass(frozen=True)
class Parted:
    """Orders and returns in `parts` parts in `folder`, by order: what is needed to read any of them.

    By kind: `sources` is what `Table` has of all files, `first_file` has for each of the work folder's files of texts
    the first of the sources that its rows come from. `time_zone` is the store's.
    """

    folder: Path
    parts: int
    time_zone: str
    sources: Mapping[str, tuple[SourceFile, ...]]
    first_file: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class Shuffled:
    """A night's inputs: orders and returns in parts, resolutions and opening as they are, for all parts.

    `sources` and `malformed` are by kind, all four of them, what `Table` has.
    """

    parted: Parted
    sources: Mapping[str, tuple[SourceFile, ...]]
    malformed: Mapping[str, tuple[tuple[int, Malformed], ...]]
    resolutions: Table
    opening: Table

    @property
    def folder(self) -> Path:
        return self.parted.folder

    @property
    def parts(self) -> int:
        return self.parted.parts


def part_inputs(shuffled: Shuffled | Parted, part: int, small: NightInputs) -> NightInputs:
    """One part of the night, to be decided by itself: `small` is the night with whatever orders and returns.

    Rows come in the order of the files; `Table.file` and `Table.line` say where they stand, `Table.sources` are all
    files of the kind. `Table.malformed` is empty: no part has the rows that belong to no order.
    """
    parted = shuffled.parted if isinstance(shuffled, Shuffled) else shuffled
    orders, returns = (read_part(parted, kind, part) for kind in IN_PARTS)
    elsewhere = read_elsewhere(parted.folder, part, parted.parts)
    return replace(small, orders=orders, returns=returns, rmas_elsewhere=elsewhere)


def read_part(parted: Parted, kind: str, part: int) -> Table:
    """The rows of one part of orders or returns, typed; the text of one part is held for it."""
    first_file, segments, file = parted.first_file[kind], list[_Segment](), [np.zeros(0, np.int64)]
    paths = [texts_at(parted.folder, kind, number) for number in range(len(first_file))]
    for number, rows in read_all(paths, part, parted.parts):
        cells = dict(zip(rows.schema.names, rows.columns, strict=True))
        file.append(np.asarray(cells.pop(FILE), np.int64) + first_file[number])
        segments.append(_Segment(np.asarray(cells.pop(LINE)), cells))
    return typed(
        MODELS[kind],
        partial(handed_over, segments),
        parted.time_zone,
        file=np.concatenate(file),
        line=np.concatenate([np.zeros(0, np.int64), *(segment.lines for segment in segments)]),
        malformed=(),
        sources=parted.sources[kind],
    )


@dataclass(frozen=True)
class _Segment:
    """Rows of one part that one task read, as text."""

    lines: Ints
    cells: dict[str, TextCells] = field(repr=False)

    def hand_over(self, name: str) -> TextCells | None:
        """Give a column away, None where its file has no such column."""
        return self.cells.pop(name, None)


@dataclass(frozen=True)
class See:
    """One part of the returns."""

    parted: Parted
    part: int


def see(task: See) -> int:
    """Write what the valid rows of a part say of their RMAs; answers how many rows are valid."""
    returns = read_part(task.parted, "returns", task.part)
    write_seen(task.parted.folder, task.part, task.parted.parts, returns)
    return int(np.count_nonzero(~returns.is_bad))
