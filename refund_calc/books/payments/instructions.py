"""Payouts of published nights as instructions for a processor: what it can pay, and what it cannot."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.books.entries import nights_of, no_night
from refund_calc.books.export import Exported, Period
from refund_calc.books.published import cents, report
from refund_calc.columns.aliases import Ints
from refund_calc.columns.counted import counted
from refund_calc.errors import BadData, NoInput
from refund_calc.history.nights import PAYOUTS_CSV
from refund_calc.policy.money import dollar_text, dollars, total
from refund_calc.reports.csv_blocks import exported, quoted

TEXTS = ("payout_id", "order_number", "payment_method", "payment_reference")
WANTED = (*TEXTS, "amount", "currency")
LEFT = ("payout_id", "order_number", "payment_method", "payment_reference", "amount", "currency", "why")
NAMED = 5  # payouts of another processor that a notice names


@dataclass(frozen=True)
class Payouts:
    """Payouts in the order of their nights and RMAs; texts as they came."""

    texts: Mapping[str, pa.Array]  # by name: TEXTS
    amount: Ints  # cents, above 0
    currency: str

    def __len__(self) -> int:
        return len(self.amount)

    def take(self, rows: Ints) -> "Payouts":
        places = pa.array(rows)
        texts = {name: column.take(places) for name, column in self.texts.items()}
        return Payouts(texts, self.amount[rows], self.currency)


@dataclass(frozen=True)
class Instructions:
    """A processor's form of a payout. `refused` says for each payout why it cannot be instructed, null where it can."""

    name: str
    what: str
    refused: Callable[[Payouts], pa.Array]
    write: Callable[[Payouts], bytes]


@dataclass(frozen=True)
class Instructed:
    """The file for the processor, and a CSV of the payouts that are not in it, each with the reason."""

    exported: Exported
    left_out: bytes


def instruct(form: Instructions, period: Period) -> Instructed:
    """The payouts that the nights of a period decided, for a processor. Raises NoInput where no night is in it."""
    payouts = payouts_of(period)
    why = form.refused(payouts)
    paid, left = (np.flatnonzero(np.asarray(mask)).astype(np.int64) for mask in (pc.is_null(why), pc.is_valid(why)))
    notices = [f"{_sum(payouts.take(paid))} of {_sum(payouts)} for {form.name}"]
    if len(left):
        names = ", ".join(payouts.texts["payout_id"].take(pa.array(left[:NAMED])).to_pylist())
        more = f" and {len(left) - NAMED:,} more" if len(left) > NAMED else ""
        notices.append(f"{_sum(payouts.take(left))} left out, to be paid another way: {names}{more}")
    file = form.write(payouts.take(paid))
    left_out = _left_out(payouts.take(left), why.take(pa.array(left)))
    return Instructed(Exported((file,), tuple(notices)), left_out)


def payouts_of(period: Period) -> Payouts:
    """The payouts of the nights of a period. Raises NoInput where no night is in it, BadData for two currencies."""
    nights = nights_of(period.out)
    inside = [night for night in nights if period.first <= night.day <= period.last]
    if not inside:
        raise NoInput(no_night(period.out, nights, period.first, period.last))
    tables = [report(night, PAYOUTS_CSV, WANTED, is_latest=night is nights[-1]) for night in inside]
    table = pa.concat_tables(tables)
    currencies = sorted(pc.unique(table["currency"]).to_pylist()) or [inside[-1].terms.currency]
    if len(currencies) > 1:
        raise BadData(
            f"{PAYOUTS_CSV}: payouts in {' and '.join(currencies)}; choose --from and --to so that there is one"
        )
    texts = {name: pa.concat_arrays([*table[name].chunks, pa.array([], pa.string())]) for name in TEXTS}
    return Payouts(texts, cents(table["amount"]), currencies[0])


def _sum(payouts: Payouts) -> str:
    return f"{counted(len(payouts), 'payout')} ({dollar_text(total(payouts.amount))} {payouts.currency})"


def _left_out(payouts: Payouts, why: pa.Array) -> bytes:
    """A CSV file for people: guarded against formulas, as all reports are."""
    texts = [exported(payouts.texts[name]) for name in TEXTS]
    cells = [*texts, dollars(payouts.amount), pa.repeat(payouts.currency, len(payouts)), quoted(why)]
    lines = pc.binary_join_element_wise(*cells, ",").to_pylist()
    return "".join(f"{line}\n" for line in [",".join(LEFT), *lines]).encode()


def first_reason(size: int, reasons: Sequence[tuple[pa.Array, str]]) -> pa.Array:
    """For each row the first reason whose condition holds, null where none does."""
    why = pa.nulls(size, pa.string())
    for condition, reason in reversed(reasons):
        why = pc.if_else(condition, reason, why)
    return why
