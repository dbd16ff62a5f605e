"""The amounts of the lines headed for a refund (rulebook 5), in cents."""

from dataclasses import dataclass

import numpy as np

from refund_calc.columns.aliases import Bools, Ints, Numbers
from refund_calc.columns.groups import group_ids, starts_of_groups
from refund_calc.columns.sparse import SparseColumn
from refund_calc.columns.typed import plain
from refund_calc.night.in_force import Effect, InForce
from refund_calc.night.matching import OrderLines
from refund_calc.night.remembered import PriorRefunds
from refund_calc.night.scope import LineScope, NightColumns, pieces
from refund_calc.night.verdicts import HOLD, REFUND, Verdicts
from refund_calc.policy.amounts import Amounts, order_line_part, return_shipping_parts, settle, units_before
from refund_calc.policy.deductions import DEDUCTIONS, SETTABLE, answered
from refund_calc.policy.money import Cents, known, next_share, share
from refund_calc.policy.vocabulary import CANCELLATION, REFUSED


@dataclass(frozen=True)
class PriceFacts:
    """What the deductions ask for of the lines headed for refund."""

    merchandise: SparseColumn
    return_shipping_part: SparseColumn
    outbound_shipping_part: SparseColumn
    restocking_fee_charged: Ints  # what earlier nights charged on each line's key
    damage_charged: Ints
    cancellation_loss_charged: Ints


@dataclass(frozen=True)
class Priced:
    """The lines headed for refund, rising, and what each is worth.

    `shipping_part` is their part of the RMA's return shipping, charged or not; `units` what the refund is about.
    """

    rows: Ints
    units: Ints
    amounts: Amounts
    shipping_part: Cents

    def where(self, kept: Bools) -> "Priced":
        """Some of the lines."""
        if kept.all():
            return self
        return Priced(self.rows[kept], self.units[kept], self.amounts.where(kept), self.shipping_part[kept])


@dataclass(frozen=True)
class _Shares:
    """Of the lines headed for refund: their units, and their part of what the customer paid."""

    units: Ints
    merchandise: Cents
    tax: Cents
    shipping_refund: Cents
    outbound_part: Cents


def price(columns: NightColumns, prior: PriorRefunds, verdicts: Verdicts, resolutions: InForce) -> Priced:
    """Gross refund, deductions and net of every line that is still headed for a refund."""
    rows = verdicts.open()
    shares = _shares(columns, prior, rows)
    shipping = _return_shipping_parts(columns, prior, verdicts, shares.merchandise)
    facts = PriceFacts(
        merchandise=SparseColumn(rows, shares.merchandise),
        return_shipping_part=SparseColumn(rows, shipping),
        outbound_shipping_part=SparseColumn(rows, shares.outbound_part),
        **{f"{name}_charged": prior.charged[name] for name in SETTABLE},
    )
    deductions = _deductions(columns.with_facts(facts), rows, resolutions)
    amounts = settle(shares.merchandise, shares.tax, shares.shipping_refund, deductions)
    return Priced(rows, shares.units, amounts, shipping)


def _shares(columns: NightColumns, prior: PriorRefunds, rows: Ints) -> _Shares:
    """Cumulative shares: however an order line comes back, its parts add up to what was paid."""
    orders = columns.order_lines
    order_line = orders.row_of_line[rows]
    before = _units_before(columns, prior, rows, order_line)
    units, merchandise, tax, shipping, outbound = (np.zeros(len(rows), np.int64) for _ in range(5))
    for part in pieces(rows):
        scope = columns.scope(rows[part])
        units[part], quantity = known(scope["units"]), known(scope["quantity"])
        merchandise[part] = next_share(scope["merchandise_total"], before[part], units[part], quantity)
        tax[part] = next_share(known(scope["line_tax"]), before[part], units[part], quantity)
    return_type = columns.lines.frame["return_type"].array.take(rows)
    shipped = np.flatnonzero(return_type.isin((CANCELLATION, REFUSED)))
    if len(shipped):
        quantity = known(columns.scope(rows[shipped])["quantity"])
        paid, cost = _order_parts(orders, order_line[shipped])
        shipping[shipped] = next_share(paid, before[shipped], units[shipped], quantity)
        outbound[shipped] = next_share(cost, before[shipped], units[shipped], quantity)
    return _Shares(units, merchandise, tax, shipping, outbound)


def _units_before(columns: NightColumns, prior: PriorRefunds, rows: Ints, order_line: Ints) -> Ints:
    """b of rulebook 5 for these lines. Only lines that share an order line tonight have to take turns."""
    before = prior.order_units[rows].copy()
    shared = np.flatnonzero(np.bincount(order_line)[order_line] > 1) if len(rows) else order_line
    if len(shared):
        scope = columns.scope(rows[shared])
        cancelled = np.asarray(scope["return_type"] == CANCELLATION, np.bool_)
        day = np.where(cancelled, known(scope["requested_date"]), known(scope["received_date"]))
        before[shared] = units_before(order_line[shared], day, known(scope["units"]), before[shared])
    return before


def _order_parts(orders: OrderLines, order_lines: Ints) -> tuple[Cents, Cents]:
    """The parts of shipping_paid and outbound_shipping_cost of these order lines, by largest remainder."""
    wanted = np.zeros(len(orders.order_numbers), np.bool_)
    wanted[orders.order[order_lines]] = True
    rows = np.flatnonzero(wanted[orders.order])
    paid, cost = (known(plain(orders.frame[c].array.take(rows))) for c in ("shipping_paid", "outbound_shipping_cost"))
    # An order with an invalid row is held, and its weights may not even be positive: nobody asks for them.
    weight = np.maximum(orders.merchandise_total[rows], 0)
    group = group_ids(starts_of_groups(orders.order[rows]))
    at = np.searchsorted(rows, order_lines)
    return order_line_part(paid, weight, group)[at], order_line_part(cost, weight, group)[at]


def _return_shipping_parts(columns: NightColumns, prior: PriorRefunds, verdicts: Verdicts, merchandise: Cents) -> Cents:
    """The refunded lines' parts of their RMAs' return shipping; lines held at stage C or D keep theirs open."""
    held = (verdicts.decision == HOLD) & verdicts.stopped_in("C", "D")
    weight = np.zeros(len(columns.lines), np.int64)
    weight[refunded := verdicts.open()] = merchandise
    waiting = np.flatnonzero(held)
    for part in pieces(waiting):
        weight[waiting[part]] = claim(columns.scope(waiting[part]))[0]
    rows = np.flatnonzero(held | (verdicts.decision == REFUND))
    rows = rows[np.asarray(columns.lines.frame["return_type"].array.take(rows) != CANCELLATION, np.bool_)]
    rma, parts = columns.lines.rma, np.zeros(len(columns.lines), np.int64)
    for part in pieces(rows, rma):
        some = rows[part]
        cost = known(plain(columns.lines.frame["return_shipping_cost"].array.take(some)))
        group = group_ids(starts_of_groups(rma[some]))
        parts[some] = return_shipping_parts(cost, prior.return_shipping_part[some], weight[some], group)
    return parts[refunded]


def claim(scope: LineScope) -> tuple[Cents, Cents]:
    """Merchandise and tax of the units that lines from stage C on claim, as if none had been refunded before."""
    quantity = known(scope["quantity"])
    units = np.minimum(known(scope["expected_units"]), quantity)
    return share(scope["merchandise_total"], units, quantity), share(known(scope["line_tax"]), units, quantity)


def _deductions(columns: NightColumns, rows: Ints, resolutions: InForce) -> dict[str, Cents]:
    """The deductions before capping, in the order in which they are taken."""
    figures = {name: np.zeros(len(rows), np.int64) for name in DEDUCTIONS}
    answers: dict[str, Numbers] = {name: resolutions.figure(name) for name in DEDUCTIONS if resolutions.has(name)}
    for some, scope in columns.by_version(rows):
        at = np.searchsorted(rows, some)
        for name, deduction in DEDUCTIONS.items():
            figure = deduction.figure(*(scope[parameter] for parameter in deduction.parameters))
            if name in answers:
                charged = scope[f"{name}_charged"] if name in SETTABLE else np.zeros(len(some), np.int64)
                figure = answered(figure, answers[name].take(some), charged)
            figures[name][at] = np.where(scope["return_type"].isin(deduction.types), figure, 0)
    return figures


def effects_on_deductions(columns: NightColumns, refunded: Ints, resolutions: InForce) -> tuple[Effect, ...]:
    """A waive or set-amount took effect on a refunded line whose type has that deduction."""
    effects: tuple[Effect, ...] = ()
    return_type = columns.lines.frame["return_type"].array
    for name, deduction in DEDUCTIONS.items():
        if resolutions.has(name):
            rows = np.concatenate([resolutions.rows(name, action) for action in ("waive", "set-amount")])
            rows = np.intersect1d(rows, refunded, assume_unique=True)
            effects += resolutions.effects(name, rows[return_type.take(rows).isin(deduction.types)])
    return effects
