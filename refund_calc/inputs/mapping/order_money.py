"""What was paid for each line of a shop's order, from the order's own sums: discounts, tax and what is still owed.

For every order gross - discount + shipping + tax (where it is added) + duties = total; for one whose prices include
the tax it is the same without it. From there:

- What the order's discount holds beyond the discounts of its lines, and is not known to be off the shipping, is spread
  over the goods by their net price. What is left beyond the goods comes off the shipping, then off the other lines
  (tips, vouchers, freight).
- Tax on shipping is taken out, and where nobody can tell, the most that may be on it: lines must not get what was
  paid for the shipping. The rest is spread over the taxable lines by net price, else over all lines.
- What is still owed (an edited or part-paid order) was not paid: it comes off every line, the shipping and the duties
  in proportion, off a line's goods and tax alike.

Merchandise is without tax. Where prices include it, so do unit price and discount of what we are given: ours are
brought to the price without tax, and the discount takes up the cents, so that unit price x quantity - discount is
the merchandise to the cent. Shipping that was paid is with its tax either way: it goes back with it.

Amounts are int64, in cents or, for a currency without decimals, in whole units of it.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from refund_calc.columns.aliases import Bools, Ints
from refund_calc.policy.money import Cents, largest_remainder, share, sums_by

MILLION = 1_000_000  # rates are whole numbers of millionths
_MOST_RATE = 300_000  # of a tax on shipping
ShippingTaxed = Literal[True, False, "auto"]


@dataclass(frozen=True)
class SoldLines:
    """Lines of orders; those of an order are neighbours, `order` ascends from 0. `discount` is the line's own."""

    order: Ints
    quantity: Ints
    price: Cents
    discount: Cents
    is_taxable: Bools
    is_goods: Bools

    @property
    def gross(self) -> Cents:
        """Price x quantity."""
        return self.price * self.quantity

    @property
    def net(self) -> Cents:
        """After the line's own discount."""
        return self.gross - self.discount


@dataclass(frozen=True)
class OrderSums:
    """An order's own sums. `discount` holds those of its lines; `unpaid` is what is still owed, at least 0.

    `off_shipping` is the part of `discount` that is known to be off the shipping (a code for free shipping).
    `named` are the amounts of its single taxes, `rates` what their names say in millionths, -1 where they do not: a
    row for each place that the export has for a tax.
    """

    discount: Cents
    shipping: Cents
    tax: Cents
    duties: Cents
    total: Cents
    unpaid: Cents
    off_shipping: Cents
    named: Cents
    rates: Ints

    def __len__(self) -> int:
        return len(self.total)

    @property
    def taxes(self) -> Ints:
        """How many taxes each order has, 1 at least."""
        taxes: Ints = np.maximum((self.named > 0).sum(axis=0), 1)
        return taxes

    @property
    def rate(self) -> Ints:
        """The sum of the rates of each order's taxes, -1 where they do not all tell, or are not all of its tax."""
        there = self.named > 0
        is_known = there.any(axis=0) & ~(there & (self.rates < 0)).any(axis=0) & (self.named.sum(axis=0) == self.tax)
        return np.where(is_known, np.where(there, self.rates, 0).sum(axis=0), -1)


@dataclass(frozen=True)
class Paid:
    """What was paid: by line, and by order. `unclear`: orders of which nobody said whether their shipping is taxed.

    `overtaxed`: orders whose prices are said to include more tax than they are; their amounts mean nothing.
    """

    unit_price: Cents
    line_discount: Cents
    merchandise: Cents
    tax: Cents
    shipping: Cents
    duties: Cents
    unclear: Bools
    overtaxed: Bools


def ties(lines: SoldLines, sums: OrderSums) -> tuple[Bools, Bools, Cents]:
    """Which orders come to their total with the tax added, which with it included, and what they come to without it."""
    base = sums_by(lines.gross, lines.order, len(sums)) - sums.discount + sums.shipping + sums.duties
    return base + sums.tax == sums.total, base == sums.total, base


def discount_is_impossible(lines: SoldLines, sums: OrderSums) -> Bools:
    """Orders whose discount is less than those of their lines, or more than lines and shipping come to."""
    rest = sums.discount - sums_by(lines.discount, lines.order, len(sums))
    return (rest < 0) | (rest > sums_by(lines.net, lines.order, len(sums)) + sums.shipping)


def off_shipping(lines: SoldLines, discount: Cents, shipping: Cents, subtotal: Cents) -> Cents:
    """The part of each order's discount that is off its shipping (a code for free shipping): 0 where nothing says so.

    `subtotal` is what the shop says that lines come to after their discounts, -1 where it does not. A discount that
    is more than it took off the lines is off the shipping. Some shops count tips into it and some do not: what is all
    of the shipping is it.
    """
    orders = len(discount)
    rest = discount - sums_by(lines.discount, lines.order, orders)
    beyond = discount + subtotal - sums_by(lines.gross, lines.order, orders)
    beside = beyond + sums_by(np.where(lines.is_goods, 0, lines.net), lines.order, orders)
    found = np.where((beyond < 0) | (beyond > shipping) | ((beside == shipping) & (beyond > 0)), beside, beyond)
    return np.where((subtotal >= 0) & (found > 0) & (found <= np.minimum(shipping, rest)), found, 0)


def paid(lines: SoldLines, sums: OrderSums, included: Bools, shipping_taxed: ShippingTaxed) -> Paid:
    """The amounts of orders that come to their totals and whose discount is possible.

    `included` says of each order whether its prices include the tax.
    """
    net, shipping = _after_discounts(lines, sums)
    shipping_tax, unclear = _tax_of_shipping(lines, net, shipping, sums, included, shipping_taxed)
    on_lines = shipping_taxed is False
    shipping_tax = np.maximum(shipping_tax, _cannot_be_on_lines(lines, net, shipping, sums.tax, included, on_lines))
    tax = _tax_of_lines(lines, net, sums.tax - shipping_tax, included)
    overtaxed = included & (shipping_tax > shipping)
    if overtaxed.any():  # their amounts mean nothing, but must stay amounts
        tax = np.where(overtaxed[lines.order], 0, tax)
    is_included = included[lines.order]
    merchandise = net - np.where(is_included, tax, 0)
    unit_price = np.where(is_included, _without_tax(lines, net, merchandise), lines.price)
    shipping = shipping + np.where(included, 0, shipping_tax)
    merchandise, tax, shipping, duties = _without_unpaid(lines.order, merchandise, tax, shipping, sums)
    return Paid(
        unit_price=unit_price,
        line_discount=unit_price * lines.quantity - merchandise,
        merchandise=merchandise,
        tax=tax,
        shipping=shipping,
        duties=duties,
        unclear=unclear,
        overtaxed=overtaxed,
    )


def _after_discounts(lines: SoldLines, sums: OrderSums) -> tuple[Cents, Cents]:
    """The net price of each line, and the shipping of each order."""
    orders = len(sums)
    rest = sums.discount - sums_by(lines.discount, lines.order, orders)
    if not rest.any():
        return lines.net, sums.shipping
    goods = np.where(lines.is_goods, lines.net, 0)
    off_goods = np.minimum(rest - sums.off_shipping, sums_by(goods, lines.order, orders))
    off_shipping = np.minimum(rest - off_goods, sums.shipping)
    off_others = rest - off_goods - off_shipping
    net = lines.net - spread(off_goods, goods, lines.order) - spread(off_others, lines.net - goods, lines.order)
    return net, sums.shipping - off_shipping


def _tax_of_shipping(
    lines: SoldLines, net: Cents, shipping: Cents, sums: OrderSums, included: Bools, shipping_taxed: ShippingTaxed
) -> tuple[Cents, Bools]:
    """The part of each order's tax that is on its shipping, and where nobody can tell.

    `auto` takes it out where the rates in the names of the taxes come to the tax with the shipping, not without it
    (to a cent for each line and tax, for each may have been rounded). Without it they must come to the tax to half a
    cent for each tax of each line, which is all that rounding does; where neither is so, it takes out what may be on
    the shipping: money must not leave on a guess. Where the shipping is said to be taxed and no rate ties, it takes its
    part like a taxable line.
    """
    orders = len(sums)
    asked = (shipping > 0) & (sums.tax > 0)
    none = np.zeros(orders, np.int64)
    if shipping_taxed is False or not asked.any():
        return none, np.zeros(orders, np.bool_)
    taxable = sums_by(np.where(lines.is_taxable, net, 0), lines.order, orders)
    rate = np.maximum(sums.rate, 0)
    whole = np.where(included, MILLION + rate, MILLION)
    count = sums_by(lines.is_taxable.astype(np.int64), lines.order, orders)
    tolerance = count + sums.taxes
    without = np.abs(sums.tax - share(taxable, rate, whole))
    with_it = np.abs(sums.tax - share(taxable + shipping, rate, whole))
    known = asked & (rate > 0)
    is_taxed = known & (with_it <= tolerance) & (with_it < without)
    by_rate = np.minimum(np.where(is_taxed, share(shipping, rate, whole), 0), sums.tax)
    if shipping_taxed is True:
        like_a_line = share(sums.tax, shipping, np.maximum(taxable + shipping, 1))
        return np.where(is_taxed, by_rate, np.where(asked, like_a_line, 0)), np.zeros(orders, np.bool_)
    is_on_lines = known & (2 * np.abs(sums.tax * whole - taxable * rate) <= count * sums.taxes * whole)
    unclear = asked & ~is_taxed & ~is_on_lines
    if unclear.any():
        worth = np.where(taxable > 0, taxable, sums_by(net, lines.order, orders))  # what the tax is spread over
        by_rate = np.where(unclear, _most_on_shipping(worth, shipping, sums, included), by_rate)
    return by_rate, unclear


def _most_on_shipping(worth: Cents, shipping: Cents, sums: OrderSums, included: Bools) -> Cents:
    """What of each order's tax may be on its shipping: by its rate of each tax, like a taxable line without one."""
    most, rest = np.zeros(len(sums), np.int64), sums.tax
    for value, rate in zip(sums.named, sums.rates, strict=True):
        at_rate = share(shipping, np.maximum(rate, 0), np.where(included, MILLION + np.maximum(rate, 0), MILLION))
        most += np.where(rate >= 0, np.minimum(value, at_rate), 0)
        rest = rest - np.where(rate >= 0, value, 0)
    like_a_line = share(np.maximum(rest, 0), shipping, np.maximum(worth + shipping, 1))
    capped: Cents = np.minimum(most + like_a_line, sums.tax)
    return capped


def _cannot_be_on_lines(
    lines: SoldLines, net: Cents, shipping: Cents, tax: Cents, included: Bools, on_lines: bool
) -> Cents:
    """The part of each order's tax that its lines are not worth: what is left is on its shipping.

    Where no line is taxable, all of a tax that is no more than shipping is taxed at, unless it is said (`on_lines`)
    that shipping is not taxed.
    """
    worth = sums_by(net, lines.order, len(tax))
    on_a_fee = np.where((worth == 0) & (shipping > 0), tax, 0)  # goods that cost nothing, shipped for a fee
    least = np.where(included, np.maximum(tax - worth, 0), on_a_fee)
    taxable = sums_by(np.where(lines.is_taxable, net, 0), lines.order, len(tax))
    of_shipping = (taxable == 0) & (tax * MILLION <= shipping * _MOST_RATE) & (not on_lines)
    return np.where(of_shipping, tax, least)


def _tax_of_lines(lines: SoldLines, net: Cents, tax: Cents, included: Bools) -> Cents:
    """Each line's tax: over the taxable lines; over all, where none is taxable or they are worth less than the tax."""
    taxable = np.where(lines.is_taxable, net, 0)
    least = np.where(included, tax, np.minimum(tax, 1))  # what lines must be worth to carry the tax
    enough = sums_by(taxable, lines.order, len(tax)) >= least
    return spread(tax, np.where(enough[lines.order], taxable, net), lines.order)


def _without_tax(lines: SoldLines, net: Cents, merchandise: Cents) -> Cents:
    """The price of one unit without tax, rounded up: the discount takes up the cents."""
    gross = lines.gross
    before_discount = np.where(net > 0, share(merchandise, gross, np.maximum(net, 1)), gross)
    return -(-before_discount // np.maximum(lines.quantity, 1))


def _without_unpaid(
    order: Ints, merchandise: Cents, tax: Cents, shipping: Cents, sums: OrderSums
) -> tuple[Cents, Cents, Cents, Cents]:
    """Merchandise and tax by line, shipping and duties by order, less what is still owed."""
    if not sums.unpaid.any():
        return merchandise, tax, shipping, sums.duties
    whole = merchandise + tax
    lines_worth = sums_by(whole, order, len(sums))
    off_lines = share(sums.unpaid, lines_worth, np.maximum(lines_worth + shipping + sums.duties, 1))
    rest = sums.unpaid - off_lines
    off_shipping = share(rest, shipping, np.maximum(shipping + sums.duties, 1))
    off = spread(off_lines, whole, order)
    off_tax = share(off, tax, np.maximum(whole, 1))
    return merchandise - (off - off_tax), tax - off_tax, shipping - off_shipping, sums.duties - (rest - off_shipping)


def spread(total: Cents, weights: Cents, order: Ints) -> Cents:
    """Each order's total over its lines by weight (largest remainder, ties to the first line)."""
    parts = np.zeros(len(order), np.int64)
    rows = np.flatnonzero((total != 0)[order])
    if len(rows):
        parts[rows] = largest_remainder(total[order[rows]], weights[rows], order[rows])
    return parts
