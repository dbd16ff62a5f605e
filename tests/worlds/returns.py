"""Return lines: opened, received and inspected, mostly with nothing missing."""

from datetime import timedelta

from tests.worlds.mishaps import spoil_row
from tests.worlds.order_twists import other_type
from tests.worlds.orders import make_order
from tests.worlds.twists import TWISTS
from tests.worlds.words import (
    INSPECTION,
    MOST_UNITS,
    ORDER_NUMBERS,
    REASONS,
    RETURN_COLUMNS,
    RMA_NUMBERS,
    Row,
    day,
    later,
    mix,
    whole,
)
from tests.worlds.world import World

TYPES_BY_FATE = {
    "unshipped": mix((12, "cancellation"), (1, "return"), (1, "refused_delivery")),
    "refused": mix((12, "refused_delivery"), (1, "return"), (1, "cancellation")),
    "delivered": mix((16, "return"), (3, "refused_delivery"), (1, "cancellation")),
}


RETURN_COSTS = {
    "usual": ("0.00", "4.99", "0.01", "10.00", "10.01", "7.50", "0.03", "1.00", "400.00"),
    "round": ("0.00",),
    "huge": ("0.00", "0.01", "9.99", "999999999.99"),
}


def open_rma(world: World, rows: list[Row] | None = None, rma: str = "") -> None:
    """One RMA over one or more lines of an order: of this one, or of any."""
    rng = world.rng
    seen = world.returns.keys() | (set() if world.chance(0.1) else world.returns_seen.keys())
    taken = {key[0] for key in seen}
    rma = rma or rng.choice([number for number in RMA_NUMBERS if number not in taken] or ["R99"])
    rows = rows or choose_order(world)
    cost = rng.choice(RETURN_COSTS[world.mood])
    for order in rng.sample(rows, min(len(rows), rng.choice((1, 1, 2, 3)))):
        # An order line that is used up is returned once more only now and then.
        if not has_units_left(world, order) and world.chance(0.8):
            continue
        row = make_line(world, rma, order, cost)
        key = (row["rma_number"], row["order_number"], row["order_line"])
        world.returns[key] = row
        if world.chance(0.32):
            world.returns[key] = row | rng.choice(TWISTS)(world, row, order)
            if world.chance(0.25):
                world.returns[key] |= rng.choice(TWISTS)(world, world.returns[key], order)
        if world.chance(0.02):
            world.returns_seen.setdefault(key, []).append(row)
            world.returns[key] = spoil_row(world, world.returns[key])


def choose_order(world: World) -> list[Row]:
    """The rows of an order to return from; a new order where the chosen one has no units left."""
    rng = world.rng
    orders = list(world.orders.values())
    if not orders or world.chance(0.03):
        # Exports reach back only so far: customers return from older orders too.
        orders += [contents[-1] for contents in world.orders_seen.values()]
    rows = rng.choice(orders)
    if world.chance(0.15) or any(has_units_left(world, order) for order in rows):
        return rows
    number = rng.choice([number for number in ORDER_NUMBERS if number not in world.orders_seen])
    return world.orders.setdefault(number, make_order(world, number))


def has_units_left(world: World, order: Row) -> bool:
    """Whether the RMAs so far leave units of an order line."""
    return world.units_claimed(order) < (whole(order["quantity"]) or 1)


def make_line(world: World, rma: str, order: Row, cost: str) -> Row:
    """A return line with nothing missing; the order or the policy may still be against it."""
    rng = world.rng
    as_of = world.as_of.isoformat()
    picked, delivered = day(order["picked_up_date"]), day(order["delivered_date"])
    kind = rng.choice(TYPES_BY_FATE["delivered" if delivered else "refused" if picked else "unshipped"])
    if world.every_rule:
        kind = other_type(world, order, kind)
        picked = picked or delivered
    ordered = day(order["ordered_date"]) or world.as_of
    window = world.policy_of(ordered)["coverage"]["window_days"]
    match kind:
        case "return":
            wait = rng.choice((0, 1, window, max(window - 1, 0), rng.randint(0, window)))
            requested = later(delivered or world.as_of - timedelta(5), wait)
        case "refused_delivery":
            requested = later(picked or world.as_of - timedelta(5), rng.randint(0, 6))
        case _:
            requested = later(picked, rng.choice((-1, 0, 1))) if picked else later(ordered, rng.randint(0, 4))
    requested = min(requested, as_of)
    ordered_units = whole(order["quantity"]) or 1
    left = ordered_units - world.units_claimed(order)
    asked = rng.choice((1, left, left, rng.randint(1, left))) if left > 0 else rng.randint(1, ordered_units)
    if world.chance(0.05):
        asked = min(asked + rng.choice((1, 1, 5)), MOST_UNITS)
    reason = rng.choice((*REASONS, "changed_mind", "other"))
    if order["item_type"] == "accessory" and world.chance(0.6):
        reason = "damaged_on_arrival"
    row = dict.fromkeys(RETURN_COLUMNS, "") | {
        "rma_number": rma,
        "order_number": order["order_number"],
        "order_line": order["order_line"],
        "return_type": kind,
        "reason": reason,
        "quantity_requested": str(asked),
        "requested_date": requested,
        "reason_confirmed": "yes",
        "return_shipping_cost": cost,
        "dispute_status": rng.choice(("", "", "none")),
    }
    if kind != "cancellation" or world.chance(0.2):
        row |= receive(world, row)
    if kind == "return" or world.chance(0.3):
        row |= {"evidence_complete": "yes"} | inspect(world)
    if world.chance(0.5 if kind == "cancellation" and world.mood != "round" else 0.03):
        row["cancellation_loss"] = rng.choice(("0.00", "0.01", "3.00", "12.34", "500.00"))
    return row


def receive(world: World, row: Row) -> Row:
    """A parcel arrives, mostly whole, mostly soon."""
    rng = world.rng
    asked = whole(row["quantity_requested"]) or 1
    came = asked if world.chance(0.75) else rng.randint(1, asked)
    start = day(row["requested_date"]) or world.as_of
    arrived = later(start, rng.choice((0, 1, 2, 3, 5, 14)))
    if world.chance(0.25):
        arrived = max(start.isoformat(), later(world.as_of, -rng.randint(0, 2)))
    return {
        "quantity_received": str(came),
        "received_date": max(min(arrived, world.as_of.isoformat()), row["requested_date"]),
        "tracking_number": rng.choice(("", "1Z999", "=1Z", "0001")),
    }


def inspect(world: World) -> Row:
    """What the warehouse notes about a returned line."""
    rng = world.rng
    if world.mood == "round":
        return dict(zip(INSPECTION, ("yes", "no", "no", "none"), strict=True))
    return {
        "original_box": rng.choice(("yes", "yes", "yes", "yes", "no")),
        "items_missing": rng.choice(("no", "no", "no", "no", "no", "yes")),
        "packaging_damaged": rng.choice(("no", "no", "no", "no", "no", "yes")),
        "damage_grade": rng.choice(("none", "none", "none", "none", "scratch", "scratch", "dent", "crack")),
        "damage_amount": rng.choice(("",) * 7 + ("0.00", "0.01", "5.55", "900.00")),
    }
