"""The shipped Shopify mapping: orders with what a carrier and a SKU list know of them."""

from pathlib import Path

import pytest

from refund_calc.errors import BadPolicy
from refund_calc.inputs.mapping.mapped import Mapped
from refund_calc.inputs.mapping.rules import load_mapping
from refund_calc.inputs.mapping.sheet import Sheet, read_sheet
from refund_calc.inputs.mapping.shopify_mapping import build_shopify
from refund_calc.inputs.mapping.shopify_settings import ShopifySettings
from tests.inputs.mapping.shopify_files import line, order, rows_of, write

SHIPPED = Path(__file__).parents[3] / "refund_calc/inputs/mappings/shopify-orders.toml"
CARRIER = "Order_Number,Picked_Up_Date,Delivered_Date,Outbound_Shipping_Cost,Customer\n"


def built(folder: Path, orders: list[dict[str, str]], mapping: str = str(SHIPPED), **files: str) -> Mapped:
    """The orders with other files, each given by its text."""
    rules = load_mapping(mapping)
    paths = [write(folder / "orders_export.csv", orders)]
    for name, text in files.items():
        paths.append(folder / f"{name}.csv")
        paths[-1].write_text(text, encoding="utf-8")
    sheets: dict[str, list[Sheet]] = {}
    for path in paths:
        kind, sheet = read_sheet(path, rules.kinds)
        sheets.setdefault(kind, []).append(sheet)
    return build_shopify(rules, "orders", sheets)


def edited(folder: Path, old: str, new: str) -> str:
    """The path of the shipped mapping with a change."""
    text = SHIPPED.read_text(encoding="utf-8")
    assert old in text
    (folder / "mine.toml").write_text(text.replace(old, new), encoding="utf-8")
    return str(folder / "mine.toml")


def test_an_order_has_its_delivery_from_the_carrier_and_its_item_types_from_the_sku_list(tmp_path: Path) -> None:
    orders = order(line("10.00"), line("5.00", sku="CASE"), Total="15.00") + order(
        line("10.00"), name="#1002", Total="10.00"
    )
    mapped = built(
        tmp_path,
        orders,
        carrier=CARRIER + '1001,03/02/2026,2026-03-05 10:00,"$1,007.50",Jane Roe\n',
        skus="sku,item_type\ncase,accessory\n",
    )
    columns = ("order_line", "item_type", "picked_up_date", "delivered_date", "outbound_shipping_cost")
    assert [tuple(row[name] for name in columns) for row in rows_of(mapped)] == [
        ("1", "product", "2026-03-02", "2026-03-05", "1007.50"),
        ("2", "accessory", "2026-03-02", "2026-03-05", "1007.50"),
        ("1", "product", "", "", "0.00"),
    ]
    assert not mapped.problems
    assert [source.kind for source in mapped.sources] == ["orders", "carrier", "skus"]
    assert [source.rows for source in mapped.sources] == [3, 1, 1]


def test_a_sku_of_two_types_holds_its_orders(tmp_path: Path) -> None:
    list_of_skus = "sku,item_type\nA-1,accessory\na-1,product\n"
    mapped = built(tmp_path, order(line("10.00"), Total="10.00"), skus=list_of_skus)
    assert "has two types in its list" in mapped.cells["item_type"][0].as_py()


def test_the_form_in_which_a_spreadsheet_wrote_the_day_can_be_told(tmp_path: Path) -> None:
    orders = order(line("10.00"), Total="10.00", Created_at="11/10/24 09:17")
    orders += order(line("10.00"), name="#1002", Total="10.00", Created_at="13/10/24 09:17")
    mapping = edited(tmp_path, "# dates = ", "dates = ")
    mapped = built(tmp_path, orders, mapping)
    assert mapped.cells["ordered_date"][0].as_py() == "2024-11-10"
    assert [(problem.line, problem.value) for problem in mapped.problems] == [(3, "13/10/24 09:17")]


def test_the_shipped_settings_are_those_of_a_mapping_that_says_none() -> None:
    shipped = load_mapping(str(SHIPPED)).rules.shopify
    assert shipped == ShopifySettings(channels={"shopify_draft_order": "draft"})


def test_without_other_files_the_export_is_enough(tmp_path: Path) -> None:
    (row,) = rows_of(built(tmp_path, order(line("10.00"), Total="10.00")))
    assert (row["item_type"], row["delivered_date"], row["outbound_shipping_cost"]) == ("product", "", "0.00")


def test_a_cell_of_the_carrier_that_cannot_be_read_holds_its_order_and_is_told(tmp_path: Path) -> None:
    mapped = built(
        tmp_path, order(line("10.00"), Total="10.00"), carrier=CARRIER + "#1001,2026-03-02,soon,7.50,Jane Roe\n"
    )
    assert mapped.cells["delivered_date"][0].as_py().startswith("cannot be mapped: ")
    (problem,) = mapped.problems
    assert (problem.file, problem.line, problem.column, problem.value) == ("carrier.csv", 2, "delivered_date", "soon")


def test_item_types_by_prefix_need_no_list(tmp_path: Path) -> None:
    prefixes = '{ from = ["Lineitem sku"], prefixes = { "ACC-" = "accessory" } }'
    mapping = edited(tmp_path, '{ from = ["item_type"], sheet = "skus", absent = "product" }', prefixes)
    mapped = built(tmp_path, order(line("5.00", sku="acc-1"), line("5.00"), Total="10.00"), mapping)
    assert mapped.cells["item_type"].to_pylist() == ["accessory", "product"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            'key = "id"',
            'key = "email"',
            'shopify.key: "email" is not one of these; write id or name in quotes',
        ),
        ('key = "id"', 'keys = "id"', "mine.toml, shopify.keys: unknown key; did you mean key?"),
        (
            '= "auto"',
            '= "yes"',
            'shopify.shipping_taxed: "yes" is not one of these; write true, false or "auto"',
        ),
        ('# country = "US"', 'country = "U.S."', 'shopify.country: "U.S." is no code of letters; write a code'),
        (', sheet = "carrier" }', " }", "columns.picked_up_date: needs the sheet of a carrier; add sheet"),
        (
            "[sheets.orders.columns]",
            '[sheets.orders.columns]\nsku = { from = ["Lineitem sku"] }',
            "columns.sku: the reader shopify makes this column; take it out",
        ),
    ],
)
def test_a_mapping_that_cannot_be_used_says_what_to_write(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(BadPolicy) as stopped:
        built(tmp_path, order(line("10.00"), Total="10.00"), edited(tmp_path, old, new))
    assert says in str(stopped.value)


COMMAS = "Name;Created at;Financial Status;Paid at;Currency;Lineitem quantity;Lineitem price;Shipping;Taxes;Total;"
COMMAS += "Outstanding Balance;Tax 1 Name;Tax 1 Value;Shipping Country;Id\n"


def test_amounts_that_a_spreadsheet_wrote_with_commas_are_read_where_the_mapping_says_so(tmp_path: Path) -> None:
    """As Excel saves it in Germany, with the hint of the delimiter that some programs write for it."""
    days = "2026-03-01 20:10:00 +0100;paid;2026-03-01 20:10:00 +0100"
    row = f"#1;{days};EUR;1;1.000,00;20,00;102,00;1.122,00;-2,50;MwSt. 10%;102,00;DE;5277\n"
    (tmp_path / "export.csv").write_text("sep=;\n" + COMMAS + row, encoding="utf-8")

    def mapped(mapping: str) -> Mapped:
        rules = load_mapping(mapping)
        return build_shopify(rules, "orders", {"orders": [read_sheet(tmp_path / "export.csv", rules.kinds)[1]]})

    (ours,) = rows_of(mapped(edited(tmp_path, '# money = "1234,50" ', 'money = "1.234,50" ')))
    assert (ours["unit_price"], ours["line_tax"], ours["shipping_paid"]) == ("1000.00", "100.00", "22.00")
    faults = {problem.fault for problem in mapped(str(SHIPPED)).problems}
    assert any('say money = "1234,50" under [sheets.orders] of your mapping' in fault for fault in faults)
