"""Orders as a shop exports them."""

from datetime import timedelta

from tests.worlds.order_twists import dress_order
from tests.worlds.words import LINE_NAMES, MOST_CENTS, MOST_UNITS, SKUS, Row, cents_text, later, mix
from tests.worlds.world import World

CHANNELS = mix((44, "web"), (3, "amazon"), (1, "Kickstarter"), (1, "indiegogo"))
COUNTRIES = mix((32, "US"), (2, "CA"), (1, "DE"), (1, "GU"))
FATES = mix((11, "delivered"), (3, "refused"), (4, "unshipped"))
PRICES = (1000, 1000, 999, 999, 3333, 3333, 3333, 5000, 5000, 2500, 2500, 12345, 12345, 2999, 10001, 10, 1, 0)
HUGE = ((MOST_UNITS, MOST_CENTS), (MOST_UNITS, 1), (3, MOST_CENTS), (999983, 33333333))  # (quantity, price)
FEES = {
    "usual": ("0.00", "0.00", "0.01", "0.02", "5.00", "9.99", "7.77", "12.50", "100.00"),
    "round": ("0.00",),
    "huge": ("0.00", "0.01", "9.99", "999999999.99"),
}


def make_order(world: World, number: str) -> list[Row]:
    """The rows of one order, clean in themselves; the policy may still not cover it."""
    rng = world.rng
    window = world.policies[-1]["coverage"]["window_days"]
    age = rng.choice((rng.randint(2, 14), *[window + rng.randint(2, 14)] * 2, rng.randint(15, 75)))
    ordered = world.as_of - timedelta(age)
    if world.chance(0.12):
        ordered = rng.choice(world.policies)["effective_from"] + timedelta(rng.choice((-1, 0, 0, 1)))
    elif ordered < world.policies[0]["effective_from"] and world.chance(0.95):
        # Else a young first version would leave most of its world without a policy.
        ordered = world.policies[0]["effective_from"]
    currency = world.policies[0]["currency"]
    shared = {
        "order_number": number,
        "sales_channel": rng.choice(CHANNELS),
        "ship_country": rng.choice(COUNTRIES),
        "currency": currency if world.chance(0.99) else rng.choice(("GBP", "USD", "EUR")),
        "ordered_date": ordered.isoformat(),
        "shipping_paid": rng.choice(FEES[world.mood]),
        "outbound_shipping_cost": rng.choice(FEES[world.mood]),
        "payment_method": rng.choice(("card", "paypal", "", "=card")),
        "payment_reference": rng.choice(("", "ch_123", "0042", "-99", "1e5", "a,b")),
    }
    fate = rng.choice(FATES)
    latest = max(ordered, world.as_of).isoformat()
    rows = []
    for line in rng.choice(LINE_NAMES)[: rng.choice((1, 2, 2, 3))]:
        if world.chance(0.12):
            # An order can travel in parcels.
            fate = rng.choice(FATES)
        picked, delivered = "", ""
        if fate != "unshipped":
            picked = min(later(ordered, rng.randint(0, 2)), latest)
        if fate == "delivered":
            delivered = min(later(ordered, rng.randint(2, 6)), latest)
        rows.append(shared | make_goods(world) | {
            "order_line": line,
            "picked_up_date": picked,
            "delivered_date": delivered,
        })  # fmt: skip
    return dress_order(world, rows) if world.every_rule else rows


def make_goods(world: World) -> Row:
    """What an order line sold: item, quantity and amounts."""
    rng = world.rng
    quantity = rng.choice((1, 2, 3, 3, 4, 5, 6, 8))
    price = rng.choice(PRICES) if world.chance(0.7) else rng.randint(1, 9000)
    if world.mood == "round":
        price = rng.choice((1000, 2000, 2500, 5000, 10000))
    elif world.chance(0.6 if world.mood == "huge" else 0.01):
        quantity, price = rng.choice(HUGE)
    merchandise = price * quantity
    part = rng.choice((1, 2, merchandise // 10, merchandise // 3, rng.randint(0, merchandise), merchandise))
    discount = part if world.chance(0.4) else 0
    tax = rng.choice((0, 1, 2, 1000, merchandise * 33 // 400, merchandise * 33 // 400, rng.randint(0, 2000)))
    return {
        "sku": rng.choice(SKUS),
        "item_type": "accessory" if world.chance(0.1) else "product",
        "quantity": str(quantity),
        "unit_price": cents_text(price),
        "line_discount": cents_text(0 if world.mood == "round" else discount),
        "line_tax": cents_text(0 if world.mood == "round" else tax),
    }
