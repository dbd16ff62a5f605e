"""A returns app has a row per unit; a row of ours is an order line of an RMA (issue 12)."""

import numpy as np
import pyarrow as pa
import pytest

from refund_calc.inputs.contracts import ReturnRow, columns
from refund_calc.inputs.mapping.joined import keys_of, lines_by_sku
from refund_calc.inputs.mapping.units import added_up, units_before

DECLARED = {column.name: column for column in columns(ReturnRow)}


def column(*cells: str) -> pa.Array:
    return pa.array(cells, pa.string())


def rows(*given: dict[str, str]) -> tuple[list[dict[str, str]], list[int]]:
    """The rows of an RMA after adding up, and on which of the given ones each stands; `item` is their id."""
    usual = {"rma_number": "R", "order_number": "1", "order_line": "1", "quantity_requested": "1"}
    usual |= dict.fromkeys(("quantity_received", "received_date", "original_box", "reason", "tracking_number"), "")
    usual |= {"damage_amount": "", "requested_date": "2026-03-01"}
    full = [usual | row for row in given]
    cells = {name: column(*(row[name] for row in full)) for name in usual}
    result, kept = added_up(cells, column(*(row["item"] for row in full)), DECLARED)
    return pa.table(dict(result)).to_pylist(), kept.tolist()


def test_units_of_one_line_are_one_row_with_their_sum():
    (row,), kept = rows(
        {"item": "I-1", "quantity_received": "1", "received_date": "2026-03-09", "damage_amount": "1.10"},
        {"item": "I-2", "quantity_received": "1", "received_date": "2026-03-11", "damage_amount": "2.05"},
    )
    assert kept == [0]
    assert (row["quantity_requested"], row["quantity_received"]) == ("2", "2")
    assert (row["received_date"], row["damage_amount"]) == ("2026-03-11", "3.15")


def test_a_row_that_stands_twice_is_one_and_never_two_units():
    (row,), kept = rows({"item": "I-1"}, {"item": "I-1"}, {"item": "I-2"}, {"item": "I-2"})
    assert (row["quantity_requested"], kept) == ("2", [0])


def test_an_item_of_which_two_rows_differ_stays_for_the_night_to_hold():
    found, kept = rows({"item": "I-1", "reason": "other"}, {"item": "I-1", "reason": "wrong_item"}, {"item": "I-2"})
    assert kept == [0, 1, 2]
    assert [row["quantity_requested"] for row in found] == ["1", "1", "1"]


def test_rows_without_an_item_are_never_added_up():
    assert rows({"item": ""}, {"item": "", "reason": "other"})[1] == [0, 1]


def test_other_lines_and_rows_without_a_whole_key_stay_as_they_are():
    found, kept = rows(
        {"item": "A", "order_line": ""},
        {"item": "B"},
        {"item": "C", "order_line": "2"},
        {"item": "D"},
        {"item": "E", "order_line": ""},
    )
    assert kept == [0, 1, 2, 4]
    assert [row["quantity_requested"] for row in found] == ["1", "2", "1", "1"]


@pytest.mark.parametrize(
    ("one", "other", "box"),
    [
        ({"original_box": "yes", "quantity_received": "1"}, {"original_box": "yes", "quantity_received": "1"}, "yes"),
        ({"original_box": "yes", "quantity_received": "1"}, {"quantity_received": "1"}, ""),  # one is not inspected
        ({"original_box": "yes", "quantity_received": "1"}, {}, "yes"),  # one is on its way
        ({"original_box": "yes", "quantity_received": "1"}, {"original_box": "no", "quantity_received": "1"}, "cannot"),
        ({}, {}, ""),
    ],
)
def test_what_the_inspection_found_is_asked_of_the_units_received(one: dict, other: dict, box: str):
    (row,), _ = rows({"item": "1"} | one, {"item": "2"} | other)
    assert row["original_box"].startswith(box) and bool(row["original_box"]) == bool(box)


def test_units_with_two_reasons_cannot_be_one_row_and_two_parcels_can():
    (row,), _ = rows({"item": "1", "reason": "other"}, {"item": "2", "reason": "wrong_item"})
    assert row["reason"].startswith("cannot be mapped: the units of this line differ in reason; ")
    (row,), _ = rows({"item": "1", "tracking_number": "1Z1"}, {"item": "2", "tracking_number": "1Z2"})
    assert row["tracking_number"] == "1Z1"


def test_a_unit_that_cannot_be_mapped_holds_its_line():
    (row,), _ = rows({"item": "1", "quantity_requested": "cannot be mapped: x"}, {"item": "2"})
    assert row["quantity_requested"] == "cannot be mapped: x"


def test_units_before_a_row_count_each_item_of_an_rma_once():
    keys = keys_of([column("R", "R", "R", "S", "R", "")])
    items = column("I-2", "I-1", "I-1", "I-1", "I-3", "I-1")
    assert units_before(keys, items, np.array([5, 2, 2, 9, 1, 1])).tolist() == [2, 0, 0, 0, 7, 0]


ORDERS = {name: column(*["0.00"] * 3) for name in ("line_discount", "line_tax")} | {
    "order_number": column("1", "1", "1"),
    "order_line": column("b", "a", "a"),  # one of them twice, in files that overlap
    "sku": column("X", "X", "X"),
    "unit_price": column("5.00", "5.00", "5.00"),
    "quantity": column("2", "1", "1"),
}


@pytest.mark.parametrize(("before", "line"), [(0, "a"), (1, "b"), (2, "b"), (3, "b")])
def test_the_next_unit_stands_on_the_next_line_at_the_same_price(before: int, line: str):
    found, reasons = lines_by_sku(column("1"), column("X"), ORDERS, np.array([before]))
    assert (found.to_pylist(), reasons) == ([line], {})
