"""An amount of a whole order, given once or on each of its rows, as amounts of the rows."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Bools, Ints
from refund_calc.inputs.contracts import Column
from refund_calc.inputs.mapping.joined import is_given, money_texts
from refund_calc.inputs.mapping.mapped import cannot
from refund_calc.inputs.mapping.values import is_mapped, replaced
from refund_calc.policy.money import largest_remainder

_MOST = np.iinfo(np.int64).max


def split(amounts: pa.Array, weights: pa.Array, within: pa.Array, column: Column) -> tuple[pa.Array, dict[int, str]]:
    """Each group's amount over its rows by their weights, by whole cents; and, by row, why that cannot be done.

    `amounts` and `weights` are converted cells of a column of money; a blank weight is 0. `within` are keys (null: a
    row without a group). A group has one amount, on one or more of its rows; without one its rows are blank.
    To split by nothing would be a guess, but for the only row of a group.
    """
    keys = within.dictionary_encode()
    group = np.asarray(pc.fill_null(keys.indices, len(keys.dictionary)), np.int64)  # the last one: without a key
    size = len(keys.dictionary) + 1
    given, cents = is_given(amounts) & is_mapped(amounts), _cents(amounts, column)
    least, most = np.full(size, _MOST), np.full(size, -1, np.int64)
    np.minimum.at(least, group[given], cents[given])
    np.maximum.at(most, group[given], cents[given])
    order = np.argsort(group, kind="stable")
    total, by = np.maximum(most, 0), _cents(weights, column)
    parts = np.zeros(len(group), np.int64)
    parts[order] = largest_remainder(total[group[order]], by[order], group[order])
    cells = pc.if_else(pa.array((most >= 0)[group]), money_texts(parts), "")
    worth = np.zeros(size, np.int64)
    np.add.at(worth, group, by)
    reasons = {
        "there is nothing to split it by: split_by is blank or 0.00 on all rows": (
            (worth == 0) & (total > 0) & (np.bincount(group, minlength=size) > 1)
        ),
        "another cell of the amount, or of what it is split by, cannot be read": _of_some(
            ~(is_mapped(amounts) & is_mapped(weights)), group, size
        ),
        f"the rows that belong together have different values of {column.name}; they must have one": least < most,
    }
    why: dict[int, str] = {}
    for reason, groups in reasons.items():
        why |= dict.fromkeys(np.flatnonzero(groups[group]).tolist(), reason)
    why |= dict.fromkeys(
        np.flatnonzero(group == size - 1).tolist(), "the cell that says what belongs together is blank"
    )
    rows = np.array(sorted(why), np.int64)
    return replaced(cells, rows, [cannot(why[int(row)]) for row in rows]), why


def _of_some(rows: Bools, group: Ints, groups: int) -> Bools:
    """The groups of some rows."""
    found = np.zeros(groups, np.bool_)
    found[group[rows]] = True
    return found


def _cents(cells: pa.Array, column: Column) -> Ints:
    words = cells.dictionary_encode()
    parsed = column.cell.parse(words.dictionary, "UTC")
    values: Ints = np.where(parsed.ok, np.asarray(parsed.values, np.int64), 0)[np.asarray(words.indices)]
    return values
