"""Every file's columns, declared once: name, type, whether blank is allowed, meaning (rulebook 3, 7, 8).

The row models below are read in two ways. The intake takes each column's *kind* from them and parses whole columns
(`cell_types`); pydantic then words what is wrong with the few cells that did not parse.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple, cast, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from refund_calc.policy.vocabulary import DISPUTE_STATUSES, ITEM_TYPES, REASONS, RETURN_TYPES

# The grammar of a cell, without anchors; read by `re` for single cells and by RE2 for whole columns.
MONEY = r"[0-9]{1,9}(\.[0-9]{1,2})?"
COUNT = r"[0-9]{1,6}"
DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
TIMESTAMP = DAY + r"[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)? ?(Z|[+-][0-9]{2}:?[0-9]{2})"
COUNTRY = r"[A-Za-z]{2}"
CURRENCY = r"[A-Za-z]{3}"
CONTROL = r"[\x00-\x1f\x7f-\x{9f}]"  # RE2's spelling
FLAGS = {"yes": True, "y": True, "true": True, "1": True, "no": False, "n": False, "false": False, "0": False}
YEARS = (2000, 2099)

# Unicode's White_Space property. Python's str.strip() and Arrow's trim kernel use wider sets of their own.
WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"

Kind = Literal["text", "lower", "country", "currency", "money", "count", "date", "flag", "choice"]


class Cell(NamedTuple):
    """What a column's cells are: the kind, the words of a choice, the least count."""

    kind: Kind
    words: tuple[str, ...] = ()
    least: int = 0


def _text(cell: str) -> str:
    if re.search(r"[\x00-\x1f\x7f-\x9f]", cell):
        raise ValueError("holds a control character")
    return cell


def _money(cell: str) -> int:
    if not re.fullmatch(MONEY, cell):
        raise ValueError("is not an amount such as 12.34 (digits, at most two decimals, never negative)")
    whole, _, decimals = cell.partition(".")
    return int(whole) * 100 + int(decimals.ljust(2, "0"))


def _count(least: int) -> BeforeValidator:
    def parse(cell: str) -> int:
        if not re.fullmatch(COUNT, cell):
            raise ValueError("is not a whole number of at most 6 digits")
        if int(cell) < least:
            raise ValueError(f"is below {least}")
        return int(cell)

    return BeforeValidator(parse)


def _date(cell: str) -> date:
    if not (re.fullmatch(DAY, cell) or re.fullmatch(TIMESTAMP, cell)):
        raise ValueError("is not a date YYYY-MM-DD, nor a timestamp with a zone such as 2026-03-01T20:10:00Z")
    try:
        day = date.fromisoformat(cell[:10])
        if len(cell) > 10:
            hour, minute, second = (int(part) for part in cell[11:19].split(":"))
            datetime(day.year, day.month, day.day, hour, minute, second)
            zone = cell.rstrip("Z")[-6:].replace(":", "") if not cell.endswith("Z") else "+0000"
            if int(zone[-4:-2]) > 23 or int(zone[-2:]) > 59:
                raise ValueError
    except ValueError:
        raise ValueError("is not a day or time that exists") from None
    # A timestamp may still be moved into or out of the range by its zone: whoever knows the zone tests that.
    if len(cell) == 10 and not YEARS[0] <= day.year <= YEARS[1]:
        raise ValueError(f"is outside the years {YEARS[0]}-{YEARS[1]}")
    return day


def _flag(cell: str) -> bool:
    if cell.lower() not in FLAGS:
        raise ValueError("is not yes or no")
    return FLAGS[cell.lower()]


def _letters(pattern: str, what: str) -> BeforeValidator:
    def parse(cell: str) -> str:
        if not re.fullmatch(pattern, cell):
            raise ValueError(f"is not {what}")
        return cell.upper()

    return BeforeValidator(parse)


def _choice(words: tuple[str, ...]) -> BeforeValidator:
    def parse(cell: str) -> str:
        if cell.lower() not in words:
            raise ValueError("is not one of " + ", ".join(words))
        return cell.lower()

    return BeforeValidator(parse)


Text = Annotated[str, BeforeValidator(_text), Cell("text")]
LowerText = Annotated[str, BeforeValidator(_text), Cell("lower")]
Country = Annotated[str, _letters(COUNTRY, "a country of two letters such as US"), Cell("country")]
Currency = Annotated[str, _letters(CURRENCY, "a currency of three letters such as USD"), Cell("currency")]
Money = Annotated[int, BeforeValidator(_money), Cell("money")]
Count = Annotated[int, _count(0), Cell("count")]
CountFrom1 = Annotated[int, _count(1), Cell("count", least=1)]
Day = Annotated[date, BeforeValidator(_date), Cell("date")]
Flag = Annotated[bool, BeforeValidator(_flag), Cell("flag")]
ItemType = Annotated[str, _choice(ITEM_TYPES), Cell("choice", ITEM_TYPES)]
ReturnType = Annotated[str, _choice(RETURN_TYPES), Cell("choice", RETURN_TYPES)]
Reason = Annotated[str, _choice(REASONS), Cell("choice", REASONS)]
DisputeStatus = Annotated[str, _choice(DISPUTE_STATUSES), Cell("choice", DISPUTE_STATUSES)]


def _column(
    meaning: str,
    *,
    key: bool = False,
    order_level: bool = False,
    deciding: bool = True,
    optional: bool = False,
    distinct: bool = False,
) -> Any:
    """A field of a row model.

    `deciding`: part of the content that history compares (rulebook 4, stage B). `distinct`: most rows have a text of
    their own, so a dictionary of the column's texts would save nothing.
    """
    marks = dict(key=key, order_level=order_level, deciding=deciding, optional=optional, distinct=distinct)
    return Field(description=meaning, json_schema_extra=dict(marks))


class Row(BaseModel):
    model_config = ConfigDict(frozen=True, defer_build=True)  # only bad cells are ever validated


class OrderRow(Row):
    """orders.csv: one row per order line."""

    order_number: Text = _column("the store's order number", key=True, distinct=True)
    order_line: Text = _column("the line within the order", key=True)
    sku: Text = _column("what was sold", deciding=False)
    item_type: ItemType = _column("product or accessory")
    sales_channel: LowerText = _column("where it was sold, compared without case", order_level=True)
    ship_country: Country = _column("ISO 3166 country it was shipped to", order_level=True)
    currency: Currency = _column("ISO 4217 currency of every amount in the row", order_level=True)
    ordered_date: Day = _column("decides which policy version judges the order", order_level=True)
    picked_up_date: Day | None = _column("when the courier took the parcel")
    delivered_date: Day | None = _column("when the customer got it")
    quantity: CountFrom1 = _column("units bought")
    unit_price: Money = _column("price of one unit")
    line_discount: Money = _column("for the whole line")
    line_tax: Money = _column("for the whole line")
    shipping_paid: Money = _column("for the whole order, repeated on its lines", order_level=True)
    outbound_shipping_cost: Money = _column(
        "what the courier charged for the whole order, repeated on its lines", order_level=True
    )
    payment_method: Text | None = _column("how the customer paid", order_level=True, deciding=False)
    payment_reference: Text | None = _column(
        "the processor's reference", order_level=True, deciding=False, distinct=True
    )


class ReturnRow(Row):
    """returns.csv: one row per line of an RMA."""

    rma_number: Text = _column("the return", key=True, distinct=True)
    order_number: Text = _column("the order it belongs to", key=True, distinct=True)
    order_line: Text = _column("the order line it belongs to", key=True)
    return_type: ReturnType = _column("return, refused delivery or cancellation")
    reason: Reason = _column("the customer's reason")
    quantity_requested: CountFrom1 = _column("units the customer sends back")
    quantity_received: Count | None = _column("units the warehouse got, at most quantity_requested")
    requested_date: Day = _column("when the customer gave notice")
    received_date: Day | None = _column("date of the line's latest parcel")
    tracking_number: Text | None = _column("the parcel", deciding=False, distinct=True)
    evidence_complete: Flag | None = _column("photos and a short reason are there")
    reason_confirmed: Flag | None = _column(
        "customer service confirmed the reason; for a cancellation, that it stopped the order before pickup"
    )
    original_box: Flag | None = _column("the original box came back")
    items_missing: Flag | None = _column("set items are missing")
    packaging_damaged: Flag | None = _column("the packaging is damaged")
    damage_grade: LowerText | None = _column("the warehouse's grade, a word of the policy's damage.rates")
    damage_amount: Money | None = _column("assessed by the warehouse for the line")
    return_shipping_cost: Money = _column("for the whole RMA, repeated on its lines")
    cancellation_loss: Money | None = _column("for the line")
    dispute_status: DisputeStatus | None = _column("none, open, won (by the store) or lost; blank means none")
    dispute_opened_date: Day | None = _column("when the customer's bank opened the dispute")


class ResolutionRow(Row):
    """resolutions.csv: exceptions.csv with its last columns filled in by an analyst (rulebook 8)."""

    rma_number: Text | None = _column("the return it speaks of")
    order_number: Text | None = _column("blank: whichever order", optional=True)
    order_line: Text | None = _column("blank: all lines of the RMA")
    code: LowerText | None = _column("a finding's code, or a deduction")
    action: LowerText | None = _column("allow, reject, waive or set-amount; blank: the row is skipped")
    amount: Money | None = _column("for set-amount, and for allow of approval-required", optional=True)
    resolved_by: Text | None = _column("who decided; required")
    note: Text | None = _column("for people, not read", optional=True)


@dataclass(frozen=True)
class Column:
    """One column of an input file, as declared by its row model."""

    name: str
    cell: Cell
    blank: bool  # may a cell be blank?
    meaning: str
    key: bool
    order_level: bool
    deciding: bool
    optional: bool  # may the whole column be missing?
    distinct: bool


@cache
def columns(model: type[Row]) -> tuple[Column, ...]:
    """The columns of an input file in the order of their declaration."""
    found = []
    for name, field in model.model_fields.items():
        inner, blank = field.annotation, False
        metadata = list(field.metadata)
        if not metadata:  # `X | None`: the annotation of X is the first member
            inner, blank = get_args(inner)[0], True
            metadata = list(get_args(inner)[1:])
        cell = next(m for m in metadata if isinstance(m, Cell))
        marks: dict[str, bool] = field.json_schema_extra  # type: ignore[assignment]
        found.append(Column(name=name, cell=cell, blank=blank, meaning=field.description or "", **marks))
    return tuple(found)


def column_names(model: type[Row], **marks: bool) -> tuple[str, ...]:
    """Names of the columns that carry these marks: `column_names(OrderRow, order_level=True)`."""
    return tuple(c.name for c in columns(model) if all(getattr(c, mark) == want for mark, want in marks.items()))


@cache
def _adapter(model: type[Row], name: str) -> TypeAdapter[Any]:
    field = model.model_fields[name]
    kind = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
    return TypeAdapter(cast(Any, kind))


def what_is_wrong(model: type[Row], name: str, cell: str) -> str:
    """Words for a cell that did not parse: pydantic's verdict on this one cell.

    `cell` is trimmed text. Only ever called for bad cells, once per distinct text.
    """
    if cell == "":
        return "is blank, but a value is required"
    try:
        _adapter(model, name).validate_python(cell)
    except ValidationError as error:
        return error.errors()[0]["msg"].removeprefix("Value error, ")
    # The one check that needs the store's time zone is not pydantic's to make.
    return f"is outside the years {YEARS[0]}-{YEARS[1]} in the store's time zone"
