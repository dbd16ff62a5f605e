"""Balanced journal entries: one refund entry per RMA tonight, one payout entry per payout on its date (rulebook 7)."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Bools, Ints
from refund_calc.columns.groups import places_in_groups, starts_of_groups
from refund_calc.night.payouts import Refunds, payout_ids
from refund_calc.policy.deductions import DEDUCTIONS
from refund_calc.policy.money import Cents
from refund_calc.policy.versions import Accounts

PAYABLE = "refunds_payable"


@dataclass(frozen=True)
class JournalLine:
    """A line that the entries of one kind have: which amount goes to which side of which account."""

    amount: str
    account: str
    is_debit: bool
    clause: str = ""
    clause_if_refused: str = ""  # in its place, where a refused delivery is in the entry


REFUND_LINES = (
    JournalLine("merchandise", "sales_returns", is_debit=True),
    JournalLine("tax", "sales_tax_payable", is_debit=True),
    JournalLine("shipping_refund", "shipping_income", is_debit=True, clause="RP-13", clause_if_refused="RP-14"),
    *(JournalLine(name, d.account, is_debit=False, clause=d.clause) for name, d in DEDUCTIONS.items()),
    JournalLine("net_refund", PAYABLE, is_debit=False),
)
PAYOUT_LINES = (
    JournalLine("amount", PAYABLE, is_debit=True, clause="RP-10"),
    JournalLine("amount", "refund_clearing", is_debit=False, clause="RP-10"),
)

AccountTable = dict[str, dict[str, str]]


def account_table(accounts: Accounts) -> AccountTable:
    """Account -> code and name, as they are remembered for the payout entries of later nights."""
    return {name: {"code": a.code, "name": a.name} for name, a in dict(accounts).items()}


@dataclass(frozen=True)
class PostingTerms:
    """What the entries that one night decided have in common."""

    posting_date: int  # day number
    currency: str
    accounts: AccountTable


@dataclass(frozen=True)
class JournalEntries:
    """Entries of one kind, sorted by entry_id. `amounts` has the cents of each of `lines`, for every entry."""

    entry_id: pa.Array
    rma_number: pa.Array
    order_number: pa.Array
    policy_version: pa.Array
    memo: str  # followed by the rma_number
    terms: tuple[PostingTerms, ...]
    terms_of: Ints  # per entry: index in terms
    lines: tuple[JournalLine, ...]
    amounts: tuple[Cents, ...]
    has_refused: Bools  # per entry: a refused delivery is in it

    def __len__(self) -> int:
        return len(self.entry_id)

    @property
    def journal_lines(self) -> int:
        """How many lines the entries have; zero lines are left out."""
        return sum(int(np.count_nonzero(amounts)) for amounts in self.amounts)

    def posted(self, part: slice) -> tuple[Ints, Ints, Ints, Cents]:
        """Journal lines of some entries: entry (from the part's first on), line (in `lines`), entry_line, amount."""
        table = np.column_stack([amounts[part] for amounts in self.amounts])
        entry, line = np.nonzero(table)
        return entry, line, places_in_groups(starts_of_groups(entry)) + 1, table[entry, line]

    def in_order(self) -> "JournalEntries":
        """Sorted by entry_id: an RMA number may be the beginning of another, so their order need not be the one."""
        ids = self.entry_id
        if len(ids) < 2 or pc.all(pc.less_equal(ids.slice(0, len(ids) - 1), ids.slice(1))).as_py():
            return self
        take = pc.array_sort_indices(ids)
        order = np.asarray(take, np.int64)
        return replace(
            self,
            entry_id=ids.take(take),
            rma_number=self.rma_number.take(take),
            order_number=self.order_number.take(take),
            policy_version=self.policy_version.take(take),
            terms_of=self.terms_of[order],
            amounts=tuple(amounts[order] for amounts in self.amounts),
            has_refused=self.has_refused[order],
        )


@dataclass(frozen=True)
class Journal:
    """The journal entries of a night, by kind."""

    payouts: JournalEntries
    refunds: JournalEntries

    @property
    def kinds(self) -> tuple[JournalEntries, JournalEntries]:
        """In the order of the ledger: PAYOUT sorts before REFUND."""
        return self.payouts, self.refunds


def refund_entries(refunds: Refunds, terms: PostingTerms) -> JournalEntries:
    """The entries of tonight's refunds, one per RMA, posted under tonight's terms."""
    return JournalEntries(
        entry_id=pc.binary_join_element_wise("REFUND:", payout_ids(refunds.rma_number, refunds.refund_number), ""),
        rma_number=refunds.rma_number,
        order_number=refunds.order_number,
        policy_version=refunds.policy_version,
        memo="refund of RMA ",
        terms=(terms,),
        terms_of=np.zeros(len(refunds.first), np.int64),
        lines=REFUND_LINES,
        amounts=tuple(refunds.amounts[line.amount] for line in REFUND_LINES),
        has_refused=refunds.has_refused,
    ).in_order()


def payout_entries(payouts: pa.Table, terms: dict[int, PostingTerms]) -> JournalEntries:
    """Entries for payouts (record refunds, cents) whose date is reached; the terms of each night that decided some."""
    nights = sorted(terms)
    terms_of = np.searchsorted(np.array(nights, np.int64), payouts["night"].to_numpy())
    rma = payouts["rma_number"].combine_chunks()
    number, amount = (payouts[name].to_numpy() for name in ("refund_number", "net_refund"))
    return JournalEntries(
        entry_id=pc.binary_join_element_wise("PAYOUT:", payout_ids(rma, number), ""),
        rma_number=rma,
        order_number=payouts["order_number"].combine_chunks(),
        policy_version=payouts["policy_version"].combine_chunks(),
        memo="payout for RMA ",
        terms=tuple(terms[night] for night in nights),
        terms_of=terms_of,
        lines=PAYOUT_LINES,
        amounts=(amount, amount),
        has_refused=np.zeros(len(terms_of), np.bool_),
    ).in_order()
