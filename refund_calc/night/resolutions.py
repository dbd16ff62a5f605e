"""Rows of resolutions files: the new ones, and those that can never apply (rulebook 8).

People write these rows, so there are few of them: they are read one by one.
"""

from collections.abc import Container, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from refund_calc.columns.aliases import Bools
from refund_calc.history.resolution import Key, Resolution
from refund_calc.inputs.tables import Table
from refund_calc.night.in_force import WITHDRAW, may_approve, withdraws
from refund_calc.policy.deductions import DEDUCTIONS, SETTABLE
from refund_calc.policy.findings import ALLOWABLE, BY_CODE, REJECTABLE, STOPPABLE

_ABOUT_DEDUCTIONS = ("waive", "set-amount")
CAN_ANSWER: dict[str, Container[str]] = {
    "allow": ALLOWABLE,
    "reject": REJECTABLE,
    "stop": STOPPABLE,
    "waive": DEDUCTIONS,
    "set-amount": SETTABLE,
    WITHDRAW: frozenset((*ALLOWABLE, *REJECTABLE, *STOPPABLE, *DEDUCTIONS)),
}


@dataclass(frozen=True)
class InvalidResolution:
    """A row that can never apply, and why."""

    row: int  # in the table
    field: str
    value: str
    fault: str


@dataclass(frozen=True)
class _Row:
    """A row as it was read; `bad` are the cells of the table that break their type."""

    place: int  # in the table
    cells: Mapping[Hashable, object]
    bad: Mapping[tuple[int, str], str]

    def text(self, name: str) -> str:
        """A cell, blank where it is unknown."""
        return "" if pd.isna(self.cells[name]) else str(self.cells[name])

    @property
    def amount(self) -> int | None:
        value = self.cells["amount"]
        return None if pd.isna(value) else int(str(value))

    @property
    def code(self) -> str:
        """The finding or deduction it speaks of: a deduction where somebody answers in the row of the finding."""
        code = self.text("code")
        if self.text("action") in _ABOUT_DEDUCTIONS and code in BY_CODE:
            return BY_CODE[code].answers.deduction or code
        return code

    def is_bad(self, name: str) -> bool:
        return (self.place, name) in self.bad

    def fault(self, name: str, words: str) -> InvalidResolution:
        value = self.bad.get((self.place, name), self.text(name))
        return InvalidResolution(self.place, name, value, f'{name}: "{value}" {words}' if value else f"{name} {words}")

    def resolution(self) -> Resolution:
        return Resolution(
            self.text("rma_number"),
            self.text("order_number"),
            self.text("order_line"),
            self.code,
            self.text("action"),
            self.amount,
            self.text("resolved_by"),
            self.text("note"),
        )


def answered(table: Table) -> list[int]:
    """Rows of the table whose action is not blank."""
    blank = table.frame["action"].isna().to_numpy() & ~_bad_in(table, "action")
    return [int(row) for row in np.flatnonzero(~blank)]


def _bad_in(table: Table, name: str) -> Bools:
    mask = np.zeros(len(table.frame), np.bool_)
    mask[table.bad.row[table.bad.field == name]] = True
    return mask


def rma_numbers(table: Table) -> set[str]:
    """The RMAs that tonight's answers speak of."""
    return {str(rma) for rma in table.frame["rma_number"].array[answered(table)] if not pd.isna(rma)}


def read_rows(
    table: Table, known: Iterable[Key], past: Iterable[Resolution], approvers: Sequence[str] = ()
) -> tuple[list[Resolution], list[InvalidResolution]]:
    """Tonight's new resolutions in file order, and the rows that can never apply.

    `known` are the keys that were ever read of the RMAs in question; `past` the resolutions that came into force
    before, oldest first; `approvers` who may approve a payout (none: anybody).
    """
    keys: dict[str, set[Key]] = {}
    for key in known:
        keys.setdefault(key[0], set()).add(key)
    latest: dict[str, Latest] = {}
    for resolution in past:
        _say(resolution, latest.setdefault(resolution.rma_number, {}))
    bad = {(int(row), str(name)): str(value) for row, name, value in _bad_cells(table)}
    new, invalid = [], []
    cells = table.frame.iloc[answered(table)]
    for place, values in zip(answered(table), cells.to_dict("records"), strict=True):
        row = _Row(place, values, bad)
        fault = _fault_in_key(row, keys) or _fault_in_decision(row, approvers)
        if fault:
            invalid.append(fault)
            continue
        resolution = row.resolution()
        of_rma = latest.setdefault(resolution.rma_number, {})
        if of_rma.get(resolution.target) != resolution:
            new.append(resolution)
            _say(resolution, of_rma)
    return new, invalid


Latest = dict[tuple[str, str, str, str], Resolution]  # of one RMA, by target


def _say(resolution: Resolution, latest: Latest) -> None:
    """Now the latest of its target; what it withdraws is no longer there to be repeated."""
    for target in [target for target, said in latest.items() if withdraws(resolution, said)]:
        del latest[target]
    latest[resolution.target] = resolution


def _bad_cells(table: Table) -> Iterable[tuple[int, str, str]]:
    return zip(table.bad.row, table.bad.field, table.bad.value, strict=True)


def _fault_in_key(row: _Row, keys: Mapping[str, set[Key]]) -> InvalidResolution | None:
    """Why a row names nothing that it may name, or None."""
    for name in ("rma_number", "order_number", "order_line"):
        if row.is_bad(name):
            return row.fault(name, "holds a control character")
    rma, order, line = row.text("rma_number"), row.text("order_number"), row.text("order_line")
    if not rma:
        return row.fault("rma_number", "is blank; name the RMA that is answered")
    of_rma = keys.get(rma, set())
    if not of_rma and row.code in STOPPABLE:
        return None  # what is to be stopped may still be on its way
    if not any(order in ("", key[1]) and line in ("", key[2]) for key in of_rma):
        return row.fault("rma_number", "with this order and line was never read; check the three")
    return None


def _fault_in_decision(row: _Row, approvers: Sequence[str]) -> InvalidResolution | None:
    """Why a row decides nothing, or None."""
    code, action, person = row.code, row.text("action"), row.text("resolved_by")
    if not person:
        return row.fault("resolved_by", "is needed; enter who decided")
    if action not in CAN_ANSWER:
        return row.fault("action", f"is not one of {', '.join(CAN_ANSWER)}")
    if code not in CAN_ANSWER[action]:
        return row.fault("code", _cannot_be_answered(code, action))
    if action == "set-amount" and not row.text("order_line"):
        return row.fault("order_line", "is needed: set-amount speaks of one line")
    allows = BY_CODE[code].answers if action == "allow" else None
    if row.amount is None and (action == "set-amount" or (allows and allows.allow_needs_amount)):
        if row.is_bad("amount"):
            return row.fault("amount", "is not an amount such as 12.34")
        return row.fault("amount", f"is needed: {action} of {code} wants one such as 12.34")
    if allows and allows.allow_by_approvers and not may_approve(person, approvers):
        words = f"may not allow {code}; let one of these decide: {', '.join(approvers)}"
        return row.fault("resolved_by", words)
    return None


def _cannot_be_answered(code: str, action: str) -> str:
    """What is wrong with a code that this action cannot answer, and which actions can."""
    if not code:
        return "is needed; enter the finding or deduction that is answered"
    if code not in BY_CODE and code not in DEDUCTIONS:
        return "is the name of no finding and no deduction"
    names = {code, BY_CODE[code].answers.deduction} if code in BY_CODE else {code}
    can = [other for other, codes in CAN_ANSWER.items() if any(name in codes for name in names)]
    return f"cannot be answered with {action}, only with {', '.join(can)}" if can else "cannot be answered by anybody"
