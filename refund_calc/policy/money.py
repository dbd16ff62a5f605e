"""Cents: round half up, cumulative shares, largest remainders (rulebook 5). The only rounding in the house.

Amounts are numpy int64 arrays of cents. The largest legal order line (999,999 units at 999,999,999.99) fits in 64 bits;
where a product on the way would not, the same arithmetic goes on in Python's unlimited integers.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from refund_calc.columns.aliases import Ints
from refund_calc.columns.groups import in_company
from refund_calc.columns.written import whole_numbers

Cents = Ints
_SAFE = 1 << 62


def _most(values: Any) -> int:
    return int(np.max(values)) if np.size(values) else 0


def rounded(numerator: Any, denominator: Any) -> Any:
    """numerator / denominator, half up; both not negative."""
    return (2 * numerator + denominator) // (2 * denominator)


def share(total: Cents, units: Ints, quantity: Ints) -> Cents:
    """round(total x units / quantity), element by element.

    total is split into whole cents per unit and a rest below quantity, so that nothing overflows.
    """
    part = np.flatnonzero((units != 0) & (units != quantity))
    if len(part) == len(total):
        return _share(total, units, quantity)
    some = _share(total[part], units[part], quantity[part])
    shares = np.where(units != 0, total, 0).astype(some.dtype, copy=False)  # of all units everything, of none nothing
    shares[part] = some
    return shares


def _share(total: Cents, units: Ints, quantity: Ints) -> Cents:
    each, rest = np.divmod(total, quantity)
    if _most(each) * _most(units) >= _SAFE:
        each = each.astype(object)
    return _cents(each * units + rounded(rest * units, quantity))


def _cents(values: Any) -> Cents:
    narrow: Cents = _narrow(values)
    return narrow


def _narrow(values: Any) -> Any:
    """Back to int64, unless a value does not fit."""
    if values.dtype == object and _most(values) < 1 << 63:
        return values.astype(np.int64)
    return values


def next_share(total: Cents, before: Ints, units: Ints, quantity: Ints) -> Cents:
    """What `units` more get after `before`: share(before + units) - share(before). The parts add up to total."""
    if not before.any():
        return share(total, units, quantity)
    return share(total, before + units, quantity) - share(total, before, quantity)


def at_rate(amount: Cents, numerator: int, denominator: int) -> Cents:
    """round(amount x numerator / denominator) for a rate between 0 and 1 of at most nine decimals."""
    whole, rest = np.divmod(amount, denominator)
    return np.asarray(whole * numerator + rounded(rest * numerator, denominator), np.int64)


def largest_remainder(total: Cents, weights: Cents, group: Ints) -> Cents:
    """Each group's total over its rows in proportion to weights, by whole cents.

    Rows of a group are neighbours and carry the same total; `group` numbers the groups from 0. Every row gets the floor
    of its share, then one cent each to the largest remainders, ties to the first row. All weights zero: equal weights.
    """
    several = np.flatnonzero(in_company(group))
    if len(several) < len(group):
        parts = total.copy()  # whoever is alone gets everything
        if len(several):
            dense = np.cumsum(np.diff(group[several], prepend=-1) > 0) - 1
            parts[several] = largest_remainder(total[several], weights[several], dense)
        return parts
    if not len(group):
        return np.zeros(0, np.int64)
    size = np.bincount(group)
    weight_sum = _sums(weights, group, len(size))
    equal = (weight_sum == 0)[group]
    weights = np.where(equal, 1, weights)
    weight_sum = np.where(weight_sum == 0, size, weight_sum)[group]
    if _most(total) * _most(weight_sum) >= _SAFE:
        total, weights, weight_sum = total.astype(object), weights.astype(object), weight_sum.astype(object)
    floor = total * weights // weight_sum
    remainder = total * weights % weight_sum
    first = np.cumsum(size) - size
    left = total[first] - _sums(floor, group, len(size))
    parts = _narrow(floor)
    shared = np.flatnonzero((left > 0)[group])
    if len(shared):
        # lexsort is stable: equal remainders stay in row order.
        by_remainder = shared[_sort_descending(group[shared], remainder[shared])]
        group_of = group[by_remainder]
        starts = np.flatnonzero(np.concatenate(([True], group_of[1:] != group_of[:-1])))
        place = np.arange(len(group_of)) - np.repeat(starts, np.diff(np.append(starts, len(group_of))))
        parts[by_remainder[place < left[group_of].astype(np.int64)]] += 1
    return np.asarray(parts, np.int64)


def _sort_descending(group: Ints, remainder: Any) -> Ints:
    if remainder.dtype == object:
        order = sorted(range(len(group)), key=lambda at: (group[at], -remainder[at]))
        return np.array(order, np.int64)
    width = _most(remainder) + 1
    if width * (_most(group) + 1) >= _SAFE:
        return np.lexsort((-remainder, group))
    # The groups are in order: rows move a step or two, which a stable sort of one key does in no time.
    return np.argsort(group * width - remainder, kind="stable")


def _sums(values: Any, group: Ints, groups: int) -> Any:
    if values.dtype != object and _most(values) * len(values) >= _SAFE:
        values = values.astype(object)
    sums = np.zeros(groups, values.dtype)
    np.add.at(sums, group, values)
    return _narrow(sums)


def sums_by(values: Cents, group: Ints, groups: int) -> Cents:
    """Sum of the values of each group, groups numbered from 0."""
    return np.asarray(_sums(values, group, groups), np.int64)


def total(values: Cents) -> int:
    """The exact sum, however large."""
    high, low = np.divmod(np.asarray(values, np.int64), 1_000_000_000)
    return int(high.sum()) * 1_000_000_000 + int(low.sum())


def dollars(cents: Any) -> Any:
    """Cents (unknown as NA) as Arrow text `0.00`, unknown as null."""
    return _decimal_text(whole_numbers(cents))


def _decimal_text(array: Any) -> Any:
    values = np.asarray(array.fill_null(0))
    wide = np.empty((len(array), 2), np.int64)
    wide[:, 0], wide[:, 1] = values, values >> 63
    text = pa.Array.from_buffers(pa.decimal128(19, 2), len(array), [array.buffers()[0], pa.py_buffer(wide)])
    return text.cast(pa.string())


def dollar_text(cents: int) -> str:
    """One amount for people: 1234.50."""
    sign, cents = ("-", -cents) if cents < 0 else ("", cents)
    return f"{sign}{cents // 100}.{cents % 100:02d}"


def known(values: Any, blank: int = 0) -> npt.NDArray[np.int64]:
    """A masked integer array as numpy, with `blank` for what the rules say unknown counts as."""
    if isinstance(values, np.ndarray):
        return values.astype(np.int64, copy=False)
    return np.asarray(pd.array(values).to_numpy(dtype=np.int64, na_value=blank), np.int64)
