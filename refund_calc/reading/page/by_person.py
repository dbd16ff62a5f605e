"""Who decided what tonight: resolutions that took effect, by person and action, in lines and dollars (rulebook 8)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from refund_calc.columns.aliases import Ints
from refund_calc.columns.sparse import SparseColumn
from refund_calc.night.decide import Decided
from refund_calc.night.in_force import Effect
from refund_calc.night.pricing import PriceFacts
from refund_calc.policy.deductions import DEDUCTIONS, SETTABLE, outbound_shipping
from refund_calc.policy.findings import BY_CODE
from refund_calc.policy.money import total
from refund_calc.reports.exceptions import Exceptions

MOST = 10  # persons with an action each
CODES = 3  # that are named of each
# What the dollars of an action are.
_DOLLARS = {
    "allow": "what is paid on them",
    "waive": "what was not deducted",
    "set-amount": "what was deducted instead",
    "reject": "what they claim",
    "stop": "what they claim",
}


@dataclass(frozen=True)
class Signal:
    """One signal; `cents` is None where it has no amount, `names` the first RMAs, orders, people or codes."""

    title: str
    meaning: str
    count: int
    cents: int | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Said:
    """What one person's resolutions of one action did: lines, their cents as in Signal, and the codes, sorted."""

    lines: int
    cents: int | None
    codes: tuple[str, ...]

    def __add__(self, other: "Said") -> "Said":
        cents = None if self.cents is None or other.cents is None else self.cents + other.cents
        return Said(self.lines + other.lines, cents, tuple(sorted({*self.codes, *other.codes})))


SaidBy = Mapping[tuple[str, str], Said]  # by person and action


def said_by(night: Decided, found: Exceptions) -> SaidBy:
    """What each person's resolutions did tonight: a line counts once, however many findings it had.

    Cents are what _DOLLARS says; None where a waived part of the outbound shipping is not known.
    """
    said: dict[tuple[str, str], list[Effect]] = {}
    for effect in night.effects:
        said.setdefault((effect.resolution.resolved_by, effect.resolution.action), []).append(effect)
    return {
        by: Said(
            lines=len(np.unique([effect.row for effect in effects])),
            cents=_cents(night, found, effects),
            codes=tuple(sorted({effect.resolution.code for effect in effects})),
        )
        for by, effects in said.items()
    }


def together(one: SaidBy, other: SaidBy) -> SaidBy:
    """What is said on the lines of two parts of a night."""
    return {**one, **{by: one[by] + said if by in one else said for by, said in other.items()}}


def by_person(said: SaidBy) -> list[Signal]:
    """A signal for each person and action, the most lines first."""
    signals = []
    for (who, action), did in said.items():
        meaning = f"lines on which it took effect tonight, and {_DOLLARS[action]}"
        signals.append(Signal(f"{action} by {who}", meaning, did.lines, did.cents, did.codes[:CODES]))
    return sorted(signals, key=lambda one: (-one.count, -(one.cents or 0), one.title))[:MOST]


def _cents(night: Decided, found: Exceptions, effects: list[Effect]) -> int | None:
    """The dollars of one person's effects of one action, in cents."""
    action, rows = effects[0].resolution.action, np.unique([effect.row for effect in effects])
    if action in ("reject", "stop"):
        return total(np.maximum(found.claims[rows], 0))  # unknown is -1
    at = np.flatnonzero(np.isin(night.priced.rows, rows))
    if action == "allow":
        return total(night.priced.amounts.net_refund[at])
    parts = [_deducted(night, name, some, action) for name, some in _by_deduction(effects)]
    return None if None in parts else sum(part for part in parts if part is not None)


def _by_deduction(effects: Iterable[Effect]) -> list[tuple[str, Ints]]:
    """Deduction -> the lines on which it was waived or set; a missing price of damage is answered by damage."""
    rows: dict[str, set[int]] = {}
    for effect in effects:
        code = effect.resolution.code
        name = code if code in DEDUCTIONS else BY_CODE[code].answers.deduction
        rows.setdefault(name, set()).add(effect.row)
    return [(name, np.array(sorted(some), np.int64)) for name, some in rows.items()]


def _deducted(night: Decided, name: str, rows: Ints, action: str) -> int | None:
    """What was charged by a person's amount or, waived, what the policy would have charged of what is paid."""
    at = np.flatnonzero(np.isin(night.priced.rows, rows))
    amounts = night.priced.amounts
    if action == "set-amount":
        return total(amounts.deductions[name][at])
    if name == outbound_shipping.name:
        return None  # its part of the order's cost is not kept
    deduction, of = DEDUCTIONS[name], night.priced.rows[at]
    facts = PriceFacts(
        merchandise=SparseColumn(of, amounts.merchandise[at]),
        return_shipping_part=SparseColumn(of, night.priced.shipping_part[at]),
        outbound_shipping_part=SparseColumn(of, np.zeros(len(of), np.int64)),
        **{f"{settable}_charged": night.prior.charged[settable] for settable in SETTABLE},
    )
    figures = [
        (some, deduction.figure(*(scope[parameter] for parameter in deduction.parameters)))
        for some, scope in night.columns.with_facts(facts).by_version(of)
    ]
    net = amounts.net_refund[at]
    return sum(total(np.minimum(figure, net[np.searchsorted(of, some)])) for some, figure in figures)
