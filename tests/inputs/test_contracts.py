"""Every file's columns, declared once (rulebook 3)."""

import pytest

from refund_calc.inputs.cell_types import COUNT_FROM_1, MONEY
from refund_calc.inputs.contracts import Column, OrderRow, ResolutionRow, ReturnRow, Row, column_names, columns
from tests.worlds import COLUMNS

FILES: dict[str, type[Row]] = {"orders": OrderRow, "returns": ReturnRow, "resolutions": ResolutionRow}


class Parcel(Row):
    number = Column(COUNT_FROM_1, "which one", key=True)
    price = Column(MONEY, "what it costs", blank=True, deciding=False)


def test_a_columns_name_is_the_attribute_that_declares_it():
    number, price = columns(Parcel)
    assert (number.name, number.cell.kind, number.cell.least, number.blank) == ("number", "count", 1, False)
    assert (price.name, price.meaning, price.cell.what) == ("price", "what it costs", "money")


def test_columns_are_named_by_their_marks():
    assert column_names(Parcel) == ("number", "price")
    assert column_names(Parcel, key=True) == ("number",)
    assert column_names(Parcel, key=False, deciding=True) == ()


def test_the_keys_are_those_of_the_rulebook():
    assert column_names(OrderRow, key=True) == ("order_number", "order_line")
    assert column_names(ReturnRow, key=True) == ("rma_number", "order_number", "order_line")


def test_the_columns_that_decide_nothing_are_these():
    """Whatever else changes in an export is a changed record (rulebook 4)."""
    assert column_names(OrderRow, deciding=False) == ("sku", "payment_method", "payment_reference", "refunded_amount")
    assert column_names(ReturnRow, deciding=False) == ("tracking_number",)


@pytest.mark.parametrize("kind", FILES)
def test_the_columns_are_those_that_the_tests_worlds_know(kind: str):
    assert set(column_names(FILES[kind])) == set(COLUMNS[kind])


@pytest.mark.parametrize("model", FILES.values())
def test_every_column_says_what_it_means(model: type[Row]):
    for column in columns(model):
        assert column.meaning and column.cell.what, column.name
        assert column.blank or not (column.optional or column.name == "dispute_status")
        assert column.cell.kind == "text" or not column.distinct, f"{column.name}: a text for every row is kept as text"
