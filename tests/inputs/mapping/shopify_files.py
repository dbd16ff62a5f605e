"""Small Shopify exports, made up: an order is its own cells and those of its lines."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pyarrow as pa

from refund_calc.inputs.mapping.joins import Deliveries, ItemTypes
from refund_calc.inputs.mapping.mapped import Mapped
from refund_calc.inputs.mapping.sheet import SheetKind, read_sheet
from refund_calc.inputs.mapping.shopify_orders import shopify_orders
from refund_calc.inputs.mapping.shopify_settings import SHOPIFY_NEEDS, SHOPIFY_WANTED, ShopifySettings
from tests.benchmarks.shopify import HEADER

KIND = SheetKind("shopify orders", SHOPIFY_NEEDS, SHOPIFY_WANTED)

# What no output may ever show.
PERSONAL = {
    "Email": "jane.roe@example.com",
    "Billing Name": "Jane Roe",
    "Billing Street": "1 Elm Street",
    "Billing Phone": "+1 555 0100",
    "Shipping Name": "Jane Roe",
    "Shipping Address1": "1 Elm Street",
    "Notes": "ring twice",
    "Phone": "+1 555 0100",
}


def line(price: str, **cells: str) -> dict[str, str]:
    """A line of one unit, taxable; `sku="A"` and the like give other cells (`_` for a space)."""
    given = {f"Lineitem {name.replace('_', ' ')}": value for name, value in cells.items()}
    usual = {"Lineitem quantity": "1", "Lineitem name": "Thing", "Lineitem sku": "A-1", "Lineitem taxable": "true"}
    return usual | {"Lineitem price": price, "Lineitem discount": "0.00"} | given


def order(*lines: dict[str, str], name: str = "#1001", **cells: str) -> list[dict[str, str]]:
    """The rows of a paid order: its own cells stand on the first; its id is its name's digits after 5277."""
    given = {cell.replace("_", " "): value for cell, value in cells.items()}
    own = {
        "Financial Status": "paid",
        "Paid at": "2026-03-01 20:11:00 -0800",
        "Currency": "USD",
        "Shipping": "0.00",
        "Taxes": "0.00",
        "Discount Amount": "0.00",
        "Billing Country": "US",
        "Shipping Country": "US",
        "Payment Method": "Shopify Payments",
        "Payment Reference": "c1.1",
        "Refunded Amount": "0.00",
        "Outstanding Balance": "0.00",
        "Id": "527763000" + name.lstrip("#"),
        "Source": "web",
        **PERSONAL,
    } | given
    on_all = {"Name": name, "Created at": own.pop("Created at", "2026-03-01 20:10:00 -0800")}
    return [on_all | (own if at == 0 else {}) | of_line for at, of_line in enumerate(lines)]


def write(path: Path, rows: list[dict[str, str]], header: list[str] = HEADER) -> Path:
    """An export of these rows; a cell of a column that it has not is dropped."""
    lines = [header, *([row.get(name, "") for name in header] for row in rows)]
    path.write_text("".join(",".join(f'"{cell}"' for cell in cells) + "\n" for cells in lines), encoding="utf-8")
    return path


@dataclass(frozen=True)
class Shop:
    """A folder in which exports are written and read."""

    folder: Path

    def mapped(
        self,
        *exports: list[dict[str, str]],
        header: list[str] = HEADER,
        deliveries: Deliveries | None = None,
        items: ItemTypes | None = None,
        **settings: object,
    ) -> Mapped:
        """What becomes of some exports, each given by its rows."""
        paths = [write(self.folder / f"orders-{at}.csv", rows, header) for at, rows in enumerate(exports, 1)]
        sheets = [read_sheet(path, [KIND])[1] for path in paths]
        return shopify_orders(sheets, ShopifySettings(**settings), deliveries, items)  # type: ignore[arg-type]

    def rows(self, *orders: list[dict[str, str]], **how: object) -> list[dict[str, str]]:
        """Our rows of one export of these orders."""
        return rows_of(self.mapped([row for one in orders for row in one], **how))  # type: ignore[arg-type]


def rows_of(mapped: Mapped) -> list[dict[str, str]]:
    """Rows as dictionaries."""
    return pa.table(mapped.cells).to_pylist()


def paid_for(rows: list[dict[str, str]]) -> Decimal:
    """Merchandise and tax of all rows, and what was paid for shipping."""
    lines = sum(
        Decimal(row["unit_price"]) * int(row["quantity"]) - Decimal(row["line_discount"]) + Decimal(row["line_tax"])
        for row in rows
    )
    return lines + Decimal(rows[0]["shipping_paid"])


def reasons(mapped: Mapped) -> list[str]:
    """What was found, each with its line, column and value."""
    return [
        f"{of.line}: {of.column} " + (f'"{of.value}" ' if of.value else "") + of.fault
        for of in (*mapped.problems, *mapped.notes)
    ]
