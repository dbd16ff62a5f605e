"""The index is derived (rulebook 9): whatever becomes of it, the next night comes to the same bytes, or says why."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from refund_calc.errors import BadData
from refund_calc.history.index import INDEX
from tests.history.three_nights import FIRST, SECOND, THIRD, copied, published_bytes, ran, run

ROOT = Path(__file__).parents[2]
EVERYWHERE = os.environ.get("REFUND_CALC_CRASH_EVERY", "0") != "0"
FOURTH = replace(THIRD, as_of=date(2026, 3, 27))


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first two nights, and an index that holds the first."""
    return ran(tmp_path_factory.mktemp("two") / "out", FIRST, SECOND)


@pytest.fixture(scope="module")
def three(two: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All three nights, undisturbed; the index holds the first two."""
    return ran(copied(two, tmp_path_factory.mktemp("three") / "out"), THIRD)


@pytest.fixture(scope="module")
def undisturbed(three: Path) -> dict[str, bytes]:
    return published_bytes(three)


def test_the_index_draws_no_progress_bar_in_a_worker() -> None:
    """A process that was started without a program's file is a console to DuckDB."""
    asked = "SELECT current_setting('enable_progress_bar')"
    program = f"""
from refund_calc.history.index import _connected
with _connected(":memory:") as index:
    print(index.sql("{asked}").fetchall())
"""
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (ran.stdout, ran.stderr) == ("[(False,)]\n", "")


def test_ordinary_nights_have_nothing_to_say_of_the_index(tmp_path):
    assert [run(tmp_path / "out", night).notice for night in (FIRST, SECOND, THIRD, FOURTH)] == [""] * 4


@pytest.mark.parametrize(
    ("damage", "notice"),
    [
        (lambda index: index.unlink(), "it was missing"),
        (lambda index: index.write_bytes(index.read_bytes()[: index.stat().st_size // 2]), "it was damaged"),
        (lambda index: index.write_bytes(b"\0" * 100), "it was damaged"),
        (lambda index: index.write_bytes(b""), "it was damaged"),
        (lambda index: index.write_bytes(bytes(range(256)) * 4096), "it was damaged"),
    ],
    ids=["deleted", "cut in half", "too short", "empty", "garbage"],
)
def test_an_index_that_cannot_be_used_is_built_anew_and_the_summary_says_so(two, undisturbed, tmp_path, damage, notice):
    out = copied(two, tmp_path / "out")
    damage(out / INDEX)
    assert run(out, THIRD).notice == notice
    assert published_bytes(out) == undisturbed


def test_an_older_index_catches_up(three, tmp_path):
    expected, out = copied(three, tmp_path / "expected"), copied(three, tmp_path / "out")
    run(expected, FOURTH)
    (ran(tmp_path / "older", FIRST, SECOND) / INDEX).replace(out / INDEX)
    assert run(out, FOURTH).notice == "it was an older one"
    assert published_bytes(out) == published_bytes(expected)


def test_an_index_that_holds_another_version_of_a_night_is_mended(two, undisturbed, tmp_path):
    out = copied(two, tmp_path / "out")
    other = ran(tmp_path / "other", replace(FIRST, returns=FIRST.returns[1:]), SECOND)
    (other / INDEX).replace(out / INDEX)
    assert run(out, THIRD).notice == "it held another version of a night"
    assert published_bytes(out) == undisturbed


@pytest.mark.parametrize("dry_run", [False, True])
def test_an_index_that_knows_a_night_which_is_not_there_is_a_witness(two, undisturbed, tmp_path, dry_run):
    out = copied(two, tmp_path / "out")
    other = ran(tmp_path / "other", replace(FIRST, as_of=date(2026, 3, 19)), SECOND)
    (other / INDEX).replace(out / INDEX)
    before = everything(out)
    with pytest.raises(BadData) as stopped:
        run(out, THIRD, dry_run=dry_run)
    assert str(stopped.value) == (
        f"{out / '2026-03-19'}: a published night is not there any more, the index knows it; restore the folder, "
        f"or delete {out / INDEX} to accept the loss"
    )
    assert everything(out) == before
    (out / INDEX).unlink()
    run(out, THIRD)
    assert published_bytes(out) == undisturbed


def positions(size: int) -> Iterator[int]:
    """The bytes of an index to damage: of its three headers, and some of every part."""
    yield from (0, 9, 4096, 4104, 8192, 8200)
    yield from range(12_288, size, 997 if EVERYWHERE else -(-size // 12))


def test_a_single_bit_of_the_index_changes_no_byte_of_a_night(two, undisturbed, tmp_path):
    """A flip that no block's checksum sees lies where nothing is stored: then there is nothing to say."""
    sound = (two / INDEX).read_bytes()
    notices = set()
    for at in positions(len(sound)):
        out = copied(two, tmp_path / "out")
        flipped = bytearray(sound)
        flipped[at] ^= 1 << at % 8
        (out / INDEX).write_bytes(flipped)
        notices.add(run(out, THIRD).notice)
        assert published_bytes(out) == undisturbed, at
    assert notices <= {"", "it was damaged", "it could not be read"} and len(notices) > 1, notices


def test_a_log_of_the_index_that_is_garbage_changes_no_byte_of_a_night(two, undisturbed, tmp_path):
    out = copied(two, tmp_path / "out")
    (out / f"{INDEX}.wal").write_bytes(b"garbage" * 1000)
    run(out, THIRD)
    assert published_bytes(out) == undisturbed


def everything(out: Path) -> dict[str, tuple[int, bytes]]:
    """Every file with its time, the index too."""
    return {str(p): (p.stat().st_mtime_ns, p.read_bytes()) for p in sorted(out.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("index", ["there", "missing", "damaged", "older"])
def test_a_dry_run_writes_nothing_and_answers_the_same_with_and_without_an_index(three, tmp_path, index):
    out = copied(three, tmp_path / "out")
    expected = run(copied(three, tmp_path / "expected"), FOURTH)
    if index == "missing":
        (out / INDEX).unlink()
    elif index == "damaged":
        (out / INDEX).write_bytes(b"garbage" * 1000)
    elif index == "older":
        (ran(tmp_path / "older", FIRST, SECOND) / INDEX).replace(out / INDEX)
    before = everything(out)
    told = run(out, FOURTH, dry_run=True)
    assert everything(out) == before
    assert replace(told, folder=None, exceptions=None) == replace(expected, folder=None)
