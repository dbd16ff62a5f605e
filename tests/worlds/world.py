"""One story in clean cell texts: what stands in the exports tonight, and what stood there before."""

import random
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from tests.worlds.words import COLUMNS, Key, Policy, Row, whole


@dataclass(frozen=True)
class Layout:
    """How one file is laid out: its columns (None: an extra one), their headers, its writer's habits."""

    names: tuple[str | None, ...]
    headers: tuple[str, ...]
    newline: str
    bom: bool
    quotes_all: bool
    quirks: float  # how often a row is written with quirks


@dataclass
class World:
    """One story: what stands in the exports tonight, and what stood there on earlier nights."""

    rng: random.Random
    as_of: date
    policies: tuple[Policy, ...]
    zone: ZoneInfo
    mood: str  # "usual"; "round": prices and no fees, so that sums meet a limit to the cent; "huge": amounts
    orders: dict[str, list[Row]] = field(default_factory=dict)
    returns: dict[Key, Row] = field(default_factory=dict)
    # Rows beside the true ones: copies and contradictions.
    order_copies: list[Row] = field(default_factory=list)
    return_copies: list[Row] = field(default_factory=list)
    resolutions: list[Row] = field(default_factory=list)
    malformed: dict[str, list[list[str]]] = field(default_factory=lambda: {kind: [] for kind in COLUMNS})
    layouts: dict[str, Layout] = field(default_factory=dict)
    # Earlier contents, to go back to.
    orders_seen: dict[str, list[list[Row]]] = field(default_factory=dict)
    returns_seen: dict[Key, list[Row]] = field(default_factory=dict)
    resolutions_seen: list[Row] = field(default_factory=list)
    # What only worlds of every rule have.
    every_rule: bool = False
    opening: list[Row] = field(default_factory=list)
    paid: dict[Key, int] = field(default_factory=dict)  # a guess at the cents that earlier nights refunded
    shop_shows: dict[str, int | None] = field(default_factory=dict)  # an order's refunded_amount, in cents
    paid_elsewhere: dict[str, int] = field(default_factory=dict)  # of an order, in cents
    in_pieces: bool = False  # tonight's orders come in several files, rows of one order in different ones
    # RMAs that people spoke of before they came, and the orders of these.
    foretold: list[tuple[str, str]] = field(default_factory=list)

    def chance(self, probability: float) -> bool:
        """True as often as that."""
        return self.rng.random() < probability

    def policy_of(self, ordered: date | None) -> Policy:
        """The version in force on a date; where there is none, the first."""
        in_force = [p for p in self.policies if ordered and p["effective_from"] <= ordered]
        return in_force[-1] if in_force else self.policies[0]

    def order_row(self, row: Row) -> Row | None:
        """The order row that a return row names, tonight's or the last one seen."""
        number = row["order_number"]
        for rows in (self.orders.get(number, []), *reversed(self.orders_seen.get(number, []))):
            for order in rows:
                if order["order_line"] == row["order_line"]:
                    return order
        return None

    def units_claimed(self, order: Row) -> int:
        """Units of an order line that RMAs of this story claim, or claimed when last seen."""
        line = (order["order_number"], order["order_line"])
        latest = {key: rows[-1] for key, rows in self.returns_seen.items()} | self.returns
        opened = sum(
            int(row["units"])
            for row in self.opening
            if (row["order_number"], row["order_line"]) == line and (row["rma_number"], *line) not in latest
        )
        return opened + sum(units(row) for key, row in latest.items() if key[1:] == line)

    def remember(self) -> None:
        """Keep tonight's contents for later nights to go back to."""
        for number, rows in self.orders.items():
            self.orders_seen.setdefault(number, []).append(rows)
        for key, row in self.returns.items():
            self.returns_seen.setdefault(key, []).append(row)


def units(row: Row) -> int:
    """The units that a return row claims, as far as its cells say."""
    if row["return_type"] == "cancellation":
        return whole(row["quantity_requested"]) or 0
    return whole(row["quantity_received"]) or whole(row["quantity_requested"]) or 0
