"""The optional keys of a policy: known channels, excluded grades, approvers, who confirmed the figures."""

import random

from tests.worlds.guesses import excluded
from tests.worlds.words import APPROVERS, Policy, cased, mix

CHANNEL_LISTS: tuple[list[str], ...] = mix(
    (4, ["web", "amazon"]), (3, ["web", "amazon", "eBay"]), (3, ["Web", "AMAZON", "Store"]),
    (3, ["web", "straße", "web"]), (1, ["store", "web.com"]), (1, ["amazon"]), (1, []),
)  # fmt: skip
EXCLUDED_CHANNELS = (["kickstarter", "indiegogo"], ["KICK"], [".com", "indiegogo"], ["amazon.de"], ["straße"])
GRADES = (["crack"], ["crack", "dent"], ["dent", "bent"], ["scratch", "n/a"], ["deep dent"], ["=dent", "none"], [])
LIMITS = ("20", "50.00", "100.00", "150", "300.00", "0")


def add_switches(rng: random.Random, policies: list[Policy], mood: str) -> None:
    """Give some of the versions some of the optional keys; versions differ in them as in anything else."""
    for policy in policies:
        rules = policy["coverage"]
        if rng.random() < 0.25:
            rules["excluded_channels"] = list(rng.choice(EXCLUDED_CHANNELS))
        if rng.random() < 0.35:
            # A known channel that contains an excluded word is an error of the policy.
            rules["channels"] = [name for name in rng.choice(CHANNEL_LISTS) if not excluded(name, rules)]
        if rng.random() < 0.45:
            rules["excluded_grades"] = list(rng.choice(GRADES))
        if mood != "huge" and rng.random() < 0.33:
            policy["approval"] = {"limit": rng.choice(LIMITS)}
        if rng.random() < 0.45:
            names = [cased(rng, name) for name in rng.sample(APPROVERS, rng.choice((1, 1, 2, 3)))]
            policy["approval"] = policy.get("approval", {}) | {"approvers": names}
        if rng.random() < 0.4:
            policy["confirmed_by"] = rng.choice(("A. Controller", "Zoë", "=ann"))
