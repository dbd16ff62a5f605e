"""A refund that the processor has not made yet is carried from period to period until it settles."""

from dataclasses import replace
from pathlib import Path

import pytest

from refund_calc.books.reconcile.carried import Rows, left_open, rows_left
from refund_calc.books.reconcile.movements import reported
from refund_calc.books.reconcile.outcome import reconcile
from refund_calc.books.reconcile.promises import Promise
from refund_calc.books.reconcile.result import Reconciled
from refund_calc.books.reconcile.written import as_csv
from refund_calc.errors import BadData
from tests.books.reconcile import files
from tests.books.reconcile.promised import CREDIT_TO, NIGHT, books, classes, day, promise
from tests.books.reconcile.test_processors import PAYPAL

PENDING = PAYPAL | {"Date": "03/30/2026", "Status": "Pending", "Transaction ID": "9TX"}
APRIL = (day("2026-04-01"), day("2026-04-30"))


def march(folder: Path, row: dict[str, str], *promises: Promise) -> Path:
    """The CSV of March, in which this row was pending."""
    paths = [files.paypal(folder / "march.csv", row)]
    found = reconcile(books(*promises), reported(paths, "USD", "MDY"), {}, (NIGHT, day("2026-03-31")))
    path = folder / "carried.csv"
    path.write_bytes(as_csv(found))
    return path


def then(carried: Path, *promises: Promise, rows: list[dict[str, str]], period: tuple[int, int] = APRIL) -> Reconciled:
    paths = [files.paypal(carried.parent / "april.csv", *rows)] if rows else []
    opening = left_open(carried, promises, period[0])
    given = reported(paths, "USD", "MDY")
    return reconcile(books(*promises), given, {}, period, opening, rows_left(carried))


def test_a_row_of_the_earlier_month_that_was_completed_pays_its_promise(tmp_path: Path) -> None:
    """PayPal leaves it on its day, March 30: a file that only says so is no row of April."""
    carried = march(tmp_path, PENDING, promise())
    found = then(carried, promise(), rows=[PENDING | {"Status": "Completed"}])
    assert (classes(found), found.is_in_order) == ([("R1/1", "paid")], True)
    assert (found.roll.opening, found.roll.paid, found.roll.closing) == (9650, 9650, 0)
    assert found.rows == {"refund": 1}


def test_without_word_of_it_it_is_told_month_after_month(tmp_path: Path) -> None:
    carried = march(tmp_path, PENDING, promise())
    april = then(carried, promise(), rows=[])
    assert classes(april) == [("R1/1", "not-seen")]
    assert april.lines[0].message == (
        "not paid yet; the bank window ended on 2026-04-06; the processor shows it as pending since 2026-03-30: ask "
        "the processor, and pay it otherwise only when it is taken back there"
    )
    assert april.rows.total() == 0
    carried.write_bytes(as_csv(april))
    may = then(carried, promise(), rows=[PENDING | {"Status": "Denied"}], period=(APRIL[1] + 1, APRIL[1] + 31))
    assert classes(may) == [("R1/1", "failed")]


def test_a_promise_that_was_paid_meanwhile_waits_for_nothing(tmp_path: Path) -> None:
    carried = march(tmp_path, PENDING, promise())
    found = then(carried, promise(), rows=[PAYPAL | {"Date": "04/02/2026", "Transaction ID": "10TX"}])
    assert (classes(found), found.lines[0].pending) == ([("R1/1", "paid")], "")


def test_a_pending_refund_outside_this_job_is_carried_too(tmp_path: Path) -> None:
    other = PENDING | {"Reference Txn ID": "PAY-77"}
    carried = march(tmp_path, other)
    assert classes(then(carried, rows=[])) == [("carried.csv line 2", "unpromised")]
    found = then(carried, rows=[other | {"Status": "Completed"}])
    assert (classes(found), found.lines[0].seen) == ([("april.csv line 2", "unpromised")], 9650)


def test_two_promises_of_one_order_are_not_mistaken_for_each_other(tmp_path: Path) -> None:
    two = [promise("R1/1"), promise("R2/1")]
    carried = march(tmp_path, PENDING, *two)
    pays = [line.payout_id for line in rows_left(carried).pending]
    found = then(carried, *two, rows=[PENDING | {"Status": "Completed"}])
    assert [(line.promise.payout_id, line.outcome.value) for line in found.lines if line.promise] == [
        (one.payout_id, "paid" if one.payout_id in pays else "not-seen") for one in two
    ]


def test_an_older_reconciliation_without_the_column_has_nothing_pending(tmp_path: Path) -> None:
    path = tmp_path / "old.csv"
    path.write_text("class,payout_id,night,open\nin-window,R1/1,2026-03-20,96.50\n", encoding="utf-8")
    assert rows_left(path) == Rows()
    assert left_open(path, [promise()], APRIL[0])["R1/1"].cents == 9650


@pytest.mark.parametrize("cell", ["soon", "2026-03-30", "2026-03-30 much 9TX"])
def test_a_cell_that_somebody_changed_is_told(tmp_path: Path, cell: str) -> None:
    path = tmp_path / "old.csv"
    path.write_text(f"class,payout_id,night,open,pending\nin-window,R1/1,2026-03-20,96.50,{cell}\n", encoding="utf-8")
    with pytest.raises(BadData, match=r"line 2, pending: .* is no day, amount and id"):
        rows_left(path)


def test_it_may_be_the_bank_window_that_is_still_open(tmp_path: Path) -> None:
    late = replace(promise(), credit_to=CREDIT_TO + 60)
    found = then(march(tmp_path, PENDING, late), late, rows=[])
    assert (classes(found), found.lines[0].pending) == ([("R1/1", "in-window")], "2026-03-30 96.50 9TX")
