"""Business days and bank days (rulebook 6), held against the dates that OPM and the Federal Reserve publish."""

from calendar import isleap
from collections.abc import Iterator
from datetime import date, timedelta

import holidays
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refund_calc.columns.aliases import Ints
from refund_calc.policy.calendars import BeyondTheCalendar, WorkingDays, bank_days, bank_holiday, business_days

EPOCH = date(1970, 1, 1)

# Weekdays on which federal offices were or will be closed for a holiday (OPM, "Federal Holidays").
FEDERAL_OFFICES = """
    2021: 01-01 01-18 02-15 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24 12-31
    2022:       01-17 02-21 05-30 06-20 07-04 09-05 10-10 11-11 11-24 12-26
    2023: 01-02 01-16 02-20 05-29 06-19 07-04 09-04 10-09 11-10 11-23 12-25
    2024: 01-01 01-15 02-19 05-27 06-19 07-04 09-02 10-14 11-11 11-28 12-25
    2025: 01-01 01-20 02-17 05-26 06-19 07-04 09-01 10-13 11-11 11-27 12-25
    2026: 01-01 01-19 02-16 05-25 06-19 07-03 09-07 10-12 11-11 11-26 12-25
    2027: 01-01 01-18 02-15 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24 12-31
    2028:       01-17 02-21 05-29 06-19 07-04 09-04 10-09 11-10 11-23 12-25
    2029: 01-01 01-15 02-19 05-28 06-19 07-04 09-03 10-08 11-12 11-22 12-25
    2030: 01-01 01-21 02-18 05-27 06-19 07-04 09-02 10-14 11-11 11-28 12-25
"""

# The same for the Federal Reserve Banks (K.8, "Holidays Observed by the Federal Reserve System"): a holiday on
# a Sunday closes them on Monday, one on a Saturday leaves them open on Friday.
RESERVE_BANKS = """
    2021: 01-01 01-18 02-15 05-31       07-05 09-06 10-11 11-11 11-25
    2022:       01-17 02-21 05-30 06-20 07-04 09-05 10-10 11-11 11-24 12-26
    2023: 01-02 01-16 02-20 05-29 06-19 07-04 09-04 10-09       11-23 12-25
    2024: 01-01 01-15 02-19 05-27 06-19 07-04 09-02 10-14 11-11 11-28 12-25
    2025: 01-01 01-20 02-17 05-26 06-19 07-04 09-01 10-13 11-11 11-27 12-25
    2026: 01-01 01-19 02-16 05-25 06-19       09-07 10-12 11-11 11-26 12-25
    2027: 01-01 01-18 02-15 05-31       07-05 09-06 10-11 11-11 11-25
    2028:       01-17 02-21 05-29 06-19 07-04 09-04 10-09       11-23 12-25
    2029: 01-01 01-15 02-19 05-28 06-19 07-04 09-03 10-08 11-12 11-22 12-25
    2030: 01-01 01-21 02-18 05-27 06-19 07-04 09-02 10-14 11-11 11-28 12-25
"""


def published(table: str) -> dict[int, list[str]]:
    rows = (line.split(":") for line in table.split("\n") if line.strip())
    return {int(year): [f"{year.strip()}-{day}" for day in days.split()] for year, days in rows}


def number(iso: str) -> int:
    return (date.fromisoformat(iso) - EPOCH).days


def numbers(*isos: str) -> Ints:
    return np.array([number(iso) for iso in isos], dtype=np.int64)


def isos(days: Ints) -> list[str]:
    return [(EPOCH + timedelta(days=int(day))).isoformat() for day in days]


def closed_weekdays(calendar: WorkingDays, first_year: int, last_year: int) -> list[str]:
    """Every Monday to Friday that the calendar does not count: the day before, plus one, is not that day."""
    days = np.arange(number(f"{first_year}-01-01"), number(f"{last_year + 1}-01-01"))
    days = days[(days + 3) % 7 < 5]
    return isos(days[calendar.add(days - 1, 1) != days])


def weekdays_of(holiday_dates: holidays.HolidayBase, first_year: int, last_year: int) -> list[str]:
    years = range(first_year, last_year + 1)
    return sorted({str(day) for day in holiday_dates if day.year in years and day.weekday() < 5})


# --- The holidays --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("year", range(2021, 2031))
def test_business_days_are_those_of_federal_offices_as_published(year: int) -> None:
    assert closed_weekdays(business_days([]), year, year) == published(FEDERAL_OFFICES)[year]


@pytest.mark.parametrize("year", range(2021, 2031))
def test_bank_days_are_those_of_the_reserve_banks_as_published(year: int) -> None:
    assert closed_weekdays(bank_days([]), year, year) == published(RESERVE_BANKS)[year]


def test_bank_days_agree_with_the_holidays_package_over_the_whole_range_of_dates() -> None:
    independent = holidays.financial_holidays("XFED", years=range(2000, 2100))
    assert closed_weekdays(bank_days([]), 2000, 2099) == weekdays_of(independent, 2000, 2099)


def test_business_days_agree_with_the_holidays_package_over_the_whole_range_of_dates() -> None:
    independent = holidays.country_holidays("US", years=range(2000, 2101))
    assert closed_weekdays(business_days([]), 2000, 2099) == weekdays_of(independent, 2000, 2099)


@pytest.mark.parametrize("calendar", [business_days([]), bank_days([])], ids=["business", "bank"])
def test_juneteenth_is_a_working_day_in_2020_and_a_holiday_since_2021(calendar: WorkingDays) -> None:
    assert isos(calendar.add(numbers("2020-06-18"), 1)) == ["2020-06-19"]
    # 2022-06-19 is a Sunday: observed on Monday 06-20 by both.
    assert isos(calendar.add(numbers("2022-06-17"), 1)) == ["2022-06-21"]


def test_the_first_juneteenth_a_saturday_closed_federal_offices_on_friday_and_no_reserve_bank() -> None:
    thursday = numbers("2021-06-17")
    assert isos(business_days([]).add(thursday, 1)) == ["2021-06-21"]
    assert isos(bank_days([]).add(thursday, 1)) == ["2021-06-18"]


def test_a_bank_holiday_has_its_name_on_the_day_on_which_the_banks_are_closed() -> None:
    days = ["2026-11-26", "2026-07-03", "2026-07-04", "2027-07-04", "2027-07-05", "2026-11-27"]
    named = [bank_holiday(int(np.datetime64(day, "D").astype(np.int64))) for day in days]
    # 4 July is a Saturday in 2026: the banks are open on Friday; a Sunday in 2027: they are closed on Monday.
    assert named == ["Thanksgiving Day", "", "Independence Day", "", "Independence Day", ""]


def test_new_years_day_on_a_saturday_is_observed_the_year_before_by_federal_offices_only() -> None:
    thursday = numbers("2027-12-30")
    assert isos(business_days([]).add(thursday, 1)) == ["2028-01-03"]
    assert isos(bank_days([]).add(thursday, 1)) == ["2027-12-31"]


def test_new_years_day_on_a_sunday_is_observed_on_monday_by_both() -> None:
    friday = numbers("2022-12-30")
    assert isos(business_days([]).add(friday, 1)) == ["2023-01-03"]
    assert isos(bank_days([]).add(friday, 1)) == ["2023-01-03"]


# --- Adding days ---------------------------------------------------------------------------------------------


def test_ten_business_days_over_independence_day() -> None:
    # After Tuesday 2026-06-30: July 1, 2, (3 closed), 6, 7, 8, 9, 10, 13, 14, 15.
    assert isos(business_days([]).add(numbers("2026-06-30"), 10)) == ["2026-07-15"]


def test_ten_bank_days_over_independence_day() -> None:
    # July 4, 2026 is a Saturday: Reserve Banks are open on Friday, so one day sooner.
    assert isos(bank_days([]).add(numbers("2026-06-30"), 10)) == ["2026-07-14"]


@pytest.mark.parametrize("start", ["2026-07-02", "2026-07-03", "2026-07-04", "2026-07-05"])
def test_counting_starts_the_day_after_whether_that_day_is_a_working_day_or_not(start: str) -> None:
    # Thursday, the holiday, Saturday and Sunday all have Monday as their first business day.
    assert isos(business_days([]).add(numbers(start), 1)) == ["2026-07-06"]


def test_ten_business_days_over_the_end_of_a_year() -> None:
    # After 2026-12-18: December 21, 22, 23, 24, (25), 28, 29, 30, 31, (January 1), 4, 5.
    assert isos(business_days([]).add(numbers("2026-12-18"), 10)) == ["2027-01-05"]


def test_a_closure_is_no_working_day() -> None:
    closures = [date(2026, 12, 24), date(2026, 12, 31)]
    assert isos(business_days(closures).add(numbers("2026-12-18"), 10)) == ["2027-01-07"]


def test_a_closure_on_a_weekend_or_a_holiday_changes_nothing() -> None:
    closures = [date(2026, 12, 25), date(2026, 12, 26)]
    assert isos(business_days(closures).add(numbers("2026-12-18"), 10)) == ["2027-01-05"]


def test_each_day_may_have_its_own_number_of_days() -> None:
    days = numbers("2026-06-30", "2026-06-30", "2026-07-04")
    found = business_days([]).add(days, np.array([1, 10, 2], dtype=np.int64))
    assert isos(found) == ["2026-07-01", "2026-07-15", "2026-07-07"]


def test_no_days_give_no_days() -> None:
    nothing = np.array([], dtype=np.int64)
    assert business_days([]).add(nothing, 10).shape == (0,)
    assert business_days([]).add(nothing, nothing).shape == (0,)
    assert business_days([]).left(number("2026-07-01"), nothing).shape == (0,)


def test_adding_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="k must be at least 1, not 0"):
        business_days([]).add(numbers("2026-07-01", "2026-07-01"), np.array([1, 0], dtype=np.int64))


# --- On or after ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "found"),
    [
        ("2026-07-02", "2026-07-02"),
        ("2026-07-03", "2026-07-03"),  # open: Saturday holidays do not move
        ("2026-07-04", "2026-07-06"),
        ("2026-07-05", "2026-07-06"),
        ("2021-12-31", "2021-12-31"),
        ("2022-01-01", "2022-01-03"),
        ("2022-12-31", "2023-01-03"),  # Sunday's New Year's Day closes Monday 01-02
    ],
)
def test_a_bank_day_stays_and_any_other_day_moves_to_the_next(day: str, found: str) -> None:
    assert bank_days([]).on_or_after(number(day)) == number(found)


def test_a_run_of_closures_to_the_end_of_the_year_moves_into_the_next() -> None:
    closures = [date(2026, 12, day) for day in range(21, 32)]
    assert bank_days(closures).on_or_after(number("2026-12-21")) == number("2027-01-04")


# --- Days left -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "due", "left"),
    [
        ("2026-07-01", "2026-07-01", 0),
        ("2026-07-01", "2026-07-02", 1),
        ("2026-07-01", "2026-07-06", 2),  # the 2nd and the 6th; the 3rd is closed
        ("2026-07-03", "2026-07-06", 1),
        ("2026-07-05", "2026-07-06", 1),
        ("2026-07-02", "2026-07-01", -1),
        ("2026-07-03", "2026-07-02", 0),  # overdue by a day, but by no business day
        ("2026-07-05", "2026-07-02", 0),
        ("2026-07-06", "2026-07-02", -1),
        ("2026-07-06", "2026-07-01", -2),
        ("2028-01-03", "2027-12-30", -1),
        ("2027-12-30", "2028-01-03", 1),
    ],
)
def test_business_days_left_until_due_or_negative_since(as_of: str, due: str, left: int) -> None:
    assert business_days([]).left(number(as_of), numbers(due)).tolist() == [left]


def test_days_left_of_many_due_dates_at_once() -> None:
    due = numbers("2026-07-15", "2026-06-30", "2026-07-01")
    assert business_days([]).left(number("2026-07-01"), due).tolist() == [9, -1, 0]


# --- Against counting day by day on the published dates ------------------------------------------------------

PUBLISHED_DATES = {
    "business": {day for year in published(FEDERAL_OFFICES).values() for day in year},
    "bank": {day for year in published(RESERVE_BANKS).values() for day in year},
}
MAKERS = {"business": business_days, "bank": bank_days}


def working_days_after(day: date, calendar: str, closures: set[date]) -> Iterator[date]:
    while True:
        day += timedelta(days=1)
        if day.weekday() < 5 and day.isoformat() not in PUBLISHED_DATES[calendar] and day not in closures:
            yield day


def kth_after(day: date, k: int, calendar: str, closures: set[date]) -> date:
    following = working_days_after(day, calendar, closures)
    return [next(following) for _ in range(k)][-1]


CALENDARS = st.sampled_from(["business", "bank"])
DATES = st.dates(date(2021, 1, 1), date(2030, 6, 30))
CLOSURES = st.sets(DATES, max_size=5)


@given(CALENDARS, st.lists(st.tuples(DATES, st.integers(1, 90)), min_size=1, max_size=8), CLOSURES)
def test_adding_is_counting_day_by_day(calendar: str, cases: list[tuple[date, int]], closures: set[date]) -> None:
    days = numbers(*(day.isoformat() for day, _ in cases))
    k = np.array([k for _, k in cases], dtype=np.int64)
    expected = [kth_after(day, k, calendar, closures).isoformat() for day, k in cases]
    assert isos(MAKERS[calendar](closures).add(days, k)) == expected


@given(CALENDARS, DATES, st.integers(-120, 120), CLOSURES)
def test_days_left_are_counted_day_by_day(calendar: str, as_of: date, distance: int, closures: set[date]) -> None:
    due = min(max(as_of + timedelta(days=distance), date(2021, 1, 1)), date(2030, 12, 31))
    begin, end = sorted([as_of, due])
    count = 0
    for day in working_days_after(begin, calendar, closures):
        if day > end:
            break
        count += 1
    found = MAKERS[calendar](closures).left(number(as_of.isoformat()), numbers(due.isoformat()))
    assert found.tolist() == [count if due >= as_of else -count]


@given(CALENDARS, st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(1, 400))
def test_after_adding_k_days_k_days_are_left(calendar: str, day: date, k: int) -> None:
    start = numbers(day.isoformat())
    due = MAKERS[calendar]([]).add(start, k)
    assert MAKERS[calendar]([]).left(int(start[0]), due).tolist() == [k]


# --- The years whose holidays are known -------------------------------------------------------------------------


def test_days_beyond_the_last_year_of_the_data_still_know_their_holidays() -> None:
    # After Wednesday 2099-12-30: December 31, (January 1), January 4.
    assert isos(business_days([]).add(numbers("2099-12-30"), 2)) == ["2100-01-04"]
    # Independence Day 2100 is a Sunday: closed on Monday.
    assert isos(bank_days([]).add(numbers("2100-07-02"), 1)) == ["2100-07-06"]


def like_an_earlier_year(day: date) -> date:
    """The holidays package ends in 2100: the same day of a year before that is as long and begins alike."""
    alike = {(date(year, 1, 1).weekday(), isleap(year)): year for year in range(2060, 2100)}
    return day.replace(year=alike[date(day.year, 1, 1).weekday(), isleap(day.year)])


def test_the_longest_way_that_a_policy_allows_is_counted_with_the_holidays_of_every_year_on_it() -> None:
    # A payout lag of 999 bank days on the last day of the data, and 999 more until the customer sees the credit.
    known = set(weekdays_of(holidays.financial_holidays("XFED", years=range(2060, 2100)), 2060, 2099))
    day, left = date(2099, 12, 31), 2 * 999
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5 and str(like_an_earlier_year(day)) not in known
    assert day.year == 2107
    payout = bank_days([]).add(numbers("2099-12-31"), 999)
    assert isos(bank_days([]).add(payout, 999)) == [day.isoformat()]


def test_the_first_and_the_last_day_of_the_calendars_are_counted() -> None:
    # New Year's Day 2000 was a Saturday; 2109-12-31 is a Tuesday, and New Year's Day 2110 a Wednesday.
    assert isos(bank_days([]).add(numbers("2000-01-01"), 1)) == ["2000-01-03"]
    assert bank_days([]).on_or_after(number("2109-12-31")) == number("2109-12-31")
    assert isos(business_days([]).add(numbers("2109-12-30"), 1)) == ["2109-12-31"]


@pytest.mark.parametrize("day", ["1999-12-31", "2110-01-01"])
def test_a_day_outside_the_years_of_the_calendars_is_refused_by_its_date(day: str) -> None:
    line = f"{day}: working days are known from 2000 to 2109; use dates of these years"
    with pytest.raises(BeyondTheCalendar, match=f"^{line}$"):
        bank_days([]).add(numbers(day), 1)
    with pytest.raises(BeyondTheCalendar, match=f"^{line}$"):
        bank_days([]).on_or_after(number(day))
    with pytest.raises(BeyondTheCalendar, match=f"^{line}$"):
        business_days([]).left(number(day), numbers("2026-07-01"))
    with pytest.raises(BeyondTheCalendar, match=f"^{line}$"):
        business_days([]).left(number("2026-07-01"), numbers("2026-07-01", day))


def test_a_day_that_leads_out_of_the_years_of_the_calendars_is_refused() -> None:
    with pytest.raises(BeyondTheCalendar, match=r"^2110-01-02: working days are known from 2000 to 2109"):
        bank_days([]).add(numbers("2109-12-31"), 1)


def test_closures_that_push_a_date_past_the_years_in_hand_do_not_lose_the_holidays_there() -> None:
    # The company closes from 2026-12-01 through all of 2027; January 17, 2028 is Martin Luther King's birthday.
    closures = [date(2026, 12, 1) + timedelta(days=n) for n in range(396)]
    assert isos(business_days(closures).add(numbers("2026-11-30"), 11)) == ["2028-01-18"]


def test_a_calendar_answers_the_same_whatever_it_was_asked_before() -> None:
    asked_before = business_days([])
    for first in ["2026-03-02", "2099-12-30", "2001-01-05", "2050-12-30"]:
        assert asked_before.add(numbers(first), 300) == business_days([]).add(numbers(first), 300)
    assert closed_weekdays(asked_before, 2021, 2021) == published(FEDERAL_OFFICES)[2021]


def test_a_number_that_is_no_day_is_refused_rather_than_counted_from() -> None:
    with pytest.raises(BeyondTheCalendar, match=r"^day -9223372036854775808: working days are known from 2000 to 2109"):
        bank_days([]).add(np.array([np.iinfo(np.int64).min]), 1)
    with pytest.raises(BeyondTheCalendar, match="working days are known from 2000 to 2109"):
        bank_days([]).add(numbers("2026-03-02"), 10_000_000)


def test_a_day_beyond_the_calendars_stops_the_night_as_bad_data() -> None:
    assert BeyondTheCalendar(0).exit_code == 65
