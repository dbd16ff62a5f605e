"""Section 4, stage B: history and the order."""

import functools
from collections import defaultdict
from dataclasses import dataclass

from tests.naive.common import Values, show_money
from tests.naive.differences import in_words
from tests.naive.files_in import ORDER_COLUMNS, ORDER_LEVEL, Row
from tests.naive.history import Content, Refunded
from tests.naive.lines import Finding, Line, Night
from tests.naive.policy import in_force_on
from tests.naive.resolutions import is_to_be_decided_afresh, settle


@dataclass
class BadCell:
    order_line: str
    source_file: str
    source_line: int
    column: str
    text: str
    wrong: str


@dataclass
class Order:
    """What orders.csv says about one order number."""

    rows: list[Row]

    def has(self, order_line: str) -> bool:
        return any(row.values["order_line"] == order_line for row in self.rows)

    @functools.cached_property
    def bad_cells(self) -> list["BadCell"]:
        """Section 4, invalid-order: every bad cell of it.

        In the text order of order_line, column and what stands there, then as they are read: which cells are named
        must not hang on the order of the rows.
        """
        bad = []
        for row in self.rows:
            name = row.values["order_line"] or ""
            for column, (text, wrong) in row.invalid.items():
                bad.append(BadCell(name, row.source_file, row.source_line, column, text, wrong))
            price, quantity, discount = (row.values[c] for c in ("unit_price", "quantity", "line_discount"))
            if None not in (price, quantity, discount) and discount > price * quantity:
                wrong = "is more than unit_price x quantity"
                where = (name, row.source_file, row.source_line)
                bad.append(BadCell(*where, "line_discount", show_money(discount), wrong))
        return sorted(bad, key=lambda cell: (cell.order_line, cell.column, cell.text))

    @functools.cached_property
    def ambiguous(self) -> str:
        """Section 4, ambiguous-order: how its rows differ, or an empty text; looked for among valid rows."""
        valid = [row for row in self.rows if not row.invalid]
        by_line: dict[str, list[Row]] = defaultdict(list)
        for row in valid:
            by_line[row.values["order_line"]].append(row)
        compared = [column for column in ORDER_COLUMNS if column != "refunded_amount"]
        told = [
            f"the rows of order line {name} differ in {in_words(rows, compared)}"
            for name, rows in sorted(by_line.items())
            if len({row.content for row in rows}) > 1
        ]
        if len({tuple(row.values[column] for column in ORDER_LEVEL) for row in valid}) > 1:
            told.append(f"the lines of this order disagree on {in_words(valid, ORDER_LEVEL)}")
        return "; ".join(told)

    @property
    def refunded_amount(self) -> int | None:
        """The largest that is known on its rows."""
        known = [row.values["refunded_amount"] for row in self.rows if row.values["refunded_amount"] is not None]
        return max(known, default=None)

    @functools.cached_property
    def by_line(self) -> dict[str, Values]:
        return {row.values["order_line"]: row.values for row in self.rows}


NO_ORDER = Order([])


def deciding_return(row: Values) -> Values:
    return {column: value for column, value in row.items() if column != "tracking_number"}


def deciding_order(row: Values) -> Values:
    left_out = ("sku", "payment_method", "payment_reference", "refunded_amount")
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
        if order.has(line["order_line"]) and not order.bad_cells and not order.ambiguous:
            line.order_rows = order.by_line
            line.refunded_amount = order.refunded_amount
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
    if rejected and is_unchanged(line, rejected) and not is_to_be_decided_afresh(night, line.key):
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
    # What was refunded before this job came is unknown, and never a change.
    same_return = remembered.of_return is None or without_dispute(tonight) == without_dispute(remembered.of_return)
    same_order = remembered.of_order is None or order_is_unchanged(line, remembered)
    if not (same_return and same_order):
        found.append(Finding("changed-after-refund", "hold", "what was refunded has changed since; no money moves"))
    status = line["dispute_status"]
    if status != remembered.dispute_status and status in ("open", "lost"):
        message = f"refunded, and now the dispute is {status}: the customer may be paid twice"
        found.append(Finding("disputed-after-refund", "hold", message))
    return found


def invalid_order(bad: list[BadCell]) -> Finding:
    """Every bad cell (the first five, then how many more) with file and line; it points at the first."""
    told = [f'{at.source_file} line {at.source_line}, {at.column}: "{at.text}" {at.wrong}' for at in bad[:5]]
    if len(bad) > len(told):
        told.append(f"and {len(bad) - len(told)} more")
    first = bad[0]
    source = (first.source_file, first.source_line)
    return Finding("invalid-order", "hold", "; ".join(told), first.column, first.text, source)


def find_order_problems(night: Night, line: Line, order: Order) -> list[Finding]:
    if not order.has(line["order_line"]):
        return [Finding("order-not-found", "hold", "no such order line in the orders")]
    found = []
    if order.ambiguous:
        found.append(Finding("ambiguous-order", "hold", order.ambiguous))
    if order.bad_cells:
        found.append(invalid_order(order.bad_cells))
    if line.order_row is None:
        return found
    if line.order_row["currency"] != night.policy["currency"]:
        message = f"the order is in {line.order_row['currency']}, the policy in {night.policy['currency']}"
        found.append(Finding("currency-unsupported", "hold", message))
    if in_force_on(line.order_row["ordered_date"], night.policies) is None:
        message = f"ordered on {line.order_row['ordered_date']}, before the first policy version"
        found.append(Finding("no-policy-in-force", "hold", message))
    return found
