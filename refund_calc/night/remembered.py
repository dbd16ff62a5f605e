"""What the past means for tonight's lines: per key, per order line and order, per RMA (rulebook 4 and 5)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Bools, Ints, Numbers
from refund_calc.columns.written import arrow_text
from refund_calc.history.past import Past
from refund_calc.night.deciding_content import Remembered
from refund_calc.night.matching import Lines, OrderLines
from refund_calc.policy.deductions import SETTABLE
from refund_calc.policy.money import Cents, sums_by

KEY = ("rma_number", "order_number", "order_line")


@dataclass(frozen=True)
class OfKeys:
    """What earlier nights decided on each line's key (zero where there is nothing)."""

    refunded_units: Ints  # by nights, and by the opening where it names the key
    accepted_units: Ints  # claimed by the content that a person last accepted
    has_refund: Bools
    is_rejected: Bools  # the last decision is a rejection
    refunded_on: Numbers  # day number of the last refund; unknown where it was before the first night
    charged: dict[str, Cents]  # deduction -> charged on the key
    paid: Remembered  # the content of the last refund, or what was accepted since
    rejected: Remembered


@dataclass(frozen=True)
class OfOrders:
    """What was refunded of each line's order line, all RMAs together, and of its order: by nights, and before them."""

    order_units: Ints
    opening_units: Ints  # of these, before the first night
    unnamed_units: Ints  # of these, by no RMA that is known
    order_merchandise: Cents
    order_tax: Cents
    order_net: Cents  # of the whole order


@dataclass(frozen=True)
class OfRmas:
    """What earlier nights allocated of the return shipping of each line's RMA, and how often they refunded it."""

    return_shipping_part: Cents
    refund_number: Ints


@dataclass(frozen=True)
class PriorRefunds(OfKeys, OfOrders, OfRmas):
    """The past as columns beside tonight's lines."""


def recall(past: Past, lines: Lines, order_lines: OrderLines) -> PriorRefunds:
    """Everything the past has to say of tonight's lines."""
    if not past.lines.num_rows and not past.rmas.num_rows and not past.opening.num_rows:
        return _nothing(len(lines), past)
    parts = (_of_keys(past, lines), _of_orders(past, lines, order_lines), _of_rmas(past, lines))
    return PriorRefunds(**{name: value for part in parts for name, value in vars(part).items()})


def _nothing(size: int, past: Past) -> PriorRefunds:
    """Nobody has seen these lines before: one column of zeros stands for all."""
    zero, no = np.zeros(size, np.int64), np.zeros(size, np.bool_)
    none = Remembered(past.lines, np.full(size, -1))
    return PriorRefunds(
        refunded_units=zero,
        accepted_units=zero,
        has_refund=no,
        is_rejected=no,
        refunded_on=pd.arrays.IntegerArray(zero, ~no),
        charged=dict.fromkeys(SETTABLE, zero),
        paid=none,
        rejected=none,
        order_units=zero,
        opening_units=zero,
        unnamed_units=zero,
        order_merchandise=zero,
        order_tax=zero,
        order_net=zero,
        return_shipping_part=zero,
        refund_number=zero,
    )


def _of_keys(past: Past, lines: Lines) -> OfKeys:
    then = past.lines
    groups = int(lines.key.max(initial=-1)) + 1
    key = _group_of([then[name] for name in KEY], [lines.frame[name].array for name in KEY], lines.key)
    decision, stage = (np.asarray(then[name].fill_null("").to_numpy(), dtype=str) for name in ("decision", "stage"))
    night, accepted = _ints(then, "night"), np.asarray(then["accepted"].fill_null(False).to_numpy(), np.bool_)
    passed = stage != "A"  # what is stopped there is not remembered: it has no content to compare
    refund = _last(key, night, decision == "refund", groups)
    accept = _last(key, night, accepted, groups)
    reject = _last(key, night, (decision == "reject") & ~accepted & passed, groups)
    hold = _last(key, night, (decision == "hold") & passed, groups)
    settled = _later(refund, accept, night)
    decided = _later(_later(settled, reject, night), hold, night)
    is_rejected = (decided >= 0) & (decided == reject)
    sums = {name: _sums(then, f"{name}_charged", key, groups)[lines.key] for name in SETTABLE}
    opening = past.opening.filter(past.opening["rma_number"].is_valid())
    before = _group_of([opening[name] for name in KEY], [lines.frame[name].array for name in KEY], lines.key)
    opened = _sums(opening, "units", before, groups)
    units = opened + _sums_of(np.where(decision == "refund", _ints(then, "units"), 0), key, groups)
    return OfKeys(
        refunded_units=units[lines.key],
        accepted_units=np.append(_ints(then, "units"), 0)[accept][lines.key],
        has_refund=((refund >= 0) | (opened > 0))[lines.key],
        is_rejected=is_rejected[lines.key],
        refunded_on=pd.arrays.IntegerArray(np.append(night, 0)[refund][lines.key], (refund < 0)[lines.key]),
        charged=sums,
        paid=Remembered(then, settled[lines.key]),
        rejected=Remembered(then, np.where(is_rejected, reject, -1)[lines.key]),
    )


def _of_orders(past: Past, lines: Lines, order_lines: OrderLines) -> OfOrders:
    then = past.lines.filter(pc.equal(past.lines["decision"], "refund"))
    same = _dense(lines.order, lines.line_rank)
    count = int(same.max(initial=-1)) + 1
    names = ("order_number", "order_line")
    order_line = _group_of([then[name] for name in names], [lines.frame[name].array for name in names], same)
    order = _order_of(then, order_lines)
    orders = len(order_lines.order_numbers)
    opening = past.opening
    opened = _group_of([opening[name] for name in names], [lines.frame[name].array for name in names], same)
    opening_units = _sums(opening, "units", opened, count)
    unnamed = np.where(np.asarray(opening["rma_number"].is_null()), opened, -1)
    opening_net = _sums(opening, "net_refund", _order_of(opening, order_lines), orders)
    return OfOrders(
        order_units=(_sums(then, "units", order_line, count) + opening_units)[same],
        opening_units=opening_units[same],
        unnamed_units=_sums(opening, "units", unnamed, count)[same],
        order_merchandise=_sums(then, "merchandise", order_line, count)[same],
        order_tax=_sums(then, "tax", order_line, count)[same],
        order_net=(_sums(then, "net_refund", order, orders) + opening_net)[lines.order],
    )


def _order_of(table: pa.Table, order_lines: OrderLines) -> Ints:
    """The number of each row's order among tonight's; -1 for none."""
    at = pc.index_in(table["order_number"].combine_chunks(), value_set=order_lines.order_numbers)
    return np.asarray(pc.fill_null(at, -1), np.int64)


def _of_rmas(past: Past, lines: Lines) -> OfRmas:
    numbers = arrow_text(lines.frame["rma_number"].array)
    rma = np.asarray(
        pc.fill_null(pc.index_in(numbers, value_set=past.rmas["rma_number"].combine_chunks()), -1), np.int64
    )
    parts, refunds = (np.append(_ints(past.rmas, name), 0) for name in ("return_shipping_part", "refund_number"))
    opened = past.opening["rma_number"].combine_chunks().drop_null()
    first = np.asarray(pc.is_in(numbers, value_set=opened), np.int64)  # the refund before the first night is one
    return OfRmas(return_shipping_part=parts[rma], refund_number=np.maximum(refunds[rma], first))


def _ints(table: pa.Table, name: str) -> Ints:
    """A column of whole numbers; unknown as 0."""
    return np.asarray(table[name].fill_null(0).to_numpy(), np.int64)


def _group_of(past: list[pa.ChunkedArray], tonight: list[object], group: Ints) -> Ints:
    """Group number of each past row among tonight's lines, by texts that are joined; -1 for none."""
    if not len(group) or not len(past[0]):
        return np.full(len(past[0]), -1)
    then, now = (
        pc.binary_join_element_wise(*(pc.fill_null(arrow_text(texts), "") for texts in side), "\t")
        for side in (past, tonight)
    )
    at = np.asarray(pc.fill_null(pc.index_in(then, value_set=now), -1), np.int64)
    return np.where(at >= 0, group[at], -1)


def _dense(order: Ints, line_rank: Ints) -> Ints:
    """Order lines numbered from 0."""
    _, numbers = np.unique(order * (int(line_rank.max(initial=0)) + 1) + line_rank, return_inverse=True)
    return np.asarray(numbers, np.int64)


def _sums(table: pa.Table, name: str, group: Ints, groups: int) -> Cents:
    return _sums_of(_ints(table, name), group, groups)


def _sums_of(values: Ints, group: Ints, groups: int) -> Ints:
    here = group >= 0
    return sums_by(values[here], group[here], groups)


def _last(key: Ints, night: Ints, mask: Bools, groups: int) -> Ints:
    """For each key the position of its latest row in the mask, -1 for none."""
    at = np.flatnonzero(mask & (key >= 0))
    at = at[np.argsort(night[at], kind="stable")]
    last = np.full(groups, -1, np.int64)
    last[key[at]] = at  # the latest night is assigned last
    return last


def _later(one: Ints, other: Ints, night: Ints) -> Ints:
    """Of two rows per key the later one."""
    night = np.append(night, -1)  # position -1, none, is the earliest of all
    return np.where(night[other] > night[one], other, one)
