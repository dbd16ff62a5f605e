"""What published nights promised to customers, and what their ledgers say of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.books.published import cents, days, report
from refund_calc.columns.aliases import Ints
from refund_calc.history.nights import LEDGER_CSV, PAYOUTS_CSV, PublishedNight
from refund_calc.policy.money import total

_PAYOUT_TEXTS = ("payout_id", "rma_number", "order_number", "payment_reference", "currency")
POSTED = (
    *("entry_id", "entry_line", "posting_date", "account", "account_name", "debit", "credit", "currency"),
    *("rma_number", "order_number", "policy_version"),
)
_REFUND, _PAYOUT = "REFUND:", "PAYOUT:"
CHECKOUT = re.compile(r"#?c?(\d{6,})(?:\.\d+)?")  # Shopify: checkout #123456 is paid as c123456.1


@dataclass(frozen=True)
class Promise:
    """One payout of a published night. Days are day numbers."""

    payout_id: str
    rma_number: str
    order_number: str
    payment_reference: str
    currency: str
    cents: int
    night: int
    payout_date: int
    credit_to: int  # last day of the bank window (RP-11)


@dataclass(frozen=True)
class Books:
    """The promises by payout date, what the ledgers approved and posted up to a day, and their payout entries."""

    promises: tuple[Promise, ...]
    approved: dict[int, int]  # night -> cents credited to refunds payable by its refund entries
    payout_entries: dict[str, pa.Table]  # payout_id -> journal lines
    posted: dict[str, int]  # payout_id -> posting date of its payout entry
    currency: str


def books(nights: Sequence[PublishedNight], last: int) -> Books:
    """Promises and ledgers of the nights up to the day `last`. Raises BadData for a file that was changed."""
    promises: list[Promise] = []
    approved: dict[int, int] = {}
    parts: list[pa.Table] = []
    for night in nights:
        if night.day > last:
            continue
        is_latest = night is nights[-1]
        promises += _promises(night, is_latest)
        ledger = report(night, LEDGER_CSV, POSTED, is_latest=is_latest)
        code = night.terms.accounts["refunds_payable"]["code"]
        of_refunds = pc.and_(pc.starts_with(ledger["entry_id"], _REFUND), pc.equal(ledger["account"], code))
        approved[night.day] = total(cents(ledger.filter(of_refunds)["credit"]))
        parts.append(ledger.filter(pc.starts_with(ledger["entry_id"], _PAYOUT)))
    entries = pa.concat_tables(parts) if parts else pa.table({name: pa.array([], pa.string()) for name in POSTED})
    dates: Ints = days(entries["posting_date"]) if len(entries) else np.zeros(0, np.int64)
    entries = entries.filter(pa.array(dates <= last))
    ids = [entry.removeprefix(_PAYOUT) for entry in entries["entry_id"].to_pylist()]
    posted = dict(zip(ids, dates[dates <= last].tolist(), strict=True))
    promises.sort(key=lambda promise: (promise.payout_date, promise.payout_id))
    currency = nights[-1].terms.currency
    return Books(tuple(promises), approved, _by_entry(entries, ids), posted, currency)


def _promises(night: PublishedNight, is_latest: bool) -> list[Promise]:
    table = report(night, PAYOUTS_CSV, (*_PAYOUT_TEXTS, "amount", "payout_date", "credit_to"), is_latest=is_latest)
    if not len(table):
        return []
    payout_id, rma, order, reference_, currency = (table[name].to_pylist() for name in _PAYOUT_TEXTS)
    numbers = (cents(table["amount"]), days(table["payout_date"]), days(table["credit_to"]))
    amount, payout_date, credit_to = (column.tolist() for column in numbers)
    return [
        Promise(payout_id[at], rma[at], order[at], reference_[at], currency[at], amount[at], night.day, *window)
        for at, window in enumerate(zip(payout_date, credit_to, strict=True))
    ]


def _by_entry(entries: pa.Table, ids: Sequence[str]) -> dict[str, pa.Table]:
    """The lines of each payout entry; they stand together."""
    found: dict[str, pa.Table] = {}
    start = 0
    for at in range(1, len(ids) + 1):
        if at == len(ids) or ids[at] != ids[start]:
            found[ids[start]] = entries.slice(start, at - start)
            start = at
    return found


@dataclass(frozen=True)
class Addresses:
    """How a processor's row finds our order: references and order numbers, each with the orders that bear it."""

    references: dict[str, set[str]]
    orders: dict[str, set[str]]

    def order_of(self, references: Sequence[str], orders: Sequence[str]) -> str | None:
        """Our order, None where no promise bears these names. The first name that belongs to one order decides."""
        found: list[set[str]] = []
        for known, names, form in ((self.references, references, reference), (self.orders, orders, bare)):
            found += [known[form(name)] for name in names if form(name) in known]
        sure = [some for some in found if len(some) == 1]
        return min((sure or found)[0]) if found else None


def addresses(promises: Sequence[Promise]) -> Addresses:
    """The names of the orders that have promises."""
    references: dict[str, set[str]] = {}
    orders: dict[str, set[str]] = {}
    for promise in promises:
        orders.setdefault(bare(promise.order_number), set()).add(promise.order_number)
        for name in re.split(r"[\s,;+]+", promise.payment_reference):
            if name:
                references.setdefault(reference(name), set()).add(promise.order_number)
    return Addresses(references, orders)


def bare(order: str) -> str:
    """An order number without the sign that Shopify writes before it."""
    return order.removeprefix("#")


def reference(name: str) -> str:
    """A payment reference as it is compared: of Shopify's only the checkout, which both sides have."""
    found = CHECKOUT.fullmatch(name)
    return found[1] if found else name
