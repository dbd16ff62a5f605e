"""night.xlsx: a published night as one workbook: summary, register, payouts, ledger, exceptions."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from refund_calc.books.published import report
from refund_calc.errors import CannotCreate, CannotWrite, NoInput
from refund_calc.history.nights import (
    EXCEPTIONS_CSV,
    LEDGER_CSV,
    PAYOUTS_CSV,
    REFUNDS_CSV,
    PublishedNight,
    published,
    report_of,
)
from refund_calc.reading.sheets import MOST_ROWS, add_sheet, put, workbook
from refund_calc.reports.contracts import EXCEPTIONS, LEDGER, PAYOUTS, REFUNDS, Kind

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook

FILE = "night.xlsx"
SHEETS = {
    "Register": (REFUNDS_CSV, REFUNDS),
    "Payouts": (PAYOUTS_CSV, PAYOUTS),
    "Ledger": (LEDGER_CSV, LEDGER),
    "Exceptions": (EXCEPTIONS_CSV, EXCEPTIONS),
}
BATCH = 10_000  # rows held as Python's texts at a time
MOST = MOST_ROWS - 2  # rows of a report on its sheet: its header stands above, a pointer to the rest below

_Line = tuple[str, str, Kind]  # what, its value, and what kind of value that is


Progress = Callable[[str, int, int], None]  # sheet, rows done, rows that it has more


@dataclass(frozen=True)
class Written:
    """Which night a workbook is of, and a line on each report of which it has no more than the first rows."""

    night: str
    cut: tuple[str, ...]


def write_workbook(
    out: Path, night: str | None, path: Path, *, most: int = MOST, progress: Progress = lambda *_: None
) -> Written:
    """Write the workbook of a night of OUT, the latest one where none is named.

    A sheet has at most `most` rows of its report; `progress` is told what is being written. Raises NoInput where there
    is no such night, BadData where a file of it is not as it was published, CannotCreate or CannotWrite where `path`
    cannot be written; then what stood there is as it was.
    """
    found = _night(out, night)
    draft = path.with_name(f".{path.name}.draft")
    if path.is_dir():
        raise CannotCreate(f"{path}: it is a folder; give -o the name of a file")
    try:
        draft.touch(mode=0o640)
    except OSError as error:
        raise CannotCreate(f"{path}: cannot be written ({error.strerror}); give -o another place") from None
    try:
        _fill(str(draft), found, most, progress)
        draft.replace(path)
    except OSError as error:
        raise CannotWrite(f"{path}: cannot be written ({error.strerror or error}); mend it and run it again") from None
    finally:
        draft.unlink(missing_ok=True)
    return Written(found.name, tuple(_cut(found, most)))


def _cut(night: PublishedNight, most: int) -> Iterator[str]:
    """A line on each report that has more rows than its sheet."""
    for name, (file, _) in SHEETS.items():
        report = night.report_files(file)
        if report.rows > most:
            yield (
                f"{name}: the first {most:,} of {report.rows:,} rows, a sheet holds no more; "
                f"{night.name}/{report.place} has them all"
            )


def _night(out: Path, name: str | None) -> PublishedNight:
    nights = published(out)
    if not nights:
        raise NoInput(f"--out {out}: no night is published here; give the folder that the nights were written to")
    for night in nights:
        if night.name == (name or nights[-1].name):
            return night
    raise NoInput(
        f"--night {name}: no such night in {out}; it holds {len(nights):,}, from {nights[0].name} to {nights[-1].name}"
    )


def _fill(path: str, night: PublishedNight, most: int, progress: Progress) -> None:
    """The whole workbook; the files are checked against the manifest as they are read."""
    book = workbook(path, night.name, {"title": f"Night of {night.name}", "comments": night.sha256}, large=True)
    try:
        _summary(book, night, most)
        for name, (file, contract) in SHEETS.items():
            progress(name, 0, 0)
            # Not kept in a name here: no two reports are held at once.
            left = _report(book, name, report(night, file, tuple(contract)), most, progress)
            if left:
                rest = f"and {left:,} more: {night.name}/{night.report_files(file).place} has them all"
                book.get_worksheet_by_name(name).write_string(most + 1, 0, rest)
    finally:
        book.close()


def _report(book: "Workbook", name: str, table: pa.Table, most: int, progress: Progress) -> int:
    """The first rows of a report as a sheet; how many are left."""
    sheet = add_sheet(book, name, table.column_names)
    rows = min(table.num_rows, most)
    sheet.sheet.autofilter(0, 0, max(rows, 1), table.num_columns - 1)
    progress(name, 0, rows)
    for start in range(0, rows, BATCH):
        batch = table.slice(start, min(BATCH, rows - start))
        texts = [column.to_pylist() for column in batch.columns]
        for row, values in enumerate(zip(*texts, strict=True), start + 1):
            sheet.write_row(row, values)
        progress(name, batch.num_rows, 0)
    return max(int(table.num_rows) - most, 0)


def _summary(book: "Workbook", night: PublishedNight, most: int) -> None:
    sheet = book.add_worksheet("Summary")
    bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
    count, day = book.add_format({"num_format": "#,##0"}), book.add_format({"num_format": "yyyy-mm-dd"})
    formats = {"money": money, "count": count, "date": day}
    sheet.set_column(0, 0, 32)
    sheet.set_column(1, 1, 24)
    for row, (what, value, kind) in enumerate(_lines(night, most)):
        sheet.write_string(row, 0, what, None if value else bold)
        if value:
            put(sheet, row, 1, value, kind, formats.get(kind))


def _lines(night: PublishedNight, most: int) -> Iterator[_Line]:
    """The figures of the manifest, as they are there; a line without a value is a heading."""
    told, terms, totals = night.manifest, night.terms, night.manifest["control_totals"]
    yield f"Night of {night.name}", "", "text"
    yield "currency", terms.currency, "text"
    yield "payout date", told["terms"]["payout_date"], "date"
    yield from (("policy version", policy["version"], "text") for policy in told["policy"])
    for warning in told["warnings"]:
        yield "warning", warning, "text"
    yield from (("not whole", line, "text") for line in _cut(night, most))
    for heading, figures in totals.items():
        yield "", "", "text"
        yield heading, "", "text"
        for name, figure in figures.items():
            yield name, str(figure), "count" if isinstance(figure, int) else "money"
    read = [(file["name"], file["rows"]) for file in told["inputs"]]
    files_of = [night.report_files(name) for name in dict.fromkeys(map(report_of, night.outputs()))]
    made = [(of.place, of.rows) for of in files_of]
    for heading, files in (("read", read), ("published", made)):
        yield "", "", "text"
        yield f"{heading}: rows", "", "text"
        yield from ((name, str(rows), "count") for name, rows in files)
