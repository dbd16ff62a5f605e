"""Stage E, the payout (CT-3)."""

from refund_calc.columns.aliases import Bools, Condition
from refund_calc.policy.findings.base import Answers, finding


@finding(
    "approval-required",
    "hold",
    "E",
    "CT-3",
    "refunds on order {order_number} come to {order_total:money}, {refunded_before:money} of it before tonight; "
    "the limit is {approval_limit:money}",
    next_step="approve every line with action allow and the order total as amount (one of approval.approvers does, "
    "where the policy names them), or answer with action reject",
    turn="finance",
    value="order_total",
    answers=Answers(allow=True, allow_needs_amount=True, allow_by_approvers=True),
)
def approval_required(order_needs_approval: Bools, order_is_approved: Bools) -> Condition:
    """the order's past net (or its refunded_amount, if more) and tonight's exceed the limit, and an allow is missing"""
    return order_needs_approval & ~order_is_approved


FINDINGS = (approval_required,)
