"""Figures of a policy, read exactly or refused in words: rates, amounts, numbers of days (rulebook 2)."""

import pytest

from refund_calc.policy.versions import Rate
from tests.policy.files import Load, Refusal, edited, only

DAYS = "write a whole number of days from 0 to 999999, such as 30"
WORKING_DAYS = "write a whole number of working days from 1 to 999, such as 10"
LAG = "write a whole number of working days from 0 to 999, such as 1"
MONTHS = "write a whole number of months from 0 to 9999, such as 3"
RATE = 'write a decimal from 0 to 1 in quotes, such as "0.15"'
GRADES = 'write a table of damage grades with decimals from 0 to 1 in quotes, such as { scratch = "0.10" }'
AMOUNT = 'write an amount with at most two decimals in quotes, such as "2500.00"'


# --- Rates ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "rate"),
    [
        ("0", Rate(0, 1)),
        ("0.00", Rate(0, 1)),
        ("1", Rate(1, 1)),
        ("1.000", Rate(1, 1)),
        ("0.15", Rate(15, 100)),
        ("0.150", Rate(15, 100)),
        ("00.5", Rate(5, 10)),
        ("0.000000001", Rate(1, 1_000_000_000)),
        ("0.999999999", Rate(999_999_999, 1_000_000_000)),
        ("0.1234567890", Rate(123_456_789, 1_000_000_000)),
    ],
)
def test_a_rate_is_exact(load: Load, written: str, rate: Rate) -> None:
    assert only(load(edited(('rate = "0.15"', f'rate = "{written}"')))).restocking.rate == rate


@pytest.mark.parametrize(
    ("new", "fault"),
    [
        ('"1.5"', f'"1.5" is above 1; {RATE}'),
        ('"1.000000001"', f'"1.000000001" is above 1; {RATE}'),
        ('"15"', f'"15" is above 1; {RATE}'),
        ('"-0.15"', f'"-0.15" is negative; {RATE}'),
        ('"0.0000000001"', f'"0.0000000001" has more than 9 decimals; {RATE}'),
        ('"15%"', f'"15%" is not a decimal number; {RATE}'),
        ('"0,15"', f'"0,15" is not a decimal number; {RATE}'),
        ('".15"', f'".15" is not a decimal number; {RATE}'),
        ('"1e0"', f'"1e0" is not a decimal number; {RATE}'),
        ('"0.15.1"', f'"0.15.1" is not a decimal number; {RATE}'),
        ('"1/2"', f'"1/2" is not a decimal number; {RATE}'),
        ('"-0"', f'"-0" is negative; {RATE}'),
        (f'"0.1{"0" * 40}1"', f'"0.1{"0" * 40}1" has more than 9 decimals; {RATE}'),
        ('"1e-1"', f'"1e-1" is not a decimal number; {RATE}'),
        ('"٠.١٥"', f'"٠.١٥" is not a decimal number; {RATE}'),
        ('""', f'"" is blank; {RATE}'),
        ("0.15", f"0.15 is a decimal number without quotes; {RATE}"),
        ("1", f"1 is a whole number without quotes; {RATE}"),
        ("true", f"true is a truth value; {RATE}"),
    ],
)
def test_a_rate_is_a_decimal_from_0_to_1_in_quotes(refusal: Refusal, new: str, fault: str) -> None:
    line = refusal(edited(('rate = "0.15"', f"rate = {new}")))
    assert line == f"2024-01.toml, restocking.rate: {fault}"


def test_a_table_of_no_damage_rates_asks_for_an_amount_each_time(load: Load) -> None:
    rates = 'none = "0"\nscratch = "0.10"\ndent = "0.25"\ncrack = "0.50"\n'
    assert only(load(edited((rates, "")))).damage.rates == {}


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('dent = "0.25"', 'dent = "1.01"', f'damage.rates.dent: "1.01" is above 1; {GRADES}'),
        ('dent = "0.25"', 'dent = "-1"', f'damage.rates.dent: "-1" is negative; {GRADES}'),
        (
            'dent = "0.25"',
            "dent = 0.25",
            f"damage.rates.dent: 0.25 is a decimal number without quotes; {GRADES}",
        ),
        (
            'dent = "0.25"',
            '"de\\u0001nt" = "0.25"',
            f'damage.rates.de\\x01nt: "de\\u0001nt" holds a control character; {GRADES}',
        ),
        ('dent = "0.25"', '" " = "0.25"', f'damage.rates. : " " is blank; {GRADES}'),
        (
            'dent = "0.25"',
            'dent = "0.25"\nDent = "0.30"',
            f'damage.rates: "dent" and "Dent" are the same grade; {GRADES}',
        ),
        ("[damage.rates]", "rates = 5\n[damage.more]", "damage.more: unknown key; remove it, or use one of "),
    ],
)
def test_damage_rates_name_each_grade_once(refusal: Refusal, old: str, new: str, line: str) -> None:
    assert refusal(edited((old, new))).startswith(f"2024-01.toml, {line}")


# --- Money ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "cents"),
    [("0", 0), ("0.01", 1), ("7.5", 750), ("2500", 250_000), ("999999999.99", 99_999_999_999)],
)
def test_the_approval_limit_is_in_cents(load: Load, written: str, cents: int) -> None:
    assert only(load(edited(('limit = "2500.00"', f'limit = "{written}"')))).approval.limit == cents


@pytest.mark.parametrize(
    ("new", "fault"),
    [
        ('"-1"', f'"-1" is negative; {AMOUNT}'),
        ('"2500.005"', f'"2500.005" is not an amount of money; {AMOUNT}'),
        ('"2,500.00"', f'"2,500.00" is not an amount of money; {AMOUNT}'),
        ('"$2500"', f'"$2500" is not an amount of money; {AMOUNT}'),
        ('"2500."', f'"2500." is not an amount of money; {AMOUNT}'),
        ('"1000000000"', f'"1000000000" is not an amount of money; {AMOUNT}'),
        ('""', f'"" is blank; {AMOUNT}'),
        ('"-0"', f'"-0" is negative; {AMOUNT}'),
        ('"2.5e3"', f'"2.5e3" is not an amount of money; {AMOUNT}'),
        ('"٢٥٠٠"', f'"٢٥٠٠" is not an amount of money; {AMOUNT}'),
        ("2500", f"2500 is a whole number without quotes; {AMOUNT}"),
        ("2500.00", f"2500.0 is a decimal number without quotes; {AMOUNT}"),
        ("false", f"false is a truth value; {AMOUNT}"),
    ],
)
def test_the_approval_limit_is_an_amount_in_quotes(refusal: Refusal, new: str, fault: str) -> None:
    line = refusal(edited(('limit = "2500.00"', f"limit = {new}")))
    assert line == f"2024-01.toml, approval.limit: {fault}"


# --- Whole numbers --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "key", "value"),
    [
        ("window_days = 30", "window_days = 0", "coverage.window_days", 0),
        ("window_days = 30", "window_days = 999999", "coverage.window_days", 999_999),
        ("lost_after_days = 60", "lost_after_days = 0", "receipt.lost_after_days", 0),
        (
            "[processing]\nbusiness_days = 10",
            "[processing]\nbusiness_days = 1",
            "processing.business_days",
            1,
        ),
        ("lag_business_days = 1", "lag_business_days = 0", "payout.lag_business_days", 0),
        ("lag_business_days = 1", "lag_business_days = 999", "payout.lag_business_days", 999),
        ("credit_min_business_days = 7", "credit_min_business_days = 1", "bank.credit_min_business_days", 1),
        (
            "credit_min_business_days = 7",
            "credit_min_business_days = 10",
            "bank.credit_min_business_days",
            10,
        ),
        ("min_months = 3", "min_months = 0", "dispute.min_months", 0),
        ("min_months = 3", "min_months = 6", "dispute.min_months", 6),
        ("max_months = 6", "max_months = 9999", "dispute.max_months", 9_999),
    ],
)
def test_a_number_may_be_at_its_limit(load: Load, old: str, new: str, key: str, value: int) -> None:
    section, name = key.split(".")
    assert getattr(getattr(only(load(edited((old, new)))), section), name) == value


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("window_days = 30", "window_days = -1", f"coverage.window_days: -1 is below 0; {DAYS}"),
        (
            "window_days = 30",
            "window_days = 1000000",
            f"coverage.window_days: 1000000 is above 999999; {DAYS}",
        ),
        (
            "window_days = 30",
            f"window_days = {10**30}",
            f"coverage.window_days: a number of more than 19 digits is above 999999; {DAYS}",
        ),
        (
            "window_days = 30",
            "window_days = true",
            f"coverage.window_days: true is a truth value; {DAYS}",
        ),
        (
            "window_days = 30",
            "window_days = 30.0",
            f"coverage.window_days: 30.0 is a decimal number without quotes; {DAYS}",
        ),
        ("window_days = 30", 'window_days = "30"', f'coverage.window_days: "30" is text; {DAYS}'),
        ("window_days = 30", "window_days = [30]", f"coverage.window_days: a list stands here; {DAYS}"),
        (
            "window_days = 30",
            "window_days = { days = 30 }",
            f"coverage.window_days: a table stands here; {DAYS}",
        ),
        ("lost_after_days = 60", "lost_after_days = -1", f"receipt.lost_after_days: -1 is below 0; {DAYS}"),
        (
            "[processing]\nbusiness_days = 10",
            "[processing]\nbusiness_days = 0",
            f"processing.business_days: 0 is below 1; {WORKING_DAYS}",
        ),
        (
            "[processing]\nbusiness_days = 10",
            "[processing]\nbusiness_days = 1000",
            f"processing.business_days: 1000 is above 999; {WORKING_DAYS}",
        ),
        (
            "lag_business_days = 1",
            "lag_business_days = -1",
            f"payout.lag_business_days: -1 is below 0; {LAG}",
        ),
        (
            "credit_min_business_days = 7",
            "credit_min_business_days = 0",
            f"bank.credit_min_business_days: 0 is below 1; {WORKING_DAYS}",
        ),
        (
            "credit_min_business_days = 7",
            "credit_min_business_days = 11",
            "bank.credit_max_business_days: 10 is below credit_min_business_days, which is 11; " + WORKING_DAYS,
        ),
        ("min_months = 3", "min_months = -1", f"dispute.min_months: -1 is below 0; {MONTHS}"),
        (
            "min_months = 3",
            "min_months = 7",
            f"dispute.max_months: 6 is below min_months, which is 7; {MONTHS}",
        ),
        ("max_months = 6", "max_months = 10000", f"dispute.max_months: 10000 is above 9999; {MONTHS}"),
    ],
)
def test_numbers_are_whole_and_within_their_limits(refusal: Refusal, old: str, new: str, line: str) -> None:
    assert refusal(edited((old, new))) == f"2024-01.toml, {line}"
