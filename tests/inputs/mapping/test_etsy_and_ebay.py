"""The two mappings that the manual writes by hand read the exports in exactly their forms (made up)."""

import re
from pathlib import Path

import pytest

from jobs.manual import page
from refund_calc.inputs.mapping.folder import inputs_of, map_files
from refund_calc.inputs.mapping.mapped import Mapped
from tests.inputs.mapping.shopify_files import rows_of

ETSY = (
    "Sale Date,Item Name,Buyer,Quantity,Price,Coupon Code,Coupon Details,Discount Amount,Shipping Discount,"
    "Order Shipping,Order Sales Tax,Item Total,Currency,Transaction ID,Listing ID,Date Paid,Date Shipped,Ship Name,"
    "Ship Address1,Ship Address2,Ship City,Ship State,Ship Zipcode,Ship Country,Order ID,Variations,Order Type,"
    "Listings Type,Payment Type,InPerson Discount\n"
    '02/20/26,"Mug, blue",jane,2,12.50,,,2.50,0.00,5.00,1.80,25.00,USD,4001,901,02/20/2026,02/21/2026,Jane Roe,'
    "1 Elm,,Boston,MA,02101,United States,3100,,online,listing,online_cc,\n"
    "02/20/26,Bowl,jane,1,11.00,,,0.00,0.00,5.00,1.80,11.00,USD,4002,902,02/20/2026,02/21/2026,Jane Roe,"
    "1 Elm,,Boston,MA,02101,United States,3100,,online,listing,online_cc,\n"
    "02/22/26,Bowl,ann,1,11.00,,,0.00,0.00,5.00,,11.00,USD,4003,902,02/22/2026,,Ann Poe,"
    "1 Elm,,Paris,,75001,France,3101,,online,listing,online_cc,\n"
)
CARRIER = "order_number,picked_up_date,delivered_date,outbound_shipping_cost\n3100,02/21/2026,02/24/2026,4.20\n"
EBAY = (
    '""\nsep=,\n'
    "Sales Record Number,Order Number,Buyer Name,Item Number,Item Title,Custom Label,Quantity,Sold For,"
    "Shipping And Handling,Seller Collected Tax,Payment Method,Sale Date,Ship To Country,Transaction ID\n\n"
    "101,01-5678,Jane Roe,110,Mug,M-1,2,$12.50,$5.00,--,PayPal,Jul-25-26,United States,9001\n"
    '102,01-5679,Ann Poe,,,,3,,"$1,005.00",,PayPal,Jul-26-26,United States,\n'
    '102,01-5679,Ann Poe,111,Bowl,--,1,"$1,011.00",,$88.46,--,--,--,9002\n'
    "102,01-5679,Ann Poe,112,Cup,C-2,2,$3.00,,$0.50,--,--,--,9003\n"
    ",,,,,,,,,,,,,\n\n"
    "83,record(s) downloaded,from Jul-25-26,to Jul-27-26\n"
    "Seller ID : jane@example.com\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in zip(
        ("own", "etsy", "ebay"), re.findall(r"(?ms)^```toml\n(.*?)^```", page("mappings")), strict=True
    ):
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    (tmp_path / "in").mkdir()
    return tmp_path


def orders(folder: Path, name: str, **files: str) -> Mapped:
    for file, text in files.items():
        (folder / "in" / f"{file}.csv").write_text(text, encoding="utf-8-sig")
    return map_files(inputs_of(folder / "in", [str(folder / f"{name}.toml")]), needs=("orders",))["orders"]


def told(mapped: Mapped) -> list[tuple[int, str, str]]:
    return [(one.line, one.column, one.value) for one in mapped.problems]


def test_etsy_has_the_tax_of_an_order_split_over_its_items_and_a_country_in_words(folder: Path) -> None:
    mapped = orders(folder, "etsy", EtsySoldOrderItems=ETSY, carrier=CARRIER)
    mug, bowl, other = rows_of(mapped)
    # 1.80 of tax over 25.00 and 11.00.
    assert [row["line_tax"] for row in (mug, bowl, other)] == ["1.25", "0.55", "0.00"]
    assert (mug["order_number"], mug["unit_price"], mug["line_discount"], mug["shipping_paid"]) == (
        "3100", "12.50", "2.50", "5.00",
    )  # fmt: skip
    assert (mug["ordered_date"], mug["picked_up_date"], mug["delivered_date"], mug["ship_country"]) == (
        "2026-02-20", "2026-02-21", "2026-02-24", "US",
    )  # fmt: skip
    assert told(mapped) == [(4, "Ship Country", "France")]


def test_ebay_has_rows_above_its_header_and_below_its_orders_and_no_one_is_named(folder: Path) -> None:
    mapped = orders(folder, "ebay", eBay_OrdersReport=EBAY)
    rows = rows_of(mapped)
    assert [(row["order_number"], row["order_line"], row["sku"], row["unit_price"]) for row in rows] == [
        ("01-5678", "9001", "M-1", "12.50"),
        ("01-5679", "9002", "no-sku", "1011.00"),
        ("01-5679", "9003", "C-2", "3.00"),
    ]
    assert [row["shipping_paid"] for row in rows] == ["5.00", "1005.00", "1005.00"]
    assert [row["ordered_date"] for row in rows] == ["2026-07-25", "2026-07-26", "2026-07-26"]
    assert (told(mapped), mapped.malformed, mapped.line.tolist()) == ([], (), [5, 7, 8])
    assert "jane" not in str(mapped).lower()


def test_a_row_of_ebay_that_was_cut_is_told_though_the_rows_below_the_orders_are_not(folder: Path) -> None:
    mapped = orders(folder, "ebay", eBay_OrdersReport=EBAY.replace(",Jul-25-26,United States,9001", ",Jul-25-26"))
    assert [(row.line, row.fields) for _, row in mapped.malformed] == [(5, 12)]


def test_a_header_that_stands_too_far_below_is_no_header(folder: Path) -> None:
    with pytest.raises(Exception, match="this header is of no file that the mapping knows"):
        orders(folder, "ebay", eBay_OrdersReport="about,this,file\n" * 10 + EBAY)


def test_an_order_whose_rows_disagree_on_their_tax_is_told_row_by_row(folder: Path) -> None:
    mapped = orders(
        folder, "etsy", EtsySoldOrderItems=ETSY.replace("5.00,1.80,11.00", "5.00,1.90,11.00"), carrier=CARRIER
    )
    assert [one for one in told(mapped) if one[1] == "Order Sales Tax"] == [
        (2, "Order Sales Tax", "1.80"),
        (3, "Order Sales Tax", "1.90"),
    ]
    assert rows_of(mapped)[0]["line_tax"].endswith("have different values of line_tax; they must have one")


def test_an_order_in_two_exports_that_overlap_is_the_same_twice(folder: Path) -> None:
    once = rows_of(orders(folder, "etsy", EtsySoldOrderItems_2=ETSY, carrier=CARRIER))
    assert rows_of(orders(folder, "etsy", EtsySoldOrderItems_3=ETSY)) == once * 2


def test_a_parcel_in_two_files_of_the_carrier_is_paid_for_once_and_two_alike_in_one_twice(folder: Path) -> None:
    more = CARRIER + "3100,02/21/2026,02/24/2026,4.20\n3100,02/22/2026,02/25/2026,1.00\n"
    mug, *_ = rows_of(orders(folder, "etsy", EtsySoldOrderItems=ETSY, carrier_2=CARRIER, carrier_3=more))
    assert (mug["outbound_shipping_cost"], mug["delivered_date"]) == ("9.40", "2026-02-25")


def test_a_kind_of_file_of_which_nothing_is_read_may_lie_there_twice(folder: Path) -> None:
    with (folder / "etsy.toml").open("a", encoding="utf-8") as mapping:
        mapping.write('\n[sheets.listings]\nneeds = ["TITLE", "TAGS"]\n')
    listings = {"listings_1": "TITLE,TAGS\nMug,blue\n", "listings_2": "TITLE,TAGS\nBowl,\n"}
    assert len(rows_of(orders(folder, "etsy", EtsySoldOrderItems=ETSY, carrier=CARRIER, **listings))) == 3
