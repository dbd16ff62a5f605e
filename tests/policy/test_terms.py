"""The keys of a policy file: what the default policy sets, what may be left out, and their list (rulebook 2)."""

import re
from datetime import date

import pytest
from pydantic import ValidationError

from refund_calc.policy.terms import Parameter, parameters
from refund_calc.policy.versions import Policy, Rate
from refund_calc.policy.vocabulary import TRIGGERS
from tests.policy.files import DEFAULT, Load, Refusal, edited, only

# --- The default policy --------------------------------------------------------------------------------------


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


def test_a_policy_cannot_be_changed_after_reading(default: Policy) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        default.coverage.window_days = 60


def test_every_placeholder_is_marked_where_finance_meets_it() -> None:
    marked = [parameter.key for parameter in parameters() if parameter.placeholder]
    assert marked == ["restocking.rate", "damage.rates", "receipt.lost_after_days"]
    for line in ['rate = "0.15"', "[damage.rates]", "lost_after_days = 60"]:
        (in_file,) = [text for text in DEFAULT.splitlines() if text.startswith(line)]
        assert "# placeholder" in in_file


# --- What may be left out -------------------------------------------------------------------------------------


def test_the_optional_keys_may_be_left_out(load: Load) -> None:
    policy = only(
        load(
            edited(
                ("excluded_grades = []                   # damage grades that are refused instead of priced\n", ""),
                ("closures = []                          # extra company closing days\n", ""),
                ("credit_max_business_days = 10\nclosures = []\n", "credit_max_business_days = 10\n"),
                (
                    'limit = "2500.00"                      # dollars; an order refunded above it waits for a person\n',
                    "",
                ),
            )
        )
    )
    assert policy.processing.closures == policy.bank.closures == ()
    assert policy.approval.limit is None
    assert (policy.coverage.channels, policy.coverage.excluded_grades) == (None, ())


def test_the_known_channels_and_the_excluded_grades_are_compared_without_case(load: Load) -> None:
    added = 'accessory_reasons = ["damaged_on_arrival"]\n'
    written = edited(
        (added, added + 'channels = ["Web ", "AMAZON"]\n'), ("excluded_grades = []", 'excluded_grades = [" Crack"]')
    )
    coverage = only(load(written)).coverage
    assert (coverage.channels, coverage.excluded_grades) == (("web", "amazon"), ("crack",))


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            'accessory_reasons = ["damaged_on_arrival"]',
            'accessory_reasons = ["damaged_on_arrival"]\nchannels = ["web", "My Kickstarter"]',
            'coverage.channels: ["web", "My Kickstarter"] lists "my kickstarter", which excluded_channels excludes by '
            '"kickstarter"; write a list of sales channels, such as ["web", "amazon"]',
        ),
        (
            "excluded_grades = []",
            'excluded_grades = [""]',
            'coverage.excluded_grades: "" is blank; write a list of damage grades, such as ["crack"]',
        ),
        (
            '["kickstarter", "indiegogo"]',
            '["kickstarter", " "]',
            'coverage.excluded_channels: " " is blank; '
            'write a list of sales channels, such as ["kickstarter", "indiegogo"]',
        ),
    ],
)
def test_what_would_exclude_everything_or_nothing_is_refused(refusal: Refusal, old: str, new: str, line: str) -> None:
    assert refusal(edited((old, new))) == f"2024-01.toml, {line}"


def test_with_its_only_key_the_section_approval_may_go_too(load: Load) -> None:
    limit = 'limit = "2500.00"                      # dollars; an order refunded above it waits for a person\n'
    assert only(load(edited(("[approval]\n" + limit, "")))).approval.limit is None


# --- The list of parameters ----------------------------------------------------------------------------------


def test_the_list_of_parameters_names_every_key_of_the_default_policy_in_its_order() -> None:
    keys, section = [], ""
    for line in DEFAULT.splitlines():
        if line.startswith("["):
            section = line[1:].partition("]")[0] + "."
            if section == "damage.rates.":
                keys.append("damage.rates")
                section = "damage.rates of "
        elif section != "damage.rates of " and (key := re.match(r"(?:# )?(\w+) *=", line)):
            keys.append(section + key[1])  # what may be left out stands there as a comment
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


def test_some_parameters_may_be_left_out() -> None:
    optional = [parameter.key for parameter in parameters() if parameter.default == "none"]
    assert optional == [
        "confirmed_by",
        "coverage.channels",
        "coverage.excluded_grades",
        "processing.closures",
        "bank.closures",
        "approval.limit",
        "approval.approvers",
    ]
