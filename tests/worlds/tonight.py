"""The end of each night's story: mishaps, and what people decide of it."""

from tests.worlds.decisions import decide
from tests.worlds.happenings import befall
from tests.worlds.mishaps import mishaps
from tests.worlds.resolutions import write_resolutions
from tests.worlds.shop_refunds import show_shop_refunds
from tests.worlds.world import World


def end_the_story(world: World, decisions: tuple[int, ...]) -> None:
    """Tonight's mishaps and resolutions: about one of these numbers of them, and in worlds of every rule some more."""
    if not world.every_rule:
        mishaps(world)
        write_resolutions(world, world.rng.choice(decisions))
        return
    befall(world)
    mishaps(world)
    show_shop_refunds(world)
    also = [row for _ in range(world.rng.choice((1, 2, 3, 3, 4, 6))) for row in decide(world)]
    write_resolutions(world, world.rng.choice(decisions), also)
