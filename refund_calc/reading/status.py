"""Where the refunds stand after the last night: open payouts, held dollars, the promise, the last nights."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from refund_calc.columns.written import iso
from refund_calc.history.record import Run
from refund_calc.history.store_sqlite import open_to_read
from refund_calc.policy.calendars import business_days
from refund_calc.policy.money import dollar_text, total

NEAREST, LAST_NIGHTS = 10, 10
AGES = ((7, "to 7 days"), (30, "8-30 days"), (60, "31-60 days"), (10**6, "over 60"))  # most days, heading
KEY = ["rma_number", "order_number", "order_line"]
NO_LINE = ("malformed-row", "invalid-resolution")  # held findings that belong to no line of the register


@dataclass(frozen=True)
class Table:
    """A heading and rows of text; columns named in `numbers` stand to the right."""

    title: str
    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    words: int = 1  # how many columns are words, the first ones
    empty: str = "none"

    def lines(self) -> Iterator[str]:
        yield self.title
        if not self.rows:
            yield f"  {self.empty}"
            return
        widths = [max(map(len, column)) for column in zip(self.header, *self.rows, strict=True)]
        for row in (self.header, *self.rows):
            cells = (
                cell.ljust(width) if at < self.words else cell.rjust(width)
                for at, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            yield "  " + "  ".join(cells).rstrip()


def _unknown_as_minus_1(findings: pa.Table) -> pa.Table:
    """Whole numbers stay whole numbers in pandas."""
    columns = [c.fill_null(-1) if c.type == pa.int64() else c for c in findings.columns]
    return pa.table(columns, names=findings.column_names)


def status(store_path: Path) -> str:
    """What `refund-calc status` prints. Raises NoInput where there is no history."""
    store = open_to_read(store_path)
    try:
        runs, open_payouts = store.runs(), store.open_payouts()
        last = runs[-1] if runs else None
        found = _unknown_as_minus_1(store.findings(last.night)).to_pandas() if last else None
    finally:
        store.close()
    if last is None:
        return "No night has been run yet."
    held = found[found["severity"] == "hold"] if found is not None else pd.DataFrame()
    tables = (_payouts(open_payouts), _held(held, last), _promise(held, last), _nights(runs))
    text = [f"After the night of {iso(last.night)}, in {last.currency}"]
    for table in tables:
        text += ["", *table.lines()]
    return "\n".join(text)


def _payouts(found: dict[int, tuple[int, int]]) -> Table:
    rows = [(iso(day), f"{count:,}", _money(cents)) for day, (count, cents) in found.items() if count]
    if rows:
        counts, cents = zip(*found.values(), strict=True)
        rows.append(("in all", f"{sum(counts):,}", _money(sum(cents))))
    return Table("Open payouts, by the date on which the money leaves", ("payout date", "payouts", "dollars"), rows)


def _held(held: pd.DataFrame, last: Run) -> Table:
    """Dollars by reason and age. A line with two findings counts under each, and once in all, with its greater age."""
    held = held.assign(age=last.night - held["first_seen"])
    held["dollars"] = held["claim_amount"].clip(lower=0)  # unknown is -1
    parts = held[held["code"].isin(NO_LINE)]
    lines = held[~held["code"].isin(NO_LINE)]
    by = {"age": "max", "dollars": "max"}
    rows = []
    for code, some in lines.groupby([*KEY, "code"], as_index=False).agg(by).groupby("code"):
        rows.append(_by_age(str(code), some))
    rows += [_by_age(str(code), some) for code, some in parts.groupby("code")]
    rows.sort()
    if rows:
        rows.append(_by_age("lines in all, each once", lines.groupby(KEY, as_index=False).agg(by)))
    header = ("reason", "lines", *(heading for _, heading in AGES), "dollars claimed")
    return Table("Held, by reason and by days since it was first seen (dollars)", header, rows)


def _by_age(name: str, some: Any) -> tuple[str, ...]:
    age, dollars = some["age"].to_numpy(np.int64), some["dollars"].to_numpy(np.int64)
    bucket = np.searchsorted([most for most, _ in AGES], age)
    in_bucket = (total(dollars[bucket == at]) for at in range(len(AGES)))
    return (name, f"{len(some):,}", *map(_money, in_bucket), _money(total(dollars)))


def _promise(held: pd.DataFrame, last: Run) -> Table:
    """The held lines whose due date is nearest or longest past (RP-10)."""
    due = held[held["due_date"] >= 0]
    lines = due.groupby(KEY, as_index=False).agg(
        {"due_date": "min", "claim_amount": "max", "code": lambda codes: ";".join(sorted(set(codes)))}
    )
    lines = lines.sort_values(["due_date", *KEY]).head(NEAREST)
    business = business_days([date.fromisoformat(day) for day in json.loads(last.closures)])
    left = business.left(last.night, lines["due_date"].to_numpy(np.int64))
    rows = [
        (*(str(row[name]) for name in KEY), row["code"], iso(row["due_date"]), str(days), _money(row["claim_amount"]))
        for row, days in zip(lines.to_dict("records"), left.tolist(), strict=True)
    ]
    header = ("RMA", "order", "line", "held by", "due date", "business days left", "dollars")
    title = f"Held lines nearest to or past the promise, the first {NEAREST} (negative: days past it)"
    return Table(title, header, rows, words=4)


def _nights(runs: list[Run]) -> Table:
    columns = ("rows", "refund", "hold", "reject", "duplicate", "already-decided", "malformed")
    rows = []
    for run in runs[-LAST_NIGHTS:]:
        totals = json.loads(run.totals)
        counts, paid = totals["returns"], totals["payouts"]
        in_columns = (f"{counts[name]:,}" for name in columns)
        amount = _grouped(paid["amount"])
        rows.append((iso(run.night), *in_columns, f"{paid['rows']:,}", amount, iso(run.payout_date)))
    header = ("night", *columns, "payouts", "dollars", "payout date")
    return Table(f"The last {len(rows)} of {len(runs):,} nights", header, rows)


def _money(cents: int) -> str:
    return _grouped(dollar_text(cents))


def _grouped(dollars: str) -> str:
    whole, _, decimals = dollars.partition(".")
    return f"{int(whole):,}.{decimals}"
