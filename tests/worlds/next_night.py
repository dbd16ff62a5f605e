"""What changes in the exports from one night to the next."""

from collections.abc import Callable
from datetime import timedelta

from tests.worlds.guesses import waits_for
from tests.worlds.mishaps import edited_claim, other_text, spoil_row
from tests.worlds.order_edits import edit_order, edit_returned_order, ship_order, spoil_order
from tests.worlds.orders import make_order
from tests.worlds.returns import has_units_left, inspect, open_rma, receive
from tests.worlds.shop_refunds import count_refunds
from tests.worlds.tonight import end_the_story
from tests.worlds.words import MOST_UNITS, ORDER_NUMBERS, Key, Row, later, mix, whole
from tests.worlds.world import World, units


def turn_to_next_night(world: World) -> None:
    """Time passes: parcels arrive, people decide, exports are edited, cut and repeated."""
    rng = world.rng
    if world.every_rule:
        count_refunds(world)
    world.remember()
    world.as_of += timedelta(rng.choice((1, 1, 1, 1, 2, 3, 4, 7, 14, 31, 62)))
    change_orders(world)
    change_returns(world)
    if world.chance(0.15):
        reprice_rma(world)
    number = rng.choice(ORDER_NUMBERS)
    if number not in world.orders_seen and len(world.orders) < 5 and world.chance(0.4):
        world.orders[number] = make_order(world, number)
    for _ in range(rng.choice((0, 1, 1, 2, 3)) + (1 if world.every_rule else 0)):
        if len(world.returns) < (14 if world.every_rule else 11):
            open_rma(world)
    if world.chance(0.15):
        edit_returned_order(world)
    end_the_story(world, (0, 1, 2, 2, 3, 4))


def redo_night(world: World) -> None:
    """The same date once more: somebody corrected the exports, or decided otherwise."""
    rng = world.rng
    world.remember()
    if world.chance(0.75):
        change_orders(world)
        change_returns(world)
        if world.chance(0.4):
            open_rma(world)
    if world.chance(0.25) and len(world.returns) > 1:
        # One RMA was a mistake.
        rma = rng.choice(list(world.returns))[0]
        for key in [key for key in world.returns if key[0] == rma]:
            del world.returns[key]
    end_the_story(world, (0, 0, 1, 2))


def change_orders(world: World) -> None:
    """Something happens to some orders, or to what the export says of them."""
    rng = world.rng
    for number in list(world.orders):
        event = rng.choice(ORDER_EVENTS)
        # A spoilt export is often noticed and written again.
        if world.orders[number] != world.orders_seen[number][0] and world.chance(0.3):
            event = "back"
        match event:
            case "edit":
                edit_order(world, number)
            case "ship":
                ship_order(world, number)
            case "back":
                world.orders[number] = rng.choice(world.orders_seen[number][:2])
            case "spoil":
                spoil_order(world, number)
            case "line drops" if len(world.orders[number]) > 1:
                world.orders[number] = world.orders[number][1:]
            case "drop" if len(world.orders) > 1:
                del world.orders[number]
    for number, contents in world.orders_seen.items():
        if number not in world.orders and world.chance(0.4):
            world.orders[number] = contents[-1]


def change_returns(world: World) -> None:
    """Something happens to some return lines, or to what the export says of them."""
    for key, row in list(world.returns.items()):
        event = world.rng.choice(RETURN_EVENTS)
        # What still waits often moves on, and what cannot stay as it is sometimes does not.
        if waits_for(row) and world.chance(0.5):
            event = progress
        elif is_overclaimed(world, key) and world.chance(0.25):
            event = drop
        elif world.every_rule and key in world.paid and world.chance(0.15):
            event = second_parcel
        elif world.every_rule and key in world.paid and world.chance(0.08):
            event = dispute
        elif row != world.returns_seen[key][0] and world.chance(0.15):
            event = go_back
        changed = event(world, key, row)
        if changed is None:
            del world.returns[key]
        else:
            world.returns[key] = changed
    for key, earlier in world.returns_seen.items():
        if key not in world.returns and world.chance(0.15):
            world.returns[key] = earlier[-1]


def is_overclaimed(world: World, key: Key) -> bool:
    """Whether tonight's rows claim more units of an order line than it has."""
    order = world.order_row(world.returns[key])
    claimed = sum(units(row) for other, row in world.returns.items() if other[1:] == key[1:])
    return order is not None and claimed > (whole(order["quantity"]) or 1)


# Events of a later night: (world, key, row) -> the row now, or None: it is no longer exported.


def keep(world: World, key: Key, row: Row) -> Row | None:
    """The row is repeated as it was."""
    return row


def drop(world: World, key: Key, row: Row) -> Row | None:
    """The export no longer reaches back to the row."""
    return None if len(world.returns) > 2 else row


def progress(world: World, key: Key, row: Row) -> Row | None:
    """Some or all of what was missing comes in."""
    row = dict(row)
    waiting = waits_for(row)
    if len(waiting) > 1 and world.chance(0.3):
        waiting = waiting[:1]
    for column in waiting:
        match column:
            case "received_date":
                row |= receive(world, row)
            case "evidence_complete" | "reason_confirmed":
                row[column] = "yes"
            case "dispute_status":
                row[column] = world.rng.choice(("won", "won", "lost", "none"))
            case "damage_grade" if world.chance(0.5):
                row["damage_amount"] = world.rng.choice(("0.00", "1.99", "40.00"))
            case _:
                row[column] = inspect(world)[column]
    return row


def second_parcel(world: World, key: Key, row: Row) -> Row | None:
    """RP-9: more units arrive on the same line (of a cancellation: are cancelled), perhaps worse ones."""
    rng = world.rng
    asked, came = whole(row["quantity_requested"]), whole(row["quantity_received"])
    if asked is None:
        return row
    row = dict(row)
    if row["return_type"] == "cancellation":
        row["quantity_requested"] = str(min(asked + 1, MOST_UNITS))
        if row["cancellation_loss"] and world.chance(0.5):
            row["cancellation_loss"] = other_text(world, "cancellation_loss", row["cancellation_loss"])
        return row
    order = world.order_row(row)
    if came == asked and order and not has_units_left(world, order) and world.chance(0.7):
        return row
    came = min((came or 0) + rng.choice((1, 1, 2)), MOST_UNITS)
    # More than was asked for needs a larger request, or is a mistake in the cell.
    if came > asked and world.chance(0.9):
        row["quantity_requested"] = str(came)
    row["quantity_received"] = str(came)
    if world.chance(0.8):
        row["received_date"] = max(later(world.as_of, -rng.choice((0, 1))), row["requested_date"])
    if world.chance(0.3):
        row["damage_amount"] = rng.choice(("2.00", "5.56", "30.00"))
    if world.chance(0.2):
        row |= rng.choice(WORSE)
    if world.chance(0.15):
        row["dispute_status"] = rng.choice(("open", "lost", "won"))
    return row


WORSE = ({"damage_grade": "crack"}, {"original_box": "no"}, {"evidence_complete": "no"}, {"reason": "other"})


def dispute(world: World, key: Key, row: Row) -> Row | None:
    """RP-12: a dispute is opened, won, lost or withdrawn, also about money that is already paid."""
    status = world.rng.choice(("open", "open", "lost", "won", "none"))
    opened = world.rng.choice(("", later(world.as_of, -1)))
    return row | {"dispute_status": status, "dispute_opened_date": opened}


def go_back(world: World, key: Key, row: Row) -> Row | None:
    """The row reads again as on an earlier night."""
    return world.rng.choice(world.returns_seen[key])


def edit(world: World, key: Key, row: Row) -> Row | None:
    """Something that decides is written differently."""
    return edited_claim(world, row)


def retrack(world: World, key: Key, row: Row) -> Row | None:
    """Something that does not decide is written differently."""
    return row | {"tracking_number": world.rng.choice(("", "1Z000", "=2"))}


def spoil(world: World, key: Key, row: Row) -> Row | None:
    """A cell becomes invalid."""
    return spoil_row(world, row)


ORDER_EVENTS = mix(
    (70, "keep"), (10, "edit"), (6, "ship"), (4, "back"), (2, "spoil"), (3, "line drops"), (5, "drop")
)  # fmt: skip
RETURN_EVENTS: tuple[Callable[[World, Key, Row], Row | None], ...] = mix(
    (58, keep), (9, drop), (12, second_parcel), (6, dispute), (5, go_back), (4, edit), (4, retrack),
    (1, spoil),
)  # fmt: skip


def reprice_rma(world: World) -> None:
    """RP-6: the cost of one RMA's parcels is known better, mostly after a part of it was charged."""
    if not world.returns:
        return
    rma = world.rng.choice(list(world.returns))[0]
    text = world.rng.choice(("0.00", "6.66", "15.00", "20.01"))
    for key, row in world.returns.items():
        if key[0] == rma:
            world.returns[key] = row | {"return_shipping_cost": text}
