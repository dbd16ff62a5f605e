"""A month of published nights, with ids that files of other programs could trip over; and what its ledgers say."""

import atexit
import csv
import json
import shutil
import tempfile
from collections import defaultdict
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from tests import product
from tests.stories import DATA, Night, Row, a_cancellation, a_refused_delivery, a_refused_order, a_return, an_order
from tests.stories import an_unshipped_order as unshipped

FIRST, LAST = date(2026, 4, 1), date(2026, 4, 30)
SKIPPED = date(2026, 4, 8)  # a bank day without a night: the night after posts what was to be paid on it
ODD = [
    "A;B|C",
    'say "no"\\',
    "x, y",
    "=1+1",
    "'=2",
    "rma-é",
    "L" * 40,
    "R1",
    "r1",
    "date:2026-01-01,",
    "two  spaces",
    "(code) [2026-01-01]",
    "* ! # %",
]
REFERENCES = ("pi_3Nabc", "ch_1Xyz", "py_9", "PAY-1", "")


def rmas(night: int) -> list[str]:
    return [f"RMA-{night}-0", ODD[night % len(ODD)] + ("" if night < len(ODD) else "bis")]


@cache
def days() -> list[date]:
    """Its nights: every working day but one."""
    every = (FIRST + timedelta(n) for n in range((LAST - FIRST).days + 1))
    return [day for day in every if day.weekday() < 5 and day != SKIPPED]


def _night(at: int, day: date) -> Night:
    """A return with deductions, an odd one, a refused delivery and a cancellation."""
    orders: list[Row] = []
    returns: list[Row] = []
    kinds = (
        (an_order, a_return),
        (an_order, a_return),
        (a_refused_order, a_refused_delivery),
        (unshipped, a_cancellation),
    )
    for place, (order, back) in enumerate(kinds):
        rma = [*rmas(at), f"D{at}", f"C{at}"][place]
        number = str(100_000 + 10 * at + place)
        cells = dict(order_number=number, unit_price=f"{40 + at}.{place}7", line_tax="3.33")
        method = dict(payment_method="shopify_payments", payment_reference=REFERENCES[(at + place) % len(REFERENCES)])
        if place == 3:
            method["payment_reference"] = str(77_000 + at)
        orders.append(order(**cells, **method))
        returns.append(back(rma_number=rma, order_number=number))
    returns[0] |= dict(damage_grade="scratch", original_box="no")
    returns[2] |= dict(reason="manufacturing_defect")
    return Night(returns, orders, as_of=day)


@cache
def out() -> Path:
    """OUT of the month, made once."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for at, day in enumerate(days()):
        night = _night(at, day)
        product.run(product.write_files(night.all_files(), folder / f"in{at}"), DATA / "policy", day, folder / "out")
    return folder / "out"


Lines = dict[tuple[str, str], dict[str, int]]
"""(posting date, entry id) -> account code -> cents, a debit positive."""


def ledgers() -> Lines:
    """Every journal line of the month, from the CSV files."""
    found: Lines = defaultdict(lambda: defaultdict(int))
    for day in days():
        for row in product.read_report(out() / str(day) / "ledger.csv"):
            key = row["posting_date"], row["entry_id"]
            found[key][row["account"]] += in_cents(row["debit"]) - in_cents(row["credit"])
    return {key: dict(accounts) for key, accounts in found.items()}


def by_date(lines: Lines) -> dict[str, dict[str, int]]:
    """Posting date -> account -> its balance of that day, without those that come to 0."""
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for (day, _), accounts in lines.items():
        for account, cents in accounts.items():
            found[day][account] += cents
    return {day: {a: c for a, c in accounts.items() if c} for day, accounts in found.items()}


def by_account(lines: Lines) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for accounts in lines.values():
        for account, cents in accounts.items():
            found[account] += cents
    return {account: cents for account, cents in found.items() if cents}


def control_totals() -> list[dict[str, dict[str, str]]]:
    return [json.loads((out() / str(day) / "manifest.json").read_text())["control_totals"] for day in days()]


def account_names() -> dict[str, str]:
    """Account code -> name."""
    rows = csv.DictReader((out() / str(days()[-1]) / "ledger.csv").read_text(encoding="utf-8").splitlines())
    return {row["account"]: row["account_name"] for row in rows}


def in_cents(amount: str) -> int:
    return int(amount.replace(".", "") or 0)
