"""`refund-calc workbook`: a published night as one workbook, read back cell by cell."""

import csv
import io
import zipfile
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from python_calamine import CalamineWorkbook

from jobs.workbook import command
from refund_calc.errors import BadData, CannotCreate, NoInput
from refund_calc.reading.workbook import SHEETS, Written, write_workbook
from refund_calc.reports.contracts import KINDS
from tests.night_after_night.store import Store, on
from tests.stories import a_return, an_order

FRIDAY = date(2026, 3, 20)
ORDERS = [an_order(order_number=number, payment_reference="=2+3") for number in ("0012", "B")]
RETURNS = [a_return(rma_number="007", order_number="0012"), a_return(order_number="B", evidence_complete="")]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(tmp_path_factory.mktemp("store"))
    store.run(on(FRIDAY, *RETURNS, orders=ORDERS))
    return store


def as_in_the_csv(cell: object, name: str) -> str:
    """A cell of the workbook as the report has it; what it is must be of the column's kind."""
    if cell == "":
        return ""
    if KINDS[name] == "date":
        assert isinstance(cell, date)
        return str(cell)
    if KINDS[name] in ("money", "count"):
        assert isinstance(cell, float)
        return f"{cell:.2f}" if KINDS[name] == "money" else f"{cell:.0f}"
    assert isinstance(cell, str)
    return cell


def test_every_sheet_has_what_its_report_has_as_text_dates_and_numbers(store: Store, tmp_path: Path) -> None:
    assert write_workbook(store.out, str(FRIDAY), tmp_path / "night.xlsx") == Written(str(FRIDAY), ())
    book = CalamineWorkbook.from_filelike(io.BytesIO((tmp_path / "night.xlsx").read_bytes()))
    assert book.sheet_names == ["Summary", *SHEETS]
    for name, (file, contract) in SHEETS.items():
        header, *rows = book.get_sheet_by_name(name).to_python()
        assert header == list(contract)
        found = [[as_in_the_csv(cell, column) for cell, column in zip(row, header, strict=True)] for row in rows]
        with (store.out / str(FRIDAY) / file).open(newline="", encoding="utf-8") as report:
            _, *expected = csv.reader(report)
        assert found == [[cell.replace("'=", "=") for cell in row] for row in expected], name
    summary = {row[0]: row[1] for row in book.get_sheet_by_name("Summary").to_python()}
    assert (summary["net_refund"], summary["debits"], summary["refund"]) == (100.5, 108.0, 1.0)


def test_the_same_night_has_the_same_bytes_and_the_latest_is_taken_unless_told(store: Store, tmp_path: Path) -> None:
    write_workbook(store.out, None, tmp_path / "a.xlsx")
    write_workbook(store.out, str(FRIDAY), tmp_path / "b.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.xlsx", "b.xlsx"]


def test_what_a_sheet_cannot_hold_is_told_three_times(store: Store, tmp_path: Path) -> None:
    # Two return lines, one payout, and the refund's four lines in the ledger: one row of each is written.
    seen: list[tuple[str, int, int]] = []
    told = write_workbook(store.out, None, tmp_path / "a.xlsx", most=1, progress=lambda *at: seen.append(at))
    register = "Register: the first 1 of 2 rows, a sheet holds no more; 2026-03-20/refunds.csv has them all"
    ledger = "Ledger: the first 1 of 4 rows, a sheet holds no more; 2026-03-20/ledger.csv has them all"
    assert told.cut == (register, ledger)
    book = CalamineWorkbook.from_filelike(io.BytesIO((tmp_path / "a.xlsx").read_bytes()))
    whole = [row[1] for row in book.get_sheet_by_name("Summary").to_python() if row[0] == "not whole"]
    assert whole == [register, ledger]
    *_, last = book.get_sheet_by_name("Ledger").to_python()
    assert last[0] == "and 3 more: 2026-03-20/ledger.csv has them all"
    assert [at for at in seen if at[0] == "Ledger"] == [("Ledger", 0, 0), ("Ledger", 0, 1), ("Ledger", 1, 0)]


def test_a_sheet_beyond_the_limit_of_plain_zip_is_written_all_the_same(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 500)  # bytes, for two gigabytes
    write_workbook(store.out, None, tmp_path / "a.xlsx")
    book = CalamineWorkbook.from_filelike(io.BytesIO((tmp_path / "a.xlsx").read_bytes()))
    assert len(book.get_sheet_by_name("Register").to_python()) == 3


def test_what_cannot_be_written_or_is_not_there_is_said(store: Store, tmp_path: Path) -> None:
    with pytest.raises(NoInput, match=r"no such night in .*; it holds 1, from 2026-03-20 to 2026-03-20"):
        write_workbook(store.out, "2026-03-21", tmp_path / "a.xlsx")
    with pytest.raises(NoInput, match="no night is published here"):
        write_workbook(tmp_path, None, tmp_path / "a.xlsx")
    with pytest.raises(CannotCreate, match="it is a folder"):
        write_workbook(store.out, None, tmp_path)
    with pytest.raises(CannotCreate, match="No such file or directory"):
        write_workbook(store.out, None, tmp_path / "missing" / "a.xlsx")
    with pytest.raises(CannotCreate, match="it lies in a published night"):
        inside = str(store.out / str(FRIDAY) / "night.xlsx")
        CliRunner().invoke(command, ["--out", str(store.out), "-o", inside], catch_exceptions=False)
    assert not list(tmp_path.iterdir())


def test_a_changed_report_is_not_shown_and_the_file_before_stays(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.run(on(FRIDAY, *RETURNS, orders=ORDERS))
    (tmp_path / "night.xlsx").write_bytes(b"before")
    with (store.out / str(FRIDAY) / "ledger.csv").open("a") as ledger:
        ledger.write("x\n")
    with pytest.raises(BadData, match=r"ledger\.csv: not as that night published it"):
        write_workbook(store.out, None, tmp_path / "night.xlsx")
    assert (tmp_path / "night.xlsx").read_bytes() == b"before"
