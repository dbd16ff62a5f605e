"""Tables: files of one kind read as one, with every row traceable to its line (rulebook 3)."""

import pandas as pd
import pytest

from refund_calc.inputs.contracts import ResolutionRow
from refund_calc.inputs.tables import undo_apostrophes
from tests.inputs.reading import CELLS, HEADER, read, text
from tests.stories import a_return, file_of


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


def test_a_blank_dispute_status_means_none():
    table = read(file_of("returns", [a_return(dispute_status="")])[2])
    assert text(table, "dispute_status") == ["none"]


def test_a_bad_cell_is_unknown_and_worded_with_its_column_and_text():
    rows = [a_return(), a_return(requested_date="soon", quantity_requested=""), a_return(quantity_received="1.5")]
    table = read(file_of("returns", rows)[2])
    found = sorted(zip(table.bad.row.tolist(), table.bad.message.tolist(), strict=True))
    assert found == [
        (1, "quantity_requested is blank, but a value is required"),
        (
            1,
            'requested_date: "soon" is not a date YYYY-MM-DD, nor a timestamp with a zone such as 2026-03-01T20:10:00Z',
        ),
        (2, 'quantity_received: "1.5" is not a whole number of at most 6 digits'),
    ]
    assert table.bad.value.tolist().count("") == 1
    assert table.is_bad.tolist() == [False, True, True]
    assert text(table, "quantity_requested") == [1, None, 1]
    assert text(table, "quantity_received") == [1, 1, None]


@pytest.mark.parametrize(("received", "is_bad"), [("2", False), ("3", False), ("04", True), ("", False)])
def test_no_more_units_are_received_than_requested(received: str, is_bad: bool):
    table = read(file_of("returns", [a_return(quantity_requested="3", quantity_received=received)])[2])
    expected = [f'quantity_received: "{received}" is more than quantity_requested'] if is_bad else []
    assert table.bad.message.tolist() == expected
    assert text(table, "quantity_received") == [None if is_bad or not received else int(received)]


@pytest.mark.parametrize(
    ("written", "before"),
    [
        ("'=1", "=1"),
        ("''=1", "'=1"),
        ("'+1", "+1"),
        ("'-1", "-1"),
        ("'@a", "@a"),
        ("'a", "'a"),
        ("=1", "=1"),
        ("'", "'"),
    ],
)
def test_the_apostrophe_that_protects_a_text_is_taken_away_in_another_table(written: str, before: str):
    header = "rma_number,order_line,code,action,resolved_by"
    table = read(f"{header}\n{written},{written},damage,waive,{written}\n", model=ResolutionRow)
    read_before = table.frame.copy()
    undone = undo_apostrophes(table)
    assert [text(undone, name) for name in ("rma_number", "order_line", "resolved_by")] == [[before]] * 3
    pd.testing.assert_frame_equal(table.frame, read_before)
    assert (undone.line.tolist(), undone.sources) == (table.line.tolist(), table.sources)
