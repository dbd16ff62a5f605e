"""The night that was published last is lost before the next run: what it paid must not be paid again (rulebook 9)."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from refund_calc.errors import BadData
from refund_calc.history import folders
from refund_calc.history.index import INDEX, LATEST
from refund_calc.reading.verify import verify
from tests import product
from tests.crash import FIRST, SECOND
from tests.stories import DATA

LAST = str(SECOND.as_of)
NEXT = SECOND.as_of + timedelta(days=1)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two nights; the index holds the first, the note beside it names the second."""
    folder = tmp_path_factory.mktemp("two")
    for night in (FIRST, SECOND):
        again(folder / "out", night.as_of, night=night)
    return folder / "out"


@pytest.fixture
def out(two: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(two, tmp_path / "out"))


def again(out: Path, as_of=NEXT, *, night=SECOND, **options) -> None:
    inputs = product.write_files(night.all_files(), out.parent / f"in-{as_of}")
    product.run(inputs, DATA / "policy", as_of, out, **options)


def payouts(out: Path, night: str) -> int:
    return (out / night / "payouts.csv").read_bytes().count(b"\n") - 1


@pytest.mark.parametrize("options", [{}, {"dry_run": True}])
def test_a_lost_latest_night_stops_the_run_and_is_not_paid_again(out, options):
    assert payouts(out, LAST) > 0
    shutil.rmtree(out / LAST)
    with pytest.raises(BadData) as stopped:
        again(out, **options)
    line = (
        f"{out / LAST}: a published night is not there any more, the index knows it; restore the folder, "
        f"or delete {out / INDEX} to accept the loss"
    )
    assert str(stopped.value) == line
    assert line in verify(out).problems


def test_the_latest_night_restored_is_not_paid_again(out, tmp_path):
    shutil.move(out / LAST, tmp_path / LAST)
    with pytest.raises(BadData):
        again(out)
    shutil.move(tmp_path / LAST, out / LAST)
    again(out)
    assert payouts(out, str(NEXT)) == 0


def test_deleting_the_index_accepts_the_loss_of_the_latest_night_for_good(out, monkeypatch):
    shutil.rmtree(out / LAST)
    (out / INDEX).unlink()
    again(out, dry_run=True)
    with monkeypatch.context() as dying, pytest.raises(KeyboardInterrupt):
        dying.setattr(folders, "publish", interrupted)
        again(out)
    assert (out / INDEX).exists()
    again(out)


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("note", [None, b"", b"2026-03-23", b"\xff\xfe", b"2026-03-23 " + b"0" * 64 + b"\n"])
def test_a_note_that_is_gone_or_damaged_stops_nobody(out, note):
    (out / LATEST).unlink()
    if note is not None:
        (out / LATEST).write_bytes(note)
    again(out)
    assert payouts(out, str(NEXT)) == 0


def test_a_note_that_cannot_be_written_is_no_error(out):
    (out / LATEST).unlink()
    (out / LATEST).mkdir()
    again(out)
    assert payouts(out, str(NEXT)) == 0


def test_the_night_run_again_makes_up_for_a_note_that_a_crash_left_out(out):
    note = (out / LATEST).read_bytes()
    (out / LATEST).unlink()
    again(out, SECOND.as_of)
    assert (out / LATEST).read_bytes() == note
