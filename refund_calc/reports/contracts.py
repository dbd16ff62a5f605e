"""Every report's columns (rulebook 7): name -> meaning, in the order of the columns. A name means one kind of value."""

from typing import Literal

Kind = Literal["exported", "text", "date", "money", "count"]
"""What a column holds: text that came from an export (and may look like a formula), text of our own, day numbers,
cents, or whole numbers."""

REFUNDS: dict[str, str] = {
    "as_of": "the night",
    "rma_number": "the return",
    "order_number": "its order",
    "order_line": "its order line",
    "sku": "what was sold",
    "return_type": "return, refused_delivery or cancellation",
    "reason": "the customer's reason",
    "quantity": "units this row is about",
    "decision": "refund, hold, reject, duplicate or already-decided",
    "codes": "the reported findings, joined by ;",
    "merchandise": "price paid for the units",
    "tax": "tax paid for the units",
    "shipping_refund": "the units' part of the shipping the customer paid",
    "gross_refund": "merchandise + tax + shipping_refund",
    "return_shipping": "deduction (RP-6)",
    "outbound_shipping": "deduction (RP-14)",
    "restocking_fee": "deduction (RP-7)",
    "damage": "deduction (RP-8)",
    "cancellation_loss": "deduction (RP-13)",
    "total_deductions": "the five deductions, after capping at the gross refund",
    "net_refund": "gross_refund - total_deductions",
    "received_date": "date of the line's latest parcel",
    "due_date": "the promise (RP-10)",
    "payout_date": "money leaves",
    "credit_from": "first day the bank may show it (RP-11)",
    "credit_to": "last day the bank may show it (RP-11)",
    "policy_version": "the version that judged the order",
    "resolved_by": "who made the resolutions that took effect",
    "answers": "these resolutions as <action> <code>, joined by ;",
}
PAYOUTS: dict[str, str] = {
    "payout_id": "idempotency key: <rma_number>/<n>, n counts the nights that refunded a line of the RMA",
    "payout_date": "money leaves",
    "rma_number": "the return",
    "order_number": "its order",
    "payment_method": "how the customer paid",
    "payment_reference": "the processor's reference",
    "amount": "net refund of the RMA's lines tonight",
    "currency": "ISO 4217",
    "due_date": "the earliest of its lines",
    "credit_from": "first day the bank may show it",
    "credit_to": "last day the bank may show it",
    "lines": "how many lines it pays",
}
REDO: dict[str, str] = {
    "payout_id": "idempotency key: <rma_number>/<n>",
    "rma_number": "the return",
    "amount_before": "in the night that was withdrawn; blank: it is new",
    "amount_after": "in the night that replaces it; blank: it vanished",
}
LEDGER: dict[str, str] = {
    "entry_id": "REFUND:<payout_id> or PAYOUT:<payout_id>",
    "entry_line": "1, 2, ... within the entry",
    "posting_date": "when the books show it",
    "account": "account code",
    "account_name": "account name",
    "debit": "one side is filled",
    "credit": "one side is filled",
    "currency": "ISO 4217",
    "rma_number": "the return",
    "order_number": "its order",
    "clause": "the policy clause behind the line",
    "memo": "for people",
    "policy_version": "the version that judged the order",
}
EXCEPTIONS: dict[str, str] = {
    "rma_number": "the return",
    "order_number": "its order",
    "order_line": "its order line",
    "code": "the finding",
    "severity": "reject, hold or warning",
    "clause": "policy clause or control",
    "field": "the cell to look at",
    "value": "what stands there",
    "message": "the figure and the limit",
    "next_step": "what to do",
    "claim_amount": "merchandise and tax of the claimed units, before deductions",
    "due_date": "the promise (RP-10)",
    "business_days_left": "to due_date; negative: past it",
    "first_seen": "first night since which the finding stood every night; a gap in the export is none",
    "age_days": "calendar days since first_seen",
    "source_file": "input file",
    "source_line": "line in it",
    "action": "yours: allow, reject, stop, waive, set-amount or withdraw",
    "amount": "yours, where the action needs one",
    "resolved_by": "yours: your name",
    "note": "yours",
}

_NAMES_OF_KIND: dict[Kind, tuple[str, ...]] = {
    "exported": (
        *("rma_number", "order_number", "order_line", "sku", "resolved_by", "payment_method", "payment_reference"),
        *("payout_id", "entry_id", "memo", "value", "message", "source_file"),
    ),
    "text": (
        *("return_type", "reason", "decision", "codes", "policy_version", "currency", "account", "account_name"),
        *("clause", "code", "severity", "field", "next_step", "action", "note", "answers"),
    ),
    "date": (
        *("as_of", "received_date", "due_date", "payout_date", "credit_from", "credit_to", "posting_date"),
        "first_seen",
    ),
    "money": (
        *("merchandise", "tax", "shipping_refund", "gross_refund", "return_shipping", "outbound_shipping"),
        *("restocking_fee", "damage", "cancellation_loss", "total_deductions", "net_refund", "amount"),
        *("debit", "credit", "claim_amount", "amount_before", "amount_after"),
    ),
    "count": ("quantity", "lines", "entry_line", "business_days_left", "age_days", "source_line"),
}
KINDS: dict[str, Kind] = {name: kind for kind, names in _NAMES_OF_KIND.items() for name in names}
