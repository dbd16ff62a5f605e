"""Keys that are unknown or missing: each is named, with what to do (rulebook 2)."""

import pytest

from refund_calc.policy.terms import parameters
from tests.policy.files import DEFAULT, Refusal, edited

DAYS = "write a whole number of days from 0 to 999999, such as 30"


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
def test_an_unknown_key_is_refused_with_the_key_that_was_meant(refusal: Refusal, old: str, new: str, line: str) -> None:
    assert refusal(edited((old, new))).startswith(f"2024-01.toml, {line}")


REQUIRED = [parameter.key for parameter in parameters() if parameter.default is None]


@pytest.mark.parametrize("key", REQUIRED)
def test_a_missing_key_is_named_with_an_example(refusal: Refusal, key: str) -> None:
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
def test_a_missing_section_is_named(refusal: Refusal, section: str) -> None:
    begin = DEFAULT.index(f"[{section}]")
    end = DEFAULT.find("\n[", begin)
    line = refusal(DEFAULT[:begin] + (DEFAULT[end:] if end > 0 else ""))
    assert line == f"2024-01.toml, {section}: missing; add the section [{section}]"


def test_a_section_that_is_no_table_is_refused(refusal: Refusal) -> None:
    text = edited(("[coverage]", "dispute = 3\n[coverage]"), ("[dispute]\nmin_months = 3\nmax_months = 6\n", ""))
    line = "2024-01.toml, dispute: 3 is a whole number without quotes; write it as a section [dispute]"
    assert refusal(text) == line


def test_of_several_errors_the_first_key_of_the_file_is_named_every_time(refusal: Refusal) -> None:
    text = edited(('limit = "2500.00"', "limit = 1"), ("window_days = 30", "window_days = -1"))
    assert refusal(text) == refusal(text) == f"2024-01.toml, coverage.window_days: -1 is below 0; {DAYS}"
