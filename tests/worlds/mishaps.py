"""Rows that contradict, repeat or break."""

from datetime import timedelta

from tests.worlds.bad_texts import BAD_TEXTS
from tests.worlds.words import (
    COLUMNS,
    MOST_UNITS,
    ORDER_COLUMNS,
    REASONS,
    RETURN_COLUMNS,
    Row,
    cents,
    cents_text,
    day,
    later,
    whole,
)
from tests.worlds.world import World
from tests.worlds.writing import layout_of


def invalid_text(world: World, column_type: str, column: str) -> str:
    """A text that breaks the column's type; blank where blank is not allowed; 0 where a unit is needed."""
    rng = world.rng
    if column_type.endswith("!") and world.chance(0.25):
        return ""
    if column in ("quantity", "quantity_requested") and world.chance(0.3):
        return rng.choice(("0", "000"))
    return rng.choice(BAD_TEXTS[column_type.rstrip("!")])


def other_text(world: World, column: str, text: str) -> str:
    """Another text of the same type: other content, except for the words that compare without case."""
    rng = world.rng
    column_type = (ORDER_COLUMNS | RETURN_COLUMNS)[column]
    match column_type.rstrip("!"):
        case "money":
            amount = cents(text)
            return "8.88" if amount is None else cents_text(amount + rng.choice((1, 1, 500)))
        case "count":
            number = whole(text)
            return "1" if number is None else str(max(min(number + rng.choice((-1, 1, 1, 2)), MOST_UNITS), 1))
        case "date":
            start = day(text) or world.as_of - timedelta(4)
            return later(start, rng.choice((-1, 1, 1, 7)))
        case "flag":
            return "no" if text == "yes" else "yes"
        case "country":
            return "CA" if text == "US" else "US"
        case "currency":
            return "EUR" if text == "USD" else "USD"
        case "choice" if column == "item_type":
            return "accessory" if text == "product" else "product"
        case "choice" if column == "reason":
            return rng.choice(REASONS)
        case "choice" if column == "dispute_status":
            return rng.choice(("none", "open", "lost", "won"))
        case "word" if column == "damage_grade":
            return rng.choice(("none", "scratch", "dent", "crack", "bent"))
        case "word":
            return rng.choice((text.upper(), "store", "web"))
    return "" if text and not column_type.endswith("!") and world.chance(0.3) else text + "x"


def spoil_row(world: World, row: Row) -> Row:
    """The row with one invalid cell, or two."""
    rng = world.rng
    for _ in range(rng.choice((1, 1, 1, 2))):
        column = rng.choice(tuple(RETURN_COLUMNS))
        row = row | {column: invalid_text(world, RETURN_COLUMNS[column], column)}
    if world.chance(0.1):
        row = row | {"quantity_requested": "1", "quantity_received": "2"}
    return row


def edited_claim(world: World, row: Row) -> Row:
    """The row with one deciding cell changed."""
    column = world.rng.choice((
        "reason", "quantity_requested", "quantity_received", "requested_date", "received_date",
        "original_box", "items_missing", "damage_grade", "damage_amount", "cancellation_loss",
        "evidence_complete", "reason_confirmed", "dispute_status",
    ))  # fmt: skip
    return row | {column: other_text(world, column, row[column])}


def mishaps(world: World) -> None:
    """Tonight's copies, contradictions and rows of a wrong length; some of last night's are still there."""
    rng = world.rng
    world.return_copies = [row for row in world.return_copies if world.chance(0.3)]
    world.order_copies = [row for row in world.order_copies if world.chance(0.4)]
    rows = list(world.returns.values())
    if rows and world.chance(0.22):
        row = rng.choice(rows)
        match rng.choice(("same", "same", "same", "other", "two", "trio", "spoilt", "cosmetic")):
            case "same":
                world.return_copies += [row] * rng.choice((1, 1, 2))
            case "other":
                world.return_copies.append(edited_claim(world, row))
            case "two":
                world.return_copies += [row, edited_claim(world, row)]
            case "trio":
                world.return_copies += [edited_claim(world, row), edited_claim(world, row), row]
            case "spoilt":
                world.return_copies.append(spoil_row(world, row))
            case "cosmetic":
                world.return_copies.append(row | {"tracking_number": "other"})
    if rows and world.chance(0.04):
        # One RMA over two orders.
        row, other = rng.choice(rows), rng.choice(rows)
        target = {column: other[column] for column in ("order_number", "order_line")}
        world.return_copies.append(row | target)
    if world.chance(0.015):
        world.return_copies.append(dict.fromkeys(RETURN_COLUMNS, ""))
    if world.chance(0.015):
        world.order_copies.append(dict.fromkeys(ORDER_COLUMNS, ""))
    for kind in COLUMNS:
        world.malformed[kind] = [fields for fields in world.malformed[kind] if world.chance(0.6)]
        if world.chance(0.07):
            malformed = make_malformed(world, kind)
            world.malformed[kind] += [malformed] * rng.choice((1, 1, 1, 2))


def make_malformed(world: World, kind: str) -> list[str]:
    """The fields of a row with too few or too many of them."""
    rng = world.rng
    row: Row = dict.fromkeys(COLUMNS[kind], "x")
    if kind == "returns" and world.returns:
        row = rng.choice(list(world.returns.values()))
    elif kind == "orders" and world.orders:
        row = rng.choice(rng.choice(list(world.orders.values())))
    fields = [row.get(name, "") if name else "" for name in layout_of(world, kind).names]
    return rng.choice((
        fields[:-1], fields[1:], fields[:5], ["?"], ["total", "3, 4"], [*fields, ""], [*fields, "+", "=1"],
    ))  # fmt: skip
