"""Rows of resolutions files: the new ones, and those that can never apply (rulebook 8).

People write these rows, so there are few of them: they are read one by one.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from refund_calc.columns.aliases import Bools, Ints
from refund_calc.columns.typed import plain
from refund_calc.columns.written import whole_numbers
from refund_calc.history.resolution import Key, Resolution
from refund_calc.inputs.contracts import ResolutionRow, columns
from refund_calc.inputs.tables import Table
from refund_calc.night.in_force import WITHDRAW, may_approve, withdraws
from refund_calc.night.shown import texts_at
from refund_calc.policy.deductions import DEDUCTIONS, SETTABLE
from refund_calc.policy.findings import ALLOWABLE, BY_CODE, REJECTABLE, STOPPABLE

_TEXTS = tuple(column.name for column in columns(ResolutionRow) if column.cell.kind in ("text", "lower"))
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
    """A row as it was read, unknown texts blank; `bad` are the cells of the table that break their type."""

    place: int  # in the table
    texts: Mapping[str, str]
    amount: int | None  # cents
    bad: Mapping[tuple[int, str], str]

    @property
    def code(self) -> str:
        """The finding or deduction it speaks of: a deduction where somebody answers in the row of the finding."""
        code = self.texts["code"]
        if self.texts["action"] in _ABOUT_DEDUCTIONS and code in BY_CODE:
            return BY_CODE[code].answers.deduction or code
        return code

    def is_bad(self, name: str) -> bool:
        return (self.place, name) in self.bad

    def fault(self, name: str, words: str) -> InvalidResolution:
        value = self.bad.get((self.place, name), self.texts.get(name, ""))  # an amount is only at fault when unknown
        return InvalidResolution(self.place, name, value, f'{name}: "{value}" {words}' if value else f"{name} {words}")

    def resolution(self) -> Resolution:
        return Resolution(
            self.texts["rma_number"],
            self.texts["order_number"],
            self.texts["order_line"],
            self.code,
            self.texts["action"],
            self.amount,
            self.texts["resolved_by"],
            self.texts["note"],
        )


def answered(table: Table) -> Ints:
    """Rows of the table whose action is not blank."""
    blank = table.frame["action"].isna().to_numpy() & ~_bad_in(table, "action")
    return np.flatnonzero(~blank)


def _bad_in(table: Table, name: str) -> Bools:
    mask = np.zeros(len(table.frame), np.bool_)
    mask[table.bad.row[table.bad.field == name]] = True
    return mask


def rma_numbers(table: Table) -> set[str]:
    """The RMAs that tonight's answers speak of."""
    return set(texts_at(table.frame["rma_number"].array, answered(table))) - {""}


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
    new, invalid = [], []
    for row in _rows(table):
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


def _rows(table: Table) -> Iterator[_Row]:
    """The rows with an action, in file order."""
    at = answered(table)
    bad = {(int(row), str(name)): str(value) for row, name, value in _bad_cells(table)}
    texts = [texts_at(table.frame[name].array, at) for name in _TEXTS]
    amounts = whole_numbers(plain(table.frame["amount"].array.take(at))).to_pylist()
    for place, amount, *cells in zip(at.tolist(), amounts, *texts, strict=True):
        yield _Row(place, dict(zip(_TEXTS, cells, strict=True)), amount, bad)


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
    rma, order, line = row.texts["rma_number"], row.texts["order_number"], row.texts["order_line"]
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
    code, action, person = row.code, row.texts["action"], row.texts["resolved_by"]
    if not person:
        return row.fault("resolved_by", "is needed; enter who decided")
    if action not in CAN_ANSWER:
        return row.fault("action", f"is not one of {', '.join(CAN_ANSWER)}")
    if code not in CAN_ANSWER[action]:
        return row.fault("code", _cannot_be_answered(code, action))
    if action == "set-amount" and not row.texts["order_line"]:
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
