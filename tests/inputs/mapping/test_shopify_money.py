"""What was paid for a line of a Shopify order: by hand, to the cent."""

from decimal import Decimal

import pytest

from tests.inputs.mapping.shopify_files import Shop, line, order, paid_for, reasons


def money(row: dict[str, str]) -> tuple[str, str, str]:
    return row["unit_price"], row["line_discount"], row["line_tax"]


def test_an_order_cells_stand_on_its_first_row_and_a_line_is_called_by_its_place(shop: Shop) -> None:
    rows = shop.rows(order(line("10.00"), line("20.00", sku="B-2", quantity="2"), Total="50.00"))
    assert [(row["order_number"], row["order_line"], row["sku"]) for row in rows] == [
        ("5277630001001", "1", "A-1"),
        ("5277630001001", "2", "B-2"),
    ]
    assert {row["currency"] for row in rows} == {"USD"}
    assert rows[1]["ordered_date"] == "2026-03-01 20:10:00 -0800"


def test_the_discount_of_the_order_already_holds_those_of_its_lines(shop: Shop) -> None:
    # 100 + 50 less 10 of the first line's own; 14 - 10 = 4 more, over 90 and 50: 2.57 and 1.43.
    lines = line("100.00", discount="10.00"), line("50.00")
    rows = shop.rows(order(*lines, Discount_Amount="14.00", Total="136.00"))
    assert [money(row) for row in rows] == [("100.00", "12.57", "0.00"), ("50.00", "1.43", "0.00")]
    assert paid_for(rows) == Decimal("136.00")


def test_tax_that_was_added_lies_on_taxable_lines_by_their_net_price(shop: Shop) -> None:
    lines = line("60.00"), line("30.00"), line("10.00", taxable="false")
    rows = shop.rows(order(*lines, Taxes="9.00", Total="109.00"))
    assert [money(row) for row in rows] == [
        ("60.00", "0.00", "6.00"),
        ("30.00", "0.00", "3.00"),
        ("10.00", "0.00", "0.00"),
    ]


def test_prices_that_include_the_tax_are_brought_to_prices_without_it(shop: Shop) -> None:
    # 3 x 12.00 and 20 % in it: 6.00 of tax, 10.00 a unit. The total ties without the tax: it is included.
    rows = shop.rows(order(line("12.00", quantity="3"), Taxes="6.00", Total="36.00"))
    assert money(rows[0]) == ("10.00", "0.00", "6.00")
    assert paid_for(rows) == Decimal("36.00")


def test_where_a_price_without_tax_is_no_whole_cent_the_discount_takes_up_the_rest(shop: Shop) -> None:
    # 3 x 9.99 less 2.97 is 27.00, 4.50 of it tax: 22.50 of goods, that is 24.975 before the discount, 8.325 a unit.
    discounted = line("9.99", quantity="3", discount="2.97")
    rows = shop.rows(order(discounted, Discount_Amount="2.97", Taxes="4.50", Total="27.00"))
    assert money(rows[0]) == ("8.33", "2.49", "4.50")
    assert paid_for(rows) == Decimal("27.00")


@pytest.mark.parametrize("total", ["110.01", "99.99", "105.00"])
def test_an_order_that_ties_neither_way_is_an_exception(shop: Shop, total: str) -> None:
    mapped = shop.mapped(order(line("100.00"), Taxes="10.00", Total=total))
    assert mapped.cells["unit_price"][0].as_py().startswith(f'cannot be mapped: Total "{total}" does not tie')
    assert "come to 100.00, with the tax to 110.00" in reasons(mapped)[0]


# -- Tax on shipping ---------------------------------------------------------------------------------------------


def taxed(shop: Shop, tax: str, total: str, tax_name: str = "State Tax 10%", **settings: object) -> tuple[str, str]:
    cells = {"Tax_1_Name": tax_name, "Tax_1_Value": tax}
    rows = shop.rows(order(line("100.00"), Shipping="20.00", Taxes=tax, Total=total, **cells), **settings)
    assert paid_for(rows) == Decimal(total)
    return rows[0]["line_tax"], rows[0]["shipping_paid"]


def test_tax_on_shipping_is_paid_with_the_shipping(shop: Shop) -> None:
    assert taxed(shop, "12.00", "132.00") == ("10.00", "22.00")


def test_shipping_that_was_not_taxed_takes_none_of_the_tax(shop: Shop) -> None:
    assert taxed(shop, "10.00", "130.00") == ("10.00", "20.00")


def test_tax_in_the_price_of_shipping_stays_in_it(shop: Shop) -> None:
    # 120.00 with 20 % in it: 20.00, of which 3.33 is in the 20.00 of shipping.
    assert taxed(shop, "20.00", "120.00", "VAT 20%") == ("16.67", "20.00")


def test_several_taxes_of_one_order_tie_by_the_sum_of_their_rates(shop: Shop) -> None:
    cells = {"Tax_1_Name": "State Tax 6.25%", "Tax_1_Value": "7.50", "Tax_2_Name": "City 1.75%", "Tax_2_Value": "2.10"}
    rows = shop.rows(order(line("100.00"), Shipping="20.00", Taxes="9.60", Total="129.60", **cells))
    assert (rows[0]["line_tax"], rows[0]["shipping_paid"]) == ("8.00", "21.60")


def test_without_a_rate_the_lines_get_no_tax_that_may_be_on_the_shipping_and_somebody_is_told(shop: Shop) -> None:
    # 12.00 over 100.00 and 20.00: were the shipping not taxed, 2.00 would be missing; the other way they would be lost.
    assert taxed(shop, "12.00", "132.00", "State Tax") == ("10.00", "22.00")
    told = shop.mapped(order(line("100.00"), Shipping="20.00", Taxes="12.00", Total="132.00"))
    assert "taken out of their lines (shipping_taxed): 1" in reasons(told)[0]


def test_rates_that_differ_by_line_leave_the_shipping_what_it_may_bear_of_each(shop: Shop) -> None:
    # 100.00 and 50.00 with 5 % on both and the 18.00 of shipping (8.40), 8 % on the first and the shipping (9.44):
    # 0.90 and 1.44 are on the shipping. The rest is 8.40 + 9.44 - 2.34 = 15.50, over 100 and 50: 10.33 and 5.17.
    taxes = {"Tax_1_Name": "GST 5%", "Tax_1_Value": "8.40", "Tax_2_Name": "PST 8%", "Tax_2_Value": "9.44"}
    lines = line("100.00"), line("50.00")
    rows = shop.rows(order(*lines, Shipping="18.00", Taxes="17.84", Total="185.84", **taxes))
    assert [row["line_tax"] for row in rows] == ["10.33", "5.17"]
    assert (rows[0]["shipping_paid"], paid_for(rows)) == ("20.34", Decimal("185.84"))


def test_a_tax_that_is_less_than_its_rate_of_the_shipping_is_all_of_what_it_may_bear(shop: Shop) -> None:
    # 10 % of 20.00 would be 2.00, the tax is 0.50 and ties neither way: all of it may be on the shipping.
    assert taxed(shop, "0.50", "120.50") == ("0.00", "20.50")


@pytest.mark.parametrize(("shipping_taxed", "expected"), [(True, ("10.00", "22.00")), (False, ("12.00", "20.00"))])
def test_the_mapping_may_say_whether_shipping_is_taxed(
    shop: Shop, shipping_taxed: bool, expected: tuple[str, str]
) -> None:
    assert taxed(shop, "12.00", "132.00", "State Tax", shipping_taxed=shipping_taxed) == expected


def test_goods_that_cost_nothing_leave_their_tax_to_the_shipping(shop: Shop) -> None:
    free = line("50.00", discount="50.00")
    rows = shop.rows(order(free, Discount_Amount="50.00", Shipping="10.00", Taxes="1.00", Total="11.00"))
    assert (rows[0]["line_tax"], rows[0]["shipping_paid"]) == ("0.00", "11.00")


# -- Lines that are no goods, and money that is no merchandise ---------------------------------------------------


def test_tips_vouchers_freight_and_bundle_parents_count_in_the_total_and_cannot_come_back(shop: Shop) -> None:
    mapped = shop.mapped(
        order(
            line("0.00", name="Bundle"),
            line("100.00"),
            line("5.00", name="Tip", taxable="false"),
            line("25.00", name="Blue E-Gift Card", taxable="false"),
            line("9.00", name="Freight", taxable="false"),
            Discount_Amount="10.00",
            Taxes="9.00",
            Total="138.00",
        )
    )
    assert mapped.cells["order_line"].to_pylist() == ["2"]
    assert mapped.cells["line_discount"].to_pylist() == ["10.00"]  # of the order: on goods only
    assert mapped.cells["line_tax"].to_pylist() == ["9.00"]
    assert reasons(mapped) == [
        "2: Lineitem price lines that cost nothing, left out (zero_price): 1",
        "4: Lineitem name lines that are no goods (tips, vouchers, freight), left out (not_goods): 3",
    ]


def test_a_felt_tip_is_goods(shop: Shop) -> None:
    assert len(shop.rows(order(line("3.00", name="Felt tip pen"), Total="3.00"))) == 1


def test_a_shop_may_say_itself_what_is_no_goods_and_that_free_lines_are_lines(shop: Shop) -> None:
    lines = line("3.00", sku="SVC-1"), line("0.00"), line("3.00", name="Tip")
    rows = shop.rows(order(*lines, Total="6.00"), not_goods=(), not_goods_skus=("svc-*",), zero_price="line")
    assert [row["order_line"] for row in rows] == ["2", "3"]


def test_duties_count_in_the_total_and_are_told(shop: Shop) -> None:
    mapped = shop.mapped(order(line("100.00"), Duties="12.50", Total="112.50"))
    assert mapped.cells["unit_price"].to_pylist() == ["100.00"]
    assert reasons(mapped) == ["2: Duties orders that paid duties, 12.50 in all, which are not refunded: 1"]


def test_a_discount_beyond_the_goods_comes_off_the_shipping(shop: Shop) -> None:
    rows = shop.rows(order(line("10.00"), Shipping="8.00", Discount_Amount="15.00", Total="3.00"))
    assert (rows[0]["line_discount"], rows[0]["shipping_paid"]) == ("10.00", "3.00")


# -- Total is not what was paid ----------------------------------------------------------------------------------


def test_what_is_still_owed_was_not_paid(shop: Shop) -> None:
    # 110 + 55 with tax, 35 of shipping: 200.00, of which 50.00 is owed: a quarter of everything.
    lines = line("100.00"), line("50.00")
    sums = {"Shipping": "35.00", "Taxes": "15.00", "Total": "200.00", "Outstanding_Balance": "50.00"}
    rows = shop.rows(order(*lines, **sums, Financial_Status="partially_paid"), shipping_taxed=False)
    assert [money(row) for row in rows] == [("100.00", "25.00", "7.50"), ("50.00", "12.50", "3.75")]
    assert rows[0]["shipping_paid"] == "26.25"
    assert paid_for(rows) == Decimal("150.00")


def test_a_balance_in_the_customers_favour_does_not_raise_what_was_paid(shop: Shop) -> None:
    rows = shop.rows(order(line("100.00"), Total="100.00", Outstanding_Balance="-30.00"))
    assert paid_for(rows) == Decimal("100.00")


def test_an_order_that_is_owed_whole_is_an_exception(shop: Shop) -> None:
    mapped = shop.mapped(order(line("100.00"), Total="100.00", Outstanding_Balance="100.00"))
    assert "nothing was paid" in reasons(mapped)[0]


def test_a_removed_line_of_no_units_is_left_out(shop: Shop) -> None:
    assert len(shop.rows(order(line("10.00"), line("5.00", quantity="0"), Total="10.00"))) == 1


def test_a_currency_without_decimals_is_split_by_whole_units(shop: Shop) -> None:
    lines = line("1000"), line("1000"), line("1000")
    rows = shop.rows(order(*lines, Currency="JPY", Discount_Amount="100", Taxes="290", Total="3190"))
    assert [row["line_discount"] for row in rows] == ["34.00", "33.00", "33.00"]
    assert [row["line_tax"] for row in rows] == ["96.00", "97.00", "97.00"]


@pytest.mark.parametrize(("subtotal", "tip"), [("100.00", None), ("102.00", "2.00"), ("100.00", "2.00")])
def test_a_code_for_free_shipping_does_not_make_the_goods_cheaper(shop: Shop, subtotal: str, tip: str | None) -> None:
    # 100 + 9.90 of shipping less 9.90: the customer paid 100 for the goods, and must get 100 back for them.
    lines = [line("60.00"), line("40.00"), *([line(tip, name="Tip", taxable="false")] if tip else [])]
    total = "102.00" if tip else "100.00"
    rows = shop.rows(order(*lines, Subtotal=subtotal, Shipping="9.90", Discount_Amount="9.90", Total=total))
    assert [money(row) for row in rows] == [("60.00", "0.00", "0.00"), ("40.00", "0.00", "0.00")]
    assert rows[0]["shipping_paid"] == "0.00"


def test_free_shipping_beside_another_code_and_a_discount_of_a_line(shop: Shop) -> None:
    # 10.00 of the line's own, 10 % off 90 = 9.00, and 9.90 of shipping: 28.90.
    discounted = line("100.00", discount="10.00")
    rows = shop.rows(order(discounted, Subtotal="81.00", Shipping="9.90", Discount_Amount="28.90", Total="81.00"))
    assert money(rows[0]) == ("100.00", "19.00", "0.00")
    assert rows[0]["shipping_paid"] == "0.00"


@pytest.mark.parametrize("subtotal", ["", "0.00", "90.10", "500.00", "n/a"])
def test_a_subtotal_that_says_nothing_of_the_shipping_changes_nothing(shop: Shop, subtotal: str) -> None:
    rows = shop.rows(order(line("100.00"), Subtotal=subtotal, Shipping="9.90", Discount_Amount="9.90", Total="100.00"))
    assert (money(rows[0]), rows[0]["shipping_paid"]) == (("100.00", "9.90", "0.00"), "9.90")


def test_tax_of_an_order_without_a_taxable_line_is_on_its_shipping_and_not_paid_back_with_the_goods(shop: Shop) -> None:
    # 50 of goods that are not taxed, 5.00 of shipping and 0.50 of tax on it: 50.00 was paid for the goods.
    one = order(line("50.00", taxable="false"), Shipping="5.00", Taxes="0.50", Total="55.50")
    (row,) = shop.rows(one)
    assert (money(row), row["shipping_paid"]) == (("50.00", "0.00", "0.00"), "5.50")
    (row,) = shop.rows(one, shipping_taxed=False)
    assert (money(row), row["shipping_paid"]) == (("50.00", "0.00", "0.50"), "5.00")


def test_tax_that_is_too_much_for_the_shipping_lies_on_lines_that_are_not_taxable_too(shop: Shop) -> None:
    # 4.00 over 50.00 and 5.00: 0.36 may be on the shipping.
    (row,) = shop.rows(order(line("50.00", taxable="false"), Shipping="5.00", Taxes="4.00", Total="59.00"))
    assert (money(row), row["shipping_paid"]) == (("50.00", "0.00", "3.64"), "5.36")


def test_an_amount_of_three_decimals_is_named_as_such(shop: Shop) -> None:
    # Dinars have three. To export again, as it said, does not help.
    mapped = shop.mapped(order(line("10.525"), Currency="KWD", Total="10.50"))
    assert '2: Lineitem price "10.525" has more than two decimals' in "\n".join(reasons(mapped))


@pytest.mark.parametrize("name", ["Trinkgeld", "Pourboire", "Propina", "Fooi", "Mancia", "Geschenkkarte - 50 EUR"])
def test_a_tip_or_a_gift_card_in_another_language_is_no_goods(shop: Shop, name: str) -> None:
    rows = shop.rows(order(line("50.00"), line("5.00", name=name, taxable="false"), Total="55.00"))
    assert [row["order_line"] for row in rows] == ["1"]
