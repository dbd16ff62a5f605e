"""Dates, words and names of a policy, read or refused in words (rulebook 2)."""

from datetime import date

import pytest

from refund_calc.policy.vocabulary import REASONS
from tests.policy.files import Load, Refusal, edited, only

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


# --- Dates ----------------------------------------------------------------------------------------------------


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
def test_effective_from_is_a_date_without_time(refusal: Refusal, new: str, fault: str) -> None:
    line = refusal(edited(("effective_from = 2024-01-01", f"effective_from = {new}")))
    assert line == f"2024-01.toml, effective_from: {fault}"


def test_closures_are_dates(load: Load) -> None:
    policy = only(load(edited(("closures = []         ", "closures = [2026-12-24, 2026-12-31]"))))
    assert policy.processing.closures == (date(2026, 12, 24), date(2026, 12, 31))


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
def test_closures_are_a_list_of_dates(refusal: Refusal, section: str, new: str, fault: str) -> None:
    last_key = {"processing": "business_days = 10\n", "bank": "credit_max_business_days = 10\n"}[section]
    begin = {"processing": "[processing]\n", "bank": ""}[section] + last_key
    line = refusal(edited((f"{begin}closures = []", f"{begin}closures = {new}")))
    assert line == f"2024-01.toml, {section}.closures: {fault}"


# --- Words ----------------------------------------------------------------------------------------------------


def test_words_are_compared_without_case_or_space_around_them(load: Load) -> None:
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


def test_every_reason_is_known_where_a_reason_may_stand(load: Load) -> None:
    all_reasons = "[" + ", ".join(f'"{reason}"' for reason in REASONS) + "]"
    policy = only(load(edited(('waived_for = ["manufacturing_defect"]', f"waived_for = {all_reasons}"))))
    assert policy.return_shipping.waived_for == REASONS


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
def test_words_come_from_their_list(refusal: Refusal, old: str, key: str, remedy: str) -> None:
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
            'countries = ["US"]',
            'countries = ["US", ""]',
            f'coverage.countries: "" is blank; {COUNTRIES}',
        ),
        (
            '["kickstarter", "indiegogo"]',
            '["kick\\tstarter"]',
            f'coverage.excluded_channels: "kick\\tstarter" holds a control character; {CHANNELS}',
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
def test_texts_and_codes_are_checked(refusal: Refusal, old: str, new: str, line: str) -> None:
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
def test_a_time_zone_must_exist(refusal: Refusal, zone: str) -> None:
    line = refusal(edited(('"America/Los_Angeles"', f'"{zone}"')))
    assert line.startswith(f'2024-01.toml, time_zone: "{zone[:50]}')
    assert line.endswith(f'" is not a known time zone; {ZONE}')
    assert len(line) < 200


# --- Accounts -------------------------------------------------------------------------------------------------


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
def test_an_account_has_a_code_and_a_name(refusal: Refusal, new: str, line: str) -> None:
    old = 'sales_returns               = { code = "4910", name = "Sales returns and allowances" }'
    assert refusal(edited((old, f"sales_returns = {new}"))) == f"2024-01.toml, {line}"
