"""CSV as RFC 4180, and which files stop a night (rulebook 3)."""

import contextlib
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from refund_calc.errors import BadData, NoInput
from refund_calc.inputs import csv_files as csv_in
from refund_calc.inputs.cell_types import TEXT
from refund_calc.inputs.contracts import Column, ReturnRow, Row
from refund_calc.inputs.csv_rows import Body, Layout, Rows
from refund_calc.inputs.tables import load
from tests.inputs.reading import CELLS, HEADER, ZONE, read, text
from tests.stories import ci


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


def test_a_very_first_line_that_tells_excel_the_delimiter_is_passed_over():
    table = read(f"sep=,\r\n{HEADER}\n{CELLS}\n")
    assert (text(table, "rma_number"), table.line.tolist()) == (["R1"], [3])
    assert "line 2: required columns missing" in refusal("sep=,\nrma_number\nR1\n")


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


# -- Arrow's reader and the plain tokenizer read the same -----------------------------------------------------------


class Three(Row):
    """Three columns, one of them with texts of its own."""

    a = Column(TEXT, "", blank=True, distinct=True)
    b = Column(TEXT, "", blank=True)
    c = Column(TEXT, "", blank=True)


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


def as_lists(rows: Rows | csv_in.CsvFile) -> Read:
    texts = {name: [cell.as_py() for cell in column] for name, column in rows.cells.items()}
    return texts, np.asarray(rows.lines).tolist(), [(row.line, row.text, row.fields) for row in rows.malformed]


NAMES = b"b,c,a\n"


def body(content: str) -> Body:
    layout = Layout(3, {"a": 2, "b": 0, "c": 1}, frozenset("a"))
    return Body(Path("three.csv"), NAMES + content.encode(), len(NAMES), 2, layout)


def in_pieces(content: str, block: int) -> csv_in.CsvFile:
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        path = Path("three.csv")
        path.write_bytes(NAMES + content.encode())
        return csv_in.read(path, Three, block)


def reading(how: Callable[[], Rows | csv_in.CsvFile]) -> Read:
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


def test_a_column_is_handed_over_once_and_the_rest_stays():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "three.csv"
        path.write_bytes(NAMES + b"x,y,z\n")
        file = csv_in.read(path, Three)
    given = file.hand_over("a")
    assert given is not None and given.to_pylist() == ["z"]
    assert file.hand_over("a") is None
    assert (list(file.cells), file.rows) == (["b", "c"], 1)
