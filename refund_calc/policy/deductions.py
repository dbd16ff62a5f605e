"""What may be taken off a refund: each deduction declared once, in the order in which they are taken (rulebook 5).

A deduction's figure is a plain function of columns, named as the rules name them; `policy.amounts.settle` caps it. All
amounts are numpy int64 arrays of cents, one element per refunded line.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from refund_calc.columns.aliases import Bools, Numbers, Words
from refund_calc.policy.money import Cents, at_rate, known
from refund_calc.policy.versions import Rate
from refund_calc.policy.vocabulary import CANCELLATION, REFUSED, RETURN


@dataclass(frozen=True)
class Deduction:
    """One deduction: whom it concerns, where it is booked, and how its figure is found."""

    name: str
    types: tuple[str, ...]  # the return types that have it
    clause: str
    account: str  # of the policy's accounts: credited with it
    settable: bool  # a person may set its amount for a line, not only waive it
    figure: Callable[..., Cents]  # in cents, before capping
    when: str  # in words

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The columns and policy parameters that the figure needs."""
        return tuple(inspect.signature(self.figure).parameters)


def _deduction(
    types: tuple[str, ...], clause: str, account: str, settable: bool = False
) -> Callable[[Callable[..., Cents]], Deduction]:
    def declare(figure: Callable[..., Cents]) -> Deduction:
        return Deduction(figure.__name__, types, clause, account, settable, figure, inspect.getdoc(figure) or "")

    return declare


@_deduction((RETURN, REFUSED), clause="RP-6", account="return_shipping_recovered")
def return_shipping(
    return_shipping_part: Cents, return_type: Words, reason: Words, return_shipping_waived_for: tuple[str, ...]
) -> Cents:
    """the line's part of the RMA's return shipping, unless its reason waives it (returns only)"""
    waived = np.asarray((return_type == RETURN) & reason.isin(return_shipping_waived_for), np.bool_)
    return np.where(waived, 0, return_shipping_part)


@_deduction((REFUSED,), clause="RP-14", account="outbound_shipping_recovered")
def outbound_shipping(outbound_shipping_part: Cents) -> Cents:
    """the units' part of what the courier charged for sending the order"""
    return outbound_shipping_part


@_deduction((RETURN,), clause="RP-7", account="restocking_fees", settable=True)
def restocking_fee(
    merchandise: Cents,
    reason: Words,
    is_restocked: Bools,
    restocking_rate: Rate,
    restocking_waived_for: tuple[str, ...],
) -> Cents:
    """a rate of the merchandise when a trigger is so, unless waived for the reason"""
    fee = at_rate(merchandise, restocking_rate.numerator, restocking_rate.denominator)
    return np.asarray(np.where(is_restocked & ~reason.isin(restocking_waived_for), fee, 0), np.int64)


@_deduction((RETURN,), clause="RP-8", account="damage_recoveries", settable=True)
def damage(
    merchandise: Cents,
    reason: Words,
    damage_grade: Words,
    damage_amount: Numbers,
    damage_charged: Cents,
    damage_rates: dict[str, Rate],
    damage_waived_for: tuple[str, ...],
) -> Cents:
    """the amount assessed (less what the key was charged before), else the grade's rate; 0 if waived for the reason"""
    by_grade = np.zeros(len(merchandise), np.int64)
    for grade, rate in damage_rates.items():
        if rate.numerator:
            graded = np.flatnonzero(damage_grade == grade)
            by_grade[graded] = at_rate(merchandise[graded], rate.numerator, rate.denominator)
    assessed = np.maximum(known(damage_amount) - damage_charged, 0)
    figure = np.where(np.asarray(damage_amount.isna(), np.bool_), by_grade, assessed)
    return np.asarray(np.where(reason.isin(damage_waived_for), 0, figure), np.int64)


@_deduction((CANCELLATION,), clause="RP-13", account="cancellation_recoveries", settable=True)
def cancellation_loss(cancellation_loss: Numbers, cancellation_loss_charged: Cents) -> Cents:
    """as given (unknown is 0), less what the key was charged before"""
    return np.asarray(np.maximum(known(cancellation_loss) - cancellation_loss_charged, 0), np.int64)


def answered(figure: Cents, answer: Numbers, charged: Cents) -> Cents:
    """The figure, or the one that a person put in its place, less what the key was charged before (rulebook 8)."""
    return np.where(np.asarray(answer.isna(), np.bool_), figure, np.maximum(known(answer) - charged, 0))


DEDUCTIONS: dict[str, Deduction] = {
    d.name: d for d in (return_shipping, outbound_shipping, restocking_fee, damage, cancellation_loss)
}
SETTABLE = tuple(d.name for d in DEDUCTIONS.values() if d.settable)  # charged amounts are remembered of these
