"""Payment instructions: what a processor can pay, in its words; what it cannot is listed with the reason."""

import csv
import io
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from refund_calc.books.export import Period
from refund_calc.books.payments import INSTRUCTIONS, shopify
from refund_calc.books.payments.instructions import Instructed, Payouts, instruct
from refund_calc.books.payments.stripe import minor_units, refused, write_csv
from refund_calc.errors import NoInput
from tests import product
from tests.books import month
from tests.books.read_back import Table, json_lines
from tests.books.test_all_formats import period

each_processor = pytest.mark.parametrize("name", INSTRUCTIONS)


def instructed(name: str, where: Period | None = None) -> Instructed:
    return instruct(INSTRUCTIONS[name], where or period())


def table(file: bytes) -> Table:
    return list(csv.DictReader(io.StringIO(file.decode(), newline="")))


def published() -> dict[str, dict[str, str]]:
    """payout_id -> row of payouts.csv, of the whole month; an apostrophe before a formula is not part of the id."""
    rows = [row for day in month.days() for row in product.read_report(month.out() / str(day) / "payouts.csv")]
    return {unguarded(row["payout_id"]): row for row in rows}


def unguarded(text: str) -> str:
    return text[1:] if text.startswith(("'=", "''")) else text


def keys(name: str) -> list[str]:
    file = instructed(name).exported.files[0]
    found = json_lines(file) if name != "payouts_stripe" else table(file)
    if name == "payouts_shopify":
        return [row["idempotencyKey"] for row in found]
    return [row.get("metadata[refund_id]") or row["metadata"]["refund_id"] for row in found]


@each_processor
def test_every_payout_is_instructed_or_left_out_with_a_reason(name: str) -> None:
    left = [unguarded(row["payout_id"]) for row in table(instructed(name).left_out)]
    assert sorted([*keys(name), *left]) == sorted(published())
    assert keys(name) and left and all(row["why"] for row in table(instructed(name).left_out))


@each_processor
def test_the_notice_has_counts_and_sums(name: str) -> None:
    paid, left = instructed(name).exported.notices
    every = published()
    total = sum(month.in_cents(row["amount"]) for row in every.values())
    assert f" of {len(every)} payouts ({total / 100:.2f} USD) for {name}" in paid
    out = table(instructed(name).left_out)
    sum_left = sum(month.in_cents(row["amount"]) for row in out)
    assert left.startswith(f"{len(out)} payouts ({sum_left / 100:.2f} USD) left out")


def ascii_key(payout_id: str) -> str:
    return unguarded(payout_id).replace("é/1", "%C3%A9/1;utf-8").replace("ébis/1", "%C3%A9bis/1;utf-8")


@pytest.mark.parametrize(
    ("payout_id", "key"),
    [
        ("R1/1", "R1/1"),
        ('say "no" % 1/1', 'say "no" % 1/1'),
        ("Rückgabe 50%/1", "R%C3%BCckgabe 50%25/1;utf-8"),
        ("R%C3%BCckgabe 50%25/1", "R%C3%BCckgabe 50%25/1"),
        ("退货-1/2", "%E9%80%80%E8%B4%A7-1/2;utf-8"),
    ],
)
def test_a_key_of_stripe_is_ascii_and_no_other_payout_has_it(payout_id: str, key: str) -> None:
    """It travels as a header, in which libraries refuse an é or send it as they please."""
    (row,) = table(write_csv(payouts(payout_id=payout_id)))
    assert (row["idempotency_key"], row["metadata[refund_id]"]) == (key, payout_id)
    assert key.isascii()


def test_stripe_as_csv() -> None:
    every = published()
    found = table(instructed("payouts_stripe").exported.files[0])
    assert list(found[0]) == ["idempotency_key", "payment_intent", "charge", "amount", "reason", "metadata[refund_id]"]
    for row in found:
        payout = every[row["metadata[refund_id]"]]
        assert row["idempotency_key"] == ascii_key(payout["payout_id"])
        assert row["amount"] == str(month.in_cents(payout["amount"]))
        assert row["reason"] == "requested_by_customer"
        assert row["payment_intent"] + row["charge"] == payout["payment_reference"]
        assert bool(row["payment_intent"]) == payout["payment_reference"].startswith("pi_")


def test_stripe_as_json_says_the_same() -> None:
    as_csv = table(instructed("payouts_stripe").exported.files[0])
    as_json = json_lines(instructed("payouts_stripe_jsonl").exported.files[0])
    for row, line in zip(as_csv, as_json, strict=True):
        reference = {name: row[name] for name in ("payment_intent", "charge") if row[name]}
        assert line == {
            "idempotency_key": row["idempotency_key"],
            **reference,
            "amount": int(row["amount"]),
            "reason": "requested_by_customer",
            "metadata": {"refund_id": row["metadata[refund_id]"]},
        }


def test_shopify_refunds_on_the_order_and_its_transaction() -> None:
    every = published()
    lines = json_lines(instructed("payouts_shopify").exported.files[0])
    for line in lines:
        payout = every[line["idempotencyKey"]]
        order = f"gid://shopify/Order/{payout['order_number']}"
        assert line["input"] == {
            "orderId": order,
            "note": line["idempotencyKey"],
            "transactions": [
                {
                    "orderId": order,
                    "parentId": f"gid://shopify/OrderTransaction/{payout['payment_reference']}",
                    "kind": "REFUND",
                    "gateway": "shopify_payments",
                    "amount": payout["amount"],
                }
            ],
        }
    assert "@idempotent(key: $idempotencyKey)" in shopify.MUTATION and "refundCreate(input: $input)" in shopify.MUTATION


def payouts(currency: str = "USD", amount: int = 1000, **cells: str) -> Payouts:
    row = dict(payout_id="R1/1", order_number="1", payment_method="card", payment_reference="pi_1") | cells
    return Payouts({name: pa.array([text]) for name, text in row.items()}, np.array([amount], np.int64), currency)


@pytest.mark.parametrize(("currency", "units"), [("USD", 1000), ("JPY", 10), ("KWD", 10_000)])
def test_minor_units(currency: str, units: int) -> None:
    assert minor_units(payouts(currency)).tolist() == [units]


@pytest.mark.parametrize(
    ("some", "why"),
    [
        (payouts(), None),
        (payouts(payment_reference="ch_1"), None),
        (payouts(payment_reference=""), "no payment reference"),
        (payouts(payment_reference="xpi_1"), "no payment intent"),
        (payouts(payment_reference="pi_1 2"), "no payment intent"),
        (payouts("JPY", 1050), "JPY has no decimals"),
        (payouts("JPY", 1000), None),
        (payouts(payout_id="R" * 255), None),
        (payouts(payout_id="R" * 256), "more than the 255 characters"),
        (payouts(payout_id="退" * 27 + "/1"), None),
        (payouts(payout_id="退" * 28 + "/1"), "more than the 255 characters"),
    ],
)
def test_what_stripe_cannot_pay(some: Payouts, why: str | None) -> None:
    (found,) = refused(some).to_pylist()
    assert found is None if why is None else why in found


@pytest.mark.parametrize(
    ("method", "gateway"),
    [
        ("Shopify Payments", "shopify_payments"),
        ("PayPal Express Checkout", "paypal"),
        ("Gift Card", "gift_card"),
        ("shopify_payments", "shopify_payments"),
        ("Klarna", "Klarna"),
    ],
)
def test_a_method_as_the_orders_export_calls_it_is_no_gateway_that_shopify_refuses(method: str, gateway: str) -> None:
    (line,) = json_lines(shopify.write(payouts(payment_reference="5", payment_method=method)))
    assert line["input"]["transactions"][0]["gateway"] == gateway


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (dict(payment_reference="5"), None),
        (dict(order_number="gid://shopify/Order/1", payment_reference="gid://shopify/OrderTransaction/5"), None),
        (dict(order_number="#1001", payment_reference="5"), "no id of a Shopify order"),
        (dict(payment_reference=""), "no payment reference"),
        (dict(payment_reference="c1.1"), "no id of a Shopify transaction"),
        (dict(payment_reference="5", payment_method=""), "no payment method"),
        (dict(payment_reference="5", payment_method="Gift Card + Shopify Payments"), "several payment methods"),
        (dict(payment_reference="5", payout_id="R" * 256), "more than the 255 characters"),
    ],
)
def test_what_shopify_cannot_pay(cells: dict[str, str], why: str | None) -> None:
    (found,) = shopify.refused(payouts(**cells)).to_pylist()
    assert found is None if why is None else why in found


def test_each_night_has_its_own_payouts() -> None:
    """By the night that decided them, not by their date: a file per night holds every payout once."""
    every = [len(json_lines(instructed("payouts_shopify", period(day, day)).exported.files[0])) for day in month.days()]
    assert sum(every) == len(keys("payouts_shopify"))
    with pytest.raises(NoInput, match="no night from 2026-04-08 to 2026-04-08"):
        instructed("payouts_stripe", period(month.SKIPPED, month.SKIPPED))
    assert date(2026, 4, 30) in month.days()
