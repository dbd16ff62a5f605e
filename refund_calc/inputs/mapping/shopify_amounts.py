"""The amounts of a Shopify orders export, read, tied to each order's `Total`, and turned into what was paid."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Bools, Ints
from refund_calc.inputs.mapping import order_money
from refund_calc.inputs.mapping.faults import Faults
from refund_calc.inputs.mapping.order_money import OrderSums, Paid, SoldLines
from refund_calc.inputs.mapping.shopify_layout import REWRITTEN, Export, Orders
from refund_calc.inputs.mapping.shopify_settings import TAXES, ShopifySettings
from refund_calc.inputs.mapping.their_cells import (
    SCIENTIFIC,
    Numbers,
    amounts,
    as_bools,
    codes,
    counts,
    flags,
    is_blank,
    matches,
)
from refund_calc.policy.money import Cents, dollar_text, sums_by

# ISO 4217: currencies in which nothing is split below a whole one.
WITHOUT_DECIMALS = (
    *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW"),
    *("PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"),
)
_MOST = 99_999_999_999  # cents of a line: what one of our own cells can hold
_NOT_AN_AMOUNT = "is not an amount such as 1234.50; export the orders again"
_A_COMMA = (
    "is not an amount such as 1234.50; export the orders again, or, where a spreadsheet wrote all of them so, say "
    'money = "1234,50" under [sheets.orders] of your mapping'
)
_TOO_FINE = "has more than two decimals, which this job cannot keep; refund the order in the shop"
_RATE = re.compile(r"([0-9]{1,2})(?:[.,]([0-9]{1,4})[0-9]*)? ?%")


@dataclass(frozen=True)
class Amounts:
    """Amounts in cents of every line, and of every order where it says so; of no meaning where there is a fault.

    `is_line`: lines that can come back. `unclear`: orders of which nobody said whether their shipping is taxed.
    """

    quantity: Ints
    price: Cents
    unit_price: Cents
    line_discount: Cents
    line_tax: Cents
    merchandise: Cents
    is_line: Bools
    is_free: Bools
    shipping_paid: Cents  # of orders
    duties: Cents  # of orders
    unclear: Bools  # of orders


def amounts_of(export: Export, orders: Orders, settings: ShopifySettings, faults: Faults) -> Amounts:
    """Read and tie; orders that do not tie are among the faults afterwards."""
    lines = _lines(export, orders, settings, faults)
    sums = _sums(export, orders, lines, faults)
    faulty = np.zeros(len(orders), np.bool_)
    faulty[orders.order[faults.is_faulty(len(export))]] = True
    included = _tied(lines, sums, faulty, orders, export, faults)
    faulty[orders.order[faults.is_faulty(len(export))]] = True
    sound = np.flatnonzero(~faulty)
    found = _paid(lines, sums, included, sound, _units(export, orders, lines, sums), settings)
    overtaxed = np.flatnonzero(found.overtaxed)
    faults.add(
        orders.first[overtaxed],
        "Taxes",
        "is more than the prices that are to include it; look at the order in the shop",
        export.column("Taxes"),
    )
    is_free = (lines.price == 0) & (settings.zero_price == "out")
    return Amounts(
        quantity=lines.quantity,
        price=lines.price,
        unit_price=found.unit_price,
        line_discount=found.line_discount,
        line_tax=found.tax,
        merchandise=found.merchandise,
        is_line=lines.is_goods & ~is_free & (lines.quantity > 0),
        is_free=is_free & lines.is_goods,
        shipping_paid=found.shipping,
        duties=found.duties,
        unclear=found.unclear,
    )


# -- Reading -----------------------------------------------------------------------------------------------------


def read_amounts(export: Export, name: str, rows: Ints | None, faults: Faults, *, signed: bool = False) -> Numbers:
    """A column of amounts, of all rows or of some; bad ones are faults."""
    cells = export.column(name)
    read = amounts(cells if rows is None else cells.take(pa.array(rows)), signed=signed)
    bad = np.flatnonzero(read.bad)
    _bad_amounts(bad if rows is None else rows[bad], name, cells, faults)
    return read


def _bad_amounts(rows: Ints, name: str, cells: pa.Array, faults: Faults) -> None:
    if len(rows):
        found = cells.take(pa.array(rows))
        reasons = np.full(len(rows), _NOT_AN_AMOUNT, object)
        reasons[matches(found, r"\A-?[0-9.]+,[0-9]{1,2}\z")] = _A_COMMA
        reasons[matches(found, r"\A[0-9]+\.[0-9]{3,}\z")] = _TOO_FINE
        reasons[matches(found, SCIENTIFIC)] = REWRITTEN
        faults.add(rows, name, reasons.tolist(), cells)


def _lines(export: Export, orders: Orders, settings: ShopifySettings, faults: Faults) -> SoldLines:
    price = read_amounts(export, "Lineitem price", None, faults)
    discount = read_amounts(export, "Lineitem discount", None, faults)
    cells = export.column("Lineitem quantity")
    quantity = counts(cells)
    # A spreadsheet leaves rows of nothing behind: they are lines of no units.
    is_line = ~(quantity.blank & price.blank & is_blank(export.column("Name")))
    not_whole = is_line & (quantity.bad | quantity.blank)
    faults.add(np.flatnonzero(not_whole), "Lineitem quantity", "is not a whole number", cells)
    faults.add(np.flatnonzero(is_line & price.blank), "Lineitem price", "is blank; export the orders again")
    cells = export.column("Lineitem taxable")
    taxable = flags(cells)
    faults.add(np.flatnonzero(taxable.bad), "Lineitem taxable", "is neither true nor false", cells)
    too_much = price.values > _MOST // np.maximum(quantity.values, 1)
    faults.add(np.flatnonzero(too_much), "Lineitem price", "x quantity is more than 999,999,999.99; look at the order")
    over = ~too_much & (discount.values > price.values * quantity.values)
    cells = export.column("Lineitem discount")
    faults.add(np.flatnonzero(over), "Lineitem discount", "is more than the line; look at the order in the shop", cells)
    is_goods = ~_named(export.column("Lineitem name"), settings.not_goods)
    is_goods &= ~_named(export.column("Lineitem sku"), settings.not_goods_skus)
    return SoldLines(
        order=orders.order,
        quantity=quantity.values,
        price=price.values,
        discount=discount.values,
        is_taxable=np.where(taxable.blank, is_goods, taxable.values == 1),
        is_goods=is_goods,
    )


def _named(cells: pa.Array, patterns: Iterable[str]) -> Bools:
    """Which cells are one of these, in any case, where * stands for anything."""
    index, texts = codes(cells)
    grammar = "|".join(".*".join(map(re.escape, pattern.lower().split("*"))) for pattern in patterns)
    if not grammar:
        return np.zeros(len(cells), np.bool_)
    return matches(pc.utf8_lower(texts), rf"(?s)\A(?:{grammar})\z")[index]


def _sums(export: Export, orders: Orders, lines: SoldLines, faults: Faults) -> OrderSums:
    """Blank is nothing; without a `Discount Amount` an order has the discounts of its lines."""
    read = {
        name: read_amounts(export, name, orders.first, faults, signed=name == "Outstanding Balance").values
        for name in ("Discount Amount", "Shipping", "Taxes", "Duties", "Total", "Outstanding Balance")
    }
    has_discount = export.has("Discount Amount")[orders.first]
    of_lines = sums_by(lines.discount, lines.order, len(orders))
    named, rates = _taxes(export, orders)
    discount = np.where(has_discount, read["Discount Amount"], of_lines)
    said = amounts(export.column("Subtotal").take(pa.array(orders.first)))  # a hint only: a bad one is no fault
    subtotal = np.where(said.bad | said.blank, -1, said.values)
    return OrderSums(
        discount=discount,
        shipping=read["Shipping"],
        tax=read["Taxes"],
        duties=read["Duties"],
        total=read["Total"],
        unpaid=np.maximum(read["Outstanding Balance"], 0),
        off_shipping=order_money.off_shipping(lines, discount, read["Shipping"], subtotal),
        named=named,
        rates=rates,
    )


def _taxes(export: Export, orders: Orders) -> tuple[Cents, Ints]:
    """The single taxes of each order, a row for each place: amounts, and the rates in their names (`GST 10%`)."""
    first = pa.array(orders.first)
    named, rates = [np.zeros((0, len(orders)), np.int64)], [np.zeros((0, len(orders)), np.int64)]
    for n in TAXES:
        value = amounts(export.column(f"Tax {n} Value").take(first)).values
        if value.any():
            named.append(value[np.newaxis])
            rates.append(_rate_in(export.column(f"Tax {n} Name").take(first))[np.newaxis])
    return np.concatenate(named), np.concatenate(rates)


def _rate_in(names: pa.Array) -> Ints:
    """The rate in each name in millionths, -1 where there is none."""
    index, texts = codes(names)
    found = [_RATE.search(text) for text in texts.to_pylist()]
    return np.array([int(at[1] + (at[2] or "").ljust(4, "0")) if at else -1 for at in found], np.int64)[index]


# -- Tying and pricing -------------------------------------------------------------------------------------------


def _tied(lines: SoldLines, sums: OrderSums, faulty: Bools, orders: Orders, export: Export, faults: Faults) -> Bools:
    """Which orders' prices include the tax; those that tie neither way are faults, and so are impossible discounts."""
    added, included, base = order_money.ties(lines, sums)
    for at in np.flatnonzero(~faulty & ~added & ~included):
        reason = (
            f"does not tie: the lines less discount, with shipping and duties, come to {dollar_text(int(base[at]))}, "
            f"with the tax to {dollar_text(int(base[at] + sums.tax[at]))}; look at the order in the shop"
        )
        faults.add(orders.first[[at]], "Total", reason, export.column("Total"))
    impossible = ~faulty & (added | included) & order_money.discount_is_impossible(lines, sums)
    faults.add(
        orders.first[impossible],
        "Discount Amount",
        "is less than the Lineitem discounts, or more than was sold; look at the order in the shop",
        export.column("Discount Amount"),
    )
    nothing = ~faulty & (sums.unpaid >= sums.total) & (sums.unpaid > 0)
    faults.add(
        orders.first[nothing],
        "Outstanding Balance",
        "is all of the order: nothing was paid",
        export.column("Outstanding Balance"),
    )
    return included & ~added


def _units(export: Export, orders: Orders, lines: SoldLines, sums: OrderSums) -> Ints:
    """What is not split further in each order: 1 cent, or 100 in a currency without decimals."""
    currency = pc.utf8_upper(export.column("Currency").take(pa.array(orders.first)))
    whole = as_bools(pc.is_in(currency, value_set=pa.array(WITHOUT_DECIMALS)))
    if not whole.any():
        return np.ones(len(orders), np.int64)
    for of_order in (sums.discount, sums.shipping, sums.tax, sums.duties, sums.total, sums.unpaid, *sums.named):
        whole &= of_order % 100 == 0
    whole[orders.order[(lines.price % 100 != 0) | (lines.discount % 100 != 0)]] = False
    return np.where(whole, 100, 1)


def _paid(
    lines: SoldLines, sums: OrderSums, included: Bools, sound: Ints, units: Ints, settings: ShopifySettings
) -> Paid:
    """What was paid, of all lines and orders; zero for orders that are not sound."""
    number = np.full(len(sums), -1)
    number[sound] = np.arange(len(sound))
    rows = np.flatnonzero(number[lines.order] >= 0)
    by_line, by_order = units[lines.order[rows]], units[sound]
    some = SoldLines(
        number[lines.order[rows]],
        lines.quantity[rows],
        lines.price[rows] // by_line,
        lines.discount[rows] // by_line,
        lines.is_taxable[rows],
        lines.is_goods[rows],
    )
    money = {
        name: getattr(sums, name)[sound] // by_order
        for name in ("discount", "shipping", "tax", "duties", "total", "unpaid", "off_shipping")
    }
    of_sound = OrderSums(**money, named=sums.named[:, sound] // by_order, rates=sums.rates[:, sound])
    found = order_money.paid(some, of_sound, included[sound], settings.shipping_taxed)

    def of_lines(cents: Cents) -> Cents:
        whole = np.zeros(len(lines.order), np.int64)
        whole[rows] = cents * by_line
        return whole

    def of_orders(cents: Cents) -> Cents:
        whole = np.zeros(len(sums), np.int64)
        whole[sound] = cents * by_order
        return whole

    def some_orders(is_so: Bools) -> Bools:
        whole = np.zeros(len(sums), np.bool_)
        whole[sound] = is_so
        return whole

    return Paid(
        unit_price=of_lines(found.unit_price),
        line_discount=of_lines(found.line_discount),
        merchandise=of_lines(found.merchandise),
        tax=of_lines(found.tax),
        shipping=of_orders(found.shipping),
        duties=of_orders(found.duties),
        unclear=some_orders(found.unclear),
        overtaxed=some_orders(found.overtaxed),
    )
