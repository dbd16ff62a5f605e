"""What `refund-calc status` tells of the standing: tables for a person, JSON for a program."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from refund_calc.columns.aliases import Bools, Ints
from refund_calc.columns.counted import counted
from refund_calc.columns.written import iso
from refund_calc.policy.findings import BY_CODE, codes_in
from refund_calc.policy.money import dollar_text, total
from refund_calc.policy.vocabulary import TURNS
from refund_calc.reading.standing import KEY, NO_LINE, WAITED, HeldLines, Standing, standing, turns_of

SHOWN, LAST_NIGHTS = 10, 10
AGES = ((7, "to 7 days"), (30, "8-30 days"), (60, "31-60 days"), (10**6, "over 60"))  # most days, heading
NO_NIGHT = "No night has been run yet."


@dataclass(frozen=True)
class Table:
    """A heading and rows of text; the first `words` columns stand to the left, numbers to the right."""

    title: str
    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    words: int = 1
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
    """The standing as tables. Raises NoInput where there is no folder, BadData for a changed record."""
    now = standing(out)
    if now is None:
        return NO_NIGHT
    lines = now.lines
    tables = (_payouts(now), _held(now), _turns(lines), _promised(lines), _undated(lines), _nights(now))
    text = [f"After the night of {now.last.name}, in {now.last.terms.currency}"]
    for table in tables:
        text += ["", *table.lines()]
    return "\n".join(text)


def status_json(out: Path) -> str:
    """The standing as one JSON object: every held line, amounts as text with two decimals. Raises as `status`."""
    now = standing(out)
    if now is None:
        return json.dumps({"as_of": None})
    lines, everyone = now.lines, np.ones(len(now.lines), np.bool_)
    content = {
        "as_of": now.last.name,
        "currency": now.last.terms.currency,
        "nights": len(now.nights),
        "open_payouts": [
            {"payout_date": iso(day), "payouts": count, "amount": dollar_text(cents)}
            for day, (count, cents) in now.payouts.items()
        ],
        "held": {
            **_counted(lines, everyone),
            "past_promise": _counted(lines, lines.is_late),
            "without_due_date": _counted(lines, ~lines.is_dated),
            "by_turn": {turn: _counted(lines, lines.waits_for(turn)) for turn in TURNS},
        },
        "lines": [_line(lines, at) for at in lines.worst(everyone).tolist()],
    }
    return json.dumps(content, indent=2, ensure_ascii=False)


def _counted(lines: HeldLines, rows: Bools) -> dict[str, object]:
    """How many lines, what they claim, and how long they have waited in business days."""
    waited = dict(zip((heading for _, heading in WAITED), lines.by_waiting(rows), strict=True))
    return {"lines": int(rows.sum()), "claimed": dollar_text(total(lines.claimed[rows])), "business_days": waited}


def _line(lines: HeldLines, at: int) -> dict[str, object]:
    dated = bool(lines.is_dated[at])
    return {
        **{name: lines.keys[name].iat[at] for name in KEY},
        "codes": codes_in(int(lines.codes[at])),
        "turn": turns_of(int(lines.codes[at])).split(", "),
        "first_seen": iso(int(lines.first_seen[at])),
        "business_days_waited": int(lines.waited[at]),
        "due_date": iso(int(lines.due[at])) if dated else None,
        "business_days_left": int(lines.left[at]) if dated else None,
        "claimed": dollar_text(int(lines.claimed[at])),
    }


def _payouts(now: Standing) -> Table:
    rows = [(iso(day), f"{count:,}", _money(cents)) for day, (count, cents) in now.payouts.items()]
    if rows:
        counts, cents = zip(*now.payouts.values(), strict=True)
        rows.append(("in all", f"{sum(counts):,}", _money(sum(cents))))
    return Table("Open payouts, by the date on which the money leaves", ("payout date", "payouts", "dollars"), rows)


def _held(now: Standing) -> Table:
    """Dollars by reason and age. A line with two findings counts under each, and once in all, with its greater age."""
    held = now.held.assign(age=now.last.day - now.held["first_seen"])
    by = {"age": "max", "dollars": "max"}
    is_line = ~held["code"].isin(NO_LINE)
    rows = [_by_age(str(code), some) for code, some in held[~is_line].groupby("code")]
    each = held[is_line].groupby([*KEY, "code"], as_index=False).agg(by)
    rows += [_by_age(str(code), some) for code, some in each.groupby("code")]
    rows.sort()
    if rows:
        lines = now.lines
        every = pd.DataFrame({"age": now.last.day - lines.first_seen, "dollars": lines.claimed})
        rows.append(_by_age("lines in all, each once", every))
    header = ("reason", "whose turn", "lines", *(heading for _, heading in AGES), "dollars claimed")
    return Table("Held, by reason and by days since it was first seen (dollars)", header, rows, words=2)


def _by_age(name: str, some: pd.DataFrame) -> tuple[str, ...]:
    age, dollars = some["age"].to_numpy(np.int64), some["dollars"].to_numpy(np.int64)
    bucket = np.searchsorted([most for most, _ in AGES], age)
    in_bucket = (total(dollars[bucket == at]) for at in range(len(AGES)))
    turn = BY_CODE[name].turn if name in BY_CODE else ""
    return (name, turn, f"{len(some):,}", *map(_money, in_bucket), _money(total(dollars)))


def _turns(lines: HeldLines) -> Table:
    """Every held line by whose turn it is; the last rows say what part of all is late, and what has no promise."""
    every = np.ones(len(lines), np.bool_)
    parts = {turn: lines.waits_for(turn) for turn in TURNS}
    parts = {turn: rows for turn, rows in parts.items() if rows.any()}
    in_all = {
        "lines in all, each once": every,
        "of these past their promise": lines.is_late,
        "of these without a due date": ~lines.is_dated,
    }
    rows = [
        (
            name,
            f"{int(some.sum()):,}",
            *(f"{count:,}" for count in lines.by_waiting(some)),
            _money(_claimed(lines, some)),
        )
        for name, some in (parts | in_all).items()
    ]
    header = ("", "lines", *(heading for _, heading in WAITED), "dollars claimed")
    title = "Held lines, by whose turn it is and by business days since they were first seen"
    return Table(title, header, rows if len(lines) else ())


def _claimed(lines: HeldLines, rows: Bools) -> int:
    return total(lines.claimed[rows])


def _promised(lines: HeldLines) -> Table:
    """The held lines whose due date is nearest or longest past (RP-10)."""
    late, dated = int(lines.is_late.sum()), int(lines.is_dated.sum())
    first = lines.worst(lines.is_dated)[:SHOWN]
    title = f"Held lines with a due date, {_first(first, dated)}; {late:,} past it (negative: days past it)"
    return _listed(lines, first, title, "due date", "business days left", lines.due, lines.left)


def _undated(lines: HeldLines) -> Table:
    """Held lines without a due date, which no promise brings to mind, by the age of their oldest finding."""
    first = lines.worst(~lines.is_dated)[:SHOWN]
    title = f"Held lines without a due date, {_first(first, int((~lines.is_dated).sum()))}, the oldest first"
    return _listed(lines, first, title, "first seen", "business days", lines.first_seen, lines.waited)


def _first(shown: Ints, of: int) -> str:
    return f"the first {len(shown)} of {of:,}" if len(shown) < of else f"all {of:,}"


def _listed(lines: HeldLines, rows: Ints, title: str, day: str, days: str, dates: Ints, count: Ints) -> Table:
    """Some lines, each with its findings, whose turn it is, a date and how many business days."""
    table = [
        (
            *(str(lines.keys[name].iat[at]) for name in KEY),
            ";".join(codes_in(int(lines.codes[at]))),
            turns_of(int(lines.codes[at])),
            iso(int(dates[at])),
            str(int(count[at])),
            _money(int(lines.claimed[at])),
        )
        for at in rows.tolist()
    ]
    header = ("RMA", "order", "line", "held by", "whose turn", day, days, "dollars")
    return Table(title, header, table, words=5)


def _nights(now: Standing) -> Table:
    columns = ("rows", "refund", "hold", "reject", "duplicate", "already-decided", "malformed")
    rows = []
    for night in now.nights[-LAST_NIGHTS:]:
        totals = night.manifest["control_totals"]
        counts, paid = totals["returns"], totals["payouts"]
        in_columns = (f"{counts[name]:,}" for name in columns)
        amount = _grouped(paid["amount"])
        rows.append((night.name, *in_columns, f"{paid['rows']:,}", amount, iso(night.terms.payout_date)))
    header = ("night", *columns, "payouts", "dollars", "payout date")
    return Table(f"The last {len(rows)} of {counted(len(now.nights), 'night')}", header, rows)


def _money(cents: int) -> str:
    return _grouped(dollar_text(cents))


def _grouped(dollars: str) -> str:
    whole, _, decimals = dollars.partition(".")
    return f"{int(whole):,}.{decimals}"
