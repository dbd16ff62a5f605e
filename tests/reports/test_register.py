"""refunds.csv of a few lines: the order of its rows, quantities, and which rows have money."""

import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from refund_calc.night.decide import Decided
from refund_calc.night.verdicts import ALREADY_DECIDED
from refund_calc.reports import named
from refund_calc.reports.contracts import REFUNDS
from refund_calc.reports.csv_blocks import csv_file
from refund_calc.reports.register import register
from tests.reports.books import night
from tests.stories import Row, a_return, an_order

MONEY = list(REFUNDS)[list(REFUNDS).index("merchandise") : list(REFUNDS).index("net_refund") + 1]


def rows(returns: list[Row], orders: list[Row]) -> list[Row]:
    return rows_of(night(returns, orders))


def rows_of(decided: Decided) -> list[Row]:
    file = csv_file(register(decided))
    text = b"".join(map(bytes, file.blocks())).decode()
    found = list(csv.DictReader(io.StringIO(text, newline=""), fieldnames=file.header))
    assert len(found) == file.rows == len(decided.lines)
    return found


@pytest.mark.parametrize("block", [1, 2, 100])
def test_rows_of_one_key_are_in_the_order_of_their_whole_text(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    """They differ in the reason and in the units, whatever order they were read in."""
    monkeypatch.setattr(named, "BLOCK_ROWS", block)
    same_key = [
        ("wrong_item", "2"),
        ("changed_mind", "3"),
        ("wrong_item", "1"),
        ("changed_mind", "10"),
    ]
    returns = [a_return(reason=reason, quantity_requested="20", quantity_received=units) for reason, units in same_key]
    found = rows([a_return(rma_number="R2"), *returns], [an_order(quantity="20")])
    texts = [tuple(row.values()) for row in found]
    assert texts == sorted(texts)
    assert [(row["reason"], row["quantity"]) for row in found[:4]] == [
        ("changed_mind", "10"), ("changed_mind", "3"), ("wrong_item", "1"), ("wrong_item", "2"),
    ]  # fmt: skip


def test_a_duplicate_says_its_units_and_has_no_money() -> None:
    """Two units at 100.00 with 8.00 tax for both, less 7.50 for the label: 200.50."""
    twice = [a_return(quantity_requested="2", quantity_received="2")] * 2
    found = {row["decision"]: row for row in rows(twice, [an_order(quantity="2")])}
    assert set(found) == {"refund", "duplicate"}
    assert {row["quantity"] for row in found.values()} == {"2"}
    assert found["refund"]["net_refund"] == "200.50"
    assert {found["duplicate"][name] for name in MONEY} == {""}


def test_only_refunds_have_money() -> None:
    """A refund states every amount, 0.00 too; what is held or rejected states none."""
    returns = [
        a_return(),
        a_return(rma_number="R2", order_number="none"),
        a_return(rma_number="R3", order_number="1002", requested_date="2026-07-01", received_date="2026-07-03"),
    ]
    found = rows(returns, [an_order(), an_order(order_number="1002")])
    assert [row["decision"] for row in found] == ["refund", "hold", "reject"]
    assert all(found[0][name] for name in MONEY)
    assert {row[name] for row in found[1:] for name in (*MONEY, "payout_date")} == {""}


def test_an_already_decided_line_says_all_its_units_and_has_no_money() -> None:
    """Both units were refunded before: a line of that key that is judged would be about none."""
    some = night([a_return(quantity_requested="2", quantity_received="2")], [an_order(quantity="2")])
    before = replace(some.columns, facts=some.columns.facts | {"refunded_units": np.array([2])})
    none_priced = some.priced.where(np.array([False]))
    judged = replace(some, columns=before, priced=none_priced)
    settled = replace(judged, verdicts=some.verdicts.set_aside(np.array([0]), ALREADY_DECIDED, "B"))
    assert [rows_of(decided)[0]["quantity"] for decided in (judged, settled)] == ["0", "2"]
    assert {rows_of(settled)[0][name] for name in (*MONEY, "due_date")} == {""}
