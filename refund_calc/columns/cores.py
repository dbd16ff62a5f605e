"""Work on both cores: numpy, Arrow and SQLite leave the interpreter to other threads while they are at it."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

WORKERS = 2
T = TypeVar("T")


def in_parallel(tasks: Iterable[Callable[[], T]]) -> list[T]:
    """What the tasks answer, in their order; raises what the first of them raises."""
    with ThreadPoolExecutor(WORKERS) as pool:
        return [task.result() for task in [pool.submit(task) for task in tasks]]


def ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items, each one made while the one before is used."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, items, None)
            yield item
