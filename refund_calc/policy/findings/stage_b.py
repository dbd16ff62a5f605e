"""Stage B, the order: is there one sound order line in a currency and a time that the policy knows? And history."""

from refund_calc.columns.aliases import Bools, Condition, Numbers, Words
from refund_calc.policy.findings.base import ONCE, Answers, finding

ACCEPTS_CONTENT = Answers(reject_counts_once=True)


@finding(
    "order-not-found",
    "hold",
    "B",
    "CT-1",
    "no order line {order_number} / {order_line} in tonight's orders",
    next_step="export the order, or correct order_number and order_line of the return",
    turn="customer service",
    field="order_number",
)
def order_not_found(order_found: Bools) -> Condition:
    """no such (order_number, order_line)"""
    return ~order_found


@finding(
    "ambiguous-order",
    "hold",
    "B",
    "CT-1",
    "the rows of order {order_number} contradict each other: {contradictions}",
    next_step="export each order line once, with the order's own values the same on all its lines",
    turn="customer service",
    field="order_number",
)
def ambiguous_order(order_found: Bools, order_is_ambiguous: Bools) -> Condition:
    """a line of the order has differing rows, or its lines disagree on an order-level column"""
    return order_found & order_is_ambiguous


@finding(
    "invalid-order",
    "hold",
    "B",
    "CT-1",
    "{invalid_order_cells}",
    next_step="correct these cells in the shop's order export",
    turn="customer service",
    field_column="invalid_order_field",
    value="invalid_order_value",
)
def invalid_order(order_found: Bools, order_is_invalid: Bools) -> Condition:
    """a row of the order has an invalid value, or a line_discount above unit_price x quantity"""
    return order_found & order_is_invalid


@finding(
    "currency-unsupported",
    "hold",
    "B",
    "CT-1",
    "the order is in {currency}; the policy pays {policy_currency}",
    next_step="refund this order by hand, then answer with action reject",
    turn="finance",
    field="currency",
)
def currency_unsupported(order_is_sound: Bools, currency: Words, policy_currency: str) -> Condition:
    """the order's currency is not the policy's"""
    return order_is_sound & (currency != policy_currency)


@finding(
    "no-policy-in-force",
    "hold",
    "B",
    "CT-4",
    "ordered on {ordered_date:date}; the first policy version is in force from {first_effective_from:date}",
    next_step="add the policy version that was in force then, or decide by hand and answer with action reject",
    turn="finance",
    field="ordered_date",
)
def no_policy_in_force(order_is_sound: Bools, ordered_date: Numbers, first_effective_from: int) -> Condition:
    """ordered before the first version"""
    return order_is_sound & (ordered_date < first_effective_from)


@finding(
    "changed-after-refund",
    "hold",
    "B",
    "CT-2",
    "refunded on {refunded_on:date}, and since then changed: {changed_fields}",
    "refunded before the first night, and since then changed: {changed_fields}",
    next_step=f"if the refund stands as it was paid, answer with action reject {ONCE}; no money moves either way",
    turn="finance",
    answers=ACCEPTS_CONTENT,
)
def changed_after_refund(is_settled: Bools, content_changed: Bools) -> Condition:
    """history has a refund for this key, and its deciding content, disputes aside, now differs; no money moves"""
    return is_settled & content_changed


@finding(
    "disputed-after-refund",
    "hold",
    "B",
    "RP-12",
    "refunded on {refunded_on:date}, and its dispute is now {dispute_status}: the customer may be paid twice",
    "refunded before the first night, and its dispute is now {dispute_status}: the customer may be paid twice",
    next_step=f"contest the dispute with the proof of the refund; then answer with action reject {ONCE}",
    turn="finance",
    answers=ACCEPTS_CONTENT,
    field="dispute_status",
)
def disputed_after_refund(is_settled: Bools, dispute_changed: Bools, dispute_status: Words) -> Condition:
    """history has a refund for this key, and dispute_status differs from the remembered one and is open or lost"""
    return is_settled & dispute_changed & dispute_status.isin(("open", "lost"))


OF_THE_ORDER = (order_not_found, ambiguous_order, invalid_order, currency_unsupported, no_policy_in_force)
OF_A_REFUND = (changed_after_refund, disputed_after_refund)  # a refunded key is held by nothing else of this stage
FINDINGS = (*OF_THE_ORDER, *OF_A_REFUND)
