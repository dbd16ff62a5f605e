"""What was refunded before this job came: the opening file of the first night (rulebook 9)."""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from refund_calc.columns.typed import plain
from refund_calc.columns.written import arrow_text
from refund_calc.errors import BadData
from refund_calc.history.past import empty
from refund_calc.inputs.contracts import OpeningRow, column_names
from refund_calc.inputs.tables import SourceFile, Table

COLUMNS = column_names(OpeningRow)
KEY = column_names(OpeningRow, key=True)


@dataclass(frozen=True)
class Opening:
    """Refunds of earlier days: `rows` as the record keeps them (cents, counts, texts), and the file they came from."""

    rows: pa.Table
    sources: tuple[SourceFile, ...]


NO_OPENING = Opening(empty("opening").select(COLUMNS), ())


def opening_of(table: Table) -> Opening:
    """The opening balance that an opening file holds.

    Raises BadData where any of its rows cannot be used; all of them are named: money was paid for each.
    """
    faults = sorted((*_malformed(table), *_bad_cells(table), *_repeated(table)))
    if faults:
        raise BadData("; ".join(f"{table.sources[file].name} line {line}, {fault}" for file, line, fault in faults))
    cells = {name: plain(table.frame[name].array) for name in COLUMNS}
    rows = {n: arrow_text(cells[n]) if n in KEY else pa.array(cells[n], pa.int64(), from_pandas=True) for n in COLUMNS}
    return Opening(pa.table(rows), table.sources)


Fault = tuple[int, int, str]  # file, line, what is wrong and what to do


def _malformed(table: Table) -> Iterator[Fault]:
    for file, row in table.malformed:
        yield file, row.line, f"{row.fields} fields where the header has {row.expected}; correct the row"


def _bad_cells(table: Table) -> Iterator[Fault]:
    for row, message in zip(table.bad.row.tolist(), table.bad.message, strict=True):
        yield int(table.file[row]), int(table.line[row]), f"{message}; correct the cell"


def _repeated(table: Table) -> Iterator[Fault]:
    """Rows whose order line and RMA stand above already."""
    first: dict[tuple[str, ...], int] = {}
    keys = zip(*(arrow_text(table.frame[name].array).fill_null("").to_pylist() for name in KEY), strict=True)
    for row, key in enumerate(keys):
        if (earlier := first.setdefault(key, row)) != row and "" not in key[:2]:
            where = f"{table.sources[table.file[earlier]].name} line {table.line[earlier]}"
            yield (
                int(table.file[row]),
                int(table.line[row]),
                f"order_number: this order, line and RMA stand in {where} too; put them into one row with their sum",
            )
