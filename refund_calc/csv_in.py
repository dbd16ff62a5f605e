"""CSV files as RFC 4180, read into columns of text with every row traceable to its line (rulebook 3).

Arrow's reader does the work. What it leaves open is settled here: which physical line a row starts on, which rows
have a wrong number of fields, and the odd files (a bare CR, a quote in the middle of a cell) that it would read
otherwise than the rulebook says; those go through a plain tokenizer, cell by cell.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pa_csv

from refund_calc.contracts import WHITE_SPACE, Row, columns
from refund_calc.errors import BadData, NoInput

COMMA, QUOTE, LF, CR = b',"\n\r'
BLOCK = 16 << 20  # bytes that one thread parses at a time

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Malformed:
    """A row with a wrong number of fields."""

    line: int
    text: str
    fields: int
    expected: int


@dataclass(frozen=True)
class CsvFile:
    """One file's declared columns as text, and what the manifest says of the file."""

    name: str
    size: int
    sha256: str
    ignored: tuple[str, ...]  # headers of columns that no contract declares
    cells: dict[str, Any]  # Arrow string or dictionary arrays; a missing optional column is absent
    lines: Ints  # physical line each row starts on
    malformed: tuple[Malformed, ...]

    @property
    def rows(self) -> int:
        return len(self.lines) + len(self.malformed)


def read(path: Path, model: type[Row], block: int = BLOCK) -> CsvFile:
    """Read one file. Raises NoInput when it cannot be opened, BadData when it is not what `model` declares."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise NoInput(f"{path}: there is no such file; check the name and the export") from None
    except OSError as error:
        raise NoInput(f"{path}: cannot be read ({error.strerror}); check the path and its permissions") from None
    sha256 = hashlib.sha256(data).hexdigest()
    _check_utf8(path, data)
    start = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    header = next(_records(data, start, path), None)
    names = [name.strip(WHITE_SPACE) for name in header.cells] if header else []
    fields = _place_columns(path, names, model)
    body = header.end if header else len(data)
    table = _Body(path, data, body, header.next_line if header else 1, names, fields, model, block)
    cells, lines, malformed = table.parse()
    used = set(fields.values())
    ignored = tuple(name for at, name in enumerate(names) if at not in used)
    return CsvFile(path.name, len(data), sha256, ignored, cells, lines, tuple(malformed))


def _check_utf8(path: Path, data: bytes) -> None:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise BadData(f"{path}: this is UTF-16, not UTF-8; save it again as 'CSV UTF-8'")
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
            line, byte = data.count(b"\n", 0, error.start) + 1, data[error.start]
            raise BadData(
                f"{path} line {line}: byte 0x{byte:02X} is not UTF-8 (an Excel export in another encoding?); "
                "save it again as 'CSV UTF-8'"
            ) from None


def _place_columns(path: Path, names: list[str], model: type[Row]) -> dict[str, int]:
    """Where each declared column stands in the file."""
    known = [name.lower() for name in names]
    fields = {}
    for column in columns(model):
        found = [at for at, name in enumerate(known) if name == column.name]
        if len(found) > 1:
            raise BadData(f'{path} line 1: the column "{column.name}" is there {len(found)} times; keep one of them')
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
    raise BadData(f"{path} line 1: required column{'s' if len(missing) > 1 else ''} missing: {listed}; {hint}")


@dataclass(frozen=True)
class _Record:
    cells: list[str]
    start: int  # byte offsets of the record, its line ending included
    end: int
    line: int  # physical line of its first byte
    next_line: int
    text: str


_CELL = re.compile(rb'"([^"]*(?:""[^"]*)*)("?)([^,\n]*)|([^,\n]*)')


def _records(data: bytes, at: int, path: Path) -> Iterator[_Record]:
    """Every record from byte `at` (the start of one) on, without the lines of white space: the plain tokenizer."""
    line = data.count(b"\n", 0, at) + 1
    while at < len(data):
        start, cells = at, []
        while True:
            match = _CELL.match(data, at)
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
            yield _Record([c.decode() for c in cells], start, end, line, next_line, raw.rstrip("\r\n"))
        line = next_line


class _Body:
    """The rows below the header of one file."""

    def __init__(
        self,
        path: Path,
        data: bytes,
        start: int,
        first_line: int,
        names: list[str],
        fields: dict[str, int],
        model: type[Row],
        block: int,
    ) -> None:
        self.path, self.data, self.start, self.first_line = path, data, start, first_line
        self.width, self.fields, self.model, self.block = len(names), fields, model, block
        self.quoted = data.find(b'"', start) >= 0

    def parse(self) -> tuple[dict[str, Any], Ints, list[Malformed]]:
        if self.start >= len(self.data):
            return self._by_tokenizer()
        returns = self.data.count(b"\r")
        bare_cr = returns > 0 and returns != self.data.count(b"\r\n")
        if bare_cr or (self.quoted and not self._quotes_are_regular()):
            return self._by_tokenizer()
        table = self._by_arrow(len(self.data) if returns and self._has_quoted_returns() else self.block)
        ends = self.data.count(b"\n", self.start) + (not self.data.endswith(b"\n"))
        size, columns = table.num_rows, dict(zip(table.column_names, table.columns, strict=True))
        del table  # column by column makes room for the next one
        if not self.quoted and size == ends:  # no blank line, nothing malformed
            return _whole(columns), np.arange(ends, dtype=np.int64) + self.first_line, []
        starts, stops, lines = self._record_bounds()
        counts = self._field_counts(starts, stops)
        good = (counts == self.width) & ~self._is_empty(starts, stops)
        if int(good.sum()) != size:
            return self._by_tokenizer()
        malformed = []
        for at in np.flatnonzero(~good):
            text = self.data[starts[at] : stops[at]].decode()
            if text.strip(WHITE_SPACE):
                malformed.append(Malformed(int(lines[at]), text.rstrip("\r\n"), int(counts[at]), self.width))
        return _whole(columns), lines[good], malformed

    def _by_tokenizer(self) -> tuple[dict[str, Any], Ints, list[Malformed]]:
        rows, lines, malformed = [], [], []
        for record in _records(self.data, self.start, self.path):
            if len(record.cells) == self.width:
                rows.append(record.cells)
                lines.append(record.line)
            else:
                malformed.append(Malformed(record.line, record.text, len(record.cells), self.width))
        cells = {}
        for column in columns(self.model):
            if column.name in self.fields:
                at = self.fields[column.name]
                texts = pa.array([row[at] for row in rows], pa.string())
                cells[column.name] = texts if column.distinct else texts.dictionary_encode()
        return cells, np.array(lines, np.int64), malformed

    def _has_quoted_returns(self) -> bool:
        """Whether a quoted cell holds a CRLF: where a block ends within one, Arrow loses its line feed."""
        returns = np.flatnonzero(self._bytes() == CR)
        return self.quoted and len(self._outside_quotes(returns)) < len(returns)

    def _by_arrow(self, block: int) -> Any:
        where = {at: name for name, at in self.fields.items()}
        repeated = pa.dictionary(pa.int32(), pa.string())
        types = {c.name: pa.string() if c.distinct else repeated for c in columns(self.model)}
        while True:
            try:
                return pa_csv.read_csv(
                    pa.BufferReader(pa.py_buffer(self.data).slice(self.start)),
                    pa_csv.ReadOptions(
                        column_names=[where.get(at, f"?{at}") for at in range(self.width)], block_size=block
                    ),
                    pa_csv.ParseOptions(
                        quote_char='"' if self.quoted else False,
                        newlines_in_values=self.quoted,
                        invalid_row_handler=lambda row: "skip",
                    ),
                    pa_csv.ConvertOptions(
                        include_columns=list(self.fields),
                        column_types={name: types[name] for name in self.fields},
                        strings_can_be_null=False,
                        null_values=[],
                    ),
                )
            except pa.ArrowInvalid:
                if block >= len(self.data):
                    raise
                block = len(self.data)  # a row longer than a block

    # Where the records are. With quotes a line feed ends a record when an even number of quotes stands before it;
    # that count is right as long as every opening quote follows a comma, a line feed or (doubled) a quote.

    def _bytes(self) -> npt.NDArray[np.uint8]:
        return np.frombuffer(self.data, np.uint8)[self.start :]

    def _quotes_are_regular(self) -> bool:
        body = self._bytes()
        quotes = np.flatnonzero(body == QUOTE)
        if len(quotes) % 2:
            return False
        opening = quotes[::2]
        before = body[np.maximum(opening - 1, 0)]
        return bool(np.all((before == COMMA) | (before == LF) | (before == QUOTE) | (opening == 0)))

    def _outside_quotes(self, at: Ints) -> Ints:
        if not self.quoted:
            return at
        quotes = np.flatnonzero(self._bytes() == QUOTE)
        return np.asarray(at[np.searchsorted(quotes, at) % 2 == 0], np.int64)

    def _record_bounds(self) -> tuple[Ints, Ints, Ints]:
        """First byte, byte after the end and physical line of every record, blank ones too."""
        feeds = np.flatnonzero(self._bytes() == LF)
        stops = self._outside_quotes(feeds) + 1
        size = len(self.data) - self.start
        if not len(stops) or stops[-1] < size:
            stops = np.append(stops, size)
        starts = np.concatenate(([0], stops[:-1]))
        lines = np.searchsorted(feeds, starts) + self.first_line
        return starts + self.start, stops + self.start, lines

    def _field_counts(self, starts: Ints, stops: Ints) -> Ints:
        commas = self._outside_quotes(np.flatnonzero(self._bytes() == COMMA)) + self.start
        return np.searchsorted(commas, stops) - np.searchsorted(commas, starts) + 1

    def _is_empty(self, starts: Ints, stops: Ints) -> npt.NDArray[np.bool_]:
        first = np.frombuffer(self.data, np.uint8)[starts]
        return np.asarray((first == LF) | ((first == CR) & (stops - starts <= 2)), np.bool_)


def _whole(columns: dict[str, Any]) -> dict[str, Any]:
    """Each column as one array, taken out of `columns` so that no column is there twice for long."""
    return {name: _one_chunk(columns.pop(name)) for name in list(columns)}


def _one_chunk(column: Any) -> Any:
    column = column.unify_dictionaries()
    if column.num_chunks == 1:
        return column.chunk(0)
    if column.num_chunks == 0:
        return pa.array([], column.type)
    if pa.types.is_dictionary(column.type):
        indices = np.concatenate([np.asarray(chunk.indices) for chunk in column.chunks])
        return pa.DictionaryArray.from_arrays(indices, column.chunk(0).dictionary)
    return pa.concat_arrays(column.chunks)
