"""Control totals: counted once more from what is about to be published, and compared (rulebook 7)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

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
class Sums:
    """What the control totals of a night state. Parts of a night add up; amounts are cents."""

    rows_read: int
    malformed: int  # of the rows read
    decided: tuple[int, ...]  # lines by DECISIONS
    amounts: Mapping[str, int]  # each amount over the whole register
    payouts: int  # RMAs with a positive net
    paid: int
    debits: int
    credits: int
    payable: int  # credited to refunds payable by the refund entries

    def __add__(self, other: "Sums") -> "Sums":
        mine, theirs = vars(self), vars(other)
        added = {name: mine[name] + theirs[name] for name in mine if name not in ("decided", "amounts")}
        decided = tuple(one + more for one, more in zip(self.decided, other.decided, strict=True))
        amounts = {name: cents + other.amounts[name] for name, cents in self.amounts.items()}
        return Sums(decided=decided, amounts=amounts, **added)


@dataclass(frozen=True)
class Counted:
    """What the control totals of a night, or of a part of one, are counted from."""

    rows_read: int
    malformed: int  # of the rows read
    decided: Ints  # lines by DECISIONS
    amounts: Amounts  # per line of the register that is refunded
    paid: Cents  # per RMA that is refunded
    journal: Journal

    @cached_property
    def sums(self) -> Sums:
        """All of it, summed exactly."""
        debits, credits = sides(*self.journal.kinds)
        return Sums(
            rows_read=self.rows_read,
            malformed=self.malformed,
            decided=tuple(self.decided.tolist()),
            amounts={name: total(values) for name, values in self.amounts.by_name().items()},
            payouts=int((self.paid > 0).sum()),
            paid=total(self.paid),
            debits=debits,
            credits=credits,
            payable=_payable(self.journal.refunds),
        )


ControlTotals: TypeAlias = Mapping[str, Mapping[str, Any]]  # as the manifest states them: counts, and dollars as text
CheckOfRows = Callable[[Counted], Iterator[Fault]]
CheckOfSums = Callable[[Sums], Iterator[Fault]]


def control_totals(night: Decided, refunds: Refunds, journal: Journal) -> ControlTotals:
    """The night's control totals for the manifest. Raises ControlTotalFailed naming every one that does not hold."""
    counted = Counted(
        rows_read=sum(source.rows for source in night.inputs.returns.files),
        malformed=night.inputs.returns.malformed_rows,
        decided=np.bincount(night.verdicts.decision, minlength=len(DECISIONS)),
        amounts=night.priced.amounts,
        paid=refunds.amounts["net_refund"],
        journal=journal,
    )
    refuse(faults(counted))
    return stated(counted.sums)


def refuse(found: Sequence[Fault]) -> None:
    """Raises ControlTotalFailed where a control total does not hold, naming all of them."""
    if found:
        raise ControlTotalFailed(
            f"control total: {'; '.join(map(str, found))}; "
            "nothing was published; this is an error in the program, keep the inputs and report it"
        )


def stated(sums: Sums) -> ControlTotals:
    """The control totals as the manifest states them."""
    by_decision = dict(zip(DECISIONS, sums.decided, strict=True))
    return {
        "returns": {"rows": sums.rows_read, **by_decision, "malformed": sums.malformed},
        "refunds": {name: dollar_text(cents) for name, cents in sums.amounts.items()},
        "ledger": {"debits": dollar_text(sums.debits), "credits": dollar_text(sums.credits)},
        "payouts": {"rows": sums.payouts, "amount": dollar_text(sums.paid)},
    }


def faults(counted: Counted) -> list[Fault]:
    """Every control total that does not hold."""
    return [*faults_of_rows(counted), *faults_of_sums(counted.sums)]


def faults_of_rows(counted: Counted) -> list[Fault]:
    """What does not hold on some row or entry."""
    return [fault for check in CHECKS_OF_ROWS for fault in check(counted)]


def faults_of_sums(sums: Sums) -> list[Fault]:
    """What does not hold over a whole night."""
    return [fault for check in CHECKS_OF_SUMS for fault in check(sums)]


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


def every_entry_is_balanced(counted: Counted) -> Iterator[Fault]:
    """Debits = credits in each journal entry; the first of each kind that is not is named."""
    for entries in counted.journal.kinds:
        yield from unbalanced(entries)


def unbalanced(entries: JournalEntries) -> Iterator[Fault]:
    """The first of some entries whose debits are not its credits."""
    debits, credits = (_per_entry(entries, is_debit) for is_debit in (True, False))
    off = np.flatnonzero(debits != credits)
    if len(off):
        at = int(off[0])
        what = f"debits of {entries.entry_id[at].as_py()} ({len(off)} such entries)"
        yield from _equal(what, int(debits[at]), "its credits", int(credits[at]))


def every_row_is_decided(sums: Sums) -> Iterator[Fault]:
    """Rows read = refund + hold + reject + duplicate + already-decided + malformed."""
    yield from _equal("rows read", sums.rows_read, "rows decided", sum(sums.decided) + sums.malformed, str)


def gross_is_its_parts(sums: Sums) -> Iterator[Fault]:
    """Merchandise, tax and shipping refund make the gross refund."""
    parts = sum(sums.amounts[name] for name in GROSS_PARTS)
    yield from _equal("gross refunds", sums.amounts["gross_refund"], "their three parts", parts)


def deductions_are_their_parts(sums: Sums) -> Iterator[Fault]:
    """The deductions of all kinds make the total deductions."""
    of_all_kinds = sum(sums.amounts[name] for name in DEDUCTIONS)
    yield from _equal("total deductions", sums.amounts["total_deductions"], "deductions of all kinds", of_all_kinds)


def gross_less_deductions_is_net(sums: Sums) -> Iterator[Fault]:
    """The same over the whole register, summed exactly."""
    due = sums.amounts["gross_refund"] - sums.amounts["total_deductions"]
    yield from _equal("gross less deductions", due, "net", sums.amounts["net_refund"])


def debits_are_credits(sums: Sums) -> Iterator[Fault]:
    """The same over the whole journal, summed exactly."""
    yield from _equal("debits", sums.debits, "credits", sums.credits)


def payouts_are_the_net(sums: Sums) -> Iterator[Fault]:
    """The net of the register is paid out."""
    yield from _equal("net refunds of the register", sums.amounts["net_refund"], "payouts", sums.paid)


def payable_is_the_net(sums: Sums) -> Iterator[Fault]:
    """The net of the register is credited to refunds payable."""
    net = sums.amounts["net_refund"]
    yield from _equal("net refunds of the register", net, "credits to refunds payable", sums.payable)


CHECKS_OF_ROWS: tuple[CheckOfRows, ...] = (every_row_adds_up, no_net_is_negative, every_entry_is_balanced)
CHECKS_OF_SUMS: tuple[CheckOfSums, ...] = (
    every_row_is_decided,
    gross_is_its_parts,
    deductions_are_their_parts,
    gross_less_deductions_is_net,
    debits_are_credits,
    payouts_are_the_net,
    payable_is_the_net,
)


def _payable(refunds: JournalEntries) -> int:
    """What some refund entries credit to refunds payable, in cents."""
    columns = zip(refunds.lines, refunds.amounts, strict=True)
    return sum(total(cents) for line, cents in columns if line.account == PAYABLE and not line.is_debit)


def _equal(what: str, expected: int, other: str, got: int, unit: Callable[[int], str] = dollar_text) -> Iterator[Fault]:
    if expected != got:
        yield Fault(what, unit(expected), other, unit(got), unit(got - expected))


def sides(*kinds: JournalEntries) -> tuple[int, int]:
    """All debits and all credits of some entries, in cents."""
    sums = {True: 0, False: 0}
    for entries in kinds:
        for line, cents in zip(entries.lines, entries.amounts, strict=True):
            sums[line.is_debit] += total(cents)
    return sums[True], sums[False]


def _per_entry(entries: JournalEntries, is_debit: bool) -> Any:
    """What each entry has on one side, in cents; Python's integers where 64 bits might not do."""
    columns = zip(entries.lines, entries.amounts, strict=True)
    side = [cents for line, cents in columns if line.is_debit == is_debit]
    is_huge = any(cents.max(initial=0) >= 1 << 58 for cents in side)
    return sum(cents.astype(object) if is_huge else cents for cents in side)
