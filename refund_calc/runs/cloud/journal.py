"""How a night comes to exist in a store that has no rename (rulebook 9).

Its files are uploaded to a folder `.<night>.<run>.pending/` of this run alone. Then one object is written, the journal:
from that moment on the night exists. What the journal says is done object by object, each step such that it can be done
again: of a redo the old night is copied to where it is kept, then the new one into its place, its manifest last. A run
that finds a journal finishes it; one that finds a pending folder without a journal removes it. A reader takes a night
of the journal from its pending folder, where it is whole until the journal has done its work.
"""

import json
import re
from dataclasses import asdict, dataclass, replace

from refund_calc.errors import BadData, Locked
from refund_calc.history.nights import MANIFEST
from refund_calc.runs.cloud.store import Store

JOURNAL = ".refund-calc.journal"
PENDING = re.compile(r"\.20\d\d-\d\d-\d\d\.[0-9a-f]+\.pending")


@dataclass(frozen=True)
class Journal:
    """A night that exists and is not yet in its place; `kept`: where the one that it replaces goes, blank: none."""

    night: str
    pending: str  # the folder in which it waits
    kept: str
    is_kept: bool = False  # what it replaces was copied whole

    def begin(self, store: Store) -> None:
        """From here on the night exists. Raises Locked where another one that exists is not in its place yet."""
        if not store.create(JOURNAL, self._content) and store.read(JOURNAL) != self._content:
            raise Locked(
                f"{store.url}/{JOURNAL}: another run published a night while this one was at work; nothing of this one "
                "was published, see that no other run is at work and run again"
            )

    def write(self, store: Store) -> None:
        store.write(JOURNAL, self._content)

    @property
    def _content(self) -> bytes:
        return json.dumps(asdict(self)).encode()


def pending(night: str, token: str) -> str:
    """Where a night waits in the store: each run has a folder of its own, as one that was thought dead may go on."""
    return f".{night}.{token}.pending"


def read_journal(store: Store) -> Journal | None:
    """The journal that stands in a store. Raises BadData where nobody can read it."""
    found = store.read(JOURNAL)
    if found is None:
        return None
    try:
        return Journal(**json.loads(found))
    except (ValueError, TypeError):
        raise BadData(
            f"{store.url}/{JOURNAL}: not a journal of this program; restore OUT from a backup of the store"
        ) from None


def below(names: list[str], folder: str) -> list[str]:
    """The names in a folder, relative to it, the manifest last."""
    inside = [name.removeprefix(f"{folder}/") for name in names if name.startswith(f"{folder}/")]
    return sorted(inside, key=lambda name: (name == MANIFEST, name))


def is_waiting(names: list[str], journal: Journal) -> bool:
    """Whether its night is still whole in its pending folder: the manifest goes first when that is removed."""
    return f"{journal.pending}/{MANIFEST}" in names


def finish(store: Store, journal: Journal) -> None:
    """Do what the journal says; the caller removes it when all that belongs to the night is in the store."""
    if journal.kept and not journal.is_kept:
        _copy(store, journal.night, journal.kept)
        journal = replace(journal, is_kept=True)
        journal.write(store)
    names = store.names()
    if is_waiting(names, journal):
        _copy(store, journal.pending, journal.night)
        names = store.names()
    for name in reversed(below(names, journal.pending)):
        store.remove(f"{journal.pending}/{name}")


def sweep(store: Store) -> None:
    """Remove what was uploaded of nights that never came to exist."""
    for name in store.names():
        if PENDING.fullmatch(name.partition("/")[0]):
            store.remove(name)


def _copy(store: Store, folder: str, to: str) -> None:
    """Make a folder the same as another, its manifest last."""
    names = store.names()
    wanted = below(names, folder)
    for name in wanted:
        store.copy(f"{folder}/{name}", f"{to}/{name}")
    for name in set(below(names, to)) - set(wanted):
        store.remove(f"{to}/{name}")
