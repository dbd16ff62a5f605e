"""Working days: business days of federal offices, bank days of the Federal Reserve Banks (rulebook 6).

Days are whole numbers throughout: days since 1970-01-01, in numpy int64 arrays without unknowns.

Both calendars start from the eleven holidays of 5 U.S.C. 6103, taken from workalendar *unmoved*, because its
classes do not move them as ours need it: ``UnitedStates`` has no Juneteenth, and ``FederalReserveSystem``
moves a Saturday holiday to Friday, when the Reserve Banks are open. Where a holiday on a weekend is observed
is therefore said here, once per calendar.

Only legal holidays are known. A single closing of federal offices by executive order is none; a company that
wants to leave such a day out names it in the policy's ``closures``.
"""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from functools import cache
from typing import Literal

import numpy as np
import numpy.typing as npt

IntDays = npt.NDArray[np.int64]
IntArray = npt.NDArray[np.int64]

_EPOCH = date(1970, 1, 1).toordinal()
_SATURDAY, _SUNDAY = 5, 6
_ONE_DAY = timedelta(days=1)

# New Year's Day can be observed in the year before, so a table up to 9998 asks for the holidays of 9999.
_LAST_YEAR = 9998
_FIRST_DAY = date.min.toordinal() - _EPOCH
_LAST_DAY = date(_LAST_YEAR, 12, 31).toordinal() - _EPOCH


class WorkingDays:
    """Monday to Friday, less a calendar's holidays, less closures.

    ``observed`` gives the days on which the holidays *of* a year are observed; one of them may lie in the year
    before. They are asked for year by year, only as far as the dates in hand reach.
    """

    def __init__(self, observed: Callable[[int], tuple[date, ...]], closures: Iterable[date]) -> None:
        self._observed = observed
        self._closures = tuple(closures)
        self._years = range(0)
        self._table = np.busdaycalendar()

    def add(self, days: IntDays, k: int | IntArray) -> IntDays:
        """The k-th working day after each day, whatever day that is (k >= 1; one for all, or one per day)."""
        if np.any(np.less(k, 1)):
            raise ValueError(f"k must be at least 1, not {np.min(k)}")
        return self._offset(days, k, "backward")

    def on_or_after(self, day: int) -> int:
        """The day itself if it is a working day, else the next one: what a payout lag of 0 means."""
        return int(self._offset(np.array([day], dtype=np.int64), 0, "forward")[0])

    def left(self, as_of: int, due: IntDays) -> IntDays:
        """Working days after ``as_of`` up to each due day or, negative, those after it up to ``as_of``."""
        if due.size == 0:
            return np.zeros(due.shape, dtype=np.int64)
        table = self._covering(min(as_of, int(due.min())), max(as_of, int(due.max())))
        # busday_count includes its first day and excludes its last; ours is the other way round.
        begin = (np.minimum(due, as_of) + 1).astype("datetime64[D]")
        end = (np.maximum(due, as_of) + 1).astype("datetime64[D]")
        count = np.busday_count(begin, end, busdaycal=table).astype(np.int64)
        return np.where(due < as_of, -count, count)

    def _offset(self, days: IntDays, k: int | IntArray, roll: Literal["backward", "forward"]) -> IntDays:
        """``k`` working days on from each day, first rolled to a working day.

        After rolling backward, the k-th working day from there is the k-th after the day itself, since there
        is none between the two.
        """
        if days.size == 0:
            return np.zeros(days.shape, dtype=np.int64)
        first, last = int(days.min()), int(days.max())
        if isinstance(k, int) and days.size > (span := last - first + 1):  # each day of a few once
            return self._offset(first + np.arange(span), k, roll)[days - first]
        reach = last + int(np.max(k)) * 3 // 2 + 14
        dates = days.astype("datetime64[D]")
        while True:
            table = self._covering(first, reach)
            moved = np.busday_offset(dates, k, roll=roll, busdaycal=table).astype(np.int64)
            if (last := int(moved.max())) <= self._end_of_table():
                return moved
            reach = last  # past the table's end, where no holiday is known yet: go there, then count again

    def _covering(self, first: int, last: int) -> np.busdaycalendar:
        """The table of holidays, grown to cover the years of both days."""
        if first < _FIRST_DAY or last > _LAST_DAY:
            raise ValueError(f"day numbers {first} to {last} go beyond the years 1 to {_LAST_YEAR}")
        begin, end = _date(first).year, _date(last).year + 1
        if self._years:
            begin, end = min(begin, self._years.start), max(end, self._years.stop)
        if range(begin, end) != self._years:
            holidays = [day for year in range(begin, end + 1) for day in self._observed(year)]
            self._table = np.busdaycalendar(holidays=[*holidays, *self._closures])
            self._years = range(begin, end)
        return self._table

    def _end_of_table(self) -> int:
        return date(self._years.stop - 1, 12, 31).toordinal() - _EPOCH


def business_days(closures: Iterable[date]) -> WorkingDays:
    """Days on which federal offices are open: Saturday holidays on Friday, Sunday ones on Monday."""
    return WorkingDays(_observed_by_federal_offices, closures)


def bank_days(closures: Iterable[date]) -> WorkingDays:
    """Days on which the Federal Reserve Banks are open: Sunday holidays on Monday, Saturday ones not moved."""
    return WorkingDays(_observed_by_reserve_banks, closures)


@cache
def _observed_by_federal_offices(year: int) -> tuple[date, ...]:
    return tuple(day - _ONE_DAY if day.weekday() == _SATURDAY else day for day in _observed_by_reserve_banks(year))


@cache
def _observed_by_reserve_banks(year: int) -> tuple[date, ...]:
    return tuple(day + _ONE_DAY if day.weekday() == _SUNDAY else day for day in _legal_holidays(year))


@cache
def _legal_holidays(year: int) -> tuple[date, ...]:
    """The holidays of a year on their own dates, moved nowhere; Juneteenth from 2021."""
    # Imported here: its fifty states cost more than the rest of a night's start.
    from workalendar.usa import FederalReserveSystem

    calendar = FederalReserveSystem()
    unmoved = calendar.get_fixed_holidays(year) + calendar.get_variable_days(year)
    return tuple(day for day, _name in unmoved)


def _date(day: int) -> date:
    return date.fromordinal(day + _EPOCH)
