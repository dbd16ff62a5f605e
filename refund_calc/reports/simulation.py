"""A night decided under two policies, side by side: which lines differ, by which clause, by how much."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa

from refund_calc.columns.aliases import Bools, Ints, Numbers
from refund_calc.columns.dictionary import DictionaryColumn
from refund_calc.columns.written import arrow_text
from refund_calc.night.decide import Decided
from refund_calc.night.pricing import claim
from refund_calc.night.verdicts import DECISIONS, HOLD, REFUND, REJECT
from refund_calc.policy.deductions import DEDUCTIONS
from refund_calc.policy.findings import BY_CODE, CodeSets, codes_in, on_refunds
from refund_calc.policy.money import Cents, total
from refund_calc.reports.contracts import SIMULATION
from refund_calc.reports.named import NamedColumns, Report, blocks

GROSS = "gross refund"  # its units take their cumulative shares in another order (rulebook 5)
_STRICTNESS = {REFUND: 0, HOLD: 1, REJECT: 2}


@dataclass(frozen=True)
class Side:
    """A night under one policy, an element per line: cents, 0 where nothing is refunded; `claim` -1 before stage C."""

    decision: Ints
    codes: CodeSets
    net: Cents
    amounts: Mapping[str, Cents]  # the gross refund and each deduction
    claim: Cents
    due: Numbers
    version: Ints

    @staticmethod
    def of(night: Decided) -> "Side":
        """What is compared of a night."""
        size, found = len(night.lines), night.priced.amounts

        def per_line(cents: Cents) -> Cents:
            column = np.zeros(size, np.int64)
            column[night.priced.rows] = cents
            return column

        judged = (night.version >= 0) & np.isin(night.verdicts.decision, list(_STRICTNESS))
        rows, claims, due = np.flatnonzero(judged), np.full(size, -1, np.int64), night.due_date.copy()
        merchandise, tax = claim(night.scope(rows))
        claims[rows] = merchandise + tax
        due[~judged] = pd.NA
        amounts = {GROSS: found.gross_refund, **found.deductions}
        return Side(
            decision=night.verdicts.decision.astype(np.int64),
            codes=night.verdicts.codes,
            net=per_line(found.net_refund),
            amounts={name: per_line(cents) for name, cents in amounts.items()},
            claim=claims,
            due=due,
            version=np.where(judged, night.version, -1),
        )


@dataclass(frozen=True)
class Change:
    """What some lines have in common: what became of them, and why, as (clause, finding or deduction)."""

    what: str
    reasons: tuple[tuple[str, str], ...]

    @property
    def is_decision(self) -> bool:
        return " -> " in self.what


@dataclass(frozen=True)
class Difference:
    """Lines that change in one way, or for one reason; `net` is what is paid more, `claimed` what they claim."""

    lines: int
    net: int
    claimed: int


@dataclass(frozen=True)
class Simulation:
    """A night under the present policy and another one. `rows` are the lines that differ, rising; `group` is per such
    line its place in `changes`."""

    present: Decided
    other: Decided
    sides: tuple[Side, Side]
    rows: Ints
    group: Ints
    changes: tuple[Change, ...]

    @property
    def paid_more(self) -> Cents:
        """Per line: net under the other policy less net under the present one."""
        return self.sides[1].net - self.sides[0].net

    @cached_property
    def claimed(self) -> Cents:
        """Per line: what it claims, by whichever policy judged it; 0 where none did."""
        one, two = (side.claim for side in self.sides)
        return np.maximum(np.where(one >= 0, one, two), 0)

    def changed_decision(self) -> int:
        """How many lines change their decision."""
        return int(np.array([change.is_decision for change in self.changes], np.bool_)[self.group].sum())

    def by_change(self) -> dict[str, Difference]:
        """What became of lines -> how many, each once."""
        words = sorted({change.what for change in self.changes}, key=lambda what: (" -> " not in what, what))
        return {what: self._some([change.what == what for change in self.changes]) for what in words}

    def by_reason(self) -> dict[tuple[str, str, str], Difference]:
        """(Clause, finding or deduction, what became of the line); a line counts under each of its reasons."""
        found = {}
        reasons = {reason for change in self.changes for reason in change.reasons}
        for clause, reason in sorted(reasons, key=lambda one: (one[0][:2], int(one[0][3:]), one[1])):
            for what in self.by_change():
                having = [change.what == what and (clause, reason) in change.reasons for change in self.changes]
                if any(having):
                    found[clause, reason, what] = self._some(having, because=reason)
        return found

    def _some(self, having: list[bool], because: str = "") -> Difference:
        """The lines of these changes; of a reason that decides nothing, its own part of the money."""
        rows = self.rows[np.array(having, np.bool_)[self.group]]
        one, two = self.sides
        if because in one.amounts:
            more = two.amounts[because][rows] - one.amounts[because][rows]
            net = total(more if because == GROSS else -more)
        else:
            decides = not because or bool((one.decision[rows] != two.decision[rows]).any())
            net = total(self.paid_more[rows]) if decides else 0
        return Difference(len(rows), net, total(self.claimed[rows]))

    def report(self) -> Report:
        """The lines that differ, in the order of the register."""
        return Report("simulation", SIMULATION, len(self.rows), self._blocks)

    def _blocks(self) -> Iterator[NamedColumns]:
        for start, stop in blocks(len(self.rows)):
            yield self._columns(self.rows[start:stop], self.group[start:stop])

    def _columns(self, rows: Ints, group: Ints) -> NamedColumns:
        frame = self.present.lines.frame
        clauses = [";".join(sorted({clause for clause, _ in change.reasons})) for change in self.changes]
        reasons = [";".join(reason for _, reason in change.reasons) for change in self.changes]
        columns = {
            **{name: _texts(frame[name].array, rows) for name in ("rma_number", "order_number", "order_line")},
            "change": DictionaryColumn.of(group, [change.what for change in self.changes]),
            "clause": DictionaryColumn.of(group, clauses),
            "reasons": DictionaryColumn.of(group, reasons),
            "claim_amount": pa.array(self.claimed[rows]),
            "net_change": pa.array(self.paid_more[rows]),
        }
        for name, night, side in zip(("present", "other"), (self.present, self.other), self.sides, strict=True):
            codes, sets = pd.factorize(side.codes[rows])
            versions = [version.version for version in night.policies.versions]
            columns |= {
                f"decision_{name}": DictionaryColumn.of(side.decision[rows], DECISIONS),
                f"codes_{name}": DictionaryColumn.of(codes, [";".join(codes_in(int(one))) for one in sets]),
                f"net_{name}": pa.array(side.net[rows], mask=side.decision[rows] != REFUND),
                f"due_{name}": side.due[rows],
                f"policy_version_{name}": DictionaryColumn.of(side.version[rows], versions),
            }
        return NamedColumns(SIMULATION, {name: columns[name] for name in SIMULATION}, len(rows))


def simulation(present: Decided, other: Decided) -> Simulation:
    """Two nights of the same inputs and past, line by line."""
    assert np.array_equal(present.lines.source, other.lines.source), "two nights of the same lines"
    one, two = sides = Side.of(present), Side.of(other)
    amounts = np.zeros(len(present.lines), np.int64)
    both_refund = (one.decision == REFUND) & (two.decision == REFUND)
    for at, name in enumerate(one.amounts):
        amounts |= np.where(both_refund & (one.amounts[name] != two.amounts[name]), 1 << at, 0)
    due = _differs(one.due, two.due)
    rows = np.flatnonzero((one.decision != two.decision) | (one.codes != two.codes) | (amounts != 0) | due)
    return_type = arrow_text(present.lines.frame["return_type"].array)
    table = pd.DataFrame(
        {
            "present": one.decision[rows],
            "other": two.decision[rows],
            "codes_present": one.codes[rows],
            "codes_other": two.codes[rows],
            "amounts": amounts[rows],
            "return_type": return_type.fill_null("").take(pa.array(rows)).to_numpy(zero_copy_only=False),
        }
    )
    groups = table.groupby(list(table), sort=True)
    changes = tuple(_change(list(one.amounts), *key) for key in groups.size().index.tolist())
    return Simulation(present, other, sides, rows, groups.ngroup().to_numpy(np.int64), changes)


def _change(
    names: list[str], decided: int, otherwise: int, codes: int, other_codes: int, amounts: int, return_type: str
) -> Change:
    """What became of lines, and whose findings or deductions did it."""
    before, after = set(codes_in(int(codes))), set(codes_in(int(other_codes)))
    if decided != otherwise:
        # The stricter policy's findings stop the line, or stop it sooner.
        ranks = [_STRICTNESS.get(decision, 0) for decision in (decided, otherwise)]
        stopping = before if ranks[0] > ranks[1] else after
        what, why = f"{DECISIONS[decided]} -> {DECISIONS[otherwise]}", stopping - (before & after) or stopping
    else:
        what, why = "findings" if before != after else "due date", before ^ after
    reasons = [(BY_CODE[code].clause_for(return_type), code) for code in sorted(why)]
    differing = [name for at, name in enumerate(names) if amounts & 1 << at]
    if differing:
        what = "amount"
    reasons += [(DEDUCTIONS[name].clause if name in DEDUCTIONS else "CT-2", name) for name in differing]
    due = on_refunds.past_deadline.clause_for(return_type)
    return Change(what, tuple(reasons) or ((due, "due_date"),))


def _differs(one: Numbers, two: Numbers) -> Bools:
    unknown = np.asarray(one.isna(), np.bool_), np.asarray(two.isna(), np.bool_)
    days = one.to_numpy(dtype=np.int64, na_value=-1), two.to_numpy(dtype=np.int64, na_value=-1)
    return np.asarray((unknown[0] != unknown[1]) | (days[0] != days[1]), np.bool_)


def _texts(column: object, rows: Ints) -> pa.Array:
    return arrow_text(column).take(pa.array(rows))
