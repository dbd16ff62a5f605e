"""Section 7: the ledger."""

from typing import Any

from tests.naive.common import show_money
from tests.naive.lines import Line, Night, payout_dates
from tests.naive.policy import Policy
from tests.naive.reports import Cells, finish, refund_name, refunded_rmas, total_of

LEDGER_COLUMNS = [
    "entry_id",
    "entry_line",
    "posting_date",
    "account",
    "account_name",
    "debit",
    "credit",
    "currency",
    "rma_number",
    "order_number",
    "clause",
    "memo",
    "policy_version",
]


def write_ledger(night: Night) -> list[Cells]:
    """Tonight's refund entries, and the payout entries whose day has come since the last night."""
    rows: list[dict[str, Any]] = []
    for rma_number, lines in refunded_rmas(night).items():
        rows += refund_entry(night, rma_number, lines)
        if net := total_of(lines, "net_refund"):
            night.history.payouts_to_post.append(payout_to_post(night, rma_number, lines, net))
    waiting = []
    for payout in night.history.payouts_to_post:
        if payout["posting_date"] <= night.as_of:
            rows += payout_entry(payout)
        else:
            waiting.append(payout)
    night.history.payouts_to_post = waiting
    # Python's sort keeps the order of rows within an entry.
    return finish(sorted(rows, key=lambda row: row["entry_id"]), LEDGER_COLUMNS)


def entry(head: dict[str, Any], sides: list[tuple[tuple[str, str], int, int, str]]) -> list[dict[str, Any]]:
    """A balanced entry from (account, debit, credit, clause); zero rows are left out."""
    assert sum(debit for _, debit, _, _ in sides) == sum(credit for _, _, credit, _ in sides)
    rows: list[dict[str, Any]] = []
    for (account, account_name), debit, credit, clause in sides:
        if debit or credit:
            row = dict(head, entry_line=len(rows) + 1, account=account, account_name=account_name, clause=clause)
            row["debit" if debit else "credit"] = show_money(debit or credit)
            rows.append(row)
    return rows


def account(policy: Policy, name: str) -> tuple[str, str]:
    return policy[f"accounts.{name}.code"], policy[f"accounts.{name}.name"]


def refund_entry(night: Night, rma_number: str, lines: list[Line]) -> list[dict[str, Any]]:
    policy = night.policy
    head = {
        "entry_id": f"REFUND:{refund_name(night, rma_number)}",
        "posting_date": night.as_of,
        "currency": policy["currency"],
        "rma_number": rma_number,
        "order_number": lines[0]["order_number"],
        "policy_version": judged_by(lines),
    }
    refused = any(line["return_type"] == "refused_delivery" for line in lines)
    debits = [
        ("sales_returns", "merchandise", ""),
        ("sales_tax_payable", "tax", ""),
        ("shipping_income", "shipping_refund", "RP-14" if refused else "RP-13"),
    ]
    credits = [
        ("return_shipping_recovered", "return_shipping", "RP-6"),
        ("outbound_shipping_recovered", "outbound_shipping", "RP-14"),
        ("restocking_fees", "restocking_fee", "RP-7"),
        ("damage_recoveries", "damage", "RP-8"),
        ("cancellation_recoveries", "cancellation_loss", "RP-13"),
        ("refunds_payable", "net_refund", ""),
    ]
    sides = [(account(policy, name), total_of(lines, column), 0, clause) for name, column, clause in debits]
    sides += [(account(policy, name), 0, total_of(lines, column), clause) for name, column, clause in credits]
    return entry(head, sides)


def judged_by(lines: list[Line]) -> str:
    assert lines[0].policy is not None
    return str(lines[0].policy["version"])


def payout_to_post(night: Night, rma_number: str, lines: list[Line], net: int) -> dict[str, Any]:
    """Remembered until its day comes, with the account codes of the refund's night."""
    return {
        "entry_id": f"PAYOUT:{refund_name(night, rma_number)}",
        "posting_date": payout_dates(night)[0],
        "currency": night.policy["currency"],
        "rma_number": rma_number,
        "order_number": lines[0]["order_number"],
        "policy_version": judged_by(lines),
        "from": account(night.policy, "refunds_payable"),
        "to": account(night.policy, "refund_clearing"),
        "amount": net,
    }


def payout_entry(payout: dict[str, Any]) -> list[dict[str, Any]]:
    return entry(payout, [(payout["from"], payout["amount"], 0, "RP-10"), (payout["to"], 0, payout["amount"], "RP-10")])
