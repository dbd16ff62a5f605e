"""The reports of Shopify, Stripe and PayPal, each in its own form, and what is no such report."""

import random
from pathlib import Path

import pytest

from refund_calc.books.reconcile.cells import cents_of, day_of
from refund_calc.books.reconcile.movements import Fate, Reported, reported
from refund_calc.errors import BadData, NoInput
from tests.books.reconcile import files
from tests.books.reconcile.promised import classes, day, promise, reconciled
from tests.stories import EXAMPLES


def read(*paths: Path, dates: str = "MDY") -> Reported:
    return reported(paths, "USD", dates)


@pytest.mark.parametrize("header", [files.SHOPIFY_16, files.SHOPIFY_17, files.SHOPIFY_18])
def test_shopify_with_16_17_and_18_columns(tmp_path: Path, header: str) -> None:
    rows = ({"type": "charge", "amount": "104.00"}, {"order": "#1001"}, {"type": "shop_cash_credit"})
    found = read(files.shopify(tmp_path / "s.csv", *rows, header=header))
    (movement,) = found.movements
    assert (movement.place, movement.day, movement.cents) == ("s.csv line 3", day("2026-03-23"), 9650)
    assert (movement.fate, movement.orders) == (Fate.REFUND, ("#1001",))
    assert sorted(kind for _, kind in found.others) == ["charge", "shop_cash_credit"]


def test_shopify_finds_the_order_by_its_name_or_by_its_checkout(tmp_path: Path) -> None:
    rows = ({"order": "#1001"}, {"order": "#77", "Checkout": "#68683485610367"})
    ours = promise("R2/1", order_number="5277630000000", payment_reference="c68683485610367.1")
    found = reconciled([promise(), ours], files.shopify(tmp_path / "s.csv", *rows))
    assert classes(found) == [("R1/1", "paid"), ("R2/1", "paid")]


def test_shopify_settled_in_another_currency_counts_as_the_customer_saw_it(tmp_path: Path) -> None:
    row = {"order": "1001", "amount": "-88.12", "Presentment Amount": "96.50", "Currency": "EUR"}
    assert classes(reconciled([promise()], files.shopify(tmp_path / "s.csv", row))) == [("R1/1", "paid")]


def test_stripe_finds_the_order_by_payment_intent_charge_or_our_payout_id(tmp_path: Path) -> None:
    ours = [promise(f"R{at}/1", order_number=f"{at}", payment_reference=f"P{at}") for at in (1, 2, 3)]
    rows = ({"payment_intent_id": "P1"}, {"charge_id": "P2"}, {"refund_metadata[refund_id]": "R3/1"})
    found = reconciled(ours, files.stripe(tmp_path / "s.csv", *rows, {"category": "fee"}))
    assert classes(found) == [("R1/1", "paid"), ("R2/1", "paid"), ("R3/1", "paid")]
    assert found.rows == {"refund": 3, "not refunds": 1}


def test_a_stripe_refund_that_fails_is_a_failed_promise(tmp_path: Path) -> None:
    back = {"category": "refund_failure", "gross": "96.50", "source_id": "re_0", "when": "2026-03-25 10:00:00"}
    found = reconciled([promise()], files.stripe(tmp_path / "s.csv", {"payment_intent_id": "PAY-1001"}, back))
    assert classes(found) == [("R1/1", "failed")]
    assert found.lines[0].message == "came back on 2026-03-25: pay it otherwise and give --settlements a row"


PAYPAL = {"Date": "03/23/2026", "Type": "Payment Refund", "Status": "Completed", "Currency": "USD", "Gross": "-96.50"}
PAYPAL |= {"Reference Txn ID": "PAY-1001"}
GERMAN = {"Datum": "23.03.2026", "Typ": "Rückzahlung", "Status": "Abgeschlossen", "Währung": "USD", "Brutto": "-96,50"}
GERMAN |= {"Zugehöriger Transaktionscode": "PAY-1001"}
STATEMENT = {key: cell for key, cell in PAYPAL.items() if key not in ("Type", "Status")} | {
    "Description": "Payment Refund"
}


@pytest.mark.parametrize(
    ("row", "header"),
    [(PAYPAL, files.PAYPAL), (GERMAN, files.PAYPAL_GERMAN), (STATEMENT, files.PAYPAL_STATEMENT)],
    ids=["english", "german", "statement"],
)
def test_paypal_in_each_form(tmp_path: Path, row: dict[str, str], header: str) -> None:
    found = reconciled([promise()], files.paypal(tmp_path / "p.csv", row, header=header))
    assert classes(found) == [("R1/1", "paid")]
    assert found.lines[0].seen_on == day("2026-03-23")


def test_paypal_with_the_columns_that_a_user_chose(tmp_path: Path) -> None:
    header = "Gross,Currency,Type,Reference Txn ID,Transaction ID,Date,Name"
    row = {key: cell for key, cell in PAYPAL.items() if key != "Status"}
    assert classes(reconciled([promise()], files.paypal(tmp_path / "p.csv", row, header=header))) == [("R1/1", "paid")]


@pytest.mark.parametrize(("status", "outcome"), [("Pending", "not-seen"), ("Denied", "failed"), ("Reversed", "failed")])
def test_a_paypal_refund_that_is_not_completed(tmp_path: Path, status: str, outcome: str) -> None:
    found = reconciled([promise()], files.paypal(tmp_path / "p.csv", PAYPAL | {"Status": status}))
    assert classes(found) == [("R1/1", outcome)]
    assert (found.roll.paid, found.roll.closing) == (0, 9650)


def test_a_paypal_reversal_speaks_of_the_refund_and_that_of_the_payment(tmp_path: Path) -> None:
    back = PAYPAL | {"Date": "03/26/2026", "Type": "Refund Reversal", "Gross": "96.50", "Reference Txn ID": "TX0"}
    path = files.paypal(tmp_path / "p.csv", PAYPAL | {"Status": "Reversed"}, back)
    assert classes(reconciled([promise()], path)) == [("R1/1", "failed")]


def test_a_date_with_the_day_first_is_told_and_can_be_said(tmp_path: Path) -> None:
    path = files.paypal(tmp_path / "p.csv", PAYPAL | {"Date": "23/03/2026"})
    with pytest.raises(BadData, match=r'p.csv line 2: "23/03/2026" is no date with the month first; .* --dates DMY'):
        read(path)
    assert read(path, dates="DMY").movements[0].day == day("2026-03-23")


def test_a_row_that_stands_in_two_files_counts_once(tmp_path: Path) -> None:
    rows = [{"order": "1001", "amount": "-48.25"}] * 2
    first = files.shopify(tmp_path / "a.csv", *rows)
    second = files.shopify(tmp_path / "b.csv", *rows, {"order": "9", "type": "charge"})
    found = reconciled([promise()], first, second)
    assert classes(found) == [("R1/1", "paid")]
    assert found.rows == {"refund": 2, "repeated from another file": 2, "not refunds": 1}


def test_a_refund_that_was_pending_in_an_earlier_file_is_seen_in_the_later_one(tmp_path: Path) -> None:
    early = files.paypal(tmp_path / "a.csv", PAYPAL | {"Status": "Pending"})
    assert classes(reconciled([promise()], early, files.paypal(tmp_path / "b.csv", PAYPAL))) == [("R1/1", "paid")]


def test_a_refund_that_was_completed_in_an_earlier_file_and_reversed_in_the_later_one(tmp_path: Path) -> None:
    early = files.paypal(tmp_path / "a.csv", PAYPAL)
    back = PAYPAL | {"Date": "03/26/2026", "Type": "Refund Reversal", "Gross": "96.50", "Reference Txn ID": "TX0"}
    late = files.paypal(tmp_path / "b.csv", PAYPAL | {"Status": "Reversed"}, back)
    found = reconciled([promise()], early, late)
    assert classes(found) == [("R1/1", "failed")]
    assert found.rows == {"refund": 1, "returned": 1, "repeated from another file": 1}


@pytest.mark.parametrize("seed", range(EXAMPLES))
def test_every_row_of_every_file_is_accounted_for(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    types = ["refund", "charge", "payout", "refund_failure", "adjustment", "", "Payment Refund", "Typ mit Umlaut ü"]
    rows = [
        {"type": rng.choice(types), "category": rng.choice(types), "order": rng.choice(["#1001", "1001", "", "9"])}
        | {name: rng.choice(["-96.50", "96.50", "-1.00", "x", ""]) for name in ("amount", "gross")}
        | {"when": rng.choice(["2026-03-23 10:00:00", "2025-01-01", "2026-12-31", "soon"])}
        for _ in range(rng.randrange(9))
    ]
    paypal = [
        {
            "Date": "03/23/2026",
            "Type": rng.choice(types),
            "Currency": rng.choice(["USD", "EUR", "?"]),
            "Gross": "-96.50",
        }
        for _ in range(rng.randrange(4))
    ]
    paths = [
        files.shopify(tmp_path / "a.csv", *rows),
        files.shopify(tmp_path / "b.csv", *rows[2:]),
        files.stripe(tmp_path / "c.csv", *rows),
        files.paypal(tmp_path / "d.csv", *paypal),
    ]
    found = reconciled([promise()], *paths)
    assert found.rows.total() == 2 * len(rows) + len(rows[2:]) + len(paypal)
    assert found == reconciled([promise()], *reversed(paths)), "whatever the order of the files"


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"amount": "abc"}, '"abc" is no amount'),
        ({"when": "yesterday"}, '"yesterday" is no date'),
        ({"Currency": "US"}, '"US" is no currency'),
    ],
)
def test_a_row_that_cannot_be_read_is_named_and_the_others_count(tmp_path: Path, row: dict, fault: str) -> None:
    path = files.shopify(tmp_path / "s.csv", {"order": "1001"}, row)
    found = reconciled([promise()], path)
    assert classes(found) == [("R1/1", "paid"), ("s.csv line 3", "unreadable")]
    assert found.lines[1].message.startswith(fault)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", "this header is of no report that is known here"),
        ("Date,Type,Currency,Gross,Transaction ID\n", "the nearest, PayPal activity needs reference txn id"),
        ("Payout Date,Status,Charges,Refunds,Adjustments,Total,Currency\n", "these are Shopify payouts, which do not"),
        ("payout_id,effective_at_utc,effective_at,payout_status\n", "these are Stripe itemized payouts"),
        ("Order,Name,Kind,Gateway,Created At,Status,Amount,Currency,Card Type\n", "not what it paid; export Payments"),
        ("", "the file is empty"),
        (files.SHOPIFY_16 + "\n2026-03-23,refund,#1001,visa", "the last row has 4 of 16 fields, the file was cut"),
        (files.SHOPIFY_16 + '\n2026-03-23,refund,"#10', "the file ends inside a quoted cell, it was cut"),
    ],
)
def test_what_is_no_report_or_was_cut_stops_with_one_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "f.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadData, match=message) as stopped:
        read(path)
    assert "\n" not in str(stopped.value) and str(stopped.value).startswith(str(path))


def test_a_german_report_that_excel_saved_again_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_bytes((files.PAYPAL_GERMAN + "\n").encode("cp1252"))
    with pytest.raises(BadData, match=r"p.csv line 1: byte 0xE4 is not UTF-8 .*; save it again as 'CSV UTF-8'$"):
        read(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NoInput, match="there is no such file"):
        read(tmp_path / "no.csv")


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        *(("-96.50", -9650), ("-96,50", -9650), ("1.234,56", 123456), ("1,234.56", 123456), ("1,234", 123400)),
        *(("$21.83", 2183), ("-$21.83", -2183), ("7", 700), ("0.5", 50)),
        *(("", None), ("1.2.3", None), ("12.345.6", None), ("1.234.56", None)),
    ],
)
def test_amounts(text: str, cents: int | None) -> None:
    assert cents_of(text) == cents


@pytest.mark.parametrize("text", ["2026-03-23", "2026-03-23 23:59:59 -0700", "2026-03-23T10:00:00Z", "2026/3/23"])
def test_dates_count_as_they_are_written(text: str) -> None:
    assert day_of(text, "DMY") == day("2026-03-23")
