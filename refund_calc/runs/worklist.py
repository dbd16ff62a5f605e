"""The worklist beside the nights: written with each published night, and again where it is missing or older."""

import contextlib
from collections.abc import Callable, Iterable
from pathlib import Path

from refund_calc.history.folders import Written, listed
from refund_calc.history.nights import EXCEPTIONS_CSV, PublishedNight, report_files
from refund_calc.reading import worklist_rows
from refund_calc.reading.worklist import FILE, is_of, worklist
from refund_calc.reading.worklist_rows import OpenExceptions


def made_worklist(night: str, written: Iterable[Written], found: OpenExceptions) -> bytes:
    """The worklist of a night that is being written; exceptions.csv is among what was written, or its parts are."""
    return worklist(night, report_files(listed(written), EXCEPTIONS_CSV), found)


def write_worklist(out: Path, make: Callable[[], bytes]) -> tuple[str, ...]:
    """Write OUT/worklist.xlsx of a night that was just published. Answers a warning where it cannot be made."""
    path, draft = out / FILE, out / f".{FILE}.draft"
    try:
        draft.write_bytes(make())
        draft.replace(path)
    except Exception as error:  # whatever it is: the night is published, and is not to fail any more
        with contextlib.suppress(OSError):
            draft.unlink()
        what = error.strerror if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
        return (f"{path}: cannot be written ({what}); the night is published, for its worklist run the command again",)
    return ()


def mend_worklist(out: Path, night: PublishedNight) -> tuple[str, ...]:
    """Write the worklist of the latest night where it is not there, as when the run that published it died."""
    if is_of(out / FILE, night):
        return ()
    report = night.report_files(EXCEPTIONS_CSV)
    return write_worklist(out, lambda: worklist(night.name, report, worklist_rows.of_published(night)))
