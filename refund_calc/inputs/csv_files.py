"""CSV files of our own columns: the header is held against the contract, its columns are read as text (rulebook 3)."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np

from refund_calc.columns.aliases import Ints, TextCells
from refund_calc.errors import BadData
from refund_calc.inputs.cell_types import WHITE_SPACE
from refund_calc.inputs.contracts import Row, columns
from refund_calc.inputs.csv_rows import (
    BLOCK,
    Body,
    Layout,
    Malformed,
    Rows,
    Source,
    below_sep,
    check_utf8,
    one_array,
    records,
)

__all__ = ("BLOCK", "CsvFile", "Malformed", "one_array", "place_columns", "read")


@dataclass(frozen=True)
class CsvFile:
    """One file's declared columns as text, one cell per row, and what the manifest says of the file."""

    name: str
    size: int  # bytes
    sha256: str
    ignored: tuple[str, ...]  # headers of columns that no contract declares
    cells: dict[str, TextCells]  # a missing optional column is absent
    lines: Ints  # physical line each row starts on
    malformed: tuple[Malformed, ...]

    @property
    def rows(self) -> int:
        """Malformed rows too."""
        return len(self.lines) + len(self.malformed)

    def hand_over(self, name: str) -> TextCells | None:
        """Give a column away, None where the file has no such column. What is left is without it."""
        return self.cells.pop(name, None)


@dataclass(frozen=True)
class Head:
    """A file's header: how its rows are to be read, and where they begin in the piece that it was found in."""

    layout: Layout
    ignored: tuple[str, ...]  # headers of columns that no contract declares
    end: int  # byte after it
    next_line: int  # physical line of that byte


def head_of(path: Path, data: bytes, line: int, model: type[Row]) -> Head | None:
    """The header in whole records of a file that begin on this line, None where all of them are blank lines.

    Raises BadData when it is not what `model` declares.
    """
    check_utf8(path, data, line)
    start, line = below_sep(data, line)
    header = next(records(path, data, start, line), None)
    if header is None:
        return None
    names = [name.strip(WHITE_SPACE) for name in header.cells]
    fields = place_columns(str(path), f"{path} line {header.line}", names, model)
    layout = Layout(len(names), fields, frozenset(column.name for column in columns(model) if column.distinct))
    ignored = tuple(name for at, name in enumerate(names) if at not in fields.values())
    return Head(layout, ignored, header.end, header.next_line)


def refuse_empty(path: Path, model: type[Row]) -> NoReturn:
    """Raise BadData for a file in which no header was found."""
    place_columns(str(path), f"{path} line 1", [], model)
    raise AssertionError("every kind of file has a column that it needs")


def read(path: Path, model: type[Row], block: int = BLOCK) -> CsvFile:
    """Read one file. Raises NoInput when it cannot be opened, BadData when it is not what `model` declares."""
    source, parts, head = Source(path, block), list[Rows](), None
    for data, line in source.pieces():
        if head is not None:
            check_utf8(path, data, line)
            parts.append(Body(path, data, 0, line, head.layout).rows())
        elif head := head_of(path, data, line, model):
            parts.append(Body(path, data, head.end, head.next_line, head.layout).rows())
    if head is None:
        refuse_empty(path, model)
    return CsvFile(
        name=path.name,
        size=source.size,
        sha256=source.digest.hexdigest(),
        ignored=head.ignored,
        cells={name: one_array([part.hand_over(name) for part in parts]) for name in head.layout.fields},
        lines=np.concatenate([part.lines for part in parts]),
        malformed=tuple(row for part in parts for row in part.malformed),
    )


def place_columns(path: str, where: str, names: list[str], model: type[Row]) -> dict[str, int]:
    """Where each declared column stands in the file `path`, whose header stands at `where`. Raises BadData."""
    known = [name.lower() for name in names]
    fields = {}
    for column in columns(model):
        found = [at for at, name in enumerate(known) if name == column.name]
        if len(found) > 1:
            raise BadData(f'{where}: the column "{column.name}" is there {len(found)} times; keep one of them')
        if found:
            fields[column.name] = found[0]
    missing = [c.name for c in columns(model) if c.name not in fields and not c.optional]
    if not missing:
        return fields
    if not names:
        raise BadData(f"{path}: the file is empty; a header row with the column names is the least it needs")
    hint = "add it to the export" if len(missing) == 1 else "add them to the export"
    if len(names) == 1 and re.search("[;\t|]", names[0]):
        hint = "the columns seem to be separated by another character; save it with commas"
    listed = ", ".join(missing)
    raise BadData(f"{where}: required column{'s' if len(missing) > 1 else ''} missing: {listed}; {hint}")
