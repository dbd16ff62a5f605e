"""One store whose nights are run one after the other.

The clean line of tests.stories is 100.00 + 8.00 tax - 7.50 return shipping = 100.50, refunded on Friday 2026-03-20
and paid out on the next bank day, Monday 03-23.
"""

from datetime import date
from pathlib import Path

import pytest

from refund_calc.errors import BadData
from refund_calc.runs.nightly import Summary
from tests import product
from tests.stories import AS_OF, DATA, Night, Reports, a_return

FRIDAY, MONDAY, TUESDAY, WEDNESDAY = (date(2026, 3, day) for day in (20, 23, 24, 25))
assert FRIDAY == AS_OF
CLEAN = Night([a_return()])


class Store:
    """One store: its output folder, its history, its policy. Nights are run on it one after the other."""

    def __init__(self, folder: Path, *policies: dict) -> None:
        self.folder, self.out, self.count = folder, folder / "out", 0
        self.policy = product.write_policies(policies, folder / "policy") if policies else DATA / "policy"

    def run(self, night: Night, **options) -> Summary:
        self.count += 1
        inputs = product.write_files(night.all_files(), self.folder / f"in{self.count}")
        return product.run(inputs, self.policy, night.as_of, self.out, **options)

    def night(self, night: Night, **options) -> Reports:
        self.run(night, **options)
        return self.reports(night.as_of)

    def reports(self, as_of: date) -> Reports:
        return Reports(**product.read_night(self.out, as_of))

    def stopped(self, night: Night, **options) -> str:
        """The line that a night stops with; exit 65, and not a byte changed."""
        before = self.everything()
        with pytest.raises(BadData) as stopped:
            self.run(night, **options)
        assert stopped.value.exit_code == 65
        assert self.everything() == before
        return str(stopped.value)

    def everything(self) -> dict[str, tuple[bytes, int]]:
        """Name -> bytes and time of change of every file."""
        files = (path for path in self.out.rglob("*") if path.is_file())
        return {str(path.relative_to(self.out)): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def posted(reports: Reports) -> list[tuple[str, str, str, str]]:
    """entry_id, posting_date, account and amount of the payout entries' journal lines."""
    rows = (row for row in reports.ledger if row["entry_id"].startswith("PAYOUT:"))
    return [(r["entry_id"], r["posting_date"], r["account"], r["debit"] or r["credit"]) for r in rows]


def on(as_of: date, *returns: dict, **parts) -> Night:
    return Night(returns, as_of=as_of, **parts)
