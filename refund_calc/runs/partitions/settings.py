"""How a night is split: from the bytes of its inputs and the memory that it may take."""

import contextlib
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from refund_calc.errors import Misused
from refund_calc.inputs.inbox import Inputs
from refund_calc.runs.partitions.tasks import RunAll, one_after_the_other

MIB = 1 << 20
# Measured (manual/scale.md): what the program takes itself, and per byte of orders and returns.
_ITSELF, _ITS_INDEX = 210 * MIB, 55 * MIB
_OF_THE_FIRST_NIGHT, _OF_A_NIGHT = 4, 6  # the second has the lines of the first beside its own
_OF_A_ROW = 512  # of a run: at its bounds a range holds a batch of each part
_OF_A_RANGE = 8  # while it is merged, per byte
_OF_A_PART = 3 * MIB // 2  # of each there is a batch at the bounds of a range, and no less than 1,024 rows
LEAST = 300 * MIB
LEAST_OF_A_WORKER = 400 * MIB  # Dask itself takes of it
_OF_A_WORKER = 3  # parts at least
_OF_A_STORE = 60 * MIB  # the libraries that read and write it
_STEP = 10 * MIB
_AT_ONCE = 4  # so that workers merge while files are written
_LEAST_PART = MIB  # smaller ones are not worth their files
# A container's limit, in either version of control groups.
_CGROUPS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


@dataclass(frozen=True)
class Partitioning:
    """Into how many parts a night is split, and how much of a file is in memory while it is merged."""

    parts: int
    batch_rows: int = 1 << 10  # of a run, read at a time
    range_bytes: int = 32 * MIB  # of a file, merged at a time
    piece_rows: int = 1 << 14  # findings of the past, split at a time
    index_bytes: int | None = None  # memory of the index over earlier nights; None: as much as it wants
    at_once: int = 1  # files that are merged and written at a time


# Given the night's files and its work folder, which is there: how the night is split, and who runs its tasks.
Workplace = Callable[[Inputs, Path], AbstractContextManager[tuple[Partitioning, RunAll]]]


@dataclass(frozen=True)
class Split:
    """Whether a night is decided in parts: where there is a workplace for it, or where it needs more than `memory`
    bytes (None: than the machine has). `part_files`: always, and its reports are left as part files. `in_store`: OUT or
    inputs are copies of what lies in a store."""

    memory: int | None = None
    workplace: Workplace | None = None
    part_files: bool = False
    in_store: bool = False

    def workplace_for(self, inputs: Inputs, *, is_first: bool) -> Workplace | None:
        """Where a night is decided in parts; None: it is not. Raises what `partitioning` raises."""
        if self.workplace:
            return self.workplace
        how = partitioning(inputs, self.memory, is_first=is_first, in_store=self.in_store)
        if self.part_files:
            how = how or Partitioning(1)
        return in_this_process(how) if how else None


WHEN_NEEDED = Split()


def in_this_process(how: Partitioning, run_all: RunAll = one_after_the_other) -> Workplace:
    """One part after the other."""

    @contextlib.contextmanager
    def opened(inputs: Inputs, work: Path) -> Iterator[tuple[Partitioning, RunAll]]:
        yield how, run_all

    return opened


def partitioning(inputs: Inputs, memory: int | None, *, is_first: bool, in_store: bool = False) -> Partitioning | None:
    """How to split a night so that it stays within so many bytes of memory; None where it fits as a whole.

    `is_first`: no night stands before it; `in_store`: its files, or some, come from a store. Without `memory` a night
    is split that needs more than the machine has, and takes half of that. Raises Misused where `memory` is less than
    such a night takes.
    """
    need = _bytes_of(inputs) * (_OF_THE_FIRST_NIGHT if is_first else _OF_A_NIGHT)
    itself = _ITSELF if is_first else _ITSELF + _ITS_INDEX
    of_a_store = _OF_A_STORE if in_store else 0
    if memory is None:
        machine = _of_the_machine()
        if need + itself + of_a_store <= machine:
            return None
        memory = max(machine // 2, _least(need, itself) + of_a_store)
    check_memory(memory, LEAST + of_a_store)
    room = memory - of_a_store - itself
    if need <= room:
        return None
    check_memory(memory, _least(need, itself) + of_a_store, "a night of these files")
    return _fitting(-(-need // room), room)


def for_workers(inputs: Inputs, workers: int, memory: int) -> Partitioning:
    """How to split a night over so many workers that may take so many bytes each.

    Each has a few parts of its own, so that none waits long for the others. Raises Misused where `memory` is less than
    such a night takes of a worker.
    """
    check_memory(memory, LEAST_OF_A_WORKER)
    size, itself, of_dask = _bytes_of(inputs), _ITSELF + _ITS_INDEX, LEAST_OF_A_WORKER - LEAST
    need, room = size * _OF_A_NIGHT, memory - of_dask - itself
    check_memory(memory, _least(need, itself) + of_dask, "of a worker a night of these files")
    wanted = min(workers * _OF_A_WORKER, -(-size // _LEAST_PART), (memory - of_dask - _ITSELF) // _OF_A_PART)
    return replace(_fitting(max(-(-need // room), wanted, 1), room), at_once=_AT_ONCE)


def check_memory(memory: int, least: int, what: str = "any night") -> None:
    """Raises Misused where `--memory` is less than `what` takes."""
    if memory < least:
        raise Misused(f"--memory: {memory // MIB} MiB; {what} takes {least // MIB} MiB, give at least so much")


def _least(need: int, itself: int) -> int:
    """The least memory for a night of so many bytes: less of it makes more parts, and merging holds some of each."""
    memory = LEAST
    while -(-need // (memory - itself)) * _OF_A_PART > memory - _ITSELF:
        memory += _STEP
    return memory


def _fitting(parts: int, room: int) -> Partitioning:
    of_range = min(room // _OF_A_RANGE, 32 * MIB)
    batch_rows = min(max(of_range // (_OF_A_ROW * parts), 1 << 10), 1 << 13)
    return Partitioning(parts, batch_rows, of_range, index_bytes=max(room // 2, 64 * MIB))


def _bytes_of(inputs: Inputs) -> int:
    """The bytes of orders and returns; a file that is not there is told of where it is read."""
    size = 0
    for path in (*inputs.orders, *inputs.returns, *inputs.export):
        with contextlib.suppress(OSError):
            size += path.stat().st_size
    return size


def _of_the_machine() -> int:
    """Bytes of memory of the machine, or of the container where that has less."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in _CGROUPS:
        with contextlib.suppress(OSError, ValueError):
            memory = min(memory, int(limit.read_text()))
    return memory
