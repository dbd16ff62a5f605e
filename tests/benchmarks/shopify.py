"""A big Shopify orders export: usage `python -m tests.benchmarks.shopify FILE LINES [SEED]`; `measure` reads it.

All 79 columns, made-up values: orders of one to three lines with line and order discounts, shipping, tax added (USD) or
included (EUR), on the shipping too. An order's own cells stand on its first row only. Every order ties to its total.
"""

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from refund_calc.inputs.mapping.sheet import SheetKind, read_sheet
from refund_calc.inputs.mapping.shopify_orders import shopify_orders
from refund_calc.inputs.mapping.shopify_settings import SHOPIFY_NEEDS, SHOPIFY_WANTED, ShopifySettings

_NAMES = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,"
    "Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,"
    "Lineitem fulfillment status,Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,"
    "Billing City,Billing Zip,Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,"
    "Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,Shipping Province,"
    "Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at,Payment Method,Payment Reference,"
    "Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,Id,Tags,Risk Level,Source,"
    "Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 2 Name,Tax 2 Value,Tax 3 Name,Tax 3 Value,Tax 4 Name,Tax 4 Value,"
    "Tax 5 Name,Tax 5 Value,Phone,Receipt Number,Duties,Billing Province Name,Shipping Province Name,Payment ID,"
    "Payment Terms Name,Next Payment Due At,Payment References"
)
HEADER = _NAMES.split(",")


def money(cents: Any) -> Any:
    """Cents as the export writes them."""
    cents = pd.Series(cents)
    return (cents // 100).astype(str) + "." + (cents % 100).astype(str).str.zfill(2)


def write(path: Path, lines: int, seed: int = 7) -> None:
    """Write an export of so many lines, a few more or less."""
    rng = np.random.default_rng(seed)
    per_order = rng.choice([1, 2, 3], size=max(int(lines / 1.6), 1), p=[0.55, 0.30, 0.15])
    size, order = len(per_order), np.repeat(np.arange(len(per_order)), per_order)
    rows, first = len(order), np.cumsum(per_order) - per_order
    quantity, price = rng.choice([1, 1, 1, 2, 3], rows), rng.integers(500, 30000, rows)
    line_discount = np.where(rng.random(rows) < 0.1, price // 10, 0)
    gross = np.bincount(order, quantity * price, size).astype(np.int64)
    of_lines = np.bincount(order, line_discount, size).astype(np.int64)
    discount = of_lines + np.where(rng.random(size) < 0.2, gross // 8, 0)
    shipping = rng.choice([0, 495, 995], size)
    included = rng.random(size) < 0.3
    taxed = gross - discount + shipping
    tax = np.where(included, taxed * 20 // 120, taxed * 8 // 100)
    total = taxed + np.where(included, 0, tax)
    day = np.datetime64("2026-01-01T00:00:00") + rng.integers(0, 300 * 86400, size).astype("timedelta64[s]")
    created = pd.Series(np.datetime_as_string(day)).str.replace("T", " ") + " -0800"
    of_order = {
        "Email": "customer@example.com",
        "Financial Status": "paid",
        "Paid at": created,
        "Currency": np.where(included, "EUR", "USD"),
        "Subtotal": money(gross - discount),
        "Shipping": money(shipping),
        "Taxes": money(tax),
        "Total": money(total),
        "Discount Amount": money(discount),
        "Billing Country": np.where(included, "DE", "US"),
        "Shipping Country": np.where(included, "DE", "US"),
        "Payment Method": "Shopify Payments",
        "Payment Reference": "c" + pd.Series(np.arange(size)).astype(str).str.zfill(12) + ".1",
        "Refunded Amount": "0.00",
        "Outstanding Balance": "0.00",
        "Id": pd.Series(np.arange(size) + 5277630000000).astype(str),
        "Source": "web",
        "Tax 1 Name": np.where(included, "VAT 20%", "State Tax 8%"),
        "Tax 1 Value": money(tax),
        "Duties": "",
    }
    table = pd.DataFrame("", index=range(rows), columns=HEADER, dtype=object)
    for name, values in of_order.items():
        table.loc[first, name] = values if isinstance(values, str) else np.asarray(values, object)
    table["Name"] = ("#" + pd.Series(np.arange(size) + 1001).astype(str)).to_numpy(object)[order]
    table["Created at"] = created.to_numpy(object)[order]
    table["Lineitem quantity"] = quantity.astype(str)
    table["Lineitem price"] = money(price)
    table["Lineitem name"] = "Thing"
    table["Lineitem sku"] = "SKU-" + pd.Series(rng.integers(0, 500, rows)).astype(str)
    table["Lineitem requires shipping"] = table["Lineitem taxable"] = "true"
    table["Lineitem discount"] = money(line_discount)
    table["Vendor"] = "Vendor"
    table.to_csv(path, index=False)


def measure(path: Path) -> None:
    """Read an export and turn it into our rows; print how long that took."""
    kind = SheetKind("shopify orders", SHOPIFY_NEEDS, SHOPIFY_WANTED)
    for turn in range(3):
        wall, cpu = time.perf_counter(), time.process_time()
        _, sheet = read_sheet(path, [kind])
        read = time.perf_counter() - wall, time.process_time() - cpu
        mapped = shopify_orders([sheet], ShopifySettings(), None, None)
        whole = time.perf_counter() - wall, time.process_time() - cpu
        print(
            f"turn {turn}: {len(mapped.line):,} lines, {len(mapped.problems)} problems; "
            f"reading {read[0]:.2f} s wall {read[1]:.2f} s CPU; in all {whole[0]:.2f} s wall {whole[1]:.2f} s CPU"
        )


if __name__ == "__main__":
    if sys.argv[1] == "measure":
        measure(Path(sys.argv[2]))
    else:
        write(Path(sys.argv[1]), int(sys.argv[2]), *map(int, sys.argv[3:4]))
