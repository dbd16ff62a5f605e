"""Which tasks read the files of a night, and what they tell of each file together."""

import stat
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

from refund_calc.errors import NightStopped
from refund_calc.inputs.csv_cuts import FileMark, Found, Piece, Stretch, blocks_of, changed, find_end, pieces_of, scan
from refund_calc.inputs.csv_files import Head, Malformed
from refund_calc.inputs.inbox import MODELS
from refund_calc.inputs.tables import SourceFile
from refund_calc.inputs.workbooks import is_workbook
from refund_calc.runs.partitions.tasks import RunAll
from refund_calc.runs.partitions.texts import (
    FindHead,
    HashFile,
    Read,
    ReadPiece,
    ReadWhole,
    Target,
    find_head,
    read_texts,
)

A = TypeVar("A")
B = TypeVar("B")
Wanted = tuple[str, Path]  # kind and file


@dataclass(frozen=True)
class FilesOfKind:
    """What was read of all files of one kind: what `Table` has, and which of the sources each task began with."""

    sources: tuple[SourceFile, ...] = ()
    malformed: tuple[tuple[int, Malformed], ...] = ()
    first_file: tuple[int, ...] = ()

    def with_file(self, read: Sequence[Read], sources: tuple[SourceFile, ...]) -> "FilesOfKind":
        """The same and one more file, as tasks read it one after the other."""
        at = len(self.sources)
        return FilesOfKind(
            (*self.sources, *sources),
            (*self.malformed, *((at + file, row) for answer in read for file, row in answer.malformed)),
            (*self.first_file, *[at] * len(read)),
        )


@dataclass(frozen=True)
class _File:
    """A file that is to be read; one without a mark cannot be cut."""

    kind: str
    path: Path
    mark: FileMark | None
    blocks: tuple[Stretch, ...] = ()
    pieces: tuple[Piece, ...] = ()
    head: Head | None = None

    def tasks(self, target: Target, block: int) -> list[HashFile | ReadPiece | ReadWhole]:
        """What there is to do; `target` is that of its first rows."""
        if self.head is None:
            return [ReadWhole(self.path, target, block)]
        reading = [
            ReadPiece(piece, self.head, at == 0, replace(target, number=target.number + at))
            for at, piece in enumerate(self.pieces)
        ]
        return [HashFile(self.path), *reading]

    def source(self, read: Sequence[Read]) -> SourceFile:
        """What the manifest says of a file that was cut, of which tasks read this."""
        assert self.mark and self.head
        rows, sha256 = sum(answer.rows for answer in read), "".join(answer.sha256 for answer in read)
        return SourceFile(self.kind, self.path.name, self.mark.size, rows, sha256, self.head.ignored)


def read_files(wanted: Sequence[Wanted], target: Target, block: int, run_all: RunAll) -> dict[str, FilesOfKind]:
    """Read files of our own columns, one kind after the other; `target` says where texts go but for kind and number.

    Of several faults the first is raised, in the order of files and rows.
    """
    files, fault = _until_fault(lambda one: _looked_at(*one, block), wanted)
    files, fault = _with_heads(_cut(files, run_all), fault, run_all)
    tasks = list[list[HashFile | ReadPiece | ReadWhole]]()
    numbers = dict.fromkeys(MODELS, 0)
    for file in files:
        of_file = replace(target, kind=file.kind, number=numbers[file.kind])
        tasks.append(file.tasks(of_file, block))
        numbers[file.kind] += len(file.pieces) or 1
    answers = iter(run_all(read_texts, [task for of_file in tasks for task in of_file]))
    if fault:
        raise fault
    read = dict[str, FilesOfKind]()
    for file, its_tasks in zip(files, tasks, strict=True):
        told = list(islice(answers, len(its_tasks)))
        if file.mark and file.mark != FileMark.of(file.path):
            raise changed(file.path)
        sources = (file.source(told),) if file.mark else told[0].sources
        so_far = read.get(file.kind, FilesOfKind())
        read[file.kind] = so_far.with_file([answer for answer in told if not answer.sha256], sources)
    return read


def _until_fault(do: Callable[[A], B], these: Iterable[A]) -> tuple[list[B], NightStopped | None]:
    """What is done of these before the first that stops the night."""
    done = list[B]()
    for one in these:
        try:
            done.append(do(one))
        except NightStopped as fault:
            return done, fault
    return done, None


def _looked_at(kind: str, path: Path, block: int) -> _File:
    """A file and its blocks, if it can be cut. Raises NoInput and BadData as the single reader does."""
    if is_workbook(path) or not _can_be_cut(path):
        return _File(kind, path, None)
    mark = FileMark.of(path)
    return _File(kind, path, mark, tuple(blocks_of(path, block)))


def _can_be_cut(path: Path) -> bool:
    """Whether a file can be read from anywhere; a pipe can be read but once."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return True  # and whoever opens it says what is wrong


def _cut(files: Sequence[_File], run_all: RunAll) -> list[_File]:
    """The files in pieces of whole records."""
    signs = iter(run_all(scan, [block for file in files for block in file.blocks]))

    def find(stretch: Stretch) -> Found:
        return run_all(find_end, [stretch])[0]

    return [
        replace(file, pieces=tuple(pieces_of(file.blocks, list(islice(signs, len(file.blocks))), find)))
        for file in files
    ]


def _with_heads(
    files: Sequence[_File], fault: NightStopped | None, run_all: RunAll
) -> tuple[list[_File], NightStopped | None]:
    """The files up to the first one without a header that can be used, and what stops the night behind them."""
    cut = [file for file in files if file.mark]
    heads = iter(run_all(find_head, [FindHead(file.path, MODELS[file.kind], file.pieces) for file in cut]))
    done = list[_File]()
    for file in files:
        if file.mark:
            found = next(heads)
            if isinstance(found.head, NightStopped):
                return done, found.head
            file = replace(file, head=found.head, pieces=file.pieces[found.number :])
        done.append(file)
    return done, fault
