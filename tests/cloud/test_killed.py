"""A run in a store that dies at its n-th change of the store, for every n: old or new, whole, and nothing twice.

Whoever dies changes nothing any more, and leaves its lock. An object that was just being uploaded may lie there torn.
"""

import contextlib
import io
import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import pytest

from refund_calc.errors import CannotCreate, CannotWrite, Locked
from refund_calc.history.folders import LOCK
from refund_calc.history.nights import MANIFEST
from refund_calc.reading.verify import verify
from refund_calc.runs.cloud.mirror import mirrored
from refund_calc.runs.cloud.publish import run_in_store
from refund_calc.runs.cloud.store import FileSystem, Store, open_store
from refund_calc.runs.cloud.wanted import Wanted
from refund_calc.runs.nightly import Summary
from tests.cloud.in_store import STARTED, night_of, objects, run
from tests.history.three_nights import FIRST, SECOND, THIRD
from tests.product import REDO
from tests.stories import Night

OTHER = replace(SECOND, returns=SECOND.returns[1:])
# the nights before, the one that dies, whether it is a redo
STORIES: dict[str, tuple[tuple[Night, ...], Night, dict[str, bool]]] = {
    "first": ((), FIRST, {}),
    "next": ((FIRST,), SECOND, {}),
    "redo": ((FIRST, OTHER), SECOND, REDO),
}


class Killed(BaseException):
    """As a signal that nobody can catch: no `except Exception` stops it, and nothing can be tidied up."""


@dataclass
class Dying:
    """A file system whose user dies at the n-th change, or which fails then, once; n = -1: never."""

    fs: FileSystem
    dies_at: int
    fails: bool = False
    changes: int = 0

    def _change(self, torn: Callable[[], object] = lambda: None) -> None:
        self.changes += 1
        if self.changes == self.dies_at:
            torn()
            if self.fails:
                raise PermissionError("not now")
        self._alive()

    def _alive(self) -> None:
        if not self.fails and 0 <= self.dies_at <= self.changes:
            raise Killed

    def find(self, path: str) -> list[str]:
        self._alive()
        return self.fs.find(path)

    def cat_file(self, path: str) -> bytes:
        self._alive()
        return self.fs.cat_file(path)

    def invalidate_cache(self) -> None:
        self._alive()

    def open(self, path: str, mode: str, block_size: int):
        if mode == "rb":
            self._alive()
            return self.fs.open(path, mode, block_size)
        return _Upload(self, path)

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite") -> None:
        self._change()
        self.fs.pipe_file(path, value, mode=mode)

    def cp_file(self, path1: str, path2: str) -> None:
        self._change()
        self.fs.cp_file(path1, path2)

    def rm_file(self, path: str) -> None:
        self._change()
        self.fs.rm_file(path)


class _Upload(io.BytesIO):
    """An object that is there when it is closed; half of it, where its user dies then."""

    def __init__(self, fs: Dying, path: str) -> None:
        super().__init__()
        self._fs, self._path = fs, path

    def __exit__(self, *raised: object) -> None:
        content = self.getvalue()
        half = content[: len(content) // 2]
        self._fs._change(lambda: self._fs.fs.pipe_file(self._path, half))
        self._fs.fs.pipe_file(self._path, content)
        self.close()


@dataclass
class Begun:
    """A store before a night, and that night, computed once: what a run that dies brings is the same each time."""

    before: tuple[Night, ...]
    night: Night
    options: dict[str, bool]
    folder: Path
    told: list[Summary] = field(default_factory=list)

    @cached_property
    def store(self) -> Store:
        store = in_memory()
        for night in self.before:
            run(store, night)
        return store

    def dies(self, at: int, *, fails: bool = False) -> tuple[Store, int]:
        """A store in which the night's run died at this change, and how many there were."""
        store = copy_of(self.store)
        dying = Dying(store.fs, at, fails)
        copy = self.folder / f"copy-{at}"
        with contextlib.suppress(Killed, CannotCreate, CannotWrite):
            run_in_store(replace(store, fs=dying), copy, self._run, str(self.night.as_of), STARTED)
        return store, dying.changes

    def again(self, store: Store) -> None:
        """A person removes the lock; the same command again."""
        if LOCK in store.names():
            with pytest.raises(Locked):
                run(store, self.night, **self.options)
            store.remove(LOCK)
        copy = self.folder / uuid.uuid4().hex
        run_in_store(store, copy, self._run, str(self.night.as_of), STARTED)

    def _run(self, out: Path) -> Summary:
        """The night; where OUT is as it was before, what came of that."""
        run_it = night_of(self.night, self.folder / "inputs", **self.options)
        if manifest_in(out, self.night) != self.store.read(f"{self.night.as_of}/{MANIFEST}"):
            return run_it(out)
        done = self.folder / "done"
        if not self.told:
            self.told.append(run_it(out))
            shutil.copytree(out, done)
        shutil.rmtree(out)
        shutil.copytree(done, out)
        return self.told[0]


def manifest_in(out: Path, night: Night) -> bytes | None:
    path = out / str(night.as_of) / MANIFEST
    return path.read_bytes() if path.exists() else None


def in_memory() -> Store:
    return open_store(f"memory://{uuid.uuid4().hex}/out")


def copy_of(store: Store) -> Store:
    copy = in_memory()
    for name in store.names():
        copy.write(name, store.read(name) or b"")
    return copy


@pytest.mark.parametrize("story", STORIES)
def test_whenever_it_dies_the_next_run_comes_to_the_same_bytes(story: str, tmp_path: Path) -> None:
    begun = Begun(*STORIES[story], tmp_path)
    whole, in_all = begun.dies(-1)
    before, expected = objects(begun.store), objects(whole)
    for at in range(1, in_all):
        store, _ = begun.dies(at)
        is_old_or_new(store, tmp_path / f"read-{at}", before, expected, begun.night)
        begun.again(store)
        assert objects(store) == expected, f"died at change {at} of {in_all}"
    store, _ = begun.dies(in_all)  # at its last change it gives the lock back
    store.remove(LOCK)
    assert objects(store) == expected


@pytest.mark.parametrize("story", STORIES)
def test_whatever_fails_once_the_next_run_comes_to_the_same_bytes(story: str, tmp_path: Path) -> None:
    """A failure gives the lock back, but for the one of giving it back."""
    begun = Begun(*STORIES[story], tmp_path)
    whole, in_all = begun.dies(-1)
    for at in range(1, in_all, 3):
        store, _ = begun.dies(at, fails=True)
        assert LOCK not in store.names(), f"failed at change {at} of {in_all}"
        begun.again(store)
        assert objects(store) == objects(whole), f"failed at change {at} of {in_all}"


def is_old_or_new(store: Store, copy: Path, old: dict[str, bytes], new: dict[str, bytes], night: Night) -> None:
    """A reader finds the night as it was before, or as it is now, with every file as its manifest says."""
    if not mirrored(store, copy, Wanted.ANEW).nights:
        assert old == {}
        return
    name = f"{night.as_of}/{MANIFEST}"
    assert manifest_in(copy, night) in (old.get(name), new[name])
    checked = verify(copy)
    assert (checked.problems, checked.notices) == ((), ())


@pytest.mark.parametrize("story", ["next", "redo"])
def test_the_next_night_finishes_what_exists_and_removes_what_never_did(story: str, tmp_path: Path) -> None:
    """Whoever died, every refund stands on one night: R1 to R3 and R5 were paid by then, or are paid now."""
    begun = Begun(*STORIES[story], tmp_path)
    _, in_all = begun.dies(-1)
    for at in range(2, in_all, 7):
        store, _ = begun.dies(at)
        store.remove(LOCK)
        run(store, replace(THIRD, resolutions=SECOND.resolutions))
        paid = [line for name in store.names() for line in payouts(store, name)]
        assert sorted(paid) == ["R1/1", "R2/1", "R2/2", "R3/1", "R4/1", "R5/1"], f"died at change {at} of {in_all}"
        assert not [name for name in store.names() if name.startswith(".")]


def payouts(store: Store, name: str) -> list[str]:
    """The payout ids of an object that is the payouts of a night that stands."""
    if name.startswith("withdrawn/") or not name.endswith("/payouts.csv"):
        return []
    return [line.partition(",")[0] for line in (store.read(name) or b"").decode().splitlines()[1:]]
