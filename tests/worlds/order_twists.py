"""Orders of every rule: channels that only contain an excluded word, deliveries that nobody expected."""

from datetime import timedelta

from tests.worlds.words import Row, day, later, mix
from tests.worlds.world import World

# The sign before "ickstarter" in the last but one is the Kelvin sign: str.lower makes it a k.
CHANNELS = mix(
    (6, "Kickstarter.com"), (5, "Indiegogo InDemand"), (2, "eBay"), (2, "store"), (1, "Web.com"), (1, "amazon.de"),
    (1, "pre-kickstarter"), (1, "STRASSE"), (1, "Straße"), (1, "\u212aickstarter"), (1, "we b"),
)  # fmt: skip


def dress_order(world: World, rows: list[Row]) -> list[Row]:
    """The rows of a new order, with another channel, no payment reference or other deliveries."""
    rng = world.rng
    if world.chance(0.2):
        channel = rng.choice(CHANNELS)
        rows = [row | {"sales_channel": channel} for row in rows]
    if world.chance(0.15):
        rows = [row | {"payment_reference": ""} for row in rows]
    dressed = []
    for row in rows:
        if row["delivered_date"] and world.chance(0.08):
            # RP-13: delivered, and nobody recorded the pickup.
            row = row | {"picked_up_date": ""}
        elif row["picked_up_date"] and not row["delivered_date"] and world.chance(0.25):
            # RP-14: a parcel to be refused that is delivered all the same, or is announced for another day.
            delivered = later(world.as_of, rng.choice((-3, -1, 0, 1, 1, 2)))
            row = row | {"delivered_date": max(delivered, row["ordered_date"])}
        dressed.append(row)
    return dressed


def other_type(world: World, order: Row, kind: str) -> str:
    """The type of a new return on an order line, where its dates are odd."""
    delivered = day(order["delivered_date"])
    if delivered and not order["picked_up_date"] and world.chance(0.5):
        return "cancellation"
    if delivered and delivered >= world.as_of - timedelta(1) and world.chance(0.5):
        return "refused_delivery"
    return "return" if delivered and kind == "refused_delivery" and world.chance(0.7) else kind


def announce_delivery(world: World) -> None:
    """An order line with a refused parcel turns out delivered, today or on a day to come."""
    rng = world.rng
    refused = [row for row in world.returns.values() if row["return_type"] == "refused_delivery"]
    if not refused or not world.chance(0.12):
        return
    claim = rng.choice(refused)
    delivered = later(world.as_of, rng.choice((-1, 0, 1)))
    number = claim["order_number"]
    if number in world.orders:
        world.orders[number] = [
            row | {"delivered_date": delivered} if row["order_line"] == claim["order_line"] else row
            for row in world.orders[number]
        ]
