"""Refunds of a few RMAs and their journal, made by hand; a small night, decided."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pyarrow as pa

from refund_calc.history.past import NOTHING
from refund_calc.inputs.contracts import ResolutionRow
from refund_calc.inputs.tables import load
from refund_calc.night.decide import Decided, NightInputs, decide
from refund_calc.night.payouts import Refunds
from refund_calc.policy.amounts import GROSS_PARTS, Amounts
from refund_calc.policy.deductions import DEDUCTIONS
from refund_calc.policy.money import Cents
from refund_calc.policy.versions import load_policies
from refund_calc.reports.journal import (
    PAYOUT_LINES,
    REFUND_LINES,
    Journal,
    JournalEntries,
    PostingTerms,
    payout_entries,
    refund_entries,
)
from tests.night.small import ZONE, table
from tests.stories import DATA, Row

TONIGHT = 20777  # 2026-11-20
ACCOUNTS = {
    line.account: {"code": f"{at:04d}", "name": line.account.replace("_", " ")}
    for at, line in enumerate([*REFUND_LINES, *PAYOUT_LINES])
}
TERMS = PostingTerms(TONIGHT, "USD", ACCOUNTS)
_BEFORE_DEDUCTIONS = (*GROSS_PARTS, "gross_refund")
_AFTER_DEDUCTIONS = ("total_deductions", "net_refund", "shortfall")


def night(returns: Sequence[Row], orders: Sequence[Row] = ()) -> Decided:
    """The first night, of 2026-11-20, with these lines; nobody resolved anything."""
    inputs = NightInputs(
        as_of=date(2026, 11, 20),
        orders=table("orders", orders),
        returns=table("returns", returns),
        resolutions=load("resolutions", [], ResolutionRow, ZONE),
    )
    return decide(inputs, load_policies(DATA / "policy"), NOTHING)


def amounts(**cents: list[int]) -> Amounts:
    """Cents per line or RMA by name; what is not given is 0."""
    size = len(next(iter(cents.values())))
    assert set(cents) <= {*_BEFORE_DEDUCTIONS, *DEDUCTIONS, *_AFTER_DEDUCTIONS}

    def some(names: Sequence[str]) -> dict[str, Cents]:
        return {name: np.array(cents.get(name, [0] * size), np.int64) for name in names}

    return Amounts(deductions=some(tuple(DEDUCTIONS)), **some(_BEFORE_DEDUCTIONS), **some(_AFTER_DEDUCTIONS))


def refunds(rmas: list[str], refused: list[bool] | None = None, **cents: list[int]) -> Refunds:
    size = len(rmas)
    return Refunds(
        first=np.arange(size),
        lines=np.ones(size, np.int64),
        due_date=np.full(size, TONIGHT + 3),
        amounts=amounts(**cents).by_name(),
        has_refused=np.array(refused or [False] * size),
        rma_number=pa.array(rmas, pa.string()),
        order_number=pa.array([f"#{at}" for at in range(size)], pa.string()),
        policy_version=pa.array(["2024-01"] * size, pa.string()),
        return_shipping_part=np.zeros(size, np.int64),
        refund_number=np.ones(size, np.int64),
    )


def refund_of(rmas: list[str], **cents: list[int]) -> JournalEntries:
    return refund_entries(refunds(rmas, **cents), TERMS)


def payout_of(rmas: list[str], nights: list[int], cents: list[int]) -> JournalEntries:
    table = pa.table(
        {
            "night": np.array(nights, np.int64),
            "rma_number": pa.array(rmas, pa.string()),
            "order_number": pa.array([f"#{at}" for at in range(len(rmas))], pa.string()),
            "refund_number": np.ones(len(rmas), np.int64),
            "net_refund": np.array(cents, np.int64),
            "policy_version": pa.array(["2024-01"] * len(rmas), pa.string()),
        }
    )
    terms = {night: PostingTerms(night + 1, f"C{night}", ACCOUNTS) for night in nights}
    return payout_entries(table, terms)


def journal(refund: JournalEntries, payout: JournalEntries | None = None) -> Journal:
    return Journal(payouts=payout or payout_of([], [], []), refunds=refund)
