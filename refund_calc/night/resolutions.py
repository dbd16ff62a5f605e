"""What people answered: rows of resolutions files, which of them are in force, and on which lines (rulebook 8).

People write these rows, so there are few of them: they are read one by one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Ints
from refund_calc.columns.written import arrow_text
from refund_calc.history.record import Key, Resolution
from refund_calc.inputs.tables import Table
from refund_calc.night.matching import Lines
from refund_calc.policy.findings import BY_CODE

DEDUCTIONS = ("return_shipping", "outbound_shipping", "restocking_fee", "damage", "cancellation_loss")
SETTABLE = ("restocking_fee", "damage", "cancellation_loss")

ALLOWABLE = frozenset(code for code, finding in BY_CODE.items() if finding.allowable)
REJECTABLE = frozenset(
    code
    for code, finding in BY_CODE.items()
    if finding.severity == "hold" and code not in ("malformed-row", "invalid-resolution")  # no line is held by these
)


@dataclass(frozen=True)
class InvalidResolution:
    """A row that can never apply, and why."""

    row: int  # in the table
    field: str
    value: str
    fault: str


def answered(table: Table) -> list[int]:
    """Rows of the table whose action is not blank."""
    blank = table.frame["action"].isna().to_numpy() & ~_bad_in(table, "action")
    return [int(row) for row in np.flatnonzero(~blank)]


def _bad_in(table: Table, name: str) -> Any:
    mask = np.zeros(len(table.frame), np.bool_)
    mask[table.bad.row[table.bad.field == name]] = True
    return mask


def rma_numbers(table: Table) -> set[str]:
    """The RMAs that tonight's answers speak of."""
    return {str(rma) for rma in table.frame["rma_number"].array[answered(table)] if not pd.isna(rma)}


def read_rows(
    table: Table, known: Iterable[Key], past: Iterable[Resolution]
) -> tuple[list[Resolution], list[InvalidResolution]]:
    """Tonight's new resolutions in file order, and the rows that can never apply.

    `known` are the keys that were ever read of the RMAs in question; `past` the resolutions in force, oldest first.
    """
    keys = set(known)
    latest: dict[tuple[str, str, str], list[Resolution]] = {}
    for resolution in past:
        latest.setdefault(resolution.target, []).append(resolution)
    bad = {(int(row), str(name)): str(value) for row, name, value in _bad_cells(table)}
    new, invalid = [], []
    cells = table.frame.iloc[answered(table)]
    for row, values in zip(answered(table), cells.to_dict("records"), strict=True):
        fault = _fault(row, values, bad, keys)
        if fault:
            invalid.append(fault)
            continue
        text = {name: "" if pd.isna(value) else value for name, value in values.items()}
        amount = None if pd.isna(values["amount"]) else int(values["amount"])
        resolution = Resolution(
            text["rma_number"],
            text["order_number"],
            text["order_line"],
            text["code"],
            text["action"],
            amount,
            text["resolved_by"],
        )
        before = latest.setdefault(resolution.target, [])
        if next((r for r in reversed(before) if r.meets(resolution.order_number)), None) != resolution:
            new.append(resolution)
            before.append(resolution)
    return new, invalid


def _bad_cells(table: Table) -> Iterable[tuple[Any, Any, Any]]:
    return zip(table.bad.row, table.bad.field, table.bad.value, strict=True)


def _fault(
    row: int, values: Mapping[str, Any], bad: Mapping[tuple[int, str], str], keys: set[Key]
) -> InvalidResolution | None:
    """Why a row can never apply, or None."""

    def at(name: str, fault: str) -> InvalidResolution:
        value = bad.get((row, name), "" if pd.isna(values[name]) else str(values[name]))
        return InvalidResolution(row, name, value, f'{name}: "{value}" {fault}' if value else f"{name} {fault}")

    for name in ("rma_number", "order_number", "order_line"):
        if (row, name) in bad:
            return at(name, "holds a control character")
    rma, code, action = values["rma_number"], values["code"], values["action"]
    if pd.isna(rma):
        return at("rma_number", "is blank; name the RMA that is answered")
    order = "" if pd.isna(values["order_number"]) else values["order_number"]
    line = "" if pd.isna(values["order_line"]) else values["order_line"]
    if not any(key[0] == rma and order in ("", key[1]) and line in ("", key[2]) for key in keys):
        return at("rma_number", "with this order and line was never read; check the three")
    if pd.isna(values["resolved_by"]):
        return at("resolved_by", "is needed; enter who decided")
    if action not in ("allow", "reject", "waive", "set-amount"):
        return at("action", "is not one of allow, reject, waive, set-amount")
    can = {"allow": ALLOWABLE, "reject": REJECTABLE, "waive": DEDUCTIONS, "set-amount": SETTABLE}[action]
    if pd.isna(code) or code not in can:
        return at("code", f"cannot be answered with {action}")
    if action == "set-amount" and line == "":
        return at("order_line", "is needed: set-amount speaks of one line")
    needs_amount = action == "set-amount" or (action, code) == ("allow", "approval-required")
    if needs_amount and pd.isna(values["amount"]):
        if (row, "amount") in bad:
            return at("amount", "is not an amount such as 12.34")
        return at("amount", f"is needed: {action} of {code} wants one such as 12.34")
    return None


class InForce:
    """The one resolution in force per line and code (or deduction): a line's own beats the RMA's, then the latest."""

    def __init__(self, lines: Lines, resolutions: Iterable[Resolution]) -> None:
        self._by_code: dict[str, dict[int, Resolution]] = {}
        self.named_tonight = np.zeros(len(lines), np.bool_)
        self._effects: set[tuple[int, str]] = set()
        listed = list(resolutions)
        if not listed:
            return
        rows_of = _rows_of(lines, {r.rma_number for r in listed})
        for resolution in listed:  # oldest first
            for row, order_number, order_line in rows_of.get(resolution.rma_number, ()):
                if resolution.names(order_number, order_line):
                    self._put(row, resolution)

    def _put(self, row: int, resolution: Resolution) -> None:
        by_row = self._by_code.setdefault(resolution.code, {})
        if row not in by_row or resolution.order_line or not by_row[row].order_line:
            by_row[row] = resolution
        if resolution.is_new:
            self.named_tonight[row] = True

    def has(self, code: str) -> bool:
        """Whether anybody answered this code or deduction."""
        return code in self._by_code

    def answers(self, code: str, action: str, only_new: bool = False) -> dict[int, Resolution]:
        """Lines whose resolution for this code has this action."""
        found = self._by_code.get(code, {})
        return {row: r for row, r in found.items() if r.action == action and (r.is_new or not only_new)}

    def rows(self, code: str, action: str, only_new: bool = False) -> Ints:
        return np.array(sorted(self.answers(code, action, only_new)), np.int64)

    def figure(self, deduction: str, size: int) -> Any:
        """Per line the amount a person set for a deduction (waived: 0), NA where nobody did."""
        values, unknown = np.zeros(size, np.int64), np.ones(size, np.bool_)
        for row, resolution in self._by_code.get(deduction, {}).items():
            values[row], unknown[row] = resolution.amount or 0 if resolution.action == "set-amount" else 0, False
        return pd.arrays.IntegerArray(values, unknown)

    def took_effect(self, code: str, rows: Iterable[int]) -> None:
        """Remember who made the resolution of this code on these lines."""
        by_row = self._by_code.get(code, {})
        self._effects.update((int(row), by_row[int(row)].resolved_by) for row in rows if int(row) in by_row)

    def resolved_by(self) -> dict[int, str]:
        """Line -> the people whose resolutions took effect on it, sorted, joined by ;."""
        people: dict[int, list[str]] = {}
        for row, name in sorted(self._effects):
            people.setdefault(row, []).append(name)
        return {row: ";".join(names) for row, names in people.items()}


def _rows_of(lines: Lines, rmas: set[str]) -> dict[str, list[tuple[int, str, str]]]:
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
    return {(rma, order, line) for rma, rows in _rows_of(lines, rmas).items() for _, order, line in rows}
