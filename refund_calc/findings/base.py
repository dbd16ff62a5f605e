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
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.cells import Bools
from refund_calc.money import dollars
from refund_calc.texts import arrow_text

Severity = Literal["reject", "hold", "warning"]
Stage = Literal["A", "B", "C", "D", "E", "refund", "any"]

RETURN, REFUSED, CANCELLATION = "return", "refused_delivery", "cancellation"
EVERY_TYPE = (RETURN, REFUSED, CANCELLATION)


class Scope(Protocol):
    """Columns, policy parameters and derived columns by name, for some rows."""

    def __getitem__(self, name: str) -> Any: ...


@dataclass(frozen=True)
class Finding:
    """One reason why a line is not simply paid."""

    code: str
    severity: Severity
    stage: Stage
    clause: str | Mapping[str, str]  # by return type, where they differ
    condition: Callable[..., Any]
    messages: tuple[str, ...]  # the first whose values are all known is used
    next_step: str
    types: tuple[str, ...] = EVERY_TYPE
    field: str = ""
    allowable: bool = False  # a resolution may allow it (rulebook 8)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.condition(*args, **kwargs)

    @property
    def when(self) -> str:
        """The condition in words: the docstring of its function."""
        return inspect.getdoc(self.condition) or ""

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        return tuple(inspect.signature(self.condition).parameters)

    @cached_property
    def values_in_messages(self) -> frozenset[str]:
        """The columns and parameters that the messages ask for."""
        parsed = (string.Formatter().parse(message) for message in self.messages)
        return frozenset(name for fields in parsed for _, name, _, _ in fields if name)

    def clause_for(self, return_type: str) -> str:
        return self.clause if isinstance(self.clause, str) else self.clause.get(return_type, "")

    def evaluate(self, scope: Scope) -> Bools:
        """Which rows of the scope have this finding."""
        found = as_mask(self.condition(*(scope[name] for name in self.parameters)))
        if self.types == EVERY_TYPE:
            return found
        return found & as_mask(scope["return_type"].isin(self.types))

    def word(self, scope: Scope, size: int) -> Any:
        """One message per row of the scope, as Arrow text."""
        words = pa.nulls(size, pa.string())
        for template in self.messages:
            if words.null_count:
                words = pc.coalesce(words, _fill(template, scope, size))
        return words


def as_mask(condition: Any) -> Bools:
    """A condition as numpy booleans; unknown is False."""
    if isinstance(condition, np.ndarray):
        return condition.astype(np.bool_, copy=False)
    return np.asarray(condition.to_numpy(dtype=np.bool_, na_value=False), np.bool_)


def _fill(template: str, scope: Scope, size: int) -> Any:
    """The template's text per row; null where one of its values is unknown."""
    pieces: list[Any] = []
    for literal, name, kind, _ in string.Formatter().parse(template):
        if literal:
            pieces.append(pa.scalar(literal))
        if name:
            pieces.append(_shown(scope[name], kind or "", size))
    if all(isinstance(piece, pa.Scalar) for piece in pieces):
        return pa.array(["".join(piece.as_py() for piece in pieces)], pa.string()).take(
            pa.array(np.zeros(size, np.int8))
        )
    return pc.binary_join_element_wise(*pieces, "", null_handling="emit_null")


def _shown(value: Any, kind: str, size: int) -> Any:
    """A value as it is written in a message; the template says which numbers are a `date` or `money`."""
    if isinstance(value, (tuple, list)):
        return pa.scalar(", ".join(map(str, value)))
    if not hasattr(value, "__len__") or isinstance(value, str):
        value = [value]
        return _shown_column(value, kind)[0]
    return _shown_column(value, kind)


def _shown_column(value: Any, kind: str) -> Any:
    if kind == "money":
        return dollars(value)
    if kind == "date":
        return dates(value)
    if hasattr(value, "categories"):
        return arrow_text(value)
    array = pa.array(value, from_pandas=True)
    return array.cast(pa.string())


def dates(days: Any) -> Any:
    """Day numbers (unknown as NA) as ISO text, unknown as null."""
    return pa.array(days, pa.int64(), from_pandas=True).cast(pa.int32()).cast(pa.date32()).cast(pa.string())


def finding(
    code: str,
    severity: Severity,
    stage: Stage,
    clause: str | Mapping[str, str],
    *messages: str,
    next_step: str,
    types: tuple[str, ...] = EVERY_TYPE,
    field: str = "",
    allowable: bool = False,
) -> Callable[[Callable[..., Any]], Finding]:
    """Declare a finding on top of its condition."""

    def declare(condition: Callable[..., Any]) -> Finding:
        return Finding(code, severity, stage, clause, condition, messages, next_step, types, field, allowable)

    return declare
