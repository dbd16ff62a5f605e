"""Worlds told over one or more nights, from a seed."""

import random
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import hypothesis
from hypothesis import strategies as st

from tests.worlds.mishaps import mishaps
from tests.worlds.next_night import turn_to_next_night
from tests.worlds.order_edits import spoil_order
from tests.worlds.orders import make_order
from tests.worlds.policies import make_policies
from tests.worlds.resolutions import write_resolutions
from tests.worlds.returns import open_rma
from tests.worlds.words import ANCHORS, ORDER_NUMBERS, Policy, mix
from tests.worlds.world import World
from tests.worlds.writing import NightInput, write_night


def random_night(rng: random.Random) -> tuple[tuple[Policy, ...], NightInput]:
    """Policy versions and one night judged by them."""
    policies, told = random_nights(rng, 1)
    return policies, told[0]


def random_nights(rng: random.Random, nights: int = 3) -> tuple[tuple[Policy, ...], tuple[NightInput, ...]]:
    """Policy versions and some nights on ever later dates, each grown out of the one before."""
    world = first_night(rng)
    told = [write_night(world)]
    for _ in range(nights - 1):
        turn_to_next_night(world)
        told.append(write_night(world))
    return world.policies, tuple(told)


def nights(n: int) -> st.SearchStrategy[tuple[tuple[Policy, ...], tuple[NightInput, ...]]]:
    """Worlds of n nights; the seed of a failing one is noted: `random_nights(random.Random(seed), n)`."""

    def tell(seed: int) -> tuple[tuple[Policy, ...], tuple[NightInput, ...]]:
        hypothesis.note(f"worlds.random_nights(random.Random({seed}), {n})")
        return random_nights(random.Random(seed), n)

    return st.integers(0, 2**32 - 1).map(tell)


MOODS = mix((14, "usual"), (5, "round"), (1, "huge"))


def first_night(rng: random.Random) -> World:
    """A world on its first night."""
    as_of = rng.choice(ANCHORS) + timedelta(rng.randint(-3, 12))
    if rng.random() < 0.3:
        as_of = date(2019, 3, 1) + timedelta(rng.randrange(3200))
    mood = rng.choice(MOODS)
    policies = make_policies(rng, as_of, mood)
    world = World(rng, as_of, policies, ZoneInfo(policies[0]["time_zone"]), mood)
    for number in rng.sample(ORDER_NUMBERS, rng.choice((1, 2, 2, 3, 3, 4, 5))):
        world.orders[number] = make_order(world, number)
    lines_wanted = rng.randint(3, 11)
    while len(world.returns) < lines_wanted:
        open_rma(world)
    for number in list(world.orders):
        if world.chance(0.08):
            spoil_order(world, number)
    if world.chance(0.05):
        number = rng.choice(list(world.orders))
        world.orders_seen[number] = [world.orders.pop(number)]
    mishaps(world)
    write_resolutions(world, rng.choice((0, 0, 1, 2, 3, 4)))
    return world
