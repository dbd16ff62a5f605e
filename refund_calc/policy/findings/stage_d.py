"""Stage D, units (CT-2), over the lines that are still headed for a refund."""

from refund_calc.columns.aliases import Condition, Ints, Numbers
from refund_calc.policy.findings.base import finding
from refund_calc.policy.money import Cents


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
    past_merchandise: Cents, past_merchandise_now: Cents, past_tax: Cents, past_tax_now: Cents
) -> Condition:
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
def units_exceed_purchase(past_units: Ints, claimed_on_order_line: Ints, quantity: Numbers) -> Condition:
    """units refunded in history plus units claimed tonight on an order line exceed its quantity"""
    return past_units + claimed_on_order_line > quantity


FINDINGS = (order_changed_after_refund, units_exceed_purchase)
