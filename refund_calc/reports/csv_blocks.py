"""Named columns to bytes of CSV, in blocks: UTF-8, LF, quotes where needed (rulebook 7)."""

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.dictionary import Cells, as_texts, joined, mapped
from refund_calc.history import folders
from refund_calc.reports.contracts import KINDS, Kind
from refund_calc.reports.named import NamedColumns, Report

# Spreadsheets run a cell that begins so as a formula; with one more apostrophe they show it. Intake undoes it.
_FIRST = np.isin(np.arange(256), np.frombuffer(b"'=+-@\t\r\n", np.uint8))  # by byte


def csv_file(report: Report) -> folders.Report:
    """A report as `<name>.csv`, to be written block by block."""

    def lines() -> Iterator[memoryview]:
        for block in report.blocks():
            yield csv_bytes(block)

    return folders.Report(f"{report.name}.csv", tuple(report.contract), report.rows, lines)


def csv_bytes(block: NamedColumns) -> memoryview:
    """The rows as CSV lines, each with its line feed."""
    return text_bytes(csv_lines(block))


def csv_lines(block: NamedColumns) -> pa.Array:
    """The same, a text per row."""
    *cells, last = (_PROTECTED[KINDS[name]](texts) for name, texts in block.texts().items())
    return as_texts(joined([*cells, joined([last, "\n"], "")], ","), block.rows)


def quoted(column: Cells) -> Cells:
    """Texts as CSV cells: quoted where they hold a comma, a quote or a line break. Null stays null."""
    return mapped(column, _quoted)


def exported(column: Cells) -> Cells:
    """Text that came from an export, as CSV cells that no spreadsheet takes for a formula."""
    return mapped(column, _exported)


def _as_it_is(column: Cells) -> Cells:
    return column


_PROTECTED: dict[Kind, Callable[[Cells], Cells]] = {
    "exported": exported,
    "text": quoted,
    "date": _as_it_is,
    "money": _as_it_is,
    "count": _as_it_is,
}


def _quoted(texts: pa.Array) -> pa.Array:
    offsets, data = _bytes_of(texts)
    used = data[offsets[0] : offsets[-1]]
    signs = [np.flatnonzero(used == ord(sign)) for sign in ',"\r\n']
    if not any(map(len, signs)):
        return texts
    special = np.zeros(len(texts), np.bool_)
    special[np.searchsorted(offsets, np.concatenate(signs) + offsets[0], side="right") - 1] = True
    mask = pa.array(special)
    doubled = pc.replace_substring(texts.filter(mask), '"', '""')
    return pc.replace_with_mask(texts, mask, pc.binary_join_element_wise('"', doubled, '"', ""))


def _exported(texts: pa.Array) -> pa.Array:
    if _begins_with_any(texts):
        texts = pc.replace_substring_regex(texts, r"\A('*[=+\-@\t\r\n])", r"'\1")
    return _quoted(texts)


def _bytes_of(texts: pa.Array) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    """Where each text begins and the last one ends, and all their bytes."""
    if not len(texts) or texts.buffers()[2] is None:
        return np.zeros(1, np.int32), np.zeros(0, np.uint8)
    offsets = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return offsets, np.frombuffer(texts.buffers()[2], np.uint8)


def _begins_with_any(texts: pa.Array) -> bool:
    offsets, data = _bytes_of(texts)
    filled = offsets[:-1][offsets[1:] > offsets[:-1]]
    return bool(_FIRST[data[filled]].any())


def text_bytes(rows: pa.Array) -> memoryview:
    """The texts' bytes, one after the other, without a copy."""
    if not len(rows):
        return memoryview(b"")
    offsets, _ = _bytes_of(rows)
    return memoryview(rows.buffers()[2])[int(offsets[0]) : int(offsets[-1])]
