"""hledger: a journal of the period that `hledger check --strict ordereddates` accepts.

A file stands alone: it declares its accounts, and its balance assertions are about what it posts itself.
"""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.books.accounts import Account, Settings
from refund_calc.books.entries import Entries
from refund_calc.books.format import Format, account_names, blank, joined, on_first_lines, running_balances
from refund_calc.columns.groups import starts_of_groups
from refund_calc.columns.written import dates
from refund_calc.policy.money import dollar_text, dollars
from refund_calc.reports.csv_blocks import text_bytes

ROOTS = {"asset": "assets", "liability": "liabilities", "income": "income", "expense": "expenses"}
# Two spaces end a name, ; begins a comment, and brackets around it make a posting virtual.
NAME = re.compile(r"[^\W_](?:[^;\s]| (?=\S))*")


def named(account: Account) -> str:
    """Such as income:4910 Sales returns and allowances."""
    part = " ".join(re.sub(r"[;:]", " ", f"{account.code} {account.name}").split())
    return f"{ROOTS[account.kind]}:{part}"


def fault(name: str) -> str | None:
    if NAME.fullmatch(name):
        return None
    return "hledger takes names that begin with a letter or digit, without ; and without two spaces in a row"


def write(entries: Entries, settings: Settings) -> bytes:
    head = [
        "decimal-mark .",
        f"commodity 1000.00 {entries.currency}",
        "",
        *(f"account {name}" for name in entries.names),
    ]
    begin = joined("\n", dates(entries.posting_date), " * ", _described(entries), "\n")
    posting = ("    ", account_names(entries), "  ", dollars(entries.cents), f" {entries.currency}")
    texts = (on_first_lines(entries, begin), *posting, _assertions(entries), "\n")
    return b"".join([*(f"{line}\n".encode() for line in head), text_bytes(joined(*texts))])


def _described(entries: Entries) -> pa.Array:
    """What the entry is about, its id and its order; a ; would begin a comment, and | a note."""
    order = pc.if_else(pc.equal(entries.order_number, ""), "", joined(", order ", entries.order_number))
    return pc.replace_substring_regex(joined(entries.memo, ", ", entries.entry_id, order), "[;|]", ",")


def _assertions(entries: Entries) -> pa.Array:
    """On the last posting of a day to an account: its balance after it."""
    texts: list[str | None] = [None] * len(entries)
    last = _last_of_day(entries)
    for line, accounts, balances in running_balances(entries):
        day = int(entries.posting_date[line])
        for account, cents in zip(accounts.tolist(), balances.tolist(), strict=True):
            texts[last[day, account]] = f" = {dollar_text(cents)} {entries.currency}"
    return blank(pa.array(texts, pa.string()))


def _last_of_day(entries: Entries) -> dict[tuple[int, int], int]:
    """(day, account) -> the last line of that day to that account."""
    order = np.lexsort((np.arange(len(entries)), entries.account, entries.posting_date))
    starts = starts_of_groups(entries.posting_date[order], entries.account[order])
    lines = order[np.append(starts[1:], True)] if len(order) else order
    keys = zip(entries.posting_date[lines].tolist(), entries.account[lines].tolist(), strict=True)
    return dict(zip(keys, lines.tolist(), strict=True))


FORMAT = Format("hledger", "hledger: one journal with balance assertions", named, fault, write)
