"""What a mapping file may say: which of their columns is ours, and how what stands there is written (issue 12).

The grammar is pydantic's and strict; `rules` reads the files and words what is wrong with them.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, Strict, StringConstraints, model_validator

from refund_calc.inputs.mapping.shopify_settings import ShopifySettings
from refund_calc.inputs.mapping.values import DATE_PARTS
from refund_calc.policy.terms import Table
from refund_calc.policy.values import Kind

_TEXT = StringConstraints(strip_whitespace=True, min_length=1)
_Text = Annotated[str, _TEXT]


def _date_form(form: str) -> str:
    """A form with a year, a month and a day, each once."""
    parts = DATE_PARTS.findall(form)
    letters = sorted(part[0] for part in parts if part[0] in "YMDhms" and part != "AM")
    if any(part.isalpha() and part not in ("T", "AM", "Z") and part[0] not in "YMDhms" for part in parts):
        raise ValueError("is no form of a date")
    if len(letters) != len(set(letters)) or not {"Y", "M", "D"} <= set(letters):
        raise ValueError("has not one year, one month and one day")
    return form


Text = Annotated[str | None, _TEXT, Kind("text in quotes", '"utf-8"')]
Word = Annotated[str | None, Kind("text in quotes", '"0.00"')]
Headers = Annotated[tuple[_Text, ...], Strict(False), Kind("a list of their headers", '["orderNumber"]')]
Needs = Annotated[
    tuple[_Text, ...],
    Strict(False),
    Field(min_length=1),
    Kind("a list of headers, alternatives separated by |", '["Name", "SKU|Lineitem SKU"]'),
]
DateForms = Annotated[
    tuple[Annotated[str, AfterValidator(_date_form)], ...],
    Strict(False),
    Kind("a list of forms made of YYYY YY MMMM MMM MM M DD D hh h mm ss AM Z", '["MM/DD/YYYY"]'),
]
MoneyForm = Annotated[
    Literal["1234.50", "1,234.50", "1234,50", "1.234,50", "1 234,50", "1'234.50"] | None,
    Kind("one of 1234.50  1,234.50  1234,50  1.234,50  1 234,50  1'234.50 in quotes", '"1,234.50"'),
]
Words = Annotated[
    Mapping[str, str], Kind("a table of their values with ours", '{ "Doesn\'t work" = "manufacturing_defect" }')
]
Choices = Annotated[
    Mapping[str, Annotated[tuple[str, ...], Strict(False)]],
    Kind("a table of their headers with lists of values", '{ status = ["completed"] }'),
]
Keys = Annotated[
    Mapping[str, str],
    Field(min_length=1),
    Kind("a table of headers here with headers there", '{ orderNumber = "order_number" }'),
]
Ours = Annotated[Literal["orders", "returns"] | None, Kind("orders or returns in quotes", '"orders"')]
Texts = Annotated[tuple[_Text, ...], Strict(False), Kind("a list of texts", '["--"]')]
RowCount = Annotated[int, Field(ge=1, le=50), Kind("a whole number from 1 to 50", "10")]
Several = Annotated[
    Literal["same", "sum", "earliest", "latest"], Kind("same, sum, earliest or latest in quotes", '"sum"')
]


class ColumnRule(Table):
    """Where one of our columns comes from: `from` a header (the first that is there), or a constant `value`."""

    headers: Headers = Field(default=(), alias="from", description="the first of these headers that is there")
    sheet: Text = Field(default=None, description="the name of a join: the header stands in that file")
    value: Word = Field(default=None, description="the same in every row")
    values: Words = Field(default={}, description="their values (in any case) and ours; any other one is a problem")
    prefixes: Words = Field(default={}, description="beginnings of their values and ours; the longest one counts")
    dates: DateForms = Field(default=(), description="of this column")
    money: MoneyForm = Field(default=None, description="of this column")
    blank: Word = Field(default=None, description="ours where their cell is blank")
    absent: Word = Field(default=None, description="ours where the joined file has no row")
    of_several: Several = Field(default="same", description="of several rows of the joined file")
    position_in: Headers = Field(default=(), description="the row's number within the rows with the same value")
    by_sku: Headers = Field(default=(), description="the order's line that has this SKU")
    split_within: Headers = Field(default=(), description="an amount of all rows with the same value here is split")
    split_by: Headers = Field(default=(), description="... in proportion to these amounts, by whole cents")

    @model_validator(mode="after")
    def _one_source(self) -> "ColumnRule":
        given = [bool(self.headers), self.value is not None, bool(self.position_in), bool(self.by_sku)]
        if sum(given) != 1:
            raise ValueError("needs exactly one of from, value, position_in and by_sku")
        if (self.sheet or self.absent is not None or self.of_several != "same") and not self.headers:
            raise ValueError("has sheet, absent or of_several without from")
        if (self.absent is not None or self.of_several != "same") and not self.sheet:
            raise ValueError("has absent or of_several without sheet")
        if bool(self.split_within) != bool(self.split_by) or (self.split_by and (not self.headers or self.sheet)):
            raise ValueError("needs from, split_within and split_by together, and no sheet")
        return self


class Join(Table):
    """Rows of another file that belong to a row of this one."""

    sheet: Text = Field(default=None, description="the other sheet, where the join has another name")
    on: Keys = Field(description="headers here and those of the other sheet that must be equal")


class LineAmounts(Table):
    """Totals of a line from which unit_price and line_discount follow, so that price x quantity - discount ties."""

    quantity: Headers = Field(description="units of the line")
    subtotal: Headers = Field(description="the line before its discount")
    total: Headers = Field(description="the line after its discount")


class SheetRule(Table):
    """One kind of file: its header, and what its rows become."""

    needs: Needs = Field(description="headers that it must have, by which it is known")
    becomes: Ours = Field(default=None, description="left out: it is only joined")
    reader: Annotated[Literal["shopify"] | None, Kind("shopify in quotes", '"shopify"')] = Field(
        default=None, description="a reader that makes most columns itself"
    )
    encoding: Text = Field(default=None, description="of this kind of file")
    dates: DateForms = Field(default=(), description="of this kind of file")
    money: MoneyForm = Field(default=None, description="of this kind of file")
    blanks: Texts = Field(default=(), description="of this kind of file")
    header_within: RowCount = Field(
        default=1, description="the header is one of so many first rows; left out: the first"
    )
    trailer: Texts = Field(
        default=(), description="rows of another number of fields that are left out, in any case; * stands for anything"
    )
    fill_down: Headers = Field(default=(), description="blank cells take what stands above")
    fill_within: Headers = Field(default=(), description="but only from rows with the same value here")
    skip_blank: Headers = Field(default=(), description="rows that are blank here are left out")
    must: Choices = Field(default={}, description="a row with any other value cannot be mapped")
    unit: Headers = Field(default=(), description="their id of a unit: rows of one RMA and order line are added up")
    join: Mapping[str, Join] = {}
    line_amounts: LineAmounts | None = None
    columns: Mapping[str, ColumnRule] = {}


class Rules(Table):
    """A mapping file."""

    about: Text = Field(default=None, description="what it reads, for people")
    encoding: Text = Field(default=None, description="of all files; left out: utf-8")
    dates: DateForms = Field(
        default=(), description="beside ours; a time of day without a zone is the shop's, and dropped"
    )
    money: MoneyForm = Field(
        default=None, description="how amounts are written, with or without a currency; left out: as ours"
    )
    blanks: Texts = Field(default=(), description="texts that stand for a blank cell")
    sheets: Mapping[str, SheetRule] = Field(min_length=1)
    shopify: ShopifySettings = ShopifySettings()
