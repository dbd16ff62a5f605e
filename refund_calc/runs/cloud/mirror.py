"""A local copy of what a command needs of OUT in a store, made anew or brought up to date, and read as files.

All of it follows the store: what the store does not hold is removed here. Only what is kept by its SHA-256 in a
manifest that the store holds too is not fetched again, and the index, which trusts nobody.
"""

import shutil
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from refund_calc.errors import BadData, CannotWrite, Locked, NoInput
from refund_calc.history.folders import KEPT
from refund_calc.history.index import LATEST, noted
from refund_calc.history.nights import MANIFEST, PAYOUTS_CSV, PublishedNight, is_night, report_of
from refund_calc.history.record import FILES, file_name, sha256_of
from refund_calc.reading.worklist import FILE as WORKLIST
from refund_calc.runs.cloud.journal import Journal, below, is_waiting, read_journal
from refund_calc.runs.cloud.store import Store, StoreFailed
from refund_calc.runs.cloud.wanted import Wanted

TRIES = 5  # a run may publish while a reader reads; it does so once in a while
READERS = 4  # objects that are fetched at the same time: each waits for the store most of the time
OF_A_RUN = frozenset({*map(file_name, FILES), PAYOUTS_CSV})  # the morning page looks at the last nights' payouts


@dataclass(frozen=True)
class Mirror:
    """What was fetched of a store: which nights it holds, and which redone ones it keeps."""

    store: Store
    folder: Path
    nights: tuple[str, ...]
    kept: frozenset[str]


@dataclass(frozen=True)
class _Chosen:
    """Which nights are fetched whole, and which anew."""

    wanted: Wanted
    nights: tuple[str, ...]
    as_of: str

    def is_whole(self, night: str) -> bool:
        """A run checks the last night before its own, whole: of a redo the one before the last. And the night that it
        finds complete."""
        for_a_run = night == self.as_of or night in sorted(self.nights)[-2:]
        return self.wanted in (Wanted.WHOLE, Wanted.ANEW) or (self.wanted is Wanted.FOR_A_RUN and for_a_run)

    def is_anew(self, night: str) -> bool:
        """The last night is checked as the store has it."""
        return self.wanted is Wanted.ANEW or night == max(self.nights)


def mirrored(store: Store, folder: Path, wanted: Wanted, as_of: str = "", finished: Journal | None = None) -> Mirror:
    """Bring the folder up to date. `as_of` is a night that is to be run, `finished` one that was just brought to its
    place for a run that died.

    What a run publishes meanwhile is not mixed with what stood there before: the copy is brought up to date once more.

    Raises NoInput where the store cannot be read, BadData where it lost a night that its witness names, Locked where
    it never stands still.
    """
    try:
        for _ in range(TRIES):
            seen = _seen(store)
            try:
                _copied(store, folder, seen, _Chosen(wanted, tuple(seen.places), as_of))
            except (StoreFailed, BadData):
                if _seen(store).state == seen.state:
                    raise
            else:
                if _seen(store).state == seen.state:
                    break
        else:
            raise Locked(f"{store.url}: a run brings a night there just now; wait until it has ended, and ask again")
    except StoreFailed as error:
        raise NoInput(f"{error}; check the URL, the network and what this user may read") from None
    except OSError as error:
        raise CannotWrite(f"{error.filename or folder}: cannot be written ({error.strerror}); see --work") from None
    _show_kept(folder, seen.kept, finished)
    return Mirror(store, folder, tuple(sorted(seen.places)), seen.kept)


@dataclass(frozen=True)
class _Seen:
    """What stands in a store at a moment."""

    names: list[str]
    journal: Journal | None

    @cached_property
    def waiting(self) -> Journal | None:
        """The journal of a night that is still in its pending folder."""
        return self.journal if self.journal and is_waiting(self.names, self.journal) else None

    @cached_property
    def places(self) -> dict[str, str]:
        """Night -> the folder where it lies whole."""
        found = {night: night for night in _top(self.names) if is_night(night)}
        return found | ({self.waiting.night: self.waiting.pending} if self.waiting else {})

    @cached_property
    def kept(self) -> frozenset[str]:
        """The folders of what redos replaced."""
        return frozenset(_top(below(self.names, KEPT)))

    @property
    def state(self) -> tuple[object, ...]:
        """Another one after every step of a run that publishes."""
        return self.journal, self.places, self.kept

    @property
    def withdrawn(self) -> dict[str, str]:
        """Folder of what a redo replaced -> where it lies whole: a journal may not have brought it there yet."""
        found = {f"{KEPT}/{name}": f"{KEPT}/{name}" for name in self.kept}
        is_to_come = self.waiting and self.waiting.kept and not self.waiting.is_kept
        return found | ({self.waiting.kept: self.waiting.night} if self.waiting and is_to_come else {})


def _seen(store: Store) -> _Seen:
    return _Seen(store.names(), read_journal(store))


def _copied(store: Store, folder: Path, seen: _Seen, chosen: _Chosen) -> None:
    _check_witness(store, seen.places)
    _made_ready(store, folder, seen.names, seen.places)
    _fetch(store, folder, seen.names, seen.places, chosen)
    if chosen.wanted is Wanted.WHOLE:
        _fetch_manifests(store, folder, seen.withdrawn)


def _fetch_manifests(store: Store, folder: Path, places: dict[str, str]) -> None:
    """The manifests of what redos replaced: by these a reader knows of a night that it once saw, and its totals."""
    for to, place in places.items():
        manifest = store.read(f"{place}/{MANIFEST}")
        if manifest is not None:
            (folder / to).mkdir(parents=True)
            (folder / to / MANIFEST).write_bytes(manifest)


def _top(names: Iterable[str]) -> list[str]:
    return sorted({name.partition("/")[0] for name in names if "/" in name})


def _check_witness(store: Store, places: Iterable[str]) -> None:
    """The night that was published last must be there, also where no index stands beside the copy."""
    latest = noted(store.read(LATEST) or b"")
    if latest and latest not in places:
        raise BadData(
            f"{store.url}/{latest}: a published night is not there any more, {LATEST} knows it; restore the folder, "
            f"or remove the object {LATEST} there to accept the loss"
        )


def _made_ready(store: Store, folder: Path, names: list[str], places: Iterable[str]) -> None:
    """Take away what the store does not hold, and fetch what lies beside the nights."""
    folder.mkdir(parents=True, exist_ok=True)
    for place in folder.iterdir():
        if place.is_dir() and place.name not in places:
            shutil.rmtree(place)
    for name in (LATEST, WORKLIST):
        if name in names:
            store.download(name, folder / name)
        else:
            (folder / name).unlink(missing_ok=True)


def _fetch(store: Store, folder: Path, names: list[str], places: dict[str, str], chosen: _Chosen) -> None:
    """The manifests, then the files that are wanted."""
    with ThreadPoolExecutor(READERS) as pool:

        def each(function: Callable[[str], Iterable[str]], items: Iterable[str]) -> list[str]:
            return [found for some in pool.map(function, items) for found in some]

        def missing(night: str) -> list[str]:
            every = below(names, places[night])
            manifest = store.read(f"{places[night]}/{MANIFEST}")
            known = _as_published(folder / night, manifest, is_anew=chosen.is_anew(night))
            of_it = every if chosen.is_whole(night) else [name for name in every if report_of(name) in OF_A_RUN]
            return [f"{night}/{name}" for name in sorted(of_it) if name not in known]

        def fetch(name: str) -> tuple[str, ...]:
            night, _, file = name.partition("/")
            store.download(f"{places[night]}/{file}", folder / night / file)
            return ()

        each(fetch, each(missing, places))


def _as_published(place: Path, manifest: bytes | None, *, is_anew: bool) -> set[str]:
    """The files of a night that lie here as its manifest, the store's, says; of another night nothing is left."""
    path = place / MANIFEST
    if is_anew or manifest is None or not path.exists() or path.read_bytes() != manifest:
        shutil.rmtree(place, ignore_errors=True)
    place.mkdir(exist_ok=True)
    if manifest is None:
        return {MANIFEST}
    path.write_bytes(manifest)
    night = PublishedNight(place, place.name, manifest)
    listed = {} if night.fault() else night.outputs()
    here = {name for name, (_, sha256) in listed.items() if (place / name).exists()}
    return {MANIFEST, *(name for name in here if sha256_of(place / name) == listed[name][1])}


def _show_kept(folder: Path, kept: Iterable[str], finished: Journal | None) -> None:
    """The names of what redos replaced, so that the next one finds its number.

    A redo that was just brought to its end stands here as one that was cut off after its last rename: a run that is
    given the same again sees by that that it was done.
    """
    for name in kept:
        (folder / KEPT / name).mkdir(parents=True, exist_ok=True)
    if finished and finished.kept:
        (folder / finished.kept).rename(folder / f".{finished.night}.withdrawn")
