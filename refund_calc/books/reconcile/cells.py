"""Dates and amounts as processors write them, to day numbers and cents."""

import re
from datetime import date
from functools import cache

from refund_calc.history.nights import EPOCH

DATE_FORMS = ("MDY", "DMY")
_ISO = re.compile(r"(20\d\d)[-/](\d\d?)[-/](\d\d?)(?:[ T].*)?")
_OTHERS = re.compile(r"(\d\d?)([./])(\d\d?)\2(20\d\d)(?: .*)?")
# Thousands stand in threes behind one sign, and decimals behind another, which tells 1.234,56 from 1,234.56.
_AMOUNT = re.compile(
    r"([-\u2212]?)\s?[$€£]?\s?"
    r"(?:(\d+)(?:[.,](\d\d?))?|(\d{1,3}(?:([.,'\u2019\u00a0\u202f ])\d{3})(?:\5\d{3})*)(?:(?!\5)[.,](\d\d))?)"
)
_NO_DIGIT = re.compile(r"\D")


@cache
def day_of(text: str, form: str) -> int | None:
    """A day number, None where the text is no date.

    `form` is MDY or DMY: what 03/04/2026 means. Dates with dots have the day first, as German files do; of a time
    stamp the date counts as it is written.
    """
    if found := _ISO.fullmatch(text):
        year, month, day = (int(part) for part in found.groups())
    elif found := _OTHERS.fullmatch(text):
        first, dot, second, last = found.groups()
        is_day_first = dot == "." or form == "DMY"
        year, month, day = int(last), int(second if is_day_first else first), int(first if is_day_first else second)
    else:
        return None
    try:
        return date(year, month, day).toordinal() - EPOCH
    except ValueError:
        return None


@cache
def cents_of(text: str) -> int | None:
    """Cents with their sign, None where the text is no amount."""
    found = _AMOUNT.fullmatch(text)
    if not found:
        return None
    sign, plain, decimals, grouped, _, decimals_of_grouped = found.groups()
    whole = plain or _NO_DIGIT.sub("", grouped)
    cents = int(whole) * 100 + int((decimals or decimals_of_grouped or "0").ljust(2, "0"))
    return -cents if sign else cents
