"""One journal per posting date with one row per account, and how it ties to the entries that it stands for."""

from dataclasses import replace

import numpy as np
import pyarrow as pa

from refund_calc.books.entries import Entries
from refund_calc.columns.aliases import Ints
from refund_calc.columns.counted import counted
from refund_calc.columns.written import iso
from refund_calc.errors import ControlTotalFailed
from refund_calc.policy.money import dollar_text, total


def summarised(entries: Entries) -> Entries:
    """The balance of each account on each posting date; accounts that come to 0.00 are left out."""
    width = max(len(entries.names), 1)
    keys, row = np.unique(entries.posting_date * width + entries.account, return_inverse=True)
    sums = _sums(entries.cents, np.asarray(row, np.int64), len(keys))
    keys, sums = keys[sums != 0], sums[sums != 0]
    day = keys // width
    dates, of_date = np.unique(day, return_inverse=True)
    texts = [iso(one) for one in dates.tolist()]

    def per_date(before: str) -> pa.Array:
        return pa.array([before + text for text in texts], pa.string()).take(pa.array(of_date))

    return replace(
        entries,
        posting_date=day,
        entry_id=per_date("SUMMARY:"),
        memo=per_date("refunds and payouts of "),
        order_number=pa.array([""] * len(keys), pa.string()),
        account=keys % width,
        cents=sums,
    )


def _sums(cents: Ints, group: Ints, groups: int) -> Ints:
    sums = np.zeros(groups, np.int64)
    np.add.at(sums, group, cents)
    return sums


def debits(entries: Entries) -> int:
    """The sum of the debits in cents, which is that of the credits."""
    return total(entries.cents[entries.cents > 0])


def totals(entries: Entries) -> str:
    """How many entries and lines, and their debits, for people."""
    count = counted(len(entries.starts), "entry", "entries")
    return f"{count}, {counted(len(entries), 'line')}, debits {_debits(entries)}"


def tie_out(entries: Entries, summary: Entries) -> str:
    """The line that ties a summary to its entries. Raises ControlTotalFailed where an account differs."""
    size = len(entries.names)
    differences = _sums(entries.cents, entries.account, size) - _sums(summary.cents, summary.account, size)
    for at in np.flatnonzero(differences)[:1].tolist():
        off = dollar_text(int(differences[at]))
        raise ControlTotalFailed(f"{entries.names[at]}: the entries and their summary differ by {off}; tell us")
    netted = dollar_text(debits(entries) - debits(summary))
    journals = counted(len(summary.starts), "journal")
    return (
        f"tie-out: {totals(entries)} = summary {journals}, {counted(len(summary), 'row')}, "
        f"debits {_debits(summary)} + {netted} netted within an account and day; difference by account 0.00"
    )


def _debits(entries: Entries) -> str:
    return f"{dollar_text(debits(entries))} {entries.currency}"
