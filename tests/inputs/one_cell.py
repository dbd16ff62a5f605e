"""One cell by the standard library: what it comes to, or a ValueError that says what is wrong (rulebook 3).

Independent of the product's parsers, which read whole columns.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from refund_calc.inputs.contracts import Column
from tests.inputs.reading import ZONE

EPOCH = date(1970, 1, 1)
YES, NO = {"yes", "y", "true", "1"}, {"no", "n", "false", "0"}


def one_text(cell: str) -> str:
    if re.search(r"[\x00-\x1f\x7f-\x9f]", cell):
        raise ValueError("holds a control character")
    return cell


def one_amount(cell: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,2})?", cell):
        raise ValueError("is not an amount such as 12.34 (digits, at most two decimals, never negative)")
    whole, _, decimals = cell.partition(".")
    return int(whole) * 100 + int(decimals.ljust(2, "0"))


def one_count(cell: str, least: int) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", cell):
        raise ValueError("is not a whole number of at most 6 digits")
    if int(cell) < least:
        raise ValueError(f"is below {least}")
    return int(cell)


def one_flag(cell: str) -> bool:
    if cell.lower() not in YES | NO:
        raise ValueError("is not yes or no")
    return cell.lower() in YES


def one_word(cell: str, words: tuple[str, ...]) -> str:
    if cell.lower() not in words:
        raise ValueError("is not one of " + ", ".join(words))
    return cell.lower()


def letters(cell: str, count: int, what: str) -> str:
    if not re.fullmatch(f"[A-Za-z]{{{count}}}", cell):
        raise ValueError(f"is not {what}")
    return cell.upper()


def one_day(cell: str) -> int:
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)([T ](\d\d:\d\d:\d\d)(\.\d+)? ?(Z|[+-]\d\d:?\d\d))?", cell, re.ASCII)
    if not found:
        raise ValueError("is not a date YYYY-MM-DD, nor a timestamp with a zone such as 2026-03-01T20:10:00Z")
    day, is_stamp, clock, _, zone = found.groups()
    try:
        if is_stamp:
            moment = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=UTC)
            away = timedelta(0) if zone == "Z" else offset_of(zone.replace(":", ""))
        else:
            moment, away = datetime.fromisoformat(day), timedelta(0)
    except ValueError:
        raise ValueError("is not a day or time that exists") from None
    outside = "is outside the years 2000-2099"
    if not is_stamp and not 2000 <= moment.year <= 2099:
        raise ValueError(outside)
    try:
        local = (moment - away).astimezone(ZoneInfo(ZONE)) if is_stamp else moment
    except OverflowError:  # before the year 1, after the year 9999
        raise ValueError(f"{outside} in the store's time zone") from None
    if not 2000 <= local.year <= 2099:
        raise ValueError(f"{outside} in the store's time zone")
    return (local.date() - EPOCH).days


def offset_of(zone: str) -> timedelta:
    hours, minutes = int(zone[1:3]), int(zone[3:])
    if hours > 23 or minutes > 59:
        raise ValueError(zone)
    return timedelta(hours=hours, minutes=minutes) * (1 if zone[0] == "+" else -1)


def one_cell(column: Column, cell: str) -> Any:
    """What one trimmed cell comes to."""
    if cell == "":
        if not column.blank:
            raise ValueError("is blank, but a value is required")
        return None
    reader: dict[str, Callable[[], Any]] = {
        "text": lambda: one_text(cell),
        "lower": lambda: one_text(cell).lower(),
        "country": lambda: letters(cell, 2, "a country of two letters such as US"),
        "currency": lambda: letters(cell, 3, "a currency of three letters such as USD"),
        "money": lambda: one_amount(cell),
        "count": lambda: one_count(cell, column.cell.least),
        "date": lambda: one_day(cell),
        "flag": lambda: one_flag(cell),
        "choice": lambda: one_word(cell, column.cell.words),
    }
    return reader[column.cell.kind]()
