"""Where the refunds stand after the last night: open payouts, held dollars, the promise, the last nights."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Ints
from refund_calc.columns.written import iso
from refund_calc.errors import NoInput
from refund_calc.history import record
from refund_calc.history.nights import PublishedNight, check_files, published
from refund_calc.history.record import file_name
from refund_calc.policy.calendars import business_days
from refund_calc.policy.findings import by_people, stage_a
from refund_calc.policy.money import dollar_text, total

NEAREST, LAST_NIGHTS = 10, 10
AGES = ((7, "to 7 days"), (30, "8-30 days"), (60, "31-60 days"), (10**6, "over 60"))  # most days, heading
KEY = ["rma_number", "order_number", "order_line"]
NO_LINE = (
    stage_a.malformed_row.code,
    by_people.invalid_resolution.code,
)  # held findings that belong to no line of the register


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


def status(out: Path) -> str:
    """What `refund-calc status` prints. Raises NoInput where there is no folder, BadData for a changed record."""
    if not out.is_dir():
        raise NoInput(f"{out}: there is no such folder; give the folder that the nights were written to")
    nights = published(out)
    if not nights:
        return "No night has been run yet."
    last = nights[-1]
    findings = _record(last, "findings", last)
    held = findings.filter(pc.equal(findings["severity"], "hold")).to_pandas()
    tables = (
        _payouts(_open_payouts(nights)),
        _held(held, last),
        _promise(held, last),
        _undated(held, last),
        _nights(nights),
    )
    text = [f"After the night of {last.name}, in {last.terms.currency}"]
    for table in tables:
        text += ["", *table.lines()]
    return "\n".join(text)


def _record(night: PublishedNight, name: str, last: PublishedNight) -> pa.Table:
    """A record file as the program holds it: cents and day numbers, -1 where unknown; unknown texts are blank."""
    check_files(night, (file_name(name),), is_latest=night is last)
    table = record.read(night.folder / file_name(name))
    for at, column in enumerate(record.FILES[name]):
        if column.kind == "money":
            cents = pc.multiply(table[column.name].cast(pa.decimal128(24, 2)), pa.scalar(100, pa.decimal128(3, 0)))
            table = table.set_column(at, column.name, cents.cast(pa.int64()).fill_null(-1))
        elif column.kind == "date":
            days = table[column.name].cast(pa.int32()).cast(pa.int64())
            table = table.set_column(at, column.name, days.fill_null(-1))
        elif column.kind == "text":
            table = table.set_column(at, column.name, table[column.name].fill_null(""))
    return table


def _open_payouts(nights: Sequence[PublishedNight]) -> dict[int, tuple[int, int]]:
    """Payout date -> payouts and cents of the nights whose money has not left by the last night."""
    last = nights[-1]
    found: dict[int, tuple[int, int]] = {}
    for night in nights:
        day = night.terms.payout_date
        if day > last.day:
            net = np.asarray(_record(night, "refunds", last)["net_refund"].to_numpy(), np.int64)
            count, cents = found.get(day, (0, 0))
            found[day] = (count + int((net > 0).sum()), cents + total(net))
    return dict(sorted(found.items()))


def _payouts(found: dict[int, tuple[int, int]]) -> Table:
    rows = [(iso(day), f"{count:,}", _money(cents)) for day, (count, cents) in found.items() if count]
    if rows:
        counts, cents = zip(*found.values(), strict=True)
        rows.append(("in all", f"{sum(counts):,}", _money(sum(cents))))
    return Table("Open payouts, by the date on which the money leaves", ("payout date", "payouts", "dollars"), rows)


def _held(held: pd.DataFrame, last: PublishedNight) -> Table:
    """Dollars by reason and age. A line with two findings counts under each, and once in all, with its greater age."""
    held = held.assign(age=last.day - held["first_seen"])
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
    bucket = _bucket(age)
    in_bucket = (total(dollars[bucket == at]) for at in range(len(AGES)))
    return (name, f"{len(some):,}", *map(_money, in_bucket), _money(total(dollars)))


def _bucket(age: Ints) -> Ints:
    """The place in AGES of each age in days."""
    return np.asarray(np.searchsorted([most for most, _ in AGES], age), np.int64)


def _promise(held: pd.DataFrame, last: PublishedNight) -> Table:
    """The held lines whose due date is nearest or longest past (RP-10)."""
    due = held[held["due_date"] >= 0]
    lines = due.groupby(KEY, as_index=False).agg(
        {"due_date": "min", "claim_amount": "max", "code": lambda codes: ";".join(sorted(set(codes)))}
    )
    lines = lines.sort_values(["due_date", *KEY]).head(NEAREST)
    business = business_days([date.fromisoformat(day) for day in last.terms.closures])
    left = business.left(last.day, lines["due_date"].to_numpy(np.int64))
    rows = [
        (*(str(row[name]) for name in KEY), row["code"], iso(row["due_date"]), str(days), _money(row["claim_amount"]))
        for row, days in zip(lines.to_dict("records"), left.tolist(), strict=True)
    ]
    header = ("RMA", "order", "line", "held by", "due date", "business days left", "dollars")
    title = f"Held lines nearest to or past the promise, the first {NEAREST} (negative: days past it)"
    return Table(title, header, rows, words=4)


def _undated(held: pd.DataFrame, last: PublishedNight) -> Table:
    """Held lines without a due date, which no promise brings to mind, by the age of their oldest finding."""
    by = {"due_date": "max", "first_seen": "min"}
    lines = held[~held["code"].isin(NO_LINE)].groupby(KEY, as_index=False).agg(by)
    age = (last.day - lines[lines["due_date"] < 0]["first_seen"]).to_numpy(np.int64)
    counts = np.bincount(_bucket(age), minlength=len(AGES)).tolist()
    header = ("", "lines", *(heading for _, heading in AGES))
    rows = [("without a due date", f"{len(age):,}", *(f"{count:,}" for count in counts))] if len(age) else []
    return Table("Held lines without a due date, by days since they were first seen", header, rows)


def _nights(nights: Sequence[PublishedNight]) -> Table:
    columns = ("rows", "refund", "hold", "reject", "duplicate", "already-decided", "malformed")
    rows = []
    for night in nights[-LAST_NIGHTS:]:
        totals = night.manifest["control_totals"]
        counts, paid = totals["returns"], totals["payouts"]
        in_columns = (f"{counts[name]:,}" for name in columns)
        amount = _grouped(paid["amount"])
        rows.append((night.name, *in_columns, f"{paid['rows']:,}", amount, iso(night.terms.payout_date)))
    header = ("night", *columns, "payouts", "dollars", "payout date")
    return Table(f"The last {len(rows)} of {len(nights):,} nights", header, rows)


def _money(cents: int) -> str:
    return _grouped(dollar_text(cents))


def _grouped(dollars: str) -> str:
    whole, _, decimals = dollars.partition(".")
    return f"{int(whole):,}.{decimals}"
