"""Resolutions in a workbook are read as those in a CSV file (rulebook 3, 8)."""

import io
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from refund_calc.errors import BadData
from refund_calc.inputs.contracts import ResolutionRow
from refund_calc.inputs.inbox import Inputs
from refund_calc.inputs.tables import Table, load
from tests.inputs.reading import ZONE, text

HEADER = ["rma_number", "order_number", "order_line", "code", "action", "amount", "resolved_by", "note"]
ALLOW = ["R1", "1001", "1", "window-expired", "allow", "", "ann", ""]


def book(**sheets: list[list[object]]) -> bytes:
    """A workbook: the rows of each sheet, None for an untouched cell."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as written:
        for name, rows in sheets.items():
            sheet = written.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
    return file.getvalue()


def read(folder: Path, content: bytes) -> Table:
    path = folder / "resolutions-monday.xlsx"
    path.write_bytes(content)
    return load("resolutions", [path], ResolutionRow, ZONE)


def test_ids_are_text_and_a_number_that_excel_made_of_one_has_no_decimals(tmp_path):
    rows = [["007", 1042, 1.0, "damage", "set-amount", 12.3, "ann", "x"], ["R8", "0012", "2", *ALLOW[3:]]]
    table = read(tmp_path, book(a=[HEADER, *rows]))
    assert text(table, "rma_number") == ["007", "R8"]
    assert text(table, "order_number") == ["1042", "0012"]
    assert text(table, "order_line") == ["1", "2"]
    assert text(table, "amount") == [1230, None]


def test_a_sum_of_a_formula_is_read_as_the_spreadsheet_shows_it(tmp_path):
    table = read(tmp_path, book(a=[HEADER, [*ALLOW[:5], 0.1 + 0.2, "ann", ""], [*ALLOW[:5], 3000.0, "ann", ""]]))
    assert text(table, "amount") == [30, 300000]
    assert len(table.bad.row) == 0


def test_a_number_that_has_lost_digits_is_taken_for_no_other(tmp_path):
    # Of 4111111111111112345 a spreadsheet keeps 15 digits and writes zeros for the rest: another order, perhaps.
    table = read(tmp_path, book(a=[HEADER, ["R1", 4111111111111112345, *ALLOW[2:]]]))
    assert text(table, "order_number") == ["4.11111111111111e+18"]


def test_dates_and_flags_in_a_note_are_text(tmp_path):
    rows = [[*ALLOW[:7], date(2026, 3, 1)], [*ALLOW[:7], True]]
    assert text(read(tmp_path, book(a=[HEADER, *rows])), "note") == ["2026-03-01", "TRUE"]


def test_rows_keep_the_number_that_the_spreadsheet_shows(tmp_path):
    table = read(tmp_path, book(a=[[None], HEADER, [None], ALLOW, [" "], ALLOW]))
    assert table.line.tolist() == [4, 6]
    assert (table.sources[0].name, table.sources[0].rows) == ("resolutions-monday.xlsx", 2)


def test_headers_in_any_case_and_order_and_extra_columns_are_ignored_and_named(tmp_path):
    rows = [["Message", *(f" {name.upper()} " for name in HEADER[::-1])], ["why", *ALLOW[::-1]]]
    table = read(tmp_path, book(a=rows))
    assert text(table, "code") == ["window-expired"]
    assert table.sources[0].ignored == ("Message",)


def test_every_sheet_with_the_column_action_is_read_and_the_file_is_listed_once(tmp_path):
    table = read(tmp_path, book(Worklist=[HEADER, ALLOW], Read_me=[["hello"]], Other=[HEADER, ["R2", *ALLOW[1:]]]))
    assert text(table, "rma_number") == ["R1", "R2"]
    assert [source.name for source in table.sources] == ["resolutions-monday.xlsx", "resolutions-monday.xlsx (Other)"]
    assert [source.within for source in table.sources] == [False, True]
    assert table.sources[0].rows == 2
    assert table.line.tolist() == [2, 2] and table.file.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (book(a=[[*HEADER[:-2], "note"], ALLOW]), "line 1: required column missing: resolved_by; add it"),
        (book(a=[["hello"]], b=[]), "sheet a line 1: required columns missing: rma_number, order_line, code, action"),
        (book(a=[["action", *HEADER], ALLOW]), 'line 1: the column "action" is there 2 times; keep one of them'),
        (book(a=[]), "the file is empty; a header row with the column names is the least it needs"),
        (b"rma_number,code\n", "this is no .xlsx workbook that can be read"),
        (book(a=[HEADER, ALLOW])[:-40], "this is no .xlsx workbook that can be read"),
    ],
)
def test_what_is_no_resolutions_file_stops_the_night_in_one_line(tmp_path, content, words):
    with pytest.raises(BadData) as stopped:
        read(tmp_path, content)
    assert words in str(stopped.value) and "resolutions-monday.xlsx" in str(stopped.value)
    assert "\n" not in str(stopped.value)


def test_an_inbox_holds_workbooks_of_resolutions_only_and_none_that_is_open(tmp_path):
    for name in ("resolutions-a.xlsx", "resolutions.csv", "~$resolutions-a.xlsx", "returns.xlsx", "orders.csv"):
        (tmp_path / name).write_bytes(b"")
    found = Inputs.of_inbox(tmp_path)
    assert [path.name for path in found.resolutions] == ["resolutions-a.xlsx", "resolutions.csv"]
    assert list(found.returns) == []
