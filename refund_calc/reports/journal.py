"""Balanced journal entries: one refund entry per RMA tonight, one payout entry per payout on its date (rulebook 7)."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Bools, Ints
from refund_calc.columns.dictionary import Coded
from refund_calc.columns.text_order import dates, starts_of_groups
from refund_calc.night.payouts import Refunds, payout_ids
from refund_calc.policy.money import Cents
from refund_calc.policy.versions import Accounts


@dataclass(frozen=True)
class Leg:
    """One line of every entry of its kind: which amount goes to which side of which account."""

    amount: str
    account: str
    debit: bool
    clause: str


REFUND_LEGS = (
    Leg("merchandise", "sales_returns", True, ""),
    Leg("tax", "sales_tax_payable", True, ""),
    Leg("shipping_refund", "shipping_income", True, "RP-13"),  # RP-14 where a refused delivery is in it
    Leg("return_shipping", "return_shipping_recovered", False, "RP-6"),
    Leg("outbound_shipping", "outbound_shipping_recovered", False, "RP-14"),
    Leg("restocking_fee", "restocking_fees", False, "RP-7"),
    Leg("damage", "damage_recoveries", False, "RP-8"),
    Leg("cancellation_loss", "cancellation_recoveries", False, "RP-13"),
    Leg("net_refund", "refunds_payable", False, ""),
)
PAYOUT_LEGS = (
    Leg("amount", "refunds_payable", True, "RP-10"),
    Leg("amount", "refund_clearing", False, "RP-10"),
)

AccountTable = dict[str, dict[str, str]]


def account_table(accounts: Accounts) -> AccountTable:
    """Account -> code and name, as the store keeps them for the payout entries of later nights."""
    return {name: {"code": a.code, "name": a.name} for name, a in dict(accounts).items()}


@dataclass(frozen=True)
class Entries:
    """Entries of one kind, sorted by entry_id; `amounts` has the cents of every leg."""

    entry_id: pa.Array
    rma_number: pa.Array
    order_number: pa.Array
    policy_version: pa.Array
    memo: str
    posting_date: Coded  # ISO text
    currency: Coded
    legs: tuple[Leg, ...]
    accounts: tuple[AccountTable, ...]  # by night of the refund
    account_of: Any  # per entry: index in accounts
    amounts: tuple[Cents, ...]
    refused: Bools  # per entry

    @property
    def journal_lines(self) -> int:
        """Zero lines are left out."""
        return sum(int(np.count_nonzero(amounts)) for amounts in self.amounts)

    def lines(self, part: slice) -> tuple[Ints, Ints, Ints, Cents]:
        """Entry (from the part's first on), leg, entry_line and amount of the journal lines of some entries."""
        table = np.column_stack([amounts[part] for amounts in self.amounts])
        entry, leg = np.nonzero(table)
        first = np.flatnonzero(starts_of_groups(entry))
        number = np.arange(len(entry)) - np.repeat(first, np.diff(np.append(first, len(entry)))) + 1
        return entry, leg, number, table[entry, leg]

    def in_order(self) -> "Entries":
        """Sorted by entry_id: an RMA number may be the beginning of another, so their order need not be the one."""
        ids = self.entry_id
        if len(ids) < 2 or pc.all(pc.less_equal(ids.slice(0, len(ids) - 1), ids.slice(1))).as_py():
            return self
        order = np.asarray(pc.array_sort_indices(ids), np.int64)
        take = pa.array(order)
        return replace(
            self,
            entry_id=ids.take(take),
            rma_number=self.rma_number.take(take),
            order_number=self.order_number.take(take),
            policy_version=self.policy_version.take(take),
            posting_date=self.posting_date.take(order),
            currency=self.currency.take(order),
            account_of=self.account_of[order],
            amounts=tuple(amounts[order] for amounts in self.amounts),
            refused=self.refused[order],
        )


def refund_entries(refunds: Refunds, accounts: AccountTable, as_of: str, currency: str) -> Entries:
    none = np.zeros(len(refunds.first), np.int8)
    return Entries(
        entry_id=pc.binary_join_element_wise("REFUND:", payout_ids(refunds.rma_number, as_of), ""),
        rma_number=refunds.rma_number,
        order_number=refunds.order_number,
        policy_version=refunds.policy_version,
        memo="refund of RMA ",
        posting_date=Coded(none, pa.array([as_of])),
        currency=Coded(none, pa.array([currency])),
        legs=REFUND_LEGS,
        accounts=(accounts,),
        account_of=none,
        amounts=tuple(refunds.amounts[leg.amount] for leg in REFUND_LEGS),
        refused=refunds.has_refused,
    ).in_order()


@dataclass(frozen=True)
class PayoutTerms:
    """What the payouts of one night have in common."""

    payout_date: int
    currency: str
    accounts: AccountTable


def payout_entries(payouts: pa.Table, terms: dict[int, PayoutTerms]) -> Entries:
    """Entries for payouts (history.PAYOUTS) whose date is reached; the terms of each night that decided some."""
    nights = sorted(terms)
    at = np.searchsorted(np.array(nights, np.int64), payouts["night"].to_numpy())
    rma = payouts["rma_number"].combine_chunks()
    days = dates(np.array(nights, np.int64)).take(pa.array(at))
    amount = payouts["amount"].to_numpy()
    return Entries(
        entry_id=pc.binary_join_element_wise("PAYOUT:", payout_ids(rma, days), ""),
        rma_number=rma,
        order_number=payouts["order_number"].combine_chunks(),
        policy_version=payouts["policy_version"].combine_chunks(),
        memo="payout for RMA ",
        posting_date=Coded(at, dates(np.array([terms[n].payout_date for n in nights], np.int64))),
        currency=Coded(at, pa.array([terms[n].currency for n in nights], pa.string())),
        legs=PAYOUT_LEGS,
        accounts=tuple(terms[n].accounts for n in nights),
        account_of=at,
        amounts=(amount, amount),
        refused=np.zeros(len(at), np.bool_),
    ).in_order()
