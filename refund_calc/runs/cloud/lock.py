"""One run at a time in a store: an object that only one can create. Nobody removes it for a run that died."""

import contextlib
import json
import os
import secrets
import socket
from collections.abc import Iterator
from dataclasses import dataclass

from refund_calc.errors import CannotCreate, CannotWrite, Locked, NightStopped
from refund_calc.history.folders import LOCK
from refund_calc.runs.cloud.store import Store, StoreFailed


@dataclass(frozen=True)
class Held:
    """A lock that was taken."""

    store: Store
    token: str  # of this run alone
    content: bytes

    def check(self) -> None:
        """Raises Locked where somebody took it away, as from a run that was thought dead."""
        if self.store.read(LOCK) != self.content:
            raise Locked(
                f"{self.store.url}/{LOCK}: the lock of this run was taken away while it was at work; nothing was "
                "published, see that no other run is at work and run again"
            )


@contextlib.contextmanager
def held(store: Store, started: str) -> Iterator[Held]:
    """Hold the lock of a store. `started` is told to whoever finds it.

    Raises Locked where another run holds it or died with it, CannotCreate where the store cannot be written or does
    not know how to create an object once. Where it cannot be given back, because the store is gone, the error of the
    run says so, and of a run that came to its end CannotWrite: nobody else frees it.
    """
    token = secrets.token_hex(8)
    who = {"host": socket.gethostname(), "pid": os.getpid(), "started": started, "token": token}
    lock = Held(store, token, json.dumps(who).encode())
    try:
        _take(lock)
    except StoreFailed as error:
        _is_given_back(lock)
        raise CannotCreate(f"{error}; check --out and what this user may do there") from None
    except BaseException:
        _is_given_back(lock)
        raise
    left = f"the lock of this run could not be given back: remove the object {store.url}/{LOCK}"
    try:
        yield lock
    except NightStopped as stopped:
        if _is_given_back(lock):
            raise
        raise type(stopped)(f"{stopped}; {left} before that") from None
    except BaseException:
        _is_given_back(lock)
        raise
    if not _is_given_back(lock):
        raise CannotWrite(f"all is done, but {left} before the next run")


def _is_given_back(lock: Held) -> bool:
    """Give the lock back, unless somebody else holds it; False where the store does not answer."""
    try:
        if lock.store.read(LOCK) == lock.content:
            lock.store.remove(LOCK)
    except StoreFailed:
        return False
    return True


def _take(lock: Held) -> None:
    store = lock.store
    if not store.create(LOCK, lock.content):
        found = store.read(LOCK)
        if found != lock.content:  # else it is ours: the answer was lost, and the request was made again
            raise Locked(
                f"{store.url}: {_holder(found)} is at work here; wait until it has ended, or, where you made sure that "
                f"it died, remove the object {LOCK} there"
            )
    if store.create(LOCK, lock.content):  # a store that does not know the condition would let two runs in
        raise CannotCreate(
            f"{store.url}: the store makes an object that is there already once more (it has no conditional writes), "
            "so two runs could be at work at once; keep OUT in another store, or on a disk"
        )


def _holder(found: bytes | None) -> str:
    try:
        who = json.loads(found or b"")
        return f"another run ({who['host']}, process {who['pid']}, since {who['started']})"
    except (ValueError, KeyError, TypeError):
        return "another run"
