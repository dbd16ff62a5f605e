"""Published nights checked once more: hashes, the chain of manifests, balances and control totals (rulebook 7, 9).

Everything is read and counted as it lies there. Nothing is ever written. Every problem is told, not only the first.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from refund_calc.columns.counted import counted
from refund_calc.errors import NoInput
from refund_calc.history import record
from refund_calc.history.folders import PAGE
from refund_calc.history.nights import (
    MANIFEST,
    PublishedNight,
    ReportFiles,
    cannot_be_read,
    chain_broken,
    night_places,
    report_files,
    report_of,
    restore,
)
from refund_calc.history.record import sha256_of
from refund_calc.policy.money import total
from refund_calc.reading.index_again import index_again
from refund_calc.reading.totals_again import REFUNDS, Payouts, TotalsAgain, columns_of_report, payouts_of_record

RECORD = {record.file_name(name): record.schema(name) for name in record.FILES}


@dataclass(frozen=True)
class Verified:
    """What was looked at, a line for each thing that is not as it should be, and a line for what is merely odd."""

    nights: int
    files: int
    problems: tuple[str, ...]
    notices: tuple[str, ...]


def verify(out: Path) -> Verified:
    """Check every night of OUT. Raises NoInput where there is no such folder, or no night in it."""
    if not out.is_dir():
        raise NoInput(f"{out}: there is no such folder; give the folder that the nights were written to")
    places = night_places(out)
    if not places:
        raise NoInput(f"{out}: no night is published here; give the folder that the nights were written to")
    checks = [_NightCheck(name, folder, name == list(places)[-1]) for name, folder in places.items()]
    due = _Due()
    for at, check in enumerate(checks):
        check.chain(checks[at - 1] if at else None)
        tables = check.files_as_published()
        due.decided(check, tables.get(REFUNDS))
        check.totals(tables, due.posted(check))
    whole = [check.night for check in checks if check.night and not check.fault]
    problems, notices = index_again(out, {check.name: check.night for check in checks}, whole)
    return Verified(
        len(checks),
        sum(check.files for check in checks),
        (*(line for check in checks for line in check.problems), *problems),
        (*(line for check in checks for line in check.notices), *notices),
    )


class _Due:
    """Payouts that no night has posted yet: the first night on or after their date does (RP-10)."""

    def __init__(self) -> None:
        self._open: list[tuple[int, Payouts | None]] = []  # payout date (day number); None: its record cannot tell
        self._is_known = True

    def decided(self, check: "_NightCheck", refunds: pa.Table | None) -> None:
        """What a night decided, by its record. Where its date is not known either, all that follows is unknown."""
        if check.night is None or check.fault:
            self._is_known = False
        elif refunds is None:
            self._open.append((check.night.terms.payout_date, None))
        else:
            cents = payouts_of_record(refunds)["cents"].to_numpy()
            self._open.append((check.night.terms.payout_date, Payouts(len(cents), total(cents))))

    def posted(self, check: "_NightCheck") -> Payouts | None:
        """What falls due this night, None where that is not known."""
        reached = [payouts for day, payouts in self._open if day <= check.day]
        self._open = [(day, payouts) for day, payouts in self._open if day > check.day]
        known = [payouts for payouts in reached if payouts]
        return sum(known, Payouts()) if self._is_known and None not in reached else None


class _NightCheck:
    """One night's folder, what was read of it and what is wrong with it."""

    def __init__(self, name: str, folder: Path, is_latest: bool) -> None:
        self.name, self.folder, self.files = name, folder, 0
        self.day = PublishedNight(folder, name, b"").day
        self.restore = restore(name, is_latest)
        self.problems: list[str] = []
        self.notices: list[str] = []
        self.night: PublishedNight | None = None  # None: there is no manifest
        self.fault: str | None = None
        self.outputs: dict[str, tuple[int, str]] = {}
        if folder.name != name:
            self.notices.append(
                f"{folder}: a redo of the night of {name} was cut off; the next run puts the night back in its place"
            )
        self._read_manifest()

    def _read_manifest(self) -> None:
        path = self.folder / MANIFEST
        self.files += 1
        try:
            night = PublishedNight(self.folder, self.name, path.read_bytes())
        except OSError as error:
            self.problems.append(cannot_be_read(path, error, self.restore))
            return
        self.night, self.fault = night, night.fault()
        if self.fault:
            self._say(MANIFEST, f"not as that night published it ({self.fault})")
        try:
            self.outputs = night.outputs()
        except (ValueError, KeyError, TypeError, AttributeError):
            return  # it was said: this is no manifest

    def _say(self, name: str, what: str) -> None:
        self.problems.append(f"{self.folder / name}: {what}; {self.restore}")

    def chain(self, before: "_NightCheck | None") -> None:
        """The manifest follows the one of the night before it; what is already known to be changed says nothing."""
        if self.night is None or self.fault or (before and (before.night is None or before.fault)):
            return
        expected = before.night.sha256 if before and before.night else None
        if self.night.manifest["previous_manifest_sha256"] != expected:
            self.problems.append(chain_broken(self.folder, before.name if before else None))

    def files_as_published(self) -> dict[str, pa.Table]:
        """Bytes and rows of every file that the manifest lists; what else lies there is named.

        Answers what could be read, by name: of a report the columns that are needed, of the record what is unchanged.
        A report in parts is one, where all of them could be read.
        """
        tables = dict[str, pa.Table]()
        for name, (rows, sha256) in self.outputs.items():
            self.files += 1
            try:
                table = self._read(name, sha256)
            except pa.ArrowException as error:
                self._say(name, f"not the file any more ({_one_line(error)})")
            except KeyError as error:
                self._say(name, f"not the file any more ({error.args[0]})")
            except OSError as error:
                self.problems.append(cannot_be_read(self.folder / name, error, self.restore))
            else:
                if table is None:
                    continue
                tables[name] = table
                if table.num_rows != rows:
                    self._say(name, f"{counted(table.num_rows, 'row')}, {self._witness} says {rows:,}")
        self.notices += self._foreign()
        return self._joined(tables)

    def _report_files(self, report: str) -> ReportFiles:
        return report_files(self.outputs, report)

    def _joined(self, tables: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
        """What was read, by report; of a report in parts nothing where one of them could not be read."""
        files_of = {report: self._report_files(report).files for report in {report_of(name) for name in tables}}
        return {
            report: pa.concat_tables(tables[name] for name in files)
            for report, files in files_of.items()
            if all(name in tables for name in files)
        }

    @property
    def _witness(self) -> str:
        return "the manifest (itself changed)" if self.fault else "the manifest"

    def _read(self, name: str, sha256: str) -> pa.Table | None:
        """A file, its bytes compared. None for a record file with other bytes: nothing is to be read of them."""
        path = self.folder / name
        found = sha256_of(path)
        if found != sha256:
            self._say(name, f"SHA-256 is {_short(found)}, {self._witness} says {_short(sha256)}")
        if name == PAGE:
            return None  # its bytes are all there is to compare
        if name not in RECORD:
            return columns_of_report(path, report_of(name))
        if found != sha256:
            return None
        table = record.read(path)
        if not table.schema.equals(RECORD[name]):
            raise KeyError("other columns than the record has")
        return table

    def _foreign(self) -> Iterator[str]:
        """What lies in the night's folder and is not the night's, such as the lock of an office program."""
        if not self.outputs:
            return
        files = {self.folder / name for name in (*self.outputs, MANIFEST)}
        folders = {path.parent for path in files} - {self.folder}
        found = {path for folder in (self.folder, *folders) if folder.is_dir() for path in folder.iterdir()}
        for path in sorted(found - files - folders):
            yield f"{path}: not a file of the night; it changes nothing"

    def totals(self, tables: Mapping[str, pa.Table], posted: Payouts | None) -> None:
        """The control totals and balances, counted once more."""
        if self.night is None:
            return
        try:
            stated = {k: dict(v) for k, v in self.night.manifest["control_totals"].items()}
            read = sum(source["rows"] for source in self.night.manifest["inputs"] if source["kind"] == "returns")
        except (ValueError, KeyError, TypeError, AttributeError):
            return  # it was said: this is no manifest
        self.problems += TotalsAgain(self._place, self.restore, tables, stated, read, posted).problems()

    def _place(self, report: str) -> Path:
        return self.folder / self._report_files(report).place


def _short(sha256: str) -> str:
    return sha256[:12] + "…"


def _one_line(error: Exception) -> str:
    return str(error.args[0] if error.args else error).splitlines()[0]
