"""What a refunded line is worth: merchandise, tax, deductions, net (rulebook 5). One small function per amount.

All amounts are numpy arrays of cents, one element per refunded line; `known` turns unknown into what the rules count
it as.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from refund_calc.columns.aliases import Bools, Ints
from refund_calc.policy.money import Cents, at_rate, known, largest_remainder
from refund_calc.policy.versions import Rate


@dataclass(frozen=True)
class Amounts:
    """The money columns of the register for the refunded lines."""

    merchandise: Cents
    tax: Cents
    shipping_refund: Cents
    gross_refund: Cents
    return_shipping: Cents
    outbound_shipping: Cents
    restocking_fee: Cents
    damage: Cents
    cancellation_loss: Cents
    total_deductions: Cents
    net_refund: Cents
    shortfall: Cents  # what the deductions exceed the gross refund by


def merchandise_total(unit_price: Any, quantity: Any, line_discount: Any) -> Cents:
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


def return_shipping(part: Cents, return_type: Any, reason: Any, waived_for: tuple[str, ...]) -> Cents:
    """RP-6: the line's part, unless its reason waives it (returns only); a cancellation has none."""
    waived = np.asarray((return_type == "return") & reason.isin(waived_for), np.bool_)
    return np.asarray(np.where(waived | np.asarray(return_type == "cancellation", np.bool_), 0, part))


def is_restocked(
    original_box: Any, items_missing: Any, packaging_damaged: Any, restocking_triggers: tuple[str, ...]
) -> Bools:
    """Whether one of the policy's triggers is so; unknown is no trigger."""
    so = {
        "original_box_missing": ~original_box.fillna(True),
        "items_missing": items_missing.fillna(False),
        "packaging_damaged": packaging_damaged.fillna(False),
    }
    triggered = np.zeros(len(original_box), np.bool_)
    for trigger in restocking_triggers:
        triggered |= np.asarray(so[trigger], np.bool_)
    return triggered


def restocking_fee(
    merchandise: Cents, reason: Any, is_restocked: Bools, restocking_rate: Rate, restocking_waived_for: tuple[str, ...]
) -> Cents:
    """RP-7: a rate of the merchandise when a trigger is so, unless waived for the reason."""
    fee = at_rate(merchandise, restocking_rate.numerator, restocking_rate.denominator)
    return np.asarray(np.where(is_restocked & ~reason.isin(restocking_waived_for), fee, 0), np.int64)


def damage(
    merchandise: Cents,
    reason: Any,
    damage_grade: Any,
    damage_amount: Any,
    damage_charged: Cents,
    damage_rates: dict[str, Rate],
    damage_waived_for: tuple[str, ...],
) -> Cents:
    """RP-8: the amount assessed (less what the key was charged before), else the grade's rate; 0 if waived."""
    by_grade = np.zeros(len(merchandise), np.int64)
    for grade, rate in damage_rates.items():
        if rate.numerator:
            graded = np.flatnonzero(damage_grade == grade)
            by_grade[graded] = at_rate(merchandise[graded], rate.numerator, rate.denominator)
    assessed = np.maximum(known(damage_amount) - damage_charged, 0)
    figure = np.where(np.asarray(damage_amount.isna(), np.bool_), by_grade, assessed)
    return np.asarray(np.where(reason.isin(damage_waived_for), 0, figure), np.int64)


def cancellation_loss(cancellation_loss: Any, cancellation_loss_charged: Cents) -> Cents:
    """RP-13: as given (unknown is 0), less what the key was charged before."""
    return np.asarray(np.maximum(known(cancellation_loss) - cancellation_loss_charged, 0), np.int64)


def answered(figure: Cents, answer: Any, charged: Cents) -> Cents:
    """The figure, or the one that a person put in its place, less what the key was charged before (rulebook 8)."""
    return np.where(np.asarray(answer.isna(), np.bool_), figure, np.maximum(known(answer) - charged, 0))


def settle(merchandise: Cents, tax: Cents, shipping_refund: Cents, deductions: dict[str, Cents]) -> Amounts:
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
        **charged,
        total_deductions=gross - left,
        net_refund=left,
        shortfall=np.asarray(shortfall, np.int64),
    )
