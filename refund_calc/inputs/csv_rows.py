"""The rows of delimited text as RFC 4180 has it, every row traceable to its line (rulebook 3).

Arrow's reader does the work. What it leaves open is settled here: which physical line a row starts on, which rows
have a wrong number of fields, and the odd files (a bare CR, a quote in the middle of a cell) that it would read
otherwise than the rulebook says; those go through a plain tokenizer, cell by cell.
"""

import contextlib
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from refund_calc.columns.aliases import Bools, Bytes, Ints, TextCells
from refund_calc.errors import BadData, NoInput
from refund_calc.inputs.cell_types import WHITE_SPACE

QUOTE, LF, CR = b'"\n\r'
BOM = b"\xef\xbb\xbf"
BLOCK = 8 << 20  # bytes read and parsed at a time


@dataclass(frozen=True)
class Malformed:
    """A row with a wrong number of fields."""

    line: int
    text: str
    fields: int
    expected: int


@contextlib.contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """A file to be read. Raises NoInput where it, or what is read of it, cannot be had."""
    try:
        with path.open("rb") as file:
            yield file
    except FileNotFoundError:
        raise NoInput(f"{path}: there is no such file; check the name and the export") from None
    except OSError as error:
        fault = f"cannot be read ({error.strerror})"
        raise NoInput(f"{path}: {fault}; check the path and its permissions") from None


class Source:
    """A file read once, from its beginning to its end; what has been read is hashed."""

    def __init__(self, path: Path, block: int, delimiter: str = ",") -> None:
        self.path, self.block, self.delimiter = path, block, delimiter
        self.size, self.digest = 0, hashlib.sha256()

    def pieces(self) -> Iterator[tuple[bytes, int]]:
        """The file in pieces of whole records, with the physical line that each begins on."""
        with opened(self.path) as file:
            first = self._next(file, len(BOM))
            refuse_utf16(self.path, first)
            rest, line = b"" if first == BOM else first, 1
            while read := self._next(file, max(self.block, len(rest))):
                read = rest + read if rest else read
                end = _end_of_records(read, self.delimiter)
                piece, rest = read[:end], read[end:]
                if piece:
                    yield piece, line
                    line += _count(np.frombuffer(piece, np.uint8), LF)
            if rest:
                yield rest, line

    def whole(self, encoding: str) -> bytes:
        """A file in another encoding, as UTF-8. Raises NoInput as `pieces` does, BadData where it is not such text."""
        try:
            data = self.path.read_bytes()
        except OSError as error:
            fault = f"cannot be read ({error.strerror})"
            raise NoInput(f"{self.path}: {fault}; check the path and its permissions") from None
        self.size, self.digest = len(data), hashlib.sha256(data)
        try:
            return data.decode(encoding).encode().removeprefix(BOM)
        except UnicodeDecodeError as error:
            line, byte = data.count(b"\n", 0, error.start) + 1, data[error.start]
            raise BadData(
                f"{self.path} line {line}: byte 0x{byte:02X} is not {encoding}; correct `encoding` in the mapping"
            ) from None

    def _next(self, file: BinaryIO, size: int) -> bytes:
        read = file.read(size)
        self.size += len(read)
        self.digest.update(read)
        return read


def _count(signs: Bytes, sign: int) -> int:
    return int(np.count_nonzero(signs == sign))


def _end_of_records(data: bytes, delimiter: str) -> int:
    """Where the last record ends that surely ends within these bytes, which begin with a record; 0 for nowhere."""
    if b'"' not in data:
        return data.rfind(b"\n") + 1
    signs = np.frombuffer(data, np.uint8)
    ends = _outside_quotes(np.flatnonzero(signs == LF), quotes := np.flatnonzero(signs == QUOTE))
    end = int(ends[-1]) + 1 if len(ends) else 0
    return end if _are_regular(signs, quotes[quotes < end], delimiter) else 0


def refuse_utf16(path: Path, data: bytes) -> None:
    """Raise BadData for the beginning of a file in UTF-16."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise BadData(f"{path}: this is UTF-16, not UTF-8; save it again as 'CSV UTF-8'")


def check_utf8(path: Path, data: bytes, first_line: int) -> None:
    if data.isascii():
        return
    try:
        whole = pa.py_buffer(data)
        offsets = pa.py_buffer(np.array([0, len(data)], np.int64))
        pa.Array.from_buffers(pa.large_string(), 1, [None, offsets, whole]).validate(full=True)
    except pa.ArrowInvalid:
        try:
            data.decode()
        except UnicodeDecodeError as error:
            line, byte = data.count(b"\n", 0, error.start) + first_line, data[error.start]
            raise BadData(
                f"{path} line {line}: byte 0x{byte:02X} is not UTF-8 (an Excel export in another encoding?); "
                "save it again as 'CSV UTF-8'"
            ) from None


_SEP = re.compile(rb'"?sep=[^"\r\n]?"?[ ,;\t]*\r?\n', re.IGNORECASE)


def below_sep(data: bytes, line: int) -> tuple[int, int]:
    """Where the first record begins, and its line: below `sep=;`, if data of `line` 1 begin with what Excel writes."""
    found = _SEP.match(data) if line == 1 else None
    return (found.end(), 2) if found else (0, line)


@dataclass(frozen=True)
class Record:
    cells: list[str]
    start: int  # byte offsets of the record, its line ending included
    end: int
    line: int  # physical line of its first byte
    next_line: int
    text: str


@cache
def _cell(delimiter: str) -> re.Pattern[bytes]:
    """One cell of a record."""
    other = b"[^" + re.escape(delimiter.encode()) + rb"\n]*"
    return re.compile(rb'"([^"]*(?:""[^"]*)*)("?)(' + other + b")|(" + other + b")")


def records(path: Path, data: bytes, at: int, line: int, delimiter: str = ",") -> Iterator[Record]:
    """Every record from byte `at` on, the start of one on this line, without the lines of white space.

    The plain tokenizer.
    """
    cell = _cell(delimiter)
    while at < len(data):
        start, cells = at, []
        while True:
            match = cell.match(data, at)
            assert match is not None
            inside, closing, tail, plain = match.groups()
            at = match.end()
            if inside is not None and not closing:
                raise BadData(f"{path} line {line}: the file ends inside a quoted cell, it was cut; export it again")
            last = at >= len(data) or data[at] == LF
            if plain is None:
                tail = tail.removesuffix(b"\r") if last else tail
                cells.append(inside.replace(b'""', b'"') + tail)
            else:
                cells.append(plain.removesuffix(b"\r") if last else plain)
            at += 1
            if last:
                break
        end = min(at, len(data))
        raw = data[start:end].decode()
        next_line = line + raw.count("\n")
        if raw.strip(WHITE_SPACE):
            yield Record([c.decode() for c in cells], start, end, line, next_line, raw.rstrip("\r\n"))
        line = next_line


def last_end(data: bytes, delimiter: str = ",") -> int:
    """Where the last record ends that surely does, by its line feed; `data` begins with a record. 0 for nowhere.

    The plain tokenizer's answer, whatever the quotes are.
    """
    cell, at, end = _cell(delimiter), 0, 0
    while at < len(data):
        match = cell.match(data, at)
        assert match is not None
        at = match.end() + 1
        if at <= len(data) and data[at - 1] == LF:
            end = at
    return end


# With quotes a line feed ends a record when an even number of quotes stands before it; that count is right as long as
# the quotes are regular: every opening quote follows a delimiter, a line feed or (doubled) a quote.


def _are_regular(signs: Bytes, quotes: Ints, delimiter: str) -> bool:
    return len(quotes) % 2 == 0 and open_regularly(signs, quotes[::2], delimiter)


def open_regularly(signs: Bytes, opening: Ints, delimiter: str = ",") -> bool:
    """Whether these quotes open where a cell begins, or double another quote; the first byte begins a cell."""
    before = signs[np.maximum(opening - 1, 0)]
    return bool(np.all((before == ord(delimiter)) | (before == LF) | (before == QUOTE) | (opening == 0)))


def _outside_quotes(at: Ints, quotes: Ints) -> Ints:
    return np.asarray(at[np.searchsorted(quotes, at) % 2 == 0], np.int64) if len(quotes) else at


@dataclass(frozen=True)
class Rows:
    """Some rows of a file: declared columns as text, and which line each row starts on."""

    cells: dict[str, TextCells]
    lines: Ints
    malformed: list[Malformed]

    def hand_over(self, name: str) -> TextCells:
        """Give a column away: what is left is without it, so that its memory is free with its receiver."""
        return self.cells.pop(name)


@dataclass(frozen=True)
class Layout:
    """How the rows of a file are to be read, as its header has it."""

    width: int  # fields of a row
    fields: dict[str, int]  # where each wanted column stands
    texts: frozenset[str]  # columns that are held as texts; the others are dictionaries of texts
    delimiter: str = ","


class Body:
    """Rows below the header: the records of `data` from byte `start` on, which stands on `first_line`."""

    def __init__(self, path: Path, data: bytes, start: int, first_line: int, layout: Layout) -> None:
        self.path, self.data, self.start, self.first_line = path, data, start, first_line
        self.layout, self.width = layout, layout.width
        self.signs = np.frombuffer(data, np.uint8)[start:]
        self.quotes = np.flatnonzero(self.signs == QUOTE) if data.find(b'"', start) >= 0 else np.zeros(0, np.int64)

    def rows(self) -> Rows:
        has_cr = self.data.find(b"\r", self.start) >= 0
        has_bare_cr = has_cr and _count(self.signs, CR) != self.data.count(b"\r\n", self.start)
        if (
            self.start >= len(self.data)
            or has_bare_cr
            or not _are_regular(self.signs, self.quotes, self.layout.delimiter)
        ):
            return self._by_tokenizer()
        table = self._by_arrow()
        ends = _count(self.signs, LF) + (not self.data.endswith(b"\n"))
        cells = {name: _numbered(column) for name, column in zip(table.column_names, table.columns, strict=True)}
        if not len(self.quotes) and table.num_rows == ends:  # no blank line, nothing malformed
            return Rows(cells, np.arange(ends, dtype=np.int64) + self.first_line, [])
        starts, stops, lines = self._record_bounds()
        counts = self._field_counts(starts, stops)
        good = (counts == self.width) & ~self._is_empty(starts, stops)
        if int(good.sum()) != table.num_rows:
            return self._by_tokenizer()
        malformed = []
        for at in np.flatnonzero(~good):
            text = self.data[starts[at] : stops[at]].decode()
            if text.strip(WHITE_SPACE):
                malformed.append(Malformed(int(lines[at]), text.rstrip("\r\n"), int(counts[at]), self.width))
        return Rows(cells, lines[good], malformed)

    def _by_tokenizer(self) -> Rows:
        rows, lines, malformed = [], [], []
        for record in records(self.path, self.data, self.start, self.first_line, self.layout.delimiter):
            if len(record.cells) == self.width:
                rows.append(record.cells)
                lines.append(record.line)
            else:
                malformed.append(Malformed(record.line, record.text, len(record.cells), self.width))
        cells = {}
        for name, at in self.layout.fields.items():
            texts = pa.array([row[at] for row in rows], pa.string())
            cells[name] = texts if name in self.layout.texts else texts.dictionary_encode()
        return Rows(cells, np.array(lines, np.int64), malformed)

    def _by_arrow(self) -> pa.Table:
        fields = self.layout.fields
        where = {at: name for name, at in fields.items()}
        repeated = pa.dictionary(pa.int32(), pa.string())
        types = {name: pa.string() if name in self.layout.texts else repeated for name in fields}
        return pa_csv.read_csv(
            pa.BufferReader(pa.py_buffer(self.data).slice(self.start)),
            pa_csv.ReadOptions(
                column_names=[where.get(at, f"?{at}") for at in range(self.width)], block_size=len(self.data)
            ),
            pa_csv.ParseOptions(
                delimiter=self.layout.delimiter,
                quote_char='"' if len(self.quotes) else False,
                newlines_in_values=len(self.quotes) > 0,
                invalid_row_handler=lambda row: "skip",
            ),
            pa_csv.ConvertOptions(
                include_columns=list(fields),
                column_types=types,
                strings_can_be_null=False,
                null_values=[],
                check_utf8=False,  # it is: the file was checked before
            ),
        )

    def _record_bounds(self) -> tuple[Ints, Ints, Ints]:
        """First byte, byte after the end and physical line of every record, blank ones too."""
        feeds = np.flatnonzero(self.signs == LF)
        stops = _outside_quotes(feeds, self.quotes) + 1
        if not len(stops) or stops[-1] < len(self.signs):
            stops = np.append(stops, len(self.signs))
        starts = np.concatenate(([0], stops[:-1]))
        lines = np.searchsorted(feeds, starts) + self.first_line
        return starts + self.start, stops + self.start, lines

    def _field_counts(self, starts: Ints, stops: Ints) -> Ints:
        delimiters = np.flatnonzero(self.signs == ord(self.layout.delimiter))
        ends = _outside_quotes(delimiters, self.quotes) + self.start
        return np.searchsorted(ends, stops) - np.searchsorted(ends, starts) + 1

    def _is_empty(self, starts: Ints, stops: Ints) -> Bools:
        first = self.signs[starts - self.start]
        return np.asarray((first == LF) | ((first == CR) & (stops - starts <= 2)), np.bool_)


def _numbered(column: pa.ChunkedArray) -> TextCells:
    """A column of text as it was read; the numbers of a dictionary's texts as small as they can be."""
    array = column.combine_chunks()
    if not pa.types.is_dictionary(array.type):
        return array
    codes = np.asarray(array.indices).astype(np.min_scalar_type(len(array.dictionary)))
    return pa.DictionaryArray.from_arrays(codes, array.dictionary)


def one_array(parts: list[TextCells]) -> TextCells:
    """A column's parts, all of them texts or all dictionaries of texts, as one array."""
    if len(parts) == 1:
        return parts[0]
    if not pa.types.is_dictionary(parts[0].type):
        return pa.concat_arrays(parts)
    words = pa.concat_arrays([part.dictionary for part in parts]).dictionary_encode()
    code_of = np.asarray(words.indices).astype(np.min_scalar_type(len(words.dictionary)))
    firsts = np.cumsum([0, *(len(part.dictionary) for part in parts)])[:-1]
    codes = [code_of[first:].take(np.asarray(part.indices)) for first, part in zip(firsts, parts, strict=True)]
    return pa.DictionaryArray.from_arrays(np.concatenate(codes), words.dictionary)
