"""Every cell of a table, as the files of the nights have it and as a warehouse has it, to be compared."""

import csv
from pathlib import Path

import pyarrow.parquet as pq

from refund_calc.books.warehouse.tables import NIGHT, PLACE, Table
from refund_calc.reports.contracts import KINDS
from tests.books.warehouse.places import SCHEMA, Place

FORMULAS = tuple("=+-@\t\r\n")


def as_in_a_report(value: object) -> str:
    return "" if value is None else str(value)


def as_it_came(name: str, cell: str) -> str:
    is_guarded = KINDS[name] == "exported" and cell.startswith("'") and cell.lstrip("'").startswith(FORMULAS)
    return cell[1:] if is_guarded else cell


def rows_of_out(out: Path, table: Table) -> list[list[str]]:
    """Every row of all nights in the table's columns, as text, read by other means than the loader's; NUL is U+FFFD."""
    found = []
    for folder in sorted(out.glob("20*")):
        if table.file.endswith(".csv"):
            with (folder / table.file).open(newline="", encoding="utf-8") as file:
                rows = [{k: as_it_came(k, v) for k, v in row.items()} for row in csv.DictReader(file)]
        else:
            rows = [
                {k: as_in_a_report(v) for k, v in row.items()} for row in pq.read_table(folder / table.file).to_pylist()
            ]
        for at, row in enumerate(rows, 1):
            cells = row | {NIGHT.name: folder.name, PLACE.name: str(at)}
            found.append([cells[column.name].replace("\0", "\ufffd") for column in table.columns])
    return sorted(found)


def rows_of_place(place: Place, table: Table) -> list[list[str]]:
    columns = ", ".join(column.name for column in table.columns)
    return sorted(
        [as_in_a_report(cell) for cell in row] for row in place.ask(f"SELECT {columns} FROM {SCHEMA}.{table.name}")
    )
