"""Small, dense, nasty random nights for the refund job.

A world is a few policy versions, a handful of orders and the returns on them, told over one or more nights.
It is first a story in clean cell texts (`World`, whose rows are dictionaries from column to text), in which
lines compete for the same units and things go wrong on purpose. Only then is it written as CSV, with every
liberty in spelling and format that the rulebook allows, so that one story has many bytes.

No night made here stops as a whole: every file is UTF-8, has its required columns and closes its quotes.
What is wrong is wrong with single rows and cells.

With `every_rule` a world meets the whole rulebook. Its first night may have an `opening`, a night with `is_redo` is
the one before it computed again (same as_of, other files), and orders have a refunded_amount. Without it, worlds
keep to the columns, words and policy keys of the first edition.

Everything is drawn from one `random.Random`, so a seed is a complete description of a world.
"""

from tests.worlds.policy_toml import policy_toml
from tests.worlds.telling import nights, random_night, random_nights
from tests.worlds.words import COLUMNS, ORDER_LEVEL, Policy, cents_text
from tests.worlds.writing import NightInput

__all__ = [
    "COLUMNS",
    "ORDER_LEVEL",
    "NightInput",
    "Policy",
    "cents_text",
    "nights",
    "policy_toml",
    "random_night",
    "random_nights",
]
