"""Columns of text to bytes of CSV, in blocks: UTF-8, LF, quotes where needed (rulebook 7)."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.dictionary import Cells, Coded, as_texts, joined

BLOCK_ROWS = 1 << 16

# Spreadsheets run a cell that begins so as a formula; with one more apostrophe they show it. Intake undoes it.
_FIRST = np.isin(np.arange(256), np.frombuffer(b"'=+-@\t\r\n", np.uint8))  # by byte


def quoted(column: Cells) -> Cells:
    """Texts as CSV cells: quoted where they hold a comma, a quote or a line break. Null stays null."""
    return _changed(column, _quoted)


def _changed(column: Cells, change: Callable[[pa.Array], pa.Array]) -> Cells:
    if isinstance(column, Coded):
        return Coded(column.codes, change(column.words))
    return change(pa.array([column]))[0].as_py() if isinstance(column, str) else change(column)


def _quoted(texts: pa.Array) -> pa.Array:
    found = [sign for sign in ',"\r\n' if _holds(texts, sign)]
    if not found:
        return texts
    special = pc.match_substring(texts, found[0])
    for sign in found[1:]:
        special = pc.or_(special, pc.match_substring(texts, sign))
    doubled = pc.replace_substring(texts, '"', '""') if '"' in found else texts
    return pc.if_else(special, pc.binary_join_element_wise('"', doubled, '"', ""), texts)


def quoted_text(text: str) -> str:
    """One text as a CSV cell."""
    return '"' + text.replace('"', '""') + '"' if re.search('[,"\r\n]', text) else text


def exported(column: Cells) -> Cells:
    """Text that came from an export, as CSV cells that no spreadsheet takes for a formula."""
    return _changed(column, _exported)


def _exported(texts: pa.Array) -> pa.Array:
    if _begins_with_any(texts):
        texts = pc.replace_substring_regex(texts, r"\A('*[=+\-@\t\r\n])", r"'\1")
    return _quoted(texts)


def _bytes_of(texts: pa.Array) -> tuple[Any, Any]:
    if not len(texts) or texts.buffers()[2] is None:
        return np.zeros(1, np.int32), np.zeros(0, np.uint8)
    offsets = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return offsets, np.frombuffer(texts.buffers()[2], np.uint8)


def _holds(texts: pa.Array, sign: str) -> bool:
    offsets, data = _bytes_of(texts)
    return bool((data[offsets[0] : offsets[-1]] == ord(sign)).any())


def _begins_with_any(texts: pa.Array) -> bool:
    offsets, data = _bytes_of(texts)
    filled = offsets[:-1][offsets[1:] > offsets[:-1]]
    return bool(_FIRST[data[filled]].any())


def rows_text(columns: Sequence[Cells], size: int) -> pa.Array:
    """One text per row, with its line feed."""
    *cells, last = columns
    return as_texts(joined([*cells, joined([last, "\n"], "")], ","), size)


def text_bytes(rows: pa.Array) -> memoryview:
    """The texts' bytes, one after the other, without a copy."""
    if not len(rows):
        return memoryview(b"")
    offsets, _ = _bytes_of(rows)
    return memoryview(rows.buffers()[2])[int(offsets[0]) : int(offsets[-1])]


def blocks(size: int, rows: int | None = None) -> Iterator[tuple[int, int]]:
    """First row and end of each block; of BLOCK_ROWS rows unless told."""
    step = rows or BLOCK_ROWS
    for start in range(0, size, step):
        yield start, min(start + step, size)
