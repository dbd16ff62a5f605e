"""What the shop's own system shows as refunded (orders.csv, refunded_amount): a guess at what history refunded,
a cent beside it, or money that left by another way."""

from tests.worlds.bad_texts import BAD_TEXTS
from tests.worlds.guesses import likely_net, likely_refunded
from tests.worlds.words import Row, cents, cents_text, mix
from tests.worlds.world import World

SHOWN = mix((6, "nothing"), (3, "zero"), (9, "history"), (1, "less"), (1, "part"))


def count_refunds(world: World) -> None:
    """Before a new night: what tonight's lines seem to have been refunded, kept with what earlier ones were."""
    for key, row in world.returns.items():
        if key not in world.paid and likely_refunded(world, row):
            world.paid[key] = likely_net(world, row)


def refunded_so_far(world: World, number: str) -> int:
    """The cents that history seems to have refunded on an order, the opening included."""
    opened = sum(cents(row["net_refund"]) or 0 for row in world.opening if row["order_number"] == number)
    return opened + sum(net for key, net in world.paid.items() if key[1] == number)


def show_shop_refunds(world: World) -> None:
    """Tonight's refunded_amount of each order, the largest on its rows. What left by another way stays refunded."""
    rng = world.rng
    world.shop_shows = {}
    for number in world.orders:
        refunded = refunded_so_far(world, number)
        if number not in world.paid_elsewhere and world.chance(0.08):
            world.paid_elsewhere[number] = rng.choice((1, 1, 500, 2000, 10000))
        if number in world.paid_elsewhere and world.chance(0.8):
            world.paid_elsewhere[number] += 1 if world.chance(0.12) else 0
            world.shop_shows[number] = refunded + world.paid_elsewhere[number]
            continue
        shown = {"zero": 0, "history": refunded, "less": max(refunded - 1, 0), "part": refunded // 2}
        world.shop_shows[number] = shown.get(rng.choice(SHOWN))


def with_shop_refunds(world: World, rows: list[Row]) -> list[Row]:
    """Order rows with their refunded_amount; one row of an order shows the whole of it, the others may lag behind."""
    told: set[str] = set()
    shown = []
    for row in rows:
        number = row["order_number"]
        amount = world.shop_shows.get(number)
        text = "" if amount is None else cents_text(amount)
        if number in told and text and world.chance(0.25):
            text = world.rng.choice(("", "0.00", cents_text(max((amount or 0) - 1, 0)), cents_text((amount or 0) // 2)))
        told.add(number)
        if world.chance(0.007):
            text = world.rng.choice(BAD_TEXTS["money"])
        shown.append(row | {"refunded_amount": text})
    return shown
