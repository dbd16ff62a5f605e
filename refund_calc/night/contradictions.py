"""Rows that should say the same and do not: which columns differ, and what stands there (rulebook 7, messages)."""

from collections.abc import Mapping

import numpy as np

from refund_calc.columns.aliases import Ints, TypedColumn
from refund_calc.columns.groups import differs_from_previous, starts_of_groups
from refund_calc.inputs.contracts import Column
from refund_calc.night.shown import listed, shown_cells


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
            found.setdefault(number, []).append(f"{column.name} {listed(sorted(texts), ', ')}")
    return found
