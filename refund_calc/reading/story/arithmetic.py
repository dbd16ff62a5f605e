"""How a refund came about, sum by sum, each with the reason that the record holds (rulebook 5).

A policy file is known to a night by its hash only. Where that file is at hand its rates are told; else a rate is worked
back from the figure, and told only where a single whole or half percent comes to it. All amounts are cents.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from refund_calc.policy.deductions import DEDUCTIONS, damage, restocking_fee
from refund_calc.policy.money import at_rate, dollar_text
from refund_calc.policy.versions import Policy, Rate
from refund_calc.policy.vocabulary import TRIGGERS

Row = Mapping[str, object]
GROSS, NET = "gross_refund", "net_refund"


class Answer(Protocol):
    """A resolution that took effect on the line."""

    @property
    def action(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def amount(self) -> int | None: ...
    @property
    def resolved_by(self) -> str: ...


@dataclass(frozen=True)
class Sum:
    """One line of the arithmetic; a deduction's cents are negative. `by_people` names who set or waived it."""

    name: str
    cents: int
    clause: str
    why: str
    rate: str = ""  # percent, where the sum is one of the merchandise and the rate is known
    is_rate_worked_back: bool = False
    by_people: str = ""
    capped_from: int | None = None  # what it would be, were there more left to deduct it from (CT-6)


def sums(row: Row, earlier: Sequence[Row], answered: Sequence[Answer], terms: Policy | None) -> tuple[Sum, ...]:
    """Merchandise, tax, shipping, gross, each deduction of the return's type, and the net, of a refunded line.

    `earlier` are the records of this line on the nights before; `terms` is the policy that judged it, if known.
    """
    given = (
        Sum("merchandise", _cents(row, "merchandise"), "", _merchandise(row)),
        Sum("tax", _cents(row, "tax"), "", _units_of(row, _cents(row, "line_tax"))),
        Sum("shipping_refund", _cents(row, "shipping_refund"), "", _of_order(row, "shipping_paid", "paid for")),
    )
    gross = sum(part.cents for part in given)
    kept = [part for part in given if part.cents or part.name == "merchandise"]
    taken = list(_deductions(row, earlier, answered, terms))
    charged = sum(part.cents for part in taken)
    total = [Sum(GROSS, gross, "", "")] if len(kept) > 1 or taken else []
    assert gross + charged == _cents(row, "net_refund"), "the record's amounts do not add up"
    return (*kept, *total, *taken, Sum(NET, gross + charged, "", ""))


def _deductions(row: Row, earlier: Sequence[Row], answered: Sequence[Answer], terms: Policy | None) -> Iterable[Sum]:
    for name, deduction in DEDUCTIONS.items():
        if row["return_type"] not in deduction.types:
            continue
        cents = -_cents(row, f"{name}_charged")
        answer = next((a for a in answered if a.code == name), None)
        if answer:
            words = "waived" if answer.action == "waive" else f"set to {dollar_text(answer.amount or 0)}"
            instead = f"{words} by {answer.resolved_by}{_instead_of(name, row, terms)}"
            yield Sum(name, cents, deduction.clause, instead, by_people=answer.resolved_by)
            continue
        before = sum(_cents(e, f"{name}_charged") for e in earlier)
        told = _WHY[name](row, before, terms)
        if cents or told.why:
            yield replace(told, name=name, cents=cents, clause=deduction.clause)


def _instead_of(name: str, row: Row, terms: Policy | None) -> str:
    """What a person's figure stands in place of, where the record or the policy at hand tells it."""
    merchandise = np.array([_cents(row, "merchandise")])
    if name == damage.name and row["damage_amount"] is not None:
        return f"; assessed at {_money(row, 'damage_amount')} by the warehouse"
    rate, because = None, str(row["damage_grade"])
    if name == damage.name and terms and row["reason"] not in terms.damage.waived_for:
        rate = terms.damage.rates.get(because)
    elif name == restocking_fee.name and terms and row["reason"] not in terms.restocking.waived_for:
        because = _triggers(row, terms)
        rate = terms.restocking.rate if because else None
    if not rate:
        return ""
    figure = int(at_rate(merchandise, rate.numerator, rate.denominator)[0])
    return f"; by the policy {dollar_text(figure)}, {_percent(rate)}% of {_money(row, 'merchandise')} for {because}"


def _triggers(row: Row, terms: Policy | None) -> str:
    """What the warehouse found that costs a restocking fee; without the policy, all that can."""
    found = (row["original_box"] is False, row["items_missing"], row["packaging_damaged"])
    so = (trigger for trigger, is_so in zip(TRIGGERS, found, strict=True) if is_so)
    return " and ".join(t for t in so if terms is None or t in terms.restocking.triggers).replace("_", " ")


def _percent(rate: Rate) -> str:
    return f"{100 * rate.numerator / rate.denominator:g}"


def _return_shipping(row: Row, before: int, terms: Policy | None) -> Sum:
    part, charged = _cents(row, "return_shipping_part"), _cents(row, "return_shipping_charged")
    if not part:
        return _why("")
    whole = f"{dollar_text(part)} of the RMA's {_money(row, 'return_shipping_cost')}"
    if charged < part:
        # It is the first deduction: where anything is left to refund, only a waiver can keep it from being charged.
        is_waived = charged == 0 and _cents(row, "net_refund") > 0
        if is_waived:
            return _why(f"{whole}, borne by the store for {row['reason']}")
        return _why(whole, capped_from=part)
    return _why(whole)


def _outbound_shipping(row: Row, before: int, terms: Policy | None) -> Sum:
    return _why(_of_order(row, "outbound_shipping_cost", "charged by the courier for"))


def _restocking_fee(row: Row, before: int, terms: Policy | None) -> Sum:
    charged = _cents(row, "restocking_fee_charged")
    because = _triggers(row, terms)
    if charged == 0:
        is_waived = terms is None or row["reason"] in terms.restocking.waived_for
        return _why(f"none for {row['reason']}, though {because}" if because and is_waived else "")
    return _at_rate(row, charged, terms.restocking.rate if terms else None, f"because {because}")


def _damage(row: Row, before: int, terms: Policy | None) -> Sum:
    charged, amount = _cents(row, "damage_charged"), row["damage_amount"]
    grade = str(row["damage_grade"] or "")
    if charged == 0:
        is_waived = terms is not None and row["reason"] in terms.damage.waived_for
        return _why(f"none for {row['reason']}, though {grade or 'damaged'}" if is_waived and (grade or amount) else "")
    if amount is None:
        return _at_rate(row, charged, terms.damage.rates.get(grade) if terms else None, f"for {grade}")
    assessed = f"assessed at {_money(row, 'damage_amount')} by the warehouse"
    assessed += f", less {dollar_text(before)} charged before" if before else ""
    figure = max(_cents(row, "damage_amount") - before, 0)
    return _why(assessed, capped_from=figure if charged < figure else None)


def _cancellation_loss(row: Row, before: int, terms: Policy | None) -> Sum:
    loss = row["cancellation_loss"]
    if loss is None:
        return _why("")
    less = f", less {dollar_text(before)} charged before" if before else ""
    return _why(f"the loss of {_money(row, 'cancellation_loss')}{less}")


_WHY: dict[str, Callable[[Row, int, Policy | None], Sum]] = {
    "return_shipping": _return_shipping,
    "outbound_shipping": _outbound_shipping,
    restocking_fee.name: _restocking_fee,
    damage.name: _damage,
    "cancellation_loss": _cancellation_loss,
}


def _at_rate(row: Row, charged: int, rate: Rate | None, because: str) -> Sum:
    """A sum that is a rate of the merchandise; where it was capped, the rate is told only if the policy is at hand."""
    merchandise = _cents(row, "merchandise")
    of = f"of {dollar_text(merchandise)}"
    if rate is not None:
        figure = int(at_rate(np.array([merchandise]), rate.numerator, rate.denominator)[0])
        percent = _percent(rate)
        return _why(f"{percent}% {of} {because}", percent, capped_from=figure if figure > charged else None)
    percent = worked_back(merchandise, charged) if _cents(row, "net_refund") else ""
    return _why(f"{percent}% {of} {because}" if percent else because, percent, worked_back=bool(percent))


def worked_back(merchandise: int, charged: int) -> str:
    """The one whole percent of the merchandise that comes to the figure, else the one half percent; blank: none, or
    several."""
    for step in (2, 1):  # in half percents
        fit = [h for h in range(step, 201, step) if int(at_rate(np.array([merchandise]), h, 200)[0]) == charged]
        if fit:
            return f"{fit[0] / 2:g}" if len(fit) == 1 else ""
    return ""


def _why(words: str, rate: str = "", worked_back: bool = False, capped_from: int | None = None) -> Sum:
    return Sum("", 0, "", words, rate, worked_back, capped_from=capped_from)


def _merchandise(row: Row) -> str:
    quantity, price = int(str(row["quantity"])), _cents(row, "unit_price")
    discount = _cents(row, "line_discount")
    paid = f"{quantity} x {dollar_text(price)}" + (f" - {dollar_text(discount)} discount" if discount else "")
    if quantity == row["units"]:
        return paid
    return f"{row['units']} of {quantity} units of {dollar_text(price * quantity - discount)} ({paid})"


def _units_of(row: Row, total: int) -> str:
    return (
        "" if row["quantity"] == row["units"] else f"{row['units']} of {row['quantity']} units of {dollar_text(total)}"
    )


def _of_order(row: Row, column: str, who: str) -> str:
    return f"its part of the {_money(row, column)} {who} the order" if row[column] else ""


def _money(row: Row, column: str) -> str:
    return dollar_text(_cents(row, column))


def _cents(row: Row, column: str) -> int:
    value = row[column]
    return 0 if value is None else int(str(value))
