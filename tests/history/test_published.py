"""The published nights are checked before they are believed (rulebook 9), and what they say has one order."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from refund_calc.errors import BadData
from refund_calc.history.index import INDEX
from refund_calc.history.nights import MANIFEST, withdrawn
from refund_calc.history.record import FILES, file_name
from tests.history.three_nights import FIRST, SECOND, THIRD, copied, published_bytes, ran, run, shuffled
from tests.stories import Night

FOURTH = replace(THIRD, as_of=date(2026, 3, 27))
REPORTS = ("refunds.csv", "payouts.csv", "ledger.csv", "exceptions.csv")
RECORD = tuple(map(file_name, FILES))


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ran(tmp_path_factory.mktemp("three") / "out", FIRST, SECOND, THIRD)


def flipped(path: Path) -> Iterator[int]:
    """The file with one bit changed, at some positions in turn; afterwards it is as it was."""
    sound = path.read_bytes()
    for at in sorted({0, len(sound) // 3, len(sound) // 2, len(sound) - 1}):
        changed = bytearray(sound)
        changed[at] ^= 1 << at % 8
        path.write_bytes(changed)
        yield at
    path.write_bytes(sound)


def stops(out: Path) -> str:
    """The line with which the next night stops; nothing was published."""
    with pytest.raises(BadData) as stopped:
        run(out, FOURTH)
    assert stopped.value.exit_code == 65
    assert not (out / str(FOURTH.as_of)).exists()
    return str(stopped.value)


@pytest.mark.parametrize("name", [*REPORTS, *RECORD, MANIFEST])
def test_one_bit_in_any_file_of_the_latest_night_stops_the_next_one(three, tmp_path, name):
    out = copied(three, tmp_path / "out")
    path = out / str(THIRD.as_of) / name
    for at in flipped(path):
        assert stops(out).startswith(f"{path}: not as that night published it"), at
    assert run(out, FOURTH).notice == ""


@pytest.mark.parametrize("name", [*REPORTS, *RECORD, MANIFEST])
def test_a_file_of_the_latest_night_that_is_missing_stops_the_next_one(three, tmp_path, name):
    out = copied(three, tmp_path / "out")
    (out / str(THIRD.as_of) / name).unlink()
    assert stops(out).startswith(f"{out / str(THIRD.as_of) / name}: missing or unreadable")


@pytest.mark.parametrize("night", [FIRST, SECOND])
def test_one_bit_in_an_older_manifest_stops_the_next_night(three, tmp_path, night):
    out = copied(three, tmp_path / "out")
    path = out / str(night.as_of) / MANIFEST
    for at in flipped(path):
        assert stops(out).startswith(f"{path}: not as that night published it"), at


@pytest.mark.parametrize("name", RECORD)
def test_one_bit_in_an_older_record_stops_the_night_that_reads_it(three, tmp_path, name):
    """An index that holds the night was loaded from sound files: its record is read where there is none."""
    out = copied(three, tmp_path / "out")
    path = out / str(FIRST.as_of) / name
    (out / INDEX).unlink()
    for at in flipped(path):
        assert stops(out) == f"{path}: not as that night published it (changed); restore the folder from a backup", at


@pytest.mark.parametrize("has_index", [True, False])
@pytest.mark.parametrize(("night", "follower"), [(FIRST, SECOND), (SECOND, THIRD)])
def test_a_night_that_is_gone_stops_the_next_one(three, tmp_path, night, follower, has_index):
    out = copied(three, tmp_path / "out")
    shutil.rmtree(out / str(night.as_of))
    if not has_index:
        (out / INDEX).unlink()
    what = "it follows a night, and none stands before it: " if night is FIRST else "it does not follow the night of "
    assert stops(out).startswith(f"{out / str(follower.as_of) / MANIFEST}: {what}")


@pytest.mark.parametrize("seed", range(3))
def test_record_bytes_do_not_depend_on_the_order_of_rows_in_the_files(three, tmp_path, seed):
    nights = [shuffled(night, seed) for night in (FIRST, SECOND, THIRD)]
    assert nights[0] != FIRST and nights[2] != THIRD
    out = ran(tmp_path / "out", *nights)
    for night in nights:
        for name in RECORD:
            path = Path(str(night.as_of)) / name
            assert (out / path).read_bytes() == (three / path).read_bytes(), path


@pytest.mark.parametrize("is_new_written", [True, False])
def test_a_redo_that_was_cut_off_between_its_renames_leaves_the_old_night(three, tmp_path, is_new_written):
    out = copied(three, tmp_path / "out")
    (out / str(THIRD.as_of)).rename(withdrawn(out, str(THIRD.as_of)))
    if is_new_written:
        (out / f".{THIRD.as_of}.pending").mkdir()
    dry = run(out, FOURTH, dry_run=True)  # who may write nothing reads it where it is
    assert withdrawn(out, str(THIRD.as_of)).exists()
    assert run(out, THIRD).is_repeat
    assert published_bytes(out) == published_bytes(three)
    assert run(out, FOURTH).totals == dry.totals


@pytest.mark.parametrize("lost", [FIRST, SECOND])
def test_a_redo_does_not_close_the_gap_that_a_lost_night_left(three: Path, tmp_path: Path, lost: Night) -> None:
    """It would forget what the lost night paid, and pay it again; the chain is the only witness without an index."""
    out = copied(three, tmp_path / "out")
    shutil.rmtree(out / str(lost.as_of))
    (out / INDEX).unlink(missing_ok=True)
    before = published_bytes(out)
    with pytest.raises(BadData, match="a night was lost or changed; restore the folders of OUT from one backup"):
        run(out, THIRD, redo=True, payouts_not_sent=True)
    assert published_bytes(out) == before
