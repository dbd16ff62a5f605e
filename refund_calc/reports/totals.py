"""Control totals: counted once more from what is about to be published, and compared (rulebook 7)."""

from typing import Any

import numpy as np

from refund_calc.errors import ControlTotalFailed
from refund_calc.night.decide import Decided
from refund_calc.night.payouts import Refunds
from refund_calc.night.verdicts import DECISIONS
from refund_calc.policy.deductions import DEDUCTIONS
from refund_calc.policy.money import dollar_text, total
from refund_calc.reports.journal import Entries


def control_totals(night: Decided, refunds: Refunds, entries: tuple[Entries, ...]) -> dict[str, Any]:
    """The night's control totals for the manifest. Raises ControlTotalFailed naming the first that does not hold."""
    totals = {"returns": _rows(night), "refunds": _register(night), "ledger": _ledger(entries)}
    net = total(night.priced.amounts.net_refund)
    paid = total(refunds.amounts["net_refund"])
    payable = _credit_to_payable(entries[0])
    _must_equal("net refunds of the register", net, "payouts", paid)
    _must_equal("net refunds of the register", net, "credits to refunds payable", payable)
    totals["payouts"] = {"rows": int((refunds.amounts["net_refund"] > 0).sum()), "amount": dollar_text(paid)}
    return totals


def _must_equal(what: str, expected: int, other: str, got: int, unit: Any = dollar_text) -> None:
    if expected != got:
        raise ControlTotalFailed(
            f"control total: {what} {unit(expected)}, {other} {unit(got)}, difference {unit(got - expected)}; "
            "nothing was published; this is an error in the program, keep the inputs and report it"
        )


def _rows(night: Decided) -> dict[str, int]:
    counts = np.bincount(night.verdicts.decision, minlength=len(DECISIONS))
    decided = {decision: int(counts[at]) for at, decision in enumerate(DECISIONS)}
    decided["malformed"] = len(night.inputs.returns.malformed)
    read = sum(source.rows for source in night.inputs.returns.sources)
    _must_equal("rows read", read, "rows decided", sum(decided.values()), str)
    return {"rows": read, **decided}


def _register(night: Decided) -> dict[str, str]:
    amounts = night.priced.amounts
    off = np.flatnonzero(amounts.gross_refund - amounts.total_deductions != amounts.net_refund)
    if len(off) or (amounts.net_refund < 0).any():
        raise ControlTotalFailed("control total: gross less deductions is not net on every row; nothing was published")
    sums = {name: total(values) for name, values in amounts.by_name().items()}
    _must_equal("total deductions", sums["total_deductions"], "the five", sum(sums[name] for name in DEDUCTIONS))
    gross = sums["merchandise"] + sums["tax"] + sums["shipping_refund"]
    _must_equal("gross refunds", sums["gross_refund"], "their three parts", gross)
    _must_equal("gross less deductions", sums["gross_refund"] - sums["total_deductions"], "net", sums["net_refund"])
    return {name: dollar_text(cents) for name, cents in sums.items()}


def _ledger(entries: tuple[Entries, ...]) -> dict[str, str]:
    sums = {True: 0, False: 0}
    for kind in entries:
        sides = {side: _sum_of_legs(kind, side) for side in sums}
        off = np.flatnonzero(sides[True] != sides[False])
        if len(off):
            entry = kind.entry_id[int(off[0])].as_py()
            raise ControlTotalFailed(f"control total: {entry} is not balanced; nothing was published")
        for leg, amounts in zip(kind.legs, kind.amounts, strict=True):
            sums[leg.debit] += total(amounts)
    debits, credits = sums[True], sums[False]
    _must_equal("debits", debits, "credits", credits)
    return {"debits": dollar_text(debits), "credits": dollar_text(credits)}


def _sum_of_legs(kind: Entries, debit: bool) -> Any:
    """What each entry has on one side, in cents."""
    side = [amounts for leg, amounts in zip(kind.legs, kind.amounts, strict=True) if leg.debit == debit]
    is_huge = any(amounts.max(initial=0) >= 1 << 58 for amounts in side)
    return sum(amounts.astype(object) if is_huge else amounts for amounts in side)


def _credit_to_payable(refunds: Entries) -> int:
    at = next(at for at, leg in enumerate(refunds.legs) if leg.account == "refunds_payable")
    return total(refunds.amounts[at])
