"""Section 4, stage B: history and the order."""

import functools
from collections import defaultdict
from dataclasses import dataclass

from tests.naive.arithmetic import merchandise_total
from tests.naive.common import Values
from tests.naive.files_in import ORDER_LEVEL, Row
from tests.naive.history import Content, Refunded
from tests.naive.lines import Finding, Line, Night
from tests.naive.policy import in_force_on
from tests.naive.resolutions import came_into_force_tonight, settle


@dataclass
class Order:
    """What orders.csv says about one order number."""

    rows: list[Row]

    def has(self, order_line: str) -> bool:
        return any(row.values["order_line"] == order_line for row in self.rows)

    @functools.cached_property
    def invalid(self) -> str:
        """Section 4, invalid-order: what is wrong with a row of it, or an empty text."""
        for row in sorted(self.rows, key=lambda row: row.values["order_line"] or ""):
            where = f"order line {row.values['order_line'] or '(unknown)'}"
            for column in sorted(row.invalid):
                return f"{where}, {column}: {row.invalid[column][1]}"
            if not row.invalid and merchandise_total(row.values) < 0:
                return f"{where}, line_discount is more than unit_price x quantity"
        return ""

    @functools.cached_property
    def ambiguous(self) -> str:
        """Section 4, ambiguous-order; looked for among valid rows."""
        valid = [row for row in self.rows if not row.invalid]
        if len({row.content for row in valid}) > len({row.values["order_line"] for row in valid}):
            return "a line of this order has several differing rows"
        for column in ORDER_LEVEL:
            if len({row.values[column] for row in valid}) > 1:
                return f"the lines of this order disagree on {column}"
        return ""

    @functools.cached_property
    def by_line(self) -> dict[str, Values]:
        return {row.values["order_line"]: row.values for row in self.rows}


NO_ORDER = Order([])


def deciding_return(row: Values) -> Values:
    return {column: value for column, value in row.items() if column != "tracking_number"}


def deciding_order(row: Values) -> Values:
    left_out = ("sku", "payment_method", "payment_reference")
    return {column: value for column, value in row.items() if column not in left_out}


def without_dispute(row: Values) -> Values:
    return {column: value for column, value in row.items() if not column.startswith("dispute_")}


def order_is_unchanged(line: Line, remembered: Content) -> bool:
    """An order row that is missing tonight, or whose order is invalid or ambiguous, counts as unchanged."""
    return line.order_row is None or deciding_order(line.order_row) == remembered.of_order


def is_unchanged(line: Line, remembered: Content) -> bool:
    return deciding_return(line.row.values) == remembered.of_return and order_is_unchanged(line, remembered)


def stage_b(night: Night) -> None:
    rows_by_order: dict[str, list[Row]] = defaultdict(list)
    for row in night.inputs.orders:
        if row.values["order_number"]:
            rows_by_order[row.values["order_number"]].append(row)
    orders = {order_number: Order(rows) for order_number, rows in rows_by_order.items()}
    for line in night.headed_for_refund():
        line.decided_from_stage_b = True
        order = orders.get(line["order_number"], NO_ORDER)
        if order.has(line["order_line"]) and not order.invalid and not order.ambiguous:
            line.order_rows = order.by_line
            line.order_row = order.by_line[line["order_line"]]
        look_into_history(night, line)
        if not line.decision:
            settle(night, line, "B", find_order_problems(night, line, order))
        if not line.decision:
            assert line.order_row is not None
            line.policy = in_force_on(line.order_row["ordered_date"], night.policies)


def look_into_history(night: Night, line: Line) -> None:
    """First of all at stage B: a key that history refunded or rejected may be decided already, or held."""
    refunded = night.history.refunded.get(line.key)
    rejected = night.history.rejected.get(line.key)
    if refunded and not claims_more_units(line, refunded):
        settle(night, line, "B", find_changes_after_refund(line, refunded))
        line.decision = line.decision or "already-decided"
        return
    if rejected and is_unchanged(line, rejected) and not came_into_force_tonight(night, line.key):
        line.decision = "already-decided"
        return
    if refunded:
        line.units_refunded_before = refunded.units
        line.charged_before = refunded.charged


def claims_more_units(line: Line, refunded: Refunded) -> bool:
    """A supplementary refund: more units than refunded and than last accepted, and no dispute open or lost."""
    return (line.claim or 0) > max(refunded.units, refunded.accepted_units) and line["dispute_status"] not in (
        "open",
        "lost",
    )


def find_changes_after_refund(line: Line, refunded: Refunded) -> list[Finding]:
    found = []
    remembered = refunded.content
    tonight = deciding_return(line.row.values)
    same_return = without_dispute(tonight) == without_dispute(remembered.of_return)
    if not (same_return and order_is_unchanged(line, remembered)):
        found.append(Finding("changed-after-refund", "hold", "what was refunded has changed since; no money moves"))
    status = line["dispute_status"]
    if status != remembered.of_return["dispute_status"] and status in ("open", "lost"):
        message = f"refunded, and now the dispute is {status}: the customer may be paid twice"
        found.append(Finding("disputed-after-refund", "hold", message))
    return found


def find_order_problems(night: Night, line: Line, order: Order) -> list[Finding]:
    if not order.has(line["order_line"]):
        return [Finding("order-not-found", "hold", "no such order line in the orders")]
    found = []
    if order.ambiguous:
        found.append(Finding("ambiguous-order", "hold", order.ambiguous))
    if order.invalid:
        found.append(Finding("invalid-order", "hold", order.invalid))
    if line.order_row is None:
        return found
    if line.order_row["currency"] != night.policy["currency"]:
        message = f"the order is in {line.order_row['currency']}, the policy in {night.policy['currency']}"
        found.append(Finding("currency-unsupported", "hold", message))
    if in_force_on(line.order_row["ordered_date"], night.policies) is None:
        message = f"ordered on {line.order_row['ordered_date']}, before the first policy version"
        found.append(Finding("no-policy-in-force", "hold", message))
    return found
