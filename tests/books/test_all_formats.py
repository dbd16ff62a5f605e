"""What holds for an export in every format: the same entries, cents and dates as the ledgers, once each."""

import re
from datetime import date, timedelta

import pytest

from refund_calc.books.accounts import accounts_of
from refund_calc.books.entries import nights_of
from refund_calc.books.export import Exported, Period, export
from refund_calc.books.formats import FORMATS
from refund_calc.history.nights import EPOCH
from tests.books import month
from tests.books.month import FIRST, LAST
from tests.books.read_back import READ_BACK

each_format = pytest.mark.parametrize("name", FORMATS)


def period(first: date = FIRST, last: date = LAST) -> Period:
    return Period(month.out(), first.toordinal() - EPOCH, last.toordinal() - EPOCH)


def exported(name: str, first: date = FIRST, last: date = LAST, **options) -> Exported:
    return export(FORMATS[name], period(first, last), **options)


def read_back(name: str, found: Exported) -> month.Lines:
    """By our account codes."""
    accounts = accounts_of(nights_of(month.out()))
    codes = {FORMATS[name].named(account): code for code, account in accounts.items()}
    lines = READ_BACK[name](found.files)
    return {key: {codes[account]: cents for account, cents in posted.items()} for key, posted in lines.items()}


def same_entries(name: str, found: month.Lines, wanted: month.Lines) -> None:
    """By their ids; Intacct has room for thirty characters, hledger has other signs for two that it cannot take."""
    if name == "intacct":
        assert sorted((day, sorted(posted.items())) for (day, _), posted in found.items()) == sorted(
            (day, sorted(posted.items())) for (day, _), posted in wanted.items()
        )
    else:
        sign = "[;|]" if name == "hledger" else "(?!)"
        assert found == {(day, re.sub(sign, ",", entry)): posted for (day, entry), posted in wanted.items()}


def test_every_format_is_read_back() -> None:
    assert set(READ_BACK) == set(FORMATS)


@each_format
def test_the_entries_are_those_of_the_ledgers(name: str) -> None:
    same_entries(name, read_back(name, exported(name)), month.ledgers())


@each_format
def test_a_summary_has_one_row_per_account_and_posting_date(name: str) -> None:
    found = read_back(name, exported(name, in_summary=True))
    assert {(day, f"SUMMARY:{day}") for day, _ in month.ledgers()} == set(found)
    assert {day: posted for (day, _), posted in found.items()} == month.by_date(month.ledgers())


@each_format
def test_a_summary_ties_to_its_entries(name: str) -> None:
    lines = month.ledgers()
    debits = sum(cents for posted in lines.values() for cents in posted.values() if cents > 0)
    in_summary = sum(c for posted in month.by_date(lines).values() for c in posted.values() if c > 0)
    tie_out = exported(name, in_summary=True).notices[0]
    assert f"{len(lines)} entries" in tie_out
    assert f"debits {debits // 100}.{debits % 100:02d} USD" in tie_out
    assert f"debits {in_summary // 100}.{in_summary % 100:02d} USD" in tie_out
    assert tie_out.endswith("difference by account 0.00")


@each_format
def test_two_halves_hold_every_entry_once(name: str) -> None:
    """The one on either side of the night that was skipped: what was due on it belongs to its posting date."""
    half = month.SKIPPED
    one = read_back(name, exported(name, last=half))
    other = read_back(name, exported(name, first=half + timedelta(1)))
    assert not set(one) & set(other)
    assert one | other == read_back(name, exported(name))
    assert any(day == str(half) for day, _ in one)


@each_format
def test_the_same_export_twice_is_the_same_bytes(name: str) -> None:
    assert exported(name) == exported(name)


@each_format
def test_a_night_without_a_refund_is_an_empty_export(name: str) -> None:
    sunday, saturday = date(2026, 4, 5), date(2026, 4, 4)
    with pytest.raises(Exception, match="no night from 2026-04-04 to 2026-04-05"):
        exported(name, saturday, sunday)


@each_format
def test_a_period_that_has_not_ended_says_so(name: str) -> None:
    assert "the last night is 2026-04-30" in exported(name, last=LAST + timedelta(1)).notices[-1]
    assert len(exported(name).notices) == 1
