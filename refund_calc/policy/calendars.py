"""Working days: business days of federal offices, bank days of the Federal Reserve Banks (rulebook 6).

Days are whole numbers throughout: days since 1970-01-01, in numpy int64 arrays without unknowns.

Both calendars start from the eleven holidays of 5 U.S.C. 6103, taken from workalendar *unmoved*, because its
classes do not move them as ours need it: ``UnitedStates`` has no Juneteenth, and ``FederalReserveSystem``
moves a Saturday holiday to Friday, when the Reserve Banks are open. Where a holiday on a weekend is observed
is therefore said here, once per calendar.

Only legal holidays are known. A single closing of federal offices by executive order is none; a company that
wants to leave such a day out names it in the policy's ``closures``.
"""

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Literal

import numpy as np

from refund_calc.columns.aliases import Ints
from refund_calc.errors import BadData

_EPOCH = date(1970, 1, 1).toordinal()
_SATURDAY, _SUNDAY = 5, 6

# Cells hold dates from 2000 to 2099. The longest way from there is a payout lag and the bank's window, 999 working
# days each by the policy's limits: eight years, which leaves two for closures.
FIRST_YEAR, LAST_YEAR = 2000, 2109
_FIRST_DAY = date(FIRST_YEAR, 1, 1).toordinal() - _EPOCH
_LAST_DAY = date(LAST_YEAR, 12, 31).toordinal() - _EPOCH


class BeyondTheCalendar(BadData):
    """A day before or after the years whose holidays are known."""

    def __init__(self, day: int) -> None:
        when = date.fromordinal(day + _EPOCH).isoformat() if 0 < day + _EPOCH <= date.max.toordinal() else f"day {day}"
        super().__init__(f"{when}: working days are known from {FIRST_YEAR} to {LAST_YEAR}; use dates of these years")


class WorkingDays:
    """Monday to Friday, less the holidays of a calendar (day numbers), less closures.

    Every method raises BeyondTheCalendar for a day that is not in the years FIRST_YEAR to LAST_YEAR, and for one
    that would lead out of them.
    """

    def __init__(self, holidays: Ints, closures: Iterable[date]) -> None:
        closed = np.concatenate([holidays, _numbers(closures)])
        self._table = np.busdaycalendar(holidays=closed.astype("datetime64[D]"))

    def add(self, days: Ints, k: int | Ints) -> Ints:
        """The k-th working day after each day, whatever day that is (k >= 1; one for all, or one per day).

        Day numbers in and out. Raises ValueError for a k below 1.
        """
        if np.any(np.less(k, 1)):
            raise ValueError(f"k must be at least 1, not {np.min(k)}")
        return self._offset(days, k, "backward")

    def on_or_after(self, day: int) -> int:
        """The day itself if it is a working day, else the next one: what a payout lag of 0 means (RP-10)."""
        return int(self._offset(np.array([day], dtype=np.int64), 0, "forward")[0])

    def left(self, as_of: int, due: Ints) -> Ints:
        """Working days after ``as_of`` up to each due day or, negative, those after it up to ``as_of``."""
        _check(due)
        _check(np.array([as_of], dtype=np.int64))
        # busday_count includes its first day and excludes its last; ours is the other way round.
        begin = (np.minimum(due, as_of) + 1).astype("datetime64[D]")
        end = (np.maximum(due, as_of) + 1).astype("datetime64[D]")
        count = np.busday_count(begin, end, busdaycal=self._table).astype(np.int64)
        return np.where(due < as_of, -count, count)

    def _offset(self, days: Ints, k: int | Ints, roll: Literal["backward", "forward"]) -> Ints:
        """``k`` working days on from each day, first rolled to a working day.

        After rolling backward, the k-th working day from there is the k-th after the day itself, since there
        is none between the two.
        """
        _check(days)
        if isinstance(k, int) and len(days) and len(days) > (span := int(days.max() - days.min()) + 1):
            first = int(days.min())  # each day of a few once
            by_day: Ints = self._offset(np.arange(first, first + span, dtype=np.int64), k, roll)
            return by_day[days - first]
        moved = np.busday_offset(days.astype("datetime64[D]"), k, roll=roll, busdaycal=self._table).astype(np.int64)
        _check(moved)
        return moved


def _check(days: Ints) -> None:
    for day in (int(days.min()), int(days.max())) if len(days) else ():
        if not _FIRST_DAY <= day <= _LAST_DAY:
            raise BeyondTheCalendar(day)


def business_days(closures: Iterable[date]) -> WorkingDays:
    """Days on which federal offices are open: Saturday holidays on Friday, Sunday ones on Monday (RP-10)."""
    holidays = _legal_holidays()
    weekday = _weekday(holidays)
    return WorkingDays(holidays - (weekday == _SATURDAY) + (weekday == _SUNDAY), closures)


def bank_days(closures: Iterable[date]) -> WorkingDays:
    """Days on which the Federal Reserve Banks are open: Sunday holidays on Monday, Saturday ones not moved (RP-11)."""
    holidays = _legal_holidays()
    return WorkingDays(holidays + (_weekday(holidays) == _SUNDAY), closures)


def _weekday(days: Ints) -> Ints:
    return (days + 3) % 7  # Monday is 0; 1970-01-01 was a Thursday


def bank_holiday(day: int) -> str:
    """The name of the holiday for which the Federal Reserve Banks are closed on this day; blank where it is none."""
    named = (name for holiday, name in _named_holidays() if holiday + ((holiday + 3) % 7 == _SUNDAY) == day)
    return next(named, "")


def _legal_holidays() -> Ints:
    """The holidays of all years on their own dates, moved nowhere."""
    return np.array([day for day, _ in _named_holidays()], np.int64)


@cache
def _named_holidays() -> tuple[tuple[int, str], ...]:
    """Day and name of each, on its own date; Juneteenth from 2021."""
    # Imported here: its fifty states cost more than the rest of a night's start.
    from workalendar.usa import FederalReserveSystem

    calendar = FederalReserveSystem()
    # One year more: its New Year's Day can be observed on the last day of ours.
    years = range(FIRST_YEAR, LAST_YEAR + 2)
    unmoved = (calendar.get_fixed_holidays(year) + calendar.get_variable_days(year) for year in years)
    return tuple((day.toordinal() - _EPOCH, name) for holidays in unmoved for day, name in holidays)


def _numbers(days: Iterable[date]) -> Ints:
    return np.array([day.toordinal() - _EPOCH for day in days], dtype=np.int64)
