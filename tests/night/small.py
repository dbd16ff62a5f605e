"""A handful of rows as tonight's tables and lines, without a run around them."""

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from refund_calc.inputs.contracts import OrderRow, ReturnRow
from refund_calc.inputs.tables import Table, load
from refund_calc.night.matching import Lines, OrderLines, match
from tests.stories import CLEAN_ORDER, Row, file_of

ZONE = "America/Los_Angeles"


def table(kind: str, rows: Iterable[Row]) -> Table:
    """Rows of orders or returns as they are read from a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{kind}.csv"
        path.write_bytes(file_of(kind, rows)[2])
        return load(kind, [path], {"orders": OrderRow, "returns": ReturnRow}[kind], ZONE)


def matched(returns: Sequence[Row], orders: Sequence[Row] = (CLEAN_ORDER,)) -> tuple[Lines, OrderLines]:
    """The lines in the order of the register, matched with their order lines."""
    return match(table("returns", returns), table("orders", orders), hand_over=False)


def column(lines: Lines, name: str) -> list[str]:
    """A text column of the lines."""
    return [str(cell) for cell in lines.frame[name].array]
