"""The published nights of a folder and the chain of their manifests (rulebook 7 and 9)."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

from refund_calc.errors import BadData, NoInput

REFUNDS_CSV, PAYOUTS_CSV, LEDGER_CSV, EXCEPTIONS_CSV = "refunds.csv", "payouts.csv", "ledger.csv", "exceptions.csv"
MANIFEST = "manifest.json"
SELF = '  "sha256": "'  # the last line but one of a manifest: the hash of the bytes before it
NIGHT = re.compile(r"20\d\d-\d\d-\d\d")
PART = re.compile(r"(\w+)/part-\d{5,}\.csv")
ASIDE = re.compile(r"\.(20\d\d-\d\d-\d\d)\.withdrawn")
PERMISSIONS = "check its permissions for the user that runs the job"
EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Terms:
    """What the payouts of one night have in common; days are day numbers."""

    night: int
    payout_date: int
    currency: str
    accounts: dict[str, dict[str, str]]  # account -> code and name
    closures: tuple[str, ...]  # the company's closing days, ISO


@dataclass(frozen=True)
class ReportFiles:
    """Where the rows of a report lie in a night's folder: in one file, or in part files, one after the other.

    Each has the report's header. `files` are names in the folder, none where the night has no such report.
    """

    report: str  # such as ledger.csv
    files: tuple[str, ...]
    rows: int
    sha256: str  # of the one file; of part files, that of their own ones

    @property
    def place(self) -> str:
        """What to point a person to: the file, or the folder of its parts."""
        return parts_of(self.report) if self.files and self.report not in self.files else self.report


def parts_of(report: str) -> str:
    """Begins the names of a report's part files: their folder."""
    return report.removesuffix(".csv") + "/"


def part_file(report: str, number: int) -> str:
    """The name of a report's part file; numbered from 1, they sort as their rows do."""
    return f"{parts_of(report)}part-{number:05}.csv"


def report_of(file: str) -> str:
    """The report that a file of a night is, or is a part of."""
    part = PART.fullmatch(file)
    return f"{part[1]}.csv" if part else file


def report_files(outputs: Mapping[str, tuple[int, str]], report: str) -> ReportFiles:
    """A report among the files of a night: name -> rows and SHA-256, in the order of the manifest."""
    files = {name: of for name, of in outputs.items() if report_of(name) == report}
    hashes = [sha256 for _, sha256 in files.values()]
    whole = hashes[0] if len(hashes) == 1 else hashlib.sha256("\n".join(hashes).encode()).hexdigest()
    return ReportFiles(report, tuple(files), sum(rows for rows, _ in files.values()), whole)


@dataclass(frozen=True)
class PublishedNight:
    """A night's folder in its place, and its manifest as it was read."""

    folder: Path
    name: str  # ISO date; `folder` has another one where a redo was cut off
    text: bytes

    @cached_property
    def manifest(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text)
        return found

    @property
    def day(self) -> int:
        """as_of as a day number."""
        return date.fromisoformat(self.name).toordinal() - EPOCH

    @property
    def sha256(self) -> str:
        """Of the whole manifest: the name by which the next night and the index know it."""
        return hashlib.sha256(self.text).hexdigest()

    @property
    def terms(self) -> Terms:
        terms = self.manifest["terms"]
        payout = date.fromisoformat(terms["payout_date"]).toordinal() - EPOCH
        return Terms(self.day, payout, terms["currency"], terms["accounts"], tuple(terms["closures"]))

    def outputs(self) -> dict[str, tuple[int, str]]:
        """File -> rows and SHA-256, reports and record files.

        Raises ValueError, KeyError or TypeError for what is no list of files: somebody changed it.
        """
        listed = self.manifest["outputs"]
        return {str(output["name"]): (int(output["rows"]), str(output["sha256"])) for output in listed}

    def report_files(self, report: str) -> ReportFiles:
        """Where the rows of a report, such as ledger.csv, lie."""
        return report_files(self.outputs(), report)

    def fault(self) -> str | None:
        """Why its manifest cannot be what was published, or None."""
        try:
            before, _, after = self.text.decode().rpartition(SELF)
            if hashlib.sha256(before.encode()).hexdigest() + '"\n}\n' != after:
                return "its last key is not the hash of what stands before it: it was changed"
            if self.manifest["as_of"] != self.name:
                return f"it is the manifest of {self.manifest['as_of']}"
            return None if self.outputs() and self.terms else "it lists no files"
        except (ValueError, KeyError, TypeError, AttributeError):
            return "it is not a manifest of this program"


def sealed(content: dict[str, Any]) -> bytes:
    """A manifest with its own hash as the last key."""
    before = json.dumps(content, indent=2, ensure_ascii=False).removesuffix("\n}") + ",\n"
    return (before + SELF + hashlib.sha256(before.encode()).hexdigest() + '"\n}\n').encode()


def withdrawn(out: Path, night: str) -> Path:
    """Where a night's folder stands for a moment, while a redo takes its place."""
    return out / f".{night}.withdrawn"


def is_empty(place: Path) -> bool:
    """Nothing, or a folder with nothing in it: no night. Raises BadData where nobody may look."""
    try:
        return not place.exists() or (place.is_dir() and not any(place.iterdir()))
    except PermissionError as error:
        raise BadData(f"{place}: cannot be read ({error.strerror}); {PERMISSIONS}") from None


def is_night(name: str) -> bool:
    """Whether a folder of this name can be a night's: 2026-02-30 looks like one and is none."""
    try:
        return bool(NIGHT.fullmatch(name) and date.fromisoformat(name))
    except ValueError:
        return False


def night_places(out: Path) -> dict[str, Path]:
    """Date -> folder of every night that stands in OUT, by date; an empty folder is nothing.

    Between its two renames a redo that was cut off has left the old night aside: it is read there.
    """
    places = {}
    for place in _listed(out):
        hidden = ASIDE.fullmatch(place.name)
        if hidden and is_night(hidden[1]):
            places[hidden[1]] = place
    for place in _listed(out):
        if is_night(place.name) and not is_empty(place):
            places[place.name] = place
    return dict(sorted(places.items()))


def _listed(out: Path) -> list[Path]:
    """What lies in OUT; nothing where it is not there. Raises NoInput where nobody may look."""
    try:
        return sorted(out.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise NoInput(f"{out}: cannot be read ({error.strerror}); {PERMISSIONS}") from None


def cannot_be_read(path: Path, error: OSError, what_to_do: str) -> str:
    """The line about a published file that is not there, or that nobody may read: that one is not lost."""
    if isinstance(error, PermissionError):
        return f"{path}: cannot be read ({error.strerror}); {PERMISSIONS}"
    return f"{path}: missing or unreadable ({error.strerror or str(error).splitlines()[0]}); {what_to_do}"


def restore(name: str, is_latest: bool) -> str:
    """What to do about a published file that is not as it was."""
    redo = f", or run that night again with --as-of {name} --redo" if is_latest else ""
    return f"restore the folder from a backup{redo}"


def chain_broken(folder: Path, before: str | None) -> str:
    """The line about a night whose manifest names another one before it than the one that stands there, if any."""
    what = (
        f"it does not follow the night of {before}, which stands" if before else "it follows a night, and none stands"
    )
    return (
        f"{folder / MANIFEST}: {what} before it: a night was lost or changed; "
        "restore the folders of OUT from one backup"
    )


def published(out: Path, *, but_for: str = "") -> list[PublishedNight]:
    """Every night of OUT, the earliest first, their chain checked.

    `but_for` is a night that is about to be replaced: it need not be whole, but where its manifest can be read, it must
    follow the night before it, or a redo would close the gap that a lost night left. Raises BadData naming
    the first manifest that is missing, changed, or does not follow the one before.
    """
    nights: list[PublishedNight] = []
    places = night_places(out)
    for name, folder in places.items():
        what_to_do = restore(name, name == list(places)[-1])
        path = folder / MANIFEST
        try:
            night = PublishedNight(folder, name, path.read_bytes())
        except OSError as error:
            if name == but_for and not isinstance(error, PermissionError):
                continue
            raise BadData(cannot_be_read(path, error, what_to_do)) from None
        fault = night.fault()
        if fault and name != but_for:
            raise BadData(f"{path}: not as that night published it ({fault}); {what_to_do}")
        if not fault:
            nights.append(night)
    for at, night in enumerate(nights):
        before = nights[at - 1].sha256 if at else None
        if night.manifest["previous_manifest_sha256"] != before:
            raise BadData(chain_broken(night.folder, nights[at - 1].name if at else None))
    return nights


def check_files(night: PublishedNight, names: tuple[str, ...] = (), *, is_latest: bool = False) -> None:
    """Compare files of a night with its manifest: all, or those that are named. Raises BadData for the first."""
    for name in night.outputs():
        if not names or name in names:
            checked(night, name, is_latest=is_latest).close()


def checked(night: PublishedNight, name: str, *, is_latest: bool = False) -> BinaryIO:
    """A file of a night, open at its start, after it was compared with the manifest. Raises BadData.

    What is read of it is what was compared, even where a redo puts another night in its place meanwhile.
    """
    path = night.folder / name
    try:
        file = path.open("rb")
        found = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
    except OSError as error:
        raise BadData(cannot_be_read(path, error, restore(night.name, is_latest))) from None
    if found != night.outputs()[name][1]:
        file.close()
        raise BadData(f"{path}: not as that night published it (changed); {restore(night.name, is_latest)}")
    return file
