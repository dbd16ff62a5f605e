"""Files of one kind, read as if they were one: typed columns, what was wrong with them, and where each row stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Bools, Ints
from refund_calc.columns.typed import plain
from refund_calc.inputs import cell_types as cells
from refund_calc.inputs.contracts import ResolutionRow, ReturnRow, Row, columns, what_is_wrong
from refund_calc.inputs.csv_files import BLOCK, CsvFile, Malformed, one_array, read

Objects = npt.NDArray[np.object_]


@dataclass(frozen=True)
class SourceFile:
    """What the manifest says of one input file."""

    kind: str
    name: str
    size: int
    rows: int
    sha256: str
    ignored: tuple[str, ...]


@dataclass(frozen=True)
class BadCells:
    """Cells that break their type, one entry per cell; `row` points into the table."""

    row: Ints
    field: Objects
    value: Objects
    message: Objects


@dataclass(frozen=True)
class Table:
    """The well-formed rows of one kind of file.

    `frame` holds typed columns (see `cell_types`); `file` and `line` say where a row stands; `malformed` are
    the rows with a wrong number of fields, with the index of their file.
    """

    frame: pd.DataFrame
    file: Ints
    line: Ints
    bad: BadCells
    malformed: tuple[tuple[int, Malformed], ...]
    sources: tuple[SourceFile, ...]

    @property
    def is_bad(self) -> Bools:
        """Rows with at least one invalid cell."""
        mask = np.zeros(len(self.line), np.bool_)
        mask[self.bad.row] = True
        return mask


def load(kind: str, paths: Iterable[Path], model: type[Row], time_zone: str, block: int = BLOCK) -> Table:
    """Read the files of one kind in the given order. Raises what `csv_in.read` raises."""
    files = [read(path, model, block) for path in paths]
    frame: dict[str, Any] = {}
    bad: list[tuple[str, Ints, list[str]]] = []
    for column in columns(model):
        texts = _concatenate(files, column.name, column.distinct)
        frame[column.name], is_bad, texts = cells.typed(column, texts, time_zone)
        if model is ReturnRow and column.name == "quantity_received":
            received = texts
        if is_bad.any():
            rows = np.flatnonzero(is_bad)
            bad.append((column.name, rows, cells.text_at(texts, rows)))
    if model is ReturnRow:
        frame["dispute_status"] = frame["dispute_status"].fillna("none")  # blank means none
        _check_received(frame, received, bad)
    lengths = [len(f.lines) for f in files]
    return Table(
        frame=pd.DataFrame(frame, copy=False),
        file=np.repeat(np.arange(len(files), dtype=np.int64), lengths),
        line=np.concatenate([f.lines for f in files]) if files else np.zeros(0, np.int64),
        bad=_bad_cells(model, bad),
        malformed=tuple((at, row) for at, f in enumerate(files) for row in f.malformed),
        sources=tuple(SourceFile(kind, f.name, f.size, f.rows, f.sha256, f.ignored) for f in files),
    )


def _concatenate(files: list[CsvFile], name: str, distinct: bool) -> Any:
    parts = []
    for file in files:  # handed over: texts and values need not both be kept
        cells_of_file = file.cells.pop(name, None)
        parts.append(_blank(len(file.lines), distinct) if cells_of_file is None else cells_of_file)
    return one_array(parts or [_blank(0, distinct)])


def _blank(rows: int, distinct: bool) -> Any:
    """A column that the file does not have."""
    texts = pa.repeat("", rows)
    return texts if distinct else texts.dictionary_encode()


def _check_received(frame: dict[str, Any], texts: Any, bad: list[tuple[str, Ints, list[str]]]) -> None:
    """quantity_received is at most quantity_requested (rulebook 3)."""
    received, requested = (plain(frame[name]) for name in ("quantity_received", "quantity_requested"))
    rows = np.flatnonzero((received > requested).to_numpy(dtype=bool, na_value=False))
    if len(rows):
        bad.append(("quantity_received", rows, cells.text_at(texts, rows)))
        received = frame["quantity_received"] = frame["quantity_received"].copy()
        received[rows] = pd.NA


def _bad_cells(model: type[Row], bad: list[tuple[str, Ints, list[str]]]) -> BadCells:
    if not bad:
        none = np.array([], dtype=object)
        return BadCells(np.zeros(0, np.int64), none, none, none)
    words: dict[tuple[str, str], str] = {}
    message = []
    for field, _, values in bad:
        for value in values:
            if (field, value) not in words:
                words[field, value] = _wording(model, field, value)
            message.append(words[field, value])
    return BadCells(
        row=np.concatenate([rows for _, rows, _ in bad]),
        field=np.array([field for field, rows, _ in bad for _ in rows], dtype=object),
        value=np.array([value for _, _, values in bad for value in values], dtype=object),
        message=np.array(message, dtype=object),
    )


def _wording(model: type[Row], field: str, value: str) -> str:
    if model is ReturnRow and field == "quantity_received" and value.isascii() and value.isdigit() and len(value) <= 6:
        return f'{field}: "{value}" is more than quantity_requested'
    wrong = what_is_wrong(model, field, value)
    return f"{field} {wrong}" if value == "" else f'{field}: "{value}" {wrong}'


def undo_apostrophes(table: Table) -> Table:
    """A resolutions table as it was before exceptions.csv protected its texts (rulebook 7 and 3)."""
    frame = table.frame.copy()
    for column in columns(ResolutionRow):
        if column.cell.kind in ("text", "lower"):
            texts = pa.array(frame[column.name].array, pa.string(), from_pandas=True)
            frame[column.name] = pd.arrays.ArrowExtensionArray(
                pc.replace_substring_regex(texts, "^'('*[=+\\-@\t\r\n])", "\\1")
            )
    return Table(frame, table.file, table.line, table.bad, table.malformed, table.sources)
