"""The warnings on refunds: money leaves, and a person should know something about it."""

from refund_calc.columns.aliases import Bools, Condition, Numbers
from refund_calc.policy.findings.base import finding
from refund_calc.policy.money import Cents
from refund_calc.policy.vocabulary import REFUSED, RETURN


@finding(
    "deductions-capped",
    "warning",
    "refund",
    "CT-6",
    "the deductions come to {deductions_before_cap:money}, {shortfall:money} more than the gross refund "
    "of {gross_refund:money}; the store bears that",
    next_step="nothing to do, or bill the customer",
    turn="nobody",
)
def deductions_capped(shortfall: Cents) -> Condition:
    """the deductions exceed the gross refund"""
    return shortfall > 0


@finding(
    "past-deadline",
    "warning",
    "refund",
    "RP-10",
    "paid out on {payout_date:date}, due on {due_date:date}",
    next_step="tell the customer; see what held the line up",
    turn="customer service",
    field="received_date",
)
def past_deadline(net_refund: Cents, payout_date: int, due_date: Numbers) -> Condition:
    """net above zero and payout_date after due_date"""
    return (net_refund > 0) & (payout_date > due_date)


@finding(
    "short-receipt",
    "warning",
    "refund",
    "RP-9",
    "{quantity_received} of {quantity_requested} units received; the rest is paid when it arrives",
    next_step="ask the warehouse or the courier for the rest",
    turn="warehouse",
    types=(RETURN, REFUSED),
    field="quantity_received",
)
def short_receipt(quantity_received: Numbers, quantity_requested: Numbers) -> Condition:
    """fewer units received than requested"""
    return quantity_received < quantity_requested


@finding(
    "payment-reference-missing",
    "warning",
    "refund",
    "CT-1",
    "{net_refund:money} leave without a payment_reference: the processor will not know what to refund",
    next_step="find the payment in the shop's system and tell the processor which one it is",
    turn="finance",
    field="payment_reference",
)
def payment_reference_missing(net_refund: Cents, has_payment_reference: Bools) -> Condition:
    """net above zero and payment_reference unknown"""
    return (net_refund > 0) & ~has_payment_reference


FINDINGS = (deductions_capped, past_deadline, short_receipt, payment_reference_missing)
