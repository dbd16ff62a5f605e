"""Section 4, stages D and E: units and the payout; then the refunds and their warnings."""

from tests.naive.arithmetic import merchandise_total, share
from tests.naive.codes import DEDUCTIONS, TYPES_OF_DEDUCTION
from tests.naive.common import show_money
from tests.naive.lines import Finding, Line, Night, by_order, by_order_line, payout_dates
from tests.naive.money import compute_money
from tests.naive.resolutions import settle


def stage_d(night: Night) -> None:
    """CT-2: no unit is refunded twice."""
    for order_line, lines in by_order_line(night.headed_for_refund()).items():
        order_row = lines[0].order_row
        assert order_row is not None
        found = []
        before, quantity = night.history.line_units[order_line], order_row["quantity"]
        expected = (
            share(merchandise_total(order_row), before, quantity),
            share(order_row["line_tax"], before, quantity),
        )
        if (night.history.line_merchandise[order_line], night.history.line_tax[order_line]) != expected:
            message = "the order's amounts or quantity were edited since a part of it was refunded"
            found.append(Finding("order-changed-after-refund", "hold", message))
        claimed = sum(line.q or 0 for line in lines)
        if before + claimed > quantity:
            rmas = ", ".join(sorted({line["rma_number"] for line in lines}))
            message = f"{before} units refunded and {claimed} claimed of {quantity}, by {rmas}"
            found.append(Finding("units-exceed-purchase", "hold", message))
        for line in lines:
            settle(night, line, "D", list(found))


def order_sum_above_limit(night: Night, order_number: str, lines: list[Line]) -> int | None:
    """What history refunded on the order plus tonight's net, if that needs a person; else None."""
    assert lines[0].policy is not None
    limit = lines[0].policy["approval.limit"]
    tonight = sum(line.money["net_refund"] for line in lines)
    total = night.history.order_net[order_number] + tonight
    return total if limit is not None and tonight > 0 and total > limit else None


def is_approved(night: Night, line: Line, total: int) -> bool:
    answer = night.resolution(line.key, "approval-required")
    return answer is not None and answer.action == "allow" and (answer.amount or 0) >= total


def stage_e(night: Night) -> None:
    """CT-3: all offending orders leave together, then it is checked again, until none offends."""
    while True:
        compute_money(night)
        offending = []
        for order_number, lines in by_order(night.headed_for_refund()).items():
            total = order_sum_above_limit(night, order_number, lines)
            if total is not None and not all(is_approved(night, line, total) for line in lines):
                offending += [(line, total) for line in lines]
        if not offending:
            break
        for line, total in offending:
            message = f"{show_money(total)} refunded on this order; a person approves what is above the limit"
            settle(night, line, "E", [Finding("approval-required", "hold", message, value=show_money(total))])
    for order_number, lines in by_order(night.headed_for_refund()).items():
        if order_sum_above_limit(night, order_number, lines) is not None:
            for line in lines:
                line.resolvers.add(night.resolution(line.key, "approval-required").resolved_by)  # type: ignore[union-attr]


def refund(night: Night) -> None:
    """What is still headed for refund is refunded; warnings stand on refunds only."""
    for line in night.headed_for_refund():
        line.decision = "refund"
        for deduction in DEDUCTIONS:
            answer = night.resolution(line.key, deduction)
            if answer and line["return_type"] in TYPES_OF_DEDUCTION[deduction]:
                line.resolvers.add(answer.resolved_by)
        line.findings = find_warnings(night, line)


def find_warnings(night: Night, line: Line) -> list[Finding]:
    found = []
    if line.money["shortfall"]:
        message = f"the deductions exceed the gross refund by {show_money(line.money['shortfall'])}"
        found.append(Finding("deductions-capped", "warning", message))
    payout_date, _, _ = payout_dates(night)
    assert line.due_date is not None
    if line.money["net_refund"] > 0 and payout_date > line.due_date:
        found.append(Finding("past-deadline", "warning", f"paid on {payout_date}, due on {line.due_date}"))
    if line.returned and line["quantity_received"] < line["quantity_requested"]:
        message = f"{line['quantity_received']} received of {line['quantity_requested']} requested"
        found.append(Finding("short-receipt", "warning", message))
    return found
