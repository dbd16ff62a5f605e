"""What the work of a night in partitions is made of: tasks that read files and write files.

A task is a module-level function of one argument that can be pickled. It reads from and writes to the work folder,
whole files at a time, so that it can run twice, and answers something small. Who calls the tasks, one after the other
in this process or on many machines, is not their business.
"""

import contextlib
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar

from refund_calc.history.folders import writing

A = TypeVar("A")
B = TypeVar("B")


class RunAll(Protocol):
    """Calls a task for each of its arguments; answers in their order, raises what the first of them raises."""

    def __call__(self, task: Callable[[A], B], arguments: Sequence[A], /) -> list[B]: ...


def one_after_the_other(task: Callable[[A], B], arguments: Sequence[A], /) -> list[B]:
    """All tasks in this process."""
    return [task(argument) for argument in arguments]


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to be written that is there as a whole or not at all, however often and wherever the task runs.

    Raises CannotWrite.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with writing(path):
            with temporary.open("xb") as file:
                yield file
            temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
