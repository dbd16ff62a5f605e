"""What a refunded line is worth (rulebook 5), each amount as a function of columns, by hand."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from refund_calc.policy import amounts as refunds
from refund_calc.policy import deductions
from refund_calc.policy.derived import is_restocked
from refund_calc.policy.versions import Rate
from tests.policy.arrays import MOST_CENTS, MOST_LINE, MOST_UNITS, flags, ints, maybe, some_cents, words
from tests.stories import ci


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
