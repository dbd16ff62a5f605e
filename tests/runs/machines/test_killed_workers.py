"""A worker that is killed costs a night some time, and not a byte.

REFUND_CALC_KILLED_NIGHTS=20 lets twenty random stories lose workers instead of one.
"""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from distributed import Client

from refund_calc.errors import Unavailable
from refund_calc.runs.machines import run_all
from refund_calc.runs.machines.cluster import Machines
from refund_calc.runs.partitions.settings import Split
from tests import worlds
from tests.runs.machines.workers import Workers, check_same
from tests.runs.partitions.compared import all_bytes
from tests.sample import nights as sample

NIGHTS = int(os.environ.get("REFUND_CALC_KILLED_NIGHTS", "1"))


def test_a_worker_dies_in_every_stage(workers: Workers, tmp_path: Path) -> None:
    sample.run(tmp_path / "whole", worklist=True, with_page=False)
    stages: Counter[str] = Counter()
    rng = random.Random(14)
    kill = workers.killing(rng)

    def stage(name: str) -> None:
        stages[name] += 1
        if stages[name] <= 2:  # a stage of several reports comes several times a night
            kill(name)

    sample.run(tmp_path / "out", worklist=True, with_page=False, split=workers.in_parts(3, stage))
    assert all_bytes(tmp_path / "out") == all_bytes(tmp_path / "whole")
    assert len(stages) >= 8


@pytest.mark.parametrize("seed", range(NIGHTS))
def test_workers_die_at_random_moments(seed: int, workers: Workers, tmp_path: Path) -> None:
    rng = random.Random(seed)
    kill = workers.killing(rng)
    there = workers.in_parts(3, lambda name: kill(name) if rng.random() < 0.2 else None)
    check_same(*worlds.random_nights(rng, 2, every_rule=True), tmp_path, there)


def die(argument: int) -> None:
    os._exit(1)


def test_a_task_that_kills_every_worker_stops_the_night(workers: Workers, tmp_path: Path) -> None:
    with (
        Machines(workers.address)(sample.inputs(sample.MAIN), tmp_path) as (_, run_all),
        pytest.raises(Unavailable, match=r"^--scheduler tcp://.*: workers died again and again at the same task"),
    ):
        run_all(die, [1])


def kill_the_next(before: set[int]) -> None:
    """Kill the first process that multiprocessing starts from now on."""
    for _ in range(1000):
        for child in psutil.Process().children():
            with contextlib.suppress(psutil.Error):
                if child.pid not in before and "spawn_main" in " ".join(child.cmdline()):
                    return child.kill()
        time.sleep(0.01)


def test_a_process_of_ours_dies_while_it_starts(tmp_path: Path) -> None:
    sample.run(tmp_path / "whole", sample.NIGHT_BEFORE, worklist=True, with_page=False)
    killer = threading.Thread(target=kill_the_next, args=[{child.pid for child in psutil.Process().children()}])
    killer.start()
    there = Split(workplace=Machines(workers=2))
    sample.run(tmp_path / "out", sample.NIGHT_BEFORE, worklist=True, with_page=False, split=there)
    killer.join()
    assert all_bytes(tmp_path / "out") == all_bytes(tmp_path / "whole")


@pytest.fixture
def scheduler() -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A scheduler in a process of its own, and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen([*command, "--no-dashboard"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process, f"tcp://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait(timeout=30)


@pytest.mark.parametrize(
    ("how", "said"),
    [(signal.SIGKILL, "the scheduler has gone; "), (signal.SIGSTOP, "the scheduler has not answered for 2 seconds; ")],
)
def test_a_scheduler_that_dies_or_freezes_stops_the_night(
    how: signal.Signals,
    said: str,
    scheduler: tuple[subprocess.Popen[bytes], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A night that waits for ever holds its lock for ever."""
    monkeypatch.setattr(run_all, "PATIENCE", 2)
    process, address = scheduler
    with Client(address, timeout=60, set_as_default=False) as client:
        threading.Timer(1, process.send_signal, [how]).start()
        with pytest.raises(Unavailable, match=f"^--scheduler: {said}nothing was published, start it "):
            run_all.OnMachines(client, "--scheduler", tmp_path)(die, [1])
