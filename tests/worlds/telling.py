"""Worlds told over one or more nights, from a seed."""

import random
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import hypothesis
from hypothesis import strategies as st

from tests.worlds.next_night import redo_night, turn_to_next_night
from tests.worlds.opening import make_opening, opening_text
from tests.worlds.order_edits import spoil_order
from tests.worlds.orders import make_order
from tests.worlds.policies import make_policies
from tests.worlds.returns import open_rma
from tests.worlds.tonight import end_the_story
from tests.worlds.words import ANCHORS, ORDER_NUMBERS, Policy, mix
from tests.worlds.world import World
from tests.worlds.writing import NightInput, write_night


def random_night(rng: random.Random) -> tuple[tuple[Policy, ...], NightInput]:
    """Policy versions and one night judged by them."""
    policies, told = random_nights(rng, 1)
    return policies, told[0]


def random_nights(
    rng: random.Random, nights: int = 3, every_rule: bool = False
) -> tuple[tuple[Policy, ...], tuple[NightInput, ...]]:
    """Policy versions and some nights on ever later dates, each grown out of the one before.

    With every_rule, they meet the whole rulebook: refunded_amount, stop and withdraw, an opening file, the optional
    keys of a policy; and one night in seven is followed by a redo of it (`is_redo`), which counts beside `nights`.
    """
    world = first_night(rng, every_rule)
    told = [write_night(world)]
    if every_rule and (world.opening or world.chance(0.05)):
        # An opening may have no rows.
        told = [replace(told[0], opening=opening_text(world))]
    told += redos(world, told[0])
    for _ in range(nights - 1):
        turn_to_next_night(world)
        told.append(write_night(world))
        told += redos(world, told[-1])
    return world.policies, tuple(told)


def redos(world: World, night: NightInput) -> list[NightInput]:
    """The night told again with other files, mostly not at all; the opening is mostly not given again."""
    found: list[NightInput] = []
    while world.every_rule and len(found) < 2 and world.chance(0.15):
        redo_night(world)
        found.append(replace(write_night(world), is_redo=True))
        if night.opening is not None and world.chance(0.3):
            make_opening(world)
            found[-1] = replace(found[-1], opening=opening_text(world))
    return found


def nights(n: int, every_rule: bool = False) -> st.SearchStrategy[tuple[tuple[Policy, ...], tuple[NightInput, ...]]]:
    """Worlds of n nights; the seed of a failing one is noted: `random_nights(random.Random(seed), n)`."""

    def tell(seed: int) -> tuple[tuple[Policy, ...], tuple[NightInput, ...]]:
        hypothesis.note(f"worlds.random_nights(random.Random({seed}), {n}, every_rule={every_rule})")
        return random_nights(random.Random(seed), n, every_rule)

    return st.integers(0, 2**32 - 1).map(tell)


MOODS = mix((14, "usual"), (5, "round"), (1, "huge"))


def first_night(rng: random.Random, every_rule: bool = False) -> World:
    """A world on its first night."""
    as_of = rng.choice(ANCHORS) + timedelta(rng.randint(-3, 12))
    if rng.random() < 0.3:
        as_of = date(2019, 3, 1) + timedelta(rng.randrange(3200))
    mood = rng.choice(MOODS)
    policies = make_policies(rng, as_of, mood, every_rule)
    world = World(rng, as_of, policies, ZoneInfo(policies[0]["time_zone"]), mood, every_rule=every_rule)
    for number in rng.sample(ORDER_NUMBERS, rng.choice((1, 2, 2, 3, 3, 4, 5))):
        world.orders[number] = make_order(world, number)
    lines_wanted = rng.randint(3, 11) + (3 if every_rule else 0)
    while len(world.returns) < lines_wanted:
        open_rma(world)
    for number in list(world.orders):
        if world.chance(0.08):
            spoil_order(world, number)
    if world.chance(0.05):
        number = rng.choice(list(world.orders))
        world.orders_seen[number] = [world.orders.pop(number)]
    if every_rule and world.chance(0.4):
        make_opening(world)
    end_the_story(world, (0, 0, 1, 2, 3, 4))
    return world
