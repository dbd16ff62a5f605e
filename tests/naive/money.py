"""Section 5: money of the lines headed for refund."""

from collections import defaultdict
from fractions import Fraction

from tests.naive.arithmetic import largest_remainder, merchandise_total, order_part, round_half_up, share
from tests.naive.codes import DEDUCTIONS, TYPES_OF_DEDUCTION
from tests.naive.lines import Line, Night, by_order_line


def compute_money(night: Night) -> None:
    """Gross by cumulative share, then the deductions. Called again whenever stage E has taken lines out."""
    for order_line, lines in by_order_line(night.headed_for_refund()).items():
        before = night.history.line_units[order_line]
        for line in sorted(lines, key=lambda line: (line.start_date, line["rma_number"])):
            line.money = gross_parts(line, before)
            before += line.q or 0
    split_return_shipping(night)
    for line in night.headed_for_refund():
        deduct(night, line)


def gross_parts(line: Line, before: int) -> dict[str, int]:
    """merchandise, tax, shipping_refund (D, C) and their sum; and what outbound shipping (D) would cost."""
    row = line.order_row
    assert row is not None and line.q is not None
    after, quantity = before + line.q, row["quantity"]

    def part(total: int) -> int:
        return share(total, after, quantity) - share(total, before, quantity)

    money = {"merchandise": part(merchandise_total(row)), "tax": part(row["line_tax"])}
    money["shipping_refund"] = money["outbound"] = 0
    if line["return_type"] in ("refused_delivery", "cancellation"):
        money["shipping_refund"] = part(order_part("shipping_paid", line["order_line"], line.order_rows))
    if line["return_type"] == "refused_delivery":
        money["outbound"] = part(order_part("outbound_shipping_cost", line["order_line"], line.order_rows))
    money["gross_refund"] = money["merchandise"] + money["tax"] + money["shipping_refund"]
    return money


def split_return_shipping(night: Night) -> None:
    """Deduction 1: what is still open of the RMA's cost, over its R and D lines that may yet be refunded."""
    by_rma: dict[str, list[Line]] = defaultdict(list)
    for line in night.lines:
        if line["return_type"] != "cancellation" and (not line.decision or line.held_at in ("C", "D")):
            by_rma[line["rma_number"]].append(line)
    for rma_number, lines in by_rma.items():
        still_open = max(0, lines[0]["return_shipping_cost"] - night.history.rma_return_shipping[rma_number])
        parts = largest_remainder(still_open, {line["order_line"]: return_shipping_weight(line) for line in lines})
        for line in lines:
            line.return_shipping_part = parts[line["order_line"]]


def return_shipping_weight(line: Line) -> int:
    return expected_share(line, "merchandise") if line.decision else line.money["merchandise"]


def expected_share(line: Line, of: str) -> int:
    """share(T, min(q', n)) with b = 0: what an undecided line may come to."""
    row = line.order_row
    assert row is not None
    total = merchandise_total(row) if of == "merchandise" else row["line_tax"]
    return share(total, min(line.q_expected, row["quantity"]), row["quantity"])


def deduct(night: Night, line: Line) -> None:
    """Each deduction is capped at what is left of gross; net is never negative (CT-6)."""
    left = line.money["gross_refund"]
    shortfall = 0
    for deduction in DEDUCTIONS:
        figure = deduction_figure(night, line, deduction)
        charged = min(figure, left)
        line.money[deduction] = charged
        left -= charged
        shortfall += figure - charged
    line.money["total_deductions"] = line.money["gross_refund"] - left
    line.money["net_refund"] = left
    line.money["shortfall"] = shortfall


def deduction_figure(night: Night, line: Line, deduction: str) -> int:
    """Before capping. A person's waive or set-amount replaces the policy's figure."""
    if line["return_type"] not in TYPES_OF_DEDUCTION[deduction]:
        return 0
    answer = night.resolution(line.key, deduction)
    if answer and answer.action == "waive":
        return 0
    if answer and answer.action == "set-amount":
        return not_yet_charged(line, deduction, answer.amount)
    figure = {
        "return_shipping": return_shipping,
        "outbound_shipping": outbound_shipping,
        "restocking_fee": restocking_fee,
        "damage": damage,
        "cancellation_loss": cancellation_loss,
    }[deduction]
    return figure(line)


def not_yet_charged(line: Line, deduction: str, amount: int | None) -> int:
    """Unknown is 0. In a supplementary refund, less what earlier nights charged on this key, after capping."""
    return max(0, (amount or 0) - line.charged_before[deduction])


def return_shipping(line: Line) -> int:
    """RP-6. A waived line still takes its part, which is then not charged; the waiver is for returns only."""
    assert line.policy is not None
    waived = line["return_type"] == "return" and line["reason"] in line.policy["return_shipping.waived_for"]
    return 0 if waived else line.return_shipping_part


def outbound_shipping(line: Line) -> int:
    """RP-14."""
    return line.money["outbound"]


def restocking_fee(line: Line) -> int:
    """RP-7. Unknown is no trigger."""
    assert line.policy is not None
    is_so = {
        "original_box_missing": line["original_box"] is False,
        "items_missing": line["items_missing"] is True,
        "packaging_damaged": line["packaging_damaged"] is True,
    }
    if line["reason"] in line.policy["restocking.waived_for"]:
        return 0
    if not any(is_so[trigger] for trigger in line.policy["restocking.triggers"]):
        return 0
    return round_half_up(line.money["merchandise"] * line.policy["restocking.rate"])


def damage(line: Line) -> int:
    """RP-8."""
    assert line.policy is not None
    if line["reason"] in line.policy["damage.waived_for"]:
        return 0
    if line["damage_amount"] is not None:
        return not_yet_charged(line, "damage", line["damage_amount"])
    return round_half_up(line.money["merchandise"] * line.policy["damage.rates"].get(line["damage_grade"], Fraction(0)))


def cancellation_loss(line: Line) -> int:
    """RP-13."""
    return not_yet_charged(line, "cancellation_loss", line["cancellation_loss"])
