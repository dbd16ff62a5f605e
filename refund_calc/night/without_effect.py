"""Tonight's new resolutions that changed nothing tonight, and why: silence is no answer (rulebook 8)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import pandas as pd

from refund_calc.columns.aliases import Ints
from refund_calc.columns.sparse import SparseColumn
from refund_calc.history.resolution import Resolution
from refund_calc.night.in_force import WITHDRAW, InForce, rows_of_rmas
from refund_calc.night.scope import NightColumns
from refund_calc.night.verdicts import ALREADY_DECIDED, DUPLICATE, HOLD, REJECT, Verdicts, found
from refund_calc.policy.deductions import DEDUCTIONS
from refund_calc.policy.findings import BIT, BY_CODE, STOPPABLE, stage_c
from refund_calc.policy.money import dollar_text, known


@dataclass(frozen=True)
class WithoutEffect:
    """A new resolution that changed nothing tonight, and the reason in words; it may still count on later nights."""

    resolution: Resolution
    reason: str


@dataclass(frozen=True)
class Looked:
    """What some of tonight's lines say of one new resolution. What different lines say adds up."""

    is_busy: bool  # it dropped, rejected or took back something
    is_withdrawn: bool  # a later new one took it back
    is_named: bool = False  # it speaks of a line
    counts: bool = False  # of all that speak of a line, it is the one that counts
    unsettled: bool = False  # on a line that was not decided before
    changes: bool = False  # it answers a missing price of a line that is held all the same
    rejected: bool = False  # a line that it counts on is rejected
    first: tuple[str, str] | None = None  # order_number and order_line of the first line that has what it speaks of
    of_first: str = ""  # why it changed nothing there

    def __add__(self, other: "Looked") -> "Looked":
        having = sorted((one.first, one.of_first) for one in (self, other) if one.first)
        first, of_first = having[0] if having else (None, "")
        flags = ("is_busy", "is_withdrawn", "is_named", "counts", "unsettled", "changes", "rejected")
        return Looked(**{f: getattr(self, f) or getattr(other, f) for f in flags}, first=first, of_first=of_first)


@dataclass(frozen=True)
class _Tonight:
    """What a reason is found in."""

    columns: NightColumns  # with the facts of all stages
    verdicts: Verdicts
    resolutions: InForce
    counted: frozenset[int]  # the ids of the resolutions that were not withdrawn
    priced_rows: Mapping[str, frozenset[int]]  # by deduction
    return_types: Mapping[int, str]  # of the lines in question


def look_at(
    new: Sequence[Resolution],
    took_effect: Iterable[Resolution],
    columns: NightColumns,
    verdicts: Verdicts,
    resolutions: InForce,
) -> tuple[Looked, ...]:
    """What these lines say of each of tonight's new resolutions, in their order.

    `took_effect` are the resolutions that dropped or rejected something; withdrawals that took something back, and what
    answers a missing price of damage on a line that is held all the same, are known here.
    """
    busy = {id(resolution) for resolution in (*took_effect, *resolutions.counted.withdrawals)}
    idle = [resolution for resolution in new if id(resolution) not in busy]
    if not idle:
        return (Looked(is_busy=True, is_withdrawn=False),) * len(new)
    counted = frozenset(map(id, resolutions.counted.resolutions))
    rows_of = rows_of_rmas(columns.lines.frame, {resolution.rma_number for resolution in idle})
    places = [row for named in rows_of.values() for row, _, _ in named]
    types = dict(zip(places, map(str, columns.lines.frame["return_type"].array.take(places)), strict=True))
    tonight = _Tonight(columns, verdicts, resolutions, counted, _priced_rows(idle, columns, resolutions), types)
    looked = []
    for resolution in new:
        if id(resolution) in busy:
            looked.append(Looked(is_busy=True, is_withdrawn=False))
            continue
        named = rows_of.get(resolution.rma_number, ())
        keys = {row: (order, line) for row, order, line in named if resolution.names(order, line)}
        looked.append(_looked(resolution, keys, tonight))
    return tuple(looked)


def _looked(resolution: Resolution, keys: Mapping[int, tuple[str, str]], tonight: _Tonight) -> Looked:
    """What the lines that an idle resolution speaks of say of it; `keys` are their order and line, by position."""
    withdrawn = resolution.action != WITHDRAW and id(resolution) not in tonight.counted
    if resolution.action == WITHDRAW or withdrawn or not keys:
        return Looked(is_busy=False, is_withdrawn=withdrawn, is_named=bool(keys))
    by_row, verdicts = tonight.resolutions.by_code[resolution.code], tonight.verdicts
    mine = [row for row in keys if by_row[row] is resolution]
    having = [row for row in mine if _has(resolution, row, tonight)]
    decisions = verdicts.decision[mine].tolist()
    return Looked(
        is_busy=False,
        is_withdrawn=False,
        is_named=True,
        counts=bool(mine),
        unsettled=any(decision not in (ALREADY_DECIDED, DUPLICATE) for decision in decisions),
        changes=not tonight.priced_rows.get(resolution.code, frozenset()).isdisjoint(having),
        rejected=REJECT in decisions,
        first=keys[having[0]] if having else None,
        of_first=_why_there(resolution, having[0], tonight) if having else "",
    )


def _has(resolution: Resolution, row: int, tonight: _Tonight) -> bool:
    """Whether a line has the deduction, or is held by the finding, that needs an amount."""
    if resolution.code in DEDUCTIONS:
        return tonight.return_types[row] in DEDUCTIONS[resolution.code].types
    return _allows_an_amount(resolution) and bool(tonight.verdicts.codes[row] & BIT[resolution.code])


def _allows_an_amount(resolution: Resolution) -> bool:
    return (
        resolution.code not in STOPPABLE
        and resolution.action == "allow"
        and BY_CODE[resolution.code].answers.allow_needs_amount
    )


def _why_there(resolution: Resolution, row: int, tonight: _Tonight) -> str:
    """Why it changed nothing on a line that has what it speaks of."""
    if resolution.code not in DEDUCTIONS:
        return _why_not_enough(resolution, row, tonight)
    state = {HOLD: "held", REJECT: "rejected"}.get(int(tonight.verdicts.decision[row]), "not looked at")
    return f"is {state} tonight; the {resolution.code} counts once it is refunded"


def without_effect(new: Sequence[Resolution], looked: Sequence[Looked]) -> tuple[WithoutEffect, ...]:
    """Those of tonight's new resolutions that changed nothing, in their order; `looked` is what all lines say."""
    told = []
    for resolution, said in zip(new, looked, strict=True):
        if not said.is_busy and (reason := _why(resolution, said)):
            told.append(WithoutEffect(resolution, f"{_subject(resolution)} {reason}"))
    return tuple(told)


def _subject(resolution: Resolution) -> str:
    """What it speaks of: `RMA-12 line 1`, or `RMA-12`."""
    return resolution.rma_number + (f" line {resolution.order_line}" if resolution.order_line else "")


def _why(resolution: Resolution, said: Looked) -> str:
    """Why it changed nothing, as the end of a sentence about its subject; blank: it did change something."""
    code, action = resolution.code, resolution.action
    if action == WITHDRAW:
        return f"has no resolution for {code} that could be withdrawn"
    if said.is_withdrawn:
        return f"has a later row that withdraws this {action} of {code}"
    if not said.is_named:
        return "is not in tonight's returns"
    if not said.counts:
        return f"has another resolution for {code}, which counts instead"
    if not said.unsettled:
        return "was decided before, and nothing of it has changed"
    if code in DEDUCTIONS and not said.first:
        return f"has no {code}: it is for {' and '.join(DEDUCTIONS[code].types)} only"
    if said.changes:
        return ""
    if code in STOPPABLE:
        return _why_no_stop(action, code, said)
    return said.of_first or f"is not {'rejected' if BY_CODE[code].severity == 'reject' else 'held'} by {code}"


def _priced_rows(
    idle: Iterable[Resolution], columns: NightColumns, resolutions: InForce
) -> Mapping[str, frozenset[int]]:
    """Deduction -> the lines that would have more findings at stage C without what these resolutions set for it."""
    said = {id(resolution) for resolution in idle}
    found_rows: dict[str, frozenset[int]] = {}
    for deduction in DEDUCTIONS:
        fact = f"{deduction}_answer"  # what rules ask for of some deductions
        by_row = resolutions.by_code.get(deduction, {}) if fact in columns.facts else {}
        rows = np.array(sorted(row for row, r in by_row.items() if id(r) in said), np.int64)
        rows = rows[columns.version[rows] >= 0]
        unanswered = SparseColumn(rows, pd.array([pd.NA] * len(rows), dtype="Int64"))
        bare = replace(columns, facts=MappingProxyType({**columns.facts, fact: unanswered}))
        found_rows[deduction] = frozenset(_rows_that_differ(columns, bare, rows))
    return found_rows


def _rows_that_differ(one: NightColumns, other: NightColumns, rows: Ints) -> list[int]:
    """The lines that do not have the same findings at stage C by both."""
    differing: list[int] = []
    for (some, scope), (_, other_scope) in zip(one.by_version(rows), other.by_version(rows), strict=True):
        findings = (found(stage_c.FINDINGS, named, len(some)) for named in (scope, other_scope))
        differing += some[np.not_equal(*findings)].tolist()
    return differing


def _why_no_stop(action: str, code: str, said: Looked) -> str:
    """A stop, or what lifts one, of lines that were decided without it."""
    if action == "allow":
        return f"is not held by {code}"
    if said.rejected:
        return "is rejected all the same"
    return "is held before the policy is looked at; the stop counts after that"


def _why_not_enough(resolution: Resolution, row: int, tonight: _Tonight) -> str:
    """An allow up to an amount of a line that is held all the same."""
    finding = BY_CODE[resolution.code]
    figure = int(known(tonight.columns.scope(np.array([row]))[finding.value])[0])
    if (resolution.amount or 0) < figure:
        amount = dollar_text(resolution.amount or 0)
        return f"is held by {finding.code}: {amount} is less than {dollar_text(figure)}"
    return f"is held by {finding.code}: another line of its order has no such answer"
