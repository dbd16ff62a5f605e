"""Money (rulebook 5): worked examples in whole cents, properties against exact fractions, and whole nights."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refund_calc.policy import amounts as refunds
from refund_calc.policy import deductions, money
from refund_calc.policy.derived import is_restocked
from refund_calc.policy.versions import Rate
from tests.stories import (
    Night,
    a_cancellation,
    a_refused_delivery,
    a_return,
    an_answer,
    an_order,
    an_unshipped_order,
    ci,
    tell,
    tonight,
)

MOST_CENTS, MOST_UNITS = 99_999_999_999, 999_999
MOST_LINE = MOST_CENTS * MOST_UNITS  # 999,999,999.99 x 999,999


def ints(*values: int) -> Any:
    return np.array(values, np.int64)


def maybe(*values: int | None) -> Any:
    """A column where None is unknown."""
    return pd.array(list(values), dtype="Int64")


def flags(*values: bool | None) -> Any:
    return pd.array(list(values), dtype="boolean")


def words(*values: str | None) -> Any:
    return pd.Categorical(values)


def half_up(exact: Fraction) -> int:
    whole = exact.numerator // exact.denominator
    return whole + (exact - whole >= Fraction(1, 2))


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


# -- The amounts of a line, as functions of columns ----------------------------------------------------------------


def test_merchandise_is_price_times_quantity_less_discount():
    # 3 x 149.00 - 44.70 = 402.30; 2 x 0.00; 999,999 x 999,999,999.99
    found = refunds.merchandise_total(maybe(14900, 0, MOST_CENTS), maybe(3, 2, MOST_UNITS), maybe(4470, 0, 0))
    assert found.tolist() == [40230, 0, MOST_LINE]


def test_lines_of_an_order_line_take_their_turn_by_day_and_then_as_they_stand():
    # One order line: day 5 comes first (1 unit), then the two of day 9 in their order (2 and 1). History had 4.
    order_line, day, units = ints(7, 7, 7), ints(9, 5, 9), ints(2, 1, 1)
    assert refunds.units_before(order_line, day, units, ints(4, 4, 4)).tolist() == [5, 4, 7]
    # Three order lines know nothing of one another.
    assert refunds.units_before(ints(1, 2, 3), day, units, ints(0, 3, 0)).tolist() == [0, 3, 0]


def test_return_shipping_is_split_after_what_was_allocated_before():
    # 31.00 - 18.50 = 12.50 over 1 : 1, the tie to the first; an RMA whose allocation exceeds the cost has 0 left.
    found = refunds.return_shipping_parts(ints(3100, 3100, 500), ints(1850, 1850, 900), ints(3, 3, 1), ints(0, 0, 1))
    assert found.tolist() == [625, 625, 0]


def test_return_shipping_is_waived_for_the_reason_of_a_return_only():
    part, reason = ints(700, 700, 700), words(*["manufacturing_defect"] * 3)
    kinds = words("return", "refused_delivery", "cancellation")
    figure = deductions.return_shipping.figure
    assert figure(part, kinds, reason, ("manufacturing_defect",)).tolist() == [0, 700, 700]
    assert figure(part, kinds, reason, ()).tolist() == [700, 700, 700]
    assert deductions.return_shipping.types == ("return", "refused_delivery")  # nobody sends a cancelled order back


def test_a_restocking_trigger_must_be_so_and_unknown_is_none():
    every = ("original_box_missing", "items_missing", "packaging_damaged")
    no_box, fine, unknown = flags(False, True, None), flags(False, False, False), flags(None, None, None)
    assert is_restocked(no_box, fine, fine, every).tolist() == [True, False, False]
    assert is_restocked(flags(True, True, True), no_box, fine, every).tolist() == [False, True, False]
    assert is_restocked(unknown, unknown, flags(True, False, None), every).tolist() == [True, False, False]
    assert is_restocked(no_box, fine, fine, ("items_missing",)).tolist() == [False, False, False]


def test_restocking_is_a_rate_of_the_merchandise_unless_waived():
    # 15 % of 134.10 = 20.115 -> 20.12.
    found = deductions.restocking_fee.figure(
        ints(13410, 13410, 13410), words("other", "wrong_item", "other"), np.array([True, True, False]),
        Rate(15, 100), ("wrong_item",),
    )  # fmt: skip
    assert found.tolist() == [2012, 0, 0]


RATES = {"none": Rate(0, 1), "scratch": Rate(1, 10), "crack": Rate(5, 10)}


def damage(grade: Any, amount: Any, charged: Any = (0, 0, 0), reason: str = "other") -> list[int]:
    return deductions.damage.figure(
        ints(10005, 10005, 10005), words(*[reason] * 3), grade, amount, ints(*charged), RATES, ("damaged_on_arrival",)
    ).tolist()


def test_damage_is_the_amount_assessed_else_the_grades_rate_else_nothing():
    # 10 % of 100.05 = 10.005 -> 10.01; 50 % = 50.025 -> 50.03; an amount of 0.00 is an amount.
    assert damage(words("scratch", "crack", "none"), maybe(None, None, None)) == [1001, 5003, 0]
    assert damage(words("scratch", "crack", None), maybe(0, 700, None)) == [0, 700, 0]


def test_damage_assessed_for_the_line_counts_less_what_was_charged():
    assert damage(words("crack", "crack", "crack"), maybe(700, 700, None), (200, 900, 900)) == [500, 0, 5003]


def test_damage_is_waived_for_the_reason():
    assert damage(words("crack", "crack", "none"), maybe(700, None, None), reason="damaged_on_arrival") == [0, 0, 0]


def test_a_cancellation_loss_is_as_given():
    assert deductions.cancellation_loss.figure(maybe(1950, None, 500), ints(0, 0, 700)).tolist() == [1950, 0, 0]


def test_an_answer_takes_the_place_of_the_figure():
    assert deductions.answered(ints(10, 10, 10), maybe(None, 0, 50), ints(5, 5, 20)).tolist() == [10, 0, 30]


def test_deductions_are_capped_one_after_the_other():
    # Gross 100: 60, then 40 of 50, then 0 of 20; 30 short. Gross 130: all. Gross 0: nothing.
    figures = {
        "return_shipping": 60,
        "outbound_shipping": 50,
        "restocking_fee": 20,
        "damage": 0,
        "cancellation_loss": 0,
    }
    found = refunds.settle(
        ints(70, 100, 0), ints(20, 20, 0), ints(10, 10, 0), {name: ints(f, f, f) for name, f in figures.items()}
    )
    assert found.deductions["return_shipping"].tolist() == [60, 60, 0]
    assert found.deductions["outbound_shipping"].tolist() == [40, 50, 0]
    assert found.deductions["restocking_fee"].tolist() == [0, 20, 0]
    assert found.total_deductions.tolist() == [100, 130, 0]
    assert found.net_refund.tolist() == [0, 0, 0]
    assert found.shortfall.tolist() == [30, 0, 130]


def test_amounts_are_written_with_two_decimals():
    assert money.dollars(maybe(0, 5, None, MOST_LINE)).to_pylist() == ["0.00", "0.05", None, "999998999990000.01"]
    assert [money.dollar_text(cents) for cents in (0, 7, 123450, -5)] == ["0.00", "0.07", "1234.50", "-0.05"]


# -- Properties against exact arithmetic ---------------------------------------------------------------------------

some_cents = st.one_of(st.integers(0, 1000), st.integers(0, MOST_CENTS), st.integers(MOST_LINE - 1000, MOST_LINE))
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
@given(some_cents, some_cents, some_cents, st.lists(st.integers(0, MOST_CENTS), min_size=5, max_size=5))
def test_net_is_never_negative_and_the_shortfall_is_what_is_missing(
    merchandise: int, tax: int, shipping: int, figures: list[int]
):
    names = ("return_shipping", "outbound_shipping", "restocking_fee", "damage", "cancellation_loss")
    found = refunds.settle(
        ints(merchandise), ints(tax), ints(shipping), {n: ints(f) for n, f in zip(names, figures, strict=True)}
    )
    gross = merchandise + tax + shipping
    assert found.net_refund.tolist() == [max(gross - sum(figures), 0)]
    assert found.shortfall.tolist() == [max(sum(figures) - gross, 0)]
    assert sum(found.deductions[n][0] for n in names) == found.total_deductions[0] == gross - found.net_refund[0]


@ci()
@given(st.integers(-MOST_LINE, MOST_LINE))
def test_amounts_read_back_as_they_were(cents: int):
    assert Decimal(money.dollars(maybe(cents))[0].as_py()) * 100 == cents
    assert Decimal(money.dollar_text(cents)) * 100 == cents


# -- Whole nights ------------------------------------------------------------------------------------------------


def test_ten_dollars_for_three_units_over_three_rmas():
    # 3 x 4.00 - 2.00 = 10.00. They take their turn by the day of receipt: R3 (03-12), R1 (03-13), R2 (03-16).
    order = an_order(quantity="3", unit_price="4.00", line_discount="2.00", line_tax="0.85")
    days = {"R1": "2026-03-13", "R2": "2026-03-16", "R3": "2026-03-12"}
    rows = [a_return(rma_number=rma, received_date=day, return_shipping_cost="0.00") for rma, day in days.items()]
    night = tonight(*rows, orders=[order])
    # Tax 0.85: 0.283 -> 0.28, 0.567 -> 0.57, 0.85: 0.28, 0.29, 0.28.
    assert [night.money("merchandise", "tax", key=(rma,)) for rma in ("R3", "R1", "R2")] == [
        ["3.33", "0.28"],
        ["3.34", "0.29"],
        ["3.33", "0.28"],
    ]


def test_on_one_day_the_rma_number_decides_the_turn():
    order = an_order(quantity="3", unit_price="4.00", line_discount="2.00", line_tax="0.00")
    rows = [a_return(rma_number=rma, return_shipping_cost="0.00") for rma in ("R10", "R2", "R1")]
    night = tonight(*rows, orders=[order])
    # As text: R1, R10, R2.
    assert [row["merchandise"] for row in night.refunds] == ["3.33", "3.34", "3.33"]
    assert [row["rma_number"] for row in night.refunds] == ["R1", "R10", "R2"]


TWO = [an_order(unit_price="60.00", line_tax="0.00"), an_order(order_line="2", unit_price="40.00", line_tax="0.00")]


def test_return_shipping_is_split_by_merchandise():
    # 7.51 over 60 : 40 is 4.506 and 3.004: 4.51 and 3.00.
    cells = {"return_shipping_cost": "7.51"}
    night = tonight(a_return(**cells), a_return(order_line="2", **cells), orders=TWO)
    assert [row["return_shipping"] for row in night.refunds] == ["4.51", "3.00"]


def test_a_waived_line_takes_its_part_which_is_not_charged():
    cells = {"return_shipping_cost": "10.00"}
    night = tonight(a_return(reason="manufacturing_defect", **cells), a_return(order_line="2", **cells), orders=TWO)
    assert [row["return_shipping"] for row in night.refunds] == ["0.00", "4.00"]


def test_a_held_line_keeps_its_part_open_until_it_is_refunded():
    # Friday: line 2 waits for photos; line 1 bears 6.00 of 10.00. Monday: line 2 bears the 4.00.
    cells = {"return_shipping_cost": "10.00"}
    first, second = a_return(**cells), a_return(order_line="2", **cells)
    told = tell(
        Night([first, second | {"evidence_complete": ""}], TWO),
        Night([first, second], TWO, as_of=Night().as_of.replace(day=23)),
    )
    assert told[0].money("return_shipping") == ["6.00"]
    assert told[0].verdict("R1", "2") == "hold evidence-missing"
    assert told[1].money("return_shipping", key=("R1", "2")) == ["4.00"]


def test_a_waived_part_counts_as_allocated():
    # Friday: the defect's 6.00 is waived. Monday: 10.00 - 6.00 = 4.00 are left for line 2.
    cells = {"return_shipping_cost": "10.00"}
    first, second = a_return(reason="manufacturing_defect", **cells), a_return(order_line="2", **cells)
    told = tell(
        Night([first, second | {"evidence_complete": ""}], TWO),
        Night([first, second], TWO, as_of=Night().as_of.replace(day=23)),
    )
    assert told[1].money("return_shipping", key=("R1", "2")) == ["4.00"]


def test_a_rejected_line_has_no_part_in_return_shipping():
    cells = {"return_shipping_cost": "10.00"}
    accessory = TWO[1] | {"item_type": "accessory"}
    night = tonight(a_return(**cells), a_return(order_line="2", **cells), orders=[TWO[0], accessory])
    assert [row["return_shipping"] for row in night.refunds] == ["10.00", ""]


def test_return_shipping_over_worthless_lines_is_split_equally():
    free = [an_order(unit_price="0.00", line_tax="5.00"), an_order(order_line="2", unit_price="0.00", line_tax="5.00")]
    cells = {"return_shipping_cost": "0.03"}
    night = tonight(a_return(**cells), a_return(order_line="2", **cells), orders=free)
    assert [row["return_shipping"] for row in night.refunds] == ["0.02", "0.01"]


def test_a_refused_delivery_gets_its_shipping_back_less_the_round_trip():
    # 100.00 + 8.00 + 6.00 shipping paid - 7.50 return - 9.00 outbound = 97.50. No restocking, no damage.
    night = tonight(a_refused_delivery(original_box="no", damage_grade="crack"))
    assert night.money(
        "merchandise", "tax", "shipping_refund", "return_shipping", "outbound_shipping", "restocking_fee", "damage",
        "net_refund",
    ) == ["100.00", "8.00", "6.00", "7.50", "9.00", "0.00", "0.00", "97.50"]  # fmt: skip
    ledger = {row["account"]: (row["debit"], row["credit"], row["clause"]) for row in night.ledger}
    assert ledger == {
        "4910": ("100.00", "", ""),
        "2310": ("8.00", "", ""),
        "4210": ("6.00", "", "RP-14"),
        "5420": ("", "7.50", "RP-6"),
        "5410": ("", "9.00", "RP-14"),
        "2150": ("", "97.50", ""),
    }


def test_a_refused_delivery_of_part_of_an_order_gets_its_part_of_the_shipping():
    # Shipping 10.00 over lines of 60.00 and 40.00; one of two units of line 2: half of 4.00.
    # Outbound 5.00 likewise: half of 2.00.
    order = [
        an_order(unit_price="60.00", shipping_paid="10.00", outbound_shipping_cost="5.00"),
        an_order(
            order_line="2", quantity="2", unit_price="20.00", shipping_paid="10.00", outbound_shipping_cost="5.00"
        ),
    ]
    night = tonight(a_refused_delivery(order_line="2"), orders=order)
    assert night.money("shipping_refund", "outbound_shipping", key=("R1", "2")) == ["2.00", "1.00"]


def test_a_cancellation_gets_all_back_less_the_loss():
    # 100.00 + 8.00 + 6.00 - 19.50 = 94.50; the label's 7.50 is not charged.
    row = a_cancellation(cancellation_loss="19.50", return_shipping_cost="7.50")
    night = tonight(row, orders=[an_unshipped_order()])
    assert night.money("shipping_refund", "return_shipping", "cancellation_loss", "net_refund") == [
        "6.00",
        "0.00",
        "19.50",
        "94.50",
    ]
    ledger = {row["account"]: (row["debit"], row["credit"], row["clause"]) for row in night.ledger}
    assert ledger["4210"] == ("6.00", "", "RP-13")
    assert ledger["4940"] == ("", "19.50", "RP-13")


def test_a_return_gets_no_shipping_back_and_is_charged_no_loss():
    night = tonight(a_return(cancellation_loss="19.50"))
    assert night.money("shipping_refund", "outbound_shipping", "cancellation_loss", "net_refund") == [
        "0.00",
        "0.00",
        "0.00",
        "100.50",
    ]


def test_restocking_and_damage_of_a_return():
    # 15 % of 100.00 and 25 % of 100.00: 108.00 - 7.50 - 15.00 - 25.00 = 60.50.
    night = tonight(a_return(items_missing="yes", damage_grade="dent"))
    assert night.money("restocking_fee", "damage", "total_deductions", "net_refund") == [
        "15.00",
        "25.00",
        "47.50",
        "60.50",
    ]


def test_the_largest_order_line_comes_back_to_the_cent():
    # 999,999,999.99 x 999,999 = 999,998,999,990,000.01 (10^9 - 0.01)(10^6 - 1) = 10^15 - 10^9 - 10^4 + 0.01
    order = an_order(quantity="999999", unit_price="999999999.99", line_tax="999999999.99")
    row = a_return(quantity_requested="999999", quantity_received="999999")
    night = tonight(row, orders=[order], approval={"limit": None})
    assert night.money("merchandise", "tax") == ["999998999990000.01", "999999999.99"]
    # + 999,999,999.99 - 7.50 = 999,999,999,989,992.50
    assert night.line()["net_refund"] == "999999999989992.50"
    assert night.payouts[0]["amount"] == "999999999989992.50"


def test_the_lines_of_an_order_are_approved_together_and_keep_their_turns():
    # Two of three units for 10.00: 3.33 + 3.34 = 6.67, a cent above the limit, so both leave together.
    order = an_order(quantity="3", unit_price="4.00", line_discount="2.00", line_tax="0.00")
    rows = [a_return(rma_number=rma, return_shipping_cost="0.00") for rma in ("R1", "R2")]
    approved = [an_answer("approval-required", "allow", rma_number=rma, amount="6.67") for rma in ("R1", "R2")]
    night = tonight(*rows, orders=[order], approval={"limit": "6.66"})
    assert night.verdicts() == ["hold approval-required"] * 2
    night = tonight(*rows, orders=[order], resolutions=approved, approval={"limit": "6.66"})
    assert [row["merchandise"] for row in night.refunds] == ["3.33", "3.34"]
