"""Cells and columns spelt with every liberty that the rulebook allows."""

import random
import re
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from tests.worlds.words import FLAG_WORDS, Row, cents, day, whole
from tests.worlds.world import World

EXTRA_HEADERS = (
    "", "", "Notes", "notes", " ", "Financial Status", "a,b", 'the "extra"', "line\nbreak", "=x",
    "first_seen",
)  # fmt: skip
PADDING = (" ", "  ", "\t", "\u00a0", "\u3000", "\u2003", "\u2028", "\x85", "\n", "\r\n", "\u202f")
NEEDS_QUOTES = re.compile(r'[",\r\n]')
LOOKS_LIKE_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")


def odd_case(rng: random.Random, name: str) -> str:
    """The same word in another case, perhaps with white space around it."""
    text = rng.choice((name, name.upper(), name.title(), name.swapcase(), name.capitalize()))
    return padded(rng, text) if rng.random() < 0.15 else text


def padded(rng: random.Random, text: str) -> str:
    """White space that trimming takes away again."""
    return rng.choice(("", rng.choice(PADDING))) + text + rng.choice(("", *PADDING))


def escaped(world: World, row: Row) -> Row:
    """A resolution as exceptions.csv would show its texts; by hand people leave the apostrophe out."""
    if world.chance(0.15):
        return row.copy()
    return {name: "'" + text if LOOKS_LIKE_FORMULA.match(text) else text for name, text in row.items()}


def respelt(world: World, columns: dict[str, str], row: Row) -> Row:
    """The same content in another spelling."""
    rng = world.rng
    told = dict(row)
    for name in rng.sample(tuple(columns), 5):
        told[name] = respell(world, columns[name].rstrip("!"), told[name])
    for name in rng.sample(tuple(columns), rng.choice((0, 0, 1, 2))):
        told[name] = padded(rng, told[name])
    return told


def respell(world: World, column_type: str, text: str) -> str:
    """Another spelling of one cell; a cell that is not valid stays as it is."""
    rng = world.rng
    match column_type:
        case "money" if cents(text) is not None:
            short = text.removesuffix(".00") if text.endswith(".00") else text.removesuffix("0")
            return short if len(text) >= 10 or rng.random() < 0.7 else "00" + text
        case "count" if whole(text) is not None and len(text) < 5:
            return "0" + text
        case "date" if found := day(text):
            return timestamp(rng, found, world.zone)
        case "flag":
            return rng.choice(FLAG_WORDS.get(text, (text,)))
        case "choice" | "word" | "country" | "currency":
            return rng.choice((text.upper(), text.title(), text.lower())) if text.isascii() else text
    return text


CLOCKS = tuple(map(time.fromisoformat, (
    "00:00:00", "00:00:01", "00:30:00", "07:59:59", "12:00:00", "16:00:00", "20:10:00", "23:30:00",
    "23:59:59",
)))  # fmt: skip
OFFSETS = tuple(timezone(timedelta(hours=hours)) for hours in (0, 0, 14, -12, 5.5, -9.5))


def timestamp(rng: random.Random, found: date, zone: ZoneInfo) -> str:
    """A moment of that date in the store's zone, often written in a zone where the date is another one."""
    moment = datetime.combine(found, rng.choice(CLOCKS), zone)
    if rng.random() < 0.2:
        # As Shopify writes it.
        return moment.strftime("%Y-%m-%d %H:%M:%S %z")
    if rng.random() < 0.7:
        moment = moment.astimezone(rng.choice(OFFSETS))
    text = moment.isoformat(rng.choice("TT "))
    clock, offset = text[:19], text[19:]
    if offset == "+00:00" and rng.random() < 0.7:
        offset = "Z"
    if rng.random() < 0.3:
        offset = offset.replace(":", "")
    fraction = rng.choice(("", "", "", ".5", ".000", ".999999", ".123456789", ".9999999"))
    return clock + fraction + rng.choice(("", "", " ")) + offset
