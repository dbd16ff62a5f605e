"""What stands in their cells, written as ours, by distinct value (issue 12)."""

import pyarrow as pa
import pytest

from refund_calc.inputs.contracts import Column, OrderRow, ReturnRow
from refund_calc.inputs.mapping.values import Form, convert


def converted(column: Column, *cells: str, **form: object) -> list[str]:
    return convert(pa.array(cells), Form(column, **({"values": {}, "prefixes": {}} | form))).cells.to_pylist()


def fault(column: Column, cell: str, **form: object) -> str:
    made = convert(pa.array(["", cell]), Form(column, **({"values": {}, "prefixes": {}} | form)))
    assert made.bad.tolist() == [1]
    assert made.cells.to_pylist() == ["", f"cannot be mapped: {made.faults[0]}"]
    return made.faults[0]


@pytest.mark.parametrize(
    ("form", "theirs", "ours"),
    [
        ("1,234.50", "$1,234.50", "1234.50"),
        ("1,234.50", "1234.5", "1234.5"),
        ("1,234.50", "USD 12.00", "12.00"),
        ("1.234,50", "1.234,50 €", "1234.50"),
        ("1.234,50", "24,90", "24.90"),
        ("1 234,50", "1\u202f234,50", "1234.50"),
        ("1'234.50", "1'234.50", "1234.50"),
        ("1234.50", "10.0000", "10.00"),
        ("1234,50", "7", "7"),
        (
            "1.234,50",
            "-1.234,50 €",
            'cannot be mapped: "-1.234,50 €" is not an amount such as 12.34 (digits, at most '
            "two decimals, never negative); add its form to money",
        ),
    ],
)
def test_money_in_a_declared_form(form: str, theirs: str, ours: str):
    assert converted(OrderRow.unit_price, theirs, money=form) == [ours]


@pytest.mark.parametrize(
    ("form", "theirs"),
    [
        ("1,234.50", "1.234,50"),
        ("1,234.50", "12,34"),  # no thousand is written so
        ("1.234,50", "1,234.50"),
        ("1234.50", "1,234.50"),
        ("1,234.50", "-5.00"),
        ("1,234.50", "1.005"),  # nothing is rounded
        (None, "$5.00"),
    ],
)
def test_money_in_another_form_is_no_guess(form: str | None, theirs: str):
    assert f'"{theirs}" is not an amount' in fault(OrderRow.unit_price, theirs, money=form)


@pytest.mark.parametrize(
    ("form", "theirs", "ours"),
    [
        ("DD-MM-YYYY", "06-03-2026", "2026-03-06"),
        ("MM/DD/YYYY", "03/06/2026", "2026-03-06"),
        ("M/D/YYYY", "3/6/2026", "2026-03-06"),
        ("M/D/YY h:mm AM", "3/16/26 9:05 PM", "2026-03-16"),
        ("YYYY-MM-DD hh:mm:ss", "2026-03-06 23:59:59", "2026-03-06"),
        ("DD.MM.YYYY hh:mm:ss Z", "06.03.2026 23:59:59 +0400", "2026-03-06T23:59:59+0400"),
        ("DD-MM-YYYY", "2026-03-06T15:31:40+00:00", "2026-03-06T15:31:40+00:00"),
        ("DD-MM-YYYY", "2026-03-06", "2026-03-06"),
        ("MMM-DD-YY", "Jul-25-26", "2026-07-25"),
        ("MMM-D-YY", "sep-5-26", "2026-09-05"),
        ("D MMM YYYY", "5 Sept 2026", "2026-09-05"),
        ("MMMM D, YYYY", "July 5, 2026", "2026-07-05"),
        ("MMMM D, YYYY h:mm AM", "December 31, 2026 11:59 pm", "2026-12-31"),
        ("DD-MMM-YYYY hh:mm:ss Z", "05-May-2026 23:59:59 +0400", "2026-05-05T23:59:59+0400"),
    ],
)
def test_dates_in_a_declared_form_or_in_ours(form: str, theirs: str, ours: str):
    assert converted(OrderRow.ordered_date, theirs, dates=(form,)) == [ours]


@pytest.mark.parametrize(
    ("form", "theirs"), [("MMM-DD-YY", "July-25-26"), ("MMMM D, YYYY", "Jul 5, 2026"), ("MMM-DD-YY", "Feb-30-26")]
)
def test_a_month_by_another_name_and_a_day_that_is_none_are_named(form: str, theirs: str):
    assert fault(OrderRow.ordered_date, theirs, dates=(form,)).startswith(f'"{theirs}" is not a da')


@pytest.mark.parametrize("theirs", ["03/06/26", "31-02-2026", "2026-3-6", "5.27763E+12"])
def test_a_date_in_no_form_is_named(theirs: str):
    assert fault(OrderRow.ordered_date, theirs, dates=("DD-MM-YYYY",)).startswith(f'"{theirs}" is not a da')


def test_words_are_translated_in_any_case_and_others_are_named():
    values = {"Doesn't work": "manufacturing_defect", "OTHER": "other"}
    assert converted(ReturnRow.reason, "doesn't work", "Other", "", values=values) == [
        "manufacturing_defect", "other", ""
    ]  # fmt: skip
    assert fault(ReturnRow.reason, "changed_mind", values=values) == (
        '"changed_mind" is not among the values of the mapping; add it to columns.reason.values'
    )


def test_the_longest_prefix_counts():
    prefixes = {"ACC-": "accessory", "ACC-LENS": "product"}
    cells = converted(OrderRow.item_type, "acc-1", "ACC-LENS-2", prefixes=prefixes)
    assert cells == ["accessory", "product"]


def test_blank_is_blank_unless_the_mapping_says_what_it_means():
    assert converted(OrderRow.line_tax, "", "1.00") == ["", "1.00"]
    assert converted(OrderRow.line_tax, "", "1.00", blank="0.00") == ["0.00", "1.00"]
    assert converted(OrderRow.sku, "", "A", blank="no-sku") == ["no-sku", "A"]


def test_a_cell_that_needs_no_translation_is_held_against_our_type():
    assert "is not a whole number" in fault(ReturnRow.quantity_requested, "2.0")
    assert "is not yes or no" in fault(ReturnRow.original_box, "maybe")
