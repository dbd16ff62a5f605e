"""A Shopify orders export with its traps: keys, spreadsheets, payments, joins, and what must never be shown."""

from decimal import Decimal

import pyarrow as pa
import pytest

from refund_calc.inputs.mapping.joins import Deliveries, ItemTypes, called
from refund_calc.inputs.mapping.mapped import Mapped
from refund_calc.inputs.mapping.shopify_settings import ShopifySettings
from refund_calc.inputs.mapping.their_cells import is_harmless
from refund_calc.runs.bad_cells import in_mapped
from tests.benchmarks.shopify import HEADER
from tests.inputs.mapping.shopify_files import PERSONAL, Shop, line, order, paid_for, reasons, rows_of

ONE = line("10.00")


def held(mapped: Mapped) -> list[tuple[int, str, str]]:
    """Each cell that says that its row cannot be mapped: their line, our column, and how its reason begins."""
    return [
        (int(mapped.line[at]), name, text.removeprefix("cannot be mapped: ")[:60])
        for name, cells in mapped.cells.items()
        for at, text in enumerate(cells.to_pylist())
        if text.startswith("cannot be mapped: ")
    ]


# -- Which rows are an order, and what it is called --------------------------------------------------------------


def test_two_shops_may_give_one_name_where_the_orders_have_ids(shop: Shop) -> None:
    rows = shop.rows(order(ONE, Total="10.00", Id="1"), order(ONE, ONE, Total="20.00", Id="2"))
    assert [(row["order_number"], row["order_line"]) for row in rows] == [("1", "1"), ("2", "1"), ("2", "2")]


@pytest.mark.parametrize("how", [{"header": [name for name in HEADER if name != "Id"]}, {"key": "name"}])
def test_a_name_of_two_orders_is_an_exception_where_it_is_the_key(shop: Shop, how: dict[str, object]) -> None:
    first, second = order(ONE, Total="10.00", Id="1"), order(ONE, ONE, Total="20.00", Id="2")
    mapped = shop.mapped(first + second + order(ONE, name="#1002", Total="10.00"), **how)  # type: ignore[arg-type]
    assert [found[:2] for found in held(mapped)] == [(2, "unit_price"), (3, "unit_price")]
    assert mapped.cells["order_number"].to_pylist() == ["#1001"] * 3 + ["#1002"]
    assert 'Name "#1001" stands for more than one order' in reasons(mapped)[0]


def test_one_order_in_two_exports_is_no_collision(shop: Shop) -> None:
    header = [name for name in HEADER if name != "Id"]
    mapped = shop.mapped(order(ONE, Total="10.00"), order(ONE, Total="10.00"), header=header)
    assert not mapped.problems
    assert (mapped.file.tolist(), mapped.line.tolist()) == ([0, 1], [2, 2])


def test_an_export_that_was_filled_down_by_hand_is_read_like_the_others(shop: Shop) -> None:
    rows = order(ONE, line("5.00"), Total="15.00") + order(ONE, name="#1002", Total="10.00")
    filled = [dict(rows[0]), rows[0] | rows[1], rows[2]]
    assert shop.rows(filled) == shop.rows(rows)


def test_an_order_of_an_export_that_was_sorted_is_an_exception(shop: Shop) -> None:
    whole = order(ONE, line("5.00"), Total="15.00")
    mapped = shop.mapped([whole[1], *order(ONE, name="#1002", Total="10.00"), whole[0]])
    assert [found[:2] for found in held(mapped)] == [(2, "unit_price"), (4, "unit_price")]
    assert mapped.cells["order_number"].to_pylist() == ["5277630001001", "5277630001002", "5277630001001"]
    assert "do not sort the file" in reasons(mapped)[0]


@pytest.mark.parametrize(
    "lacking",
    [
        ("Payment References",),
        ("Payment References", "Payment ID", "Payment Terms Name", "Next Payment Due At"),
        tuple(HEADER[38:]),
    ],
)
def test_columns_come_and_go_between_years_and_shops(shop: Shop, lacking: tuple[str, ...]) -> None:
    header = [name for name in HEADER if name not in lacking]
    mapped = shop.mapped(order(ONE, Total="10.00", Shipping_Country="", Source="web"), header=header)
    assert not mapped.problems
    assert mapped.cells["ship_country"].to_pylist() == ["US"]
    assert paid_for(rows_of(mapped)) == Decimal("10.00")


def test_headers_are_read_without_regard_to_case(shop: Shop) -> None:
    renamed = {"Cancelled at": "Canceled at", "Lineitem sku": "Lineitem SKU"}
    rows = order(line("10.00", SKU="B-7"), Total="10.00")
    mapped = shop.mapped(rows, header=[renamed.get(name, name) for name in HEADER])
    assert mapped.cells["sku"].to_pylist() == ["B-7"]


def test_an_export_of_no_orders_is_of_no_rows(shop: Shop) -> None:
    mapped = shop.mapped([])
    assert (len(mapped.line), mapped.problems) == (0, ())


# -- What a spreadsheet did --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "column", "says"),
    [
        ({"Id": "5.27763E+12"}, "unit_price", 'Id "5.27763E+12" was rewritten by a spreadsheet'),
        ({"Payment_ID": "1.2E+11"}, "unit_price", 'Payment ID "1.2E+11" was rewritten'),
        ({"Created_at": "11/10/24 09:17"}, "ordered_date", 'Created at "11/10/24 09:17" was rewritten by a'),
        ({"Created_at": "yesterday"}, "ordered_date", 'Created at "yesterday" is not a date'),
        ({"Total": "1.1E+01"}, "unit_price", 'Total "1.1E+01" was rewritten'),
        ({"Total": "10,0"}, "unit_price", 'Total "10,0" is not an amount'),
        ({"Shipping": "-5.00"}, "unit_price", 'Shipping "-5.00" is not an amount'),
    ],
)
def test_what_a_spreadsheet_did_to_an_order_is_named(shop: Shop, cells: dict[str, str], column: str, says: str) -> None:
    rows = order(ONE, line("5.00"), **{"Total": "15.00"} | cells) + order(ONE, name="#1002", Total="10.00")
    mapped = shop.mapped(rows)
    of_order = column == "ordered_date"  # on all lines: the night would name what stands there once more
    assert [(at, name) for at, name, _ in held(mapped)] == [(2, column), *([(3, column)] if of_order else [])]
    assert reasons(mapped)[0].startswith(f"2: {says}")


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"quantity": "1.5"}, 'Lineitem quantity "1.5" is not a whole number'),
        ({"price": "5.5E+03"}, 'Lineitem price "5.5E+03" was rewritten by a spreadsheet'),
        ({"sku": "1.23E+11"}, 'Lineitem sku "1.23E+11" was rewritten by a spreadsheet'),
        ({"taxable": "perhaps"}, 'Lineitem taxable "perhaps" is neither true nor false'),
        ({"discount": "6.00"}, 'Lineitem discount "6.00" is more than the line'),
        ({"price": "999999999", "quantity": "999999"}, "Lineitem price x quantity is more than 999,999,999.99"),
    ],
)
def test_what_it_did_to_a_line_is_named_on_that_row_alone(shop: Shop, cells: dict[str, str], says: str) -> None:
    mapped = shop.mapped(order(ONE, line("5.00") | line(cells.pop("price", "5.00"), **cells), Total="15.00"))
    assert [(at, name) for at, name, _ in held(mapped)] == [(3, "unit_price")]
    assert reasons(mapped)[0].startswith(f"3: {says}")


def test_whole_amounts_grouped_ones_and_flags_in_capitals_are_still_what_they_are(shop: Shop) -> None:
    rows = shop.rows(order(line("55", taxable="TRUE"), line("$1,200.5", taxable="FALSE"), Taxes="5", Total="1,260.50"))
    assert [(row["unit_price"], row["line_tax"]) for row in rows] == [("55.00", "5.00"), ("1200.50", "0.00")]


def test_rows_of_nothing_that_it_left_behind_are_no_lines(shop: Shop) -> None:
    assert len(shop.rows([*order(ONE, Total="10.00"), {}, {}])) == 1


# -- Who paid, and how -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["pending", "Authorized", "voided", "expired"])
def test_of_an_order_that_was_not_paid_nothing_is_refunded(shop: Shop, status: str) -> None:
    mapped = shop.mapped(order(ONE, Total="10.00", Financial_Status=status, Paid_at=""))
    assert reasons(mapped) == [f'2: Financial Status "{status}" says that nothing was paid']
    assert held(mapped)[0][:2] == (2, "unit_price")


def test_paid_without_a_day_of_payment_is_not_paid(shop: Shop) -> None:
    assert "2: Paid at is blank" in reasons(shop.mapped(order(ONE, Total="10.00", Paid_at="")))[0]


@pytest.mark.parametrize("status", ["partially_refunded", "refunded"])
def test_what_the_shop_has_refunded_is_our_refunded_amount(shop: Shop, status: str) -> None:
    cells = {"Financial_Status": status, "Paid_at": "", "Refunded_Amount": "4"}
    assert shop.rows(order(ONE, Total="10.00", **cells))[0]["refunded_amount"] == "4.00"


@pytest.mark.parametrize("tenders", ["Gift Card + Shopify Payments", "Shopify Payments + PayPal Express Checkout"])
def test_an_order_of_several_tenders_waits_for_a_person(shop: Shop, tenders: str) -> None:
    rows = order(ONE, Total="10.00", Payment_Method=tenders)
    assert "names several tenders" in reasons(shop.mapped(rows))[0]
    assert shop.rows(rows, several_tenders="name")[0]["payment_method"] == tenders


def test_the_payment_id_is_the_reference_else_what_stands_for_it(shop: Shop) -> None:
    both = order(ONE, Total="10.00", Payment_ID="rA1")
    later = order(ONE, name="#1002", Total="10.00", Payment_References="c2.1", Payment_Reference="")
    assert [row["payment_reference"] for row in shop.rows(both, later)] == ["rA1", "c2.1"]


@pytest.mark.parametrize("column", ["Payment_ID", "Payment_References", "Payment_Reference"])
def test_two_payments_by_one_tender_wait_for_a_person_as_two_tenders_do(shop: Shop, column: str) -> None:
    rows = order(ONE, Total="10.00", **{"Payment_Reference": "", column: "rA + rB"})
    assert f"{column.replace('_', ' ')} names several payments: a person refunds each" in reasons(shop.mapped(rows))[0]
    assert shop.rows(rows, several_tenders="name")[0]["payment_reference"] == "rA + rB"
    assert not reasons(shop.mapped(order(ONE, Total="10.00", **{column: "rA + rA"})))


# -- Other cells, and other files --------------------------------------------------------------------------------


def test_two_offsets_in_one_file_are_two_moments(shop: Shop) -> None:
    winter = order(ONE, Total="10.00", Created_at="2023-03-05 21:06:21 +0300")
    summer = order(ONE, name="#1002", Total="10.00", Created_at="2023-04-05 21:06:21 +0400")
    dates = [row["ordered_date"] for row in shop.rows(winter, summer)]
    assert dates == ["2023-03-05 21:06:21 +0300", "2023-04-05 21:06:21 +0400"]


def test_the_channel_is_the_source_in_our_words_or_one_for_all(shop: Shop) -> None:
    rows = order(ONE, Total="10.00", Source="580111")
    assert shop.rows(rows, channels={"580111": "web"})[0]["sales_channel"] == "web"
    assert shop.rows(rows, sales_channel="shop")[0]["sales_channel"] == "shop"
    unknown = shop.mapped(order(ONE, Total="10.00", Source=""))
    assert unknown.cells["sales_channel"].to_pylist() == ["unknown"]
    assert reasons(unknown) == ["2: Source orders without one, whose channel is unknown (sales_channel): 1"]


def test_an_export_without_currencies_needs_the_mappings(shop: Shop) -> None:
    rows = order(ONE, Total="10.00", Currency="")
    assert shop.rows(rows, currency="EUR")[0]["currency"] == "EUR"
    assert reasons(shop.mapped(rows)) == ["2: Currency is blank; give the shop's currency in the mapping"]


def test_an_order_that_went_nowhere_has_the_country_of_its_bill_or_the_mappings(shop: Shop) -> None:
    digital = order(ONE, Total="10.00", Shipping_Country="", Billing_Country="CA")
    till = order(ONE, name="#1002", Total="10.00", Shipping_Country="", Billing_Country="")
    assert [row["ship_country"] for row in shop.rows(digital, till, country="US")] == ["CA", "US"]
    assert "are blank; give the country" in reasons(shop.mapped(till))[0]


def carrier(*rows: tuple[str, str, str, str]) -> Deliveries:
    return Deliveries(*(pa.array([row[at] for row in rows], pa.string()) for at in range(4)))


def test_what_a_carrier_knows_is_joined_by_name_or_id_and_parcels_of_one_order_add_up(shop: Shop) -> None:
    known = carrier(
        ("1001", "2026-03-03", "2026-03-07", "7.50"),
        ("#1001", "2026-03-02", "2026-03-05", "2"),
        ("5277630001002", "2026-03-02", "", "5.00"),
        ("#1002", "", "", ""),
    )
    orders = [order(ONE, name=f"#100{n}", Total="10.00") for n in (1, 2, 3)]
    rows = shop.rows(*orders, deliveries=known, outbound_shipping_cost="1.00")
    columns = ("picked_up_date", "delivered_date", "outbound_shipping_cost")
    assert [tuple(row[name] for name in columns) for row in rows] == [
        ("2026-03-02", "2026-03-07", "9.50"),
        ("", "", "1.00"),
        ("", "", "1.00"),
    ]


def test_a_carriers_name_of_two_orders_is_an_exception(shop: Shop) -> None:
    orders = order(ONE, Total="10.00", Id="1") + order(ONE, Total="10.00", Id="2")
    mapped = shop.mapped(orders, deliveries=carrier(("1001", "", "", "")))
    assert [found[:2] for found in held(mapped)] == [(2, "outbound_shipping_cost"), (3, "outbound_shipping_cost")]


def test_who_calls_an_order_by_its_name_means_its_id_unless_two_orders_have_it() -> None:
    number, name = pa.array(["1", "1", "2", "3"]), pa.array(["#1001", "#1001", "#1002", "#1002"])
    found, shared = called(pa.array(["1001", "#1001", "2", "#1002", "#9", ""]), number, name)
    assert (found.to_pylist(), shared.tolist()) == (["1", "1", "2", "#1002", "#9", ""], [3])


def test_item_types_come_from_a_list_or_the_longest_prefix(shop: Shop) -> None:
    items = ItemTypes({"acc-9": "product"}, {"ACC-": "accessory", "ACC-BIG-": "product"})
    lines = [line("10.00", sku=sku) for sku in ("ACC-1", "ACC-BIG-1", "ACC-9", "", "C")]
    rows = shop.rows(order(*lines, Total="50.00"), items=items)
    assert [row["item_type"] for row in rows] == ["accessory", "product", "product", "product", "product"]
    assert rows[3]["sku"] == "no-sku"


def test_nothing_about_a_customer_is_ever_shown(shop: Shop) -> None:
    whole, odd = order(ONE, Total="10.00"), order(ONE, name="#1002", Total="Jane Roe", Created_at="1 Elm Street")
    odd[0]["Shipping Country"] = odd[0]["Financial Status"] = odd[0]["Taxes"] = "jane.roe@example.com"
    mapped = shop.mapped(whole + odd)
    assert len(mapped.problems) == 5
    said = [reasons(mapped), [(problem.column, problem.value) for problem in mapped.problems], rows_of(mapped)]
    assert not [value for value in PERSONAL.values() if value in str(said)]


@pytest.mark.parametrize("wrong", [{"key": "email"}, {"shipping_taxed": "yes"}, {"several_tenders": "split"}])
def test_a_setting_that_is_none_of_its_words_is_named(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        ShopifySettings(**wrong)  # type: ignore[arg-type]


def test_an_order_without_a_country_is_told_once_and_not_for_each_of_its_lines(shop: Shop) -> None:
    till = {"Shipping_Country": "", "Billing_Country": ""}
    mapped = shop.mapped(order(line("1.00"), line("2.00"), line("3.00"), Total="6.00", **till))
    found = in_mapped(mapped, "UTC")
    assert len(found) == 1, found
    (problem,) = found
    assert (problem.line, problem.column) == (2, "Shipping Country")
    assert all("give the country of such orders" in cell for cell in mapped.cells["ship_country"].to_pylist())


@pytest.mark.parametrize(
    "slipped", ["Roe", "JANE", "Jane", "+1 555 0100", "+15550100", "555-0100", "0151 2345678", "5550100123"]
)
@pytest.mark.parametrize("column", ["Total", "Shipping", "Financial Status", "Created at", "Outstanding Balance"])
def test_a_name_or_a_phone_in_a_row_that_slipped_by_a_column_is_not_shown(
    shop: Shop, column: str, slipped: str
) -> None:
    mapped = shop.mapped(order(ONE, **{"Total": "10.00"} | {column.replace(" ", "_"): slipped}))
    told = [*reasons(mapped), *(text for cells in mapped.cells.values() for text in cells.to_pylist())]
    assert any(text.startswith("cannot be mapped") for text in told)
    assert not [text for text in told if slipped in text]


@pytest.mark.parametrize(
    "shown",
    [
        "12.50",
        "55",
        "-5.00",
        "1,234.50",
        "1.234,50",
        "12,5",
        "5.27763E+12",
        "11/10/24 09:17",
        "2026-03-01 20:10:00 -0800",
        "2026-03-01",
        "maybe",
        "USD",
        "#1001",
        "GN9",
        "TRUE",
        "3/4/2026 9:17 PM",
        "$6.20",
        "",
    ],
)
def test_what_a_person_needs_to_find_a_mistake_is_shown(shown: str) -> None:
    assert is_harmless(shown)
