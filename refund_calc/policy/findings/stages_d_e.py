"""Stage D, units (CT-2), stage E, the payout (CT-3), the warnings on refunds, and a person's own rejection (CT-5)."""

from typing import Any

from refund_calc.policy.findings.base import REFUSED, RETURN, finding


@finding(
    "order-changed-after-refund",
    "hold",
    "D",
    "CT-2",
    "units of this order line refunded before: {past_units}, for {past_merchandise:money} and tax {past_tax:money}; "
    "by tonight's order row that comes to {past_merchandise_now:money} and {past_tax_now:money}",
    next_step="correct the order row, or settle the line by hand and answer with action reject",
    field="unit_price",
)
def order_changed_after_refund(
    past_merchandise: Any, past_merchandise_now: Any, past_tax: Any, past_tax_now: Any
) -> Any:
    """what history refunded of this order line's merchandise or tax is not what its units come to tonight"""
    return (past_merchandise != past_merchandise_now) | (past_tax != past_tax_now)


@finding(
    "units-exceed-purchase",
    "hold",
    "D",
    "CT-2",
    "{past_units} units refunded before and {claimed_on_order_line} claimed tonight by {competing_rmas}; "
    "the order line has {quantity}",
    next_step="find out which RMA is right; answer the others with action reject",
    field="quantity_received",
)
def units_exceed_purchase(past_units: Any, claimed_on_order_line: Any, quantity: Any) -> Any:
    """units refunded in history plus units claimed tonight on an order line exceed its quantity"""
    return past_units + claimed_on_order_line > quantity


@finding(
    "approval-required",
    "hold",
    "E",
    "CT-3",
    "refunds on order {order_number} come to {order_total:money}, {past_net:money} of it on earlier nights; "
    "the limit is {approval_limit:money}",
    next_step="approve with action allow and the order total as amount, or answer with action reject",
    allowable=True,
)
def approval_required(order_needs_approval: Any, order_is_approved: Any) -> Any:
    """past and tonight's net on the order exceed approval.limit, and not all its lines have an allow of that much"""
    return order_needs_approval & ~order_is_approved


@finding(
    "deductions-capped",
    "warning",
    "refund",
    "CT-6",
    "the deductions come to {deductions_before_cap:money}, {shortfall:money} more than the gross refund "
    "of {gross_refund:money}; the store bears that",
    next_step="nothing to do, or bill the customer",
)
def deductions_capped(shortfall: Any) -> Any:
    """the deductions exceed the gross refund"""
    return shortfall > 0


@finding(
    "past-deadline",
    "warning",
    "refund",
    "RP-10",
    "paid out on {payout_date:date}, due on {due_date:date}",
    next_step="tell the customer; see what held the line up",
    field="received_date",
)
def past_deadline(net_refund: Any, payout_date: int, due_date: Any) -> Any:
    """net above zero and payout_date after due_date"""
    return (net_refund > 0) & (payout_date > due_date)


@finding(
    "short-receipt",
    "warning",
    "refund",
    "RP-9",
    "{quantity_received} of {quantity_requested} units received; the rest is paid when it arrives",
    next_step="ask the warehouse or the courier for the rest",
    types=(RETURN, REFUSED),
    field="quantity_received",
)
def short_receipt(quantity_received: Any, quantity_requested: Any) -> Any:
    """fewer units received than requested"""
    return quantity_received < quantity_requested


@finding(
    "rejected-by-review",
    "reject",
    "any",
    "CT-5",
    "{reviewed_by} rejected the line, which was held for {reviewed_codes}",
    next_step="nothing to do",
)
def rejected_by_review(is_rejected_by_review: Any) -> Any:
    """a resolution rejects a held line"""
    return is_rejected_by_review


@finding(
    "invalid-resolution",
    "hold",
    "any",
    "CT-5",
    "{resolution_fault}",
    next_step="correct or delete the row in the resolutions file",
)
def invalid_resolution(resolution_fault: Any) -> Any:
    """a row of the resolutions file that can never apply; it changes nothing"""
    return resolution_fault


STAGE_D = (order_changed_after_refund, units_exceed_purchase)
STAGE_E = (approval_required,)
ON_REFUNDS = (deductions_capped, past_deadline, short_receipt)
BY_PEOPLE = (rejected_by_review, invalid_resolution)
