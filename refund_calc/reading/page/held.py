"""What is held and whose turn it is; how long lines wait, and how long those took that are paid (RP-10)."""

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from functools import reduce
from operator import add

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Bools, Ints
from refund_calc.columns.written import whole_numbers
from refund_calc.history.past import Past
from refund_calc.night.decide import Decided
from refund_calc.policy.findings import BY_CODE, by_people, stage_a, stage_e
from refund_calc.policy.money import total
from refund_calc.policy.vocabulary import CANCELLATION, TURNS
from refund_calc.reports.exceptions import CODES, Exceptions

AGES = ((2, "0-2"), (5, "3-5"), (10, "6-10"), (10**6, "over 10"))  # most business days, heading
WORST = 10
LONGEST = 20  # business days that the chart tells apart; more stand together
KEY = ("rma_number", "order_number", "order_line")
_NO_LINE = (stage_a.malformed_row.code, by_people.invalid_resolution.code)
_RANK_OF_TURN = np.array([TURNS.index(BY_CODE[code].turn) for code in CODES])
_IS_HELD = np.array([BY_CODE[code].severity == "hold" and code not in _NO_LINE for code in CODES])
_APPROVAL = stage_e.approval_required.code


@dataclass(frozen=True)
class Held:
    """The held lines, those that left the export included: one element each, rows that share a key together.

    `at` is one exception of the line; `turn` a place in TURNS, the first of those that its findings name; `days` the
    business days since its parcel came back or, where none did, since its oldest finding was first seen; `received`
    whether it came back; `claim` cents (0: unknown); `due` the due date, -1 where there is none.
    """

    at: Ints
    turn: Ints
    days: Ints
    received: Bools
    claim: Ints
    due: Ints
    is_for_approval: Bools

    def __len__(self) -> int:
        return len(self.at)


def held(found: Exceptions) -> Held:
    """The held lines of a night."""
    night, size = found.night, len(found.night.lines)
    at = np.flatnonzero(_IS_HELD[found.code])
    row = found.row[at]
    is_left = row < 0  # the export: no row of the register
    line = size + found.cell[at]
    line[~is_left] = night.lines.key[row[~is_left]]
    lines, first, of = np.unique(line, return_index=True, return_inverse=True)
    turn = np.full(len(lines), len(TURNS))
    np.minimum.at(turn, of, _RANK_OF_TURN[found.code[at]])
    since = np.full(len(lines), night.as_of)
    np.minimum.at(since, of, found.first_seen[at])
    is_for_approval = np.zeros(len(lines), np.bool_)
    is_for_approval[of[found.code[at] == CODES.index(_APPROVAL)]] = True
    came = np.full(len(at), -1)
    came[~is_left] = _days(night.scope(row[~is_left])["received_date"])
    is_known = (came >= 0) & (came <= night.as_of)
    received = np.full(len(lines), night.as_of + 1)
    np.minimum.at(received, of[is_known], came[is_known])
    is_back = received <= night.as_of
    amounts = found.amounts_and_dates(at[first])
    return Held(
        at=at[first],
        turn=turn,
        days=-night.calendar.business.left(night.as_of, np.where(is_back, received, since)),
        received=is_back,
        claim=np.asarray(pc.fill_null(amounts["claim_amount"], 0), np.int64),
        due=np.asarray(pc.fill_null(amounts["due_date"], -1), np.int64),
        is_for_approval=is_for_approval,
    )


def _days(column: pd.arrays.IntegerArray) -> Ints:
    return np.asarray(whole_numbers(column).fill_null(-1), np.int64)


def next_due(lines: Held, as_of: int) -> int | None:
    """The first due date of a held line that is not past (day number), None where there is none."""
    ahead = lines.due[lines.due >= as_of]
    return int(ahead.min()) if len(ahead) else None


@dataclass(frozen=True)
class Cell:
    """Lines and cents of one turn and age."""

    lines: int
    claim: int

    def __add__(self, other: "Cell") -> "Cell":
        return Cell(self.lines + other.lines, self.claim + other.claim)


def ageing(lines: Held) -> dict[str, tuple[Cell, ...]]:
    """Turn -> a cell for each of AGES and one for all of them."""
    bucket = np.searchsorted([most for most, _ in AGES], lines.days)
    rows: dict[str, tuple[Cell, ...]] = {}
    for place, turn in enumerate(TURNS):
        is_theirs = lines.turn == place
        in_age = [is_theirs & (bucket == age) for age in range(len(AGES))]
        rows[turn] = tuple(Cell(int(some.sum()), total(lines.claim[some])) for some in (*in_age, is_theirs))
    return rows


def shown_ageing(rows: Mapping[str, tuple[Cell, ...]]) -> dict[str, tuple[Cell, ...]]:
    """The matrix without the turn of nobody where that has no line."""
    return {turn: cells for turn, cells in rows.items() if cells[-1].lines or turn != TURNS[-1]}


def worst(lines: Held) -> Ints:
    """The places of the lines that wait longest, those with more dollars first among equals."""
    return np.lexsort((np.arange(len(lines)), -lines.claim, -lines.days))[:WORST]


@dataclass(frozen=True)
class Waiting:
    """Held lines at one time; amounts in cents."""

    lines: int
    claim: int
    late: int  # past their promise
    approvals: int  # orders that wait for an approval

    def __add__(self, other: "Waiting") -> "Waiting":
        return Waiting(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


def waiting_now(lines: Held, found: Exceptions) -> Waiting:
    """The figures of tonight."""
    night = found.night
    orders = night.lines.order[found.row[lines.at[lines.is_for_approval]]]
    is_late = (lines.due >= 0) & (lines.due < night.as_of)
    return Waiting(len(lines), total(lines.claim), int(is_late.sum()), len(np.unique(orders)))


def waiting_before(past: Past) -> Waiting | None:
    """The same of the night before, by key; None where there was none."""
    if past.last_night is None:
        return None
    held_codes = [code for code, is_held in zip(CODES, _IS_HELD, strict=True) if is_held]
    then = past.findings.filter(pc.is_in(past.findings["code"], pa.array(held_codes)))
    lines = then.group_by(list(KEY)).aggregate([("claim_amount", "max"), ("due_date", "min")])
    late = pc.sum(pc.less(lines["due_date_min"], past.last_night)).as_py() or 0
    approvals = pc.count_distinct(then.filter(pc.equal(then["code"], _APPROVAL))["order_number"]).as_py()
    return Waiting(lines.num_rows, pc.sum(lines["claim_amount_max"]).as_py() or 0, late, approvals)


@dataclass(frozen=True)
class Promise:
    """Lines by business days since receipt, 0 to LONGEST (the last: and more): paid tonight, and held so far."""

    limit: int  # business days promised by the version in force
    paid: tuple[int, ...]
    held: tuple[int, ...]

    @property
    def paid_late(self) -> int:
        return sum(self.paid[self.limit + 1 :])


@dataclass(frozen=True)
class HeldSums:
    """What held lines come to, and how long those took that are paid: of a night, or of a part of it."""

    now: Waiting
    before: Waiting | None  # on the night before; None where there was none
    next_due: int | None
    ageing: Mapping[str, tuple[Cell, ...]]
    paid: tuple[int, ...]  # of Promise
    waiting: tuple[int, ...]  # of Promise: `held`

    def __add__(self, other: "HeldSums") -> "HeldSums":
        before = [one.before for one in (self, other) if one.before]
        due = [one.next_due for one in (self, other) if one.next_due is not None]
        return HeldSums(
            now=self.now + other.now,
            before=reduce(add, before) if before else None,
            next_due=min(due, default=None),
            ageing={turn: tuple(map(add, cells, other.ageing[turn])) for turn, cells in self.ageing.items()},
            paid=tuple(map(add, self.paid, other.paid)),
            waiting=tuple(map(add, self.waiting, other.waiting)),
        )


def held_sums(lines: Held, found: Exceptions, past: Past) -> HeldSums:
    """The sums of the held lines, and of the paid ones of the same night."""
    return HeldSums(
        now=waiting_now(lines, found),
        before=waiting_before(past),
        next_due=next_due(lines, found.night.as_of),
        ageing=ageing(lines),
        paid=_paid(found.night),
        waiting=_bins(lines.days[lines.received]),
    )


def _paid(night: Decided) -> tuple[int, ...]:
    """Paid lines by the business days that they took from receipt to payout."""
    rows = night.priced.rows[night.priced.amounts.net_refund > 0]
    scope = night.scope(rows)
    received = _days(scope["received_date"])
    received = received[(received >= 0) & ~np.asarray(scope["return_type"] == CANCELLATION, np.bool_)]
    return _bins(-night.calendar.business.left(night.calendar.payout_date, received))


def _bins(days: Ints) -> tuple[int, ...]:
    return tuple(np.bincount(np.clip(days, 0, LONGEST), minlength=LONGEST + 1).tolist())


def by_turn(cells: Mapping[str, tuple[Cell, ...]]) -> Cell:
    """All held lines: the sum of the matrix."""
    return Cell(sum(row[-1].lines for row in cells.values()), sum(row[-1].claim for row in cells.values()))
