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
from refund_calc.night.verdicts import ALREADY_DECIDED, DUPLICATE, HOLD, REFUND, REJECT, Verdicts, found
from refund_calc.policy.deductions import DEDUCTIONS
from refund_calc.policy.findings import BIT, BY_CODE, STOPPABLE, stage_c
from refund_calc.policy.money import dollar_text, known


@dataclass(frozen=True)
class WithoutEffect:
    """A new resolution that changed nothing tonight, and the reason in words; it may still count on later nights."""

    resolution: Resolution
    reason: str


@dataclass(frozen=True)
class _Tonight:
    """What a reason is found in."""

    columns: NightColumns  # with the facts of all stages
    verdicts: Verdicts
    resolutions: InForce
    counted: frozenset[int]  # the ids of the resolutions that were not withdrawn
    priced_rows: Mapping[str, frozenset[int]]  # by deduction
    return_types: Mapping[int, str]  # of the lines in question


def without_effect(
    new: Sequence[Resolution],
    took_effect: Iterable[Resolution],
    columns: NightColumns,
    verdicts: Verdicts,
    resolutions: InForce,
) -> tuple[WithoutEffect, ...]:
    """Those of tonight's new resolutions that changed nothing, in their order.

    `took_effect` are the resolutions that dropped or rejected something; withdrawals that took something back, and what
    answers a missing price of damage on a line that is held all the same, are known here.
    """
    busy = {id(resolution) for resolution in (*took_effect, *resolutions.counted.withdrawals)}
    idle = [resolution for resolution in new if id(resolution) not in busy]
    if not idle:
        return ()
    counted = frozenset(map(id, resolutions.counted.resolutions))
    rows_of = rows_of_rmas(columns.lines, {resolution.rma_number for resolution in idle})
    places = [row for named in rows_of.values() for row, _, _ in named]
    types = dict(zip(places, map(str, columns.lines.frame["return_type"].array.take(places)), strict=True))
    tonight = _Tonight(columns, verdicts, resolutions, counted, _priced_rows(idle, columns, resolutions), types)
    told = []
    for resolution in idle:
        rows = [row for row, order, line in rows_of.get(resolution.rma_number, ()) if resolution.names(order, line)]
        if reason := _why(resolution, rows, tonight):
            told.append(WithoutEffect(resolution, f"{_subject(resolution)} {reason}"))
    return tuple(told)


def _subject(resolution: Resolution) -> str:
    """What it speaks of: `RMA-12 line 1`, or `RMA-12`."""
    return resolution.rma_number + (f" line {resolution.order_line}" if resolution.order_line else "")


def _why(resolution: Resolution, rows: list[int], tonight: _Tonight) -> str:
    """Why it changed nothing, as the end of a sentence about its subject; blank: it did change something."""
    code, action = resolution.code, resolution.action
    if action == WITHDRAW:
        return f"has no resolution for {code} that could be withdrawn"
    if id(resolution) not in tonight.counted:
        return f"has a later row that withdraws this {action} of {code}"
    if not rows:
        return "is not in tonight's returns"
    by_row = tonight.resolutions.by_code[code]
    mine = [row for row in rows if by_row[row] is resolution]
    if not mine:
        return f"has another resolution for {code}, which counts instead"
    if all(tonight.verdicts.decision[row] in (ALREADY_DECIDED, DUPLICATE) for row in mine):
        return "was decided before, and nothing of it has changed"
    if code in DEDUCTIONS:
        return _why_no_deduction(code, mine, tonight)
    if code in STOPPABLE:
        return _why_no_stop(action, code, mine, tonight)
    if action == "allow" and BY_CODE[code].answers.allow_needs_amount:
        having = [row for row in mine if tonight.verdicts.codes[row] & BIT[code]]
        if having:
            return _why_not_enough(resolution, having[0], tonight)
    return f"is not {'rejected' if BY_CODE[code].severity == 'reject' else 'held'} by {code}"


def _why_no_deduction(deduction: str, rows: list[int], tonight: _Tonight) -> str:
    """A waive or set-amount of lines that are not refunded, or do not have the deduction."""
    having = [row for row in rows if tonight.return_types[row] in DEDUCTIONS[deduction].types]
    if not having:
        return f"has no {deduction}: it is for {' and '.join(DEDUCTIONS[deduction].types)} only"
    if not tonight.priced_rows[deduction].isdisjoint(having):
        return ""
    states = {HOLD: "held", REJECT: "rejected"}
    state = states.get(int(tonight.verdicts.decision[having[0]]), "not looked at")
    return f"is {state} tonight; the {deduction} counts once it is refunded"


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


def _why_no_stop(action: str, code: str, rows: list[int], tonight: _Tonight) -> str:
    """A stop, or what lifts one, of lines that were decided without it."""
    if action == "allow":
        return f"is not held by {code}"
    decisions = tonight.verdicts.decision[rows].tolist()
    if REJECT in decisions:
        return "is rejected all the same"
    assert REFUND not in decisions, "a stop holds every line that it finds"
    return "is held before the policy is looked at; the stop counts after that"


def _why_not_enough(resolution: Resolution, row: int, tonight: _Tonight) -> str:
    """An allow up to an amount of a line that is held all the same."""
    finding = BY_CODE[resolution.code]
    figure = int(known(tonight.columns.scope(np.array([row]))[finding.value])[0])
    if (resolution.amount or 0) < figure:
        amount = dollar_text(resolution.amount or 0)
        return f"is held by {finding.code}: {amount} is less than {dollar_text(figure)}"
    return f"is held by {finding.code}: another line of its order has no such answer"
