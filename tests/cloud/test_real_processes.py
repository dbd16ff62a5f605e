"""Runs as processes of their own against a real S3, and SIGKILL."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from refund_calc.errors import Locked
from refund_calc.history.folders import LOCK
from refund_calc.history.nights import MANIFEST
from refund_calc.runs.cloud.journal import JOURNAL
from refund_calc.runs.cloud.store import Store
from tests.cloud.in_store import POLICY, objects, on_disk, run
from tests.history.three_nights import FIRST
from tests.product import write_files

ROOT = Path(__file__).parents[2]
NIGHT = str(FIRST.as_of)


def begins(store: Store, inbox: Path) -> "subprocess.Popen[str]":
    given = ("--inbox", inbox, "--policy", POLICY, "--as-of", NIGHT, "--out", store.url, "--new-history")
    command = [sys.executable, "-m", "jobs", "nightly", *map(str, given)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def an_upload_is_there(names: list[str]) -> bool:
    return any(".pending/" in name for name in names)


def the_journal_is_there(names: list[str]) -> bool:
    return JOURNAL in names


def the_night_is_in_its_place(names: list[str]) -> bool:
    return f"{NIGHT}/{MANIFEST}" in names


@pytest.mark.parametrize("moment", [an_upload_is_there, the_journal_is_there, the_night_is_in_its_place])
def test_a_killed_process_leaves_the_night_whole_or_not_at_all(
    s3: Store, tmp_path: Path, moment: Callable[[list[str]], bool]
) -> None:
    write_files(FIRST.all_files(), tmp_path / "inbox")
    process = begins(s3, tmp_path / "inbox")
    until = time.monotonic() + 100
    while process.poll() is None and not moment(s3.names()):
        assert time.monotonic() < until
        time.sleep(0.005)
    process.kill()
    process.communicate()
    if LOCK in s3.names():  # else it had just ended
        with pytest.raises(Locked, match=f"process {process.pid}"):
            run(s3, FIRST)
        s3.remove(LOCK)
    run(s3, FIRST, new_history=True)
    assert objects(s3) == on_disk(tmp_path / "out", (FIRST, {}))


def test_a_process_that_is_told_to_end_gives_the_lock_back(s3: Store, tmp_path: Path) -> None:
    write_files(FIRST.all_files(), tmp_path / "inbox")
    process = begins(s3, tmp_path / "inbox")
    while process.poll() is None and not an_upload_is_there(s3.names()):
        time.sleep(0.005)
    process.terminate()
    process.communicate(timeout=100)
    assert process.returncode == 143
    assert LOCK not in s3.names()
    run(s3, FIRST, new_history=True)
    assert objects(s3) == on_disk(tmp_path / "out", (FIRST, {}))


def test_of_two_processes_at_once_one_publishes_and_the_other_stops_or_finds_it_done(s3: Store, tmp_path: Path) -> None:
    write_files(FIRST.all_files(), tmp_path / "inbox")
    both = [begins(s3, tmp_path / "inbox") for _ in range(2)]
    told = [process.communicate(timeout=100) for process in both]
    codes = sorted(process.returncode for process in both)
    assert codes in ([0, 75], [0, 0]), told
    assert sum("return lines read" in out for out, _ in told) == 1
    assert objects(s3) == on_disk(tmp_path / "out", (FIRST, {}))
