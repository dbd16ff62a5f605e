"""One to three policy versions, with figures that small orders reach."""

import random
from collections.abc import Sequence
from datetime import date, timedelta

from tests.worlds.policy_switches import add_switches
from tests.worlds.words import REASONS, TRIGGERS, Policy, mix


def make_policies(rng: random.Random, as_of: date, mood: str, every_rule: bool = False) -> tuple[Policy, ...]:
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
    if every_rule:
        add_switches(rng, policies, mood)
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
