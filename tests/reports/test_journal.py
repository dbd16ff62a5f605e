"""Journal entries: which amount goes where, in which order, and what the ledger says of it."""

import csv
import io

import numpy as np
import pytest

from refund_calc.night.payouts import payout_ids
from refund_calc.policy.deductions import DEDUCTIONS
from refund_calc.reports import ledger as ledger_csv
from refund_calc.reports.csv_blocks import csv_file
from refund_calc.reports.journal import PAYABLE, REFUND_LINES, Journal
from refund_calc.reports.ledger import ledger
from tests.reports.books import ACCOUNTS, TONIGHT, journal, payout_of, refund_of


def written(found: Journal) -> list[dict[str, str]]:
    file = csv_file(ledger(found))
    text = b"".join(map(bytes, file.blocks())).decode()
    rows = list(csv.DictReader(io.StringIO(text, newline=""), fieldnames=file.header))
    assert len(rows) == file.rows
    return rows


def sides(rows: list[dict[str, str]]) -> list[tuple[str, str, str]]:
    return [(row["account_name"], row["debit"], row["credit"]) for row in rows]


def test_a_refund_is_balanced_and_its_zero_lines_are_left_out() -> None:
    """100.00 + 8.00 tax - 7.50 for the label = 100.50."""
    refund = refund_of(["R1"], merchandise=[10000], tax=[800], return_shipping=[750], net_refund=[10050])
    rows = written(journal(refund))
    assert sides(rows) == [
        ("sales returns", "100.00", ""),
        ("sales tax payable", "8.00", ""),
        ("return shipping recovered", "", "7.50"),
        ("refunds payable", "", "100.50"),
    ]
    assert [row["entry_line"] for row in rows] == ["1", "2", "3", "4"]
    assert [row["clause"] for row in rows] == ["", "", "RP-6", ""]
    assert {row["posting_date"] for row in rows} == {"2026-11-20"}
    assert {row["memo"] for row in rows} == {"refund of RMA R1"}
    assert rows[0]["account"] == ACCOUNTS["sales_returns"]["code"]


def test_a_payout_moves_the_payable_to_clearing_on_its_own_date_and_in_its_own_currency() -> None:
    rows = written(journal(refund_of([], merchandise=[]), payout_of(["R1"], [TONIGHT - 1], [10050])))
    assert sides(rows) == [("refunds payable", "100.50", ""), ("refund clearing", "", "100.50")]
    assert {(row["posting_date"], row["currency"], row["clause"]) for row in rows} == {
        ("2026-11-20", f"C{TONIGHT - 1}", "RP-10")
    }


@pytest.mark.parametrize("refused, clause", [(False, "RP-13"), (True, "RP-14")])
def test_shipping_income_has_the_clause_of_a_refused_delivery_where_one_is_in_it(refused: bool, clause: str) -> None:
    refund = refund_of(["R1"], refused=[refused], shipping_refund=[500], net_refund=[500])
    assert [row["clause"] for row in written(journal(refund))] == [clause, ""]


@pytest.mark.parametrize("entries", [1, 2, 100])
def test_the_ledger_is_sorted_by_entry_id_whatever_its_blocks(monkeypatch: pytest.MonkeyPatch, entries: int) -> None:
    """An RMA number may begin another one: `R1-a/1` sorts before `R1/1`. Payouts stand before refunds."""
    monkeypatch.setattr(ledger_csv, "ENTRIES", entries)
    cents = [100, 200, 300]
    rmas = ["R1", "R1-a", "R2"]
    rows = written(
        journal(refund_of(rmas, merchandise=cents, net_refund=cents), payout_of(rmas, [TONIGHT, 3, TONIGHT], cents))
    )
    ids = [row["entry_id"] for row in rows]
    assert ids == sorted(ids)
    paid = {row["rma_number"]: row["debit"] for row in rows if row["debit"] and row["entry_id"] < "Q"}
    assert paid == {"R1": "1.00", "R1-a": "2.00", "R2": "3.00"}
    nights = {row["rma_number"]: row["posting_date"] for row in rows if row["entry_id"] < "Q"}
    assert nights == {"R1": "2026-11-21", "R1-a": "1970-01-05", "R2": "2026-11-21"}


def test_every_deduction_is_a_credit_of_its_own_account() -> None:
    credits = {line.amount: line.account for line in REFUND_LINES if not line.is_debit}
    assert credits == {name: deduction.account for name, deduction in DEDUCTIONS.items()} | {"net_refund": PAYABLE}


def test_entry_ids_are_those_of_the_payouts() -> None:
    refund = refund_of(["R1"], merchandise=[1], net_refund=[1])
    assert payout_ids(refund.rma_number, np.array([1])).to_pylist() == ["R1/1"]
    assert refund.entry_id.to_pylist() == ["REFUND:R1/1"]
    assert np.count_nonzero(refund.amounts) == refund.journal_lines == 2
