"""All or nothing (rulebook 9): a night dies or fails at its n-th file-system operation, and the next run mends it.

Everywhere in turn takes minutes: REFUND_CALC_CRASH_EVERY=1 does it, 2 every second operation. Without it only a few
operations of each story are struck, and the last ones, around the rename.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from refund_calc.history.index import INDEX, LATEST
from refund_calc.history.record import FILES, file_name
from refund_calc.reading.worklist import FILE
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


def test_everything_is_durable_before_the_new_name_and_only_what_is_derived_comes_after_it(shim, tmp_path):
    """Each file is synced, then the manifest, the folders and their names; then the rename, synced again: the night."""
    operations = tell(shim, tmp_path, "second", "log").splitlines()
    pending = ".2026-03-24.pending"
    files = ["refunds.csv", "payouts.csv", "ledger.csv", "exceptions.csv", *map(file_name, FILES)]

    def last(operation: str) -> int:
        return len(operations) - 1 - operations[::-1].index(operation)

    manifest_written = operations.index(f"write {pending}/manifest.json")
    for name in files:
        path = f"{pending}/{name}"
        assert last(f"write {path}") < last(f"fsync {path}") < manifest_written, path
    order = [
        last(f"write {pending}/manifest.json"),
        last(f"fsync {pending}/manifest.json"),
        operations.index(f"fsync {pending}/record"),
        operations.index(f"fsync {pending}"),
        operations.index("fsync .", operations.index(f"fsync {pending}")),
        operations.index(f"rename {pending}"),
    ]
    assert order == sorted(order)
    noted = [f"create {LATEST}", f"write {LATEST}"]
    drawn = [f"{does} .{FILE}.draft" for does in ("create", "write", "rename")]
    assert operations[order[-1] :] == [f"rename {pending}", "fsync .", *noted, *drawn, "unlink .refund-calc.lock"]


@pytest.mark.parametrize(
    ("place", "code", "line"),
    [
        ("lock", 73, "OUT: cannot be written (Permission denied); check the folder's permissions"),
        ("index", 0, ""),
        (
            "manifest",
            74,
            "OUT/.2026-03-24.pending/manifest.json: cannot be written (no space is left); nothing was kept",
        ),
        ("new-name", 74, "OUT/2026-03-24: the night's folder cannot be put in place (Permission denied); nothing was"),
    ],
)
def test_what_fails_is_said_in_one_line_and_mended_by_the_next_run(shim, tmp_path, place, code, line):
    found, errors, again = json.loads(tell(shim, tmp_path, "second", place))
    assert (found, again) == (code, 0)
    if not code:
        assert errors == ""
    else:
        assert errors.startswith(f"refund-calc: {line}") and errors.count("\n") == 1, errors


def test_an_undisturbed_night_leaves_no_file_of_its_own_making(shim, tmp_path):
    tell(shim, tmp_path, "redo", "log")
    left = {path.name for path in (tmp_path / "out").iterdir()}
    assert left == {INDEX, LATEST, FILE, "2026-03-20", "2026-03-24", "withdrawn"}
