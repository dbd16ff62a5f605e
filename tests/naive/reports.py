"""Section 7: the register, the payouts and the exceptions."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from tests.naive.calendars import business_days
from tests.naive.codes import CLAUSES, CLAUSES_BY_TYPE
from tests.naive.common import Date, show, show_money
from tests.naive.files_in import guard, unguard
from tests.naive.left_export import claim_amount, exceptions_of_missing_keys, identity_of, keep_watch
from tests.naive.lines import Finding, Line, Night, exception_cells, payout_dates

Cells = dict[str, str]


@dataclass
class Report:
    """What one night writes; every cell is the CSV text before quoting, after the leading apostrophe."""

    refunds: list[Cells]
    payouts: list[Cells]
    ledger: list[Cells]
    exceptions: list[Cells]
    redo: list[Cells] | None = None  # of a redo: the payouts that vanished, changed or are new


REFUND_COLUMNS = [
    "as_of",
    "rma_number",
    "order_number",
    "order_line",
    "sku",
    "return_type",
    "reason",
    "quantity",
    "decision",
    "codes",
    "merchandise",
    "tax",
    "shipping_refund",
    "gross_refund",
    "return_shipping",
    "outbound_shipping",
    "restocking_fee",
    "damage",
    "cancellation_loss",
    "total_deductions",
    "net_refund",
    "received_date",
    "due_date",
    "payout_date",
    "credit_from",
    "credit_to",
    "policy_version",
    "resolved_by",
    "answers",
]
MONEY_COLUMNS = REFUND_COLUMNS[REFUND_COLUMNS.index("merchandise") : REFUND_COLUMNS.index("net_refund") + 1]
PAYOUT_COLUMNS = [
    "payout_id",
    "payout_date",
    "rma_number",
    "order_number",
    "payment_method",
    "payment_reference",
    "amount",
    "currency",
    "due_date",
    "credit_from",
    "credit_to",
    "lines",
]
REDO_COLUMNS = ["payout_id", "rma_number", "amount_before", "amount_after"]
EXCEPTION_COLUMNS = [
    "rma_number",
    "order_number",
    "order_line",
    "code",
    "severity",
    "clause",
    "field",
    "value",
    "message",
    "next_step",
    "claim_amount",
    "due_date",
    "business_days_left",
    "first_seen",
    "age_days",
    "source_file",
    "source_line",
    "action",
    "amount",
    "resolved_by",
    "note",
]
FROM_EXPORTS = [
    "rma_number",
    "order_number",
    "order_line",
    "sku",
    "payment_method",
    "payment_reference",
    "payout_id",
    "value",
    "resolved_by",
    "source_file",
]


def finish(rows: list[dict[str, Any]], columns: list[str]) -> list[Cells]:
    """Rows in their order with every column, and the leading apostrophe where text came from an export."""
    finished = []
    for row in rows:
        cells = {column: show(row.get(column)) for column in columns}
        finished.append({c: guard(text) if c in FROM_EXPORTS else text for c, text in cells.items()})
    return finished


def write_register(night: Night) -> list[Cells]:
    rows = [{column: show(cell) for column, cell in register_row(night, line).items()} for line in night.lines]
    for row in rows:
        for column in REFUND_COLUMNS:
            row.setdefault(column, "")
    key = ("rma_number", "order_number", "order_line", *REFUND_COLUMNS)
    return finish(sorted(rows, key=lambda row: [row[column] for column in key]), REFUND_COLUMNS)


def register_row(night: Night, line: Line) -> dict[str, Any]:
    row: dict[str, Any] = {column: line[column] for column in line.row.values if column in REFUND_COLUMNS}
    del row["cancellation_loss"]  # as claimed; the register shows what was charged
    row["as_of"] = night.as_of
    row["quantity"] = line.q
    row["decision"] = line.decision
    row["codes"] = ";".join(sorted({finding.code for finding in line.findings}))
    row["resolved_by"] = ";".join(sorted({who for who, _ in line.resolved}))
    row["answers"] = ";".join(sorted({what for _, what in line.resolved}))
    if line.policy is not None:  # from stage C on
        assert line.order_row is not None
        row["sku"], row["policy_version"] = line.order_row["sku"], line.policy["version"]
        row["due_date"] = line.due_date
    if line.decision == "refund":
        row.update({column: show_money(line.money[column]) for column in MONEY_COLUMNS})
        if line.money["net_refund"]:
            row["payout_date"], row["credit_from"], row["credit_to"] = payout_dates(night)
    return row


def refunded_rmas(night: Night) -> dict[str, list[Line]]:
    rmas: dict[str, list[Line]] = defaultdict(list)
    for line in night.lines:
        if line.decision == "refund":
            rmas[line["rma_number"]].append(line)
    return dict(sorted(rmas.items()))


def refund_name(night: Night, rma_number: str) -> str:
    """`<rma_number>/<n>`: n counts the nights on which a line of the RMA was refunded, this one included."""
    return f"{rma_number}/{night.history.refund_nights[rma_number] + 1}"


def total_of(lines: list[Line], column: str) -> int:
    return sum(line.money[column] for line in lines)


def write_payouts(night: Night) -> list[Cells]:
    payout_date, credit_from, credit_to = payout_dates(night)
    rows = []
    for rma_number, lines in refunded_rmas(night).items():
        net = total_of(lines, "net_refund")
        if not net:
            continue
        order_row = lines[0].order_row
        assert order_row is not None
        rows.append(
            {
                "payout_id": refund_name(night, rma_number),
                "payout_date": payout_date,
                "rma_number": rma_number,
                "order_number": order_row["order_number"],
                "payment_method": order_row["payment_method"],
                "payment_reference": order_row["payment_reference"],
                "amount": show_money(net),
                "currency": night.policy["currency"],
                "due_date": min(line.due_date for line in lines if line.due_date),
                "credit_from": credit_from,
                "credit_to": credit_to,
                "lines": len(lines),
            }
        )
    return finish(rows, PAYOUT_COLUMNS)


def clause_of(finding: Finding, line: Line) -> str:
    by_type = CLAUSES_BY_TYPE.get((finding.code, line["return_type"]))
    return by_type or CLAUSES.get(finding.code, "CT-1")


def line_exceptions(night: Night, line: Line) -> list[tuple[dict[str, Any], tuple[str, ...]]]:
    """The rows of one line, each with the identity by which first_seen follows it from night to night."""
    exceptions = []
    for finding in line.findings:
        source = finding.source or (line.row.source_file, line.row.source_line)
        cells = exception_cells(night, finding, clause_of(finding, line), *source)
        cells.update(zip(("rma_number", "order_number", "order_line"), line.key, strict=True))
        cells.update(claim_amount=claim_amount(line), due_date=line.due_date)
        exceptions.append((cells, identity_of(line, finding)))
    return exceptions


def business_days_left(night: Night, due_date: Date) -> int:
    calendar = business_days(night.policy)
    if due_date >= night.as_of:
        return calendar.count(night.as_of, due_date)
    return -calendar.count(due_date, night.as_of)


def write_exceptions(night: Night) -> list[Cells]:
    exceptions = list(night.loose_exceptions)
    for bad in night.inputs.malformed:
        finding = Finding("malformed-row", "hold", "wrong number of fields")
        cells = exception_cells(night, finding, "CT-1", bad.source_file, bad.source_line)
        exceptions.append((cells, ("malformed-row", bad.text)))
    for line in night.lines:
        exceptions += line_exceptions(night, line)
    exceptions += exceptions_of_missing_keys(night)
    first_seen = {identity: night.history.first_seen.get(identity, night.as_of) for _, identity in exceptions}
    night.history.first_seen = keep_watch(night, first_seen)
    for cells, identity in exceptions:
        cells["first_seen"] = first_seen[identity]
        cells["age_days"] = (night.as_of - first_seen[identity]).days
        if cells.get("due_date"):
            cells["business_days_left"] = business_days_left(night, cells["due_date"])
    order = ("rma_number", "order_number", "order_line", "code", "field", "value", "first_seen", "source_file")
    rows = [cells for cells, _ in exceptions]
    rows.sort(key=lambda cells: ([show(cells.get(column)) for column in order], cells["source_line"] or 0))
    return finish(rows, EXCEPTION_COLUMNS)


def write_redo(before: list[Cells], after: list[Cells]) -> list[Cells]:
    """Section 9: every payout that vanished, changed or is new against what was just withdrawn."""
    rows = {row["payout_id"]: row for row in before + after}
    amounts = [{row["payout_id"]: row["amount"] for row in payouts} for payouts in (before, after)]
    changed = [
        {
            "payout_id": payout_id,
            "rma_number": row["rma_number"],
            "amount_before": amounts[0].get(payout_id, ""),
            "amount_after": amounts[1].get(payout_id, ""),
        }
        for payout_id, row in rows.items()
        if amounts[0].get(payout_id) != amounts[1].get(payout_id)
    ]
    return [
        {column: row[column] for column in REDO_COLUMNS}
        for row in sorted(changed, key=lambda row: (unguard(row["rma_number"]), unguard(row["payout_id"])))
    ]
