"""What a finding is: stated once, evaluated on whole columns, worded for the few rows that have it (rulebook 4).

A condition is a plain function whose parameters are named after the columns, policy parameters and derived columns
that it needs. Columns are pandas arrays where unknown is NA; where a condition comes out as NA the value it needed is
unknown, so the check is skipped: the finding about that value stands.
"""

import inspect
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Bools, Condition
from refund_calc.columns.dictionary import Cells, as_texts, coded_numbers, coded_texts, joined
from refund_calc.columns.written import dates, number_texts
from refund_calc.policy.money import dollar_text, dollars
from refund_calc.policy.vocabulary import RETURN_TYPES, Turn

Severity = Literal["reject", "hold", "warning"]
Stage = Literal["A", "B", "C", "D", "E", "refund", "any"]

Listed = tuple[str, ...]  # words that the policy lists

EVERY_TYPE = RETURN_TYPES


class Scope(Protocol):
    """Columns, policy parameters and derived columns by name, for some rows."""

    def __getitem__(self, name: str) -> Any: ...


@dataclass(frozen=True)
class Answers:
    """How a person may answer a finding (rulebook 8)."""

    allow: bool = False  # the finding may be dropped
    allow_needs_amount: bool = False  # ... up to an amount: the figure that a person looked at
    allow_by_approvers: bool = False  # ... by one of approval.approvers, where the policy names them
    reject: bool = True  # a held line may be rejected by this code; no line is held by some codes
    reject_counts_once: bool = False  # ... on the night the rejection comes into force only: it accepts that content
    stop: bool = False  # a person may bring the finding about; of its resolutions the latest counts, line or RMA
    deduction: str = ""  # waive and set-amount with this code mean this deduction


ALLOW = Answers(allow=True)
NO_LINE = Answers(reject=False)

# Of a rejection that counts once: what a next_step adds, as a row that repeats the latest one says nothing.
ONCE = "(if you said so before, put a row with action withdraw above it)"


@dataclass(frozen=True)
class Finding:
    """One reason why a line is not simply paid."""

    code: str
    severity: Severity
    stage: Stage
    clause: str | Mapping[str, str]  # by return type, where they differ
    when: str  # the condition in words
    messages: tuple[str, ...]  # the first whose values are all known is used
    next_step: str
    turn: Turn  # who takes that step
    condition: Callable[..., Condition] | None = None  # None: it arises outside the stages' columns
    types: tuple[str, ...] = EVERY_TYPE
    field: str = ""  # the cell to look at, where it is always the same one
    field_column: str = ""  # the column that names it, where it is not
    value: str = ""  # the column that the report's `value` shows, where it is not the cell's
    answers: Answers = Answers()

    def __call__(self, *args: object, **kwargs: object) -> Condition:
        """The bare condition, for three values at a time."""
        return self._rule(*args, **kwargs)

    @property
    def _rule(self) -> Callable[..., Condition]:
        assert self.condition is not None, f"{self.code} has no condition"
        return self.condition

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The columns, policy parameters and derived columns that the condition needs."""
        return tuple(inspect.signature(self._rule).parameters) if self.condition else ()

    @cached_property
    def values_in_messages(self) -> frozenset[str]:
        """The columns and parameters that the messages ask for."""
        parsed = (string.Formatter().parse(message) for message in self.messages)
        return frozenset(name for fields in parsed for _, name, _, _ in fields if name)

    def clause_for(self, return_type: str) -> str:
        return self.clause if isinstance(self.clause, str) else self.clause.get(return_type, "")

    def evaluate(self, scope: Scope) -> Bools:
        """Which rows of the scope have this finding."""
        found = as_mask(self._rule(*(scope[name] for name in self.parameters)))
        if self.types == EVERY_TYPE:
            return found
        return_type = scope["return_type"]
        of_type = np.append(return_type.categories.isin(self.types), False)  # the last stands for unknown
        return np.asarray(found & of_type[return_type.codes], np.bool_)

    def word(self, scope: Scope, size: int) -> Cells:
        """One message per row of the scope."""
        words, missing = pa.repeat("", size), np.ones(size, np.bool_)
        for template in self.messages:
            text, known = _fill(template, scope, size)
            if known.all() and missing.all():
                return text
            words = pc.if_else(pa.array(missing & known), as_texts(text, size), words)
            missing &= ~known
        return words


def as_mask(condition: Condition) -> Bools:
    """A condition as numpy booleans; unknown is False."""
    if isinstance(condition, np.ndarray):
        return condition.astype(np.bool_, copy=False)
    return np.asarray(condition.to_numpy(dtype=np.bool_, na_value=False), np.bool_)


def _fill(template: str, scope: Scope, size: int) -> tuple[Cells, Bools]:
    """The template's text per row, and where all of its values are known."""
    pieces: list[Cells] = []
    known = np.ones(size, np.bool_)
    for literal, name, kind, _ in string.Formatter().parse(template):
        pieces.append(literal)
        if name:
            value = scope[name]
            if hasattr(value, "isna"):
                known &= ~np.asarray(value.isna(), np.bool_)
            pieces.append(_shown(value, kind or ""))
    return joined(pieces, ""), known


def _shown(value: Any, kind: str) -> Cells:
    """A value as it is written in a message; the template says which numbers are a `date` or `money`."""
    if isinstance(value, (tuple, list)):
        return ", ".join(map(str, value))
    if not hasattr(value, "__len__") or isinstance(value, str):
        return dollar_text(value) if kind == "money" else str(dates([value])[0]) if kind == "date" else str(value)
    if kind == "money":
        return dollars(value)
    if kind == "date":
        return coded_numbers(value, dates)
    if isinstance(value, pd.Categorical):
        return coded_texts(value)
    if value.dtype.kind == "i":
        return coded_numbers(value, number_texts)
    return pa.array(value, from_pandas=True).cast(pa.string())


def finding(
    code: str,
    severity: Severity,
    stage: Stage,
    clause: str | Mapping[str, str],
    *messages: str,
    next_step: str,
    turn: Turn,
    types: tuple[str, ...] = EVERY_TYPE,
    field: str = "",
    field_column: str = "",
    value: str = "",
    answers: Answers = Answers(),
) -> Callable[[Callable[..., Condition]], Finding]:
    """Declare a finding on top of its condition; the function's docstring is the condition in words."""

    def declare(condition: Callable[..., Condition]) -> Finding:
        when = inspect.getdoc(condition) or ""
        return Finding(
            code,
            severity,
            stage,
            clause,
            when,
            messages,
            next_step,
            turn,
            condition,
            types,
            field,
            field_column,
            value,
            answers,
        )

    return declare
