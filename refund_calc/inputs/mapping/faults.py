"""What cannot be mapped in somebody's rows, collected: for people as problems, for the night as a text in a cell."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from refund_calc.columns.aliases import Bools, Ints
from refund_calc.inputs.mapping.mapped import Problem, cannot
from refund_calc.inputs.mapping.sheet import Sheet
from refund_calc.inputs.mapping.their_cells import is_harmless


@dataclass(frozen=True)
class Fault:
    """One row that cannot be mapped: the column of theirs to look at, what stands there, and what is wrong with it."""

    row: int
    column: str
    value: str
    reason: str
    ours: str  # the column of ours that says so
    is_strange: bool = False  # what stands there is no amount, date or status of any kind

    @property
    def worded(self) -> str:
        """The column, what stands there and what is wrong."""
        return f'{self.column} "{self.value}" {self.reason}' if self.value else f"{self.column} {self.reason}"


@dataclass
class Faults:
    """Faults in the rows of some sheets, in the order in which they were found."""

    sheets: Sequence[Sheet]
    found: list[Fault] = field(default_factory=list)

    def add(
        self,
        rows: Ints,
        column: str,
        reason: str | Sequence[str],
        cells: pa.Array | None = None,
        ours: str = "unit_price",
    ) -> None:
        """Say of these rows what is wrong: one reason for all, or one each; `cells` are the column's, of all rows."""
        reasons = [reason] * len(rows) if isinstance(reason, str) else reason
        values = cells.take(pa.array(rows)).to_pylist() if cells is not None else [""] * len(rows)
        self.found += [
            Fault(int(row), column, value if is_harmless(value) else "", why, ours, not is_harmless(value))
            for row, value, why in zip(rows, values, reasons, strict=True)
        ]

    def is_faulty(self, rows: int) -> Bools:
        """Which of so many rows have a fault."""
        mask = np.zeros(rows, np.bool_)
        mask[[fault.row for fault in self.found]] = True
        return mask

    def slipped(self, order: Ints) -> Bools:
        """Which rows are of an order (`order` numbers that of each row) in which text stands where none can be.

        Its cells have slipped by a column or more: in any of them a customer's name may stand. A country in words is
        no such sign.
        """
        orders = np.zeros(int(order.max()) + 1 if len(order) else 0, np.bool_)
        orders[[order[fault.row] for fault in self.found if fault.is_strange and fault.ours != "ship_country"]] = True
        return orders[order]

    def texts(self, ours: str) -> tuple[Ints, list[str]]:
        """The rows whose cell in this column of ours says what is wrong, and that text: all its faults in one."""
        by_row: dict[int, list[str]] = {}
        for fault in self.found:
            if fault.ours == ours:
                by_row.setdefault(fault.row, []).append(fault.worded)
        rows = sorted(by_row)
        return np.array(rows, np.int64), [cannot("; ".join(dict.fromkeys(by_row[row]))) for row in rows]

    def problems(self, file: Ints, line: Ints) -> tuple[Problem, ...]:
        """The faults for people; `file` (an index of the sheets) and `line` say where each row stands."""
        return tuple(
            Problem(self.sheets[file[at.row]].source.name, int(line[at.row]), at.column, at.value, at.reason)
            for at in sorted(self.found, key=lambda fault: fault.row)
        )
