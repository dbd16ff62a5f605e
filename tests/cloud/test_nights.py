"""Nights in a store: the same bytes as on disk, one run at a time, and a lost night has a witness."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from refund_calc.errors import BadData, CannotCreate, Locked, NoInput
from refund_calc.history.folders import LOCK
from refund_calc.history.index import INDEX, LATEST
from refund_calc.reading.verify import verify
from refund_calc.runs.cloud.mirror import mirrored
from refund_calc.runs.cloud.publish import run_in_store
from refund_calc.runs.cloud.store import Store
from refund_calc.runs.cloud.wanted import Wanted
from tests.cloud.in_store import STARTED, left_as_it_was, night_of, objects, on_disk, run
from tests.history.three_nights import FIRST, SECOND, THIRD
from tests.product import REDO
from tests.runs.partitions.compared import in_parts

OTHER = replace(SECOND, returns=SECOND.returns[1:])  # the second night, told otherwise
STORY = [(FIRST, {}), (OTHER, {}), (SECOND, REDO), (THIRD, {})]


@pytest.mark.parametrize("is_kept", [True, False], ids=["kept", "temporary"])
def test_three_nights_with_a_redo_are_the_bytes_of_those_on_disk(store: Store, tmp_path: Path, is_kept: bool) -> None:
    for night, options in STORY:
        run(store, night, tmp_path / "work" if is_kept else None, **options)
    assert objects(store) == on_disk(tmp_path / "out", *STORY)
    assert (store.read(LATEST) or b"").startswith(b"2026-03-26 ")


@pytest.mark.parametrize("is_kept", [True, False], ids=["kept", "temporary"])
def test_nights_in_part_files_are_those_on_disk_too(memory: Store, tmp_path: Path, is_kept: bool) -> None:
    split = {"split": in_parts(2, part_files=True)}
    story = [(night, options | split) for night, options in STORY]
    for night, options in story:
        run(memory, night, tmp_path / "work" if is_kept else None, **options)
    assert objects(memory) == on_disk(tmp_path / "out", *story)
    copy = mirrored(memory, tmp_path / "copy", Wanted.ANEW)
    assert verify(copy.folder).problems == () and any("/part-" in name for name in memory.names())


@pytest.mark.parametrize("is_kept", [True, False], ids=["kept", "temporary"])
def test_a_redo_may_change_the_shape_of_a_night(store: Store, tmp_path: Path, is_kept: bool) -> None:
    """Nothing of the other shape is left in the night's folder."""
    parts = {"split": in_parts(2, part_files=True)}
    story = [(FIRST, {}), (OTHER, parts), (SECOND, REDO), (OTHER, REDO | parts), (THIRD, {})]
    for night, options in story:
        run(store, night, tmp_path / "work" if is_kept else None, **options)
    assert objects(store) == on_disk(tmp_path / "out", *story)
    told = verify(mirrored(store, tmp_path / "copy", Wanted.ANEW).folder)
    assert told.problems == () == told.notices


def test_a_kept_copy_fetches_what_it_lacks_only(memory: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for night in (FIRST, SECOND, THIRD):
        run(memory, night, tmp_path / "work")
    fetched: list[str] = []
    download = Store.download
    monkeypatch.setattr(Store, "download", lambda *of: (fetched.append(of[1]), download(*of))[1])
    mirrored(memory, tmp_path / "work", Wanted.FOR_A_RUN)
    assert {name.partition("/")[0] for name in fetched} == {"2026-03-26", LATEST, "worklist.xlsx"}


def test_a_copy_that_was_damaged_is_fetched_again_whatever_its_size(memory: Store, tmp_path: Path) -> None:
    for night in (FIRST, SECOND):
        run(memory, night, tmp_path / "work")
    damaged = tmp_path / "work" / str(FIRST.as_of) / "record" / "lines.parquet"
    sound = damaged.read_bytes()
    damaged.write_bytes(bytes(len(sound)))
    run(memory, THIRD, tmp_path / "work")
    assert damaged.read_bytes() == sound


def test_the_copy_follows_the_store(memory: Store, tmp_path: Path) -> None:
    """A night that was run on the copy, and never came into the store, is no lost night."""
    for night in (FIRST, SECOND):
        run(memory, night, tmp_path / "work")
    night_of(THIRD, tmp_path / "inputs")(tmp_path / "work")
    copy = mirrored(memory, tmp_path / "work", Wanted.FOR_A_RUN)
    assert copy.nights == (str(FIRST.as_of), str(SECOND.as_of))
    assert not (tmp_path / "work" / str(THIRD.as_of)).exists()
    run(memory, THIRD, tmp_path / "work")


def test_the_same_night_again_changes_nothing(store: Store) -> None:
    for night in (FIRST, SECOND):
        run(store, night)
    with left_as_it_was(store):
        assert run(store, SECOND).is_repeat
        assert run(store, FIRST).is_repeat


def test_two_runs_at_once_one_of_them_stops(store: Store, tmp_path: Path) -> None:
    def meanwhile(folder: Path):
        with pytest.raises(Locked, match=rf"another run \(.*process \d+, since {STARTED[:10]}.*is at work") as stopped:
            run(store, FIRST)
        assert stopped.value.exit_code == 75
        return night_of(FIRST, tmp_path / "inputs")(folder)

    run_in_store(store, tmp_path / "copy", meanwhile, str(FIRST.as_of), STARTED)
    assert LOCK not in store.names()
    assert run(store, FIRST).is_repeat


def test_the_lock_of_a_run_that_died_stays_until_a_person_removes_it(store: Store) -> None:
    store.write(LOCK, b'{"host": "alpha", "pid": 7, "started": "2026-03-20"}')
    with left_as_it_was(store), pytest.raises(Locked, match=r"alpha, process 7, since 2026-03-20.*remove the object"):
        run(store, FIRST)
    store.remove(LOCK)
    run(store, FIRST)


def test_a_run_whose_lock_was_taken_away_publishes_nothing(memory: Store, tmp_path: Path) -> None:
    def robbed(folder: Path):
        memory.remove(LOCK)
        return night_of(FIRST, tmp_path / "inputs")(folder)

    with pytest.raises(Locked, match="taken away"):
        run_in_store(memory, tmp_path / "copy", robbed, "", STARTED)
    assert all(name.startswith(f".{FIRST.as_of}.") and ".pending/" in name for name in memory.names())
    run(memory, FIRST)


def test_a_store_that_cannot_create_an_object_once_is_refused(memory: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def always(self: Store, name: str, content: bytes) -> bool:
        self.write(name, content)
        return True

    monkeypatch.setattr(Store, "create", always)
    with pytest.raises(CannotCreate, match="no conditional writes"):
        run(memory, FIRST)
    assert memory.names() == []


@pytest.mark.parametrize("is_kept", [True, False], ids=["kept", "temporary"])
def test_a_lost_night_stops_the_run(memory: Store, tmp_path: Path, is_kept: bool) -> None:
    work = tmp_path / "work" if is_kept else None
    for night in (FIRST, SECOND):
        run(memory, night, work)
    for name in memory.names():
        if name.startswith(str(SECOND.as_of)):
            memory.remove(name)
    with left_as_it_was(memory), pytest.raises(BadData, match=f"{SECOND.as_of}: a published night is not there"):
        run(memory, THIRD, work)
    memory.remove(LATEST)
    run(memory, THIRD, work)


def test_a_night_that_the_kept_index_knows_is_missed_too(memory: Store, tmp_path: Path) -> None:
    for night in (FIRST, SECOND):
        run(memory, night, tmp_path / "work")
    assert (tmp_path / "work" / INDEX).exists()
    for name in memory.names():
        if not name.startswith(str(SECOND.as_of)):
            memory.remove(name)
    with pytest.raises(BadData):
        run(memory, THIRD, tmp_path / "work")


def test_a_manifest_that_is_gone_is_no_trace_of_a_crash(memory: Store) -> None:
    for night in (FIRST, SECOND):
        run(memory, night)
    memory.remove(f"{SECOND.as_of}/manifest.json")
    with left_as_it_was(memory), pytest.raises(BadData, match=r"manifest\.json: missing"):
        run(memory, THIRD)


@pytest.mark.parametrize("name", ["refunds.csv", "record/lines.parquet"])
def test_a_touched_object_of_the_last_night_stops_the_run(memory: Store, tmp_path: Path, name: str) -> None:
    for night in (FIRST, SECOND):
        run(memory, night, tmp_path / "work")
    content = memory.read(f"{SECOND.as_of}/{name}") or b""
    memory.write(f"{SECOND.as_of}/{name}", content[:-1] + b"!")
    with pytest.raises(BadData, match="not as that night published it"):
        run(memory, THIRD, tmp_path / "work")


def test_verify_asks_the_store_and_not_the_copy(memory: Store, tmp_path: Path) -> None:
    for night in (FIRST, SECOND):
        run(memory, night, tmp_path / "work")
    mirrored(memory, tmp_path / "work", Wanted.ANEW)
    assert verify(tmp_path / "work").problems == ()
    memory.write(f"{FIRST.as_of}/ledger.csv", b"touched")
    mirrored(memory, tmp_path / "work", Wanted.ANEW)
    assert any("ledger.csv" in line for line in verify(tmp_path / "work").problems)


def test_an_empty_store_is_no_first_night_by_itself(store: Store) -> None:
    with pytest.raises(NoInput, match="--new-history"):
        run(store, FIRST, new_history=False)
    assert store.names() == []


def test_a_copy_that_was_deleted_is_made_again(memory: Store, tmp_path: Path) -> None:
    for night in (FIRST, SECOND):
        run(memory, night, tmp_path / "work")
    shutil.rmtree(tmp_path / "work")
    run(memory, THIRD, tmp_path / "work")
    assert objects(memory) == on_disk(tmp_path / "out", (FIRST, {}), (SECOND, {}), (THIRD, {}))
