"""Tasks that read input files, piece by piece, and write their rows as text, by part: types come later."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from refund_calc.columns.aliases import Ints, TextCells
from refund_calc.columns.written import arrow_text
from refund_calc.errors import NightStopped
from refund_calc.inputs.cell_types import typed
from refund_calc.inputs.contracts import OrderRow, Row, columns
from refund_calc.inputs.csv_cuts import Piece, sha256_of
from refund_calc.inputs.csv_files import Head, Malformed, head_of, refuse_empty
from refund_calc.inputs.csv_rows import Body, check_utf8
from refund_calc.inputs.inbox import MODELS, Inputs
from refund_calc.inputs.tables import SourceFile, handed_over, read_sheets, sources_of
from refund_calc.runs.partitions.keys import parts_of
from refund_calc.runs.partitions.segments import split, write_segments

FILE, LINE = "?file", "?line"  # where a row stands, beside its cells


@dataclass(frozen=True)
class Target:
    """Where the rows of one task go: file `number` of this kind in the work folder, split into `parts`."""

    folder: Path
    kind: str
    number: int
    parts: int
    time_zone: str

    @property
    def model(self) -> type[Row]:
        return MODELS[self.kind]

    def write(self, cells: dict[str, TextCells], file: Ints, line: Ints) -> None:
        """Write rows as text; `file` counts from the first file of the task."""
        order_number = OrderRow.order_number.cell
        orders, _ = typed(order_number, cells[OrderRow.order_number.name], self.time_zone, may_be_blank=False)
        rows = pa.record_batch({**cells, FILE: file.astype(np.int32), LINE: line})
        of_parts = split(rows, parts_of(arrow_text(orders), self.parts), self.parts)
        write_segments(texts_at(self.folder, self.kind, self.number), of_parts)


def texts_at(folder: Path, kind: str, number: int) -> Path:
    """Where the rows of one task are, as text."""
    return folder / f"{kind}-{number}.texts"


@dataclass(frozen=True)
class Read:
    """What a task read: malformed rows are among `rows`; `sources` are known of files that were read whole."""

    rows: int = 0
    malformed: tuple[tuple[int, Malformed], ...] = ()
    sources: tuple[SourceFile, ...] = ()
    sha256: str = ""


@dataclass(frozen=True)
class HashFile:
    """A file is hashed from its beginning to its end."""

    path: Path

    def run(self) -> Read:
        return Read(sha256=sha256_of(self.path))


@dataclass(frozen=True)
class ReadPiece:
    """A piece of a CSV file is parsed, from byte `start` on, which stands on `line`; no more than it is held."""

    piece: Piece
    head: Head
    has_head: bool
    target: Target

    def run(self) -> Read:
        path, data = self.piece.stretch.path, self.piece.stretch.read()
        check_utf8(path, data, self.piece.line)
        start, line = (self.head.end, self.head.next_line) if self.has_head else (0, self.piece.line)
        rows = Body(path, data, start, line, self.head.layout).rows()
        self.target.write(rows.cells, np.zeros(len(rows.lines), np.int32), rows.lines)
        return Read(len(rows.lines) + len(rows.malformed), tuple((0, row) for row in rows.malformed))


@dataclass(frozen=True)
class ReadWhole:
    """A file that cannot be cut (a workbook, a pipe) is read as always, and then split: it is held as a whole."""

    path: Path
    target: Target
    block: int

    def run(self) -> Read:
        sheets = read_sheets(self.path, self.target.model, self.block)
        malformed = tuple((at, row) for at, sheet in enumerate(sheets) for row in sheet.malformed)
        sources, rows = tuple(sources_of(self.target.kind, sheets)), sum(sheet.rows for sheet in sheets)
        file = np.repeat(np.arange(len(sheets), dtype=np.int64), [len(sheet.lines) for sheet in sheets])
        line = np.concatenate([sheet.lines for sheet in sheets])
        cells = {column.name: handed_over(sheets, column) for column in columns(self.target.model)}
        self.target.write(cells, file, line)
        return Read(rows, malformed, sources)


def read_texts(task: HashFile | ReadPiece | ReadWhole) -> Read:
    """Run one of these tasks."""
    return task.run()


@dataclass(frozen=True)
class FindHead:
    """The pieces of a CSV file."""

    path: Path
    model: type[Row]
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class HeadAt:
    """The piece in which a file's header stands, or what is wrong with it."""

    number: int
    head: Head | NightStopped


def find_head(task: FindHead) -> HeadAt:
    """Find the header of a file; before it are but blank lines."""
    try:
        for number, piece in enumerate(task.pieces):
            if head := head_of(task.path, piece.stretch.read(), piece.line, task.model):
                return HeadAt(number, head)
        refuse_empty(task.path, task.model)
    except NightStopped as error:  # files that are read before it may have a fault, too, which is told first
        return HeadAt(0, error)


@dataclass(frozen=True)
class ReadMapped:
    """Exports of other programs are mapped to our columns and split: they are held as a whole."""

    inputs: Inputs
    folder: Path
    parts: int
    time_zone: str
    block: int


def read_mapped(task: ReadMapped) -> dict[str, Read]:
    """Map exports; answers what was read by kind."""
    # Imported here: a night that reads our own columns does not pay for it.
    from refund_calc.inputs.mapping.folder import map_files

    read = {}
    for kind, mapped in map_files(task.inputs, task.block).items():
        cells = {}
        for column in columns(mapped.model):
            texts = mapped.column(column.name)
            cells[column.name] = texts if column.distinct else texts.dictionary_encode()
        Target(task.folder, kind, 0, task.parts, task.time_zone).write(cells, mapped.file, mapped.line)
        read[kind] = Read(len(mapped.line), mapped.malformed, mapped.sources)
    return read
