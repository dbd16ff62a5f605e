"""The sentences of the reconciliation: the figure, the place, what to do next."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from refund_calc.books.reconcile.movements import Fate, Movement
from refund_calc.books.reconcile.settlements import Settlement
from refund_calc.columns.written import iso
from refund_calc.policy.money import dollar_text

if TYPE_CHECKING:
    from refund_calc.books.reconcile.promises import Promise
    from refund_calc.books.reconcile.result import Line

SETTLE = "pay it otherwise and give --settlements a row"


def money(cents: int) -> str:
    """An amount for people, thousands apart: -1,234.50."""
    whole, _, decimals = dollar_text(cents).partition(".")
    sign, whole = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    return f"{sign}{int(whole):,}.{decimals}"


def of_promise(
    outcome: str, line: "Line", days: Mapping[Fate, Sequence[int]], settled: Sequence[Settlement], last: int
) -> str:
    """What a person should know about one promise; blank where nothing happened but what was promised."""
    assert line.promise is not None
    credit_to = iso(line.promise.credit_to)
    back, never = days[Fate.RETURNED], days[Fate.NEVER]
    pending = f"; the processor shows it as pending since {_on(days[Fate.PENDING])}" if days[Fate.PENDING] else ""
    failed = f"refused or undone by the processor on {_on(never)}" if never else "failed in an earlier period"
    failed = f"came back on {_on(back)}" if back else failed
    ways = "; ".join(f"{one.how} on {iso(one.day)}, {dollar_text(one.cents)}, by {one.settled_by}" for one in settled)
    match outcome:
        case "paid":
            return f"{failed}, and was paid again" if back or never else ""
        case "settled":
            return f"settled otherwise: {ways}"
        case "in-window":
            return f"the bank may show it until {credit_to}{pending}"
        case "not-seen" if pending:
            what = "ask the processor, and pay it otherwise only when it is taken back there"
            return f"not paid yet; the bank window ended on {credit_to}{pending}: {what}"
        case "not-seen":
            return f"not in the files; the bank window ended on {credit_to}: ask the processor, or {SETTLE}"
        case "failed":
            return f"{failed}: {SETTLE}"
    net, promised = line.promised - line.open, line.promised
    way = f"{money(net - promised)} too much" if net > promised else f"{money(promised - net)} too little"
    parts = [f"came back on {_on(back)}"] if back else []
    parts += [ways] if ways else []
    what = "ask the customer or the processor for it" if net > promised else SETTLE
    return "; ".join([f"promised {money(promised)}, paid {money(net)}: {way}", *parts]) + f"; {what}"


def of_row(outcome: str, row: Movement, currency: str) -> str:
    """What a person should know about a row that belongs to no promise."""
    if outcome == "currency-differs":
        return f"{money(row.cents)} {row.currency}; our promises are in {currency}: compare it by hand"
    what = {
        Fate.REFUND: "a refund outside this job: ask who made it; the order export shows it as refunded_amount",
        Fate.RETURNED: "money that came back for no promise of ours: find its refund",
        Fate.PENDING: "a pending refund outside this job: ask who made it",
        Fate.NEVER: "a refund outside this job that the processor refused or undid",
    }[row.fate]
    if row.is_shared:
        return f"{row.order} is the name of several orders of the orders export: compare it by hand with their promises"
    return what if row.order or row.references or row.payout_id else f"{what}; the row names no order"


def of_chargeback(cents: int, rows: Sequence[Movement], beside: Sequence[tuple["Promise", "Line | None"]]) -> str:
    """What a person should know where money was taken back: the refunds promised for the order, and their fates."""
    refunds = ", ".join(
        f"{promise.payout_id} {money(promise.cents)} ({line.outcome.value if line else 'due before the period'})"
        for promise, line in beside
    )
    on = _on(sorted({row.day for row in rows if row.fate is not Fate.RETURNED}))
    if not beside:
        return f"{money(cents)} taken back on {on}; no refund of this order was promised"
    has_left = any(line is None or line.open != line.promised for _, line in beside)
    twice = (
        "the money left twice: answer the chargeback with the refund as proof"
        if has_left
        else "the money would leave twice: stop the refund, or answer the chargeback with it as proof"
    )
    return f"{money(cents)} taken back on {on}, and promised for the same order: {refunds}; {twice}"


def _on(days: Sequence[int]) -> str:
    return " and ".join(map(iso, days))
