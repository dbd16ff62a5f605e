"""A night run on the copy of a store, and brought into the store."""

from collections.abc import Callable
from pathlib import Path

from refund_calc.errors import CannotWrite
from refund_calc.history.folders import KEPT
from refund_calc.history.index import LATEST, note
from refund_calc.history.nights import night_places
from refund_calc.history.record import sha256_of
from refund_calc.reading.worklist import FILE as WORKLIST
from refund_calc.runs.cloud.journal import JOURNAL, Journal, below, finish, pending, read_journal, sweep
from refund_calc.runs.cloud.lock import Held, held
from refund_calc.runs.cloud.mirror import Mirror, mirrored
from refund_calc.runs.cloud.store import Store, StoreFailed
from refund_calc.runs.cloud.wanted import Wanted
from refund_calc.runs.summary import Summary


def run_in_store(store: Store, folder: Path, run: Callable[[Path], Summary], as_of: str, started: str) -> Summary:
    """Run a night on a copy of OUT in `folder`, and bring what it published into the store. `as_of` may be blank.

    Under the store's lock; what a run that died left is finished or removed first. `started` is told to whoever finds
    the lock. Raises what a night raises, Locked, and CannotWrite where the store fails.
    """
    with held(store, started) as lock:
        finished = _recovered(store)
        copy = mirrored(store, folder, Wanted.FOR_A_RUN, as_of, finished)
        worklist = _hash(folder / WORKLIST)
        told = run(folder)
        journal = None if told.is_repeat else _committed(copy, str(told.as_of), lock)
        _brought(copy, worklist, journal)
    return told


def _recovered(store: Store) -> Journal | None:
    """Finish or remove what a run that died left. Answers the night that is finished by this."""
    try:
        journal = read_journal(store)
        if journal:
            finish(store, journal)
            store.write(LATEST, note(journal.night))
            store.remove(JOURNAL)
        sweep(store)
    except StoreFailed as error:
        raise CannotWrite(
            f"{error}; what a run that died left in OUT could not be tidied up, mend it and run again"
        ) from None
    return journal


def _committed(copy: Mirror, night: str, lock: Held) -> Journal:
    """Upload a night and write the journal: from then on the night exists in the store."""
    store, place = copy.store, copy.folder / night
    names = [str(path.relative_to(place)) for path in place.rglob("*") if path.is_file()]
    (kept,) = {path.name for path in (copy.folder / KEPT).glob("*")} - copy.kept or {""}
    journal = Journal(night, pending(night, lock.token), f"{KEPT}/{kept}" if kept else "")
    try:
        for name in below([f"{night}/{name}" for name in names], night):
            store.upload(place / name, f"{journal.pending}/{name}")
        lock.check()
        journal.begin(store)
    except StoreFailed as error:
        raise CannotWrite(f"{error}; nothing was published, mend it and run the night again") from None
    return journal


def _brought(copy: Mirror, worklist: str, journal: Journal | None) -> None:
    """Put a night in its place, and beside the nights what lies beside them."""
    store, folder = copy.store, copy.folder
    try:
        if journal:
            finish(store, journal)
        latest = note(max(night_places(folder)))
        if store.read(LATEST) != latest:
            store.write(LATEST, latest)
        if (folder / WORKLIST).exists() and _hash(folder / WORKLIST) != worklist:
            store.upload(folder / WORKLIST, WORKLIST)
        if journal:
            store.remove(JOURNAL)
    except StoreFailed as error:
        raise CannotWrite(f"{error}; the night is published, run the same command again to tidy up") from None


def _hash(path: Path) -> str:
    return sha256_of(path) if path.exists() else ""
