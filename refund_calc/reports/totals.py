"""Control totals: counted once more from what is about to be published, and compared (rulebook 7)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from refund_calc.columns.aliases import Ints
from refund_calc.errors import ControlTotalFailed
from refund_calc.night.decide import Decided
from refund_calc.night.payouts import Refunds
from refund_calc.night.verdicts import DECISIONS
from refund_calc.policy.amounts import GROSS_PARTS, Amounts
from refund_calc.policy.deductions import DEDUCTIONS
from refund_calc.policy.money import Cents, dollar_text, total
from refund_calc.reports.journal import PAYABLE, Journal, JournalEntries


@dataclass(frozen=True)
class Fault:
    """A control total that does not hold: what was expected, what was got, and the difference between them."""

    what: str
    expected: str
    other: str
    got: str
    difference: str

    def __str__(self) -> str:
        return f"{self.what} {self.expected}, {self.other} {self.got}, difference {self.difference}"


@dataclass(frozen=True)
class Counted:
    """What the control totals of a night are counted from."""

    rows_read: int
    malformed: int  # of the rows read
    decided: Ints  # lines by DECISIONS
    amounts: Amounts  # per line of the register that is refunded
    paid: Cents  # per RMA that is refunded
    journal: Journal

    @cached_property
    def sums(self) -> dict[str, int]:
        """Each amount over the whole register, summed exactly."""
        return {name: total(values) for name, values in self.amounts.by_name().items()}


Check = Callable[[Counted], Iterator[Fault]]


def control_totals(night: Decided, refunds: Refunds, journal: Journal) -> dict[str, Any]:
    """The night's control totals for the manifest. Raises ControlTotalFailed naming every one that does not hold."""
    counted = Counted(
        rows_read=sum(source.rows for source in night.inputs.returns.files),
        malformed=night.inputs.returns.malformed_rows,
        decided=np.bincount(night.verdicts.decision, minlength=len(DECISIONS)),
        amounts=night.priced.amounts,
        paid=refunds.amounts["net_refund"],
        journal=journal,
    )
    found = faults(counted)
    if found:
        raise ControlTotalFailed(
            f"control total: {'; '.join(map(str, found))}; "
            "nothing was published; this is an error in the program, keep the inputs and report it"
        )
    return stated(counted)


def stated(counted: Counted) -> dict[str, Any]:
    """The control totals as the manifest states them."""
    by_decision = dict(zip(DECISIONS, counted.decided.tolist(), strict=True))
    debits, credits = _sides(counted.journal)
    return {
        "returns": {"rows": counted.rows_read, **by_decision, "malformed": counted.malformed},
        "refunds": {name: dollar_text(cents) for name, cents in counted.sums.items()},
        "ledger": {"debits": dollar_text(debits), "credits": dollar_text(credits)},
        "payouts": {"rows": int((counted.paid > 0).sum()), "amount": dollar_text(total(counted.paid))},
    }


def faults(counted: Counted) -> list[Fault]:
    """Every control total that does not hold."""
    return [fault for check in CHECKS for fault in check(counted)]


def every_row_is_decided(counted: Counted) -> Iterator[Fault]:
    """Rows read = refund + hold + reject + duplicate + already-decided + malformed."""
    decided = int(counted.decided.sum()) + counted.malformed
    yield from _equal("rows read", counted.rows_read, "rows decided", decided, str)


def every_row_adds_up(counted: Counted) -> Iterator[Fault]:
    """Gross less deductions is net on every row; the first that is not is named."""
    amounts = counted.amounts
    due = amounts.gross_refund - amounts.total_deductions
    off = np.flatnonzero(due != amounts.net_refund)
    if len(off):
        at = int(off[0])
        what = f"gross less deductions of refunded row {at + 1} ({len(off)} such rows)"
        yield from _equal(what, int(due[at]), "net", int(amounts.net_refund[at]))


def no_net_is_negative(counted: Counted) -> Iterator[Fault]:
    """No row takes money back."""
    lowest = int(counted.amounts.net_refund.min(initial=0))
    yield from _equal("lowest net of a row at least", 0, "got", lowest)


def gross_is_its_parts(counted: Counted) -> Iterator[Fault]:
    """Merchandise, tax and shipping refund make the gross refund."""
    sums = counted.sums
    yield from _equal(
        "gross refunds", sums["gross_refund"], "their three parts", sum(sums[name] for name in GROSS_PARTS)
    )


def deductions_are_their_parts(counted: Counted) -> Iterator[Fault]:
    """The deductions of all kinds make the total deductions."""
    sums = counted.sums
    of_all_kinds = sum(sums[name] for name in DEDUCTIONS)
    yield from _equal("total deductions", sums["total_deductions"], "deductions of all kinds", of_all_kinds)


def gross_less_deductions_is_net(counted: Counted) -> Iterator[Fault]:
    """The same over the whole register, summed exactly."""
    sums = counted.sums
    due = sums["gross_refund"] - sums["total_deductions"]
    yield from _equal("gross less deductions", due, "net", sums["net_refund"])


def every_entry_is_balanced(counted: Counted) -> Iterator[Fault]:
    """Debits = credits in each journal entry; the first of each kind that is not is named."""
    for entries in counted.journal.kinds:
        debits, credits = (_per_entry(entries, is_debit) for is_debit in (True, False))
        off = np.flatnonzero(debits != credits)
        if len(off):
            at = int(off[0])
            what = f"debits of {entries.entry_id[at].as_py()} ({len(off)} such entries)"
            yield from _equal(what, int(debits[at]), "its credits", int(credits[at]))


def debits_are_credits(counted: Counted) -> Iterator[Fault]:
    """The same over the whole journal, summed exactly."""
    debits, credits = _sides(counted.journal)
    yield from _equal("debits", debits, "credits", credits)


def payouts_are_the_net(counted: Counted) -> Iterator[Fault]:
    """The net of the register is paid out."""
    yield from _equal("net refunds of the register", counted.sums["net_refund"], "payouts", total(counted.paid))


def payable_is_the_net(counted: Counted) -> Iterator[Fault]:
    """The net of the register is credited to refunds payable."""
    refunds = counted.journal.refunds
    columns = zip(refunds.lines, refunds.amounts, strict=True)
    payable = sum(total(cents) for line, cents in columns if line.account == PAYABLE and not line.is_debit)
    yield from _equal("net refunds of the register", counted.sums["net_refund"], "credits to refunds payable", payable)


CHECKS: tuple[Check, ...] = (
    every_row_is_decided,
    every_row_adds_up,
    no_net_is_negative,
    gross_is_its_parts,
    deductions_are_their_parts,
    gross_less_deductions_is_net,
    every_entry_is_balanced,
    debits_are_credits,
    payouts_are_the_net,
    payable_is_the_net,
)


def _equal(what: str, expected: int, other: str, got: int, unit: Callable[[int], str] = dollar_text) -> Iterator[Fault]:
    if expected != got:
        yield Fault(what, unit(expected), other, unit(got), unit(got - expected))


def _sides(journal: Journal) -> tuple[int, int]:
    """All debits and all credits, in cents."""
    sums = {True: 0, False: 0}
    for entries in journal.kinds:
        for line, cents in zip(entries.lines, entries.amounts, strict=True):
            sums[line.is_debit] += total(cents)
    return sums[True], sums[False]


def _per_entry(entries: JournalEntries, is_debit: bool) -> Any:
    """What each entry has on one side, in cents; Python's integers where 64 bits might not do."""
    columns = zip(entries.lines, entries.amounts, strict=True)
    side = [cents for line, cents in columns if line.is_debit == is_debit]
    is_huge = any(cents.max(initial=0) >= 1 << 58 for cents in side)
    return sum(cents.astype(object) if is_huge else cents for cents in side)
