"""Paths that may be URLs: what lies in a store is read as files, and is told by its URL.

A command takes `Path`s and never learns of it. A URL becomes a path when the command line is read: of an input, the
copy that was fetched; of OUT, the folder of its copy, which a reader finds fetched, and a night fetches under the lock
of the store (`run_on`). Copies lie in --work, or in a temporary folder that is gone at the end.
"""

import contextlib
import fcntl
import hashlib
import logging
import os
import re
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from refund_calc.errors import Locked, NoInput
from refund_calc.runs.cloud.store import Store, is_url, open_store, shown
from refund_calc.runs.cloud.wanted import Wanted

if TYPE_CHECKING:
    from refund_calc.runs.nightly import Summary

WORK = "refund_calc.work"  # in the click context: the folder of --work
_FOLDER = "refund_calc.folder"  # where copies lie
_PLACES = "refund_calc.places"  # copy -> URL
_STORES = "refund_calc.stores"  # copy of OUT -> its store
_INPUTS = ".refund-calc-inputs-"
_TEMPORARY = "refund-calc-"
_YOUNG = 60  # seconds: a command that starts just now may not hold its folder yet
_STAYS = r"(?!/index\.duckdb)"  # what is in the copy only is told by its path


class Input(click.Path):
    """A path to be read, or a URL, whose copy is read."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, readable=False)  # what cannot be read has an exit code of its own

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        if ctx is None or ctx.resilient_parsing or not is_url(str(value)):
            return super().convert(value, param, ctx)
        # A failure is one line; what a store's library notes of its own tasks when a connection is cut is a traceback.
        logging.getLogger("asyncio").setLevel(logging.CRITICAL)
        return self.copied(str(value), ctx)

    def copied(self, url: str, ctx: click.Context) -> Path:
        """The copy of what lies at a URL, fetched."""
        from refund_calc.runs.cloud.fetch import fetched

        root = ctx.find_root()
        here = Path(root.with_resource(tempfile.TemporaryDirectory(prefix=_INPUTS, dir=_folder(ctx))))
        copy = fetched(url, here)
        _named_by(ctx, copy, url)
        return copy

    def split_envvar_value(self, rv: str) -> Sequence[str]:
        """Several paths in a variable are separated as in PATH; the `:` of `s3://` separates none."""
        return re.split(r":(?!//)", rv) if "://" in rv else super().split_envvar_value(rv)


class Out(Input):
    """OUT; of a URL its copy, with what is wanted of it, or nothing where a night is run on it."""

    def __init__(self, wanted: Wanted | None) -> None:
        super().__init__()
        self.wanted = wanted

    def copied(self, url: str, ctx: click.Context) -> Path:
        """The folder of the copy of OUT at a URL."""
        store = open_store(url)
        last, known = store.url.rpartition("/")[2], hashlib.sha256(store.url.encode()).hexdigest()[:8]
        copy = _folder(ctx) / f"{last}-{known}"
        ctx.meta.setdefault(_STORES, {})[copy] = store
        _named_by(ctx, copy, url)
        if self.wanted and not _fetch(store, copy, self.wanted):
            raise NoInput(f"{store.url}: no night is there; give the folder that the nights were written to")
        return copy


def run_on(
    ctx: click.Context, out: Path, run: Callable[[Path], "Summary"], as_of: date | None, *, dry_run: bool
) -> "Summary":
    """Run a night on OUT: the folder, or the copy of a store, into which it is brought then."""
    asked = str(as_of or "")
    store: Store | None = ctx.meta.get(_STORES, {}).get(out)
    if store is None:
        return run(out)
    if dry_run:
        _fetch(store, out, Wanted.FOR_A_RUN, asked)
        return run(out)
    from refund_calc.runs.cloud.publish import run_in_store

    with _may_be_ended():
        return run_in_store(store, out, run, asked, datetime.now(UTC).isoformat(timespec="seconds"))


@contextlib.contextmanager
def _may_be_ended() -> Iterator[None]:
    """Who is told to end (SIGTERM, by systemd or a cluster) gives the lock of the store back first."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def is_in_store(ctx: click.Context) -> bool:
    """Whether OUT or inputs are copies of what lies at a URL."""
    return bool(ctx.meta.get(_PLACES))


def named(ctx: click.Context, text: str) -> str:
    """A text for people, in which copies are named by what they are copies of."""
    places: dict[str, str] = ctx.meta.get(_PLACES, {})
    for copy in sorted(places, key=len, reverse=True):
        text = re.sub(re.escape(copy) + _STAYS, places[copy].replace("\\", r"\\"), text)
    return text


def say(text: str, *, err: bool = False) -> None:
    """Print what a command tells."""
    click.echo(named(click.get_current_context(), text), err=err)


def _fetch(store: Store, copy: Path, wanted: Wanted, asked: str = "") -> tuple[str, ...]:
    """Bring the copy up to date; answers its nights."""
    from refund_calc.runs.cloud.mirror import mirrored

    return mirrored(store, copy, wanted, asked).nights


def _named_by(ctx: click.Context, copy: Path, url: str) -> None:
    ctx.meta.setdefault(_PLACES, {})[str(copy)] = shown(url)


def _folder(ctx: click.Context) -> Path:
    """Where copies lie until the command ends, for this process alone."""
    if _FOLDER not in ctx.meta:
        root, work = ctx.find_root(), ctx.meta.get(WORK)
        if work:
            from refund_calc.history.folders import locked

            try:
                root.with_resource(locked(work))
            except Locked:
                raise Locked(
                    f"--work {work}: another command is at work with it; wait until it has ended, or give each job a "
                    "folder of its own"
                ) from None
            for left in work.glob(f"{_INPUTS}*"):  # by a command that was killed
                shutil.rmtree(left, ignore_errors=True)
        else:
            work = Path(root.with_resource(_temporary()))
        ctx.meta[_FOLDER] = work.resolve()
    folder: Path = ctx.meta[_FOLDER]
    return folder


@contextlib.contextmanager
def _temporary() -> Iterator[str]:
    """A folder in TMPDIR that is gone in the end. Those of commands that were killed go first: they hold customers'
    names."""
    for left in Path(tempfile.gettempdir()).glob(f"{_TEMPORARY}*"):
        with contextlib.suppress(OSError), _held(left) as seen:  # it is held while its command lives
            if seen.st_uid == os.getuid() and time.time() - seen.st_mtime > _YOUNG:
                shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_TEMPORARY) as folder, _held(Path(folder)):
        yield folder


@contextlib.contextmanager
def _held(folder: Path) -> Iterator[os.stat_result]:
    """Hold a folder; the system lets go of it when the process ends, however that ends. Raises OSError where another
    one holds it."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield os.fstat(handle)
    finally:
        os.close(handle)
