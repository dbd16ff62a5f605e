"""Which resolutions are in force on which of tonight's lines, and which of them took effect (rulebook 8)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Bools, Ints, Numbers
from refund_calc.columns.written import arrow_text
from refund_calc.history.resolution import Key, Resolution
from refund_calc.night.shown import texts_at
from refund_calc.policy.findings import BY_CODE, STOPPABLE

ByRow = Mapping[int, Resolution]

WITHDRAW = "withdraw"
STOPS = ("stop", "reject")  # what holds a line back, said of a finding that people bring about


class Keyed(Protocol):
    """Lines, or keys without a line: `frame` has at least the three key columns."""

    @property
    def frame(self) -> pd.DataFrame: ...

    def __len__(self) -> int: ...


@dataclass(frozen=True)
class Effect:
    """A resolution took effect on a line."""

    row: int
    resolution: Resolution


@dataclass(frozen=True)
class Counted:
    """What still counts of the resolutions that ever came into force, oldest first.

    Withdrawals count in themselves no more than what they take back; `withdrawals` are those that took something back.
    """

    resolutions: tuple[Resolution, ...] = ()
    withdrawals: tuple[Resolution, ...] = ()


@dataclass(frozen=True)
class InForce:
    """The one resolution in force per line and code (or deduction).

    A line's own beats the RMA's, then the latest wins; of a finding that people bring about simply the latest.
    """

    by_code: Mapping[str, ByRow]
    named_tonight: Bools  # per line: a resolution that came into force tonight speaks of it, and not to stop it
    counted: Counted = Counted()
    lifted: frozenset[int] = frozenset()  # lines that an earlier stop or reject speaks of, and the latest allows

    def has(self, code: str) -> bool:
        """Whether anybody answered this code or deduction."""
        return code in self.by_code

    def answers(self, code: str, action: str) -> ByRow:
        """Lines whose resolution for this code has this action."""
        found = self.by_code.get(code, {})
        return {row: r for row, r in sorted(found.items()) if r.action == action}

    def rows(self, code: str, action: str) -> Ints:
        """The same lines, rising."""
        return np.array(sorted(self.answers(code, action)), np.int64)

    def figure(self, deduction: str) -> Numbers:
        """Per line the cents a person set for a deduction (waived: 0), NA where nobody did."""
        size = len(self.named_tonight)
        values, unknown = np.zeros(size, np.int64), np.ones(size, np.bool_)
        for row, resolution in self.by_code.get(deduction, {}).items():
            values[row], unknown[row] = resolution.amount or 0 if resolution.action == "set-amount" else 0, False
        return pd.arrays.IntegerArray(values, unknown)

    def allowed_up_to(self, code: str, rows: Ints, approvers: Sequence[str] = ()) -> Ints:
        """Per row the cents that an allow for this code names, -1 where there is none by one of the `approvers`."""
        said = self.answers(code, "allow").items()
        cents = {row: r.amount or 0 for row, r in said if may_approve(r.resolved_by, approvers)}
        amounts = np.full(len(rows), -1, np.int64)
        at = np.flatnonzero(np.isin(rows, list(cents)))
        amounts[at] = [cents[row] for row in rows[at].tolist()]
        return amounts

    def effects(self, code: str, rows: Iterable[int]) -> tuple[Effect, ...]:
        """What is in force for this code on these lines, as having taken effect."""
        by_row = self.by_code.get(code, {})
        return tuple(Effect(int(row), by_row[int(row)]) for row in rows if int(row) in by_row)


def may_approve(person: str, approvers: Sequence[str]) -> bool:
    """Whether somebody is one of approval.approvers, without regard to case; where nobody is named, anybody is."""
    return not approvers or person.lower() in {name.lower() for name in approvers}


def counted(resolutions: Iterable[Resolution]) -> Counted:
    """What counts tonight of these resolutions, oldest first.

    A withdrawal takes back what was said before of the same code (damage-unpriced: and of damage) and the same scope.
    A rejection that counts once is none any more on a later night.
    """
    kept: dict[int, Resolution] = {}
    said: dict[str, list[int]] = {}  # of an RMA
    withdrawals = []
    for place, resolution in enumerate(resolutions):
        of_rma = said.setdefault(resolution.rma_number, [])
        if resolution.action != WITHDRAW:
            kept[place] = resolution
            of_rma.append(place)
            continue
        taken = [earlier for earlier in of_rma if earlier in kept and withdraws(resolution, kept[earlier])]
        for earlier in taken:
            del kept[earlier]
        if taken:
            withdrawals.append(resolution)
    return Counted(tuple(r for r in kept.values() if r.is_new or not _counts_once(r)), tuple(withdrawals))


def withdraws(resolution: Resolution, earlier: Resolution) -> bool:
    """Whether a resolution takes an earlier one of its RMA back: the same scope, and a code of its."""
    return (
        resolution.action == WITHDRAW
        and resolution.order_line == earlier.order_line
        and earlier.code in _codes_taken_back(resolution.code)
        and earlier.meets(resolution.order_number)
    )


def _codes_taken_back(code: str) -> tuple[str, ...]:
    deduction = BY_CODE[code].answers.deduction if code in BY_CODE else ""
    return (code, deduction) if deduction else (code,)


def _counts_once(resolution: Resolution) -> bool:
    finding = BY_CODE.get(resolution.code)
    return resolution.action == "reject" and finding is not None and finding.answers.reject_counts_once


def in_force(lines: Keyed, resolutions: Iterable[Resolution]) -> InForce:
    """What is in force tonight on some lines or keys. Resolutions are given oldest first."""
    listed = list(resolutions)
    counts = counted(listed)
    rows_of = rows_of_rmas(lines.frame, {r.rma_number for r in listed}) if listed else {}
    named_tonight = np.zeros(len(lines), np.bool_)
    for resolution in listed:
        if resolution.is_new and not _stops(resolution):
            named_tonight[_rows_named(resolution, rows_of)] = True
    by_code: dict[str, dict[int, Resolution]] = {}
    stopped: set[int] = set()
    for resolution in counts.resolutions:
        latest_counts = resolution.code in STOPPABLE
        by_row = by_code.setdefault(resolution.code, {})
        for row in _rows_named(resolution, rows_of):
            if row not in by_row or latest_counts or resolution.order_line or not by_row[row].order_line:
                by_row[row] = resolution
            if _stops(resolution):
                stopped.add(row)
    lifted = {row for code in STOPPABLE for row, r in by_code.get(code, {}).items() if r.action not in STOPS}
    frozen = MappingProxyType({code: MappingProxyType(rows) for code, rows in by_code.items()})
    return InForce(frozen, named_tonight, counts, frozenset(lifted & stopped))


def _stops(resolution: Resolution) -> bool:
    return resolution.code in STOPPABLE and resolution.action in STOPS


def _rows_named(resolution: Resolution, rows_of: Mapping[str, list[tuple[int, str, str]]]) -> list[int]:
    """The lines that a resolution speaks of."""
    return [row for row, order, line in rows_of.get(resolution.rma_number, ()) if resolution.names(order, line)]


def resolved_by(effects: Iterable[Effect]) -> dict[int, str]:
    """Line -> the people whose resolutions took effect on it, sorted, joined by ;."""
    return _joined((effect.row, effect.resolution.resolved_by) for effect in effects)


def answers(effects: Iterable[Effect]) -> dict[int, str]:
    """Line -> the resolutions that took effect on it as `<action> <code>`, sorted, joined by ;."""
    return _joined((effect.row, f"{effect.resolution.action} {effect.resolution.code}") for effect in effects)


def _joined(texts: Iterable[tuple[int, str]]) -> dict[int, str]:
    by_row: dict[int, set[str]] = {}
    for row, text in texts:
        by_row.setdefault(row, set()).add(text)
    return {row: ";".join(sorted(found)) for row, found in by_row.items()}


def rows_of_rmas(frame: pd.DataFrame, rmas: set[str]) -> dict[str, list[tuple[int, str, str]]]:
    """RMA -> its lines as (position, order_number, order_line)."""
    numbers = arrow_text(frame["rma_number"].array)
    rows = np.flatnonzero(
        pc.is_in(numbers, value_set=pa.array(sorted(rmas), pa.string())).to_numpy(zero_copy_only=False)
    )
    keys = (texts_at(frame[name].array, rows) for name in ("rma_number", "order_number", "order_line"))
    found: dict[str, list[tuple[int, str, str]]] = {}
    for row, rma, order, line in zip(rows.tolist(), *keys, strict=True):
        found.setdefault(rma, []).append((row, order, line))
    return found


def known_tonight(frame: pd.DataFrame, rmas: set[str]) -> set[Key]:
    """The keys of tonight's rows, valid or not, of these RMAs."""
    return {(rma, order, line) for rma, rows in rows_of_rmas(frame, rmas).items() for _, order, line in rows}
