"""Twists of a return line, each aimed at one rule, on both sides of a limit: the cells to change.

A twist is (world, row, its order row) -> the cells to change.
"""

from collections.abc import Callable

from tests.worlds.words import INSPECTION, MOST_UNITS, UNPRICED, Row, day, later, mix, whole
from tests.worlds.world import World


def twist_window(world: World, row: Row, order: Row) -> Row:
    """RP-1: asked for on the last day, the day after, or long after."""
    delivered = day(order["delivered_date"])
    if not delivered:
        return {}
    window = world.policy_of(day(order["ordered_date"]))["coverage"]["window_days"]
    requested = later(delivered, window + world.rng.choice((0, 0, 1, 1, 2, 30)))
    return {"requested_date": requested, "received_date": max(row["received_date"], requested)}


def twist_underway(world: World, row: Row, order: Row) -> Row:
    """RP-9: nothing has arrived, or not yet."""
    return world.rng.choice((
        {"received_date": "", "quantity_received": ""},
        {"received_date": "", "quantity_received": "", "damage_grade": "", "original_box": ""},
        {"quantity_received": "0"},
        {"quantity_received": ""},
        {"received_date": ""},
        {"received_date": later(world.as_of, 1)},
        {"received_date": later(world.as_of, 3), "quantity_received": ""},
    ))  # fmt: skip


def twist_lost(world: World, row: Row, order: Row) -> Row:
    """RP-9: asked for so long ago that a parcel that is not here counts as lost, to the day."""
    lost = world.policy_of(day(order["ordered_date"]))["receipt"]["lost_after_days"]
    requested = later(world.as_of, -lost + world.rng.choice((-2, -1, -1, 0, 1)))
    return {"requested_date": requested} | twist_underway(world, row, order)


def twist_evidence(world: World, row: Row, order: Row) -> Row:
    """RP-5, RP-13: what the customer or customer service still owes."""
    columns = world.rng.sample(("evidence_complete", "reason_confirmed"), world.rng.choice((1, 1, 2)))
    return {column: world.rng.choice(("", "no")) for column in columns}


def twist_inspection(world: World, row: Row, order: Row) -> Row:
    """RP-8: the inspection is not complete."""
    missing = world.rng.sample(INSPECTION, world.rng.randint(1, 2))
    return dict.fromkeys(missing, "") | ({"damage_amount": "1.50"} if world.chance(0.3) else {})


def twist_grade(world: World, row: Row, order: Row) -> Row:
    """RP-8: a grade that may have no rate, with or without an amount."""
    grade = world.rng.choice((*UNPRICED, "bent", "deep dent", "crack"))
    return {"damage_grade": grade, "damage_amount": world.rng.choice(("", "", "", "2.25"))}


def twist_dispute(world: World, row: Row, order: Row) -> Row:
    """RP-12: the customer has gone to the bank; month ends make the window interesting."""
    opened = ("", later(world.as_of, -3), "2023-11-30", "2024-08-31", "2024-02-29", "2099-12-31")
    return {
        "dispute_status": world.rng.choice(("open", "open", "lost", "won", "none")),
        "dispute_opened_date": world.rng.choice(opened),
    }


def twist_dates(world: World, row: Row, order: Row) -> Row:
    """CT-1: dates that cannot follow each other, and the first and last days that are valid at all."""
    requested = day(row["requested_date"]) or world.as_of
    delivered = day(order["delivered_date"]) or requested
    return world.rng.choice((
        {"requested_date": later(world.as_of, 1)},
        {"requested_date": later(delivered, -1)},
        {"requested_date": later(delivered, -1)},
        {"received_date": later(requested, -1)},
        {"received_date": later(requested, -1)},
        {"requested_date": "2099-12-31"},
        {"received_date": "2000-01-01"},
    ))  # fmt: skip


def twist_units(world: World, row: Row, order: Row) -> Row:
    """CT-2, RP-9: more than is left, all of it, or less than was asked for."""
    bought = whole(order["quantity"]) or 1
    asked = min(world.rng.choice((bought, bought + 1, bought + 2)), MOST_UNITS)
    return {"quantity_requested": str(asked), "quantity_received": str(world.rng.randint(1, asked))}


def twist_figures(world: World, row: Row, order: Row) -> Row:
    """CT-6: a deduction about as large as the line, or larger."""
    text = world.rng.choice((order["unit_price"], "999999999.99", "50.00", "0.01"))
    return world.rng.choice(({"damage_amount": text}, {"damage_amount": text}, {"cancellation_loss": text}))


def twist_fees(world: World, row: Row, order: Row) -> Row:
    """RP-7: one cause of a restocking fee, or two."""
    return world.rng.choice((
        {"original_box": "no"}, {"items_missing": "yes"}, {"packaging_damaged": "yes"},
        {"original_box": "no", "items_missing": "yes"},
    ))  # fmt: skip


def twist_cost(world: World, row: Row, order: Row) -> Row:
    """RP-6: this line states another cost than the rest of its RMA (if it has a rest)."""
    return {"return_shipping_cost": world.rng.choice(("3.21", "0.00", "4.99"))}


def twist_target(world: World, row: Row, order: Row) -> Row:
    """An order or an order line that is not there, or nearly the right one."""
    number, line = order["order_number"], order["order_line"]
    return world.rng.choice((
        {"order_line": "99"}, {"order_line": "0" + line}, {"order_number": "0" + number},
        {"order_number": number.swapcase() + "x"}, {"order_number": "'" + number},
    ))  # fmt: skip


def twist_type(world: World, row: Row, order: Row) -> Row:
    """Another type of return than the rest of its RMA."""
    return {"return_type": world.rng.choice(("return", "refused_delivery", "cancellation"))}


TWISTS: tuple[Callable[[World, Row, Row], Row], ...] = mix(
    (6, twist_window), (6, twist_underway), (4, twist_lost), (6, twist_evidence), (5, twist_inspection),
    (5, twist_grade), (6, twist_dispute), (4, twist_dates), (5, twist_units), (5, twist_figures),
    (7, twist_fees), (1, twist_cost), (2, twist_target), (3, twist_type),
)  # fmt: skip
