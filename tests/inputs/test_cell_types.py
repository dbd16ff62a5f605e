"""The types of cells (rulebook 3) at their borders, and against a reading of one cell by the standard library."""

from datetime import timedelta
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from refund_calc.columns.typed import plain
from refund_calc.inputs import cell_types as cells
from refund_calc.inputs.contracts import Column, OrderRow, ResolutionRow, ReturnRow, Row, columns
from tests.inputs.one_cell import EPOCH, NO, YES, one_cell
from tests.inputs.reading import ZONE
from tests.stories import ci


def parsed(model: type[Row], name: str, *texts: str, zone: str = ZONE) -> list[Any]:
    """What the texts of one column come to: a value, None for a blank, "bad" for an invalid cell."""
    column = next(c for c in columns(model) if c.name == name)
    raw = pa.array(texts, pa.string())
    values, bad = cells.typed(
        column.cell, raw if column.distinct else raw.dictionary_encode(), zone, may_be_blank=column.blank
    )
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
        ("2026-03-01T23:59:59.9999999999999999-08:00", "2026-03-01"),
        ("2026-03-01T00:00:00+14:00", "2026-02-28"),
        ("2026-03-01T20:10:00+23:59", "2026-02-28"),
        ("2026-03-01T20:10:00-2359", "2026-03-02"),
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
        ("2026-03-01T20:10:00-24:00", "bad"),
        ("2026-03-01T20:10:00+00:60", "bad"),
        ("2026-03-01T20:10:00+8", "bad"),
        ("２０２６-03-01", "bad"),
        ("2000-01-01", "2000-01-01"),
        ("1999-12-31", "bad"),
        ("2099-12-31", "2099-12-31"),
        ("2100-01-01", "bad"),
        ("0000-01-01", "bad"),
        ("9999-12-31", "bad"),
        ("0000-01-01T00:00:00Z", "bad"),
        ("0001-01-01T00:00:00+10:00", "bad"),
        ("9999-12-31T23:59:59.123456789-10:00", "bad"),
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


def test_a_cell_is_read_the_same_whatever_stands_in_the_cells_around_it():
    # Nanoseconds end in the year 2262, and a year 10000 has no zone: neither may reach its neighbours.
    written = ["2026-03-01T20:10:00.123456789Z", "9999-12-31T23:59:59-10:00", "0001-01-01", "2026-03-01", ""]
    found = parsed(ReturnRow, "received_date", *written)
    assert [day(d) for d in found] == ["2026-03-01", "bad", "bad", "2026-03-01", None]
    faults = cells.faults(cells.DATE, written[1:3], ZONE)
    assert faults == [
        "is outside the years 2000-2099 in the store's time zone",
        "is outside the years 2000-2099",
    ]


@pytest.mark.parametrize(("zone", "expected"), [("Asia/Tokyo", "2026-03-02"), ("UTC", "2026-03-01")])
def test_a_timestamp_becomes_the_day_in_the_stores_time_zone(zone: str, expected: str):
    assert [day(d) for d in parsed(ReturnRow, "received_date", "2026-03-01T15:00:00Z", zone=zone)] == [expected]


# -- The parsers of whole columns agree with a plain reading of one cell ------------------------------------------

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
WORDS = sorted({word for _, column in EVERY_COLUMN for word in column.cell.words} | set(YES | NO))
LOOK_ALIKES = str.maketrans({"i": "İ", "s": "ſ", "k": "K", "o": "０"})
word_like = st.builds(
    lambda word, change: change(word),
    st.sampled_from([*WORDS, "US", "usd", "Gb", "CHF", "none", "Dent", "NA"]),
    st.sampled_from([str, str.upper, str.title, str.swapcase, lambda w: w.translate(LOOK_ALIKES), lambda w: w + " x"]),
)
anything = st.text(st.characters(codec="utf-8"), max_size=6)
cell_like = st.one_of(number_like, date_like, stamp_like, word_like, anything)


@ci()
@given(st.sampled_from(EVERY_COLUMN), st.lists(cell_like, min_size=1, max_size=30))
@example((ReturnRow, next(c for c in columns(ReturnRow) if c.name == "reason")), ["wrong_İtem"])
@example((ReturnRow, next(c for c in columns(ReturnRow) if c.name == "received_date")), ["0000-01-01", "2026-03-01"])
def test_every_column_parser_agrees_with_a_plain_reading_of_each_cell(
    where: tuple[type[Row], Column], texts: list[str]
):
    model, column = where
    for written, value in zip(texts, parsed(model, column.name, *texts), strict=True):
        cell = written.strip(cells.WHITE_SPACE)
        try:
            expected = one_cell(column, cell)
        except ValueError as wrong:
            assert value == "bad", f"{column.name}: {written!r}"
            assert cells.faults(column.cell, [cell], ZONE) == [str(wrong)]
        else:
            assert value == expected, f"{column.name}: {written!r}"


@ci()
@given(st.sampled_from(EVERY_COLUMN), st.lists(cell_like, min_size=1, max_size=5))
def test_what_is_bad_is_worded(where: tuple[type[Row], Column], texts: list[str]):
    model, column = where
    bad = [
        written.strip(cells.WHITE_SPACE)
        for written, value in zip(texts, parsed(model, column.name, *texts), strict=True)
        if value == "bad"
    ]
    for words in cells.faults(column.cell, bad, ZONE):
        assert words.startswith(("is ", "holds ")) and "\n" not in words
