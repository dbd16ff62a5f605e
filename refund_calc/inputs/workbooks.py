"""Workbooks (.xlsx) of our own columns, as people save them: their cells become the texts of a CSV file (rulebook 3).

A number that a spreadsheet made of what was typed is written as it shows it: 1042, not 1042.0. A number of more than 15
digits has lost some of them already; it is written with an exponent, so that it is taken for no other number.
"""

import hashlib
import io
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from refund_calc.columns.aliases import TextCells
from refund_calc.errors import BadData, NoInput
from refund_calc.inputs.cell_types import WHITE_SPACE
from refund_calc.inputs.contracts import Row, columns
from refund_calc.inputs.csv_files import CsvFile, place_columns

SUFFIX = ".xlsx"
MARK = "action"  # a sheet with this column holds resolutions; one without it is none of ours

_Cell = str | float | bool | date | time | timedelta
_Numbered = tuple[int, list[str]]  # a row's number in its sheet, from 1, and its cells


def is_workbook(path: Path) -> bool:
    return path.suffix.lower() == SUFFIX


def read_workbook(path: Path, model: type[Row]) -> list[CsvFile]:
    """The sheets of a workbook that have the column `action`, each as a file; the first one stands for the workbook.

    `lines` are the numbers of the rows as the spreadsheet shows them; a file has no malformed row. Where no sheet has
    the column, the first one is held against the contract. Raises NoInput when the workbook cannot be opened, BadData
    when it is none, or when a sheet is not what `model` declares.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise NoInput(f"{path}: there is no such file; check the name and the export") from None
    except OSError as error:
        fault = f"cannot be read ({error.strerror})"
        raise NoInput(f"{path}: {fault}; check the path and its permissions") from None
    sheets = _sheets(path, data)
    filled = {name: rows for name, rows in sheets.items() if rows}
    marked = {name: rows for name, rows in filled.items() if MARK in map(str.lower, rows[0][1])}
    ours = marked or dict(list(filled.items())[:1]) or {"": []}
    sha256 = hashlib.sha256(data).hexdigest()
    files: list[CsvFile] = []
    for name, rows in ours.items():
        number, header = rows[0] if rows else (1, [])
        where = f"{path} sheet {name} line {number}" if len(sheets) > 1 else f"{path} line {number}"
        fields = place_columns(str(path), where, header, model)
        label = f"{path.name} ({name})" if files else path.name
        files.append(_file(label, model, rows, fields, (len(data), sha256)))
    return files


def _file(label: str, model: type[Row], rows: list[_Numbered], fields: dict[str, int], of: tuple[int, str]) -> CsvFile:
    """The rows below the header of one sheet; `of` are the workbook's size in bytes and its SHA-256."""
    header, below = rows[0][1], rows[1:]
    distinct = {column.name for column in columns(model) if column.distinct}
    cells: dict[str, TextCells] = {}
    for name, at in fields.items():
        texts = pa.array([row[at] for _, row in below], pa.string())
        cells[name] = texts if name in distinct else texts.dictionary_encode()
    return CsvFile(
        name=label,
        size=of[0],
        sha256=of[1],
        ignored=tuple(name for at, name in enumerate(header) if at not in fields.values()),
        cells=cells,
        lines=np.array([number for number, _ in below], np.int64),
        malformed=(),
    )


def _sheets(path: Path, data: bytes) -> dict[str, list[_Numbered]]:
    """The rows of each sheet that are not blank, by the sheet's name; the first row's cells are trimmed headers."""
    # Imported here: a night without a workbook does not pay for it.
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        names = [sheet.name for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
        found = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in names}
    except PasswordError:
        raise BadData(f"{path}: it is protected by a password; save it again without one") from None
    except CalamineError as error:
        what = " ".join(str(error).split())
        raise BadData(
            f"{path}: this is no .xlsx workbook that can be read ({what}); save it again as .xlsx, or as 'CSV UTF-8'"
        ) from None
    return {name: _without_blanks(rows) for name, rows in found.items()}


def _without_blanks(rows: Sequence[Sequence[_Cell]]) -> list[_Numbered]:
    texts = [(number, [_text(cell) for cell in row]) for number, row in enumerate(rows, 1)]
    filled = [(number, cells) for number, cells in texts if any(cell.strip(WHITE_SPACE) for cell in cells)]
    if filled:
        number, header = filled[0]
        filled[0] = number, [name.strip(WHITE_SPACE) for name in header]
    return filled


def _text(cell: _Cell) -> str:
    """A cell as its spreadsheet shows it, without a format of its own."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float | int):
        return f"{cell:.15g}"
    if isinstance(cell, datetime):
        return str(cell.date()) if cell.time() == time() else str(cell)
    return str(cell)
