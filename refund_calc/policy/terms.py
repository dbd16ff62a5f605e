"""The keys of a policy file, in the order of the file: what each means, how it is written, and its clause.

`parameters` lists them for the tables in the manual.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationInfo, field_validator
from pydantic.fields import FieldInfo

from refund_calc.policy.values import (
    AccountCode,
    AccountName,
    CalendarDays,
    CentsOrNone,
    Channels,
    Closures,
    Countries,
    Currency,
    Day,
    GradeRates,
    Grades,
    Kind,
    KnownChannels,
    Lag,
    Months,
    Names,
    RateValue,
    Reasons,
    Text,
    TimeZone,
    Triggers,
    WorkingDayCount,
)


@dataclass(frozen=True)
class Clause:
    """The clause a key belongs to, and the figure that stands there until finance sets one, as it is written."""

    id: str
    placeholder: object = None


class Table(BaseModel):
    """A TOML table: every key known, every value of exactly its type, nothing changed after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Coverage(Table):
    """Which orders may be returned (RP-1 to RP-4), and in which condition (RP-15)."""

    window_days: Annotated[CalendarDays, Clause("RP-1")] = Field(
        description="days after delivery within which notice must be given; that day itself is in time"
    )
    countries: Annotated[Countries, Clause("RP-2")] = Field(description="countries whose orders may be returned")
    excluded_channels: Annotated[Channels, Clause("RP-4")] = Field(
        description="words; a sales channel that contains one of them gets no refund or return"
    )
    channels: Annotated[KnownChannels, Clause("RP-4")] = Field(
        default=None, description="the sales channels that are known, word for word; any other one is held"
    )
    accessory_reasons: Annotated[Reasons, Clause("RP-3")] = Field(
        description="reasons for which an accessory may be returned"
    )
    excluded_grades: Annotated[Grades, Clause("RP-15")] = Field(
        default=(), description="damage grades that are refused instead of priced"
    )

    @field_validator("channels")
    @classmethod
    def _none_is_excluded(cls, channels: tuple[str, ...] | None, info: ValidationInfo) -> tuple[str, ...] | None:
        for channel in channels or ():
            for word in info.data.get("excluded_channels", ()):
                if word in channel:
                    raise ValueError(f'lists "{channel}", which excluded_channels excludes by "{word}"')
        return channels


class ReturnShipping(Table):
    """Who bears return shipping (RP-6)."""

    waived_for: Annotated[Reasons, Clause("RP-6")] = Field(
        description="reasons for which the store bears return shipping"
    )


class Restocking(Table):
    """The restocking fee (RP-7)."""

    rate: Annotated[RateValue, Clause("RP-7", placeholder="0.15")] = Field(
        description="restocking fee as a part of the merchandise returned"
    )
    triggers: Annotated[Triggers, Clause("RP-7")] = Field(
        description="what the warehouse finds that costs a restocking fee"
    )
    waived_for: Annotated[Reasons, Clause("RP-7")] = Field(description="reasons for which there is no restocking fee")


PLACEHOLDER_RATES = {"none": "0", "scratch": "0.10", "dent": "0.25", "crack": "0.50"}


class Damage(Table):
    """The deduction for damage (RP-8)."""

    waived_for: Annotated[Reasons, Clause("RP-8")] = Field(description="reasons for which damage is not deducted")
    rates: Annotated[GradeRates, Clause("RP-8", placeholder=PLACEHOLDER_RATES)] = Field(
        description="deduction by damage grade as a part of the merchandise; other grades need damage_amount"
    )


class Receipt(Table):
    """When a parcel counts as lost (RP-9)."""

    lost_after_days: Annotated[CalendarDays, Clause("RP-9", placeholder=60)] = Field(
        description="days after the request beyond which a parcel not received counts as lost"
    )


class Processing(Table):
    """Within which time a refund is promised (RP-10)."""

    business_days: Annotated[WorkingDayCount, Clause("RP-10")] = Field(
        description="business days from receipt (cancellation: from the request) to the due date"
    )
    closures: Annotated[Closures, Clause("RP-10")] = Field(
        default=(), description="closing days of the company that are no business days"
    )


class Payout(Table):
    """When the money leaves (RP-10)."""

    lag_business_days: Annotated[Lag, Clause("RP-10")] = Field(
        description="bank days from the night to the payout; 0: the same day, or the next bank day"
    )


class Bank(Table):
    """When the customer sees the money (RP-11)."""

    credit_min_business_days: Annotated[WorkingDayCount, Clause("RP-11")] = Field(
        description="bank days from the payout to the first day the customer may see the credit"
    )
    credit_max_business_days: Annotated[WorkingDayCount, Clause("RP-11")] = Field(
        description="bank days from the payout to the last day by which the customer sees the credit"
    )
    closures: Annotated[Closures, Clause("RP-11")] = Field(
        default=(), description="closing days of the bank that are no bank days"
    )

    @field_validator("credit_max_business_days")
    @classmethod
    def _not_before_the_first(cls, value: int, info: ValidationInfo) -> int:
        return _at_least(value, "credit_min_business_days", info)


class Dispute(Table):
    """How long a dispute at the bank takes (RP-12)."""

    min_months: Annotated[Months, Clause("RP-12")] = Field(
        description="months after which a dispute is decided at the earliest"
    )
    max_months: Annotated[Months, Clause("RP-12")] = Field(
        description="months after which a dispute is decided at the latest"
    )

    @field_validator("max_months")
    @classmethod
    def _not_before_the_first(cls, value: int, info: ValidationInfo) -> int:
        return _at_least(value, "min_months", info)


class Approval(Table):
    """What waits for a person (CT-3)."""

    limit: Annotated[CentsOrNone, Clause("CT-3")] = Field(
        default=None, description="dollars refunded on an order above which a payout waits for a person"
    )
    approvers: Annotated[Names, Clause("CT-3")] = Field(
        default=(), description="who may approve such a payout, in whatever case; left out: anybody"
    )


def _at_least(value: int, lower_key: str, info: ValidationInfo) -> int:
    lower = info.data.get(lower_key, value)  # absent when it was refused itself
    if value < lower:
        raise ValueError(f"is below {lower_key}, which is {lower}")
    return value


class Account(Table):
    """A ledger account."""

    code: AccountCode
    name: AccountName


LedgerAccount = Annotated[Account, Kind("an account", '{ code = "4910", name = "Sales returns" }')]


class Accounts(Table):
    """The ledger's accounts, one for every side of a journal entry."""

    sales_returns: LedgerAccount = Field(description="debited with the merchandise refunded")
    sales_tax_payable: LedgerAccount = Field(description="debited with the tax refunded")
    shipping_income: Annotated[LedgerAccount, Clause("RP-13, RP-14")] = Field(
        description="debited with the shipping refunded"
    )
    return_shipping_recovered: Annotated[LedgerAccount, Clause("RP-6")] = Field(
        description="credited with return shipping deducted"
    )
    outbound_shipping_recovered: Annotated[LedgerAccount, Clause("RP-14")] = Field(
        description="credited with outbound shipping deducted"
    )
    restocking_fees: Annotated[LedgerAccount, Clause("RP-7")] = Field(
        description="credited with restocking fees deducted"
    )
    damage_recoveries: Annotated[LedgerAccount, Clause("RP-8")] = Field(description="credited with damage deducted")
    cancellation_recoveries: Annotated[LedgerAccount, Clause("RP-13")] = Field(
        description="credited with cancellation losses deducted"
    )
    refunds_payable: Annotated[LedgerAccount, Clause("RP-10")] = Field(
        description="credited with the net refund, debited when it is paid out"
    )
    refund_clearing: Annotated[LedgerAccount, Clause("RP-10")] = Field(description="credited when a refund is paid out")


class Terms(Table):
    """The keys of a policy file."""

    version: Annotated[Text, Clause("CT-4")] = Field(
        description="the version's name, as it stands in register and ledger; no two are the same"
    )
    effective_from: Annotated[Day, Clause("CT-4")] = Field(
        description="orders from this day on, until the next version's, are judged by this version"
    )
    currency: Annotated[Currency, Clause("CT-1")] = Field(
        description="the currency of all amounts, the same in all versions"
    )
    confirmed_by: Annotated[Text | None, Clause("RP-7, RP-8, RP-9"), Kind("text in quotes", '"A. Controller"')] = Field(
        default=None,
        description="who in finance stands behind the placeholders of this version; else every night warns",
    )
    time_zone: Annotated[TimeZone, Clause("CT-1")] = Field(
        description="the store's, the same in all versions; timestamps become dates in it"
    )
    coverage: Coverage
    return_shipping: ReturnShipping
    restocking: Restocking
    damage: Damage
    receipt: Receipt
    processing: Processing
    payout: Payout
    bank: Bank
    dispute: Dispute
    approval: Approval = Approval()
    accounts: Accounts


def kind_of(field: FieldInfo) -> Kind | None:
    """How the value of a key is written; None for a section."""
    return next((note for note in field.metadata if isinstance(note, Kind)), None)


@dataclass(frozen=True)
class Parameter:
    """One key of a policy file, as the README's table shows it."""

    key: str  # dotted
    kind: str  # how it is written
    meaning: str
    default: Literal["none"] | None  # what leaving it out means; None: it is required
    placeholder: bool  # the policy gives no figure: finance must set it
    clause: str  # blank where it belongs to no clause


def still_placeholders(terms: Terms) -> list[str]:
    """The keys whose figure is the one that stands there until finance sets it."""
    return list(_placeholders_of(terms, ""))


def _placeholders_of(table: BaseModel, prefix: str) -> Iterator[str]:
    for name, field in type(table).model_fields.items():
        value = getattr(table, name)
        if isinstance(value, BaseModel):
            yield from _placeholders_of(value, f"{prefix}{name}.")
            continue
        clause = next((note for note in field.metadata if isinstance(note, Clause)), None)
        if clause and clause.placeholder is not None:
            kind: Any = Annotated[field.annotation, *field.metadata]
            written: TypeAdapter[object] = TypeAdapter(kind)
            if written.validate_python(clause.placeholder, strict=True) == value:
                yield prefix + name


def parameters() -> list[Parameter]:
    """Every key of a policy file, in the order of the file."""
    return list(_parameters_of(Terms, ""))


def _parameters_of(table: type[BaseModel], prefix: str) -> Iterator[Parameter]:
    for name, field in table.model_fields.items():
        if kind := kind_of(field):
            clause = next((note for note in field.metadata if isinstance(note, Clause)), Clause(""))
            default: Literal["none"] | None = None if field.is_required() else "none"
            meaning = field.description or ""
            yield Parameter(prefix + name, kind.what, meaning, default, clause.placeholder is not None, clause.id)
        elif isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _parameters_of(field.annotation, f"{prefix}{name}.")
