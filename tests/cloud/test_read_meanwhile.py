"""A reader of a store while a run publishes there: the old night or the new one, whole, and never a false alarm."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from refund_calc.errors import Locked
from refund_calc.history.nights import published
from refund_calc.reading.verify import verify
from refund_calc.runs.cloud.mirror import mirrored
from refund_calc.runs.cloud.store import Store
from refund_calc.runs.cloud.wanted import Wanted
from tests.cloud.in_store import run
from tests.history.three_nights import FIRST, SECOND
from tests.product import REDO

OTHER = replace(SECOND, returns=SECOND.returns[1:])  # the second night, told otherwise


@pytest.fixture
def store(memory: Store) -> Store:
    run(memory, FIRST)
    return memory


def meanwhile(monkeypatch: pytest.MonkeyPatch, method: str, at: int, does: Callable[[], object]) -> None:
    """Something happens before a reader's request of this kind, the `at`th of them."""
    ask, asked = getattr(Store, method), [0]

    def asks(*of: object) -> object:
        asked[0] += 1
        if asked[0] == at:
            does()
        return ask(*of)

    monkeypatch.setattr(Store, method, asks)


@pytest.mark.parametrize("at", [1, 3, 8])
@pytest.mark.parametrize("wanted", [Wanted.ANEW, Wanted.WHOLE, Wanted.RECORD])
def test_a_night_that_is_redone_meanwhile_is_read_as_it_is_now(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int, wanted: Wanted
) -> None:
    run(store, OTHER)
    with monkeypatch.context() as patched:
        meanwhile(patched, "download", at, lambda: (patched.undo(), run(store, SECOND, **REDO)))
        mirrored(store, tmp_path / "copy", wanted)
    whole = published(tmp_path / "copy")[-1]
    assert whole.text == store.read(f"{SECOND.as_of}/manifest.json")
    if wanted is Wanted.ANEW:
        assert verify(tmp_path / "copy").problems == ()


@pytest.mark.parametrize("method, at", [("names", 1), ("read", 1), ("read", 2), ("read", 3), ("download", 2)])
def test_a_night_that_is_published_meanwhile_is_no_lost_one(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str, at: int
) -> None:
    with monkeypatch.context() as patched:
        meanwhile(patched, method, at, lambda: (patched.undo(), run(store, SECOND)))
        copy = mirrored(store, tmp_path / "copy", Wanted.ANEW)
    assert copy.nights == (str(FIRST.as_of), str(SECOND.as_of))


def test_a_store_that_never_stands_still_is_told(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = iter(range(100))
    names = Store.names
    monkeypatch.setattr(Store, "names", lambda of: [*names(of), f"withdrawn/{FIRST.as_of}-{next(made)}/manifest.json"])
    with pytest.raises(Locked, match="a run brings a night there just now; wait until it has ended"):
        mirrored(store, tmp_path / "copy", Wanted.RECORD)
