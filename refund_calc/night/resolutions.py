"""Rows of resolutions files: the new ones, and those that can never apply (rulebook 8).

People write these rows, so there are few of them: they are read one by one.
"""

from collections.abc import Container, Hashable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from refund_calc.columns.aliases import Bools
from refund_calc.history.resolution import Key, Resolution
from refund_calc.inputs.tables import Table
from refund_calc.policy.deductions import DEDUCTIONS, SETTABLE
from refund_calc.policy.findings import ALLOWABLE, BY_CODE, REJECTABLE

CAN_ANSWER: dict[str, Container[str]] = {
    "allow": ALLOWABLE,
    "reject": REJECTABLE,
    "waive": DEDUCTIONS,
    "set-amount": SETTABLE,
}


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


def _bad_in(table: Table, name: str) -> Bools:
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
            text["note"],
        )
        before = latest.setdefault(resolution.target, [])
        if next((r for r in reversed(before) if r.meets(resolution.order_number)), None) != resolution:
            new.append(resolution)
            before.append(resolution)
    return new, invalid


def _bad_cells(table: Table) -> Iterable[tuple[int, str, str]]:
    return zip(table.bad.row, table.bad.field, table.bad.value, strict=True)


def _fault(
    row: int, values: Mapping[Hashable, object], bad: Mapping[tuple[int, str], str], keys: set[Key]
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
    if pd.isna(action) or action not in CAN_ANSWER:
        return at("action", f"is not one of {', '.join(CAN_ANSWER)}")
    if pd.isna(code) or code not in CAN_ANSWER[action]:
        return at("code", f"cannot be answered with {action}")
    if action == "set-amount" and line == "":
        return at("order_line", "is needed: set-amount speaks of one line")
    needs_amount = action == "set-amount" or (action == "allow" and BY_CODE[str(code)].answers.allow_needs_amount)
    if needs_amount and pd.isna(values["amount"]):
        if (row, "amount") in bad:
            return at("amount", "is not an amount such as 12.34")
        return at("amount", f"is needed: {action} of {code} wants one such as 12.34")
    return None
