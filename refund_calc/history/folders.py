"""Reports on disk, all at once or not at all (rulebook 9).

A night's files are written to a hidden folder beside their place and synced; then the folder is renamed into place.
That rename is the one moment at which the night exists: nothing else decides it.
"""

import contextlib
import errno
import fcntl
import hashlib
import itertools
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from refund_calc.errors import CannotCreate, CannotWrite, Locked
from refund_calc.history.nights import MANIFEST, is_empty, is_night, withdrawn
from refund_calc.history.record import FOLDER, RecordFile, file_name, sha256_of, write

LOCK = ".refund-calc.lock"
PAGE = "report.html"
KEPT = "withdrawn"  # the folder of the nights that were redone
NOT_FOR_OTHERS = 0o027  # customers' names and money: others read nothing, the group writes nothing
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


def listed(written: Iterable[Written]) -> dict[str, tuple[int, str]]:
    """Files as a night's manifest lists them: name -> rows and SHA-256."""
    return {file.name: (file.rows, file.sha256) for file in written}


def pending(out: Path, night: str) -> Path:
    """Where a night's reports wait to be published."""
    return out / f".{night}.pending"


@contextlib.contextmanager
def locked(*folders: Path) -> Iterator[None]:
    """Make the folders and hold their locks; the system frees these when the process ends, however it ends.

    What is made meanwhile, libraries' files too, is for the owner and the group only, or for whom the umask leaves.
    Whoever ends in order takes his lock file away, and the folders that he made, if nothing came to be in them.
    """
    with contextlib.ExitStack() as held:
        held.callback(os.umask, _umask_for_us())
        for folder in sorted({folder.resolve() for folder in folders}):
            for made in _make_folder(folder):
                held.callback(_remove_if_empty, made)
            held.callback(_unlock, folder, _lock(folder))
        yield


def _umask_for_us() -> int:
    """Take from others what the umask leaves to them; answers the umask as it was."""
    before = os.umask(NOT_FOR_OTHERS)
    os.umask(before | NOT_FOR_OTHERS)
    return before


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
    try:
        missing = [path for path in (folder, *folder.parents) if not path.exists()][::-1]
        folder.mkdir(parents=True, exist_ok=True)
        for path in missing:
            sync_folder(path.parent)
    except OSError as error:
        raise CannotCreate(f"{folder}: cannot be created ({error.strerror}); check --out") from None
    return missing


def write_report(folder: Path, report: Report) -> Written:
    """Write one report, hash it on the way, and sync it."""
    path = folder / report.name
    digest = hashlib.sha256()
    unsynced = 0
    with writing(path), path.open("xb", buffering=0) as file:
        for block in itertools.chain([header_line(report.header)], report.blocks()):
            _write_all(file.fileno(), block)
            digest.update(block)
            unsynced += len(block)
            if unsynced >= SYNC_AT:
                _let_go(file.fileno())
                unsynced = 0
        os.fsync(file.fileno())
    return Written(report.name, report.rows, digest.hexdigest())


def header_line(header: Iterable[str]) -> memoryview:
    """The first line of a report."""
    return memoryview((",".join(header) + "\n").encode())


def take_parts(folder: Path, parts: Sequence[tuple[Path, Written]]) -> list[Written]:
    """Put part files, which lie synced on the same disk, in their place among the night's, and sync their names.

    Others may read of them what they may read of the folder, whoever wrote them.
    """
    mode = folder.stat().st_mode & 0o666
    for path, written in parts:
        place = folder / written.name
        with writing(place):
            place.parent.mkdir(exist_ok=True)
            if path.stat().st_mode & 0o777 != mode:
                path.chmod(mode)
            path.rename(place)
    for parent in {(folder / written.name).parent for _, written in parts}:
        with writing(parent):
            sync_folder(parent)
    return [written for _, written in parts]


def write_page(folder: Path, page: bytes, rows: int) -> Written:
    """Write the morning page, which lists so many exceptions, and sync it."""
    path = folder / PAGE
    with writing(path), path.open("xb", buffering=0) as file:
        _write_all(file.fileno(), memoryview(page))
        os.fsync(file.fileno())
    return Written(PAGE, rows, hashlib.sha256(page).hexdigest())


def write_record(folder: Path, file: RecordFile) -> Written:
    """Write one record file, sync it, and hash it as it was read back."""
    path = folder / file_name(file.name)
    with writing(path):
        path.parent.mkdir(exist_ok=True)
        write(path, file)
        with path.open("rb") as written:
            os.fsync(written.fileno())
        return Written(file_name(file.name), file.rows, sha256_of(path))


def write_manifest(folder: Path, text: bytes) -> None:
    """Write the manifest last, and sync the folders and their names."""
    path = folder / MANIFEST
    with writing(path), path.open("xb", buffering=0) as file:
        _write_all(file.fileno(), memoryview(text))
        os.fsync(file.fileno())
    with writing(folder):
        for synced in (folder / FOLDER, folder, folder.parent):
            sync_folder(synced)


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
def writing(path: Path) -> Iterator[None]:
    """Raise CannotWrite where a file or folder cannot be written."""
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


def withdrawn_folders(out: Path) -> list[Path]:
    return sorted(folder for folder in out.glob(".????-??-??.withdrawn") if is_night(night_of(folder)))


def night_of(folder: Path) -> str:
    """The night of a hidden folder."""
    return folder.name.split(".")[1]


def publish(out: Path, night: str) -> None:
    """Put the night's folder in its place: from then on the night exists.

    The folder of a night that is redone goes aside first, and then to where it is kept. If this is cut off, `recover`
    puts it back, or, where the new one is in its place already, takes it to where it is kept.
    """
    place, aside = out / night, withdrawn(out, night)
    try:
        if not is_empty(place):
            _make_kept(out)
            os.rename(place, aside)
            sync_folder(out)
        os.rename(pending(out, night), place)
    except OSError as error:
        with contextlib.suppress(OSError):
            _put_back(aside, place)
        raise CannotWrite(
            f"{place}: the night's folder cannot be put in place ({error.strerror}); nothing was published, "
            "mend it and run the night again"
        ) from None
    try:
        sync_folder(out)
        if aside.exists():
            _keep(out, night)
    except OSError as error:
        raise CannotWrite(
            f"{place}: the night is published, but the folder cannot be synced or tidied up ({error.strerror}); "
            "mend it and run the same command again"
        ) from None


def kept_folder(out: Path, night: str) -> Path:
    """Where the night that a redo replaces next will be kept: OUT/withdrawn/<as_of>-<k>, k from 1."""
    kept = [place.name.removeprefix(f"{night}-") for place in (out / KEPT).glob(f"{night}-*")]
    return out / KEPT / f"{night}-{max((int(number) for number in kept if number.isdecimal()), default=0) + 1}"


def _make_kept(out: Path) -> None:
    if not (out / KEPT).is_dir():
        (out / KEPT).mkdir()
        sync_folder(out)


def _keep(out: Path, night: str) -> None:
    """What a redo replaced is kept, whole."""
    _make_kept(out)
    os.rename(withdrawn(out, night), kept_folder(out, night))
    for synced in (out / KEPT, out):
        sync_folder(synced)


def _put_back(aside: Path, place: Path) -> None:
    if aside.exists() and is_empty(place):
        os.rename(aside, place)


def recover(out: Path) -> frozenset[str]:
    """Tidy up after a run that died: what was never put in its place is no night; what went aside for it comes back.

    Answers the nights whose redo had come to its place: it is finished by this, and need not be run again.
    """
    finished = set()
    for folder in withdrawn_folders(out):
        night = night_of(folder)
        try:
            if is_empty(out / night):
                _put_back(folder, out / night)
            else:
                _keep(out, night)
                finished.add(night)
        except OSError as error:
            raise CannotWrite(
                f"{folder}: cannot be put where it belongs ({error.strerror}); mend it and run again"
            ) from None
    for folder in pending_folders(out):
        discard(folder)
    return frozenset(finished)
