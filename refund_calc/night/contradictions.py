"""Rows that should say the same and do not: which columns differ, and what stands there (rulebook 7, messages)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from refund_calc.columns.aliases import Ints, Texts, TypedColumn
from refund_calc.columns.groups import differs_from_previous, starts_of_groups
from refund_calc.inputs.contracts import Column
from refund_calc.night.shown import listed, shown_cells


@dataclass(frozen=True)
class RmasElsewhere:
    """RMAs whose valid rows stand in several parts of the night, so that none of them sees the contradiction.

    `columns` says of each what its rows disagree on, over all parts, in the words of `disagreements`.
    """

    rma_numbers: Texts
    columns: Texts

    def __len__(self) -> int:
        return len(self.rma_numbers)


NONE_ELSEWHERE = RmasElsewhere(pa.array([], pa.string()), pa.array([], pa.string()))


def disagreements(group: Ints, cells: Mapping[Column, TypedColumn]) -> dict[int, list[str]]:
    """Group -> `quantity_received 1, 2` for each column in which its rows differ; groups that agree are left out.

    `group` rises, an element per row; blank and a value differ. Columns come in the order of `cells`.
    """
    found: dict[int, list[str]] = {}
    inside = ~starts_of_groups(group)
    for column, values in cells.items():
        differing = np.unique(group[differs_from_previous([values]) & inside])
        at = np.flatnonzero(np.isin(group, differing))
        said: dict[int, set[str]] = {}
        for number, text in zip(group[at].tolist(), shown_cells(column, values.take(at)), strict=True):
            said.setdefault(number, set()).add(text)
        for number, texts in said.items():
            found.setdefault(number, []).append(said_of(column, texts))
    return found


def said_of(column: Column, texts: Collection[str], more: int = 0) -> str:
    """A column and the different texts in it; `more` of them sort behind those that a message shows."""
    return f"{column.name} {listed(sorted(texts), ', ', more)}"
