"""Cents: round half up, cumulative shares, largest remainders (rulebook 5). The only rounding in the house.

Amounts are numpy int64 arrays of cents. The largest legal order line (999,999 units at 999,999,999.99) fits in 64 bits;
where a product on the way would not, the same arithmetic goes on in Python's unlimited integers.
"""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from refund_calc.columns.aliases import Ints
from refund_calc.columns.groups import in_company, starts_of_groups
from refund_calc.columns.written import decimals, whole_numbers
from refund_calc.errors import NightStopped

Cents: TypeAlias = Ints
MaskedInts: TypeAlias = pd.arrays.IntegerArray  # unknown is NA
_Unlimited: TypeAlias = npt.NDArray[np.object_]  # of Python integers
_Integers: TypeAlias = Ints | _Unlimited
_SAFE = 1 << 62


# --- Shares and rates: rounded half up ------------------------------------------------------------------------


def share(total: Cents, units: Ints, quantity: Ints) -> Cents:
    """round(total x units / quantity), element by element; quantity at least 1.

    Where more units than quantity come to more than 64 bits, the array is one of Python integers.
    """
    part = np.flatnonzero((units != 0) & (units != quantity))
    if len(part) == len(total):
        return _share(total, units, quantity)
    some = _share(total[part], units[part], quantity[part])
    shares = np.where(units != 0, total, 0).astype(some.dtype, copy=False)  # of all units everything, of none nothing
    shares[part] = some
    return shares


def next_share(total: Cents, before: Ints, units: Ints, quantity: Ints) -> Cents:
    """What `units` more get after `before`: share(before + units) - share(before). The parts add up to total."""
    if not before.any():
        return share(total, units, quantity)
    return share(total, before + units, quantity) - share(total, before, quantity)


def at_rate(amount: Cents, numerator: int, denominator: int) -> Cents:
    """round(amount x numerator / denominator) for a rate between 0 and 1 of at most nine decimals."""
    whole, rest = np.divmod(amount, denominator)
    return np.asarray(whole * numerator + _half_up(rest * numerator, denominator), np.int64)


def _share(total: Cents, units: Ints, quantity: Ints) -> Cents:
    """total is split into whole cents per unit and a rest below quantity, so that nothing overflows on the way."""
    each, rest = np.divmod(total, quantity)
    if _most(each) * _most(units) >= _SAFE:
        each = each.astype(object)
    parts: Cents = _narrow(each * units + _half_up(rest * units, quantity))
    return parts


def _half_up(numerator: Ints, denominator: Ints | int) -> Ints:
    """numerator / denominator, half up; both not negative."""
    quotient: Ints = (2 * numerator + denominator) // (2 * denominator)
    return quotient


# --- Largest remainder ----------------------------------------------------------------------------------------


def largest_remainder(total: Cents, weights: Cents, group: Ints) -> Cents:
    """Each group's total over its rows in proportion to weights, by whole cents.

    Rows of a group are neighbours and carry the same total; `group` ascends. Every row gets the floor of its share,
    then one cent each to the largest remainders, ties to the first row. All weights zero: equal weights.
    """
    parts = total.copy()  # a row alone in its group gets everything
    shared = np.flatnonzero(in_company(group))
    if len(shared):
        group_of_shared = np.cumsum(starts_of_groups(group[shared])) - 1
        parts[shared] = _split(total[shared], weights[shared], group_of_shared)
    return parts


def _split(total: Cents, weights: Cents, group: Ints) -> Cents:
    """`largest_remainder` of rows that share their groups with others; groups are numbered from 0 without a gap."""
    size = np.bincount(group)
    first = np.cumsum(size) - size
    floor, remainder = _floors(total, *_proportions(weights, group, size))
    cents_left = np.asarray(total[first] - _sums(floor, group, len(size)), np.int64)
    parts = np.array(floor, np.int64)
    parts[_gets_a_cent(remainder, group, cents_left)] += 1
    return parts


def _proportions(weights: Cents, group: Ints, size: Ints) -> tuple[Ints, _Integers]:
    """The weight of each row and the sum of its group's; all weights zero are all one."""
    weight_sum = _sums(weights, group, len(size))
    weightless = weight_sum == 0
    return np.where(weightless[group], 1, weights), np.where(weightless, size, weight_sum)[group]


def _floors(total: Cents, weight: Ints, weight_sum: _Integers) -> tuple[_Integers, _Integers]:
    """total x weight / weight_sum: the whole cents, and what remains of each division by its group's sum."""
    if _most(total) * _most(weight_sum) < _SAFE:
        product = total * weight
    else:
        product, weight_sum = total.astype(object) * weight, weight_sum.astype(object)
    return product // weight_sum, product % weight_sum


def _gets_a_cent(remainder: _Integers, group: Ints, cents_left: Ints) -> Ints:
    """The rows with the largest remainders of each group, as many as the group has cents left."""
    with_cents = np.flatnonzero((cents_left > 0)[group])
    rows: Ints = with_cents[_by_remainder(remainder[with_cents], group[with_cents])]
    starts = starts_of_groups(group[rows])
    place = np.arange(len(rows)) - np.flatnonzero(starts)[np.cumsum(starts) - 1]
    winners: Ints = rows[place < cents_left[group[rows]]]
    return winners


def _by_remainder(remainder: _Integers, group: Ints) -> Ints:
    """The order of rows by group, then from the largest remainder down; equal ones stay in row order."""
    if remainder.dtype == object:
        order = sorted(range(len(group)), key=lambda at: (group[at], -remainder[at]))
        return np.array(order, np.int64)
    width = _most(remainder) + 1
    if width * (_most(group) + 1) >= _SAFE:
        return np.lexsort((-remainder, group))
    # The groups are in order: rows move a step or two, which a stable sort of one key does in no time.
    return np.argsort(group * width - remainder, kind="stable")


# --- Sums -----------------------------------------------------------------------------------------------------


def sums_by(values: Cents, group: Ints, groups: int) -> Cents:
    """Sum of the values of each group, groups numbered from 0. NightStopped where one does not fit into 64 bits."""
    sums = _sums(values, group, groups)
    if sums.dtype == object:
        raise NightStopped(
            f"amounts of one order or RMA add up to {dollar_text(_most(sums))}, more than can be booked; "
            "look for mistyped prices and quantities in the order export, correct it and run again"
        )
    return np.asarray(sums, np.int64)


def total(values: Cents) -> int:
    """The exact sum, however large."""
    high, low = np.divmod(np.asarray(values, np.int64), 1_000_000_000)
    return int(high.sum()) * 1_000_000_000 + int(low.sum())


def _sums(values: _Integers, group: Ints, groups: int) -> _Integers:
    if values.dtype != object and _most(values) * len(values) >= _SAFE:
        values = values.astype(object)
    sums = np.zeros(groups, values.dtype)
    np.add.at(sums, group, values)
    narrow: _Integers = _narrow(sums)
    return narrow


def _most(values: _Integers) -> int:
    return int(np.max(values)) if np.size(values) else 0


def _narrow(values: Any) -> Any:
    """Unlimited integers back to int64, unless one does not fit."""
    if values.dtype == object and _most(values) < 1 << 63:
        return values.astype(np.int64)
    return values


# --- Amounts as text, and amounts that are unknown ------------------------------------------------------------


def dollars(cents: Ints | MaskedInts | pa.Array) -> pa.StringArray:
    """Cents (unknown as NA) as Arrow text `0.00`, unknown as null."""
    return decimals(whole_numbers(cents), pa.decimal128(19, 2)).cast(pa.string())


def dollar_text(cents: int) -> str:
    """One amount for people: 1234.50."""
    sign, cents = ("-", -cents) if cents < 0 else ("", cents)
    return f"{sign}{cents // 100}.{cents % 100:02d}"


def known(values: Ints | MaskedInts) -> Ints:
    """A masked integer array as numpy, with 0 for what is unknown, as the rules count it."""
    if isinstance(values, np.ndarray):
        return values.astype(np.int64, copy=False)
    return np.asarray(pd.array(values).to_numpy(dtype=np.int64, na_value=0), np.int64)
