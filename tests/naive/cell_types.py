"""Section 3, types: each reader returns the typed value of a cell or raises ValueError."""

import datetime
import re
import zoneinfo
from collections.abc import Callable
from typing import Any

from tests.naive.common import Date

Reader = Callable[[str, zoneinfo.ZoneInfo], Any]


def read_text(text: str, _: Any = None) -> str:
    if any(char <= "\x1f" or "\x7f" <= char <= "\x9f" for char in text):
        raise ValueError("has a control character")
    return text


def read_lower_text(text: str, _: Any = None) -> str:
    return read_text(text).lower()


def read_money(text: str, _: Any = None) -> int:
    """Cents."""
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,2})?", text):
        raise ValueError("is not an amount of money")
    whole, _, cents = text.partition(".")
    return int(whole) * 100 + int(cents.ljust(2, "0"))


def read_count(text: str, _: Any = None) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise ValueError("is not a whole number")
    return int(text)


def read_count_from_1(text: str, _: Any = None) -> int:
    count = read_count(text)
    if count < 1:
        raise ValueError("is not at least 1")
    return count


def read_flag(text: str, _: Any = None) -> bool:
    if text.lower() in ("yes", "y", "true", "1"):
        return True
    if text.lower() in ("no", "n", "false", "0"):
        return False
    raise ValueError("is not a yes or a no")


def letters(how_many: int) -> Reader:
    def read(text: str, _: Any = None) -> str:
        if not re.fullmatch(rf"[A-Za-z]{{{how_many}}}", text):
            raise ValueError(f"is not {how_many} letters")
        return text.upper()

    return read


def choice(*words: str) -> Reader:
    def read(text: str, _: Any = None) -> str:
        if text.lower() not in words:
            raise ValueError(f"is none of {', '.join(words)}")
        return text.lower()

    return read


DAY = r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
TIME = r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?"
OFFSET = r"(?:Z|([+-])([0-9]{2}):?([0-9]{2}))"


def read_date(text: str, zone: zoneinfo.ZoneInfo) -> Date:
    """A day, or a timestamp that becomes a day in the store's zone; 2000 to 2099, tested after the change."""
    if match := re.fullmatch(DAY, text):
        day = Date(*(int(part) for part in match.groups()))
    elif match := re.fullmatch(f"{DAY}[T ]{TIME} ?{OFFSET}", text):
        *moment, sign, hours, minutes = match.groups()
        offset = datetime.timedelta()
        if sign:
            if int(hours) > 23 or int(minutes) > 59:
                raise ValueError("has no valid offset")
            offset = datetime.timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1)
        try:
            year, month, day_of_month, hour, minute, second = (int(part) for part in moment)
            where = datetime.timezone(offset)
            stamp = datetime.datetime(year, month, day_of_month, hour, minute, second, tzinfo=where)
            day = stamp.astimezone(zone).date()
        except OverflowError as error:
            raise ValueError("is out of range") from error
    else:
        raise ValueError("is not a date")
    if not 2000 <= day.year <= 2099:
        raise ValueError("is not in the years 2000 to 2099")
    return day
