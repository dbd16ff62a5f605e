"""Balanced journal entries: one refund entry per RMA tonight, one payout entry per payout on its date (rulebook 7)."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.cells import Bools, Ints
from refund_calc.joined import Coded
from refund_calc.payouts import Refunds, payout_ids
from refund_calc.policy import Accounts
from refund_calc.texts import dates, starts_of_groups


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
    """Entries of one kind, sorted by entry_id; rows of `amounts` are entries, its columns the legs."""

    entry_id: pa.Array
    rma_number: pa.Array
    order_number: pa.Array
    policy_version: pa.Array
    memo: str
    posting_date: Coded  # ISO text
    currency: Coded
    legs: tuple[Leg, ...]
    accounts: tuple[AccountTable, ...]  # by night of the refund
    account_of: Ints  # per entry: index in accounts
    amounts: Ints
    refused: Bools  # per entry

    def lines(self, part: slice) -> tuple[Ints, Ints, Ints]:
        """Entry (from the part's first on), leg and entry_line of the journal lines of some entries.

        Zero lines are left out.
        """
        entry, leg = np.nonzero(self.amounts[part])
        first = np.flatnonzero(starts_of_groups(entry))
        number = np.arange(len(entry)) - np.repeat(first, np.diff(np.append(first, len(entry)))) + 1
        return entry, leg, number


def refund_entries(refunds: Refunds, accounts: AccountTable, as_of: str, currency: str) -> Entries:
    count = len(refunds.first)
    entry_id = pc.binary_join_element_wise("REFUND:", payout_ids(refunds.rma_number, as_of), "")
    order = _text_order(entry_id)
    take = pa.array(order)
    return Entries(
        entry_id=entry_id.take(take),
        rma_number=refunds.rma_number.take(take),
        order_number=refunds.order_number.take(take),
        policy_version=refunds.policy_version.take(take),
        memo="refund of RMA ",
        posting_date=Coded(np.zeros(count, np.int8), pa.array([as_of])),
        currency=Coded(np.zeros(count, np.int8), pa.array([currency])),
        legs=REFUND_LEGS,
        accounts=(accounts,),
        account_of=np.zeros(count, np.int64),
        amounts=np.column_stack([refunds.amounts[leg.amount][order] for leg in REFUND_LEGS]),
        refused=refunds.has_refused[order],
    )


@dataclass(frozen=True)
class PayoutTerms:
    """What the payouts of one night have in common."""

    payout_date: int
    currency: str
    accounts: AccountTable


def payout_entries(payouts: pa.Table, terms: dict[int, PayoutTerms]) -> Entries:
    """Entries for payouts (history.PAYOUTS) whose date is reached; the terms of each night that decided some."""
    nights = sorted(terms)
    at = pa.array(np.searchsorted(np.array(nights, np.int64), payouts["night"].to_numpy()))
    rma = payouts["rma_number"].combine_chunks()
    days = dates(np.array(nights, np.int64)).take(at)
    entry_id = pc.binary_join_element_wise("PAYOUT:", payout_ids(rma, days), "")
    take = pa.array(order := _text_order(entry_id))
    at = at.take(take)
    amount = payouts["amount"].to_numpy()[order]
    return Entries(
        entry_id=entry_id.take(take),
        rma_number=rma.take(take),
        order_number=payouts["order_number"].combine_chunks().take(take),
        policy_version=payouts["policy_version"].combine_chunks().take(take),
        memo="payout for RMA ",
        posting_date=Coded(np.asarray(at), dates(np.array([terms[n].payout_date for n in nights], np.int64))),
        currency=Coded(np.asarray(at), pa.array([terms[n].currency for n in nights], pa.string())),
        legs=PAYOUT_LEGS,
        accounts=tuple(terms[n].accounts for n in nights),
        account_of=np.asarray(at),
        amounts=np.column_stack([amount, amount]),
        refused=np.zeros(len(order), np.bool_),
    )


def _text_order(texts: pa.Array) -> Ints:
    # An RMA number may be the beginning of another one, so entry ids need not sort as the RMA numbers do.
    return np.asarray(pc.array_sort_indices(texts), np.int64)
