"""Stage B, the order's rows: order-not-found, ambiguous-order and invalid-order."""

import pytest

from tests.stories import Row, a_return, an_order, file_of, tonight
from tests.worlds import ORDER_LEVEL


def test_a_return_on_an_unknown_order_waits():
    night = tonight(a_return(order_number="1009"))
    assert night.verdicts() == ["hold order-not-found"]
    found = night.exception("order-not-found")
    assert (found["severity"], found["clause"]) == ("hold", "CT-1")
    assert "1009" in found["message"]


@pytest.mark.parametrize("line", ["2", "01", "1.0"])
def test_an_order_line_is_found_by_its_text_alone(line: str):
    assert tonight(a_return(order_line=line)).verdicts() == ["hold order-not-found"]


def test_before_stage_c_a_line_has_no_sku_no_due_date_and_no_claim():
    night = tonight(a_return(order_number="1009"))
    row, found = night.line(order="1009"), night.exceptions[0]
    assert (row["sku"], row["due_date"], row["policy_version"]) == ("", "", "")
    assert (found["claim_amount"], found["due_date"], found["business_days_left"]) == ("", "", "")


def test_an_order_not_found_is_not_asked_for_its_currency_or_date():
    night = tonight(a_return(order_line="2"), orders=[an_order(currency="EUR", ordered_date="2023-01-01")])
    assert night.verdicts() == ["hold order-not-found"]


def test_an_order_line_whose_only_row_is_invalid_is_invalid_and_not_missing():
    assert tonight(a_return(), orders=[an_order(quantity="0")]).verdict() == "hold invalid-order"


# -- ambiguous-order ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [{"quantity": "2"}, {"sku": "X"}, {"delivered_date": ""}, {"line_tax": "8.01"}])
def test_differing_rows_of_an_order_line_hold_the_return(change: Row):
    night = tonight(a_return(), orders=[an_order(), an_order(**change)])
    assert night.verdict() == "hold ambiguous-order"
    assert night.exception("ambiguous-order")["clause"] == "CT-1"
    ((column, value),) = change.items()
    first, second = sorted([an_order()[column], value or "blank"])
    assert night.message("ambiguous-order").endswith(f": order line 1 {column} {first}, {second}")


def test_differing_rows_of_another_line_of_the_order_hold_the_return():
    night = tonight(a_return(), orders=[an_order(), an_order(order_line="2"), an_order(order_line="2", quantity="2")])
    assert night.verdict() == "hold ambiguous-order"


def test_an_order_row_repeated_in_other_words_is_no_contradiction():
    again = an_order(unit_price="100", line_tax="8.0", ship_country="us", sales_channel="WebShop", quantity="01")
    assert tonight(a_return(), orders=[an_order(), again]).verdict() == "refund"


OTHER_VALUE = {
    "sales_channel": "amazon",
    "ship_country": "CA",
    "currency": "CAD",
    "ordered_date": "2026-03-01",
    "shipping_paid": "6.01",
    "outbound_shipping_cost": "9.01",
    "payment_method": "paypal",
    "payment_reference": "PAY-2",
}


@pytest.mark.parametrize("column", ORDER_LEVEL)
def test_lines_of_an_order_that_disagree_on_an_order_level_column_hold_the_return(column: str):
    night = tonight(a_return(), orders=[an_order(), an_order(order_line="2", **{column: OTHER_VALUE[column]})])
    assert night.verdict() == "hold ambiguous-order"
    first, second = sorted([an_order()[column], OTHER_VALUE[column]])
    assert night.message("ambiguous-order").endswith(f"contradict each other: {column} {first}, {second}")


def test_blank_and_a_value_differ():
    night = tonight(a_return(), orders=[an_order(), an_order(order_line="2", payment_reference="")])
    assert night.verdict() == "hold ambiguous-order"
    assert night.message("ambiguous-order").endswith("payment_reference PAY-1001, blank")


def test_all_columns_that_differ_are_named_at_once():
    other = an_order(order_line="2", ship_country="CA", sales_channel="amazon")
    night = tonight(a_return(), orders=[an_order(), an_order(quantity="2", line_tax="8.01"), other])
    assert night.message("ambiguous-order") == (
        "the rows of order 1001 contradict each other: sales_channel amazon, webshop; ship_country CA, US; "
        "order line 1 quantity 1, 2; line_tax 8.00, 8.01"
    )


def test_what_the_shop_shows_as_refunded_may_differ_between_the_rows_of_an_order():
    rows = [an_order(refunded_amount="1.00"), an_order(refunded_amount=""), an_order(order_line="2")]
    assert "ambiguous-order" not in tonight(a_return(), orders=rows).line()["codes"]


def test_an_order_can_travel_in_parcels():
    second = an_order(order_line="2", picked_up_date="2026-03-04", delivered_date="2026-03-09", sku="CAP")
    assert tonight(a_return(), orders=[an_order(), second]).verdict() == "refund"


def test_disagreement_is_looked_for_among_valid_rows_only():
    # Line 2 is in Canada, but its quantity is invalid: the order is invalid, not ambiguous.
    night = tonight(a_return(), orders=[an_order(), an_order(order_line="2", ship_country="CA", quantity="0")])
    assert night.verdict() == "hold invalid-order"


def test_an_order_can_be_ambiguous_and_invalid():
    orders = [an_order(), an_order(sku="X"), an_order(order_line="2", quantity="0")]
    assert tonight(a_return(), orders=orders).verdict() == "hold ambiguous-order;invalid-order"


# -- invalid-order -----------------------------------------------------------------------------------------------


def test_an_invalid_cell_of_its_order_row_holds_the_return_naming_row_and_field():
    night = tonight(a_return(), orders=[an_order(unit_price="1,00")])
    assert night.verdict() == "hold invalid-order"
    found = night.exception("invalid-order")
    assert found["clause"] == "CT-1"
    for part in ("orders.csv line 2, unit_price", '"1,00"'):
        assert part in found["message"]


def test_an_invalid_cell_of_another_row_of_the_order_holds_the_return_too():
    night = tonight(a_return(), orders=[an_order(), an_order(order_line="2", item_type="gift")])
    assert night.verdict() == "hold invalid-order"
    assert night.message("invalid-order").startswith("orders.csv line 3, item_type")


def test_several_invalid_cells_of_an_order_are_one_finding():
    night = tonight(a_return(), orders=[an_order(quantity="x", unit_price="x", line_tax="")])
    assert len(night.exceptions) == 1
    assert night.message("invalid-order") == (
        "orders.csv line 2, line_tax is blank, but a value is required; "
        'orders.csv line 2, quantity: "x" is not a whole number of at most 6 digits; '
        'orders.csv line 2, unit_price: "x" is not an amount such as 12.34 (digits, at most two decimals, '
        "never negative)"
    )


def test_eight_bad_cells_do_not_take_eight_nights():
    """They are named at once: five, and how many more, with their own file and line."""
    bad = an_order(
        order_line="2", quantity="x", unit_price="x", line_tax="", item_type="", sku="", refunded_amount="-1"
    )
    more = file_of("orders", [an_order(order_line="3", currency="?", ship_country="?")], "more-orders.csv")
    night = tonight(a_return(), orders=[an_order(), bad], files=[more])
    found = night.exception("invalid-order")
    assert [found[name] for name in ("field", "value", "source_file", "source_line")] == [
        "item_type", "", "orders.csv", "3",
    ]  # fmt: skip
    said = found["message"]
    assert said.startswith(
        "orders.csv line 3, item_type is blank, but a value is required; orders.csv line 3, line_tax"
    )
    assert said.count("orders.csv line 3") == 5 and said.endswith(" and 3 more")


def test_the_bad_cell_of_another_file_is_looked_for_there():
    more = file_of("orders", [an_order(order_line="0", currency="?")], "more-orders.csv")
    found = tonight(a_return(), orders=[an_order(order_line="1")], files=[more]).exception("invalid-order")
    assert (found["source_file"], found["source_line"]) == ("more-orders.csv", "2")


def test_bad_order_rows_that_no_return_asks_for_hold_nobody():
    night = tonight(a_return(), orders=[an_order(), an_order(order_number="1002", quantity="x")])
    assert night.verdict() == "refund"
    assert night.exceptions == []


@pytest.mark.parametrize(
    ("discount", "verdict"),
    [("199.99", "refund"), ("200.00", "refund"), ("200.01", "hold invalid-order")],
)
def test_the_discount_may_reach_the_price_of_all_units_and_not_exceed_it(discount: str, verdict: str):
    # 2 x 100.00 = 200.00. The label at 0.00, so that nothing is capped.
    night = tonight(
        a_return(return_shipping_cost="0.00"),
        orders=[an_order(quantity="2", line_discount=discount)],
    )
    assert night.verdict() == verdict


def test_a_discount_above_the_price_is_named_with_its_figure():
    found = tonight(a_return(), orders=[an_order(line_discount="100.01")]).exception("invalid-order")
    assert "line_discount" in found["message"] and "100.01" in found["message"]
