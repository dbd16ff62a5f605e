"""Reports on disk, all at once or not at all (rulebook 9).

A night's reports are written to a hidden folder beside their place and synced; then the store commits; then the folder
is renamed. The commit is the one moment at which the night exists: a hidden folder whose manifest the store knows is
published by the next run, any other one is a trace of a run that died and is removed.
"""

import contextlib
import errno
import fcntl
import hashlib
import itertools
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from refund_calc.errors import CannotCreate, CannotWrite, Locked

MANIFEST = "manifest.json"
LOCK = ".refund-calc.lock"
SYNC_AT = 16 << 20  # bytes


Blocks = Iterator[memoryview]


@dataclass(frozen=True)
class Report:
    """A file to be written: its header, how many rows, and the rows block by block."""

    name: str
    header: tuple[str, ...]
    rows: int
    blocks: Callable[[], Blocks]


@dataclass(frozen=True)
class Written:
    """One output as the manifest lists it."""

    name: str
    rows: int
    sha256: str


def pending(out: Path, night: str) -> Path:
    """Where a night's reports wait to be published."""
    return out / f".{night}.pending"


def withdrawn(out: Path, night: str) -> Path:
    """Where the reports of a night go that is being redone."""
    return out / f".{night}.withdrawn"


@contextlib.contextmanager
def locked(*folders: Path) -> Iterator[None]:
    """Make the folders and hold their locks; the system frees these when the process ends, however it ends.

    Whoever ends in order takes his lock file away, and the folders that he made, if nothing came to be in them.
    """
    with contextlib.ExitStack() as held:
        for folder in sorted({folder.resolve() for folder in folders}):
            for made in _make_folder(folder):
                held.callback(_remove_if_empty, made)
            held.callback(_unlock, folder, _lock(folder))
        yield


def _unlock(folder: Path, handle: int) -> None:
    with contextlib.suppress(OSError):
        (folder / LOCK).unlink()
    os.close(handle)


def _remove_if_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()


def _lock(folder: Path) -> int:
    while True:
        handle = _locked_file(folder)
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle), (folder / LOCK).stat()):
                return handle
        os.close(handle)  # the run before took the file away between our opening and locking it


def _locked_file(folder: Path) -> int:
    try:
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise CannotCreate(f"{folder}: cannot be written ({error.strerror}); check the folder's permissions") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise Locked(f"{folder}: another run is at work here; wait until it has ended") from None
    return handle


def _make_folder(folder: Path) -> list[Path]:
    """Make a folder and those above it, durably; answers the ones that were not there, the topmost first."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()][::-1]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in missing:
            sync_folder(path.parent)
    except OSError as error:
        raise CannotCreate(f"{folder}: cannot be created ({error.strerror}); check --out and --store") from None
    return missing


def write_report(folder: Path, report: Report) -> Written:
    """Write one report, hash it on the way, and sync it."""
    path = folder / report.name
    digest = hashlib.sha256()
    unsynced = 0
    with _writing(path), path.open("xb", buffering=0) as file:
        header = memoryview((",".join(report.header) + "\n").encode())
        for block in itertools.chain([header], report.blocks()):
            _write_all(file.fileno(), block)
            digest.update(block)
            unsynced += len(block)
            if unsynced >= SYNC_AT:
                _let_go(file.fileno())
                unsynced = 0
        os.fsync(file.fileno())
    return Written(report.name, report.rows, digest.hexdigest())


def write_manifest(folder: Path, text: bytes) -> str:
    """Write the manifest last, sync the folder and its name, and answer the manifest's SHA-256."""
    path = folder / MANIFEST
    with _writing(path), path.open("xb", buffering=0) as file:
        _write_all(file.fileno(), memoryview(text))
        os.fsync(file.fileno())
    with _writing(folder):
        sync_folder(folder)
        sync_folder(folder.parent)
    return hashlib.sha256(text).hexdigest()


def _let_go(handle: int) -> None:
    """Sync what is written so far, and drop it from memory: nobody reads it tonight.

    It must be synced at the end all the same. Fresh memory for a night's reports costs more than to write them.
    """
    os.fsync(handle)
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)


def _write_all(handle: int, data: memoryview) -> None:
    while len(data):
        data = data[os.write(handle, data) :]


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        what = "no space is left" if error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT) else error.strerror
        raise CannotWrite(
            f"{path}: cannot be written ({what}); nothing was kept, mend it and run the night again"
        ) from None


def start(out: Path, night: str) -> Path:
    """An empty hidden folder for the night's reports."""
    folder = pending(out, night)
    try:
        remove(folder)
        folder.mkdir()
    except OSError as error:
        raise CannotCreate(f"{folder}: cannot be created ({error.strerror}); check the folder's permissions") from None
    return folder


def remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def remove_quietly(folder: Path) -> None:
    """Remove what can be removed; the next run removes the rest."""
    shutil.rmtree(folder, ignore_errors=True)


def discard(folder: Path) -> None:
    try:
        remove(folder)
    except OSError as error:
        raise CannotWrite(f"{folder}: left by a run that died, and cannot be removed ({error.strerror})") from None


def pending_folders(out: Path) -> list[Path]:
    return sorted(out.glob(".????-??-??.pending"))


def night_places(out: Path) -> list[Path]:
    """Whatever stands where the reports of a night go, by date; an empty folder is nothing."""
    places = sorted(out.glob("20[0-9][0-9]-[01][0-9]-[0-3][0-9]"))
    return [place for place in places if not place.is_dir() or any(place.iterdir())]


def withdrawn_folders(out: Path) -> list[Path]:
    return sorted(out.glob(".????-??-??.withdrawn"))


def night_of(folder: Path) -> str:
    """The night of a hidden folder."""
    return folder.name.split(".")[1]


def publish(out: Path, night: str) -> None:
    """Put the night's folder in its place. The store has committed: whatever fails here, the next run does again."""
    place = out / night
    try:
        if place.exists():
            remove(withdrawn(out, night))
            os.rename(place, withdrawn(out, night))
        os.rename(pending(out, night), place)
        sync_folder(out)
        remove(withdrawn(out, night))
    except OSError as error:
        raise CannotWrite(
            f"{place}: the night is decided and recorded, but its reports cannot be put in place ({error.strerror}); "
            "mend it and run the same command again"
        ) from None


def is_as_published(folder: Path, manifest: str) -> bool:
    """Whether a folder holds this manifest and every report as it lists them."""
    if manifest_sha256(folder) != manifest:
        return False
    outputs = json.loads((folder / MANIFEST).read_bytes())["outputs"]
    return all(_sha256(folder / output["name"]) == output["sha256"] for output in outputs)


def _sha256(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def manifest_sha256(folder: Path) -> str | None:
    """SHA-256 of a folder's manifest, None where there is none."""
    return _sha256(folder / MANIFEST)
