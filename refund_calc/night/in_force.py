"""Which resolutions are in force on which of tonight's lines, and which of them took effect (rulebook 8)."""

from collections.abc import Iterable, Mapping
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
from refund_calc.night.matching import Lines

ByRow = Mapping[int, Resolution]


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
class InForce:
    """The one resolution in force per line and code (or deduction): a line's own beats the RMA's, then the latest."""

    by_code: Mapping[str, ByRow]
    named_tonight: Bools  # per line: a resolution that came into force tonight speaks of it

    def has(self, code: str) -> bool:
        """Whether anybody answered this code or deduction."""
        return code in self.by_code

    def answers(self, code: str, action: str, only_new: bool = False) -> ByRow:
        """Lines whose resolution for this code has this action."""
        found = self.by_code.get(code, {})
        return {row: r for row, r in sorted(found.items()) if r.action == action and (r.is_new or not only_new)}

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

    def effects(self, code: str, rows: Iterable[int]) -> tuple[Effect, ...]:
        """What is in force for this code on these lines, as having taken effect."""
        by_row = self.by_code.get(code, {})
        return tuple(Effect(int(row), by_row[int(row)]) for row in rows if int(row) in by_row)


def in_force(lines: Keyed, resolutions: Iterable[Resolution]) -> InForce:
    """What is in force tonight on some lines or keys. Resolutions are given oldest first."""
    by_code: dict[str, dict[int, Resolution]] = {}
    named_tonight = np.zeros(len(lines), np.bool_)
    listed = list(resolutions)
    rows_of = rows_of_rmas(lines, {r.rma_number for r in listed}) if listed else {}
    for resolution in listed:
        by_row = by_code.setdefault(resolution.code, {})
        for row, order_number, order_line in rows_of.get(resolution.rma_number, ()):
            if not resolution.names(order_number, order_line):
                continue
            if row not in by_row or resolution.order_line or not by_row[row].order_line:
                by_row[row] = resolution
            named_tonight[row] |= resolution.is_new
    return InForce(MappingProxyType({code: MappingProxyType(rows) for code, rows in by_code.items()}), named_tonight)


def resolved_by(effects: Iterable[Effect]) -> dict[int, str]:
    """Line -> the people whose resolutions took effect on it, sorted, joined by ;."""
    people: dict[int, set[str]] = {}
    for effect in effects:
        people.setdefault(effect.row, set()).add(effect.resolution.resolved_by)
    return {row: ";".join(sorted(names)) for row, names in people.items()}


def rows_of_rmas(lines: Keyed, rmas: set[str]) -> dict[str, list[tuple[int, str, str]]]:
    """RMA -> its lines as (position, order_number, order_line)."""
    numbers = arrow_text(lines.frame["rma_number"].array)
    rows = np.flatnonzero(
        pc.is_in(numbers, value_set=pa.array(sorted(rmas), pa.string())).to_numpy(zero_copy_only=False)
    )
    few = lines.frame.iloc[rows]
    found: dict[str, list[tuple[int, str, str]]] = {}
    texts = (
        few[name].astype(object).where(few[name].notna(), "") for name in ("rma_number", "order_number", "order_line")
    )
    for row, rma, order, line in zip(rows, *texts, strict=True):
        found.setdefault(str(rma), []).append((int(row), str(order), str(line)))
    return found


def known_tonight(lines: Lines, rmas: set[str]) -> set[Key]:
    """The keys of tonight's rows, valid or not, of these RMAs."""
    return {(rma, order, line) for rma, rows in rows_of_rmas(lines, rmas).items() for _, order, line in rows}
