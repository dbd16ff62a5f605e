"""All or nothing (rulebook 9): a night dies or fails at its n-th file-system operation, and the next run mends it.

Everywhere in turn takes minutes: REFUND_CALC_CRASH_EVERY=1 does it, 2 every second operation. Without it only a few
operations of each story are struck, and the last ones, between the commit and the end.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.crash import MODES, STORIES

HERE = Path(__file__).parent
EVERY = os.environ.get("REFUND_CALC_CRASH_EVERY", "0")
COMPILER = shutil.which("cc") or shutil.which("gcc")

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="LD_PRELOAD and /proc are Linux's"),
    pytest.mark.skipif(not COMPILER, reason="no C compiler (cc) to build tests/crash_shim.c"),
]


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    library = tmp_path_factory.mktemp("shim") / "crash_shim.so"
    build = [COMPILER, "-shared", "-fPIC", "-O1", "-o", str(library), str(HERE / "crash_shim.c"), "-ldl"]
    subprocess.run(build, check=True)
    return library


def tell(shim: Path, folder: Path, story: str, mode: str) -> str:
    """What tests.crash prints: nothing, where all is well."""
    command = [sys.executable, "-m", "tests.crash", str(folder), story, mode, EVERY]
    environment = os.environ | {"LD_PRELOAD": str(shim)}
    ran = subprocess.run(command, cwd=HERE.parent, env=environment, capture_output=True, text=True)
    assert not ran.stderr, ran.stderr
    return ran.stdout.strip()


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("mode", MODES)
def test_the_next_run_finds_no_trace_of_the_night_or_the_whole_of_it(shim, tmp_path, story, mode):
    assert tell(shim, tmp_path, story, mode) == ""


def test_a_night_that_died_and_is_skipped_is_there_wholly_or_not_at_all(shim, tmp_path):
    assert tell(shim, tmp_path, "second", "skip") == ""


def test_files_are_durable_before_the_commit_and_the_commit_before_the_new_name(shim, tmp_path):
    """File, its folder and the folder's name are synced; then the history commits; then the name, synced again."""
    operations = tell(shim, tmp_path, "second", "log").splitlines()
    pending, night = ".2026-03-24.pending", "2026-03-24"
    reports = ("refunds.csv", "payouts.csv", "ledger.csv", "exceptions.csv", "manifest.json")

    def last(operation: str) -> int:
        return len(operations) - 1 - operations[::-1].index(operation)

    commit = last("unlink history.db-journal")
    folder_synced = operations.index(f"fsync {pending}")
    name_synced = operations.index("fsync .", folder_synced)
    renamed = operations.index(f"rename {pending}")
    for name in reports:
        path = f"{pending}/{name}"
        assert last(f"write {path}") < operations.index(f"fsync {path}") < folder_synced
    assert folder_synced < name_synced < commit
    assert operations.index("fsync history.db") < commit < operations.index("fsync .", commit) < renamed
    assert "fsync ." in operations[renamed:]
    assert not any(night in operation for operation in operations[renamed + 1 :])


@pytest.mark.parametrize(
    ("place", "code", "line"),
    [
        ("lock", 73, "OUT: cannot be written (Permission denied); check the folder's permissions"),
        ("history", 74, "OUT/history.db: the night cannot be recorded ("),
        (
            "manifest",
            74,
            "OUT/.2026-03-24.pending/manifest.json: cannot be written (no space is left); nothing was kept",
        ),
        ("new-name", 74, "OUT/2026-03-24: the night is decided and recorded, but its reports cannot be put in place"),
    ],
)
def test_what_fails_is_said_in_one_line_and_mended_by_the_next_run(shim, tmp_path, place, code, line):
    found, errors, again = json.loads(tell(shim, tmp_path, "second", place))
    assert (found, again) == (code, 0)
    assert errors.startswith(f"refund-calc: {line}") and errors.count("\n") == 1, errors


def test_an_undisturbed_night_leaves_no_file_of_its_own_making(shim, tmp_path):
    tell(shim, tmp_path, "redo", "log")
    left = {path.name for path in (tmp_path / "out").iterdir()}
    assert left == {"history.db", "2026-03-20", "2026-03-24"}
