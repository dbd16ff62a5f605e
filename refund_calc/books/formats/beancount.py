"""Beancount 3: a whole ledger of the period, which `bean-check` accepts, and refuses when a cent is changed.

A file stands alone: it opens its accounts, and its balance assertions are about what it posts itself.
"""

import re
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.books.accounts import Account, Settings
from refund_calc.books.entries import Entries
from refund_calc.books.format import Format, account_names, blank, joined, on_first_lines, running_balances
from refund_calc.columns.written import dates, iso
from refund_calc.policy.money import dollar_text, dollars
from refund_calc.reports.csv_blocks import text_bytes

ROOTS = {"asset": "Assets", "liability": "Liabilities", "income": "Income", "expense": "Expenses"}
NAME = re.compile(rf"({'|'.join([*ROOTS.values(), 'Equity'])})(:[A-Z0-9][A-Za-z0-9-]*)+")


def named(account: Account) -> str:
    """Such as Income:4910-Sales-returns-and-allowances."""
    words = re.findall(r"[A-Za-z0-9]+", f"{account.code} {account.name}")
    part = "-".join(words)
    return f"{ROOTS[account.kind]}:{part[:1].upper()}{part[1:]}"


def fault(name: str) -> str | None:
    if NAME.fullmatch(name):
        return None
    return (
        f"beancount takes {', '.join(ROOTS.values())} or Equity and after each colon a capital or digit, then letters, "
        "digits and hyphens, such as Income:Returns"
    )


def faults(names: Sequence[str]) -> str | None:
    """A balance assertion of a parent counts its children: no account may stand below another."""
    for name in names:
        for other in names:
            if other.startswith(f"{name}:"):
                return f"{other} stands below {name}, whose balance would count both; name accounts without children"
    return None


def write(entries: Entries, settings: Settings) -> bytes:
    opens = [f"{iso(entries.period[0])} open {name} {entries.currency}" for name in entries.names]
    head = [
        f'option "title" "Refunds {iso(entries.period[0])} to {iso(entries.period[1])}"',
        f'option "operating_currency" "{entries.currency}"',
        "",
        *opens,
    ]
    return b"".join([*(f"{line}\n".encode() for line in head), text_bytes(joined(*_transactions(entries)))])


def _transactions(entries: Entries) -> tuple[pa.Array | str, ...]:
    """The texts of each line: the transaction that begins with it, its posting, the balances after its day."""
    begin = joined(
        *("\n", dates(entries.posting_date), ' * "', _escaped(entries.memo), '"\n  entry: "'),
        *(_escaped(entries.entry_id), '"\n', _order(entries)),
    )
    posting = ("  ", account_names(entries), "  ", dollars(entries.cents), f" {entries.currency}\n")
    return (on_first_lines(entries, begin), *posting, _assertions(entries))


def _order(entries: Entries) -> pa.Array:
    order = joined('  order: "', _escaped(entries.order_number), '"\n')
    return pc.if_else(pc.equal(entries.order_number, ""), "", order)


def _escaped(texts: pa.Array) -> pa.Array:
    return pc.replace_substring(pc.replace_substring(texts, "\\", "\\\\"), '"', '\\"')


def _assertions(entries: Entries) -> pa.Array:
    """After the last line of a day the balances of what moved on it: they hold at the start of the next day.

    Without the tolerance written out, a cent more or less would pass.
    """
    texts: list[str | None] = [None] * len(entries)
    for line, accounts, balances in running_balances(entries):
        day = iso(int(entries.posting_date[line]) + 1)
        texts[line] = "\n" + "".join(
            f"{day} balance {entries.names[account]}  {dollar_text(cents)} ~ 0.00 {entries.currency}\n"
            for account, cents in zip(accounts.tolist(), balances.tolist(), strict=True)
        )
    return blank(pa.array(texts, pa.string()))


FORMAT = Format("beancount", "Beancount 3: one ledger with balance assertions", named, fault, write, faults)
