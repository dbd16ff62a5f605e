"""Promises without the nights that made them: one order after the other, 96.50 each unless told."""

from datetime import date
from pathlib import Path

import pyarrow as pa

from refund_calc.books.reconcile.movements import Fate, Movement, reported
from refund_calc.books.reconcile.outcome import reconcile
from refund_calc.books.reconcile.promises import Books, Promise
from refund_calc.books.reconcile.result import Reconciled

EPOCH = date(1970, 1, 1)


def day(text: str) -> int:
    return (date.fromisoformat(text) - EPOCH).days


NIGHT, DUE, CREDIT_TO = (day(text) for text in ("2026-03-20", "2026-03-23", "2026-04-06"))


def promise(payout_id: str = "R1/1", cents: int = 9650, **given) -> Promise:
    """One that is made on 2026-03-20, due on 03-23 and in the bank by 04-06."""
    values = {
        "payout_id": payout_id,
        "rma_number": payout_id.split("/")[0],
        "order_number": "1001",
        "payment_reference": "PAY-1001",
        "currency": "USD",
        "cents": cents,
        "night": NIGHT,
        "payout_date": DUE,
        "credit_to": CREDIT_TO,
    }
    return Promise(**values | given)


def books(*promises: Promise) -> Books:
    """Ledgers that agree with these promises, all of them posted."""
    approved: dict[int, int] = {}
    for one in promises:
        approved[one.night] = approved.get(one.night, 0) + one.cents
    posted = {one.payout_id: one.payout_date for one in promises}
    in_order = tuple(sorted(promises, key=lambda one: (one.payout_date, one.payout_id)))
    return Books(in_order, approved, dict.fromkeys(posted, pa.table({})), posted, "USD")


def refund(cents: int = 9650, when: int = DUE, fate: Fate = Fate.REFUND, **given) -> Movement:
    return Movement("f.csv line 2", "made up", fate, when, cents, "USD", orders=("1001",), **given)


def reconciled(promises, *paths: Path, as_of: str = "2026-04-09", **given) -> Reconciled:
    """These promises against these files, from the first night on."""
    ours = books(*promises)
    period = (NIGHT, day(as_of))
    return reconcile(ours, reported(paths, "USD", given.pop("dates", "MDY")), given.pop("settled", {}), period, **given)


def classes(found: Reconciled) -> list[tuple[str, str]]:
    """payout_id, or place, and class of each line."""
    return [(line.promise.payout_id if line.promise else line.places[0], line.outcome.value) for line in found.lines]
