"""What may stand at a key of a policy file: each kind of value with its constraints, in words, and with an example.

The constraints are pydantic's, on what TOML has read; `refusals` turns those that fail into the words of a message.
Space around a text is dropped, and text that cannot be what it should be is told by the pattern that it misses.
"""

import zoneinfo
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, TypeAlias

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetPydanticSchema,
    Strict,
    StringConstraints,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from refund_calc.policy.toml_values import shown
from refund_calc.policy.vocabulary import REASONS, TRIGGERS

Rate: TypeAlias = Fraction  # an exact part of an amount, from 0 to 1


@dataclass(frozen=True)
class Kind:
    """How values of one kind are written in TOML: in words, and as an example. Ends every error line."""

    what: str
    example: str


# --- Text, and the patterns that it must match ----------------------------------------------------------------


def _one_of(words: Sequence[str]) -> str:
    return rf"^(?i:{'|'.join(words)})$"


_NO_CONTROL = r"^\P{Cc}*$"
_TWO_LETTERS, _THREE_LETTERS = r"^[A-Za-z]{2}$", r"^[A-Za-z]{3}$"
_REASON, _TRIGGER = _one_of(REASONS), _one_of(TRIGGERS)
_DECIMAL = r"^-?[0-9]+(\.[0-9]+)?$"  # no exponent, and no digits but ASCII's
_MONEY = r"^-?[0-9]{1,9}(\.[0-9]{1,2})?$"

MISMATCHES = {
    _NO_CONTROL: "holds a control character",
    _TWO_LETTERS: "is not 2 letters",
    _THREE_LETTERS: "is not 3 letters",
    _REASON: "is not a reason",
    _TRIGGER: "is not a trigger",
    _DECIMAL: "is not a decimal number",
    _MONEY: "is not an amount of money",
}
"""What is said of a text that does not match a pattern, after the text itself."""


def _text(pattern: str, *, upper: bool = False, lower: bool = False) -> StringConstraints:
    """Text that is not blank and, without the space around it, matches a pattern."""
    return StringConstraints(strip_whitespace=True, min_length=1, pattern=pattern, to_upper=upper, to_lower=lower)


def _read_from(pattern: str, read: Callable[[str], object]) -> GetPydanticSchema:
    """A value that is written as text: text of this pattern, then `read`, whose ValueError is the fault."""
    text = Annotated[str, _text(pattern)]

    def schema(_source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(read, handler.generate_schema(text))

    return GetPydanticSchema(schema)


def _rate(text: str) -> Rate:
    rate = Fraction(*_not_negative(text).as_integer_ratio())
    if rate > 1:
        raise ValueError("is above 1")
    if 10**9 % rate.denominator:  # amounts are multiplied in 64 bits
        raise ValueError("has more than 9 decimals")
    return rate


def _cents(text: str) -> int:
    return int(_not_negative(text) * 100)


def _not_negative(text: str) -> Decimal:
    if text.startswith("-"):
        raise ValueError("is negative")
    return Decimal(text)


def _zone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
        known = name != "localtime"  # on many machines a file of that name, but not of one zone
    except (LookupError, OSError, ValueError):
        known = False
    if not known:
        raise ValueError("is not a known time zone")
    return name


def _no_grade_twice(value: object) -> object:
    """Grades that differ only in case or in the space around them would overwrite each other."""
    seen: dict[str, str] = {}
    for written in value if isinstance(value, dict) else ():
        if (first := seen.setdefault(written.strip().lower(), written)) != written:
            faults = {"first": shown(first), "second": shown(written)}
            raise PydanticCustomError("same_grade", "{first} and {second} are the same grade", faults)
    return value


# --- The kinds ------------------------------------------------------------------------------------------------

# The upper limits keep every date that can follow from them within the calendars.
CalendarDays = Annotated[int, Field(ge=0, le=999_999), Kind("a whole number of days from 0 to 999999", "30")]
WorkingDayCount = Annotated[int, Field(ge=1, le=999), Kind("a whole number of working days from 1 to 999", "10")]
Lag = Annotated[int, Field(ge=0, le=999), Kind("a whole number of working days from 0 to 999", "1")]
Months = Annotated[int, Field(ge=0, le=9_999), Kind("a whole number of months from 0 to 9999", "3")]

RateValue = Annotated[Rate, _read_from(_DECIMAL, _rate), Kind("a decimal from 0 to 1 in quotes", '"0.15"')]
GradeRates = Annotated[
    Mapping[Annotated[str, _text(_NO_CONTROL, lower=True)], RateValue],
    BeforeValidator(_no_grade_twice),
    Kind("a table of damage grades with decimals from 0 to 1 in quotes", '{ scratch = "0.10" }'),
]
CentsOrNone = Annotated[
    int | None,
    _read_from(_MONEY, _cents),
    Kind("an amount with at most two decimals in quotes", '"2500.00"'),
]

Text = Annotated[str, _text(_NO_CONTROL), Kind("text in quotes", '"2024-01"')]
AccountCode = Annotated[str, _text(_NO_CONTROL), Kind("text in quotes", '"4910"')]
AccountName = Annotated[str, _text(_NO_CONTROL), Kind("text in quotes", '"Sales returns"')]
TimeZone = Annotated[
    str,
    _text(_NO_CONTROL),
    AfterValidator(_zone),
    Kind("the IANA name of a time zone", '"America/Los_Angeles"'),
]
Currency = Annotated[str, _text(_THREE_LETTERS, upper=True), Kind("an ISO 4217 code", '"USD"')]

# TOML reads lists, which strict tuples would refuse; what stands in them stays strict.
Day = Annotated[date, Kind("a date without quotes or time", "2024-01-01")]
Closures = Annotated[
    tuple[date, ...],
    Strict(False),
    Kind("a list of dates without quotes or times", "[2024-12-24, 2024-12-31]"),
]
Countries = Annotated[
    tuple[Annotated[str, _text(_TWO_LETTERS, upper=True)], ...],
    Strict(False),
    Kind("a list of ISO 3166 codes", '["US"]'),
]
_Channel = Annotated[str, _text(_NO_CONTROL, lower=True)]
Channels = Annotated[
    tuple[_Channel, ...],
    Strict(False),
    Kind("a list of sales channels", '["kickstarter", "indiegogo"]'),
]
KnownChannels = Annotated[
    tuple[_Channel, ...] | None,
    Strict(False),
    Kind("a list of sales channels", '["web", "amazon"]'),
]
Grades = Annotated[
    tuple[Annotated[str, _text(_NO_CONTROL, lower=True)], ...],
    Strict(False),
    Kind("a list of damage grades", '["crack"]'),
]
Names = Annotated[
    tuple[Annotated[str, _text(_NO_CONTROL)], ...],
    Strict(False),
    Field(min_length=1),
    Kind("a list of names", '["controller"]'),
]
Reasons = Annotated[
    tuple[Annotated[str, _text(_REASON, lower=True)], ...],
    Strict(False),
    Kind(f"a list of reasons out of {', '.join(REASONS)}", f'["{REASONS[0]}"]'),
]
Triggers = Annotated[
    tuple[Annotated[str, _text(_TRIGGER, lower=True)], ...],
    Strict(False),
    Kind(f"a list of triggers out of {', '.join(TRIGGERS)}", f'["{TRIGGERS[0]}"]'),
]
