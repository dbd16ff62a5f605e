"""Section 6: dates, counted day by day."""

import datetime
import functools
from dataclasses import dataclass

from tests.naive.common import Date
from tests.naive.policy import Policy

ONE_DAY = datetime.timedelta(days=1)
MONDAY, THURSDAY, SATURDAY, SUNDAY = 0, 3, 5, 6


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> Date:
    day = Date(year, month, 1)
    while day.weekday() != weekday:
        day += ONE_DAY
    return day + (nth - 1) * 7 * ONE_DAY


def last_monday_of_may(year: int) -> Date:
    day = Date(year, 5, 31)
    while day.weekday() != MONDAY:
        day -= ONE_DAY
    return day


@functools.cache
def holidays(year: int) -> tuple[Date, ...]:
    """The U.S. federal holidays by their own dates, before any is observed on another day."""
    days = [
        Date(year, 1, 1),  # New Year's Day
        nth_weekday(year, 1, MONDAY, 3),  # Martin Luther King, Jr.
        nth_weekday(year, 2, MONDAY, 3),  # Washington's Birthday
        last_monday_of_may(year),  # Memorial Day
        Date(year, 7, 4),  # Independence Day
        nth_weekday(year, 9, MONDAY, 1),  # Labor Day
        nth_weekday(year, 10, MONDAY, 2),  # Columbus Day
        Date(year, 11, 11),  # Veterans Day
        nth_weekday(year, 11, THURSDAY, 4),  # Thanksgiving Day
        Date(year, 12, 25),  # Christmas Day
    ]
    if year >= 2021:
        days.append(Date(year, 6, 19))  # Juneteenth
    return tuple(days)


@functools.cache
def observed(year: int, saturday_moves: bool) -> frozenset[Date]:
    """Days off that fall in or next to a year: Sunday holidays on Monday, Saturday ones on Friday or not moved."""
    days = set()
    for day in holidays(year - 1) + holidays(year) + holidays(year + 1):
        if day.weekday() == SUNDAY:
            day += ONE_DAY
        elif day.weekday() == SATURDAY and saturday_moves:
            day -= ONE_DAY  # a New Year's Day on Saturday is taken on 31 December of the year before
        days.add(day)
    return frozenset(days)


@dataclass(frozen=True)
class Calendar:
    saturday_moves: bool
    closures: frozenset[Date]

    def is_open(self, day: Date) -> bool:
        return (
            day.weekday() < SATURDAY and day not in observed(day.year, self.saturday_moves) and day not in self.closures
        )

    def add(self, day: Date, how_many: int) -> Date:
        """The k-th open day after the day; for 0 the day itself if it is open, else the next."""
        if how_many == 0 and not self.is_open(day):
            how_many = 1
        while how_many:
            day += ONE_DAY
            how_many -= self.is_open(day)
        return day

    def count(self, after: Date, up_to: Date) -> int:
        """Open days after the one day up to the other."""
        how_many = 0
        while after < up_to:
            after += ONE_DAY
            how_many += self.is_open(after)
        return how_many


def business_days(policy: Policy) -> Calendar:
    return Calendar(saturday_moves=True, closures=frozenset(policy["processing.closures"]))


def bank_days(policy: Policy) -> Calendar:
    return Calendar(saturday_moves=False, closures=frozenset(policy["bank.closures"]))
