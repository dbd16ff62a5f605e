"""One run at a time, all or nothing."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from refund_calc.errors import BadData, Locked, NightStopped
from tests.night_after_night.store import CLEAN, FRIDAY, MONDAY, on
from tests.stories import Night, a_return

HOLD_THE_LOCK = """
import sys, time
from pathlib import Path
from refund_calc.history.folders import locked
with locked(Path(sys.argv[1])):
    print("locked", flush=True)
    time.sleep(60)
"""


@contextmanager
def another_run(out: Path) -> Iterator[subprocess.Popen]:
    process = subprocess.Popen([sys.executable, "-c", HOLD_THE_LOCK, str(out)], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"locked\n"
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_the_second_of_two_runs_ends_at_once_and_a_killed_one_leaves_the_lock_free(store):
    with another_run(store.out) as other:
        start = time.monotonic()
        with pytest.raises(Locked, match="another run is at work") as locked:
            store.run(CLEAN)
        assert locked.value.exit_code == 75 and time.monotonic() - start < 5
        other.kill()
        other.wait()
        assert store.night(CLEAN).verdict() == "refund"


def test_a_broken_chain_is_refused_and_says_how_to_go_on(store):
    store.run(CLEAN)
    manifest = store.out / str(FRIDAY) / "manifest.json"
    manifest.write_text(manifest.read_text().replace("100.50", "100.51"))
    line = store.stopped(on(MONDAY, a_return()))
    assert str(manifest) in line and "backup" in line and f"--as-of {FRIDAY} --redo" in line
    store.run(CLEAN, redo=True)  # as the line says
    assert store.night(on(MONDAY, a_return())).verdict() == "already-decided"


def test_a_stopped_first_night_leaves_nothing_written(store):
    with pytest.raises(BadData):
        store.run(Night(files=[("returns", "returns-2.csv", b'rma_number\n"cut')]))
    assert not store.out.exists()


def test_dry_run_writes_nothing(store):
    store.run(CLEAN, dry_run=True)
    assert not store.out.exists()
    store.run(CLEAN)
    before = store.everything()
    summary = store.run(on(MONDAY, a_return(reason="other")), dry_run=True)
    assert summary.held == {"changed-after-refund": 1}
    assert store.everything() == before


def test_every_stop_has_its_exit_code():
    codes = {stop.__name__: stop.exit_code for stop in NightStopped.__subclasses__()}
    assert codes == {
        "BadData": 65, "NoInput": 66, "ControlTotalFailed": 70, "CannotCreate": 73,
        "CannotWrite": 74, "Misused": 2, "Locked": 75, "BadPolicy": 78, "Unavailable": 69,
    }  # fmt: skip
