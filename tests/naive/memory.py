"""Section 9: what the next night will know."""

from tests.naive.codes import DEDUCTIONS
from tests.naive.history import Content, History, Refunded
from tests.naive.lines import Line, Night
from tests.naive.stage_b import deciding_order, deciding_return


def content_tonight(line: Line, earlier: Content | None) -> Content:
    """An order row that is not usable tonight counts as unchanged: what was known of it stays known."""
    of_order = deciding_order(line.order_row) if line.order_row else earlier.of_order if earlier else None
    return Content(deciding_return(line.row.values), of_order)


def remember(night: Night) -> None:
    history = night.history
    for line in night.lines:
        # What stage A stops is not remembered: it has no content to compare.
        if not line.decided_from_stage_b or line.decision == "already-decided":
            continue
        refunded = history.refunded.get(line.key)
        earlier = history.rejected.pop(line.key, None) or (refunded.content if refunded else None)
        if line.accepts_new_content:
            assert refunded is not None
            refunded.content = content_tonight(line, refunded.content)
            refunded.accepted_units = line.claim or 0
        elif line.decision == "reject":
            history.rejected[line.key] = content_tonight(line, earlier)
        elif line.decision == "refund":
            remember_refund(history, line)
    for rma_number in {line["rma_number"] for line in night.lines if line.decision == "refund"}:
        history.refund_nights[rma_number] += 1
    history.last_night = night.as_of


def remember_refund(history: History, line: Line) -> None:
    content = content_tonight(line, None)
    refunded = history.refunded.setdefault(line.key, Refunded(content))
    refunded.content = content
    units = line.q or 0
    refunded.units += units
    history.line_units[line.order_line_key] += units
    history.line_merchandise[line.order_line_key] += line.money["merchandise"]
    history.line_tax[line.order_line_key] += line.money["tax"]
    history.order_net[line["order_number"]] += line.money["net_refund"]
    for deduction in DEDUCTIONS:
        refunded.charged[deduction] += line.money[deduction]
    if line.returned:
        history.rma_return_shipping[line["rma_number"]] += line.return_shipping_part
