"""The opening file of a first night: what was refunded before this job came (rulebook, section 9)."""

import csv
import io
import re

from tests.worlds.guesses import likely_net, plain_claim
from tests.worlds.spelling import odd_case, padded
from tests.worlds.words import MOST_UNITS, RMA_NUMBERS, Key, Row, cents, cents_text, whole
from tests.worlds.world import World, units

COLUMNS = ("order_number", "order_line", "units", "net_refund", "rma_number")


def make_opening(world: World) -> None:
    """Rows over some order lines of the story; with RMAs, some are keys that stand in tonight's returns."""
    rng = world.rng
    named = world.chance(0.65)
    found: dict[Key, Row] = {}
    orders = [row for rows in world.orders.values() for row in rows]
    for order in rng.sample(orders, min(len(orders), rng.choice((1, 1, 2, 3)))):
        bought = whole(order["quantity"]) or 1
        left = bought - world.units_claimed(order)
        if left <= 0 and world.chance(0.8):
            continue
        row = {
            "rma_number": rng.choice(("OLD-1", "OLD-2", *RMA_NUMBERS)) if named else "",
            "order_number": order["order_number"],
            "order_line": order["order_line"],
            "units": str(rng.choice((1, max(left, 1), max(left, 1), bought, bought + 1))),
            "net_refund": "",
        }
        add(world, found, row, plain_claim(world, row | AS_RETURN | {"quantity_requested": row["units"]}))
    claims = list(world.returns.items()) if named else []
    for key, claim in rng.sample(claims, min(len(claims), rng.choice((0, 1, 1, 2, 3)))):
        claimed = units(claim) or 1
        row = dict(zip(("rma_number", "order_number", "order_line"), key, strict=True))
        row["units"] = str(max(claimed + rng.choice((0, 0, 0, -1, -1, 1)), 1))
        add(world, found, row, likely_net(world, claim))
    if world.chance(0.1):
        row = {"order_number": "long ago", "order_line": "1", "units": "2", "rma_number": "OLD-3" if named else ""}
        add(world, found, row, 1999)
    world.opening = list(found.values())
    rng.shuffle(world.opening)


CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
AS_RETURN = {"return_type": "return", "quantity_received": ""}


def add(world: World, found: dict[Key, Row], row: Row, net: int) -> None:
    """One row; a key stands once. An opening with an invalid cell would stop the night."""
    key = (row["rma_number"], row["order_number"], row["order_line"])
    if CONTROL.search("".join(key)) or not all(key[1:]):
        return
    row["units"] = str(min(int(row["units"]), MOST_UNITS))
    net = max(world.rng.choice((net, net, net, net, net - 100, 0)), 0)
    row["net_refund"] = cents_text(net)
    found.setdefault(key, row)


def opening_text(world: World) -> str:
    """The file, with the liberties in spelling that any input has."""
    rng = world.rng
    named = any(row["rma_number"] for row in world.opening) or (not world.opening and world.chance(0.5))
    names: list[str] = list(COLUMNS if named else COLUMNS[:-1])
    if world.chance(0.4):
        rng.shuffle(names)
    extra = world.chance(0.15)
    odd = world.chance(0.25)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=rng.choice(("\n", "\n", "\r\n")))
    writer.writerow([odd_case(rng, name) if odd else name for name in names] + ["note"] * extra)
    for row in world.opening:
        cells = [respelt(world, name, row[name]) for name in names]
        writer.writerow(cells + ["by hand"] * extra)
    return text.getvalue()


def respelt(world: World, name: str, cell: str) -> str:
    """The same content, now and then in another spelling."""
    if not world.chance(0.12):
        return cell
    if name == "units" and len(cell) < 5:
        return "0" + cell
    if name == "net_refund" and cell.endswith("0") and cents(cell) is not None:
        return cell.removesuffix(".00") if cell.endswith(".00") else cell[:-1]
    return padded(world.rng, cell)
