"""Files in (rulebook 3): CSV as RFC 4180, which files stop a night, and the types of cells at their borders."""

import contextlib
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from refund_calc.columns.typed import plain
from refund_calc.errors import BadData, NoInput
from refund_calc.inputs import cell_types as cells
from refund_calc.inputs import contracts
from refund_calc.inputs import csv_files as csv_in
from refund_calc.inputs.contracts import OrderRow, ResolutionRow, ReturnRow, Row, Text, columns
from refund_calc.inputs.tables import Table, load
from tests.stories import a_return, ci, file_of

ZONE = "America/Los_Angeles"
EPOCH = date(1970, 1, 1)

HEADER, CELLS, _ = file_of("returns", [a_return()])[2].decode().split("\n")


def read(*contents: bytes | str, model: type[Row] = ReturnRow, zone: str = ZONE, block: int = csv_in.BLOCK) -> Table:
    """Files with these contents, read as one kind."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for at, content in enumerate(contents):
            paths.append(Path(folder) / f"file{at}.csv")
            paths[-1].write_bytes(content.encode() if isinstance(content, str) else content)
        return load("returns", paths, model, zone, block)


def text(table: Table, column: str) -> list[Any]:
    """A column as Python values, None where unknown."""
    values = pd.Series(plain(table.frame[column].array)).astype(object)
    return [None if pd.isna(value) else value for value in values]


def refusal(content: bytes | str) -> str:
    """The one line that stops the night."""
    with pytest.raises(BadData) as stopped:
        read(content)
    assert stopped.value.exit_code == 65
    message = str(stopped.value)
    assert "\n" not in message
    return message


def notes(*cells_of_notes: str, end: str = "\n") -> str:
    """A returns file with an ignored column of notes, as it would stand in the file."""
    rows = [f"{CELLS.replace('R1', f'R{at}')},{note}" for at, note in enumerate(cells_of_notes, 1)]
    return end.join([HEADER + ",notes", *rows, ""])


def tracked(written: str) -> str:
    """A row with this text in place of its tracking number, as it stands in the file."""
    return CELLS.replace("T1", written)


# -- CSV as RFC 4180 ---------------------------------------------------------------------------------------------


def test_a_byte_order_mark_is_no_part_of_the_first_header():
    assert text(read(b"\xef\xbb\xbf" + f"{HEADER}\n{CELLS}\n".encode()), "rma_number") == ["R1"]


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("last", [True, False], ids=["with", "without the last line ending"])
def test_lines_end_in_lf_or_crlf(end: str, last: bool):
    table = read(end.join([HEADER, CELLS, CELLS]) + (end if last else ""))
    assert text(table, "rma_number") == ["R1", "R1"]
    assert text(table, "dispute_opened_date") == [None, None]
    assert table.line.tolist() == [2, 3]


def test_headers_are_matched_trimmed_and_in_any_case_and_order():
    names, values = HEADER.split(","), CELLS.split(",")
    header = ",".join(f" {name.upper()}\u00a0" for name in reversed(names))
    table = read(f"{header}\n{','.join(reversed(values))}\n")
    assert (text(table, "rma_number"), text(table, "reason")) == (["R1"], ["changed_mind"])


def test_extra_columns_and_blank_headers_are_ignored_and_named():
    table = read(f"{HEADER},notes,,Colour\n{CELLS},x,y,z\n")
    assert table.sources[0].ignored == ("notes", "", "Colour")
    assert table.sources[0].rows == 1
    assert len(table.bad.row) == 0


def test_a_quoted_cell_may_hold_commas_doubled_quotes_and_line_breaks():
    table = read(notes('"a, b"', '"said ""no"""', '"two\nlines\r\nthree"', "plain"))
    assert text(table, "rma_number") == ["R1", "R2", "R3", "R4"]
    # The third row covers lines 4 to 6, so the fourth stands on line 7.
    assert table.line.tolist() == [2, 3, 4, 7]


def test_quoted_cells_of_declared_columns_are_unquoted():
    table = read(f"{HEADER}\n" + tracked('" T,""1"""') + "\n")
    assert text(table, "tracking_number") == ['T,"1"']


@pytest.mark.parametrize(
    ("written", "cell"),
    [('5" lens', '5" lens'), ('ab"', 'ab"'), ('"ab"cd', "abcd"), ('"ab"c"d', 'abc"d'), (' "ab"', '"ab"')],
)
def test_a_quote_inside_an_unquoted_cell_is_ordinary_and_text_after_a_closing_quote_belongs_to_the_cell(
    written: str, cell: str
):
    table = read(f"{HEADER}\n{tracked(written)}\n{CELLS}\n")
    assert text(table, "tracking_number") == [cell, "T1"]
    assert table.line.tolist() == [2, 3]


def test_blank_lines_are_skipped_and_counted():
    table = read(f"{HEADER}\n\n{CELLS}\n\r\n   \n{CELLS}\n\n")
    assert table.line.tolist() == [3, 6]
    assert table.malformed == ()
    assert table.sources[0].rows == 2


def test_a_lone_carriage_return_ends_no_line():
    table = read(f"{HEADER}\n" + tracked("T\r1") + "\n")
    assert len(table.frame) == 1
    assert (table.bad.field.tolist(), table.bad.value.tolist()) == (["tracking_number"], ["T\r1"])


def test_malformed_rows_keep_their_line_and_text_and_the_rest_is_read():
    table = read(notes('"two\nlines"') + f"{CELLS},a,b\nR9\n" + CELLS.replace("R1", "R8") + ",ok\n")
    assert text(table, "rma_number") == ["R1", "R8"]
    assert table.line.tolist() == [2, 6]
    found = [(row.line, row.fields, row.expected) for _, row in table.malformed]
    assert found == [(4, 23, 22), (5, 1, 22)]
    assert [row.text for _, row in table.malformed][1] == "R9"
    assert table.sources[0].rows == 4


def test_a_row_of_commas_alone_is_a_row():
    # 20 commas: 21 blank cells, 8 of which may not be blank.
    table = read(f"{HEADER}\n{',' * 20}\n")
    assert len(table.frame) == 1
    assert len(table.bad.row) == 8


def test_a_header_only_file_is_a_valid_empty_file():
    for content in (HEADER, HEADER + "\n", HEADER + "\r\n\r\n"):
        table = read(content)
        assert (len(table.frame), table.sources[0].rows, table.malformed) == (0, 0, ())


def test_several_files_are_read_as_one_and_stay_traceable():
    table = read(f"{HEADER}\n{CELLS}\n", HEADER, f"{HEADER}\n\n{CELLS.replace('R1', 'R2')}\n")
    assert text(table, "rma_number") == ["R1", "R2"]
    assert (table.file.tolist(), table.line.tolist()) == ([0, 2], [2, 3])
    assert [source.rows for source in table.sources] == [1, 0, 1]


@pytest.mark.parametrize("different", [1, 127, 128, 129, 255, 256, 257, 32_767, 32_768, 65_536, 65_537])
def test_a_column_may_have_any_number_of_different_values(different: int):
    """Repeated values are kept by number, and the numbers are as small as they can be."""
    shipped = a_return()["return_shipping_cost"]
    assert CELLS.count(f",{shipped},") == 1
    cents = [*range(different), 0, different - 1, different // 2]
    files = [cents[: different // 3], cents[different // 3 :]]
    rows = [[CELLS.replace(f",{shipped},", f",{cost // 100}.{cost % 100:02d},") for cost in costs] for costs in files]
    table = read(*("\n".join([HEADER, *of_file, ""]) for of_file in rows), block=100_000)
    assert text(table, "return_shipping_cost") == cents
    assert not len(table.bad.row)


def test_values_spelled_differently_are_one():
    shipped = a_return()["return_shipping_cost"]
    rows = [CELLS.replace(f",{shipped},", f",{written},") for written in ("7", "7.0", " 07.00 ", "7.01", "7.00")]
    table = read("\n".join([HEADER, *rows, ""]))
    assert text(table, "return_shipping_cost") == [700, 700, 700, 701, 700]
    assert table.frame["return_shipping_cost"].nunique() == 2


def test_optional_columns_of_resolutions_may_be_missing():
    table = read("rma_number,order_line,code,action,resolved_by\nR1,1,damage,waive,ann\n", model=ResolutionRow)
    assert (text(table, "amount"), text(table, "order_number"), text(table, "code")) == ([None], [None], ["damage"])


# -- Files that stop the night -----------------------------------------------------------------------------------


def test_a_missing_file_stops_the_night_with_66(tmp_path: Path):
    with pytest.raises(NoInput) as stopped:
        load("returns", [tmp_path / "returns.csv"], ReturnRow, ZONE)
    assert stopped.value.exit_code == 66
    assert "returns.csv" in str(stopped.value)


def test_a_file_cut_inside_a_quoted_cell_stops_the_night():
    message = refusal(notes('"a"') + f'{CELLS},"cut')
    assert "line 3" in message and "cut" in message


def test_utf_16_is_recognised():
    assert "UTF-16" in refusal(f"{HEADER}\n{CELLS}\n".encode("utf-16"))


def test_another_encoding_is_refused_naming_the_line():
    message = refusal(f"{HEADER}\n{CELLS}\n{tracked('Zoë')}\n".encode("cp1252"))
    assert "line 3" in message and "0xEB" in message and "UTF-8" in message


def test_a_nul_byte_is_no_crash_but_an_invalid_cell():
    table = read(f"{HEADER}\n" + tracked("T\0001") + f"\n{CELLS}\n")
    assert table.bad.field.tolist() == ["tracking_number"]
    assert text(table, "tracking_number") == [None, "T1"]


@pytest.mark.parametrize("column", ["rma_number", "quantity_received", "dispute_opened_date"])
def test_a_missing_column_is_named_also_where_its_cells_may_be_blank(column: str):
    at = HEADER.split(",").index(column)
    lines = [",".join(cell for i, cell in enumerate(line.split(",")) if i != at) for line in (HEADER, CELLS)]
    message = refusal("\n".join(lines))
    assert column in message and "line 1" in message


def test_a_required_header_twice_is_refused():
    message = refusal(f"{HEADER}, Reason\n{CELLS},other\n")
    assert '"reason"' in message and "2 times" in message


def test_an_ignored_header_twice_is_no_fault():
    assert len(read(f"{HEADER},x,x\n{CELLS},1,2\n").frame) == 1


@pytest.mark.parametrize("wrong", [";", "\t", "|"])
def test_another_delimiter_is_recognised(wrong: str):
    assert "commas" in refusal(HEADER.replace(",", wrong) + "\n" + CELLS.replace(",", wrong) + "\n")


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf", b"  \r\n\n"])
def test_an_empty_file_is_refused(content: bytes):
    assert "empty" in refusal(content)


# -- Types -------------------------------------------------------------------------------------------------------


def parsed(model: type[Row], name: str, *texts: str, zone: str = ZONE) -> list[Any]:
    """What the texts of one column come to: a value, None for a blank, "bad" for an invalid cell."""
    column = next(c for c in columns(model) if c.name == name)
    raw = pa.array(texts, pa.string())
    values, bad, _ = cells.typed(column, raw if column.distinct else raw.dictionary_encode(), zone)
    found = pd.Series(plain(values)).astype(object)
    return ["bad" if wrong else None if pd.isna(value) else value for value, wrong in zip(found, bad, strict=True)]


def day(found: Any) -> Any:
    return found if found in (None, "bad") else (EPOCH + timedelta(int(found))).isoformat()


@pytest.mark.parametrize(
    ("written", "cents"),
    [
        ("0", 0),
        ("0.00", 0),
        ("5", 500),
        ("5.5", 550),
        ("5.05", 505),
        ("007.10", 710),
        ("999999999.99", 99_999_999_999),
        (" 12.34\u00a0", 1234),
        ("1000000000", "bad"),
        ("0000000001", "bad"),
        ("1e5", "bad"),
        (".5", "bad"),
        ("5.", "bad"),
        ("5.555", "bad"),
        ("-1", "bad"),
        ("+1", "bad"),
        ("-0", "bad"),
        ("1,000.00", "bad"),
        ("$1", "bad"),
        ("1 000", "bad"),
        ("１２", "bad"),
        ("١", "bad"),
        ("NaN", "bad"),
        ("NA", "bad"),
        ("", None),
    ],
)
def test_money(written: str, cents: Any):
    assert parsed(ReturnRow, "damage_amount", written) == [cents]


@pytest.mark.parametrize(
    ("written", "count"),
    [
        ("0", 0),
        ("1", 1),
        ("007", 7),
        ("999999", 999_999),
        ("1234567", "bad"),
        ("1.0", "bad"),
        ("1e5", "bad"),
        ("-1", "bad"),
        ("+1", "bad"),
        ("３", "bad"),
        ("null", "bad"),
        ("", None),
    ],
)
def test_count(written: str, count: Any):
    assert parsed(ReturnRow, "quantity_received", written) == [count]


@pytest.mark.parametrize(("written", "count"), [("0", "bad"), ("000000", "bad"), ("1", 1), ("", "bad")])
def test_count_at_least_1(written: str, count: Any):
    assert parsed(OrderRow, "quantity", written) == [count]


@pytest.mark.parametrize(
    ("written", "flag"),
    [(w, True) for w in ("yes", "Y", "TRUE", "1", "yEs")]
    + [(w, False) for w in ("no", "N", "False", "0")]
    + [(w, "bad") for w in ("ja", "on", "2", "01", "yess", "-", "y es", "１")]
    + [("", None), ("  ", None)],
)
def test_flag(written: str, flag: Any):
    assert parsed(ReturnRow, "original_box", written) == [flag]


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ("changed_mind", "changed_mind"),
        ("CHANGED_Mind ", "changed_mind"),
        ("changed mind", "bad"),
        ("changed-mind", "bad"),
        ("changed_mınd", "bad"),  # a dotless i
        ("", "bad"),
    ],
)
def test_choice(written: str, word: Any):
    assert parsed(ReturnRow, "reason", written) == [word]


@pytest.mark.parametrize(
    ("name", "written", "letters"),
    [
        ("ship_country", "us", "US"),
        ("ship_country", "USA", "bad"),
        ("ship_country", "U", "bad"),
        ("ship_country", "Ü1", "bad"),
        ("ship_country", "ＵＳ", "bad"),
        ("currency", "Usd", "USD"),
        ("currency", "US", "bad"),
        ("currency", "US$", "bad"),
    ],
)
def test_country_and_currency(name: str, written: str, letters: str):
    assert parsed(OrderRow, name, written) == [letters]


@pytest.mark.parametrize("written", ["NA", "None", "null", "nan", "007", "1e5", "TRUE", "#N/A", "-", "0"])
def test_these_are_ordinary_text(written: str):
    assert parsed(ReturnRow, "tracking_number", written) == [written]
    assert parsed(OrderRow, "sku", written) == [written]
    assert parsed(ReturnRow, "damage_grade", written) == [written.lower()]


@pytest.mark.parametrize("name", ["tracking_number", "order_line"])
@pytest.mark.parametrize("code", [0x00, 0x09, 0x0A, 0x1F, 0x7F, 0x80, 0x85, 0x9F])
def test_text_holds_no_control_characters(name: str, code: int):
    assert parsed(ReturnRow, name, f"a{chr(code)}b") == ["bad"]


@pytest.mark.parametrize("kept", ["a\u00adb", "a\u200bb", "\u200bab", "a\u00a0b", "\ufeffab", "😀", "a b"])
def test_text_keeps_everything_else(kept: str):
    assert parsed(ReturnRow, "tracking_number", kept) == [kept]


# The 25 characters of Unicode's White_Space property.
WHITE_SPACE = [0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B)]
WHITE_SPACE += [0x2028, 0x2029, 0x202F, 0x205F, 0x3000]


@pytest.mark.parametrize("code", WHITE_SPACE, ids=lambda code: f"U+{code:04X}")
def test_unicode_white_space_is_trimmed(code: int):
    space = chr(code)
    assert parsed(ReturnRow, "tracking_number", f"{space}a{space}{space}", space) == ["a", None]
    assert parsed(ReturnRow, "quantity_received", f"{space}3{space}", space) == [3, None]


@pytest.mark.parametrize("code", [0x1C, 0x1D, 0x1E, 0x1F])
def test_separators_that_are_no_white_space_in_unicode_are_control_characters(code: int):
    assert parsed(ReturnRow, "tracking_number", f"{chr(code)}a") == ["bad"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-03-01", "2026-03-01"),
        # 2026-03-08 is the night on which clocks change in Los Angeles: UTC-8 before, UTC-7 after.
        ("2026-03-08T07:59:59Z", "2026-03-07"),
        ("2026-03-08T08:00:00Z", "2026-03-08"),
        ("2026-03-09T06:59:59Z", "2026-03-08"),
        ("2026-03-09T07:00:00Z", "2026-03-09"),
        ("2026-03-01 20:10:00 -0800", "2026-03-01"),
        ("2026-03-01T23:59:59-08:00", "2026-03-01"),
        ("2026-03-01T23:59:59.999999999-08:00", "2026-03-01"),
        ("2026-03-01T00:00:00+14:00", "2026-02-28"),
        ("2026-03-01 00:00:00 +0530", "2026-02-28"),
        ("2026-03-01T23:59:59 -12:00", "2026-03-02"),
        ("2024-02-29", "2024-02-29"),
        ("2023-02-29", "bad"),
        ("2026-02-30", "bad"),
        ("2026-04-31", "bad"),
        ("2026-13-01", "bad"),
        ("2026-00-01", "bad"),
        ("2026-01-00", "bad"),
        ("2026-3-1", "bad"),
        ("20260301", "bad"),
        ("03/01/2026", "bad"),
        ("2026-03-01T20:10:00", "bad"),
        ("2026-03-01 20:10:00", "bad"),
        ("2026-03-01T20:10Z", "bad"),
        ("2026-03-01t20:10:00z", "bad"),
        ("2026-03-01  20:10:00Z", "bad"),
        ("2026-03-01T20:10:00  Z", "bad"),
        ("2026-03-01T20:10:00,5Z", "bad"),
        ("2026-03-01T20:10:00.Z", "bad"),
        ("2026-03-01T24:00:00Z", "bad"),
        ("2026-03-01T20:60:00Z", "bad"),
        ("2026-03-01T20:10:60Z", "bad"),
        ("2026-03-01T20:10:00+24:00", "bad"),
        ("2026-03-01T20:10:00+00:60", "bad"),
        ("2026-03-01T20:10:00+8", "bad"),
        ("２０２６-03-01", "bad"),
        ("2000-01-01", "2000-01-01"),
        ("1999-12-31", "bad"),
        ("2099-12-31", "2099-12-31"),
        ("2100-01-01", "bad"),
        ("0000-01-01", "bad"),
        ("9999-12-31", "bad"),
        # The year is tested after the change of zone.
        ("2000-01-01T07:59:59Z", "bad"),
        ("2000-01-01T08:00:00Z", "2000-01-01"),
        ("1999-12-31T23:00:00-12:00", "2000-01-01"),
        ("2100-01-01T07:59:59Z", "2099-12-31"),
        ("2100-01-01T08:00:00Z", "bad"),
        ("", None),
    ],
)
def test_date(written: str, expected: str | None):
    assert [day(found) for found in parsed(ReturnRow, "received_date", written)] == [expected]


@pytest.mark.parametrize(("zone", "expected"), [("Asia/Tokyo", "2026-03-02"), ("UTC", "2026-03-01")])
def test_a_timestamp_becomes_the_day_in_the_stores_time_zone(zone: str, expected: str):
    assert [day(d) for d in parsed(ReturnRow, "received_date", "2026-03-01T15:00:00Z", zone=zone)] == [expected]


def test_a_blank_dispute_status_means_none():
    table = read(file_of("returns", [a_return(dispute_status="")])[2])
    assert text(table, "dispute_status") == ["none"]


# -- The parsers of whole columns agree with the verdict on a single cell -------------------------------------------

EVERY_COLUMN = [(model, column) for model in (OrderRow, ReturnRow, ResolutionRow) for column in columns(model)]

digits = st.text("0123456789", max_size=10)
number_like = st.builds("{}{}{}{}".format, st.sampled_from(["", "", "-", "+", " "]), digits,
                        st.sampled_from(["", ".", ".", ",", "e"]), digits)  # fmt: skip
clock = st.builds("{:02}:{:02}:{:02}".format, st.integers(0, 25), st.integers(0, 61), st.integers(0, 61))
offset = st.sampled_from(
    ["Z", "+00:00", "-0800", "+14:00", "-12:00", "+2359", "-23:59", "+24:00", "+0960", "", "z", "+1"]
)
year = st.sampled_from([1, 999, 1899, 1969, 1970, 1999, 2000, 2024, 2026, 2099, 2100, 2101, 9999])
date_like = st.builds("{:04}-{:02}-{:02}".format, year, st.integers(0, 13), st.integers(0, 32))
fraction, gap = st.sampled_from(["", ".0", ".123456789", "."]), st.sampled_from(["", " ", "  "])
separator = st.sampled_from(["T", " ", "t", "  "])
stamp_like = st.builds("{}{}{}{}{}{}".format, date_like, separator, clock, fraction, gap, offset)
WORDS = sorted({word for _, column in EVERY_COLUMN for word in column.cell.words} | set(contracts.FLAGS))
LOOK_ALIKES = str.maketrans({"i": "İ", "s": "ſ", "k": "K", "o": "０"})
word_like = st.builds(
    lambda word, change: change(word),
    st.sampled_from([*WORDS, "US", "usd", "Gb", "CHF", "none", "Dent", "NA"]),
    st.sampled_from([str, str.upper, str.title, str.swapcase, lambda w: w.translate(LOOK_ALIKES), lambda w: w + " x"]),
)
anything = st.text(st.characters(codec="utf-8"), max_size=6)
cell_like = st.one_of(number_like, date_like, stamp_like, word_like, anything)


def scalar_verdict(model: type[Row], name: str, cell: str) -> Any:
    """What pydantic makes of one trimmed cell, or its words."""
    try:
        return contracts._adapter(model, name).validate_python(cell)
    except ValidationError:
        return "bad"


def local_day(stamp: str) -> date:
    """The day of a valid timestamp in the store's time zone, by the standard library."""
    sign_at = max(stamp.rfind("+"), stamp.rfind("-")) if not stamp.endswith("Z") else -1
    moment = datetime.fromisoformat(stamp[:10] + "T" + stamp[11:19]).replace(tzinfo=UTC)
    if sign_at > 0:
        away = stamp[sign_at + 1 :].replace(":", "")
        hours, minutes = int(away[:2]), int(away[2:])
        moment -= (1 if stamp[sign_at] == "+" else -1) * timedelta(hours=hours, minutes=minutes)
    return moment.astimezone(ZoneInfo(ZONE)).date()


@ci()
@given(st.sampled_from(EVERY_COLUMN), st.lists(cell_like, min_size=1, max_size=30))
@example((ReturnRow, next(c for c in columns(ReturnRow) if c.name == "reason")), ["wrong_İtem"])
def test_every_column_parser_agrees_with_the_scalar_verdict(where: tuple[type[Row], Any], texts: list[str]):
    model, column = where
    found = parsed(model, column.name, *texts)
    for written, value in zip(texts, found, strict=True):
        cell = written.strip(contracts.WHITE_SPACE)
        if cell == "":
            assert value == (None if column.blank else "bad")
            continue
        verdict = scalar_verdict(model, column.name, cell)
        if column.cell.kind == "date" and len(cell) > 10 and verdict != "bad" and 1 < verdict.year < 9999:
            verdict = local_day(cell)
            verdict = verdict if 2000 <= verdict.year <= 2099 else "bad"
        elif column.cell.kind == "date" and verdict != "bad" and verdict.year in (1, 9999):
            verdict = "bad"
        if column.cell.kind == "date" and value != "bad":
            value = EPOCH + timedelta(int(value))
        if column.cell.kind == "lower" and verdict != "bad":
            assert value != "bad" and len(value) > 0
            if cell.isascii():
                assert value == cell.lower()
            continue
        assert value == verdict, f"{column.name}: {written!r}"
        if value == "bad":
            assert contracts.what_is_wrong(model, column.name, cell)


@ci()
@given(st.sampled_from(EVERY_COLUMN), st.lists(cell_like, min_size=1, max_size=5))
def test_what_is_bad_is_worded(where: tuple[type[Row], Any], texts: list[str]):
    model, column = where
    for written, value in zip(texts, parsed(model, column.name, *texts), strict=True):
        if value == "bad":
            words = contracts.what_is_wrong(model, column.name, written.strip(contracts.WHITE_SPACE))
            assert words.startswith(("is ", "holds ")) and "\n" not in words


# -- Arrow's reader and the plain tokenizer read the same -----------------------------------------------------------


def a_column(**marks: bool) -> Any:
    names = ("key", "order_level", "deciding", "optional", "distinct")
    return Field(description="", json_schema_extra={name: marks.get(name, False) for name in names})


class Three(Row):
    """Three columns, one of them with texts of its own."""

    a: Text | None = a_column(distinct=True)
    b: Text | None = a_column()
    c: Text | None = a_column()


some_cell = st.one_of(
    st.sampled_from(["", "x", "yy", " ", "NA", "é", "1e5", "'"]),
    st.sampled_from(
        ['"q"', '"a,b"', '"a\nb"', '"a\r\nb"', '"say ""no"""', '""', '"x"y', 'x"y', '"a"b"', ' "a"', '"\n"']
    ),
)
some_line = st.lists(some_cell, min_size=1, max_size=4).map(",".join)
csv_text = st.builds(
    lambda lines, ends, last: "".join(line + end for line, end in zip(lines, ends, strict=False)) + last,
    st.lists(st.one_of(some_line, st.lists(some_cell, min_size=3, max_size=3).map(",".join)), max_size=12),
    st.lists(st.sampled_from(["\n", "\n", "\r\n", "\n\n", "\n  \n"]), min_size=12, max_size=12),
    st.sampled_from(["", "x,y,z", "x"]),
)
noise = st.text('",\nab ', max_size=30)
Read = tuple[dict[str, list[str]], list[int], list[tuple[int, str, int]]] | str


def as_lists(rows: Any) -> Read:
    texts = {name: [cell.as_py() for cell in column] for name, column in rows.cells.items()}
    return texts, np.asarray(rows.lines).tolist(), [(row.line, row.text, row.fields) for row in rows.malformed]


NAMES = b"b,c,a\n"


def body(content: str) -> csv_in._Body:
    return csv_in._Body(Path("three.csv"), NAMES + content.encode(), len(NAMES), 2, 3, {"a": 2, "b": 0, "c": 1}, Three)


def in_pieces(content: str, block: int) -> csv_in.CsvFile:
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        path = Path("three.csv")
        path.write_bytes(NAMES + content.encode())
        return csv_in.read(path, Three, block)


def reading(how: Any) -> Read:
    try:
        return as_lists(how())
    except BadData as stopped:
        return str(stopped)


@ci(4)
@given(st.one_of(csv_text, noise), st.integers(1, 64))
@example(',,yy\nyy,yy,"x"y\nyy,yy,"x"y\nyy,NA,"a\r\nb"\n  \nyy,"a\r\nb",\n', 49)  # a block ends within a CRLF
def test_arrow_and_the_plain_tokenizer_read_the_same_cells_lines_and_faults(content: str, block: int):
    assert "\r" not in content.replace("\r\n", "")
    plain = reading(body(content)._by_tokenizer)
    assert reading(body(content).rows) == plain
    assert reading(lambda: in_pieces(content, block)) == plain
