"""The run that leads a night dies: nothing is published, no process is left, and the next run starts clean."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.runs.machines.workers import Workers
from tests.runs.partitions.compared import all_bytes
from tests.sample import nights
from tests.sample.nights import MAIN

ROOT = Path(__file__).parents[3]
MARK = "REFUND_CALC_TEST_NIGHT"  # in the environment of the run and all its children


def die(out: Path, stage: str, how: str, *scheduler: str) -> tuple[int, str]:
    """Run the night until it dies; answers how it ended and what it said."""
    command = [sys.executable, "-m", "tests.runs.machines.killed", str(out), stage, how, *scheduler]
    ran = subprocess.run(command, cwd=ROOT, env={**os.environ, MARK: str(out)}, stderr=subprocess.PIPE, timeout=120)
    return ran.returncode, ran.stderr.decode()


def left(out: Path) -> list[str]:
    """The processes of that run that are still there after a while."""
    mark, end = f"{MARK}={out}\0".encode(), time.monotonic() + 20
    while found := [path.parent.name for path in Path("/proc").glob("[0-9]*/environ") if mark in _read(path)]:
        if time.monotonic() > end:
            return found
        time.sleep(0.1)
    return []


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def hidden(out: Path) -> list[str]:
    return sorted(str(path.relative_to(out)) for path in out.glob(".*"))


@pytest.mark.parametrize("stage", ["reading", "looking back", "deciding", "writing reports", "publishing"])
def test_killed_in_any_stage_it_leaves_no_night(stage: str, out: Path, both: Path, workers: Workers) -> None:
    """The workers of the scheduler live on, and are the next run's."""
    assert die(out, stage, "SIGKILL", workers.address)[0] == -signal.SIGKILL
    assert hidden(out) == [f".{MAIN}.pending", ".refund-calc.lock"] and not (out / str(MAIN)).exists()
    nights.run(out, MAIN, with_page=False, worklist=True, split=workers.in_parts(3))
    assert all_bytes(out) == all_bytes(both)
    assert hidden(out) == []


def test_killed_with_workers_of_its_own_it_leaves_no_process(out: Path, both: Path) -> None:
    assert die(out, "deciding", "SIGKILL") == (-signal.SIGKILL, "")
    assert left(out) == []
    nights.run(out, MAIN, with_page=False, worklist=True)
    assert all_bytes(out) == all_bytes(both)


@pytest.mark.parametrize(("how", "code"), [("SIGTERM", 143), ("SIGINT", 1)])
def test_ended_in_order_it_leaves_nothing(how: str, code: int, out: Path) -> None:
    """By SIGTERM, or by Ctrl-C, for which the command line has its own line and code."""
    ended, said = die(out, "deciding", how)
    assert ended in (code, -signal.SIGINT)
    assert said == "" or said.splitlines()[-1] == "KeyboardInterrupt"
    assert left(out) == []
    assert hidden(out) == [] and not (out / str(MAIN)).exists()
