"""What befalls the exports in worlds of every rule, beside what happens in any world."""

from tests.worlds.guesses import waits_for
from tests.worlds.mishaps import edited_claim, invalid_text, make_malformed, other_text
from tests.worlds.order_twists import announce_delivery
from tests.worlds.returns import has_units_left, open_rma
from tests.worlds.words import ORDER_COLUMNS, ORDER_LEVEL, UNPRICED, cents, cents_text, day, later, whole
from tests.worlds.world import World

KEY = ("rma_number", "order_number", "order_line")
CLAIM_CELLS = ("quantity_requested", "damage_amount", "dispute_status", "tracking_number", "received_date")
ROW_CELLS = ("sku", "quantity", "unit_price", "line_tax", "line_discount", "picked_up_date", "item_type")


def befall(world: World) -> None:
    """Tonight's happenings of every rule, after the usual ones and before people decide."""
    open_foretold(world)
    announce_delivery(world)
    reject_and_wait(world)
    grade_oddly(world)
    edit_paid_order(world)
    drop_waiting(world)
    bring_back(world)
    spoil_cells(world)
    contradict(world)
    spoil_keys(world)


def open_foretold(world: World) -> None:
    """An RMA that a person spoke of before it came."""
    for rma, number in list(world.foretold):
        if number in world.orders and world.chance(0.7):
            world.foretold.remove((rma, number))
            open_rma(world, world.orders[number], rma)


def reject_and_wait(world: World) -> None:
    """A line that the policy rejects lacks something too: once allowed, it waits for that."""
    for key, row in world.returns.items():
        order = world.order_row(row)
        if key in world.returns_seen or order is None or row["return_type"] != "return" or not world.chance(0.06):
            continue
        window = world.policy_of(None)["coverage"]["window_days"]
        requested = later(world.as_of, -1)
        late = {"requested_date": requested, "received_date": max(row["received_date"], requested)}
        world.orders[row["order_number"]] = [
            other | {"delivered_date": later(world.as_of, -window - 40)} if other["order_line"] == key[2] else other
            for other in world.orders.get(row["order_number"], [])
        ] or [order]
        missing = world.rng.choice(("evidence_complete", "reason_confirmed", "original_box"))
        world.returns[key] = row | late | {missing: ""}


def grade_oddly(world: World) -> None:
    """RP-15, RP-8: a new line comes back in a condition that its policy excludes, or that no rate prices."""
    for key, row in world.returns.items():
        order = world.order_row(row)
        if key in world.returns_seen or order is None or row["return_type"] != "return":
            continue
        policy = world.policy_of(day(order["ordered_date"]))
        grades = policy["coverage"].get("excluded_grades", [])
        if grades and world.chance(0.25):
            world.returns[key] = row | {"damage_grade": world.rng.choice(grades)}
        elif world.chance(0.07):
            world.returns[key] = row | {"damage_grade": world.rng.choice(UNPRICED), "damage_amount": ""}


def edit_paid_order(world: World) -> None:
    """CT-2: the amounts of an order line change after a part of it was refunded; another part comes back tonight."""
    paid = {key[1:] for key in world.paid}
    orders = [row for rows in world.orders.values() for row in rows
              if (row["order_number"], row["order_line"]) in paid and has_units_left(world, row)]  # fmt: skip
    if not orders or not world.chance(0.4):
        return
    order = world.rng.choice(orders)
    column = world.rng.choice(("unit_price", "line_tax", "line_discount"))
    edited = order | {column: other_text(world, column, order[column])}
    number = order["order_number"]
    world.orders[number] = [edited if row is order else row for row in world.orders[number]]
    open_rma(world, [edited])


def drop_waiting(world: World) -> None:
    """Lines that wait, and whole RMAs of them, drop out of the export, where they stood on an earlier night."""
    for key, row in list(world.returns.items()):
        if key in world.returns_seen and waits_for(row) and len(world.returns) > 1 and world.chance(0.2):
            whole_rma = world.chance(0.5)
            for other in list(world.returns):
                if other == key or (whole_rma and other[0] == key[0]):
                    del world.returns[other]
    if world.chance(0.04) and world.returns_seen:
        # Where a row was, a broken line is.
        key = world.rng.choice(list(world.returns_seen))
        if world.returns.pop(key, None):
            world.malformed["returns"].append(make_malformed(world, "returns"))


def bring_back(world: World) -> None:
    """What was missing stands there again, as it was or told differently."""
    for key, earlier in world.returns_seen.items():
        if key not in world.returns and world.chance(0.5 if waits_for(earlier[-1]) else 0.3):
            row = earlier[-1]
            world.returns[key] = edited_claim(world, row) if world.chance(0.45) else row


def spoil_cells(world: World) -> None:
    """Several bad cells in the rows of one order, or in one return row."""
    rng = world.rng
    world.in_pieces = world.chance(0.15)
    if world.orders and world.chance(0.1):
        number = max(rng.sample(list(world.orders), min(2, len(world.orders))), key=lambda of: len(world.orders[of]))
        rows = list(world.orders[number])
        world.in_pieces = world.chance(0.7)
        world.orders_seen.setdefault(number, []).append(rows.copy())
        for _ in range(rng.choice((2, 3, 4, 5, 6, 7, 9))):
            at = rng.randrange(len(rows))
            column = rng.choice([name for name in ORDER_COLUMNS if name not in ("order_number", "order_line")])
            rows[at] = rows[at] | {column: invalid_text(world, ORDER_COLUMNS[column], column)}
        if world.chance(0.3):
            worth = (cents(rows[0]["unit_price"]) or 0) * (whole(rows[0]["quantity"]) or 0)
            rows[0] = rows[0] | {"line_discount": cents_text(worth + 1)}
        if world.chance(0.5):
            # A copy with a fault of its own, perhaps in another file.
            world.order_copies.append(rows[-1] | {"unit_price": "5.001", "currency": "US$"})
        world.orders[number] = rows


def contradict(world: World) -> None:
    """Rows, RMAs and orders that contradict themselves in several columns."""
    rng = world.rng
    rows = list(world.returns.values())
    if rows and world.chance(0.1):
        row = rng.choice(rows)
        other = edited_claim(world, edited_claim(world, row))
        for column in rng.sample(CLAIM_CELLS, rng.choice((1, 2))):
            other |= {column: other_text(world, column, other[column])}
        world.return_copies += [other] * rng.choice((1, 1, 2)) + [edited_claim(world, row)] * rng.choice((0, 0, 1))
    if rows and world.chance(0.04):
        row, target = rng.choice(rows), rng.choice(rows)
        moved = {column: target[column] for column in KEY[1:]} | {"return_shipping_cost": rng.choice(("3.21", "1.00"))}
        world.return_copies.append(row | moved)
    if world.orders and world.chance(0.14):
        number = rng.choice(list(world.orders))
        told = list(world.orders[number])
        world.orders_seen.setdefault(number, []).append(told.copy())
        at = rng.randrange(len(told))
        changed = dict(told[at])
        level = len(told) > 1 and world.chance(0.5)
        for column in rng.sample(ORDER_LEVEL if level else ROW_CELLS, rng.choice((1, 2, 3))):
            changed[column] = other_text(world, column, changed[column])
        if level:
            told[at] = changed
            world.orders[number] = told
        else:
            world.order_copies += [changed] + [changed | {"sku": "third"}] * rng.choice((0, 1))


def spoil_keys(world: World) -> None:
    """Rows whose key has a blank or an invalid part: nobody can watch it."""
    rng = world.rng
    if not world.returns or not world.chance(0.1):
        return
    key = rng.choice(list(world.returns))
    spoilt = world.returns[key] | {rng.choice(KEY): rng.choice(("", "", "A\x07B"))}
    if world.chance(0.5):
        world.return_copies.append(spoilt)
    else:
        world.returns_seen.setdefault(key, []).append(world.returns[key])
        world.returns[key] = spoilt
