"""Rows of two files by key, fill-down, line numbers, and which line a SKU means (issue 12)."""

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refund_calc.inputs.contracts import Column, ReturnRow
from refund_calc.inputs.mapping.joined import Groups, filled_down, keys_of, lines_by_sku, money_texts, positions
from tests.stories import ci


def column(*cells: str) -> pa.Array:
    return pa.array(cells, pa.string())


def brought(how: str, of: Column, here: list[str], there: list[tuple[str, str]], absent: str = "") -> list[str]:
    keys, cells = (column(*part) for part in zip(*there, strict=True))
    return Groups.of(keys_of([column(*here)]), keys_of([keys])).bring(cells, how, of, absent).to_pylist()


def test_quantities_of_several_parcels_are_summed():
    there = [("R1", "1"), ("R2", ""), ("R1", "2"), ("", "9")]
    assert brought("sum", ReturnRow.quantity_received, ["R2", "R1", "R3", ""], there, "0") == ["", "3", "0", "0"]


def test_money_is_summed_to_the_cent():
    assert brought("sum", ReturnRow.damage_amount, ["A"], [("A", "0.1"), ("A", "10.29")]) == ["10.39"]
    assert money_texts(pa.array([5, 100, 123456]).to_numpy()).to_pylist() == ["0.05", "1.00", "1234.56"]


def test_a_sum_with_a_cell_that_cannot_be_mapped_cannot_be_mapped():
    bad = 'cannot be mapped: "x" is not an amount'
    assert brought("sum", ReturnRow.damage_amount, ["A", "B"], [("A", "1"), ("A", bad), ("B", "2")]) == [bad, "2.00"]


def test_the_latest_and_the_earliest_moment_are_taken_as_they_are_written():
    there = [("A", "2026-03-10T01:00:00+0400"), ("A", "2026-03-09"), ("A", "2026-03-09T23:00:00Z"), ("B", "")]
    of = ReturnRow.received_date
    assert brought("latest", of, ["A", "B"], there) == ["2026-03-09T23:00:00Z", ""]
    assert brought("earliest", of, ["A"], there) == ["2026-03-09"]


def test_rows_that_differ_where_they_must_not_are_named():
    there = [("A", "yes"), ("A", ""), ("A", "yes"), ("B", "yes"), ("B", "no")]
    found = brought("same", ReturnRow.original_box, ["A", "B"], there)
    assert found[0] == "yes"
    assert (
        found[1] == "cannot be mapped: rows of the joined file give different values of original_box; keep one of them"
    )


def test_blank_cells_take_what_stands_above_within_their_order():
    cells, orders = column("", "a", "", "b", "", ""), column("1", "1", "1", "2", "2", "3")
    assert filled_down(cells, None).to_pylist() == ["", "a", "a", "b", "b", "b"]
    assert filled_down(cells, orders).to_pylist() == ["", "a", "a", "b", "b", ""]
    assert filled_down(column(), None).to_pylist() == []
    assert filled_down(cells, None, np.array([0, 0, 0, 1, 1, 2])).to_pylist() == ["", "a", "a", "b", "b", ""]


def test_lines_are_numbered_within_their_order():
    assert positions(keys_of([column("B", "A", "B", "B")])).to_pylist() == ["1", "1", "2", "3"]


ORDERS = {
    "order_number": column("1", "1", "1", "2", "2"),
    "order_line": column("10", "9", "3", "1", "2"),
    "sku": column("A", "A", "B", "A", "A"),
    "unit_price": column("5.00", "5.00", "7.00", "5.00", "4.00"),
    "line_discount": column("0.00", "0.00", "0.00", "0.00", "0.00"),
    "line_tax": column("0", "0.00", "0.00", "0.00", "0.00"),
    "quantity": column("1", "2", "1", "1", "1"),
}


@pytest.mark.parametrize(
    ("order", "sku", "line", "reason"),
    [
        ("1", "B", "3", ""),
        ("1", "A", "", "different prices"),  # taxed alike, but written differently: a person looks
        ("2", "A", "", 'the order has lines with SKU "A" at different prices'),
        ("1", "C", "", 'the order has no line with SKU "C"'),
        ("3", "A", "", 'no orders file has order "3"'),
    ],
)
def test_a_sku_means_one_line_or_nobody_knows(order: str, sku: str, line: str, reason: str):
    found, reasons = lines_by_sku(column("x", order), column("x", sku), ORDERS, np.zeros(2, np.int64))
    assert found.to_pylist()[1] == line
    assert reason in reasons.get(1, "") and bool(reason) == (1 in reasons)


def test_two_lines_at_one_price_are_the_first_of_them():
    orders = ORDERS | {"line_tax": column("0.00", "0.00", "0.00", "0.00", "0.00")}
    nothing_before = np.zeros(1, np.int64)
    assert lines_by_sku(column("1"), column("A"), orders, nothing_before)[0].to_pylist() == ["10"]  # in text order
    orders |= {"line_tax": column("1.00", "2.00", "0.00", "0.00", "0.00")}
    assert 0 in lines_by_sku(column("1"), column("A"), orders, nothing_before)[1]


some_key = st.sampled_from(["", "A", "B", "C"])
some_rows = st.lists(st.tuples(some_key, st.sampled_from(["", "1", "2.50", "0.1"])), max_size=8)


@ci(4)
@given(st.lists(some_key, max_size=6), some_rows)
def test_sums_are_those_of_a_row_loop(here: list[str], there: list[tuple[str, str]]):
    keys, cells = column(*(key for key, _ in there)), column(*(cell for _, cell in there))
    found = Groups.of(keys_of([column(*here)]), keys_of([keys])).bring(cells, "sum", ReturnRow.damage_amount, "none")
    expected = []
    for key in here:
        rows = [cell for other, cell in there if other == key and key]
        known = [Decimal(cell) for cell in rows if cell]
        expected.append(f"{sum(known):.2f}" if known else "" if rows else "none")
    assert found.to_pylist() == expected


@ci(4)
@given(st.lists(st.tuples(st.sampled_from(["", "x", "y"]), st.sampled_from("12")), max_size=10))
def test_filling_down_is_that_of_a_row_loop(rows: list[tuple[str, str]]):
    expected, last, order = [], "", ""
    for cell, within in rows:
        last = cell or (last if within == order else "")
        order = within
        expected.append(last)
    cells, orders = column(*(cell for cell, _ in rows)), column(*(within for _, within in rows))
    assert filled_down(cells, orders).to_pylist() == expected
