"""Rows of a Shopify export whose cells slipped by some columns: held, and nothing of the customer is shown."""

import pytest

from refund_calc.runs.bad_cells import in_mapped
from tests.benchmarks.shopify import HEADER
from tests.inputs.mapping.shopify_files import Shop, line, order, rows_of

CUSTOMER = {
    "Email": "jane@example.com",
    "Billing Name": "Jane Roe",
    "Billing Street": "1 Elm Street",
    "Billing City": "Elmtown",
    "Billing Phone": "+15550100",
    "Shipping Name": "Roe",
    "Notes": 'ring\ntwice at "Roe"',
    "Tags": "VIP, Jane",
    "Employee": "Jane",
    "Phone": "+15550100",
}
PERSONAL = ("Jane", "jane", "Roe", "Elm", "5550100", "ring")


@pytest.mark.parametrize("by", [*range(-40, 0), *range(1, 41)])
def test_no_customer_is_shown_by_rows_that_slipped_by_some_columns(shop: Shop, by: int) -> None:
    good = order(line("10.00"), line("5.00"), name="#1002", Total="15.00")
    whole = order(line("10.00"), line("5.00"), Total="15.00")
    whole[0] |= CUSTOMER | {"Notes": "ring twice"}
    slipped = []
    for row in whole:
        cells = [row.get(name, "") for name in HEADER]
        slipped.append(dict(zip(HEADER, cells[-by:] + cells[:-by], strict=True)))
    mapped = shop.mapped(slipped + good)
    told = [f"{one.column} {one.value} {one.fault}" for one in in_mapped(mapped, "UTC")]
    told += [text for row in rows_of(mapped) for text in row.values()] + mapped.names().to_pylist()
    assert not [text for text in told if any(word in text for word in PERSONAL)]
    ours = [row for row in rows_of(mapped) if row["order_number"] == "5277630001002"]
    assert [row["unit_price"] for row in ours] == ["10.00", "5.00"]


def test_the_good_cells_of_an_order_with_one_bad_cell_stay(shop: Shop) -> None:
    (row,) = rows_of(shop.mapped(order(line("10.00", sku="Drone S"), Total="10.00", Shipping_Country="Germany")))
    assert (row["sku"], row["payment_method"], row["sales_channel"]) == ("Drone S", "Shopify Payments", "web")
