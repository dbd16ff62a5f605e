"""Orders spoilt, edited and shipped after they were made."""

from tests.worlds.mishaps import invalid_text, other_text
from tests.worlds.returns import has_units_left, open_rma
from tests.worlds.words import ORDER_COLUMNS, ORDER_LEVEL, cents, cents_text, later, whole
from tests.worlds.world import World

ORDER_FAULTS = ("cell", "cell", "discount", "lines", "lines", "currency", "row", "row", "copy", "copy")


def spoil_order(world: World, number: str) -> None:
    """Make an order that cannot be relied on, or only looks so."""
    rng = world.rng
    rows = list(world.orders[number])
    world.orders_seen.setdefault(number, []).append(rows.copy())
    at = rng.randrange(len(rows))
    match rng.choice(ORDER_FAULTS):
        case "cell":
            column = rng.choice(tuple(ORDER_COLUMNS))
            rows[at] = rows[at] | {column: invalid_text(world, ORDER_COLUMNS[column], column)}
        case "discount":
            worth = (cents(rows[at]["unit_price"]) or 0) * (whole(rows[at]["quantity"]) or 0)
            rows[at] = rows[at] | {"line_discount": cents_text(worth + rng.choice((1, 1, 100)))}
        case "lines":
            column = rng.choice(ORDER_LEVEL)
            rows[at] = rows[at] | {column: other_text(world, column, rows[at][column])}
        case "currency":
            rows = [row | {"currency": "GBP"} for row in rows]
        case "row":
            column = rng.choice(("sku", "quantity", "unit_price", "line_tax", "delivered_date", "item_type"))
            world.order_copies.append(rows[at] | {column: other_text(world, column, rows[at][column])})
        case "copy":
            world.order_copies.append(rows[at])
    world.orders[number] = rows


def edit_order(world: World, number: str) -> None:
    """A later export tells an order differently, consistently in itself."""
    rng = world.rng
    rows = list(world.orders[number])
    at = rng.randrange(len(rows))
    columns = ("unit_price", "line_tax", "quantity", "line_discount", "sku", "item_type", "delivered_date",
               "picked_up_date", "payment_reference", "payment_reference", "shipping_paid", "ordered_date",
               "outbound_shipping_cost")  # fmt: skip
    column = rng.choice(columns)
    text = other_text(world, column, rows[at][column])
    for i in range(len(rows)) if column in ORDER_LEVEL else (at,):
        rows[i] = rows[i] | {column: text}
    world.orders[number] = rows


def edit_returned_order(world: World) -> None:
    """CT-2: an order is edited between the first return of an order line and the next one."""
    for key in world.rng.sample(list(world.returns_seen), len(world.returns_seen)):
        rows = world.orders.get(key[1], [])
        order = next((row for row in rows if row["order_line"] == key[2]), None)
        if order is None or not has_units_left(world, order):
            continue
        column = world.rng.choice(("unit_price", "line_tax", "quantity", "line_discount"))
        edited = order | {column: other_text(world, column, order[column])}
        world.orders[key[1]] = [edited if row is order else row for row in rows]
        open_rma(world, [edited])
        return


def ship_order(world: World, number: str) -> None:
    """The courier picks up or delivers what was open."""
    rows = []
    for row in world.orders[number]:
        if not row["picked_up_date"]:
            rows.append(row | {"picked_up_date": later(world.as_of, -world.rng.randint(0, 3))})
        elif not row["delivered_date"]:
            rows.append(row | {"delivered_date": later(world.as_of, -world.rng.randint(0, 2))})
        else:
            rows.append(row)
    world.orders[number] = rows
