"""Money that a bank or the processor took back: with our refund of the same order it leaves twice."""

from pathlib import Path

import pytest

from refund_calc.books.reconcile.carried import rows_left
from refund_calc.books.reconcile.movements import reported
from refund_calc.books.reconcile.names import with_ids
from refund_calc.books.reconcile.outcome import reconcile
from refund_calc.books.reconcile.result import Reconciled
from refund_calc.books.reconcile.written import as_csv, summary
from tests.books.reconcile import files
from tests.books.reconcile.promised import CREDIT_TO, DUE, NIGHT, books, classes, day, promise, reconciled
from tests.books.reconcile.test_processors import PAYPAL

TAKEN = {"order": "#1001", "type": "chargeback", "amount": "-104.00", "when": "2026-03-26 10:00:00 -0700"}
WON = TAKEN | {"type": "chargeback won", "amount": "104.00", "when": "2026-04-02 10:00:00 -0700"}
PAID = {"order": "#1001"}


def shopify(folder: Path, *rows: dict[str, str]) -> Path:
    return files.shopify(folder / "s.csv", *rows)


def test_a_chargeback_on_an_order_that_we_refunded_is_told_with_the_refund(tmp_path: Path) -> None:
    found = reconciled([promise()], shopify(tmp_path, PAID, TAKEN))
    assert (classes(found), found.is_in_order) == ([("R1/1", "paid"), ("s.csv line 3", "charged-back")], False)
    told = found.lines[1]
    assert (told.order, told.rma_numbers, told.seen) == ("1001", "R1", 10400)
    assert told.message == (
        "104.00 taken back on 2026-03-26, and promised for the same order: R1/1 96.50 (paid); the money left twice: "
        "answer the chargeback with the refund as proof"
    )
    assert "charged-back s.csv line 3: 104.00 taken back" in summary(found)


def test_a_chargeback_is_no_part_of_refunds_payable(tmp_path: Path) -> None:
    found = reconciled([promise()], shopify(tmp_path, PAID, TAKEN))
    assert (found.roll.paid, found.roll.closing, found.roll.unexplained) == (9650, 0, 0)
    assert found.rows == {"refund": 1, "charged back or given back": 1}


def test_a_refund_that_has_not_left_can_be_stopped(tmp_path: Path) -> None:
    found = reconciled([promise()], shopify(tmp_path, TAKEN), as_of="2026-03-27")
    assert classes(found) == [("R1/1", "in-window"), ("s.csv line 2", "charged-back")]
    assert found.lines[1].message.endswith(
        "R1/1 96.50 (in-window); the money would leave twice: stop the refund, or answer the chargeback with it as "
        "proof"
    )


def test_a_refund_that_failed_is_not_to_be_paid_otherwise_where_the_bank_gave_the_money_back(tmp_path: Path) -> None:
    back = {"order": "#1001", "type": "refund_failure", "amount": "96.50", "when": "2026-03-25 10:00:00 -0700"}
    failed, _ = reconciled([promise()], shopify(tmp_path, PAID, back, TAKEN)).lines
    assert failed.message.startswith("came back on 2026-03-25: pay it otherwise")
    assert failed.message.endswith("; but the order was charged back, see there")


def test_a_chargeback_that_was_won_is_over(tmp_path: Path) -> None:
    found = reconciled([promise()], shopify(tmp_path, PAID, TAKEN, WON))
    assert (classes(found), found.is_in_order) == ([("R1/1", "paid")], True)
    assert classes(reconciled([promise()], shopify(tmp_path, PAID, TAKEN, WON), as_of="2026-04-01"))[1:] == [
        ("s.csv line 3", "charged-back")
    ]


def test_a_chargeback_on_an_order_without_a_refund_is_listed_and_nothing_to_look_at(tmp_path: Path) -> None:
    found = reconciled([promise()], shopify(tmp_path, PAID, TAKEN | {"order": "#7"}))
    assert (classes(found), found.is_in_order) == ([("R1/1", "paid"), ("s.csv line 3", "chargeback")], True)
    assert found.lines[1].message == "104.00 taken back on 2026-03-26; no refund of this order was promised"
    assert found.rows["charged back or given back"] == 1


NEXT = day("2026-04-10")


def next_month(folder: Path, carried: Path, *rows: dict[str, str]) -> Reconciled:
    """A refund of order 7 is promised in it, by its checkout; only the report of the month itself is given."""
    due = {"night": NEXT, "payout_date": NEXT + 3, "credit_to": NEXT + 30}
    ours = promise("R7/1", order_number="7", payment_reference="c31990071002.1", **due)
    given = reported([files.shopify(folder / "april.csv", *rows)], "USD", "MDY")
    return reconcile(books(promise(), ours), given, {}, (NEXT, NEXT + 20), {}, rows_left(carried))


@pytest.mark.parametrize("name", [{"order": "#7"}, {"order": "", "Checkout": "#31990071002"}])
def test_a_chargeback_is_carried_on_in_case_a_refund_is_promised_later(tmp_path: Path, name: dict[str, str]) -> None:
    taken = TAKEN | name
    march = reconciled([promise()], shopify(tmp_path, PAID, taken))
    carried = tmp_path / "march.csv"
    carried.write_bytes(as_csv(march))
    found = next_month(tmp_path, carried)
    assert [line.outcome.value for line in found.lines] == ["in-window", "charged-back"]
    assert (found.lines[1].places, found.rows.total()) == (("march.csv line 3",), 0)
    won = next_month(tmp_path, carried, taken | {"amount": "104.00", "when": "2026-04-12 10:00:00 -0700"})
    assert [line.outcome.value for line in won.lines] == ["in-window"]


def test_a_chargeback_that_was_carried_is_carried_again_and_counted_once(tmp_path: Path) -> None:
    march = reconciled([promise()], shopify(tmp_path, PAID, TAKEN | {"order": "#8"}))
    carried = tmp_path / "march.csv"
    carried.write_bytes(as_csv(march))
    found = next_month(tmp_path, carried, TAKEN | {"order": "#8"})
    assert [(line.outcome.value, line.seen) for line in found.lines] == [("in-window", 0), ("chargeback", 10400)]
    assert found.rows == {"charged back or given back": 1}


@pytest.mark.parametrize("kind", ["chargeback fee", "chargeback_fee", "dispute fee", "Chargeback protection fee"])
def test_a_fee_of_a_chargeback_is_no_chargeback(tmp_path: Path, kind: str) -> None:
    found = reconciled([promise()], shopify(tmp_path, PAID, TAKEN | {"type": kind}))
    assert (classes(found), found.rows["not refunds"]) == ([("R1/1", "paid")], 1)


def in_period(path: Path, first: int) -> Reconciled:
    return reconcile(books(promise()), reported([path], "USD", "MDY"), {}, (first, CREDIT_TO))


def test_a_chargeback_before_the_period_counts_for_a_refund_that_was_promised_in_it(tmp_path: Path) -> None:
    """Taken back in February, promised in March: the report of February is given with that of March."""
    early = shopify(tmp_path, TAKEN | {"when": "2026-02-20 10:00:00 -0800"})
    assert classes(in_period(early, NIGHT)) == [("R1/1", "in-window"), ("s.csv line 2", "charged-back")]
    assert classes(in_period(early, DUE + 1)) == [], "an earlier reconciliation has told it"


@pytest.mark.parametrize("category", ["dispute", "dispute_reversal"])
def test_stripe_calls_it_a_dispute(tmp_path: Path, category: str) -> None:
    row = {"payment_intent_id": "PAY-1001", "category": category, "gross": "-104.00"}
    found = reconciled([promise()], files.stripe(tmp_path / "s.csv", row | {"category": "refund"}, row))
    assert [outcome for _, outcome in classes(found)] == ["amount-differs", "charged-back"]


@pytest.mark.parametrize("kind", ["Payment Reversal", "Chargeback"])
def test_paypal_calls_it_a_reversal_of_the_payment_or_a_chargeback(tmp_path: Path, kind: str) -> None:
    taken = PAYPAL | {"Type": kind, "Date": "03/26/2026"}
    found = reconciled([promise()], files.paypal(tmp_path / "p.csv", PAYPAL, taken))
    assert classes(found) == [("R1/1", "paid"), ("p.csv line 3", "charged-back")]
    given = PAYPAL | {"Type": "Chargeback Reversal", "Gross": "96.50", "Date": "03/30/2026"}
    assert reconciled([promise()], files.paypal(tmp_path / "p.csv", PAYPAL, taken, given)).is_in_order
    by_its_id = given | {"Reference Txn ID": "TX1"}  # of the chargeback, not of the payment
    assert reconciled([promise()], files.paypal(tmp_path / "p.csv", PAYPAL, taken, by_its_id)).is_in_order


def test_the_id_of_its_order_is_told_by_the_orders_export(tmp_path: Path) -> None:
    rows = with_ids(reported([shopify(tmp_path, PAID, TAKEN)], "USD", "MDY"), {"1001": {"5277630001001"}})
    found = reconcile(books(promise(order_number="5277630001001")), rows, {}, (NIGHT, day("2026-04-09")))
    assert [line.outcome.value for line in found.lines] == ["paid", "charged-back"]
