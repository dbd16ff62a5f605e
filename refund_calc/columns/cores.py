"""Work on both cores: numpy, Arrow and SQLite leave the interpreter to other threads while they are at it."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

WORKERS = 2
T = TypeVar("T")


def in_parallel(tasks: Iterable[Callable[[], T]]) -> list[T]:
    """What the tasks answer, in their order; raises what the first of them raises."""
    with ThreadPoolExecutor(WORKERS) as pool:
        return [task.result() for task in [pool.submit(task) for task in tasks]]
