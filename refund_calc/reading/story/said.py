"""What a finding would have said of a recorded line, where a person's answer kept it out of that night's reports."""

import inspect
from datetime import date
from typing import Any

import pandas as pd

from refund_calc.columns.dictionary import as_texts
from refund_calc.history.record import LINES
from refund_calc.policy.derived import DERIVED, PARAMETERS
from refund_calc.policy.findings import BY_CODE
from refund_calc.policy.versions import Policy
from refund_calc.reading.story.found import Row

STAGE = "C"  # the other stages ask for more than the record of a line
EPOCH = date(1970, 1, 1)


def would_have_said(code: str, row: Row, night: str, terms: Policy | None) -> str:
    """The finding's message about one recorded line; blank where it does not hold of it, or what it needs is not known.

    `terms` is the policy that judged the line; without it only messages that name no limit are told.
    """
    finding = BY_CODE.get(code)
    if finding is None or finding.stage != STAGE or not row.get("return_type"):
        return ""
    scope = RecordedLine(row, (date.fromisoformat(night) - EPOCH).days, terms)
    try:
        holds = bool(finding.evaluate(scope)[0]) if terms else True
        told = as_texts(finding.word(scope, 1), 1)[0].as_py() if holds else ""
    except KeyError:  # a name that the record does not hold
        return ""
    return str(told or "")


class RecordedLine:
    """What rules ask for, by name, for one recorded line: content, the policy's parameters, what follows of them."""

    def __init__(self, row: Row, as_of: int, terms: Policy | None) -> None:
        self._terms = terms
        self._known: dict[str, Any] = {"as_of": as_of, "damage_answer": pd.array([None], "Int64")}
        for column in LINES:
            if column.kind == "text":
                self._known[column.name] = pd.Categorical([row[column.name]])
            elif column.kind == "flag":
                self._known[column.name] = pd.array([row[column.name]], "boolean")
            else:
                self._known[column.name] = pd.array([_number(row[column.name])], "Int64")

    def __getitem__(self, name: str) -> Any:
        """One value as a column. Raises KeyError where neither record nor policy has it."""
        if name not in self._known:
            if name in PARAMETERS and self._terms is not None:
                return PARAMETERS[name](self._terms)
            derive = DERIVED[name]
            self._known[name] = derive(*(self[parameter] for parameter in inspect.signature(derive).parameters))
        return self._known[name]


def _number(value: object) -> int | None:
    """A day as its number; an amount or a count as it is."""
    if value is None:
        return None
    return (value - EPOCH).days if isinstance(value, date) else int(str(value))
