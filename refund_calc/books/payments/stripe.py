"""Stripe: one refund per payout, as CSV or as lines of JSON with the parameters of its API."""

import json
import re
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.books.format import csv_file
from refund_calc.books.payments.instructions import Instructions, Payouts, first_reason
from refund_calc.columns.aliases import Ints
from refund_calc.columns.written import number_texts

INTENT, CHARGE = r"^pi_[A-Za-z0-9_]+$", r"^(ch|py)_[A-Za-z0-9_]+$"
LONGEST_KEY = 255  # characters
REASON = "requested_by_customer"
# Whose minor unit is the unit itself, and those with a thousandth (https://docs.stripe.com/currencies).
WITHOUT_DECIMALS = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF")
)
THREE_DECIMALS = frozenset(("BHD", "JOD", "KWD", "OMR", "TND"))
_IN_A_HEADER = "".join(map(chr, range(0x20, 0x7F)))  # the key travels as a header of HTTP
_OTHERS = re.compile(f"[^{re.escape(_IN_A_HEADER)}]")
ENCODED = ";utf-8"  # no payout id ends so: it ends in /<n>


def refused(payouts: Payouts) -> pa.Array:
    reference = payouts.texts["payment_reference"]
    is_stripes = pc.match_substring_regex(reference, f"{INTENT}|{CHARGE}")
    is_broken = (payouts.amount % 100 != 0) & (payouts.currency in WITHOUT_DECIMALS)
    return first_reason(
        len(payouts),
        [
            (pc.equal(reference, ""), "no payment reference"),
            (pc.invert(is_stripes), "the payment reference is no payment intent (pi_) or charge (ch_, py_) of Stripe"),
            (pa.array(is_broken), f"{payouts.currency} has no decimals, the amount has"),
            (
                pc.greater(pc.utf8_length(keys(payouts)), LONGEST_KEY),
                f"the payout id has more than the {LONGEST_KEY} characters of an idempotency key",
            ),
        ],
    )


def keys(payouts: Payouts) -> pa.Array:
    """The idempotency key of each payout: its id, and where that is no ASCII, its UTF-8 in percent signs.

    Libraries refuse other signs in a header, or send them each in its own way, so that one payout had two keys.
    """
    return pa.array([_key(one) for one in payouts.texts["payout_id"].to_pylist()], pa.string())


def _key(payout_id: str) -> str:
    if not _OTHERS.search(payout_id):
        return payout_id
    return quote(payout_id, safe=_IN_A_HEADER.replace("%", "")) + ENCODED


def minor_units(payouts: Payouts) -> Ints:
    """Amounts in the currency's minor unit."""
    if payouts.currency in WITHOUT_DECIMALS:
        return payouts.amount // 100
    return payouts.amount * 10 if payouts.currency in THREE_DECIMALS else payouts.amount


def _parameters(payouts: Payouts) -> dict[str, pa.Array]:
    """The columns of the file. A reference is either a payment intent or a charge: the other cell is blank."""
    reference = payouts.texts["payment_reference"]
    is_intent = pc.match_substring_regex(reference, INTENT)
    return {
        "idempotency_key": keys(payouts),
        "payment_intent": pc.if_else(is_intent, reference, ""),
        "charge": pc.if_else(is_intent, "", reference),
        "amount": number_texts(minor_units(payouts)),
        "reason": pa.repeat(REASON, len(payouts)),
        "metadata[refund_id]": payouts.texts["payout_id"],
    }


def write_csv(payouts: Payouts) -> bytes:
    return csv_file(dict(_parameters(payouts)), len(payouts))


def write_json_lines(payouts: Payouts) -> bytes:
    columns = _parameters(payouts)
    amounts = np.asarray(minor_units(payouts)).tolist()
    names = ("idempotency_key", "metadata[refund_id]", "payment_intent", "charge")
    lines = []
    for *texts, amount in zip(*(columns[name].to_pylist() for name in names), amounts, strict=True):
        key, one, *references = texts
        found = {name: text for name, text in zip(names[2:], references, strict=True) if text}
        line = {"idempotency_key": key, **found, "amount": amount, "reason": REASON, "metadata": {"refund_id": one}}
        lines.append(json.dumps(line, ensure_ascii=False) + "\n")
    return "".join(lines).encode()


CSV_FILE = Instructions("payouts_stripe", "Stripe refunds, CSV", refused, write_csv)
JSON_LINES = Instructions("payouts_stripe_jsonl", "Stripe refunds, a line of JSON each", refused, write_json_lines)
