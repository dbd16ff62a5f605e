"""The lock and the journal where requests go astray, or a run that was thought dead goes on."""

from pathlib import Path

import pytest

from refund_calc.errors import BadData, CannotWrite, Locked
from refund_calc.history.folders import LOCK
from refund_calc.runs.cloud.journal import JOURNAL, Journal
from refund_calc.runs.cloud.lock import held
from refund_calc.runs.cloud.publish import run_in_store
from refund_calc.runs.cloud.store import Store, StoreFailed
from tests.cloud.in_store import STARTED, left_as_it_was, night_of, run
from tests.history.three_nights import FIRST


def test_an_object_is_created_once(store: Store) -> None:
    assert store.create("a", b"1")
    assert not store.create("a", b"2")
    assert store.read("a") == b"1"


def test_a_lock_whose_answer_was_lost_is_ours(memory: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library asks again then, and hears that the object is there."""
    create = Store.create
    monkeypatch.setattr(Store, "create", lambda *of: create(*of) and False)
    with held(memory, STARTED) as lock:
        lock.check()
    assert memory.names() == []


def test_a_lock_that_may_have_been_made_when_its_request_failed_is_given_back(
    memory: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = Store.create

    def fails(self: Store, name: str, content: bytes) -> bool:
        create(self, name, content)
        raise StoreFailed("no connection")

    monkeypatch.setattr(Store, "create", fails)
    with pytest.raises(Exception, match="no connection"), held(memory, STARTED):
        raise AssertionError("the lock is not held")
    assert memory.names() == []


def test_the_lock_of_another_run_is_not_given_back(memory: Store) -> None:
    with held(memory, STARTED):
        memory.write(LOCK, b"of another run")
    assert memory.read(LOCK) == b"of another run"


def test_a_night_that_another_run_published_meanwhile_stops_this_one(memory: Store, tmp_path: Path) -> None:
    other = Journal("2026-03-19", ".2026-03-19.0.pending", "")

    def meanwhile(folder: Path):
        other.begin(memory)
        return night_of(FIRST, tmp_path / "inputs")(folder)

    with pytest.raises(Locked, match="another run published a night"):
        run_in_store(memory, tmp_path / "copy", meanwhile, "", STARTED)
    assert not [name for name in memory.names() if not name.startswith(".")]
    assert JOURNAL in memory.names()


def test_a_journal_that_nobody_can_read_stops_the_run(memory: Store) -> None:
    memory.write(JOURNAL, b"{}")
    with left_as_it_was(memory), pytest.raises(BadData, match="not a journal of this program"):
        run(memory, FIRST)


def gone(*of: object) -> bytes:
    raise StoreFailed("no connection")


def test_a_run_that_cannot_give_its_lock_back_says_so(memory: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its line says to run again, which would be refused as long as the lock stands there."""
    with pytest.raises(CannotWrite) as stopped, held(memory, STARTED):
        monkeypatch.setattr(Store, "read", gone)
        raise CannotWrite("no connection; nothing was published, mend it and run the night again")
    told = str(stopped.value)
    assert told.startswith("no connection; nothing was published, mend it and run the night again; the lock")
    assert told.endswith(f"remove the object {memory.url}/{LOCK} before that")


def test_a_run_that_is_done_and_cannot_give_its_lock_back_says_so(
    memory: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CannotWrite, match=f"all is done, but .* remove the object .*{LOCK} before the next run"):  # noqa: SIM117
        with held(memory, STARTED):
            monkeypatch.setattr(Store, "read", gone)
