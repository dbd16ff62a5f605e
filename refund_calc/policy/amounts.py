"""What a refunded line is worth: merchandise, tax, deductions, net (rulebook 5). One small function per amount.

All amounts are numpy arrays of cents, one element per refunded line; `known` turns unknown into what the rules count
it as.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from refund_calc.columns.aliases import Bools, Ints, Numbers
from refund_calc.policy.money import Cents, known, largest_remainder


@dataclass(frozen=True)
class Amounts:
    """What refunded lines are worth, in cents. `deductions` are by name, in their order, after capping."""

    merchandise: Cents
    tax: Cents
    shipping_refund: Cents
    gross_refund: Cents
    deductions: Mapping[str, Cents]
    total_deductions: Cents
    net_refund: Cents
    shortfall: Cents  # what the deductions exceed the gross refund by

    def by_name(self) -> dict[str, Cents]:
        """The money columns of the register, in its order."""
        parts = {name: getattr(self, name) for name in GROSS_PARTS}
        gross, net = {"gross_refund": self.gross_refund}, {"net_refund": self.net_refund}
        return parts | gross | dict(self.deductions) | {"total_deductions": self.total_deductions} | net

    def where(self, kept: Bools) -> "Amounts":
        """Those of some of the lines."""
        deductions = {name: cents[kept] for name, cents in self.deductions.items()}
        others = {f.name: getattr(self, f.name)[kept] for f in fields(self) if f.name != "deductions"}
        return Amounts(deductions=deductions, **others)


GROSS_PARTS = ("merchandise", "tax", "shipping_refund")


def merchandise_total(unit_price: Numbers, quantity: Numbers, line_discount: Numbers) -> Cents:
    """What the customer paid for the whole order line, tax aside."""
    return known(unit_price) * known(quantity) - known(line_discount)


def units_before(order_line: Ints, day: Ints, units: Ints, past_units: Ints) -> Ints:
    """b of rulebook 5: units of the order line already refunded, in history and by tonight's lines before this one.

    Tonight's lines of one order line take their turn by day (received; a cancellation: requested), then by rma_number,
    the order in which the rows stand here.
    """
    if not len(order_line):
        return past_units
    before = past_units.copy()
    shared = np.flatnonzero(np.bincount(order_line)[order_line] > 1)
    if len(shared):
        turn = shared[np.lexsort((shared, day[shared], order_line[shared]))]
        line, running = order_line[turn], np.cumsum(units[turn])
        first = np.flatnonzero(np.concatenate(([True], line[1:] != line[:-1])))
        earlier = running - units[turn]
        before[turn] += earlier - np.repeat(earlier[first], np.diff(np.append(first, len(turn))))
    return before


def order_line_part(total: Cents, merchandise: Cents, order: Ints) -> Cents:
    """The order line's part of an amount of the whole order, by merchandise; rows are all lines of their orders."""
    return largest_remainder(total, merchandise, order)


def return_shipping_parts(cost: Cents, allocated: Cents, weight: Cents, rma: Ints) -> Cents:
    """Each line's part of the RMA's return shipping that earlier nights have not allocated yet (RP-6)."""
    return largest_remainder(np.maximum(cost - allocated, 0), weight, rma)


def settle(merchandise: Cents, tax: Cents, shipping_refund: Cents, deductions: Mapping[str, Cents]) -> Amounts:
    """Gross less deductions, each in its turn capped at what is left of the gross (CT-6)."""
    gross = merchandise + tax + shipping_refund
    left, charged = gross, {}
    for name, figure in deductions.items():
        charged[name] = np.minimum(figure, left)
        left = left - charged[name]
    shortfall = sum(deductions.values()) - (gross - left)
    return Amounts(
        merchandise=merchandise,
        tax=tax,
        shipping_refund=shipping_refund,
        gross_refund=gross,
        deductions=charged,
        total_deductions=gross - left,
        net_refund=left,
        shortfall=np.asarray(shortfall, np.int64),
    )
