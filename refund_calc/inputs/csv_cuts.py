"""Where a CSV file can be cut into pieces of whole records without being read from its beginning.

Every block of the file is looked at by itself, and nobody who does so knows whether it begins inside a quoted cell. So
it is told for either case where the last record of the block ends; the number of quotes in the blocks before decides.
That count is right as long as the quotes are regular (`csv_rows`). Behind one that is not, the plain tokenizer finds
the next end from the last one that is known; where what follows it is regular, the count begins anew.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from refund_calc.columns.aliases import Bools, Ints
from refund_calc.errors import BadData
from refund_calc.inputs.csv_rows import BOM, LF, QUOTE, last_end, open_regularly, opened, refuse_utf16


@dataclass(frozen=True)
class Stretch:
    """The bytes of a file from `start` up to `stop`."""

    path: Path
    start: int
    stop: int

    def read(self) -> bytes:
        """Raises NoInput where they cannot be had, BadData where the file has become shorter."""
        with opened(self.path) as file:
            file.seek(self.start)
            data = file.read(self.stop - self.start)
        if len(data) < self.stop - self.start:
            raise changed(self.path)
        return data


def changed(path: Path) -> BadData:
    """What is said of a file that was written to while it was read."""
    return BadData(f"{path}: the file changed while it was read; wait until the export is complete and run again")


@dataclass(frozen=True)
class Signs:
    """Line feeds and quotes of a block; pairs are for a block that begins outside and inside a quoted cell."""

    feeds: int
    quotes: int
    ends: tuple[int, int]  # byte of the file after the last record that ends in it, 0 where none does
    feeds_to_end: tuple[int, int]
    is_regular: tuple[bool, bool]


@dataclass(frozen=True)
class Piece:
    """Whole records of a file, and the physical line that they begin on."""

    stretch: Stretch
    line: int


@dataclass(frozen=True)
class Found:
    """What the plain tokenizer finds in a stretch that begins with a record."""

    end: int  # byte of the file after the last record that ends in it, 0 where none does
    feeds: int  # line feeds up to there
    inside: bool | None  # whether the stretch ends inside a quoted cell; None where quotes do not tell


@dataclass(frozen=True)
class FileMark:
    """What tells that a file is another one than it was, before anybody reads it whole."""

    size: int
    changed_at: int  # nanoseconds

    @staticmethod
    def of(path: Path) -> "FileMark":
        with opened(path):
            stat = path.stat()
        return FileMark(stat.st_size, stat.st_mtime_ns)


def sha256_of(path: Path) -> str:
    """Raises NoInput where the file cannot be read."""
    digest = hashlib.sha256()
    with opened(path) as file:
        while data := file.read(1 << 20):
            digest.update(data)
    return digest.hexdigest()


def blocks_of(path: Path, block: int) -> list[Stretch]:
    """A file in stretches of `block` bytes, the byte order mark aside. Raises NoInput, and BadData for UTF-16."""
    with opened(path) as file:
        head, size = file.read(len(BOM)), path.stat().st_size
    refuse_utf16(path, head)
    first = len(BOM) if head == BOM else 0
    stops = [*range(len(BOM) + block, size, block), size]  # as the single reader has them, which first takes a BOM
    return [Stretch(path, *bounds) for bounds in zip([first, *stops[:-1]], stops, strict=True) if bounds[0] < bounds[1]]


def scan(block: Stretch) -> Signs:
    """Look at one of the blocks of a file; it holds that block. Raises what `Stretch.read` raises."""
    lead = 1 if block.start > len(BOM) else 0  # the byte before, which says whether a quote opens regularly
    signs = np.frombuffer(Stretch(block.path, block.start - lead, block.stop).read(), np.uint8)
    feeds = np.flatnonzero(signs[lead:] == LF)
    quotes = np.flatnonzero(signs[lead:] == QUOTE)
    before = np.searchsorted(quotes, feeds)
    of_outside, of_inside = (_last(feeds, (before + inside) % 2 == 0) for inside in (0, 1))
    return Signs(
        feeds=len(feeds),
        quotes=len(quotes),
        ends=(of_outside[0] and block.start + of_outside[0], of_inside[0] and block.start + of_inside[0]),
        feeds_to_end=(of_outside[1], of_inside[1]),
        is_regular=(open_regularly(signs, quotes[::2] + lead), open_regularly(signs, quotes[1::2] + lead)),
    )


def _last(feeds: Ints, is_end: Bools) -> tuple[int, int]:
    """The byte after the last line feed that ends a record, and how many there are up to it."""
    at = np.flatnonzero(is_end)
    return (int(feeds[at[-1]]) + 1, int(at[-1]) + 1) if len(at) else (0, 0)


def find_end(stretch: Stretch) -> Found:
    """Find the last record that ends in a stretch that begins with one, which it holds, by the plain tokenizer."""
    data = stretch.read()
    end = last_end(data)
    rest = np.frombuffer(data, np.uint8)[end:]
    quotes = np.flatnonzero(rest == QUOTE)
    inside = len(quotes) % 2 > 0 if open_regularly(rest, quotes[::2]) else None
    return Found(end and stretch.start + end, data.count(b"\n", 0, end), inside)


def pieces_of(blocks: Sequence[Stretch], signs: Sequence[Signs], find: Callable[[Stretch], Found]) -> list[Piece]:
    """A file in pieces of whole records, at most a record longer than a block, given its blocks and their signs.

    `find` is called for blocks behind an irregular quote.
    """
    if not blocks:
        return []
    path, pieces = blocks[0].path, list[Piece]()
    at, line = blocks[0].start, 1  # where the next piece begins
    first_line, enough = 1, 0  # of the block; see below
    inside: bool | None = False  # whether it begins inside a quoted cell; None where that is not known
    for block, sign in zip(blocks, signs, strict=True):
        if inside is not None and sign.is_regular[inside]:
            end, next_line = sign.ends[inside], first_line + sign.feeds_to_end[inside]
            inside ^= bool(sign.quotes % 2)
        elif inside is None and block.stop < enough:
            end = next_line = 0
        else:
            found = find(Stretch(path, at, block.stop))
            end, next_line, inside = found.end, line + found.feeds, found.inside
            # Where no record ends, one is longer than all this: it is not read again for every block.
            enough = 0 if end else block.stop + (block.stop - at)
        first_line += sign.feeds
        if end:
            pieces.append(Piece(Stretch(path, at, end), line))
            at, line = end, next_line
    return [*pieces, Piece(Stretch(path, at, blocks[-1].stop), line)] if at < blocks[-1].stop else pieces
