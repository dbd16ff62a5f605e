"""What a shop may say of its Shopify orders export in a mapping, and the columns that are read of it."""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, Strict

from refund_calc.inputs.mapping.order_money import ShippingTaxed
from refund_calc.policy.terms import Table
from refund_calc.policy.values import Kind

# A line whose name is one of these as a whole, in any case, is no goods; * stands for anything.
NOT_GOODS = (
    "tip",
    "tips",
    "trinkgeld",
    "pourboire",
    "propina",
    "mancia",
    "fooi",
    "*gift card*",
    "*giftcard*",
    "*gift voucher*",
    "*gift certificate*",
    "*geschenkgutschein*",
    "*geschenkkarte*",
    "*cadeaubon*",
    "*buono regalo*",
    "*carte cadeau*",
    "*tarjeta regalo*",
    "*freight*",
)

TAXES = range(1, 6)
AMOUNTS = (
    *("Subtotal", "Shipping", "Taxes", "Total", "Discount Amount", "Refunded Amount", "Outstanding Balance", "Duties"),
    *("Lineitem price", "Lineitem discount", *(f"Tax {n} Value" for n in TAXES)),
)
# The payment's reference stands in the first of these that is filled.
REFERENCES = ("Payment ID", "Payment References", "Payment Reference", "Payment Reference (deprecated)")
# Every column that is read, as the export names it. Names, addresses, e-mails, phones and notes are none of them.
COLUMNS = (
    "Name",
    "Id",
    "Financial Status",
    "Paid at",
    "Currency",
    "Subtotal",
    "Shipping",
    "Taxes",
    "Total",
    "Discount Amount",
    "Created at",
    "Lineitem quantity",
    "Lineitem name",
    "Lineitem price",
    "Lineitem sku",
    "Lineitem taxable",
    "Lineitem discount",
    "Billing Country",
    "Shipping Country",
    "Payment Method",
    *REFERENCES,
    "Refunded Amount",
    "Outstanding Balance",
    "Source",
    "Duties",
    *(f"Tax {n} {what}" for n in TAXES for what in ("Name", "Value")),
)
SHOPIFY_WANTED = frozenset(name.lower() for name in COLUMNS)
# The least an export must have; without `Lineitem` columns it is an export of something else.
SHOPIFY_NEEDS = (("Name",), ("Total",), ("Created at",), ("Lineitem quantity",), ("Lineitem price",))


def _matching(grammar: str, fault: str) -> Callable[[str], str]:
    """A check of texts, blank ones aside."""

    def check(text: str) -> str:
        if text and not re.fullmatch(grammar, text):
            raise ValueError(fault)
        return text

    return check


_Key = Annotated[Literal["id", "name"], Kind("id or name in quotes", '"id"')]
_Code = Annotated[str, AfterValidator(_matching("[A-Za-z]{2,3}", "is no code of letters")), Kind("a code", '"US"')]
_Text = Annotated[str, Kind("text in quotes", '"web"')]
_Words = Annotated[Mapping[str, str], Kind("a table of their words with ours", '{ "580111" = "web" }')]
_Taxed = Annotated[ShippingTaxed, Kind('true, false or "auto"', '"auto"')]
_Tenders = Annotated[Literal["hold", "name"], Kind("hold or name in quotes", '"hold"')]
_ZeroPrice = Annotated[Literal["out", "line"], Kind("out or line in quotes", '"out"')]
_Patterns = Annotated[tuple[str, ...], Strict(False), Kind("a list of texts", '["tip", "*gift card*"]')]
_Money = Annotated[
    str, AfterValidator(_matching(r"\d{1,9}(\.\d{1,2})?", "is not an amount")), Kind("an amount in quotes", '"0.00"')
]


class ShopifySettings(Table):
    """The `[shopify]` table of a mapping; every key may be left out."""

    key: _Key = Field(default="id", description="what an order is called by; Name may belong to another shop, too")
    currency: _Code = Field(default="", description="where the export has no Currency")
    country: _Code = Field(default="", description="of orders without a Shipping and a Billing Country")
    sales_channel: _Text = Field(default="", description="of all orders; else their Source, unknown where it is blank")
    channels: _Words = Field(default={}, description="other words for a Source")
    shipping_taxed: _Taxed = Field(
        default="auto", description="whether Taxes holds tax on the shipping; auto: unless the rates say no"
    )
    several_tenders: _Tenders = Field(default="hold", description="orders with several payment methods or payments")
    zero_price: _ZeroPrice = Field(default="out", description="lines that cost nothing: a bundle whose parts follow")
    not_goods: _Patterns = Field(default=NOT_GOODS, description="names of lines that nobody can send back")
    not_goods_skus: _Patterns = Field(default=(), description="the same by SKU; * stands for anything")
    outbound_shipping_cost: _Money = Field(default="0.00", description="where no carrier says it")
    blank_sku: _Text = Field(default="no-sku", description="what stands for a blank SKU")
