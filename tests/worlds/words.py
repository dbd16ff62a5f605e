"""Columns, identifiers and words of the files, and the clean cell texts of cents, counts and dates."""

import random
import re
from datetime import date, timedelta
from typing import Any, TypeVar

Policy = dict[str, Any]  # one version, as tomllib parses it
Row = dict[str, str]  # one row of a file: column -> text of the cell, before any quirk of writing
Key = tuple[str, str, str]  # rma_number, order_number, order_line
T = TypeVar("T")


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
OPTIONAL_COLUMNS = {"refunded_amount": "money"}  # a file may lack it, and only worlds of every rule write it
COLUMNS = {"orders": ORDER_COLUMNS | OPTIONAL_COLUMNS, "returns": RETURN_COLUMNS, "resolutions": RESOLUTION_COLUMNS}
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
# The codes that only worlds of every rule speak of.
ALLOWABLE_OF_EVERY_RULE = (*ALLOWABLE, "channel-unknown", "condition-excluded", "stopped-by-review",
                           "delivered-not-refused", "refunded-elsewhere")  # fmt: skip
HOLD_CODES_OF_EVERY_RULE = (*HOLD_CODES, "channel-unknown", "stopped-by-review", "delivered-not-refused",
                            "refunded-elsewhere", "left-the-export")  # fmt: skip
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
APPROVERS = (*PEOPLE, "controller", "Weiß", "İnci")
FLAG_WORDS = {
    "yes": ("yes", "Y", "TRUE", "1", "True", "YES", "y"),
    "no": ("no", "N", "False", "0", "FALSE", "n"),
}
NOTES = (
    "", "", "plain", "a, b", 'said "no"', "two\nlines", "two\r\nlines\r\n", '"', "'", "=1+1", "NA", "\t", ",",
)  # fmt: skip


def cased(rng: random.Random, name: str) -> str:
    """The name in some case; not every case of every name lower-cases to the same."""
    return rng.choice((name, name, name.lower(), name.upper(), name.title()))


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
