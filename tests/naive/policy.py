"""Section 2: policy versions."""

import re
import zoneinfo
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from tests.naive.cell_types import letters, read_money
from tests.naive.common import Date, NightRefused
from tests.naive.files_in import REASONS

ACCOUNTS = (
    "sales_returns",
    "sales_tax_payable",
    "shipping_income",
    "return_shipping_recovered",
    "outbound_shipping_recovered",
    "restocking_fees",
    "damage_recoveries",
    "cancellation_recoveries",
    "refunds_payable",
    "refund_clearing",
)
TRIGGERS = ("original_box_missing", "items_missing", "packaging_damaged")


def policy_word(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("is not a text")
    return value


def policy_not_blank(value: Any) -> str:
    """Not blank: an excluded channel of white space would be contained in every channel with two words."""
    if not policy_word(value).strip():
        raise ValueError("is blank")
    return str(value)


def policy_zone(value: Any) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(policy_word(value))
    except (OSError, zoneinfo.ZoneInfoNotFoundError) as error:
        raise ValueError("is not a time zone") from error


def policy_date(value: Any) -> Date:
    if type(value) is not Date:
        raise ValueError("is not a date")
    return value


def policy_count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("is not a whole number from 0")
    return value


def policy_rate(value: Any) -> Fraction:
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", policy_word(value)):
        raise ValueError("is not a rate")
    if Fraction(value) > 1:
        raise ValueError("is above 1")
    return Fraction(value)


def policy_money(value: Any) -> int:
    return read_money(policy_word(value))


def policy_list(read: Callable[[Any], Any]) -> Callable[[Any], list[Any]]:
    def read_all(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise ValueError("is not a list")
        return [read(item) for item in value]

    return read_all


def policy_words_among(*words: str) -> Callable[[Any], list[Any]]:
    def read(value: Any) -> str:
        if value not in words:
            raise ValueError(f"names none of {', '.join(words)}")
        return str(value)

    return policy_list(read)


def policy_approvers(value: Any) -> list[str]:
    """Compared without regard to case."""
    names = policy_list(lambda name: policy_not_blank(name).lower())(value)
    if not names:
        raise ValueError("names nobody")
    return names


def policy_rates(value: Any) -> dict[str, Fraction]:
    if not isinstance(value, dict):
        raise ValueError("is not a table")
    return {grade.lower(): policy_rate(rate) for grade, rate in value.items()}


POLICY_KEYS: dict[str, Callable[[Any], Any]] = {
    "version": policy_word,
    "effective_from": policy_date,
    "currency": lambda value: letters(3)(policy_word(value), None),  # type: ignore[arg-type]
    "confirmed_by": policy_word,
    "time_zone": policy_zone,
    "coverage.window_days": policy_count,
    "coverage.countries": policy_list(lambda value: letters(2)(policy_word(value), None)),  # type: ignore[arg-type]
    "coverage.excluded_channels": policy_list(lambda value: policy_not_blank(value).lower()),
    "coverage.channels": policy_list(lambda value: policy_word(value).lower()),
    "coverage.excluded_grades": policy_list(lambda value: policy_word(value).lower()),
    "coverage.accessory_reasons": policy_words_among(*REASONS),
    "return_shipping.waived_for": policy_words_among(*REASONS),
    "restocking.rate": policy_rate,
    "restocking.triggers": policy_words_among(*TRIGGERS),
    "restocking.waived_for": policy_words_among(*REASONS),
    "damage.waived_for": policy_words_among(*REASONS),
    "damage.rates": policy_rates,
    "receipt.lost_after_days": policy_count,
    "processing.business_days": policy_count,
    "processing.closures": policy_list(policy_date),
    "payout.lag_business_days": policy_count,
    "bank.credit_min_business_days": policy_count,
    "bank.credit_max_business_days": policy_count,
    "bank.closures": policy_list(policy_date),
    "dispute.min_months": policy_count,
    "dispute.max_months": policy_count,
    "approval.limit": policy_money,
    "approval.approvers": policy_approvers,
    **{f"accounts.{account}.{part}": policy_word for account in ACCOUNTS for part in ("code", "name")},
}
MAY_BE_LEFT_OUT: dict[str, Any] = {
    "confirmed_by": None,
    "coverage.channels": None,  # left out: every channel is known
    "coverage.excluded_grades": [],
    "approval.limit": None,
    "approval.approvers": None,  # left out: anybody may approve
    "processing.closures": [],
    "bank.closures": [],
}
Policy = dict[str, Any]  # "restocking.rate" -> typed value


def flatten(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """A TOML table as dotted keys; a table that is itself a value (damage.rates) is left whole."""
    flat: dict[str, Any] = {}
    for name, value in table.items():
        key = prefix + name
        holds_keys = any(known.startswith(key + ".") for known in POLICY_KEYS)
        if holds_keys and isinstance(value, dict):
            flat.update(flatten(value, key + "."))
        else:
            flat[key] = value
    return flat


def read_policy(table: dict[str, Any]) -> Policy:
    given = flatten(table)
    if unknown := sorted(set(given) - set(POLICY_KEYS)):
        raise NightRefused(78, f"policy: unknown key {unknown[0]}")
    policy: Policy = {}
    for key, read in POLICY_KEYS.items():
        if key not in given and key not in MAY_BE_LEFT_OUT:
            raise NightRefused(78, f"policy: no {key}")
        try:
            policy[key] = read(given[key]) if key in given else MAY_BE_LEFT_OUT[key]
        except ValueError as error:
            raise NightRefused(78, f"policy: {key} {error}") from error
    for channel in policy["coverage.channels"] or []:
        if is_excluded_channel(channel, policy):
            raise NightRefused(78, f"policy: coverage.channels has {channel}, which is excluded")
    return policy


def is_excluded_channel(channel: str, policy: Policy) -> bool:
    """A channel is excluded when it contains one of the excluded words; all are in lower case."""
    return any(word in channel for word in policy["coverage.excluded_channels"])


def may_approve(person: str, policy: Policy) -> bool:
    """Section 8: one of approval.approvers, where the key is given."""
    return policy["approval.approvers"] is None or person.lower() in policy["approval.approvers"]


def read_policies(tables: list[dict[str, Any]]) -> list[Policy]:
    """All versions, oldest first."""
    if not tables:
        raise NightRefused(78, "no policy")
    policies = [read_policy(table) for table in tables]
    for key in ("version", "effective_from"):
        if len({policy[key] for policy in policies}) < len(policies):
            raise NightRefused(78, f"policy: two versions with one {key}")
    for key in ("currency", "time_zone"):
        if len({str(policy[key]) for policy in policies}) > 1:
            raise NightRefused(78, f"policy: versions differ in {key}")
    return sorted(policies, key=lambda policy: policy["effective_from"])


def in_force_on(day: Date, policies: list[Policy]) -> Policy | None:
    """Section 2: the latest effective_from that is not after the day."""
    begun = [policy for policy in policies if policy["effective_from"] <= day]
    return begun[-1] if begun else None
