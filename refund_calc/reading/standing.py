"""Where the refunds stand after the last night, as figures: open payouts, every held line, whose turn it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Bools, Ints
from refund_calc.errors import NoInput
from refund_calc.history import record
from refund_calc.history.nights import PublishedNight, check_files, published
from refund_calc.history.record import cents_of_record, file_name
from refund_calc.policy.calendars import business_days
from refund_calc.policy.findings import BIT, BY_CODE, CodeSets, by_people, codes_in, stage_a
from refund_calc.policy.money import total
from refund_calc.policy.vocabulary import TURNS, Turn

KEY = ["rma_number", "order_number", "order_line"]
NO_LINE = (stage_a.malformed_row.code, by_people.invalid_resolution.code)  # held, and of no line of the register
WAITED = ((2, "0-2"), (5, "3-5"), (10, "6-10"), (10**6, "over 10"))  # most business days, heading


@dataclass(frozen=True)
class HeldLines:
    """Every held line once, an element each; keys that left the export too.

    `first_seen` is the day number of its oldest finding, `due` of its promise (RP-10), -1 where it has none; `claimed`
    cents, 0 where unknown. `left` counts business days to the promise (negative: past it), `waited` those since
    `first_seen`.
    """

    keys: pd.DataFrame  # KEY
    codes: CodeSets
    first_seen: Ints
    due: Ints
    claimed: Ints
    left: Ints
    waited: Ints

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def is_dated(self) -> Bools:
        """Which have a due date."""
        return self.due >= 0

    @property
    def is_late(self) -> Bools:
        """Which are past their promise."""
        return self.is_dated & (self.left < 0)

    def waits_for(self, turn: Turn) -> Bools:
        """Which have a finding whose next step is this one's."""
        return np.asarray(self.codes & _OF_TURN[turn] != 0, np.bool_)

    def by_waiting(self, rows: Bools) -> list[int]:
        """How many of these lines have waited how long: a count per entry of WAITED."""
        place = np.searchsorted([most for most, _ in WAITED], self.waited[rows])
        counts: list[int] = np.bincount(place, minlength=len(WAITED)).tolist()
        return counts

    def worst(self, rows: Bools) -> Ints:
        """Places of these lines: those with a due date by it, then the others, the one seen first ahead."""
        at = np.flatnonzero(rows)
        names = [self.keys[name].to_numpy()[at] for name in reversed(KEY)]
        return at[np.lexsort((*names, self.first_seen[at], self.due[at], ~self.is_dated[at]))]


@dataclass(frozen=True)
class Standing:
    """The state after the last of `nights`. `payouts`: payout date -> how many have not left by then, and cents;
    `held` are the findings by which lines are held, one row each."""

    nights: Sequence[PublishedNight]
    payouts: dict[int, tuple[int, int]]
    held: pd.DataFrame

    @property
    def last(self) -> PublishedNight:
        return self.nights[-1]

    @cached_property
    def lines(self) -> HeldLines:
        """The held lines, in the order of their keys."""
        of_lines = self.held[~self.held["code"].isin(NO_LINE)]
        groups = of_lines.groupby(KEY, sort=True)
        found = groups.agg({"first_seen": "min", "due_date": "max", "dollars": "max"}).reset_index()
        codes = np.zeros(len(found), np.uint64)
        np.bitwise_or.at(codes, groups.ngroup().to_numpy(np.int64), of_lines["code"].map(BIT).to_numpy(np.uint64))
        business = business_days([date.fromisoformat(day) for day in self.last.terms.closures])
        first_seen, due = found["first_seen"].to_numpy(np.int64), found["due_date"].to_numpy(np.int64)
        return HeldLines(
            keys=found[KEY],
            codes=codes,
            first_seen=first_seen,
            due=due,
            claimed=found["dollars"].to_numpy(np.int64),
            left=business.left(self.last.day, np.where(due < 0, self.last.day, due)),
            waited=-business.left(self.last.day, first_seen),
        )


_OF_TURN: dict[Turn, np.uint64] = {
    turn: np.uint64(sum(int(BIT[code]) for code, finding in BY_CODE.items() if finding.turn == turn)) for turn in TURNS
}


def turns_of(codes: int) -> str:
    """Whose turn it is on a line with these findings, in the order of TURNS."""
    found = {BY_CODE[code].turn for code in codes_in(codes)}
    return ", ".join(turn for turn in TURNS if turn in found)


def standing(out: Path) -> Standing | None:
    """The state of OUT, None where no night has been run.

    Raises NoInput where there is no folder, BadData for a record that is not as it was published.
    """
    if not out.is_dir():
        raise NoInput(f"{out}: there is no such folder; give the folder that the nights were written to")
    nights = published(out)
    if not nights:
        return None
    findings = _record(nights[-1], "findings", nights[-1])
    held = findings.filter(pc.equal(findings["severity"], "hold")).to_pandas()
    held["dollars"] = held["claim_amount"].clip(lower=0)  # unknown is -1
    return Standing(nights, _open_payouts(nights), held)


def _record(night: PublishedNight, name: str, last: PublishedNight) -> pa.Table:
    """A record file as the program holds it: cents and day numbers, -1 where unknown; unknown texts are blank."""
    check_files(night, (file_name(name),), is_latest=night is last)
    table = record.read(night.folder / file_name(name))
    for at, column in enumerate(record.FILES[name]):
        if column.kind == "money":
            cents = np.where(np.asarray(table[column.name].is_null()), -1, cents_of_record(table, column.name))
            table = table.set_column(at, column.name, pa.array(cents))
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
    return {day: found[day] for day in sorted(found) if found[day][0]}
