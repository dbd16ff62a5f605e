"""The index is derived: damage to it changes nothing and is never an error; it is a witness only to what is gone."""

import shutil
from pathlib import Path

import pytest

from refund_calc.errors import BadData
from refund_calc.history.index import INDEX, LATEST
from tests import product
from tests.crash import FIRST, SECOND, THIRD
from tests.stories import DATA, Night

NIGHTS = (FIRST, SECOND, THIRD)
LAST = str(THIRD.as_of)


def run(folder: Path, night: Night, **options) -> None:
    inputs = product.write_files(night.all_files(), folder / f"in-{night.as_of}")
    product.run(inputs, DATA / "policy", night.as_of, folder / "out", **options)


def night_files(out: Path, night: str) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in (out / night).rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def three_nights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three nights: the index has taken in the first two."""
    folder = tmp_path_factory.mktemp("three")
    for night in NIGHTS:
        run(folder, night)
    return folder / "out"


def undo_last(out: Path) -> None:
    """As if the third night had never been: without its folder, and without the note of it."""
    shutil.rmtree(out / LAST)
    (out / LATEST).unlink(missing_ok=True)


@pytest.fixture
def out(three_nights: Path, tmp_path: Path) -> Path:
    """The third night has yet to come, and the index knows the two before it."""
    shutil.copytree(three_nights, tmp_path / "out")
    undo_last(tmp_path / "out")
    return tmp_path / "out"


def flip(path: Path, at: int) -> None:
    damaged = bytearray(path.read_bytes())
    damaged[at] ^= 1 << at % 8
    path.write_bytes(damaged)


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_flipped_bit_changes_no_byte_and_stops_nobody(out, three_nights, dry_run):
    whole = (out / INDEX).read_bytes()
    for at in range(5, len(whole), max(len(whole) // 40, 1)):
        (out / INDEX).write_bytes(whole)
        flip(out / INDEX, at)
        damaged = (out / INDEX).read_bytes()
        run(out.parent, THIRD, dry_run=dry_run)
        if dry_run:
            assert (out / INDEX).read_bytes() == damaged and not (out / LAST).exists()
        else:
            assert night_files(out, LAST) == night_files(three_nights, LAST), at
            undo_last(out)


def test_a_night_that_is_not_whole_can_be_redone_though_the_index_knows_it(out):
    second = str(SECOND.as_of)
    before = night_files(out, second)
    flip(out / second / "manifest.json", 200)
    with pytest.raises(BadData, match=f"--as-of {second} --redo"):
        run(out.parent, THIRD)
    run(out.parent, SECOND, redo=True)
    after = night_files(out, second)
    assert after.pop(f"{second}/redo.csv").count(b"\n") == 1  # it pays what it paid
    assert after.pop(f"{second}/manifest.json") != before.pop(f"{second}/manifest.json")  # it lists redo.csv
    assert after == before


def test_a_night_that_is_gone_is_not_redone_but_restored(out):
    shutil.rmtree(out / str(SECOND.as_of))
    for night, options in ((SECOND, {}), (SECOND, {"redo": True}), (THIRD, {})):
        with pytest.raises(BadData, match=r"not there any more.*restore the folder, or delete"):
            run(out.parent, night, **options)


def test_an_empty_folder_in_the_place_of_a_night_is_no_night(out, three_nights):
    (out / LAST).mkdir()
    run(out.parent, THIRD)
    assert night_files(out, LAST) == night_files(three_nights, LAST)
