"""Small, dense, nasty random nights for the refund job.

A world is a few policy versions, a handful of orders and the returns on them, told over one or more nights.
It is first a story in clean cell texts (`World`, whose rows are dictionaries from column to text), in which
lines compete for the same units and things go wrong on purpose. Only then is it written as CSV, with every
liberty in spelling and format that the rulebook allows, so that one story has many bytes.

No night made here stops as a whole: every file is UTF-8, has its required columns and closes its quotes.
What is wrong is wrong with single rows and cells.

Everything is drawn from one `random.Random`, so a seed is a complete description of a world.
"""

import json
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import hypothesis
from hypothesis import strategies as st

Policy = dict[str, Any]  # one version, as tomllib parses it
Row = dict[str, str]  # one row of a file: column -> text of the cell, before any quirk of writing
Key = tuple[str, str, str]  # rma_number, order_number, order_line
T = TypeVar("T")


# -- The interface -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NightInput:
    """The input files of one night: (kind, file name, content), by kind and then in order of name."""

    as_of: date
    files: tuple[tuple[str, str, bytes], ...]


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


def policy_toml(policy: Policy) -> str:
    """The text of a TOML policy file that parses back to this policy."""
    tables = {key: value for key, value in policy.items() if isinstance(value, dict)}
    lines = [f"{key} = {_toml_value(value)}" for key, value in policy.items() if key not in tables]
    for name, table in tables.items():
        lines += [
            "",
            f"[{name}]",
            *(f"{_toml_key(key)} = {_toml_value(value)}" for key, value in table.items()),
        ]
    return "\n".join(lines) + "\n"


def _toml_key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key)


def _toml_value(value: Any) -> str:
    match value:
        case date():
            return value.isoformat()
        case str() | bool() | int():
            return json.dumps(value, ensure_ascii=False)
        case list():
            return "[" + ", ".join(map(_toml_value, value)) + "]"
        case dict() if value:
            return "{ " + ", ".join(f"{_toml_key(k)} = {_toml_value(v)}" for k, v in value.items()) + " }"
        case dict():
            return "{}"
    raise TypeError(f"a policy holds no {type(value).__name__}")


# -- Columns and words -------------------------------------------------------------------------------------

# Stated here again, apart from the package: a column that the package forgot would otherwise be missing
# from its own tests. "!" marks a cell that may not be blank.
ORDER_COLUMNS = {
    "order_number": "text!", "order_line": "text!", "sku": "text!", "item_type": "choice!",
    "sales_channel": "word!", "ship_country": "country!", "currency": "currency!", "ordered_date": "date!",
    "picked_up_date": "date", "delivered_date": "date", "quantity": "count!", "unit_price": "money!",
    "line_discount": "money!", "line_tax": "money!", "shipping_paid": "money!",
    "outbound_shipping_cost": "money!", "payment_method": "text", "payment_reference": "text",
}  # fmt: skip
RETURN_COLUMNS = {
    "rma_number": "text!", "order_number": "text!", "order_line": "text!", "return_type": "choice!",
    "reason": "choice!", "quantity_requested": "count!", "quantity_received": "count",
    "requested_date": "date!", "received_date": "date", "tracking_number": "text",
    "evidence_complete": "flag", "reason_confirmed": "flag", "original_box": "flag",
    "items_missing": "flag", "packaging_damaged": "flag", "damage_grade": "word", "damage_amount": "money",
    "return_shipping_cost": "money!", "cancellation_loss": "money", "dispute_status": "choice",
    "dispute_opened_date": "date",
}  # fmt: skip
RESOLUTION_COLUMNS = dict.fromkeys(
    ("rma_number", "order_number", "order_line", "code", "action", "amount", "resolved_by", "note"),
    "resolution",
)
COLUMNS = {"orders": ORDER_COLUMNS, "returns": RETURN_COLUMNS, "resolutions": RESOLUTION_COLUMNS}
ORDER_LEVEL = ("sales_channel", "ship_country", "currency", "ordered_date", "shipping_paid",
               "outbound_shipping_cost", "payment_method", "payment_reference")  # fmt: skip

REASONS = ("manufacturing_defect", "damaged_on_arrival", "wrong_item", "changed_mind", "other")
TRIGGERS = ("original_box_missing", "items_missing", "packaging_damaged")
UNPRICED = ("bent", "n/a", "=dent", "")  # grades that no policy lists
INSPECTION = ("original_box", "items_missing", "packaging_damaged", "damage_grade")

ALLOWABLE = ("channel-excluded", "outside-region", "accessory-excluded", "window-expired", "picked-up",
             "dates-out-of-order", "evidence-missing", "reason-unconfirmed", "inspection-missing",
             "pickup-unconfirmed", "approval-required")  # fmt: skip
HOLD_CODES = ("malformed-row", "invalid-value", "conflicting-rows", "conflicting-rma", "order-not-found",
              "ambiguous-order", "invalid-order", "currency-unsupported", "no-policy-in-force",
              "changed-after-refund", "disputed-after-refund", "dispute-open", "awaiting-receipt",
              "delivery-date-missing", "dates-out-of-order", "evidence-missing", "reason-unconfirmed",
              "inspection-missing", "damage-unpriced", "pickup-unconfirmed", "order-changed-after-refund",
              "units-exceed-purchase", "approval-required")  # fmt: skip
OTHER_CODES = ("lost-in-transit", "settled-by-dispute", "rejected-by-review", "invalid-resolution",
               "deductions-capped", "past-deadline", "short-receipt", "no-such-code", "")  # fmt: skip
WAIVABLE = ("return_shipping", "restocking_fee", "damage", "outbound_shipping", "cancellation_loss")


MOST_CENTS, MOST_UNITS = 99999999999, 999999


def mix(*weighted: tuple[int, T]) -> tuple[T, ...]:
    """Values repeated by weight, for `rng.choice`."""
    return tuple(value for weight, value in weighted for _ in range(weight))


# Identifiers that a spreadsheet, a type guesser, a locale or a careless sort would change. Those that differ
# by leading zeros, case, width or an apostrophe only are different identifiers.
ORDER_NUMBERS = (
    "1001", "01001", "#1002", "=1+1", "'=1+1", "+15", "-7", "@home", "'1001", "NA", "null", "None", "1e5",
    "100000", "ORD-9", "ord-9", "10,5", 'A"9', '"Q"', "true", "é-1", "E-1", "Ａ1", "😀1", "a b", "''=x",
)  # fmt: skip
RMA_NUMBERS = (
    "R1", "R2", "R10", "r1", "007", "7", "=R1", "'=R1", "''=R1", "'R1", "-R2", "+R2", "@R2", "NA", "null",
    "1e5", "nan", "R,3", 'R"3', "R;3", "R@2024", "Ｒ1", "😀", "ß", "R 1", "R\u200b1",
)  # fmt: skip
LINE_NAMES = mix(
    (6, ("1", "2", "3")), (2, ("10", "2", "1")), (1, ("01", "1", "A")), (1, ("b", "B", "é")),
    (1, ("=1", "-1", "'=1")), (1, ("NA", "null", "1e0")),
)  # fmt: skip
SKUS = ("CAM-1", "=CAM", "0042", "NA", 'Lens 5"', "Case, black", "1e5", "-X", "'=CAM", "日本")
PEOPLE = ("ann", "bo", "Zoë", "Chen, L.", "=cmd", "-bo", "a;b")
FLAG_WORDS = {
    "yes": ("yes", "Y", "TRUE", "1", "True", "YES", "y"),
    "no": ("no", "N", "False", "0", "FALSE", "n"),
}
NOTES = (
    "", "", "plain", "a, b", 'said "no"', "two\nlines", "two\r\nlines\r\n", '"', "'", "=1+1", "NA", "\t", ",",
)  # fmt: skip

# Dates whose neighbours are holidays moved to a Friday or a Monday, bank days that are none for the offices,
# year ends, the leap day and the nights on which clocks change.
ANCHORS = tuple(map(date.fromisoformat, (
    "2020-06-18", "2021-06-18", "2021-07-02", "2021-12-23", "2021-12-30", "2022-06-17", "2022-12-23",
    "2022-12-30", "2023-11-09", "2024-02-28", "2024-03-08", "2024-11-01", "2024-11-27", "2024-12-30",
    "2025-01-17", "2025-07-03", "2026-07-02", "2026-12-31", "2027-06-17", "2027-12-23", "2027-12-30",
)))  # fmt: skip


def cents_text(amount: int) -> str:
    """Cents as the files write money; never more than a cell can hold."""
    amount = min(amount, MOST_CENTS)
    return f"{amount // 100}.{amount % 100:02}"


def cents(text: str) -> int | None:
    """The cents of a clean money cell, or None."""
    return int(text.replace(".", "")) if re.fullmatch(r"[0-9]{1,9}\.[0-9]{2}", text) else None


def whole(text: str) -> int | None:
    """A count of a clean cell, or None."""
    return int(text) if text.isascii() and text.isdigit() else None


def day(text: str) -> date | None:
    """A date of a clean cell, or None."""
    try:
        return date.fromisoformat(text) if re.fullmatch(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}", text) else None
    except ValueError:
        return None


def later(start: date, days: int) -> str:
    """The text of the date some days after (or, negative, before) another."""
    return (start + timedelta(days)).isoformat()


# -- The world ---------------------------------------------------------------------------------------------


@dataclass
class World:
    """One story: what stands in the exports tonight, and what stood there on earlier nights."""

    rng: random.Random
    as_of: date
    policies: tuple[Policy, ...]
    zone: ZoneInfo
    mood: str  # "usual"; "round": prices and no fees, so that sums meet a limit to the cent; "huge": amounts
    orders: dict[str, list[Row]] = field(default_factory=dict)
    returns: dict[Key, Row] = field(default_factory=dict)
    # Rows beside the true ones: copies and contradictions.
    order_copies: list[Row] = field(default_factory=list)
    return_copies: list[Row] = field(default_factory=list)
    resolutions: list[Row] = field(default_factory=list)
    malformed: dict[str, list[list[str]]] = field(default_factory=lambda: {kind: [] for kind in COLUMNS})
    layouts: dict[str, "Layout"] = field(default_factory=dict)
    # Earlier contents, to go back to.
    orders_seen: dict[str, list[list[Row]]] = field(default_factory=dict)
    returns_seen: dict[Key, list[Row]] = field(default_factory=dict)
    resolutions_seen: list[Row] = field(default_factory=list)

    def chance(self, probability: float) -> bool:
        """True as often as that."""
        return self.rng.random() < probability

    def policy_of(self, ordered: date | None) -> Policy:
        """The version in force on a date; where there is none, the first."""
        in_force = [p for p in self.policies if ordered and p["effective_from"] <= ordered]
        return in_force[-1] if in_force else self.policies[0]

    def order_row(self, row: Row) -> Row | None:
        """The order row that a return row names, tonight's or the last one seen."""
        number = row["order_number"]
        for rows in (self.orders.get(number, []), *reversed(self.orders_seen.get(number, []))):
            for order in rows:
                if order["order_line"] == row["order_line"]:
                    return order
        return None

    def units_claimed(self, order: Row) -> int:
        """Units of an order line that RMAs of this story claim, or claimed when last seen."""
        line = (order["order_number"], order["order_line"])
        latest = {key: rows[-1] for key, rows in self.returns_seen.items()} | self.returns
        return sum(units(row) for key, row in latest.items() if key[1:] == line)

    def remember(self) -> None:
        """Keep tonight's contents for later nights to go back to."""
        for number, rows in self.orders.items():
            self.orders_seen.setdefault(number, []).append(rows)
        for key, row in self.returns.items():
            self.returns_seen.setdefault(key, []).append(row)


def units(row: Row) -> int:
    """The units that a return row claims, as far as its cells say."""
    if row["return_type"] == "cancellation":
        return whole(row["quantity_requested"]) or 0
    return whole(row["quantity_received"]) or whole(row["quantity_requested"]) or 0


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


# -- Policies ----------------------------------------------------------------------------------------------


def make_policies(rng: random.Random, as_of: date, mood: str) -> tuple[Policy, ...]:
    """One to three versions, by date; the first is in force on the first night, the last may come later."""
    starts = [as_of - timedelta(rng.choice((rng.randint(0, 60), rng.randint(40, 400), rng.randint(60, 700))))]
    for _ in range(rng.choice((0, 1, 1, 2))):
        starts.append(starts[-1] + timedelta(rng.randint(1, 60)))
    zone = rng.choice(mix(
        (6, "America/Los_Angeles"), (2, "America/New_York"), (1, "UTC"), (1, "Asia/Tokyo"),
        (1, "Pacific/Auckland"), (1, "America/St_Johns"),
    ))  # fmt: skip
    currency = rng.choice(("USD", "USD", "USD", "USD", "EUR"))
    policies = []
    for letter, start in zip("abc", starts, strict=False):
        policy = make_policy(rng, start, as_of, letter)
        limit = rng.choice(LIMITS[mood])
        if limit is not None:
            policy["approval"] = {"limit": limit}
        elif rng.random() < 0.5:
            policy["approval"] = {}
        policies.append(policy | {"time_zone": zone, "currency": currency})
    return tuple(policies)


def make_policy(rng: random.Random, start: date, as_of: date, letter: str) -> Policy:
    """One version, with figures that small orders reach, still without what all versions share."""

    def some(words: Sequence[str], most: int = 2) -> list[str]:
        return rng.sample(words, rng.randint(0, most))

    def closures() -> dict[str, list[date]]:
        """Mostly near as_of, some on a weekend; now and then the key is left out."""
        days = {as_of + timedelta(rng.randint(-25, 25)) for _ in range(rng.choice((0, 0, 1, 3)))}
        return {} if rng.random() < 0.25 else {"closures": sorted(days)}

    rates = {"none": "0", "scratch": "0.10", "dent": "0.25", "crack": rng.choice(("0.5", "1", "0.333"))}
    if rng.random() < 0.2:
        del rates[rng.choice(("none", "scratch", "dent", "crack"))]
    if rng.random() < 0.2:
        rates["deep dent"] = "0.7501"
    min_days, min_months = rng.choice((1, 3, 7)), rng.choice((1, 3))
    return {
        "version": f"{start.year}-{letter}",
        "effective_from": start,
        "coverage": {
            "window_days": rng.choice((30, 30, 30, 14, 7, 0)),
            "countries": rng.choice((["US"], ["US", "CA"], ["CA", "US", "DE"])),
            "excluded_channels": rng.choice(EXCLUDED_CHANNELS),
            "accessory_reasons": some(REASONS, 3) if rng.random() < 0.3 else ["damaged_on_arrival"],
        },
        "return_shipping": {"waived_for": rng.choice((["manufacturing_defect"], some(REASONS)))},
        "restocking": {
            "rate": rng.choice(("0.15", "0.15", "0.125", "0.3333", "0", "1", "0.005")),
            "triggers": rng.choice((list(TRIGGERS), some(TRIGGERS, 3))),
            "waived_for": some(REASONS),
        },
        "damage": {"waived_for": rng.choice((["damaged_on_arrival"], some(REASONS))), "rates": rates},
        "receipt": {"lost_after_days": rng.choice((60, 60, 20, 10, 5))},
        "processing": {"business_days": rng.choice((10, 10, 5, 2, 1))} | closures(),
        "payout": {"lag_business_days": rng.choice((0, 1, 1, 1, 3))},
        "bank": {
            "credit_min_business_days": min_days,
            "credit_max_business_days": min_days + rng.choice((0, 3, 3)),
        } | closures(),
        "dispute": {"min_months": min_months, "max_months": min_months + rng.choice((0, 3, 9))},
        "accounts": {
            role: {"code": code if rng.random() < 0.7 else f"{code}-{letter}", "name": name}
            for role, code, name in ACCOUNTS
        },
    }  # fmt: skip


LIMITS: dict[str, tuple[str | None, ...]] = {  # by mood
    "usual": mix((16, "2500.00"), (7, None), (1, "300.00"), (1, "150"), (1, "100.00"), (1, "0.00")),
    "round": mix((5, "2500.00"), (2, None), (1, "200.00"), (1, "150"), (1, "100.00"), (1, "50.0"), (1, "20")),
    "huge": (None,),
}  # fmt: skip
EXCLUDED_CHANNELS: tuple[list[str], ...] = (
    ["kickstarter", "indiegogo"], ["IndieGoGo"], ["amazon", "kickstarter"], [],
)  # fmt: skip
ACCOUNTS = (
    ("sales_returns", "4910", "Sales returns and allowances"),
    ("sales_tax_payable", "2310", "Sales tax payable"),
    ("shipping_income", "4210", "Shipping income"),
    ("return_shipping_recovered", "5420", "Return shipping recovered"),
    ("outbound_shipping_recovered", "5410", "Outbound shipping, recovered"),
    ("restocking_fees", "4920", "Restocking fees"),
    ("damage_recoveries", "4930", 'Damage recoveries ("dents")'),
    ("cancellation_recoveries", "4940", "Cancellation losses recovered"),
    ("refunds_payable", "2150", "Refunds payable"),
    ("refund_clearing", "1090", "Refund clearing"),
)


# -- Orders ------------------------------------------------------------------------------------------------

CHANNELS = mix((44, "web"), (3, "amazon"), (1, "Kickstarter"), (1, "indiegogo"))
COUNTRIES = mix((32, "US"), (2, "CA"), (1, "DE"), (1, "GU"))
FATES = mix((11, "delivered"), (3, "refused"), (4, "unshipped"))
PRICES = (1000, 1000, 999, 999, 3333, 3333, 3333, 5000, 5000, 2500, 2500, 12345, 12345, 2999, 10001, 10, 1, 0)
HUGE = ((MOST_UNITS, MOST_CENTS), (MOST_UNITS, 1), (3, MOST_CENTS), (999983, 33333333))  # (quantity, price)
FEES = {
    "usual": ("0.00", "0.00", "0.01", "0.02", "5.00", "9.99", "7.77", "12.50", "100.00"),
    "round": ("0.00",),
    "huge": ("0.00", "0.01", "9.99", "999999999.99"),
}
RETURN_COSTS = {
    "usual": ("0.00", "4.99", "0.01", "10.00", "10.01", "7.50", "0.03", "1.00", "400.00"),
    "round": ("0.00",),
    "huge": ("0.00", "0.01", "9.99", "999999999.99"),
}


def make_order(world: World, number: str) -> list[Row]:
    """The rows of one order, clean in themselves; the policy may still not cover it."""
    rng = world.rng
    window = world.policies[-1]["coverage"]["window_days"]
    age = rng.choice((rng.randint(2, 14), *[window + rng.randint(2, 14)] * 2, rng.randint(15, 75)))
    ordered = world.as_of - timedelta(age)
    if world.chance(0.12):
        ordered = rng.choice(world.policies)["effective_from"] + timedelta(rng.choice((-1, 0, 0, 1)))
    elif ordered < world.policies[0]["effective_from"] and world.chance(0.95):
        # Else a young first version would leave most of its world without a policy.
        ordered = world.policies[0]["effective_from"]
    currency = world.policies[0]["currency"]
    shared = {
        "order_number": number,
        "sales_channel": rng.choice(CHANNELS),
        "ship_country": rng.choice(COUNTRIES),
        "currency": currency if world.chance(0.99) else rng.choice(("GBP", "USD", "EUR")),
        "ordered_date": ordered.isoformat(),
        "shipping_paid": rng.choice(FEES[world.mood]),
        "outbound_shipping_cost": rng.choice(FEES[world.mood]),
        "payment_method": rng.choice(("card", "paypal", "", "=card")),
        "payment_reference": rng.choice(("", "ch_123", "0042", "-99", "1e5", "a,b")),
    }
    fate = rng.choice(FATES)
    latest = max(ordered, world.as_of).isoformat()
    rows = []
    for line in rng.choice(LINE_NAMES)[: rng.choice((1, 2, 2, 3))]:
        if world.chance(0.12):
            # An order can travel in parcels.
            fate = rng.choice(FATES)
        picked, delivered = "", ""
        if fate != "unshipped":
            picked = min(later(ordered, rng.randint(0, 2)), latest)
        if fate == "delivered":
            delivered = min(later(ordered, rng.randint(2, 6)), latest)
        rows.append(shared | make_goods(world) | {
            "order_line": line,
            "picked_up_date": picked,
            "delivered_date": delivered,
        })  # fmt: skip
    return rows


def make_goods(world: World) -> Row:
    """What an order line sold: item, quantity and amounts."""
    rng = world.rng
    quantity = rng.choice((1, 2, 3, 3, 4, 5, 6, 8))
    price = rng.choice(PRICES) if world.chance(0.7) else rng.randint(1, 9000)
    if world.mood == "round":
        price = rng.choice((1000, 2000, 2500, 5000, 10000))
    elif world.chance(0.6 if world.mood == "huge" else 0.01):
        quantity, price = rng.choice(HUGE)
    merchandise = price * quantity
    part = rng.choice((1, 2, merchandise // 10, merchandise // 3, rng.randint(0, merchandise), merchandise))
    discount = part if world.chance(0.4) else 0
    tax = rng.choice((0, 1, 2, 1000, merchandise * 33 // 400, merchandise * 33 // 400, rng.randint(0, 2000)))
    return {
        "sku": rng.choice(SKUS),
        "item_type": "accessory" if world.chance(0.1) else "product",
        "quantity": str(quantity),
        "unit_price": cents_text(price),
        "line_discount": cents_text(0 if world.mood == "round" else discount),
        "line_tax": cents_text(0 if world.mood == "round" else tax),
    }


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


# -- Returns -----------------------------------------------------------------------------------------------

TYPES_BY_FATE = {
    "unshipped": mix((12, "cancellation"), (1, "return"), (1, "refused_delivery")),
    "refused": mix((12, "refused_delivery"), (1, "return"), (1, "cancellation")),
    "delivered": mix((16, "return"), (3, "refused_delivery"), (1, "cancellation")),
}


def open_rma(world: World, rows: list[Row] | None = None) -> None:
    """One RMA over one or more lines of an order: of this one, or of any."""
    rng = world.rng
    seen = world.returns.keys() | (set() if world.chance(0.1) else world.returns_seen.keys())
    taken = {key[0] for key in seen}
    rma = rng.choice([number for number in RMA_NUMBERS if number not in taken] or ["R99"])
    rows = rows or choose_order(world)
    cost = rng.choice(RETURN_COSTS[world.mood])
    for order in rng.sample(rows, min(len(rows), rng.choice((1, 1, 2, 3)))):
        # An order line that is used up is returned once more only now and then.
        if not has_units_left(world, order) and world.chance(0.8):
            continue
        row = make_line(world, rma, order, cost)
        key = (row["rma_number"], row["order_number"], row["order_line"])
        world.returns[key] = row
        if world.chance(0.32):
            world.returns[key] = row | rng.choice(TWISTS)(world, row, order)
            if world.chance(0.25):
                world.returns[key] |= rng.choice(TWISTS)(world, world.returns[key], order)
        if world.chance(0.02):
            world.returns_seen.setdefault(key, []).append(row)
            world.returns[key] = spoil_row(world, world.returns[key])


def choose_order(world: World) -> list[Row]:
    """The rows of an order to return from; a new order where the chosen one has no units left."""
    rng = world.rng
    orders = list(world.orders.values())
    if not orders or world.chance(0.03):
        # Exports reach back only so far: customers return from older orders too.
        orders += [contents[-1] for contents in world.orders_seen.values()]
    rows = rng.choice(orders)
    if world.chance(0.15) or any(has_units_left(world, order) for order in rows):
        return rows
    number = rng.choice([number for number in ORDER_NUMBERS if number not in world.orders_seen])
    return world.orders.setdefault(number, make_order(world, number))


def has_units_left(world: World, order: Row) -> bool:
    """Whether the RMAs so far leave units of an order line."""
    return world.units_claimed(order) < (whole(order["quantity"]) or 1)


def make_line(world: World, rma: str, order: Row, cost: str) -> Row:
    """A return line with nothing missing; the order or the policy may still be against it."""
    rng = world.rng
    as_of = world.as_of.isoformat()
    picked, delivered = day(order["picked_up_date"]), day(order["delivered_date"])
    kind = rng.choice(TYPES_BY_FATE["delivered" if delivered else "refused" if picked else "unshipped"])
    ordered = day(order["ordered_date"]) or world.as_of
    window = world.policy_of(ordered)["coverage"]["window_days"]
    match kind:
        case "return":
            wait = rng.choice((0, 1, window, max(window - 1, 0), rng.randint(0, window)))
            requested = later(delivered or world.as_of - timedelta(5), wait)
        case "refused_delivery":
            requested = later(picked or world.as_of - timedelta(5), rng.randint(0, 6))
        case _:
            requested = later(picked, rng.choice((-1, 0, 1))) if picked else later(ordered, rng.randint(0, 4))
    requested = min(requested, as_of)
    ordered_units = whole(order["quantity"]) or 1
    left = ordered_units - world.units_claimed(order)
    asked = rng.choice((1, left, left, rng.randint(1, left))) if left > 0 else rng.randint(1, ordered_units)
    if world.chance(0.05):
        asked = min(asked + rng.choice((1, 1, 5)), MOST_UNITS)
    reason = rng.choice((*REASONS, "changed_mind", "other"))
    if order["item_type"] == "accessory" and world.chance(0.6):
        reason = "damaged_on_arrival"
    row = dict.fromkeys(RETURN_COLUMNS, "") | {
        "rma_number": rma,
        "order_number": order["order_number"],
        "order_line": order["order_line"],
        "return_type": kind,
        "reason": reason,
        "quantity_requested": str(asked),
        "requested_date": requested,
        "reason_confirmed": "yes",
        "return_shipping_cost": cost,
        "dispute_status": rng.choice(("", "", "none")),
    }
    if kind != "cancellation" or world.chance(0.2):
        row |= receive(world, row)
    if kind == "return" or world.chance(0.3):
        row |= {"evidence_complete": "yes"} | inspect(world)
    if world.chance(0.5 if kind == "cancellation" and world.mood != "round" else 0.03):
        row["cancellation_loss"] = rng.choice(("0.00", "0.01", "3.00", "12.34", "500.00"))
    return row


def receive(world: World, row: Row) -> Row:
    """A parcel arrives, mostly whole, mostly soon."""
    rng = world.rng
    asked = whole(row["quantity_requested"]) or 1
    came = asked if world.chance(0.75) else rng.randint(1, asked)
    start = day(row["requested_date"]) or world.as_of
    arrived = later(start, rng.choice((0, 1, 2, 3, 5, 14)))
    if world.chance(0.25):
        arrived = max(start.isoformat(), later(world.as_of, -rng.randint(0, 2)))
    return {
        "quantity_received": str(came),
        "received_date": max(min(arrived, world.as_of.isoformat()), row["requested_date"]),
        "tracking_number": rng.choice(("", "1Z999", "=1Z", "0001")),
    }


def inspect(world: World) -> Row:
    """What the warehouse notes about a returned line."""
    rng = world.rng
    if world.mood == "round":
        return dict(zip(INSPECTION, ("yes", "no", "no", "none"), strict=True))
    return {
        "original_box": rng.choice(("yes", "yes", "yes", "yes", "no")),
        "items_missing": rng.choice(("no", "no", "no", "no", "no", "yes")),
        "packaging_damaged": rng.choice(("no", "no", "no", "no", "no", "yes")),
        "damage_grade": rng.choice(("none", "none", "none", "none", "scratch", "scratch", "dent", "crack")),
        "damage_amount": rng.choice(("",) * 7 + ("0.00", "0.01", "5.55", "900.00")),
    }


# Twists: (world, row, its order row) -> the cells to change. Each aims at one rule, on both sides of a limit.


def twist_window(world: World, row: Row, order: Row) -> Row:
    """RP-1: asked for on the last day, the day after, or long after."""
    delivered = day(order["delivered_date"])
    if not delivered:
        return {}
    window = world.policy_of(day(order["ordered_date"]))["coverage"]["window_days"]
    requested = later(delivered, window + world.rng.choice((0, 0, 1, 1, 2, 30)))
    return {"requested_date": requested, "received_date": max(row["received_date"], requested)}


def twist_underway(world: World, row: Row, order: Row) -> Row:
    """RP-9: nothing has arrived, or not yet."""
    return world.rng.choice((
        {"received_date": "", "quantity_received": ""},
        {"received_date": "", "quantity_received": "", "damage_grade": "", "original_box": ""},
        {"quantity_received": "0"},
        {"quantity_received": ""},
        {"received_date": ""},
        {"received_date": later(world.as_of, 1)},
        {"received_date": later(world.as_of, 3), "quantity_received": ""},
    ))  # fmt: skip


def twist_lost(world: World, row: Row, order: Row) -> Row:
    """RP-9: asked for so long ago that a parcel that is not here counts as lost, to the day."""
    lost = world.policy_of(day(order["ordered_date"]))["receipt"]["lost_after_days"]
    requested = later(world.as_of, -lost + world.rng.choice((-2, -1, -1, 0, 1)))
    return {"requested_date": requested} | twist_underway(world, row, order)


def twist_evidence(world: World, row: Row, order: Row) -> Row:
    """RP-5, RP-13: what the customer or customer service still owes."""
    columns = world.rng.sample(("evidence_complete", "reason_confirmed"), world.rng.choice((1, 1, 2)))
    return {column: world.rng.choice(("", "no")) for column in columns}


def twist_inspection(world: World, row: Row, order: Row) -> Row:
    """RP-8: the inspection is not complete."""
    missing = world.rng.sample(INSPECTION, world.rng.randint(1, 2))
    return dict.fromkeys(missing, "") | ({"damage_amount": "1.50"} if world.chance(0.3) else {})


def twist_grade(world: World, row: Row, order: Row) -> Row:
    """RP-8: a grade that may have no rate, with or without an amount."""
    grade = world.rng.choice((*UNPRICED, "bent", "deep dent", "crack"))
    return {"damage_grade": grade, "damage_amount": world.rng.choice(("", "", "", "2.25"))}


def twist_dispute(world: World, row: Row, order: Row) -> Row:
    """RP-12: the customer has gone to the bank; month ends make the window interesting."""
    opened = ("", later(world.as_of, -3), "2023-11-30", "2024-08-31", "2024-02-29", "2099-12-31")
    return {
        "dispute_status": world.rng.choice(("open", "open", "lost", "won", "none")),
        "dispute_opened_date": world.rng.choice(opened),
    }


def twist_dates(world: World, row: Row, order: Row) -> Row:
    """CT-1: dates that cannot follow each other, and the first and last days that are valid at all."""
    requested = day(row["requested_date"]) or world.as_of
    delivered = day(order["delivered_date"]) or requested
    return world.rng.choice((
        {"requested_date": later(world.as_of, 1)},
        {"requested_date": later(delivered, -1)},
        {"requested_date": later(delivered, -1)},
        {"received_date": later(requested, -1)},
        {"received_date": later(requested, -1)},
        {"requested_date": "2099-12-31"},
        {"received_date": "2000-01-01"},
    ))  # fmt: skip


def twist_units(world: World, row: Row, order: Row) -> Row:
    """CT-2, RP-9: more than is left, all of it, or less than was asked for."""
    bought = whole(order["quantity"]) or 1
    asked = min(world.rng.choice((bought, bought + 1, bought + 2)), MOST_UNITS)
    return {"quantity_requested": str(asked), "quantity_received": str(world.rng.randint(1, asked))}


def twist_figures(world: World, row: Row, order: Row) -> Row:
    """CT-6: a deduction about as large as the line, or larger."""
    text = world.rng.choice((order["unit_price"], "999999999.99", "50.00", "0.01"))
    return world.rng.choice(({"damage_amount": text}, {"damage_amount": text}, {"cancellation_loss": text}))


def twist_fees(world: World, row: Row, order: Row) -> Row:
    """RP-7: one cause of a restocking fee, or two."""
    return world.rng.choice((
        {"original_box": "no"}, {"items_missing": "yes"}, {"packaging_damaged": "yes"},
        {"original_box": "no", "items_missing": "yes"},
    ))  # fmt: skip


def twist_cost(world: World, row: Row, order: Row) -> Row:
    """RP-6: this line states another cost than the rest of its RMA (if it has a rest)."""
    return {"return_shipping_cost": world.rng.choice(("3.21", "0.00", "4.99"))}


def twist_target(world: World, row: Row, order: Row) -> Row:
    """An order or an order line that is not there, or nearly the right one."""
    number, line = order["order_number"], order["order_line"]
    return world.rng.choice((
        {"order_line": "99"}, {"order_line": "0" + line}, {"order_number": "0" + number},
        {"order_number": number.swapcase() + "x"}, {"order_number": "'" + number},
    ))  # fmt: skip


def twist_type(world: World, row: Row, order: Row) -> Row:
    """Another type of return than the rest of its RMA."""
    return {"return_type": world.rng.choice(("return", "refused_delivery", "cancellation"))}


TWISTS: tuple[Callable[[World, Row, Row], Row], ...] = mix(
    (6, twist_window), (6, twist_underway), (4, twist_lost), (6, twist_evidence), (5, twist_inspection),
    (5, twist_grade), (6, twist_dispute), (4, twist_dates), (5, twist_units), (5, twist_figures),
    (7, twist_fees), (1, twist_cost), (2, twist_target), (3, twist_type),
)  # fmt: skip


# -- Rows that contradict, repeat or break -------------------------------------------------------------------

BAD_DATES = (
    "2024-02-30", "2023-02-29", "2024-13-01", "2024-1-5", "20240105", "05.01.2024", "01/05/2024",
    "1999-12-31", "2100-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
    "2024-01-05T10:00:00", "2024-01-05T10:00Z", "2024-01-05  10:00:00Z", "2024-01-05t10:00:00Z",
    "2024-01-05T10:00:00,5Z", "2024-01-05T25:00:00Z", "2024-01-05 10:00:00  -0800", "2024-W01-5", "today",
    "NA", "45000",
    # Valid or not by the year in the store's zone, not by the year that is written.
    "1999-12-31T23:30:00-12:00", "2000-01-01T00:30:00+14:00", "2100-01-01T00:30:00+14:00",
    "2099-12-31 23:30:00 -1200",
)  # fmt: skip
BAD_TEXTS = {
    "text": ("A\x07B", "A\tB", "A\nB", "A\r\nB", "A\x85B", "A\x00B", "A\x7fB", "\x1fA", "A\x1c"),
    "word": ("we\x07b", "no\nne", "\x9fx"),
    "choice": ("Refund", "changed mind", "prodct", "nonee", "NA", "yes"),
    "flag": ("maybe", "yess", "2", "NA", "on", "-", "null"),
    "country": ("USA", "U", "U1", "ÜS", "ＵＳ", "U S"),
    "currency": ("US", "US$", "EURO", "U-D", "ＵＳＤ"),
    "count": ("3.5", "-1", "1000000", "1.0", "one", "1e2", "+1", "１", "1 0", "NA"),
    "money": ("-5", "-0.00", "1,000.00", "$5", "5.", ".5", "1e5", "5.001", "1234567890", "NaN", "NA",
              "5 USD", "+5", "５.00", "٥", "(5.00)", "5,00", "Infinity"),
    "date": BAD_DATES,
}  # fmt: skip


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
    fields = [row[name] if name else "" for name in layout_of(world, kind).names]
    return rng.choice((
        fields[:-1], fields[1:], fields[:5], ["?"], ["total", "3, 4"], [*fields, ""], [*fields, "+", "=1"],
    ))  # fmt: skip


# -- The next night ----------------------------------------------------------------------------------------


def turn_to_next_night(world: World) -> None:
    """Time passes: parcels arrive, people decide, exports are edited, cut and repeated."""
    rng = world.rng
    world.remember()
    world.as_of += timedelta(rng.choice((1, 1, 1, 1, 2, 3, 4, 7, 14, 31, 62)))
    change_orders(world)
    change_returns(world)
    if world.chance(0.15):
        reprice_rma(world)
    number = rng.choice(ORDER_NUMBERS)
    if number not in world.orders_seen and len(world.orders) < 5 and world.chance(0.4):
        world.orders[number] = make_order(world, number)
    for _ in range(rng.choice((0, 1, 1, 2, 3))):
        if len(world.returns) < 11:
            open_rma(world)
    if world.chance(0.15):
        edit_returned_order(world)
    mishaps(world)
    write_resolutions(world, rng.choice((0, 1, 2, 2, 3, 4)))


def change_orders(world: World) -> None:
    """Something happens to some orders, or to what the export says of them."""
    rng = world.rng
    for number in list(world.orders):
        event = rng.choice(ORDER_EVENTS)
        # A spoilt export is often noticed and written again.
        if world.orders[number] != world.orders_seen[number][0] and world.chance(0.3):
            event = "back"
        match event:
            case "edit":
                edit_order(world, number)
            case "ship":
                ship_order(world, number)
            case "back":
                world.orders[number] = rng.choice(world.orders_seen[number][:2])
            case "spoil":
                spoil_order(world, number)
            case "line drops" if len(world.orders[number]) > 1:
                world.orders[number] = world.orders[number][1:]
            case "drop" if len(world.orders) > 1:
                del world.orders[number]
    for number, contents in world.orders_seen.items():
        if number not in world.orders and world.chance(0.4):
            world.orders[number] = contents[-1]


def change_returns(world: World) -> None:
    """Something happens to some return lines, or to what the export says of them."""
    for key, row in list(world.returns.items()):
        event = world.rng.choice(RETURN_EVENTS)
        # What still waits often moves on, and what cannot stay as it is sometimes does not.
        if waits_for(row) and world.chance(0.5):
            event = progress
        elif is_overclaimed(world, key) and world.chance(0.25):
            event = drop
        elif row != world.returns_seen[key][0] and world.chance(0.15):
            event = go_back
        changed = event(world, key, row)
        if changed is None:
            del world.returns[key]
        else:
            world.returns[key] = changed
    for key, earlier in world.returns_seen.items():
        if key not in world.returns and world.chance(0.15):
            world.returns[key] = earlier[-1]


def is_overclaimed(world: World, key: Key) -> bool:
    """Whether tonight's rows claim more units of an order line than it has."""
    order = world.order_row(world.returns[key])
    claimed = sum(units(row) for other, row in world.returns.items() if other[1:] == key[1:])
    return order is not None and claimed > (whole(order["quantity"]) or 1)


def waits_for(row: Row) -> list[str]:
    """The columns of a return row that someone still has to fill in."""
    columns = []
    received = row["received_date"] and whole(row["quantity_received"])
    if not received and row["return_type"] != "cancellation":
        columns.append("received_date")
    if row["return_type"] == "return":
        columns += [column for column in ("evidence_complete", "reason_confirmed") if row[column] != "yes"]
        columns += [column for column in INSPECTION if row[column] in UNPRICED]
    elif row["return_type"] == "cancellation" and row["reason_confirmed"] != "yes":
        columns.append("reason_confirmed")
    if row["dispute_status"] == "open":
        columns.append("dispute_status")
    return columns


# Events of a later night: (world, key, row) -> the row now, or None: it is no longer exported.


def keep(world: World, key: Key, row: Row) -> Row | None:
    """The row is repeated as it was."""
    return row


def drop(world: World, key: Key, row: Row) -> Row | None:
    """The export no longer reaches back to the row."""
    return None if len(world.returns) > 2 else row


def progress(world: World, key: Key, row: Row) -> Row | None:
    """Some or all of what was missing comes in."""
    row = dict(row)
    waiting = waits_for(row)
    if len(waiting) > 1 and world.chance(0.3):
        waiting = waiting[:1]
    for column in waiting:
        match column:
            case "received_date":
                row |= receive(world, row)
            case "evidence_complete" | "reason_confirmed":
                row[column] = "yes"
            case "dispute_status":
                row[column] = world.rng.choice(("won", "won", "lost", "none"))
            case "damage_grade" if world.chance(0.5):
                row["damage_amount"] = world.rng.choice(("0.00", "1.99", "40.00"))
            case _:
                row[column] = inspect(world)[column]
    return row


def second_parcel(world: World, key: Key, row: Row) -> Row | None:
    """RP-9: more units arrive on the same line (of a cancellation: are cancelled), perhaps worse ones."""
    rng = world.rng
    asked, came = whole(row["quantity_requested"]), whole(row["quantity_received"])
    if asked is None:
        return row
    row = dict(row)
    if row["return_type"] == "cancellation":
        row["quantity_requested"] = str(min(asked + 1, MOST_UNITS))
        if row["cancellation_loss"] and world.chance(0.5):
            row["cancellation_loss"] = other_text(world, "cancellation_loss", row["cancellation_loss"])
        return row
    order = world.order_row(row)
    if came == asked and order and not has_units_left(world, order) and world.chance(0.7):
        return row
    came = min((came or 0) + rng.choice((1, 1, 2)), MOST_UNITS)
    # More than was asked for needs a larger request, or is a mistake in the cell.
    if came > asked and world.chance(0.9):
        row["quantity_requested"] = str(came)
    row["quantity_received"] = str(came)
    if world.chance(0.8):
        row["received_date"] = max(later(world.as_of, -rng.choice((0, 1))), row["requested_date"])
    if world.chance(0.3):
        row["damage_amount"] = rng.choice(("2.00", "5.56", "30.00"))
    if world.chance(0.2):
        row |= rng.choice(WORSE)
    if world.chance(0.15):
        row["dispute_status"] = rng.choice(("open", "lost", "won"))
    return row


WORSE = ({"damage_grade": "crack"}, {"original_box": "no"}, {"evidence_complete": "no"}, {"reason": "other"})


def dispute(world: World, key: Key, row: Row) -> Row | None:
    """RP-12: a dispute is opened, won, lost or withdrawn, also about money that is already paid."""
    status = world.rng.choice(("open", "open", "lost", "won", "none"))
    opened = world.rng.choice(("", later(world.as_of, -1)))
    return row | {"dispute_status": status, "dispute_opened_date": opened}


def go_back(world: World, key: Key, row: Row) -> Row | None:
    """The row reads again as on an earlier night."""
    return world.rng.choice(world.returns_seen[key])


def edit(world: World, key: Key, row: Row) -> Row | None:
    """Something that decides is written differently."""
    return edited_claim(world, row)


def retrack(world: World, key: Key, row: Row) -> Row | None:
    """Something that does not decide is written differently."""
    return row | {"tracking_number": world.rng.choice(("", "1Z000", "=2"))}


def spoil(world: World, key: Key, row: Row) -> Row | None:
    """A cell becomes invalid."""
    return spoil_row(world, row)


ORDER_EVENTS = mix(
    (70, "keep"), (10, "edit"), (6, "ship"), (4, "back"), (2, "spoil"), (3, "line drops"), (5, "drop")
)  # fmt: skip
RETURN_EVENTS: tuple[Callable[[World, Key, Row], Row | None], ...] = mix(
    (58, keep), (9, drop), (12, second_parcel), (6, dispute), (5, go_back), (4, edit), (4, retrack),
    (1, spoil),
)  # fmt: skip


def reprice_rma(world: World) -> None:
    """RP-6: the cost of one RMA's parcels is known better, mostly after a part of it was charged."""
    if not world.returns:
        return
    rma = world.rng.choice(list(world.returns))[0]
    text = world.rng.choice(("0.00", "6.66", "15.00", "20.01"))
    for key, row in world.returns.items():
        if key[0] == rma:
            world.returns[key] = row | {"return_shipping_cost": text}


# -- Resolutions -------------------------------------------------------------------------------------------


def write_resolutions(world: World, fresh: int) -> None:
    """Tonight's resolutions: new ones, some repeated, some contradicting, some left blank by the analyst."""
    rng = world.rng
    rows: list[Row] = []
    earlier = world.resolutions_seen
    if earlier and world.chance(0.3):
        # People keep one growing file.
        rows += earlier
    elif earlier and world.chance(0.3):
        rows.append(rng.choice(earlier))
    new = [row for _ in range(fresh) for row in make_resolutions(world)]
    if new and world.chance(0.2):
        new.append(rng.choice(new) | {"note": "again"})
    if new + earlier and world.chance(0.2):
        row = rng.choice(new + earlier)
        new.append(row | rng.choice((
            {"action": "reject"}, {"action": "allow"}, {"amount": "1.00"}, {"order_line": ""},
            {"resolved_by": "bo"},
        )))  # fmt: skip
    world.resolutions_seen = earlier + new
    if new and world.chance(0.4):
        # A line of exceptions.csv that the analyst left undecided.
        new = [*new, rng.choice(new) | {"action": "", "resolved_by": ""}]
    world.resolutions = rows + new


def make_resolutions(world: World) -> list[Row]:
    """One decision of a person: one row, or one for each RMA of an order that waits for approval."""
    rng = world.rng
    rows = list(world.returns.values()) if world.chance(0.9) else []
    rows = rows or [contents[-1] for contents in world.returns_seen.values()]
    if not rows:
        return [resolution(world, dict.fromkeys(RETURN_COLUMNS, "R1"), "damage", "waive")]
    kind = rng.choice(RESOLUTION_KINDS)
    row = rng.choice(rows)
    if kind == "finding" or world.chance(0.2):
        # People decide where there is something to decide.
        row = max(rng.sample(rows, min(3, len(rows))), key=lambda row: len(plausible_codes(world, row)))
    limits = {policy.get("approval", {}).get("limit") for policy in world.policies}
    if world.chance(0.6 if limits - {"2500.00", None} else 0.03):
        return approve_order(world, row["order_number"], rows)
    unpriced = [row for row in rows if row["return_type"] == "return" and row["damage_grade"] in UNPRICED]
    if unpriced and world.chance(0.4):
        row = rng.choice(unpriced)
        amount = rng.choice(("", "3.00", "0.00"))
        priced = resolution(world, row, "damage", "set-amount" if amount else "waive")
        return [priced | {"amount": amount, "order_line": row["order_line"]}]
    match kind:
        case "waive":
            code = rng.choice(plausible_deductions(row)) if world.chance(0.8) else rng.choice(WAIVABLE)
            return [resolution(world, row, code, "waive")]
        case "set":
            code = rng.choice(plausible_deductions(row))
            amount = rng.choice(("0.00", "0", "1.00", "2.5", "33.33", "999999999.99"))
            named = row["order_line"] if world.chance(0.9) else ""
            return [resolution(world, row, code, "set-amount") | {"amount": amount, "order_line": named}]
        case "flawed":
            return [flawed_resolution(world, row)]
    code = rng.choice(plausible_codes(world, row))
    action = "allow" if code in ALLOWABLE and (code not in HOLD_CODES or world.chance(0.65)) else "reject"
    return [resolution(world, row, code, action)]


RESOLUTION_KINDS = mix((14, "finding"), (4, "waive"), (4, "set"), (3, "flawed"))


def resolution(world: World, row: Row, code: str, action: str) -> Row:
    """A resolution of a return row, of its line or of its whole RMA."""
    rng = world.rng
    whole_rma = world.chance(0.3)
    return {
        "rma_number": row["rma_number"],
        "order_number": row["order_number"] if world.chance(0.7) else "",
        "order_line": "" if whole_rma else row["order_line"],
        "code": code,
        "action": action,
        "amount": rng.choice(("", "", "500.00")) if code == "approval-required" else "",
        "resolved_by": rng.choice(PEOPLE),
        "note": rng.choice(NOTES),
    }


def flawed_resolution(world: World, row: Row) -> Row:
    """A resolution that can never apply, or hardly."""
    rng = world.rng
    others = rng.choice((ALLOWABLE, HOLD_CODES, OTHER_CODES, WAIVABLE))
    code = rng.choice((*plausible_codes(world, row), *others))
    sound = resolution(world, row, code, rng.choice(("allow", "reject", "waive", "set-amount")))
    return sound | rng.choice((
        {}, {}, {"rma_number": "R-unknown"}, {"rma_number": ""}, {"rma_number": row["rma_number"] + "x"},
        {"order_line": "99"}, {"order_number": "no such"}, {"resolved_by": ""}, {"action": "approve"},
        {"action": sound["action"].title()}, {"code": code.upper()}, {"code": "no-such-code"}, {"code": ""},
        {"amount": "-5"}, {"amount": "5.001"}, {"amount": "NA"}, {"action": "set-amount", "code": "damage"},
        {"action": "set-amount", "code": "damage", "amount": "1.00", "order_line": ""},
        {"action": "allow", "code": "approval-required"},
    ))  # fmt: skip


def approve_order(world: World, number: str, rows: list[Row]) -> list[Row]:
    """CT-3: a person approves the payouts of an order, with a sum just enough, too small or generous."""
    rng = world.rng
    asked = [row for row in rows if row["order_number"] == number]
    total = sum(plain_claim(world, row) for row in asked)
    amounts = (total, total, total - 1, total + 1, MOST_CENTS, MOST_CENTS, MOST_CENTS, 100)
    amount = cents_text(max(rng.choice(amounts), 0))
    found = {}
    for row in asked:
        decided = resolution(world, row, "approval-required", "allow") | {"amount": amount}
        found[decided["rma_number"], decided["order_line"]] = decided
    approvals = list(found.values())
    return approvals[:-1] if len(approvals) > 1 and world.chance(0.15) else approvals


def plain_claim(world: World, row: Row) -> int:
    """The cents that a line is worth where nothing is deducted and no share is rounded."""
    order = world.order_row(row)
    if order is None:
        return 0
    price, discount, tax = (cents(order[name]) or 0 for name in ("unit_price", "line_discount", "line_tax"))
    bought = whole(order["quantity"]) or 1
    return (price * bought - discount + tax) * min(units(row), bought) // bought


def plausible_deductions(row: Row) -> list[str]:
    """Deductions that the type of a return row has."""
    return {
        "return": ["damage", "damage", "restocking_fee"],
        "refused_delivery": ["damage"],
        "cancellation": ["cancellation_loss"],
    }.get(row["return_type"], ["damage"])


def plausible_codes(world: World, row: Row) -> list[str]:
    """Finding codes that a return row may carry tonight; a guess, not a judgement."""
    codes = [world.rng.choice(HOLD_CODES + ("units-exceed-purchase",) * 8 + ("approval-required",) * 4)]
    unconfirmed = "pickup-unconfirmed" if row["return_type"] == "cancellation" else "reason-unconfirmed"
    for column in waits_for(row):
        codes += {
            "received_date": ["awaiting-receipt"],
            "evidence_complete": ["evidence-missing"] * 3,
            "reason_confirmed": [unconfirmed] * 3,
            "dispute_status": ["dispute-open"] * 2,
            "damage_grade": ["inspection-missing", "damage-unpriced", "damage-unpriced"],
        }.get(column, ["inspection-missing"])
    if row["dispute_status"] == "lost":
        codes.append("disputed-after-refund")
    order = world.order_row(row)
    if order is None:
        return [*codes, "order-not-found"]
    rules = world.policy_of(day(order["ordered_date"]))["coverage"]
    requested = day(row["requested_date"])
    delivered, picked = day(order["delivered_date"]), day(order["picked_up_date"])
    if order["sales_channel"].lower() in rules["excluded_channels"]:
        codes += ["channel-excluded"] * 3
    if order["ship_country"] not in rules["countries"]:
        codes += ["outside-region"] * 3
    if order["item_type"] == "accessory":
        codes += ["accessory-excluded"] * 2
    if requested and delivered and (requested - delivered).days > rules["window_days"]:
        codes += ["window-expired"] * 4
    if requested and (requested > world.as_of or (delivered and requested < delivered)):
        codes += ["dates-out-of-order"] * 3
    if picked and row["return_type"] == "cancellation":
        codes += ["picked-up", "pickup-unconfirmed"]
    key = (row["rma_number"], row["order_number"], row["order_line"])
    if earlier := world.returns_seen.get(key):
        codes.append("order-changed-after-refund")
        if row != earlier[-1] or row != earlier[0]:
            codes += ["changed-after-refund"] * 4
        if row["dispute_status"] != earlier[0]["dispute_status"]:
            codes += ["disputed-after-refund"] * 4
    if any(copy["rma_number"] == row["rma_number"] for copy in world.return_copies):
        codes += ["conflicting-rows", "conflicting-rma", "invalid-value"]
    return codes


# -- Writing the files -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Layout:
    """How one file is laid out: its columns (None: an extra one), their headers, its writer's habits."""

    names: tuple[str | None, ...]
    headers: tuple[str, ...]
    newline: str
    bom: bool
    quotes_all: bool
    quirks: float  # how often a row is written with quirks


EXTRA_HEADERS = (
    "", "", "Notes", "notes", " ", "Financial Status", "a,b", 'the "extra"', "line\nbreak", "=x",
    "first_seen",
)  # fmt: skip
PADDING = (" ", "  ", "\t", "\u00a0", "\u3000", "\u2003", "\u2028", "\x85", "\n", "\r\n", "\u202f")
NEEDS_QUOTES = re.compile(r'[",\r\n]')
LOOKS_LIKE_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")


def layout_of(world: World, kind: str, fresh: bool = False) -> Layout:
    """The layout of a kind's files; a shop's exports mostly look alike from night to night."""
    if kind in world.layouts and not fresh:
        return world.layouts[kind]
    rng = world.rng
    names: list[str | None] = list(COLUMNS[kind])
    if kind == "resolutions":
        rare = {"order_number": 0.25, "amount": 0.08, "note": 0.4}
        names = [name for name in names if not world.chance(rare.get(name or "", 0))]
    if world.chance(0.5):
        rng.shuffle(names)
    for _ in range(rng.choice((0, 0, 0, 1, 1, 2, 3))):
        names.insert(rng.randint(0, len(names)), None)
    odd = world.chance(0.3)
    layout = Layout(
        names=tuple(names),
        headers=tuple(
            rng.choice(EXTRA_HEADERS) if name is None else odd_case(rng, name) if odd else name for name in names
        ),
        newline=rng.choice(("\n",) * 12 + ("\r\n",) * 7 + ("mixed",)),
        bom=world.chance(0.2),
        quotes_all=world.chance(0.07),
        quirks=rng.choice((0.0, 0.0, 0.1, 0.3, 1.0)),
    )
    world.layouts[kind] = layout
    return layout


def odd_case(rng: random.Random, name: str) -> str:
    """The same word in another case, perhaps with white space around it."""
    text = rng.choice((name, name.upper(), name.title(), name.swapcase(), name.capitalize()))
    return padded(rng, text) if rng.random() < 0.15 else text


def padded(rng: random.Random, text: str) -> str:
    """White space that trimming takes away again."""
    return rng.choice(("", rng.choice(PADDING))) + text + rng.choice(("", *PADDING))


def write_night(world: World) -> NightInput:
    """Tonight's story as files."""
    orders = [row for rows in world.orders.values() for row in rows] + world.order_copies
    returns = list(world.returns.values()) + world.return_copies
    # An export may be empty: a header and no more.
    files = write_kind(world, "orders", [] if world.chance(0.005) else orders)
    files += write_kind(world, "returns", [] if world.chance(0.01) else returns)
    if world.resolutions or world.malformed["resolutions"] or world.chance(0.15):
        files += write_kind(world, "resolutions", world.resolutions)
    return NightInput(world.as_of, tuple(files))


def write_kind(world: World, kind: str, rows: list[Row]) -> list[tuple[str, str, bytes]]:
    """The rows of one kind in one file or several, by name."""
    rng = world.rng
    rows = list(rows)
    # Of two resolutions the later one wins: their order is a part of the story.
    if kind != "resolutions" and world.chance(0.6):
        rng.shuffle(rows)
    shares = [rows]
    if world.chance(0.2):
        cuts = sorted(rng.randint(0, len(rows)) for _ in range(rng.choice((1, 1, 2))))
        shares = [rows[start:end] for start, end in zip([0, *cuts], [*cuts, len(rows)], strict=True)]
    elif kind != "resolutions" and world.chance(0.01):
        shares = [rows, rows]
    names = sorted([f"{kind}.csv", *(f"{kind}-{number}.csv" for number in range(2, len(shares) + 1))])
    bad_in = rng.randrange(len(shares))
    files = []
    for i, (name, share) in enumerate(zip(names, shares, strict=True)):
        layout = layout_of(world, kind, fresh=world.chance(0.25))
        content = write_file(world, kind, layout, share, world.malformed[kind] if i == bad_in else [])
        files.append((kind, name, content))
    return files


def write_file(world: World, kind: str, layout: Layout, rows: list[Row], malformed: list[list[str]]) -> bytes:
    """One CSV file."""
    rng = world.rng
    lines = [csv_line(world, layout, layout.headers)]
    for row in rows:
        if kind == "resolutions":
            row = escaped(world, row)
            if rng.random() < layout.quirks:
                row |= {name: padded(rng, row[name]) for name in rng.sample(tuple(RESOLUTION_COLUMNS), 2)}
        elif rng.random() < layout.quirks:
            row = respelt(world, COLUMNS[kind], row)
        cells = [rng.choice(NOTES) if name is None else row[name] for name in layout.names]
        lines.append(csv_line(world, layout, cells))
    for fields in malformed:
        lines.insert(rng.randint(1, len(lines)), csv_line(world, layout, fields, plain=True))
    if world.chance(0.12):
        for _ in range(rng.randint(1, 3)):
            lines.insert(rng.randint(0 if world.chance(0.1) else 1, len(lines)), "")
    if layout.newline == "mixed":
        text = "".join(line + rng.choice(("\n", "\r\n")) for line in lines)
    else:
        text = layout.newline.join(lines) + layout.newline
    if world.chance(0.15) and lines[-1] and not lines[-1].endswith('"'):
        text = text.rstrip("\r\n")
    return (b"\xef\xbb\xbf" if layout.bom else b"") + text.encode()


def csv_line(world: World, layout: Layout, cells: Sequence[str], plain: bool = False) -> str:
    """Cells with quotes where needed and, unless plain, in some places where not."""
    if layout.quotes_all and not plain:
        return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)
    fancy = not plain and world.rng.random() < layout.quirks
    if not fancy and not NEEDS_QUOTES.search("".join(cells)):
        return ",".join(cells)
    return ",".join(csv_cell(world.rng, cell, fancy) for cell in cells)


def csv_cell(rng: random.Random, cell: str, fancy: bool) -> str:
    """One cell as RFC 4180 and its lenient readers know it."""
    if not NEEDS_QUOTES.search(cell):
        if not fancy or rng.random() > 0.1:
            return cell
        # Text after a closing quote belongs to the cell.
        cut = len(cell) if rng.random() < 0.8 else rng.randint(0, len(cell))
        return f'"{cell[:cut]}"{cell[cut:]}'
    if fancy and not cell.startswith('"') and not re.search(r"[,\r\n]", cell) and rng.random() < 0.5:
        # A quote inside an unquoted cell is an ordinary character.
        return cell
    return '"' + cell.replace('"', '""') + '"'


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
