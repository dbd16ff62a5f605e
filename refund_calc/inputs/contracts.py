"""Every file's columns, declared once: name, type, whether blank is allowed, meaning (rulebook 3, 8)."""

from dataclasses import dataclass

from refund_calc.inputs.cell_types import (
    COUNT,
    COUNT_FROM_1,
    COUNTRY,
    CURRENCY,
    DATE,
    FLAG,
    LOWER_TEXT,
    MONEY,
    TEXT,
    WHITE_SPACE,
    YEARS,
    CellType,
    choice,
)
from refund_calc.policy.vocabulary import DISPUTE_STATUSES, ITEM_TYPES, REASONS, RETURN_TYPES

__all__ = (
    "WHITE_SPACE",
    "YEARS",
    "Column",
    "OpeningRow",
    "OrderRow",
    "ResolutionRow",
    "ReturnRow",
    "Row",
    "column_names",
    "columns",
)


@dataclass(frozen=True)
class Column:
    """One column of an input file; its name is the attribute of the `Row` that it is declared as."""

    cell: CellType
    meaning: str
    blank: bool = False  # may a cell be blank?
    key: bool = False
    order_level: bool = False  # the same in all rows of an order
    deciding: bool = True  # part of the content that history compares (rulebook 4, stage B)
    optional: bool = False  # may the whole column be missing?
    varies: bool = False  # rows that say the same may differ in it, so that it is never compared
    distinct: bool = False  # text of which most rows have one of their own: a dictionary of them would save nothing
    name: str = ""

    def __set_name__(self, owner: type["Row"], name: str) -> None:
        object.__setattr__(self, "name", name)


class Row:
    """What a row of one kind of file is made of: its columns, declared as attributes of a subclass."""


class OrderRow(Row):
    """orders.csv: one row per order line."""

    order_number = Column(TEXT, "the store's order number", key=True, distinct=True)
    order_line = Column(TEXT, "the line within the order", key=True)
    sku = Column(TEXT, "what was sold", deciding=False)
    item_type = Column(choice(ITEM_TYPES), "product or accessory")
    sales_channel = Column(LOWER_TEXT, "where it was sold, compared without case", order_level=True)
    ship_country = Column(COUNTRY, "ISO 3166 country it was shipped to", order_level=True)
    currency = Column(CURRENCY, "ISO 4217 currency of every amount in the row", order_level=True)
    ordered_date = Column(DATE, "decides which policy version judges the order", order_level=True)
    picked_up_date = Column(DATE, "when the courier took the parcel", blank=True)
    delivered_date = Column(DATE, "when the customer got it", blank=True)
    quantity = Column(COUNT_FROM_1, "units bought")
    unit_price = Column(MONEY, "price of one unit")
    line_discount = Column(MONEY, "for the whole line")
    line_tax = Column(MONEY, "for the whole line")
    shipping_paid = Column(MONEY, "for the whole order, repeated on its lines", order_level=True)
    outbound_shipping_cost = Column(
        MONEY, "what the courier charged for the whole order, repeated on its lines", order_level=True
    )
    payment_method = Column(TEXT, "how the customer paid", blank=True, order_level=True, deciding=False)
    payment_reference = Column(
        TEXT, "the processor's reference", blank=True, order_level=True, deciding=False, distinct=True
    )
    refunded_amount = Column(
        MONEY,
        "what the shop's system shows as refunded on the whole order so far, by whatever way; the largest known counts",
        blank=True,
        optional=True,
        deciding=False,
        varies=True,
    )


class ReturnRow(Row):
    """returns.csv: one row per line of an RMA."""

    rma_number = Column(TEXT, "the return", key=True, distinct=True)
    order_number = Column(TEXT, "the order it belongs to", key=True, distinct=True)
    order_line = Column(TEXT, "the order line it belongs to", key=True)
    return_type = Column(choice(RETURN_TYPES), "return, refused delivery or cancellation")
    reason = Column(choice(REASONS), "the customer's reason")
    quantity_requested = Column(COUNT_FROM_1, "units the customer sends back")
    quantity_received = Column(COUNT, "units the warehouse got, at most quantity_requested", blank=True)
    requested_date = Column(DATE, "when the customer gave notice")
    received_date = Column(DATE, "date of the line's latest parcel", blank=True)
    tracking_number = Column(TEXT, "the parcel", blank=True, deciding=False, distinct=True)
    evidence_complete = Column(FLAG, "photos and a short reason are there", blank=True)
    reason_confirmed = Column(
        FLAG,
        "customer service confirmed the reason; for a cancellation, that it stopped the order before pickup",
        blank=True,
    )
    original_box = Column(FLAG, "the original box came back", blank=True)
    items_missing = Column(FLAG, "set items are missing", blank=True)
    packaging_damaged = Column(FLAG, "the packaging is damaged", blank=True)
    damage_grade = Column(LOWER_TEXT, "the warehouse's grade, a word of the policy's damage.rates", blank=True)
    damage_amount = Column(MONEY, "assessed by the warehouse for the line", blank=True)
    return_shipping_cost = Column(MONEY, "for the whole RMA, repeated on its lines")
    cancellation_loss = Column(MONEY, "for the line", blank=True)
    dispute_status = Column(
        choice(DISPUTE_STATUSES), "none, open, won (by the store) or lost; blank means none", blank=True
    )
    dispute_opened_date = Column(DATE, "when the customer's bank opened the dispute", blank=True)


class ResolutionRow(Row):
    """resolutions.csv: exceptions.csv with its last columns filled in by an analyst (rulebook 8)."""

    rma_number = Column(TEXT, "the return it speaks of", blank=True)
    order_number = Column(TEXT, "blank: whichever order", blank=True, optional=True)
    order_line = Column(TEXT, "blank: all lines of the RMA", blank=True)
    code = Column(LOWER_TEXT, "a finding's code, or a deduction", blank=True)
    action = Column(
        LOWER_TEXT, "allow, reject, stop, waive, set-amount or withdraw; blank: the row is skipped", blank=True
    )
    amount = Column(MONEY, "for set-amount, and for an allow up to an amount", blank=True, optional=True)
    resolved_by = Column(TEXT, "who decided; required", blank=True)
    note = Column(TEXT, "for people; kept in the record", blank=True, optional=True)


class OpeningRow(Row):
    """The opening file of the first night: what was refunded before this job came (rulebook 9)."""

    order_number = Column(TEXT, "the order that was refunded", key=True, distinct=True)
    order_line = Column(TEXT, "its order line", key=True)
    rma_number = Column(TEXT, "the return; blank: not known by its number", key=True, blank=True, optional=True)
    units = Column(COUNT_FROM_1, "units refunded")
    net_refund = Column(MONEY, "what left for them")


def columns(model: type[Row]) -> tuple[Column, ...]:
    """The columns of an input file in the order of their declaration."""
    return tuple(declared for declared in vars(model).values() if isinstance(declared, Column))


def column_names(model: type[Row], **marks: bool) -> tuple[str, ...]:
    """Names of the columns that carry these marks: `column_names(OrderRow, order_level=True)`."""
    return tuple(c.name for c in columns(model) if all(getattr(c, mark) == want for mark, want in marks.items()))
