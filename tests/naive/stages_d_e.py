"""Section 4, stages D and E: units and the payout; then the refunds and their warnings."""

from tests.naive.arithmetic import merchandise_total, share
from tests.naive.codes import DEDUCTIONS, TYPES_OF_DEDUCTION
from tests.naive.common import OrderLineKey, show_money
from tests.naive.lines import Finding, Line, Night, by_order, by_order_line, payout_dates
from tests.naive.money import compute_money
from tests.naive.policy import may_approve
from tests.naive.resolutions import settle


def stage_d(night: Night) -> None:
    """CT-2: no unit is refunded twice."""
    headed = night.headed_for_refund()
    elsewhere = {
        order_number: find_refunded_elsewhere(night, order_number, lines[0].refunded_amount)
        for order_number, lines in by_order(headed).items()
    }
    for order_line, lines in by_order_line(headed).items():
        found = find_edited_amounts(night, order_line, lines)
        found += elsewhere[order_line[0]] or find_refunded_before(night, order_line, lines)
        found += find_units_exceeded(night, order_line, lines)
        for line in lines:
            settle(night, line, "D", list(found))


def find_edited_amounts(night: Night, order_line: OrderLineKey, lines: list[Line]) -> list[Finding]:
    """What nights refunded must be what the cumulative shares of today's amounts come to, the opening's units aside."""
    history, order_row = night.history, lines[0].order_row
    assert order_row is not None
    refunded, opening = history.line_units[order_line], history.opening_units[order_line]

    def by_nights(total: int) -> int:
        return share(total, refunded, order_row["quantity"]) - share(total, opening, order_row["quantity"])

    expected = (by_nights(merchandise_total(order_row)), by_nights(order_row["line_tax"]))
    if (history.line_merchandise[order_line], history.line_tax[order_line]) == expected:
        return []
    message = "the order's amounts or quantity were edited since a part of it was refunded"
    return [Finding("order-changed-after-refund", "hold", message)]


def find_refunded_elsewhere(night: Night, order_number: str, refunded_amount: int | None) -> list[Finding]:
    """The shop's own system shows more refunded on the order than history knows: all lines of the order."""
    known = night.history.order_net[order_number]
    if refunded_amount is None or refunded_amount <= known:
        return []
    return [refunded_elsewhere(refunded_amount, known)]


def find_refunded_before(night: Night, order_line: OrderLineKey, lines: list[Line]) -> list[Finding]:
    """Units of this order line were refunded before this job came, nobody knows on which RMA."""
    if order_line not in night.history.opening_without_rma:
        return []
    return [refunded_elsewhere(lines[0].refunded_amount, night.history.order_net[order_line[0]])]


def refunded_elsewhere(refunded_amount: int | None, known: int) -> Finding:
    shown = show_money(refunded_amount)
    message = f"the shop shows {shown or 'nothing known'} as refunded on this order, history {show_money(known)}"
    return Finding("refunded-elsewhere", "hold", message, "refunded_amount", shown)


def find_units_exceeded(night: Night, order_line: OrderLineKey, lines: list[Line]) -> list[Finding]:
    order_row = lines[0].order_row
    assert order_row is not None
    before, claimed, quantity = (
        night.history.line_units[order_line],
        sum(line.q or 0 for line in lines),
        order_row["quantity"],
    )
    if before + claimed <= quantity:
        return []
    rmas = ", ".join(sorted({line["rma_number"] for line in lines}))
    message = f"{before} units refunded and {claimed} claimed of {quantity}, by {rmas}"
    return [Finding("units-exceed-purchase", "hold", message)]


def order_sum_above_limit(night: Night, order_number: str, lines: list[Line]) -> int | None:
    """What was refunded on the order, as far as is known, plus tonight's net, if that needs a person; else None."""
    assert lines[0].policy is not None
    limit = lines[0].policy["approval.limit"]
    tonight = sum(line.money["net_refund"] for line in lines)
    total = max(night.history.order_net[order_number], lines[0].refunded_amount or 0) + tonight
    return total if limit is not None and tonight > 0 and total > limit else None


def is_approved(night: Night, line: Line, total: int) -> bool:
    answer = night.resolution(line.key, "approval-required")
    if answer is None or answer.action != "allow" or not may_approve(answer.resolved_by, night.policy):
        return False
    return (answer.amount or 0) >= total


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
                line.resolved.add(night.resolution(line.key, "approval-required").told)  # type: ignore[union-attr]


def refund(night: Night) -> None:
    """What is still headed for refund is refunded; warnings stand on refunds only."""
    for line in night.headed_for_refund():
        line.decision = "refund"
        for deduction in DEDUCTIONS:
            answer = night.resolution(line.key, deduction)
            if answer and line["return_type"] in TYPES_OF_DEDUCTION[deduction]:
                line.resolved.add(answer.told)
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
    assert line.order_row is not None
    if line.money["net_refund"] > 0 and line.order_row["payment_reference"] is None:
        message = "the processor will not know what to refund: no payment_reference"
        found.append(Finding("payment-reference-missing", "warning", message, "payment_reference"))
    return found
