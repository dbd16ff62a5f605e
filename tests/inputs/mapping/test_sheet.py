"""Their files as text: encodings, delimiters, wrapped lines, physical lines (issue 12)."""

import csv
import io
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refund_calc.errors import BadData, NoInput
from refund_calc.inputs.mapping.sheet import Sheet, SheetKind, read_sheet
from tests.stories import ci

ORDERS = SheetKind("orders", (("Name",), ("Lineitem SKU", "sku")))
RECEIPTS = SheetKind("receipts", (("return_id",), ("received_at",)), frozenset({"return_id", "received_at"}))


def sheet(tmp_path: Path, content: str | bytes, encoding: str = "utf-8", block: int = 1 << 20) -> tuple[str, Sheet]:
    path = tmp_path / "theirs.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_sheet(path, [ORDERS, RECEIPTS], encoding, block)


def columns(found: tuple[str, Sheet]) -> dict[str, list[str]]:
    return {name: cells.to_pylist() for name, cells in found[1].columns.items()}


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_the_delimiter_is_the_one_under_which_the_header_is_known(tmp_path: Path, sign: str):
    text = sign.join(["Name ", "Lineitem sku"]) + "\n" + sign.join([" #1001", "A-1"]) + "\n"
    assert columns(sheet(tmp_path, text)) == {"name": ["#1001"], "lineitem sku": ["A-1"]}


@pytest.mark.parametrize("block", [7, 1 << 20])
def test_cells_lines_and_rows_with_a_wrong_number_of_fields(tmp_path: Path, block: int):
    text = 'name;note;SKU\n#1;"two\nlines; and ""quotes""";A\n\n#2;Jane Doe, 1 Main St\n#3;;"B;1"\n'
    kind, found = sheet(tmp_path, text, block=block)
    assert kind == "orders"
    assert columns((kind, found)) == {
        "name": ["#1", "#3"],
        "note": ['two\nlines; and "quotes"', ""],
        "sku": ["A", "B;1"],
    }
    assert found.lines.tolist() == [2, 6]
    assert [(row.line, row.fields, row.expected) for row in found.malformed] == [(5, 2, 3)]
    assert "Jane" not in found.malformed[0].text
    assert found.source.rows == 3


@pytest.mark.parametrize("block", [9, 1 << 20])
def test_a_file_whose_every_line_is_one_quoted_cell_is_unwrapped(tmp_path: Path, block: int):
    text = '"Name,sku,note"\n"#1,A,""one, two"""\n"#2,,""over\nlines"""\n"#3,"""",x"\n'
    kind, found = sheet(tmp_path, text.replace('"#3,"""",x"\n', '"#3,B,x"\n'), block=block)
    assert columns((kind, found)) == {
        "name": ["#1", "#2", "#3"], "sku": ["A", "", "B"], "note": ["one, two", "over\nlines", "x"]
    }  # fmt: skip
    assert found.lines.tolist() == [2, 3, 5]


def test_a_wrapped_file_with_a_line_that_is_not_wrapped_is_refused(tmp_path: Path):
    with pytest.raises(BadData, match="line 3: not wrapped in quotes like the lines before"):
        sheet(tmp_path, '"Name,sku"\n"#1,A"\n#2,B\n')


@pytest.mark.parametrize("block", [7, 1 << 20])
@pytest.mark.parametrize("hint", ["sep=;\n", "SEP=;\r\n", '"sep=;"\n', "sep=;;;\n"])
def test_a_very_first_line_that_tells_excel_the_delimiter_is_passed_over(tmp_path: Path, hint: str, block: int):
    kind, found = sheet(tmp_path, b"\xef\xbb\xbf" + f"{hint}Name;sku\n#1;A\n#2\n".encode(), block=block)
    assert columns((kind, found)) == {"name": ["#1"], "sku": ["A"]}
    assert (found.lines.tolist(), [row.line for row in found.malformed]) == ([3], [4])


def test_a_header_below_other_rows_is_found_though_they_cannot_be_read_with_another_delimiter(tmp_path: Path):
    path = tmp_path / "theirs.csv"
    path.write_text('Report;"of\n"" May"\nName;sku\n#1;A\n', encoding="utf-8")
    found = read_sheet(path, [SheetKind("orders", (("Name",), ("sku",)), header_within=2)], block=7)
    assert (columns(found), found[1].lines.tolist()) == ({"name": ["#1"], "sku": ["A"]}, [4])


def test_a_line_sep_below_the_header_is_a_row(tmp_path: Path):
    kind, found = sheet(tmp_path, "Name;sku\nsep=;\n#1;A\n")
    assert columns((kind, found)) == {"name": ["sep=", "#1"], "sku": ["", "A"]}
    with pytest.raises(BadData, match="this header is of no file that the mapping knows"):
        sheet(tmp_path, "\nsep=;\nName;sku\n#1;A\n")


def test_only_wanted_columns_are_kept(tmp_path: Path):
    kind, found = sheet(tmp_path, "return_id,customer,RECEIVED_AT\nR1,Jane,2026-03-01\n")
    assert (kind, columns((kind, found))) == ("receipts", {"return_id": ["R1"], "received_at": ["2026-03-01"]})
    assert found.source.ignored == ("customer",)


def test_a_byte_order_mark_is_no_part_of_the_first_header(tmp_path: Path):
    assert list(columns(sheet(tmp_path, b"\xef\xbb\xbfName,SKU\n1,2\n"))) == ["name", "sku"]


def test_another_encoding_is_read_when_it_is_told(tmp_path: Path):
    data = "Name;sku\n#1;Größe\n".encode("cp1252")
    assert columns(sheet(tmp_path, data, "cp1252"))["sku"] == ["Größe"]
    with pytest.raises(BadData, match="line 2: byte 0xF6 is not UTF-8"):
        sheet(tmp_path, data)
    with pytest.raises(BadData, match=r"line 2: byte 0xF6 is not ascii; correct `encoding` in the mapping"):
        sheet(tmp_path, data, "ascii")


def test_utf_16_is_read_when_it_is_told_and_named_when_not(tmp_path: Path):
    data = "Name\tsku\n#1\tA\n".encode("utf-16")
    assert columns(sheet(tmp_path, data, "utf-16"))["sku"] == ["A"]
    with pytest.raises(BadData, match="this is UTF-16"):
        sheet(tmp_path, data)


def test_an_unknown_header_names_what_the_nearest_kind_needs(tmp_path: Path):
    with pytest.raises(BadData, match=r"theirs.csv line 1: this header is of no file .* \(orders needs Lineitem SKU\)"):
        sheet(tmp_path, "Name,price\n")
    with pytest.raises(BadData, match="the file is empty"):
        sheet(tmp_path, "")


def test_a_wanted_column_twice_is_refused(tmp_path: Path):
    with pytest.raises(BadData, match='"received_at" is there 2 times'):
        sheet(tmp_path, "return_id,received_at,Received_at\n")


def test_a_missing_column_is_blank(tmp_path: Path):
    found = sheet(tmp_path, "Name,SKU\n1,2\n3,4\n")[1]
    assert found.column("Tags").to_pylist() == ["", ""]
    assert found.column("Item", "SKU").to_pylist() == ["2", "4"]


def test_a_file_that_is_not_there(tmp_path: Path):
    with pytest.raises(NoInput, match="no such file"):
        read_sheet(tmp_path / "none.csv", [ORDERS])


some_cell = st.text(st.sampled_from("ab ,;\t\"\n'é"), max_size=5).map(lambda text: text.strip(" \t\n"))


@ci(4)
@given(
    st.lists(st.tuples(some_cell, some_cell, some_cell), max_size=6),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.integers(1, 80),
)
def test_what_a_writer_of_csv_wrote_is_read_back(
    rows: list[tuple[str, str, str]], sign: str, ending: str, is_wrapped: bool, block: int
):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=sign, lineterminator=ending, quoting=csv.QUOTE_ALL)
    writer.writerows([("Name", "SKU", "note"), *rows])
    content = text.getvalue()
    if is_wrapped:
        lines = [line.replace('"', '""') for line in written(rows, sign)]
        content = "".join(f'"{line}"{ending}' for line in lines)
    with tempfile.TemporaryDirectory() as folder:
        _, found = sheet(Path(folder), content, block=block)
    assert list(zip(*(cells.to_pylist() for cells in found.columns.values()), strict=True)) == rows
    ends = np.cumsum([2, *(1 + sum(cell.count("\n") for cell in row) for row in rows)])
    assert found.lines.tolist() == ends[: len(rows)].tolist()


def written(rows: list[tuple[str, str, str]], sign: str) -> list[str]:
    """Each row as a line of its own, the header first."""
    lines = []
    for row in [("Name", "SKU", "note"), *rows]:
        text = io.StringIO()
        csv.writer(text, delimiter=sign, lineterminator="\n").writerow(row)
        lines.append(text.getvalue()[:-1])
    return lines
