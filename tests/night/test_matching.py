"""Tonight's lines in the order of the register, each beside its order line (rulebook 4, stages A and B)."""

from dataclasses import astuple

import pandas as pd

from refund_calc.night.matching import match
from tests.night.small import column, matched, table
from tests.stories import a_return, an_order


def test_lines_stand_in_the_order_of_rma_order_and_order_line_by_code_point():
    rows = [("R10", "1001", "1"), ("R2", "1001", "2"), ("R2", "1001", "10"), ("R1", "99", "1")]
    lines, _ = matched([a_return(rma_number=r, order_number=o, order_line=line) for r, o, line in rows])
    keys = list(zip(*(column(lines, n) for n in ("rma_number", "order_number", "order_line")), strict=True))
    assert keys == sorted(rows)
    assert lines.source.tolist() == [3, 0, 2, 1]
    assert lines.rma.tolist() == [0, 1, 2, 2] and lines.key.tolist() == [0, 1, 2, 3]


def test_a_line_finds_its_order_line_by_both_numbers():
    orders = [an_order(order_line="2", unit_price="7.00"), an_order(order_line="1"), an_order(order_number="1002")]
    returns = [a_return(order_line="2"), a_return(rma_number="R2", order_line="3"), a_return(rma_number="R3")]
    _, found = matched(returns, orders)
    assert found.found.tolist() == [True, False, True]
    assert found.merchandise_total[found.row_of_line[[0, 2]]].tolist() == [700, 10000]
    assert found.row_of_line[1] == -1
    assert len(found.frame) == 2  # nobody asks for order 1002


def test_an_order_line_with_an_invalid_cell_is_found_and_invalid():
    _, found = matched([a_return()], [an_order(unit_price="ten")])
    assert found.found.tolist() == [True] and found.invalid.tolist() == [True]
    assert found.row_of_line.tolist() == [-1]
    assert astuple(found.invalid_cells[0].first)[:3] == ("1", "unit_price", "ten")


def test_a_discount_above_the_price_makes_an_order_invalid_and_one_of_the_price_does_not():
    invalid = [matched([a_return()], [an_order(line_discount=d)])[1].invalid.tolist() for d in ("100.00", "100.01")]
    assert invalid == [[False], [True]]


def test_rows_that_contradict_each_other_make_an_order_ambiguous_and_repetitions_do_not():
    twice = [an_order(), an_order()]
    assert matched([a_return()], twice)[1].ambiguous.tolist() == [False]
    assert matched([a_return()], [an_order(), an_order(line_tax="1.00")])[1].ambiguous.tolist() == [True]
    other_line = [an_order(), an_order(order_line="2", ship_country="CA")]
    assert matched([a_return()], other_line)[1].ambiguous.tolist() == [True]


def test_a_blank_number_matches_nothing():
    lines, found = matched([a_return(order_line=""), a_return(rma_number="R2")], [an_order(order_line=""), an_order()])
    assert lines.has_key.tolist() == [False, True]
    assert found.found.tolist() == [False, True]


def test_tables_keep_their_cells_unless_they_are_handed_over():
    returns, orders = table("returns", [a_return()]), table("orders", [an_order()])
    match(returns, orders, hand_over=False)
    assert "rma_number" in returns.frame and "order_number" in orders.frame
    match(returns, orders, hand_over=True)
    assert list(returns.frame) == ["tracking_number"] and not list(orders.frame)  # the first decides nothing


def test_no_lines_match_no_orders():
    lines, found = matched([], [])
    assert len(lines) == 0 and len(found.frame) == 0 and not found.found.size


def test_an_orders_refunded_amount_is_the_largest_that_is_known_on_its_rows():
    rows = [an_order(refunded_amount="5.00"), an_order(order_line="2", refunded_amount=""), an_order(order_line="3")]
    rows += [an_order(refunded_amount="7.50")]  # line 1 once more: no contradiction
    _, found = matched(
        [a_return(), a_return(rma_number="R2", order_number="1002")], [*rows, an_order(order_number="1002")]
    )
    assert found.refunded_amount.tolist() == [750, pd.NA]
    assert found.ambiguous.tolist() == [False, False]
    assert found.frame["order_line"].tolist() == ["1", "2", "3", "1"]
