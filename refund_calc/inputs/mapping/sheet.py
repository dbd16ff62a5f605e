"""One of their files as text: its encoding is told, its delimiter follows from a header that is known, never guessed.

A kind of sheet is known by its header. A file whose every line was wrapped as one quoted cell (a spreadsheet did that)
is read as if it were not. What stands in columns that nobody asks for is never kept.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Ints, TextCells
from refund_calc.errors import BadData, NoInput
from refund_calc.inputs.cell_types import WHITE_SPACE, is_plain
from refund_calc.inputs.csv_rows import (
    BLOCK,
    BOM,
    Body,
    Layout,
    Malformed,
    Record,
    Rows,
    Source,
    below_sep,
    check_utf8,
    one_array,
    records,
    refuse_utf16,
)
from refund_calc.inputs.tables import SourceFile

UTF_8 = "utf-8"
DELIMITERS = (",", ";", "\t")
ENCODING_HINT = ", or write its `encoding` into the mapping"
_AROUND = WHITE_SPACE + '",;\t'  # what may stand around the text of a row of one cell
_HEAD = 1 << 18  # bytes in which a header must end


@dataclass(frozen=True)
class SheetKind:
    """A kind of file and how its header is known: of each group of aliases in `needs`, one column must be there.

    `wanted` are the headers that are read (lower case), all where it is None. The header is one of the first
    `header_within` rows; `trailer` are texts of rows below the others (`*` for anything) that are none.
    """

    name: str
    needs: tuple[tuple[str, ...], ...]
    wanted: frozenset[str] | None = None
    header_within: int = 1
    trailer: tuple[str, ...] = ()

    def missing(self, header: Collection[str]) -> list[str]:
        """The needed columns that this header (lower case) lacks."""
        return [aliases[0] for aliases in self.needs if not any(alias.lower() in header for alias in aliases)]

    def is_trailer(self, text: str) -> bool:
        """Whether a row with a wrong number of fields is one of those that the program writes below the others."""
        grammar = "|".join(".*".join(map(re.escape, one.lower().split("*"))) for one in self.trailer)
        return bool(self.trailer) and re.fullmatch(grammar, text.strip(_AROUND).lower(), re.DOTALL) is not None


class UnknownHeader(BadData):
    """A file of no kind that was asked for."""


@dataclass(frozen=True)
class Sheet:
    """One of their files, every cell as text.

    `columns`: header (trimmed, lower case) -> strings, trimmed, "" for blank. `lines`: the physical line that each
    row begins on. `malformed`: rows with a wrong number of fields, without what stands in them.
    """

    source: SourceFile
    columns: dict[str, pa.Array]
    lines: Ints
    malformed: tuple[Malformed, ...] = ()

    def column(self, *aliases: str) -> pa.Array:
        """The first of these columns that is there, else blanks."""
        for alias in aliases:
            if alias.lower() in self.columns:
                return self.columns[alias.lower()]
        return pa.repeat(pa.scalar("", pa.string()), len(self.lines))


@dataclass(frozen=True)
class _Header:
    """What the first record says: of which kind the file is, and how to read the rest."""

    kind: SheetKind
    names: list[str]
    delimiter: str
    is_wrapped: bool
    above: int  # rows above it


def read_sheet(path: Path, kinds: Sequence[SheetKind], encoding: str = UTF_8, block: int = BLOCK) -> tuple[str, Sheet]:
    """The name of the first kind whose header a file has, and the file; `block` bytes are read at a time.

    Raises NoInput when the file cannot be opened; BadData when it is of no known kind or not text in `encoding`.
    """
    header = _header(path, kinds, encoding)
    layout = _layout(path, header)
    source = Source(path, block, header.delimiter)
    parts: list[Rows] = []
    is_header, above = True, header.above
    for data, line in _pieces(source, encoding):
        check_utf8(path, data, line)
        if header.is_wrapped:
            data = _unwrapped(path, data, line)
        start = 0
        if is_header:
            start, line = below_sep(data, line)
            for row in records(path, data, start, line, header.delimiter):
                start, line, is_header, above = row.end, row.next_line, above > 0, above - 1
                if not is_header:
                    break
            if is_header:
                continue
        parts.append(Body(path, data, start, line, layout).rows())
    malformed = tuple(row for part in parts for row in part.malformed if not header.kind.is_trailer(row.text))
    rows = sum(len(part.lines) for part in parts) + len(malformed)
    ignored = tuple(name for at, name in enumerate(header.names) if at not in layout.fields.values())
    return header.kind.name, Sheet(
        source=SourceFile(header.kind.name, path.name, source.size, rows, source.digest.hexdigest(), ignored),
        columns={name: _trimmed(one_array([part.hand_over(name) for part in parts])) for name in layout.fields},
        lines=np.concatenate([part.lines for part in parts]),
        malformed=tuple(_without_text(path.name, row) for row in malformed),
    )


def is_of(path: Path, kind: SheetKind, encoding: str = UTF_8) -> bool:
    """Whether a file has the header of a kind. Raises as `read_sheet` does."""
    try:
        _header(path, [kind], encoding)
    except UnknownHeader:
        return False
    return True


def _header(path: Path, kinds: Sequence[SheetKind], encoding: str) -> _Header:
    """The kind of a file and its delimiter: the ones under which a known header is there whole."""
    head = _head(path, encoding)
    head = head[below_sep(head, 1)[0] :]
    tried: list[tuple[int, str]] = []
    most = max((kind.header_within for kind in kinds), default=1)
    for is_wrapped in (False, True):
        if is_wrapped and not head.startswith(b'"'):
            break
        data = _plain(head) if is_wrapped else head
        for delimiter in DELIMITERS:
            for above, row in enumerate(_first_rows(path, data, delimiter, most)):
                names = [name.strip(WHITE_SPACE) for name in row.cells]
                known = {name.lower() for name in names}
                for kind in kinds:
                    if above >= kind.header_within:
                        continue
                    missing = kind.missing(known)
                    if not missing:
                        return _Header(kind, names, delimiter, is_wrapped, above)
                    found = len(kind.needs) - len(missing)
                    tried.append((found, f"{kind.name} needs {', '.join(missing)}"))
    if not head.strip():
        raise BadData(f"{path}: the file is empty; a header row is the least it needs")
    nearest = max(tried, key=lambda one: one[0])[1] if tried else "the mapping has no kind of file"
    raise UnknownHeader(
        f"{path} line 1: this header is of no file that the mapping knows ({nearest}); add it to the mapping, or take "
        "the file away"
    )


def _first_rows(path: Path, data: bytes, delimiter: str, most: int) -> Iterator[Record]:
    """At most so many rows; below the first only those that can be read, for the delimiter may be another one."""
    found = records(path, data, 0, 1, delimiter)
    if first := next(found, None):
        yield first
        with suppress(BadData):
            yield from islice(found, most - 1)


def _head(path: Path, encoding: str) -> bytes:
    """The beginning of a file, up to the end of a line, as UTF-8 without BOM."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except FileNotFoundError:
        raise NoInput(f"{path}: there is no such file; check the name and the export") from None
    except OSError as error:
        raise NoInput(f"{path}: cannot be read ({error.strerror}); check the path and its permissions") from None
    if encoding == UTF_8:
        try:
            refuse_utf16(path, head)
            head = head.removeprefix(BOM)
            head = head if len(head) < _HEAD - len(BOM) else head[: head.rfind(b"\n") + 1]
            check_utf8(path, head, 1)
        except BadData as error:  # another mapping, or kind of file, may say an encoding in which it is known
            raise UnknownHeader(f"{error}{ENCODING_HINT}") from None
        return head
    return head.decode(encoding, errors="replace").encode().removeprefix(BOM)


def _pieces(source: Source, encoding: str) -> Iterator[tuple[bytes, int]]:
    """The file in pieces of whole records, as UTF-8, with the physical line that each begins on."""
    if encoding == UTF_8:
        yield from source.pieces()
        return
    yield source.whole(encoding), 1


def _layout(path: Path, header: _Header) -> Layout:
    """Where each wanted column stands; all are held as dictionaries until they are whole."""
    names = [name.lower() for name in header.names]
    wanted = [name for name in names if name and (header.kind.wanted is None or name in header.kind.wanted)]
    twice = sorted({name for name in wanted if names.count(name) > 1})
    if twice:
        raise BadData(
            f'{path} line 1: the column "{twice[0]}" is there {names.count(twice[0])} times; keep one of them'
        )
    return Layout(len(names), {name: names.index(name) for name in wanted}, frozenset(), header.delimiter)


_QUOTES = re.compile(rb'"("?)')


def _plain(wrapped: bytes) -> bytes:
    """Lines without the quotes around each: those inside are doubled, so that of a run of quotes half remain."""
    return _QUOTES.sub(rb"\1", wrapped)


def _unwrapped(path: Path, data: bytes, line: int) -> bytes:
    """These lines without the quotes around each. Raises BadData where one is not wrapped like the others."""
    for record in records(path, data, 0, line, "\x00"):  # a delimiter that stands nowhere: the whole line is one cell
        if not (record.text.startswith('"') and record.text.endswith('"')):
            raise BadData(f"{path} line {record.line}: not wrapped in quotes like the lines before; export it again")
    return _plain(data)


def _trimmed(cells: TextCells) -> pa.Array:
    """A column as trimmed strings."""
    if not pa.types.is_dictionary(cells.type):
        return cells if is_plain(cells) else pc.utf8_trim(cells, characters=WHITE_SPACE)
    words = cells.dictionary
    if not is_plain(words):
        words = pc.utf8_trim(words, characters=WHITE_SPACE)
    return words.take(cells.indices)


def _without_text(name: str, row: Malformed) -> Malformed:
    """A row with a wrong number of fields as it is reported: what stands in it may be a customer's name."""
    return replace(row, text=f"{name} line {row.line}")
