"""Policy versions (rulebook 2): what is read, what is refused and in which words, and which version counts."""

import hashlib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from refund_calc.policy.versions import (
    Parameter,
    Policy,
    PolicyError,
    PolicySet,
    Rate,
    load_policies,
    parameters,
)
from refund_calc.policy.vocabulary import REASONS, TRIGGERS

DEFAULT_FILE = Path(__file__).parents[1] / "data" / "policy" / "2024-01.toml"
DEFAULT = DEFAULT_FILE.read_text(encoding="utf-8")
EPOCH = date(1970, 1, 1)

Edit = tuple[str, str]


def edited(*edits: Edit) -> str:
    """The default policy with each text replaced, which must stand in it once."""
    text = DEFAULT
    for old, new in edits:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the default policy"
        text = text.replace(old, new)
    return text


def versioned(version: str, effective_from: str, *edits: Edit) -> str:
    return edited(
        ('version = "2024-01"', f'version = "{version}"'),
        ("effective_from = 2024-01-01", f"effective_from = {effective_from}"),
        *edits,
    )


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., PolicySet]:
    """Write a policy folder, one file per argument in the order of their names, and read it."""

    def write_and_load(*texts: str) -> PolicySet:
        for text, name in zip(texts, ["2024-01.toml", "2026-07.toml", "2027-01.toml"], strict=False):
            (tmp_path / name).write_text(text, encoding="utf-8")
        return load_policies(tmp_path)

    return write_and_load


@pytest.fixture
def refusal(load: Callable[..., PolicySet]) -> Callable[..., str]:
    """The line with which a policy folder is refused."""

    def line(*texts: str) -> str:
        with pytest.raises(PolicyError) as refused:
            load(*texts)
        assert "\n" not in str(refused.value)
        return str(refused.value)

    return line


# --- The default policy --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def default() -> Policy:
    (policy,) = load_policies(DEFAULT_FILE.parent).versions
    return policy


def test_the_default_policy_is_the_rulebooks(default: Policy) -> None:
    assert (default.version, default.effective_from) == ("2024-01", date(2024, 1, 1))
    assert (default.currency, default.time_zone) == ("USD", "America/Los_Angeles")
    assert default.coverage.window_days == 30
    assert default.coverage.countries == ("US",)
    assert default.coverage.excluded_channels == ("kickstarter", "indiegogo")
    assert default.coverage.accessory_reasons == ("damaged_on_arrival",)
    assert default.return_shipping.waived_for == ("manufacturing_defect",)
    assert default.restocking.rate == Rate(15, 100)
    assert default.restocking.triggers == TRIGGERS
    assert default.restocking.waived_for == ()
    assert default.damage.waived_for == ("damaged_on_arrival",)
    assert default.damage.rates == {
        "none": Rate(0, 1),
        "scratch": Rate(1, 10),
        "dent": Rate(25, 100),
        "crack": Rate(5, 10),
    }
    assert default.receipt.lost_after_days == 60
    assert default.processing.business_days == 10
    assert default.processing.closures == ()
    assert default.payout.lag_business_days == 1
    assert default.bank.credit_min_business_days == 7
    assert default.bank.credit_max_business_days == 10
    assert default.bank.closures == ()
    assert (default.dispute.min_months, default.dispute.max_months) == (3, 6)
    assert default.approval.limit == 250_000
    assert {name: (account.code, account.name) for name, account in default.accounts} == {
        "sales_returns": ("4910", "Sales returns and allowances"),
        "sales_tax_payable": ("2310", "Sales tax payable"),
        "shipping_income": ("4210", "Shipping income"),
        "return_shipping_recovered": ("5420", "Return shipping recovered"),
        "outbound_shipping_recovered": ("5410", "Outbound shipping recovered"),
        "restocking_fees": ("4920", "Restocking fees"),
        "damage_recoveries": ("4930", "Damage recoveries"),
        "cancellation_recoveries": ("4940", "Cancellation losses recovered"),
        "refunds_payable": ("2150", "Refunds payable"),
        "refund_clearing": ("1090", "Refund clearing"),
    }


def test_a_policy_knows_its_file_and_the_hash_of_its_bytes(default: Policy) -> None:
    assert default.file_name == "2024-01.toml"
    assert default.sha256 == hashlib.sha256(DEFAULT_FILE.read_bytes()).hexdigest()


def test_a_policy_cannot_be_changed_after_reading(default: Policy) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        default.coverage.window_days = 60


def test_every_placeholder_is_marked_where_finance_meets_it() -> None:
    marked = [parameter.key for parameter in parameters() if parameter.placeholder]
    assert marked == ["restocking.rate", "damage.rates", "receipt.lost_after_days"]
    for line in ['rate = "0.15"', "[damage.rates]", "lost_after_days = 60"]:
        (in_file,) = [text for text in DEFAULT.splitlines() if text.startswith(line)]
        assert "# placeholder" in in_file


# --- What may be written ------------------------------------------------------------------------------------


def only(policies: PolicySet) -> Policy:
    (policy,) = policies.versions
    return policy


def test_a_single_file_works_as_well_as_a_folder(default: Policy) -> None:
    assert load_policies(DEFAULT_FILE).versions == (default,)


def test_other_and_hidden_files_in_the_folder_are_left_alone(load: Callable[..., PolicySet], tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("not a policy")
    (tmp_path / "._2024-01.toml").write_bytes(b"\x00\x05\x16\x07")  # a Mac leaves such files on shares
    assert len(load(DEFAULT).versions) == 1


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path, default: Policy) -> None:
    (tmp_path / "2024-01.toml").write_bytes(b"\xef\xbb\xbf" + DEFAULT.replace("\n", "\r\n").encode())
    assert only(load_policies(tmp_path)).accounts == default.accounts


def test_the_three_optional_keys_may_be_left_out(load: Callable[..., PolicySet]) -> None:
    policy = only(
        load(
            edited(
                ("closures = []                          # extra company closing days\n", ""),
                ("credit_max_business_days = 10\nclosures = []\n", "credit_max_business_days = 10\n"),
                ('limit = "2500.00"                      # a payout above it waits for a person\n', ""),
            )
        )
    )
    assert policy.processing.closures == policy.bank.closures == ()
    assert policy.approval.limit is None


def test_with_its_only_key_the_section_approval_may_go_too(load: Callable[..., PolicySet]) -> None:
    limit = 'limit = "2500.00"                      # a payout above it waits for a person\n'
    assert only(load(edited(("[approval]\n" + limit, "")))).approval.limit is None


def test_closures_are_dates(load: Callable[..., PolicySet]) -> None:
    policy = only(load(edited(("closures = []         ", "closures = [2026-12-24, 2026-12-31]"))))
    assert policy.processing.closures == (date(2026, 12, 24), date(2026, 12, 31))


def test_words_are_compared_without_case_or_space_around_them(load: Callable[..., PolicySet]) -> None:
    policy = only(
        load(
            edited(
                ('currency = "USD"', 'currency = "usd"'),
                ('countries = ["US"]', 'countries = ["us", " Ca "]'),
                ('["kickstarter", "indiegogo"]', '["KickStarter ", "Straße"]'),
                ('accessory_reasons = ["damaged_on_arrival"]', 'accessory_reasons = ["Wrong_Item"]'),
                ('["original_box_missing", "items_missing", "packaging_damaged"]', '["Items_Missing"]'),
                ('scratch = "0.10"', '" Deep Scratch" = "0.10"'),
            )
        )
    )
    assert policy.currency == "USD"
    assert policy.coverage.countries == ("US", "CA")
    assert policy.coverage.excluded_channels == ("kickstarter", "straße")
    assert policy.coverage.accessory_reasons == ("wrong_item",)
    assert policy.restocking.triggers == ("items_missing",)
    assert list(policy.damage.rates) == ["none", "deep scratch", "dent", "crack"]


def test_every_reason_is_known_where_a_reason_may_stand(load: Callable[..., PolicySet]) -> None:
    all_reasons = "[" + ", ".join(f'"{reason}"' for reason in REASONS) + "]"
    policy = only(load(edited(('waived_for = ["manufacturing_defect"]', f"waived_for = {all_reasons}"))))
    assert policy.return_shipping.waived_for == REASONS


def test_a_table_of_no_damage_rates_asks_for_an_amount_each_time(load: Callable[..., PolicySet]) -> None:
    rates = 'none = "0"\nscratch = "0.10"\ndent = "0.25"\ncrack = "0.50"\n'
    assert only(load(edited((rates, "")))).damage.rates == {}


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
def test_a_rate_is_exact(load: Callable[..., PolicySet], written: str, rate: Rate) -> None:
    assert only(load(edited(('rate = "0.15"', f'rate = "{written}"')))).restocking.rate == rate


@pytest.mark.parametrize(
    ("rate", "text"),
    [(Rate(0, 1), "0"), (Rate(1, 1), "1"), (Rate(15, 100), "0.15"), (Rate(1, 10**9), "0.000000001")],
)
def test_a_rate_is_shown_as_it_was_written(rate: Rate, text: str) -> None:
    assert str(rate) == text


@pytest.mark.parametrize(
    ("written", "cents"),
    [("0", 0), ("0.01", 1), ("7.5", 750), ("2500", 250_000), ("999999999.99", 99_999_999_999)],
)
def test_the_approval_limit_is_in_cents(load: Callable[..., PolicySet], written: str, cents: int) -> None:
    assert only(load(edited(('limit = "2500.00"', f'limit = "{written}"')))).approval.limit == cents


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
        ("lag_business_days = 1", "lag_business_days = 99999", "payout.lag_business_days", 99_999),
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
def test_a_number_may_be_at_its_limit(load: Callable[..., PolicySet], old: str, new: str, key: str, value: int) -> None:
    section, name = key.split(".")
    assert getattr(getattr(only(load(edited((old, new)))), section), name) == value


# --- What is refused, and in which words ---------------------------------------------------------------------

DAYS = "write a whole number of days from 0 to 999999, such as 30"
WORKING_DAYS = "write a whole number of working days from 1 to 99999, such as 10"
LAG = "write a whole number of working days from 0 to 99999, such as 1"
MONTHS = "write a whole number of months from 0 to 9999, such as 3"
RATE = 'write a decimal from 0 to 1 in quotes, such as "0.15"'
GRADES = 'write a table of damage grades with decimals from 0 to 1 in quotes, such as { scratch = "0.10" }'
AMOUNT = 'write an amount with at most two decimals in quotes, such as "2500.00"'
DATE = "write a date without quotes or time, such as 2024-01-01"
DATES = "write a list of dates without quotes or times, such as [2024-12-24, 2024-12-31]"
REASON = (
    "write a list of reasons out of manufacturing_defect, damaged_on_arrival, wrong_item, changed_mind, other, "
    'such as ["manufacturing_defect"]'
)
TRIGGER = (
    "write a list of triggers out of original_box_missing, items_missing, packaging_damaged, "
    'such as ["original_box_missing"]'
)
ZONE = 'write the IANA name of a time zone, such as "America/Los_Angeles"'
COUNTRIES = 'write a list of ISO 3166 codes, such as ["US"]'
CHANNELS = 'write a list of sales channels, such as ["kickstarter", "indiegogo"]'


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
        ('"1e-1"', f'"1e-1" is not a decimal number; {RATE}'),
        ('"٠.١٥"', f'"٠.١٥" is not a decimal number; {RATE}'),
        ('""', f'"" is blank; {RATE}'),
        ("0.15", f"0.15 is a decimal number without quotes; {RATE}"),
        ("1", f"1 is a whole number without quotes; {RATE}"),
        ("true", f"true is a truth value; {RATE}"),
    ],
)
def test_a_rate_is_a_decimal_from_0_to_1_in_quotes(refusal: Callable[..., str], new: str, fault: str) -> None:
    line = refusal(edited(('rate = "0.15"', f"rate = {new}")))
    assert line == f"2024-01.toml, restocking.rate: {fault}"


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
        ('dent = "0.25"', '" " = "0.25"', f'damage.rates. : " " is blank; {GRADES}'),
        (
            'dent = "0.25"',
            'dent = "0.25"\nDent = "0.30"',
            f'damage.rates: "dent" and "Dent" are the same grade; {GRADES}',
        ),
        ("[damage.rates]", "rates = 5\n[damage.more]", "damage.more: unknown key; remove it, or use one of "),
    ],
)
def test_damage_rates_name_each_grade_once(refusal: Callable[..., str], old: str, new: str, line: str) -> None:
    assert refusal(edited((old, new))).startswith(f"2024-01.toml, {line}")


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
        ("2500", f"2500 is a whole number without quotes; {AMOUNT}"),
        ("2500.00", f"2500.0 is a decimal number without quotes; {AMOUNT}"),
        ("false", f"false is a truth value; {AMOUNT}"),
    ],
)
def test_the_approval_limit_is_an_amount_in_quotes(refusal: Callable[..., str], new: str, fault: str) -> None:
    line = refusal(edited(('limit = "2500.00"', f"limit = {new}")))
    assert line == f"2024-01.toml, approval.limit: {fault}"


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
            "[processing]\nbusiness_days = 100000",
            f"processing.business_days: 100000 is above 99999; {WORKING_DAYS}",
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
def test_numbers_are_whole_and_within_their_limits(refusal: Callable[..., str], old: str, new: str, line: str) -> None:
    assert refusal(edited((old, new))) == f"2024-01.toml, {line}"


@pytest.mark.parametrize(
    ("new", "fault"),
    [
        ('"2024-01-01"', f'"2024-01-01" is text; {DATE}'),
        ("2024-01-01T00:00:00", f"2024-01-01T00:00:00 is a date with a time; {DATE}"),
        ("2024-01-01T00:00:00Z", f"2024-01-01T00:00:00+00:00 is a date with a time; {DATE}"),
        ("00:00:00", f"00:00:00 is a time; {DATE}"),
        ("20240101", f"20240101 is a whole number without quotes; {DATE}"),
    ],
)
def test_effective_from_is_a_date_without_time(refusal: Callable[..., str], new: str, fault: str) -> None:
    line = refusal(edited(("effective_from = 2024-01-01", f"effective_from = {new}")))
    assert line == f"2024-01.toml, effective_from: {fault}"


@pytest.mark.parametrize(
    ("new", "fault"),
    [
        ('"2026-12-24"', f'"2026-12-24" is text; {DATES}'),
        ("2026-12-24", f"2026-12-24 is a date without quotes; {DATES}"),
        ('[2026-12-24, "2026-12-31"]', f'"2026-12-31" is text; {DATES}'),
        ("[2026-12-24T00:00:00]", f"2026-12-24T00:00:00 is a date with a time; {DATES}"),
    ],
)
@pytest.mark.parametrize("section", ["processing", "bank"])
def test_closures_are_a_list_of_dates(refusal: Callable[..., str], section: str, new: str, fault: str) -> None:
    last_key = {"processing": "business_days = 10\n", "bank": "credit_max_business_days = 10\n"}[section]
    begin = {"processing": "[processing]\n", "bank": ""}[section] + last_key
    line = refusal(edited((f"{begin}closures = []", f"{begin}closures = {new}")))
    assert line == f"2024-01.toml, {section}.closures: {fault}"


@pytest.mark.parametrize(
    ("old", "key", "remedy"),
    [
        ('accessory_reasons = ["damaged_on_arrival"]', "coverage.accessory_reasons", REASON),
        ('waived_for = ["manufacturing_defect"]', "return_shipping.waived_for", REASON),
        ("waived_for = []", "restocking.waived_for", REASON),
        ('[damage]\nwaived_for = ["damaged_on_arrival"]', "damage.waived_for", REASON),
        (
            'triggers = ["original_box_missing", "items_missing", "packaging_damaged"]',
            "restocking.triggers",
            TRIGGER,
        ),
    ],
)
def test_words_come_from_their_list(refusal: Callable[..., str], old: str, key: str, remedy: str) -> None:
    noun = "trigger" if key.endswith("triggers") else "reason"
    start = old.partition("= ")[0]
    unknown = refusal(edited((old, start + '= ["lost_interest"]')))
    assert unknown == f'2024-01.toml, {key}: "lost_interest" is not a {noun}; {remedy}'
    no_list = refusal(edited((old, start + '= "wrong_item"')))
    assert no_list == f'2024-01.toml, {key}: "wrong_item" is text; {remedy}'
    no_text = refusal(edited((old, start + "= [1]")))
    assert no_text == f"2024-01.toml, {key}: 1 is a whole number without quotes; {remedy}"
    blank = refusal(edited((old, start + '= [""]')))
    assert blank == f'2024-01.toml, {key}: "" is blank; {remedy}'


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            'countries = ["US"]',
            'countries = ["USA"]',
            f'coverage.countries: "USA" is not 2 letters; {COUNTRIES}',
        ),
        (
            'countries = ["US"]',
            'countries = ["Ü1"]',
            f'coverage.countries: "Ü1" is not 2 letters; {COUNTRIES}',
        ),
        ('countries = ["US"]', 'countries = "US"', f'coverage.countries: "US" is text; {COUNTRIES}'),
        (
            '["kickstarter", "indiegogo"]',
            '["kickstarter", ""]',
            f'coverage.excluded_channels: "" is blank; {CHANNELS}',
        ),
        (
            'currency = "USD"',
            'currency = "US"',
            'currency: "US" is not 3 letters; write an ISO 4217 code, such as "USD"',
        ),
        (
            'currency = "USD"',
            'currency = "$"',
            'currency: "$" is not 3 letters; write an ISO 4217 code, such as "USD"',
        ),
        (
            'version = "2024-01"',
            'version = " "',
            'version: " " is blank; write text in quotes, such as "2024-01"',
        ),
        (
            'version = "2024-01"',
            "version = 2024",
            'version: 2024 is a whole number without quotes; write text in quotes, such as "2024-01"',
        ),
        (
            'version = "2024-01"',
            'version = "2024\\n01"',
            'version: "2024\\n01" holds a control character; write text in quotes, such as "2024-01"',
        ),
        (
            'version = "2024-01"',
            'version = "2024\\u009F01"',
            'version: "2024\\x9f01" holds a control character; write text in quotes, such as "2024-01"',
        ),
    ],
)
def test_texts_and_codes_are_checked(refusal: Callable[..., str], old: str, new: str, line: str) -> None:
    assert refusal(edited((old, new))) == f"2024-01.toml, {line}"


@pytest.mark.parametrize(
    "zone",
    [
        "America/Los_Angels",
        "America",
        "PST8PDT2",
        "../UTC",
        "/etc/localtime",
        "localtime",
        "-08:00",
        "x" * 300,
    ],
)
def test_a_time_zone_must_exist(refusal: Callable[..., str], zone: str) -> None:
    line = refusal(edited(('"America/Los_Angeles"', f'"{zone}"')))
    assert line.startswith(f'2024-01.toml, time_zone: "{zone[:50]}')
    assert line.endswith(f'" is not a known time zone; {ZONE}')
    assert len(line) < 200


@pytest.mark.parametrize(
    ("new", "line"),
    [
        (
            '"4910"',
            (
                'accounts.sales_returns: "4910" is text; '
                'write an account, such as { code = "4910", name = "Sales returns" }'
            ),
        ),
        (
            '{ code = "4910" }',
            'accounts.sales_returns.name: missing; write text in quotes, such as name = "Sales returns"',
        ),
        (
            '{ code = 4910, name = "Returns" }',
            (
                "accounts.sales_returns.code: 4910 is a whole number without quotes; "
                'write text in quotes, such as "4910"'
            ),
        ),
        (
            '{ code = "", name = "Returns" }',
            'accounts.sales_returns.code: "" is blank; write text in quotes, such as "4910"',
        ),
        (
            '{ code = "4910", name = "Sales\\treturns" }',
            (
                'accounts.sales_returns.name: "Sales\\treturns" holds a control character; '
                'write text in quotes, such as "Sales returns"'
            ),
        ),
        (
            '{ code = "4910", name = "Returns", type = "income" }',
            "accounts.sales_returns.type: unknown key; remove it, or use one of code, name",
        ),
    ],
)
def test_an_account_has_a_code_and_a_name(refusal: Callable[..., str], new: str, line: str) -> None:
    old = 'sales_returns               = { code = "4910", name = "Sales returns and allowances" }'
    assert refusal(edited((old, f"sales_returns = {new}"))) == f"2024-01.toml, {line}"


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("[receipt]", 'note = "x"\n[receipt]', "damage.rates.note: "),  # any word is a grade there
        (
            "[coverage]",
            'colour = "red"\n[coverage]',
            "colour: unknown key; remove it, or use one of version, ",
        ),
        (
            "window_days = 30",
            "windowdays = 30",
            "coverage.windowdays: unknown key; did you mean window_days?",
        ),
        ("[restocking]", "[restoking]", "restoking: unknown key; did you mean restocking?"),
        ('rate = "0.15"', 'rate = "0.15"\nrates = "2"', "restocking.rates: unknown key; did you mean rate?"),
        ("[coverage]", 'file_name = "x"\n[coverage]', "file_name: unknown key"),
        ("[coverage]", 'sha256 = "x"\n[coverage]', "sha256: unknown key"),
        ("[approval]", "[approval]\nlimits = 1", "approval.limits: unknown key; did you mean limit?"),
    ],
)
def test_an_unknown_key_is_refused_with_the_key_that_was_meant(
    refusal: Callable[..., str], old: str, new: str, line: str
) -> None:
    assert refusal(edited((old, new))).startswith(f"2024-01.toml, {line}")


REQUIRED = [parameter.key for parameter in parameters() if parameter.default is None]


@pytest.mark.parametrize("key", REQUIRED)
def test_a_missing_key_is_named_with_an_example(refusal: Callable[..., str], key: str) -> None:
    *section, name = key.split(".")
    lines = DEFAULT.splitlines(keepends=True)
    begin = lines.index(f"[{section[0]}]\n") if section else 0
    if key == "damage.rates":
        at = next(i for i, line in enumerate(lines) if line.startswith("[damage.rates]"))
        del lines[at : at + 5]
    else:
        del lines[next(i for i in range(begin, len(lines)) if lines[i].split(" ")[0] == name)]
    line = refusal("".join(lines))
    assert line.startswith(f"2024-01.toml, {key}: missing; write ")
    assert f", such as {name} = " in line


@pytest.mark.parametrize(
    "section",
    [
        "coverage",
        "return_shipping",
        "restocking",
        "receipt",
        "processing",
        "payout",
        "bank",
        "dispute",
        "accounts",
    ],
)
def test_a_missing_section_is_named(refusal: Callable[..., str], section: str) -> None:
    begin = DEFAULT.index(f"[{section}]")
    end = DEFAULT.find("\n[", begin)
    line = refusal(DEFAULT[:begin] + (DEFAULT[end:] if end > 0 else ""))
    assert line == f"2024-01.toml, {section}: missing; add the section [{section}]"


def test_a_section_that_is_no_table_is_refused(refusal: Callable[..., str]) -> None:
    text = edited(("[coverage]", "dispute = 3\n[coverage]"), ("[dispute]\nmin_months = 3\nmax_months = 6\n", ""))
    line = "2024-01.toml, dispute: 3 is a whole number without quotes; write it as a section [dispute]"
    assert refusal(text) == line


def test_of_several_errors_the_first_key_of_the_file_is_named_every_time(refusal: Callable[..., str]) -> None:
    text = edited(('limit = "2500.00"', "limit = 1"), ("window_days = 30", "window_days = -1"))
    assert refusal(text) == refusal(text) == f"2024-01.toml, coverage.window_days: -1 is below 0; {DAYS}"


# --- Files that cannot be read -------------------------------------------------------------------------------


def test_a_toml_error_is_named_with_its_line(refusal: Callable[..., str]) -> None:
    line_of = DEFAULT[: DEFAULT.index("window_days")].count("\n") + 1
    line = refusal(edited(("window_days = 30", "window_days 30")))
    assert line == (
        f"2024-01.toml line {line_of}: not valid TOML: Expected '=' after a key in a key/value pair; "
        "correct it there or just before"
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('version = "a"\nversion = "b"\n', "2024-01.toml line 2: not valid TOML: Cannot overwrite a value; "),
        ("version = [1,\n\n", "2024-01.toml line 1: not valid TOML: Invalid value; "),
        (
            "\neffective_from = 2024-02-30\n",
            "2024-01.toml line 2: not valid TOML: Invalid date or datetime; ",
        ),
        ("a = " + "[" * 5000, "2024-01.toml line 1: not valid TOML: maximum recursion depth exceeded"),
        ("a = " + "9" * 5000, "2024-01.toml line 1: not valid TOML: Exceeds the limit"),
    ],
    ids=["key twice", "unclosed", "no such day", "too deep", "too long"],
)
def test_whatever_toml_cannot_read_is_one_line(refusal: Callable[..., str], text: str, line: str) -> None:
    assert refusal(text).startswith(line)


def test_an_empty_file_lacks_its_first_key(refusal: Callable[..., str]) -> None:
    assert refusal("").startswith("2024-01.toml, version: missing; ")


def test_a_file_in_another_encoding_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "2024-01.toml").write_bytes('version = "a"\nname = "Rückgabe"\n'.encode("latin-1"))
    with pytest.raises(PolicyError, match=r"^2024-01.toml line 2: not UTF-8; save the file as UTF-8$"):
        load_policies(tmp_path)


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="nowhere: no such file or folder; name the folder that holds "):
        load_policies(tmp_path / "nowhere")


def test_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="is empty; put one file per policy version there"):
        load_policies(tmp_path)


def test_a_folder_without_toml_files(tmp_path: Path) -> None:
    (tmp_path / "2024-01.yaml").write_text("version: 2024-01")
    with pytest.raises(PolicyError, match=r"holds no \.toml file; put one file per policy version there"):
        load_policies(tmp_path)


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "2024-01.toml").mkdir()
    with pytest.raises(PolicyError, match=r"2024-01\.toml: cannot be read \("):
        load_policies(tmp_path)


def test_a_file_in_the_place_of_a_folder_on_the_way(tmp_path: Path) -> None:
    (tmp_path / "policy").write_text("")
    with pytest.raises(PolicyError, match=r"2024-01\.toml: cannot be read "):
        load_policies(tmp_path / "policy" / "2024-01.toml")


# --- Versions together ---------------------------------------------------------------------------------------


def test_versions_are_sorted_by_the_day_they_take_effect_not_by_file(load: Callable[..., PolicySet]) -> None:
    policies = load(versioned("later", "2026-07-01"), versioned("first", "2024-01-01"))
    assert [policy.version for policy in policies.versions] == ["first", "later"]
    assert (policies.time_zone, policies.currency) == ("America/Los_Angeles", "USD")


@pytest.mark.parametrize(
    ("second", "line"),
    [
        (
            versioned("2024-01", "2026-07-01"),
            'version: "2024-01" stands in 2024-01.toml too; each version needs its own',
        ),
        (
            versioned("2026-07", "2024-01-01"),
            "effective_from: 2024-01-01 stands in 2024-01.toml too; each version needs its own",
        ),
        (
            versioned("2026-07", "2026-07-01", ('"America/Los_Angeles"', '"America/New_York"')),
            (
                'time_zone: "America/New_York" differs from "America/Los_Angeles" in 2024-01.toml; '
                "all versions must have the same"
            ),
        ),
        (
            versioned("2026-07", "2026-07-01", ('"USD"', '"EUR"')),
            'currency: "EUR" differs from "USD" in 2024-01.toml; all versions must have the same',
        ),
    ],
    ids=["version", "effective_from", "time_zone", "currency"],
)
def test_versions_must_differ_in_name_and_day_and_agree_on_zone_and_currency(
    refusal: Callable[..., str], second: str, line: str
) -> None:
    assert refusal(DEFAULT, second) == f"2026-07.toml, {line}"


def test_of_two_bad_files_the_first_by_name_is_named_however_the_folder_lists_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ["2024-01.toml", "2026-07.toml"]:
        (tmp_path / name).write_text("")
    backwards = [tmp_path / "2026-07.toml", tmp_path / "2024-01.toml"]
    monkeypatch.setattr(Path, "iterdir", lambda _folder: iter(backwards))
    with pytest.raises(PolicyError, match=r"^2024-01\.toml, version: missing"):
        load_policies(tmp_path)


def test_an_error_in_the_second_file_names_the_second_file(refusal: Callable[..., str]) -> None:
    second = versioned("2026-07", "2026-07-01", ("window_days = 30", "window_days = -1"))
    assert refusal(DEFAULT, second).startswith("2026-07.toml, coverage.window_days: -1 is below 0")


@pytest.fixture
def two(load: Callable[..., PolicySet]) -> PolicySet:
    return load(DEFAULT, versioned("2026-07", "2026-07-01", ("window_days = 30", "window_days = 45")))


@pytest.mark.parametrize(
    ("day", "version"),
    [
        (date(2024, 1, 1), "2024-01"),
        (date(2026, 6, 30), "2024-01"),
        (date(2026, 7, 1), "2026-07"),
        (date(2026, 7, 2), "2026-07"),
        (date(2099, 12, 31), "2026-07"),
    ],
)
def test_a_version_is_in_force_from_its_day_to_the_day_before_the_next(two: PolicySet, day: date, version: str) -> None:
    assert two.in_force(day).version == version


def test_the_day_before_the_first_version_has_none_in_force(two: PolicySet) -> None:
    with pytest.raises(PolicyError) as refused:
        two.in_force(date(2023, 12, 31))
    assert str(refused.value) == (
        "2024-01.toml, effective_from: the first version takes effect on 2024-01-01, so none is in force on "
        "2023-12-31; add the version that was, or run a later night"
    )


def test_each_order_gets_the_version_of_its_day_or_none_before_the_first(two: PolicySet) -> None:
    ordered = [date(2026, 7, 1), date(2023, 12, 31), date(2026, 6, 30), date(2024, 1, 1), date(2030, 1, 1)]
    days = np.array([(day - EPOCH).days for day in ordered], dtype=np.int64)
    found = two.version_on(days)
    assert found.tolist() == [1, -1, 0, 0, 1]
    assert found.dtype == np.int64


def test_no_orders_need_no_version(two: PolicySet) -> None:
    assert two.version_on(np.array([], dtype=np.int64)).tolist() == []


# --- The list of parameters ----------------------------------------------------------------------------------


def test_the_list_of_parameters_names_every_key_of_the_default_policy_in_its_order() -> None:
    keys, section = [], ""
    for line in DEFAULT.splitlines():
        if line.startswith("["):
            section = line[1:].partition("]")[0] + "."
            if section == "damage.rates.":
                keys.append("damage.rates")
        elif line and not line.startswith("#") and section != "damage.rates.":
            keys.append(section + line.split(" ")[0])
    assert [parameter.key for parameter in parameters()] == keys


def test_a_parameter_says_what_it_means_how_it_is_written_and_its_clause() -> None:
    found = {parameter.key: parameter for parameter in parameters()}
    assert found["coverage.window_days"] == Parameter(
        key="coverage.window_days",
        kind="a whole number of days from 0 to 999999",
        meaning="days after delivery within which notice must be given; that day itself is in time",
        default=None,
        placeholder=False,
        clause="RP-1",
    )
    assert found["restocking.rate"].placeholder
    assert found["accounts.restocking_fees"].clause == "RP-7"
    assert all(parameter.meaning for parameter in parameters())


def test_three_parameters_may_be_left_out() -> None:
    optional = [parameter.key for parameter in parameters() if parameter.default == "none"]
    assert optional == ["processing.closures", "bank.closures", "approval.limit"]
