"""Where the tasks of a night are called: in this process, or wherever else somebody says."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from refund_calc.inputs.inbox import Inputs
from refund_calc.runs.partitions.settings import Partitioning
from refund_calc.runs.partitions.tasks import RunAll, one_after_the_other

# Given the night's files and its work folder, which is there: how the night is split, and who calls the tasks.
Workplace = Callable[[Inputs, Path], AbstractContextManager[tuple[Partitioning, RunAll]]]


def in_this_process(how: Partitioning) -> Workplace:
    """One part after the other."""

    @contextmanager
    def opened(inputs: Inputs, work: Path) -> Iterator[tuple[Partitioning, RunAll]]:
        yield how, one_after_the_other

    return opened
