"""Real workers for nights of tests, which can be killed while one runs; and what such a night must come to."""

import contextlib
import os
import random
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import dask
from distributed import LocalCluster

from refund_calc.inputs.inbox import Inputs
from refund_calc.runs.machines.cluster import SETTINGS, Machines
from refund_calc.runs.partitions.settings import Partitioning, Split
from refund_calc.runs.partitions.tasks import RunAll
from tests import product, worlds
from tests.runs.partitions.compared import all_bytes, without_paths

A = TypeVar("A")
B = TypeVar("B")
Stage = Callable[[str], None]  # told the name of a task before it is called for its arguments


class Workers:
    """A scheduler and two worker processes, as others run them for us."""

    def __init__(self, folder: Path) -> None:
        dask.config.set(SETTINGS)
        self._cluster = LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            dashboard_address=None,
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
            local_directory=str(folder),
        )
        self.address = self._cluster.scheduler_address

    def pids(self) -> list[int]:
        """The worker processes that are alive now."""
        return [nanny.pid for nanny in self._cluster.workers.values() if nanny.pid]

    def addresses(self) -> list[str]:
        """Where the worker processes listen."""
        return [nanny.worker_address for nanny in self._cluster.workers.values() if nanny.worker_address]

    def kill_one(self, rng: random.Random) -> None:
        if pids := self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(rng.choice(pids), signal.SIGKILL)

    def in_parts(self, parts: int, stage: Stage = lambda name: None, *, part_files: bool = False) -> Split:
        """These workers, over which even a night of few rows is split."""

        @contextlib.contextmanager
        def opened(inputs: Inputs, work: Path) -> Iterator[tuple[Partitioning, RunAll]]:
            with Machines(scheduler=self.address)(inputs, work) as (how, run_all):

                def told(task: Callable[[A], B], arguments: Sequence[A], /) -> list[B]:
                    stage(task.__name__)
                    return run_all(task, arguments)

                yield replace(how, parts=parts, batch_rows=2, range_bytes=300, piece_rows=3), told

        return Split(workplace=opened, part_files=part_files)

    def killing(self, rng: random.Random) -> Stage:
        """Kill a worker soon after each stage has begun."""

        def stage(name: str) -> None:
            threading.Timer(rng.random() / 5, self.kill_one, [rng]).start()

        return stage

    def close(self) -> None:
        self._cluster.close()


def check_same(
    policies: Sequence[worlds.Policy], nights: Sequence[worlds.NightInput], folder: Path, there: Split
) -> None:
    """Run the nights in this process and there: after each of them every byte and the summary are the same."""
    policy = product.write_policies(policies, folder / "policy")
    for at, night in enumerate(nights):
        inputs = product.write_night(night, folder / f"in{at}")
        options = dict(product.REDO if night.is_redo else {}, worklist=True)
        whole, out = folder / "whole", folder / "there"
        told = product.run(inputs, policy, night.as_of, whole, **options)
        again = product.run(inputs, policy, night.as_of, out, split=there, **options)
        assert without_paths(again, out) == without_paths(told, whole)
        assert all_bytes(out) == all_bytes(whole)
        assert list(out.glob(".*")) == []
