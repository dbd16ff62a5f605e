"""Stage D, units (CT-2), over the lines that are still headed for a refund."""

from refund_calc.columns.aliases import Condition, Ints, Numbers
from refund_calc.policy.findings.base import Answers, finding
from refund_calc.policy.money import Cents


@finding(
    "order-changed-after-refund",
    "hold",
    "D",
    "CT-2",
    "units of this order line refunded before: {past_units}, for {past_merchandise:money} and tax {past_tax:money}; "
    "by tonight's order row that comes to {past_merchandise_now:money} and {past_tax_now:money}",
    next_step="correct the order row, or settle the line by hand and answer with action reject",
    turn="finance",
    field="unit_price",
)
def order_changed_after_refund(
    past_merchandise: Cents, past_merchandise_now: Cents, past_tax: Cents, past_tax_now: Cents
) -> Condition:
    """what history refunded of this order line's merchandise or tax is not what its units come to tonight"""
    return (past_merchandise != past_merchandise_now) | (past_tax != past_tax_now)


@finding(
    "refunded-elsewhere",
    "hold",
    "D",
    "CT-2",
    "the shop shows {refunded_elsewhere:money} refunded on order {order_number}, this job refunded {past_net:money}: "
    "somebody refunded it by another way",
    "units of this order line refunded before the first night by an unknown RMA: {unnamed_units}; the shop shows "
    "{refunded_amount:money} refunded on the order, this job knows of {past_net:money}",
    "units of this order line refunded before the first night by an unknown RMA: {unnamed_units}; what the shop shows "
    "as refunded on the order is unknown, this job knows of {past_net:money}",
    next_step="see in the shop what was refunded; if this return was not, answer with action allow and the "
    "refunded_amount (0.00 where it is blank) as amount, else with action reject",
    turn="finance",
    field="refunded_amount",
    value="refunded_amount",
    answers=Answers(allow=True, allow_needs_amount=True),
)
def refunded_elsewhere(refunded_elsewhere: Numbers, unnamed_units: Ints) -> Condition:
    """the order's refunded_amount is above the net that was refunded on it, or units were refunded by no known RMA"""
    return ~refunded_elsewhere.isna() | (unnamed_units > 0)


@finding(
    "units-exceed-purchase",
    "hold",
    "D",
    "CT-2",
    "units of this order line: {quantity} bought, {past_units} refunded before, "
    "{claimed_on_order_line} claimed tonight by {competing_rmas}",
    next_step="find out which RMA is right; answer the others with action reject",
    turn="customer service",
    field="quantity_received",
)
def units_exceed_purchase(past_units: Ints, claimed_on_order_line: Ints, quantity: Numbers) -> Condition:
    """units refunded in history plus units claimed tonight on an order line exceed its quantity"""
    return past_units + claimed_on_order_line > quantity


FINDINGS = (order_changed_after_refund, refunded_elsewhere, units_exceed_purchase)
