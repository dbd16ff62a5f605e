"""Exported files on disk: whole or not at all, for the owner and the group only."""

import contextlib
import errno
import os
from collections.abc import Sequence
from pathlib import Path

from refund_calc.errors import CannotCreate, CannotWrite
from refund_calc.history.folders import KEPT, NOT_FOR_OTHERS
from refund_calc.history.nights import is_night


def part_paths(path: Path, parts: int) -> list[Path]:
    """FILE itself for one part; books-1-of-3.csv and so on for several."""
    if parts == 1:
        return [path]
    return [path.with_name(f"{path.stem}-{at}-of-{parts}{path.suffix}") for at in range(1, parts + 1)]


def beside(path: Path) -> Path:
    """Where the payouts that are not in FILE are listed."""
    return path.with_name(f"{path.stem}-left-out.csv")


def check_place(path: Path, out: Path) -> None:
    """Raise CannotCreate where a file would lie in a published night, whose files are never touched again."""
    for folder in path.resolve().parents:
        if folder.parent == out.resolve() and (is_night(folder.name) or folder.name == KEPT):
            raise CannotCreate(f"{path}: it lies in a published night of {out}; give another place")


def save(path: Path, parts: Sequence[bytes]) -> list[Path]:
    """Write the parts, replacing what stood there. Raises CannotCreate, or CannotWrite on the way."""
    paths = part_paths(path, len(parts))
    for place, content in zip(paths, parts, strict=True):
        _save(place, content)
    return paths


def _save(path: Path, content: bytes) -> None:
    if path.is_dir():
        raise CannotCreate(f"{path}: it is a folder; give -o the name of a file")
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    mode = 0o666 & ~NOT_FOR_OTHERS
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
    except OSError as error:
        raise CannotCreate(f"{path}: cannot be written ({error.strerror}); give -o another place") from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink()
        what = "no space is left" if error.errno in (errno.ENOSPC, errno.EDQUOT) else error.strerror
        raise CannotWrite(f"{path}: cannot be written ({what}); nothing was kept, mend it and export again") from None
