"""A big night in the product's own formats: usage `python -m tests.benchmarks.volume DIR LINES [SEED]`.

Shaped like a busy store: most lines are clean and end as refunds, the rest is held or rejected for a spread of reasons,
two rows in a thousand have a bad cell, and the rows stand in no order. The night's as_of is 2026-11-20.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

AS_OF = np.datetime64("2026-11-20")


class Store:
    """Draws the columns of a store's orders and returns from one seed."""

    def __init__(self, lines: int, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.lines = lines
        per_order = self.rng.choice([1, 2, 3], size=max(int(lines / 1.5), 1), p=[0.55, 0.30, 0.15])
        self.order = np.repeat(np.arange(len(per_order)), per_order)
        first = np.cumsum(per_order) - per_order
        self.order_line = np.arange(len(self.order)) - np.repeat(first, per_order) + 1
        self.size = len(per_order)

    def words(self, size: int, **shares: float) -> Any:
        """A column of words, each with its share."""
        weights = np.array(list(shares.values()))
        return np.array(list(shares), dtype=object)[self.rng.choice(len(shares), size, p=weights / weights.sum())]

    def cents(self, low: int, high: int, size: int) -> Any:
        amounts = self.rng.integers(low, high, size)
        return pd.Series(amounts // 100).astype(str) + "." + pd.Series(amounts % 100).astype(str).str.zfill(2)

    def days(self, low: int, high: int, size: int) -> Any:
        return self.rng.integers(low, high, size).astype("timedelta64[D]")

    def flags(self, size: int, yes: float) -> Any:
        return self.words(size, yes=yes, no=1 - yes)


def _dates(days: Any) -> Any:
    return days.astype("datetime64[D]").astype(str).astype(object)


def write(folder: Path, lines: int, seed: int = 7) -> None:
    """Write orders.csv and returns.csv with about so many return lines."""
    folder.mkdir(parents=True, exist_ok=True)
    store = Store(lines, seed)
    order, size, rows = store.order, store.size, len(store.order)
    ordered = AS_OF - store.days(25, 75, size)
    picked_up = ordered + store.days(0, 3, size)
    delivered = picked_up + store.days(2, 7, size)
    quantity = store.rng.choice([1, 1, 1, 2, 3], rows)
    number = "#" + (100000 + order).astype(str).astype(object)
    orders = pd.DataFrame(
        {
            "order_number": number,
            "order_line": store.order_line.astype(str),
            "sku": "CAM-" + pd.Series(store.rng.integers(0, 500, rows)).astype(str).str.zfill(4),
            "item_type": store.words(rows, product=93, accessory=7),
            "sales_channel": store.words(size, web=88, amazon=8, kickstarter=2, indiegogo=2)[order],
            "ship_country": store.words(size, US=94, CA=4, DE=2)[order],
            "currency": "USD",
            "ordered_date": _dates(ordered)[order],
            "picked_up_date": _dates(picked_up)[order],
            "delivered_date": _dates(delivered)[order],
            "quantity": quantity.astype(str),
            "unit_price": store.cents(2000, 90000, rows),
            "line_discount": store.cents(0, 1500, rows),
            "line_tax": store.cents(0, 9000, rows),
            "shipping_paid": store.cents(0, 3000, size).to_numpy()[order],
            "outbound_shipping_cost": store.cents(900, 6000, size).to_numpy()[order],
            "payment_method": "card",
            "payment_reference": "ch_" + pd.Series(order * 7919).astype(str).str.zfill(12),
        }
    )
    orders.to_csv(folder / "orders.csv", index=False)
    _returns(store, orders, quantity, delivered, number).to_csv(folder / "returns.csv", index=False)


def _returns(store: Store, orders: pd.DataFrame, quantity: Any, delivered: Any, number: Any) -> pd.DataFrame:
    chosen = np.sort(store.rng.choice(len(orders), min(store.lines, len(orders)), replace=False))
    order, size = store.order[chosen], len(chosen)
    requested = delivered[order] + store.days(0, 34, store.size)[order]
    received = requested + store.days(3, 10, store.size)[order]
    on_its_way = received > AS_OF
    units = np.minimum(quantity[chosen], store.rng.choice([1, 1, 2], size)).astype(str).astype(object)
    returns = pd.DataFrame(
        {
            "rma_number": "RMA-" + pd.Series(order).astype(str).str.zfill(8),
            "order_number": number[chosen],
            "order_line": orders["order_line"].to_numpy()[chosen],
            "return_type": store.words(store.size, **{"return": 90, "refused_delivery": 8, "cancellation": 2})[order],
            "reason": store.words(
                size, manufacturing_defect=20, damaged_on_arrival=8, wrong_item=12, changed_mind=50, other=10
            ),
            "quantity_requested": units,
            "quantity_received": np.where(on_its_way, "", units),
            "requested_date": _dates(np.minimum(requested, AS_OF)),
            "received_date": np.where(on_its_way, "", _dates(received)),
            "tracking_number": "1Z" + pd.Series(np.arange(size)).astype(str).str.zfill(16),
            "evidence_complete": store.flags(size, 0.98),
            "reason_confirmed": store.flags(size, 0.98),
            "original_box": store.flags(size, 0.95),
            "items_missing": store.flags(size, 0.04),
            "packaging_damaged": store.flags(size, 0.04),
            "damage_grade": store.words(size, none=80, scratch=9, dent=6, crack=4, water=1),
            "damage_amount": "",
            "return_shipping_cost": store.cents(900, 6000, store.size).to_numpy()[order],
            "cancellation_loss": "",
            "dispute_status": store.words(size, none=97, open=1, won=1, lost=1),
            "dispute_opened_date": "",
        }
    )
    returns.loc[store.rng.random(size) < 0.002, "return_shipping_cost"] = "$12"
    return returns.iloc[store.rng.permutation(size)]


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]), *map(int, sys.argv[3:4]))
