"""Cents (rulebook 5): shares, rates and largest remainders by hand, and against exact fractions."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refund_calc.errors import NightStopped
from refund_calc.policy import money
from tests.policy.arrays import MOST_CENTS, MOST_LINE, MOST_UNITS, half_up, ints, maybe, some_cents
from tests.stories import ci

# -- Worked examples ---------------------------------------------------------------------------------------------


def test_ten_dollars_for_three_units_are_3_33_and_3_34_and_3_33():
    # round(1000 / 3) = 333; round(2000 / 3) = 667; 1000. Differences: 333, 334, 333.
    ten, three = ints(1000, 1000, 1000), ints(3, 3, 3)
    assert money.share(ten, ints(1, 2, 3), three).tolist() == [333, 667, 1000]
    assert money.next_share(ten, ints(0, 1, 2), ints(1, 1, 1), three).tolist() == [333, 334, 333]


def test_a_share_rounds_half_a_cent_up():
    # 1 / 2 = 0.5 -> 1; 3 / 2 = 1.5 -> 2; 5 x 3 / 6 = 2.5 -> 3.
    assert money.share(ints(1, 3, 5), ints(1, 1, 3), ints(2, 2, 6)).tolist() == [1, 2, 3]


def test_no_units_and_all_units_get_nothing_and_everything():
    assert money.share(ints(999, 999, 0), ints(0, 7, 3), ints(7, 7, 7)).tolist() == [0, 999, 0]


def test_the_largest_order_line_is_shared_exactly():
    # MOST_LINE / 999,999 units is 99,999,999,999 cents each.
    assert money.share(ints(MOST_LINE), ints(MOST_UNITS), ints(MOST_UNITS)).tolist() == [MOST_LINE]
    assert money.share(ints(MOST_LINE), ints(1), ints(MOST_UNITS)).tolist() == [MOST_CENTS]
    # 99,999,999,999 x 2 / 3 = 66,666,666,666
    assert money.share(ints(MOST_CENTS), ints(2), ints(3)).tolist() == [66_666_666_666]


def test_a_rate_rounds_half_a_cent_up():
    # 15 % of 134.10 = 20.115 -> 20.12; of 0.03 = 0.0045 -> 0.00; of 0.10 = 0.015 -> 0.02.
    assert money.at_rate(ints(13410, 3, 10), 15, 100).tolist() == [2012, 0, 2]


@pytest.mark.parametrize(("numerator", "denominator"), [(0, 1), (1, 1), (999_999_999, 1_000_000_000)])
def test_a_rate_of_the_largest_order_line_is_exact(numerator: int, denominator: int):
    expected = half_up(Fraction(MOST_LINE * numerator, denominator))
    assert money.at_rate(ints(MOST_LINE), numerator, denominator).tolist() == [expected]


def parts(total: int, *weights: int) -> list[int]:
    return money.largest_remainder(ints(*[total] * len(weights)), ints(*weights), ints(*[0] * len(weights))).tolist()


def test_the_cent_left_goes_to_the_largest_remainder():
    # 1460 x 129 / 278 = 677.48, x 149 = 782.52: the cent goes to the second.
    assert parts(1460, 12900, 14900) == [677, 783]
    # 1990 over 116.10, 89.00, 119.00: 712.86, 546.47, 730.67; two cents for .86 and .67.
    assert parts(1990, 11610, 8900, 11900) == [713, 546, 731]


def test_ties_go_to_the_first():
    assert parts(100, 1, 1, 1) == [34, 33, 33]
    assert parts(101, 1, 1, 1) == [34, 34, 33]
    # 5 x 1 / 4 = 1.25, 5 x 2 / 4 = 2.5, 1.25: the cent goes to the half, not to the first.
    assert parts(5, 1, 2, 1) == [1, 3, 1]


def test_weights_that_are_all_zero_are_equal_and_a_zero_among_others_gets_nothing():
    assert parts(100, 0, 0, 0) == [34, 33, 33]
    assert parts(100, 0, 5, 0) == [0, 100, 0]
    assert parts(0, 3, 5, 0) == [0, 0, 0]
    assert parts(7, 0) == [7]


def test_groups_are_split_each_for_itself():
    # 10.00 over 1 : 1 : 1, 0.01 over 1 : 1, 5.00 over one line.
    total, weight = ints(1000, 1000, 1000, 1, 1, 500), ints(1, 1, 1, 7, 7, 0)
    assert money.largest_remainder(total, weight, ints(0, 0, 0, 1, 1, 2)).tolist() == [334, 333, 333, 1, 0, 500]


def test_the_largest_amounts_are_split_exactly():
    # Three equal weights: 99,999,999,999 / 3 = 33,333,333,333 each.
    assert parts(MOST_CENTS, MOST_LINE, MOST_LINE, MOST_LINE) == [33_333_333_333] * 3
    # Weights 1 and MOST_LINE: the first gets nothing, its remainder being the smaller one.
    assert parts(MOST_CENTS, 1, MOST_LINE) == [0, MOST_CENTS]


def test_units_beyond_the_quantity_are_shared_exactly_too():
    # An order row that now has fewer units than were refunded: MOST_LINE for one unit, 300 of them.
    assert money.share(ints(MOST_LINE, 10), ints(300, 1), ints(1, 2)).tolist() == [MOST_LINE * 300, 5]


def test_sums_are_taken_by_group():
    assert money.sums_by(ints(1, 2, 4, 8), ints(2, 0, 2, 0), 4).tolist() == [10, 0, 5, 0]


def test_a_sum_that_cannot_be_booked_stops_the_night_and_says_where_to_look():
    with pytest.raises(NightStopped, match=r"add up to 92233720368547758\.08, .* order export") as stop:
        money.sums_by(ints(2**62, 2**62), ints(0, 0), 1)
    assert stop.value.exit_code == 70


def test_what_is_unknown_counts_as_zero():
    assert money.known(maybe(5, None, 0)).tolist() == [5, 0, 0]


def test_amounts_of_a_part_of_a_column_are_those_of_its_rows():
    column = pa.array([100, None, 7, None, -205], pa.int64())
    assert money.dollars(column.slice(1, 4)).to_pylist() == [None, "0.07", None, "-2.05"]


def test_amounts_are_written_with_two_decimals():
    assert money.dollars(maybe(0, 5, None, MOST_LINE)).to_pylist() == ["0.00", "0.05", None, "999998999990000.01"]
    assert [money.dollar_text(cents) for cents in (0, 7, 123450, -5)] == ["0.00", "0.07", "1234.50", "-0.05"]


# -- Properties against exact arithmetic ---------------------------------------------------------------------------


some_units = st.one_of(st.integers(1, 12), st.integers(1, MOST_UNITS))


@st.composite
def a_line(draw: st.DrawFn) -> tuple[int, int, int]:
    """T, k <= n, and n."""
    n = draw(some_units)
    return draw(some_cents), draw(st.integers(0, n)), n


@ci(2)
@given(st.lists(a_line(), min_size=1, max_size=5))
def test_share_is_the_exact_fraction_rounded_half_up(lines: list[tuple[int, int, int]]):
    total, units, quantity = (ints(*column) for column in zip(*lines, strict=True))
    assert money.share(total, units, quantity).tolist() == [half_up(Fraction(t * k, n)) for t, k, n in lines]


@ci()
@given(st.lists(st.integers(1, 200_000), min_size=1, max_size=5), some_cents)
def test_the_parts_of_a_total_add_up_to_it_however_it_comes_back(steps: list[int], total: int):
    n, before, given_back = sum(steps), 0, []
    for units in steps:
        given_back += money.next_share(ints(total), ints(before), ints(units), ints(n)).tolist()
        before += units
    assert sum(given_back) == total
    assert min(given_back) >= 0


@ci()
@given(some_cents, st.integers(0, 9).flatmap(lambda places: st.tuples(st.integers(0, 10**places), st.just(10**places))))
def test_a_rate_is_exact(amount: int, rate: tuple[int, int]):
    decimal = (Decimal(amount) * rate[0] / rate[1]).quantize(Decimal(1), ROUND_HALF_UP)
    assert money.at_rate(ints(amount), *rate).tolist() == [int(decimal)]


def by_largest_remainder(total: int, weights: list[int]) -> list[int]:
    """The rule in its own words, on fractions."""
    weights = weights if any(weights) else [1] * len(weights)
    exact = [Fraction(total * weight, sum(weights)) for weight in weights]
    found = [int(part) for part in exact]
    for at in sorted(range(len(exact)), key=lambda i: (found[i] - exact[i], i))[: total - sum(found)]:
        found[at] += 1
    return found


some_weights = st.lists(st.one_of(st.integers(0, 5), st.just(0), some_cents), min_size=1, max_size=5)


@ci(2)
@given(st.lists(st.tuples(some_cents, some_weights), min_size=1, max_size=4))
def test_largest_remainder_is_the_rule_on_exact_fractions(groups: list[tuple[int, list[int]]]):
    total = ints(*(total for total, weights in groups for _ in weights))
    weight = ints(*(w for _, weights in groups for w in weights))
    group = ints(*(at for at, (_, weights) in enumerate(groups) for _ in weights))
    expected = [part for total, weights in groups for part in by_largest_remainder(total, weights)]
    assert money.largest_remainder(total, weight, group).tolist() == expected


@ci()
@given(st.lists(st.integers(0, MOST_LINE), max_size=200))
def test_sums_are_exact_however_large(values: list[int]):
    assert money.total(ints(*values)) == sum(values)


@ci()
@given(st.integers(-MOST_LINE, MOST_LINE))
def test_amounts_read_back_as_they_were(cents: int):
    assert Decimal(money.dollars(maybe(cents))[0].as_py()) * 100 == cents
    assert Decimal(money.dollar_text(cents)) * 100 == cents
