"""Files of one kind, read as if they were one: typed columns, what was wrong with them, and where each row stands."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Bools, Ints, Objects, TextCells, TypedColumn
from refund_calc.columns.typed import plain
from refund_calc.inputs import cell_types as cells
from refund_calc.inputs.contracts import Column, ResolutionRow, ReturnRow, Row, columns
from refund_calc.inputs.csv_files import BLOCK, CsvFile, Malformed, one_array, read
from refund_calc.inputs.workbooks import is_workbook, read_workbook

CANNOT = "cannot be mapped: "  # so begins what a mapping puts into a typed cell that it cannot fill


@dataclass(frozen=True)
class SourceFile:
    """What the manifest says of one input file."""

    kind: str  # orders, returns or resolutions
    name: str
    size: int  # bytes
    rows: int  # malformed ones too
    sha256: str
    ignored: tuple[str, ...]  # headers of columns that no contract declares
    beside: bool = False  # rows of another file were joined with it; its own rows are no rows of the table
    within: bool = False  # a further sheet of a workbook, which is listed already


@dataclass(frozen=True)
class BadCells:
    """Cells that break their type (rulebook 3, CT-1), one entry per cell; `row` points into the table.

    `field` is the column's name, `value` the trimmed text, `message` names both and says what is wrong. A bad cell is
    unknown in the table's frame.
    """

    row: Ints
    field: Objects
    value: Objects
    message: Objects


@dataclass(frozen=True)
class Table:
    """The well-formed rows of one kind of file.

    `frame` holds typed columns, a row per row (see `cell_types`; unknown is NA); `file` and `line` say where a row
    stands, as an index of `sources` and a physical line; `malformed` are the rows with a wrong number of fields, each
    with the index of its file.
    """

    frame: pd.DataFrame
    file: Ints
    line: Ints
    bad: BadCells
    malformed: tuple[tuple[int, Malformed], ...]
    sources: tuple[SourceFile, ...]

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """The files whose rows the table has."""
        return tuple(source for source in self.sources if not source.beside)

    @property
    def malformed_rows(self) -> int:
        """How many of the rows of `files` have a wrong number of fields."""
        return sum(not self.sources[file].beside for file, _ in self.malformed)

    @property
    def is_bad(self) -> Bools:
        """Rows with at least one invalid cell."""
        mask = np.zeros(len(self.line), np.bool_)
        mask[self.bad.row] = True
        return mask


def load(kind: str, paths: Iterable[Path], model: type[Row], time_zone: str, block: int = BLOCK) -> Table:
    """Read the files of one kind in the given order; `time_zone` is the store's, `block` bytes are read at a time.

    Raises what `csv_files.read` raises; a bad cell is never an error, but an entry of `Table.bad`.
    """
    read_files = [read_sheets(path, model, block) for path in paths]
    files = [file for sheets in read_files for file in sheets]
    lengths = [len(f.lines) for f in files]
    return typed(
        model,
        partial(handed_over, files),
        time_zone,
        file=np.repeat(np.arange(len(files), dtype=np.int64), lengths),
        line=np.concatenate([f.lines for f in files]) if files else np.zeros(0, np.int64),
        malformed=tuple((at, row) for at, f in enumerate(files) for row in f.malformed),
        sources=tuple(source for sheets in read_files for source in sources_of(kind, sheets)),
    )


def read_sheets(path: Path, model: type[Row], block: int = BLOCK) -> list[CsvFile]:
    """A CSV file, or the sheets of a workbook."""
    return read_workbook(path, model) if is_workbook(path) else [read(path, model, block)]


def sources_of(kind: str, sheets: list[CsvFile]) -> Iterator[SourceFile]:
    """What the manifest says of a file: the first of its sheets says it for all."""
    for at, sheet in enumerate(sheets):
        rows = sheet.rows if at else sum(each.rows for each in sheets)
        yield SourceFile(kind, sheet.name, sheet.size, rows, sheet.sha256, sheet.ignored, within=at > 0)


def typed(
    model: type[Row],
    texts_of: Callable[[Column], TextCells],
    time_zone: str,
    *,
    file: Ints,
    line: Ints,
    malformed: tuple[tuple[int, Malformed], ...],
    sources: tuple[SourceFile, ...],
) -> Table:
    """Type the texts of the rows of one kind, a row per entry of `file` and `line`.

    `texts_of` hands over a column, which nobody else needs any more: strings where `Column.distinct`, else a
    dictionary.
    """
    frame: dict[str, TypedColumn] = {}
    bad: list[_Found] = []
    for column in columns(model):
        texts = texts_of(column)
        frame[column.name], is_bad = cells.typed(column.cell, texts, time_zone, may_be_blank=column.blank)
        if model is ReturnRow and column.name == "quantity_received":
            received = texts
        if is_bad.any():
            bad.append(_found(column, texts, np.flatnonzero(is_bad), time_zone))
    if model is ReturnRow:
        frame["dispute_status"] = frame["dispute_status"].fillna("none")  # blank means none
        too_many = _received_too_many(frame)
        if len(too_many):
            frame["quantity_received"] = _without(frame["quantity_received"], too_many)
            bad.append(_more_than_requested(received, too_many))
    return Table(pd.DataFrame(frame, copy=False), file, line, _bad_cells(bad), malformed, sources)


class InText(Protocol):
    """Rows of one file as text; each of their columns can be had once."""

    @property
    def lines(self) -> Ints: ...
    def hand_over(self, name: str) -> TextCells | None: ...


def handed_over(files: Sequence[InText], column: Column) -> TextCells:
    """A column of all files, which are left without it: its texts and its values need not both be kept."""
    parts = []
    for file in files:
        given = file.hand_over(column.name)
        parts.append(_blank(len(file.lines), column.distinct) if given is None else given)
    return one_array(parts or [_blank(0, column.distinct)])


def _blank(rows: int, distinct: bool) -> TextCells:
    """A column that the file does not have."""
    texts = pa.repeat("", rows)
    return texts if distinct else texts.dictionary_encode()


class _Found(NamedTuple):
    """Bad cells of one column: their rows, trimmed texts and messages."""

    field: str
    rows: Ints
    values: list[str]
    messages: list[str]


def _found(column: Column, texts: TextCells, rows: Ints, time_zone: str) -> _Found:
    values = cells.text_at(texts, rows)
    distinct = list(dict.fromkeys(values))
    wrong = dict(zip(distinct, cells.faults(column.cell, distinct, time_zone), strict=True))
    return _Found(column.name, rows, values, [_message(column.name, value, wrong[value]) for value in values])


def _message(field: str, value: str, wrong: str) -> str:
    if value.startswith(CANNOT):
        return f"{field} {value}"
    return f'{field}: "{value}" {wrong}' if value else f"{field} {wrong}"


def _received_too_many(frame: dict[str, TypedColumn]) -> Ints:
    """Rows whose quantity_received is more than quantity_requested (rulebook 3)."""
    received, requested = (plain(frame[name]) for name in ("quantity_received", "quantity_requested"))
    return np.flatnonzero((received > requested).to_numpy(dtype=bool, na_value=False))


def _without(column: TypedColumn, rows: Ints) -> TypedColumn:
    """The column with these rows unknown."""
    changed = column.copy()
    changed[rows] = pd.NA
    return changed


def _more_than_requested(received: TextCells, rows: Ints) -> _Found:
    field, values = "quantity_received", cells.text_at(received, rows)
    return _Found(field, rows, values, [_message(field, text, "is more than quantity_requested") for text in values])


def _bad_cells(found: list[_Found]) -> BadCells:
    return BadCells(
        row=np.concatenate([np.zeros(0, np.int64), *(of.rows for of in found)]),
        field=np.array([of.field for of in found for _ in of.rows], dtype=object),
        value=np.array([value for of in found for value in of.values], dtype=object),
        message=np.array([message for of in found for message in of.messages], dtype=object),
    )


def undo_apostrophes(table: Table) -> Table:
    """A resolutions table as it was before exceptions.csv protected its texts (rulebook 7 and 3); `table` stays."""
    frame = table.frame.copy()
    for column in columns(ResolutionRow):
        if column.cell.kind in ("text", "lower"):
            texts = pa.array(frame[column.name].array, pa.string(), from_pandas=True)
            frame[column.name] = pd.arrays.ArrowExtensionArray(
                pc.replace_substring_regex(texts, "^'('*[=+\\-@\t\r\n])", "\\1")
            )
    return replace(table, frame=frame)
