"""What a shop may say of its Shopify orders export in a mapping, and the columns that are read of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from refund_calc.inputs.mapping.order_money import ShippingTaxed

# A line whose name is one of these as a whole, in any case, is no goods; * stands for anything.
NOT_GOODS = ("tip", "tips", "*gift card*", "*gift voucher*", "*gift certificate*", "freight", "freight *")

TAXES = range(1, 6)
# Every column that is read, as the export names it. Names, addresses, e-mails, phones and notes are none of them.
COLUMNS = (
    "Name",
    "Id",
    "Financial Status",
    "Paid at",
    "Currency",
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
    "Payment ID",
    "Payment References",
    "Payment Reference",
    "Refunded Amount",
    "Outstanding Balance",
    "Source",
    "Duties",
    *(f"Tax {n} {what}" for n in TAXES for what in ("Name", "Value")),
)
SHOPIFY_WANTED = frozenset(name.lower() for name in COLUMNS)
# The least an export must have; without `Lineitem` columns it is an export of something else.
SHOPIFY_NEEDS = (("Name",), ("Total",), ("Created at",), ("Lineitem quantity",), ("Lineitem price",))

Key = Literal["id", "name"]
SeveralTenders = Literal["hold", "name"]
ZeroPrice = Literal["out", "line"]


@dataclass(frozen=True)
class ShopifySettings:
    """The `[shopify]` table of a mapping; every key may be left out.

    - `key`: `id`, or `name` for the name customers know (`#1001`), which another shop may have given too.
    - `currency`, `country`: for an order that says none. `sales_channel`: for all orders, else their `Source`, which
      `channels` may give another word (`"580111" = "web"`).
    - `shipping_taxed`: whether the tax on shipping is part of `Taxes`; `auto` looks whether a rate says so.
    - `several_tenders`: `hold` an order paid by several for a person, or put their `name`s into the payment method.
    - `zero_price`: a line that costs nothing is left `out` (a bundle whose parts follow), or a `line` like others.
    - `not_goods`, `not_goods_skus`: names and SKUs of lines that nobody can send back; `*` stands for anything.
    - `outbound_shipping_cost`: where no carrier says what it cost. `blank_sku`: what stands for a blank SKU.

    Raises ValueError, naming the key, for a value that is none of its words.
    """

    key: Key = "id"
    currency: str = ""
    country: str = ""
    sales_channel: str = ""
    channels: Mapping[str, str] = field(default_factory=dict)
    shipping_taxed: ShippingTaxed = "auto"
    several_tenders: SeveralTenders = "hold"
    zero_price: ZeroPrice = "out"
    not_goods: tuple[str, ...] = NOT_GOODS
    not_goods_skus: tuple[str, ...] = ()
    outbound_shipping_cost: str = "0.00"
    blank_sku: str = "no-sku"

    def __post_init__(self) -> None:
        for name, words in (
            ("key", get_args(Key)),
            ("several_tenders", get_args(SeveralTenders)),
            ("zero_price", get_args(ZeroPrice)),
            ("shipping_taxed", (True, False, "auto")),
        ):
            if getattr(self, name) not in words:
                listed = ", ".join(str(word).lower() for word in words)
                raise ValueError(f'{name}: "{getattr(self, name)}" is not one of {listed}')
