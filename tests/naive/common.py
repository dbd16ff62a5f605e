"""Words that every module uses."""

import datetime
from typing import Any

Date = datetime.date
Values = dict[str, Any]
Key = tuple[str, str, str]  # rma_number, order_number, order_line
OrderLineKey = tuple[str, str]  # order_number, order_line


class NightRefused(Exception):
    """Nothing is written; `code` is the exit code (65 bad data, 66 no input, 78 bad policy)."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def show(value: Any) -> str:
    """Text, date or count as a cell; unknown or not applicable is blank. Money is shown by show_money."""
    return "" if value is None else str(value)


def show_money(cents: int | None) -> str:
    return "" if cents is None else f"{cents // 100}.{cents % 100:02d}"
