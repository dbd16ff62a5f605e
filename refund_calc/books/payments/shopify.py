"""Shopify: the variables of a bulk `refundCreate`, a line of JSON per payout.

From version 2026-04 of its API the mutation needs the directive @idempotent: its key stands on each line.
"""

import json

import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.books.payments.instructions import Instructions, Payouts, first_reason
from refund_calc.policy.money import dollars

ORDER, TRANSACTION = "gid://shopify/Order/", "gid://shopify/OrderTransaction/"
ID = r"^[0-9]+$"
LONGEST_KEY = 255  # characters
# What the orders export calls a payment method, in lower case -> the gateway of its API.
GATEWAYS = {"shopify payments": "shopify_payments", "paypal express checkout": "paypal", "gift card": "gift_card"}
MUTATION = (
    "mutation refund($input: RefundInput!, $idempotencyKey: String!) "
    "{ refundCreate(input: $input) @idempotent(key: $idempotencyKey) "
    "{ refund { id } userErrors { field message } } }"
)


def refused(payouts: Payouts) -> pa.Array:
    order, transaction, gateway = (
        payouts.texts[name] for name in ("order_number", "payment_reference", "payment_method")
    )
    is_order, is_transaction = (
        pc.match_substring_regex(_number(texts, before), ID)
        for texts, before in ((order, ORDER), (transaction, TRANSACTION))
    )
    return first_reason(
        len(payouts),
        [
            (pc.invert(is_order), "the order number is no id of a Shopify order, which is digits only"),
            (pc.equal(transaction, ""), "no payment reference"),
            (
                pc.invert(is_transaction),
                "the payment reference is no id of a Shopify transaction, which is digits only",
            ),
            (pc.equal(gateway, ""), "no payment method"),
            (pc.match_substring(gateway, " + "), "several payment methods, and a refund goes to one gateway"),
            (
                pc.greater(pc.utf8_length(payouts.texts["payout_id"]), LONGEST_KEY),
                f"the payout id has more than the {LONGEST_KEY} characters of an idempotency key",
            ),
        ],
    )


def _number(texts: pa.Array, before: str) -> pa.Array:
    """The digits of an id, with or without what Shopify writes before them."""
    return pc.replace_substring(texts, before, "", max_replacements=1)


def write(payouts: Payouts) -> bytes:
    names = ("payout_id", "order_number", "payment_reference", "payment_method")
    columns = [payouts.texts[name].to_pylist() for name in names]
    lines = []
    for key, order, transaction, gateway, amount in zip(*columns, dollars(payouts.amount).to_pylist(), strict=True):
        order_id = ORDER + order.removeprefix(ORDER)
        refund = {
            "orderId": order_id,
            "parentId": TRANSACTION + transaction.removeprefix(TRANSACTION),
            "kind": "REFUND",
            "gateway": GATEWAYS.get(gateway.lower(), gateway),
            "amount": amount,
        }
        line = {"input": {"orderId": order_id, "note": key, "transactions": [refund]}, "idempotencyKey": key}
        lines.append(json.dumps(line, ensure_ascii=False) + "\n")
    return "".join(lines).encode()


JSON_LINES = Instructions("payouts_shopify", "Shopify refundCreate in bulk, a line of JSON each", refused, write)
