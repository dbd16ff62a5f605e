"""Names to columns: a rule asks for `delivered_date` or `window_days` and gets it for the rows at hand.

A name is looked up among what the stages before have found out, the return row, its order row, the policy version's
parameters, and last the derived columns, which are functions of other names in their turn.
"""

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np

from refund_calc.columns.aliases import Ints
from refund_calc.columns.sparse import SparseColumn
from refund_calc.columns.typed import plain
from refund_calc.night.matching import Lines, OrderLines
from refund_calc.policy.derived import DERIVED, PARAMETERS
from refund_calc.policy.versions import Policy, PolicySet

PIECE = 1 << 18  # lines judged at a time: what is made of them stays small


@dataclass(frozen=True)
class NightColumns:
    """Everything that is known of tonight's lines by name, as far as the stages have come.

    `facts` are the fields of the dataclasses that the stages answered: a column of all lines, a `SparseColumn` of some,
    or one value for the whole night. `version` is each line's policy version, -1 before stage C.
    """

    lines: Lines
    order_lines: OrderLines
    policies: PolicySet
    version: Ints
    facts: Mapping[str, Any]

    def with_facts(self, *stages: Any) -> "NightColumns":
        """The same, and what these stages (dataclasses of named columns) found out."""
        found = dict(self.facts)
        for stage in stages:
            for field in fields(stage):
                assert field.name not in found, f"two stages answer {field.name}"
                found[field.name] = getattr(stage, field.name)
        return NightColumns(self.lines, self.order_lines, self.policies, self.version, MappingProxyType(found))

    def with_version(self, version: Ints) -> "NightColumns":
        return NightColumns(self.lines, self.order_lines, self.policies, version, self.facts)

    def scope(self, rows: Ints, version: int = -1) -> "LineScope":
        """The names for some lines; with a policy version its parameters too."""
        return LineScope(rows, self, self.policies.versions[version] if version >= 0 else None)

    def by_version(self, rows: Ints) -> Iterator[tuple[Ints, "LineScope"]]:
        """The rows of each policy version with their scope: a change of law is another version, never an `if`.

        They come piece by piece.
        """
        for version in np.flatnonzero(np.bincount(self.version[rows])):
            some = rows[self.version[rows] == version]
            for part in pieces(some):
                yield some[part], self.scope(some[part], int(version))


def pieces(rows: Ints, group: Ints | None = None) -> list[slice]:
    """Parts of some rows; they do not part the rows of a group."""
    bounds = [0]
    while bounds[-1] < len(rows):
        stop = min(bounds[-1] + PIECE, len(rows))
        while group is not None and stop < len(rows) and group[rows[stop]] == group[rows[stop - 1]]:
            stop += 1
        bounds.append(stop)
    return [slice(start, stop) for start, stop in pairwise(bounds)]


class LineScope:
    """The names of the night for some of its lines."""

    def __init__(self, rows: Ints, columns: NightColumns, policy: Policy | None) -> None:
        self.rows, self._columns, self._policy = rows, columns, policy
        # Strictly rising rows, as many as there are, are all of them: nothing needs to be taken.
        self._whole = len(rows) == len(columns.lines) and bool(np.all(rows[1:] > rows[:-1]))
        self._known: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._known:
            self._known[name] = self._find(name)
        return self._known[name]

    def _find(self, name: str) -> Any:
        columns = self._columns
        if name in columns.facts:
            return self._taken(columns.facts[name])
        if name in columns.lines.frame:
            cells = columns.lines.frame[name].array
            return plain(cells if self._whole else cells.take(self.rows))
        orders = columns.order_lines
        if name == "merchandise_total":  # without unknowns: only asked of lines that have their order line
            return orders.merchandise_total[orders.row_of_line[self.rows]]
        if name in orders.frame:
            return plain(orders.frame[name].array.take(orders.row_of_line[self.rows], allow_fill=True))
        if name in PARAMETERS and self._policy is not None:
            return PARAMETERS[name](self._policy)
        derive = DERIVED[name]
        return derive(*(self[parameter] for parameter in inspect.signature(derive).parameters))

    def _taken(self, value: Any) -> Any:
        if np.ndim(value) == 0 and not isinstance(value, SparseColumn):
            return value
        return value if self._whole and not isinstance(value, SparseColumn) else value.take(self.rows)
