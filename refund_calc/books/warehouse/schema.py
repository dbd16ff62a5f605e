"""The schema of the warehouse: made where it is not there, and refused where it is another one's."""

from collections.abc import Iterator, Mapping

import pyarrow as pa

from refund_calc.books.warehouse.tables import LAYOUT, TABLES, VERSION, Table
from refund_calc.books.warehouse.target import Warehouse
from refund_calc.books.warehouse.views import VIEWS
from refund_calc.errors import BadData


def literal(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"


def prepare(warehouse: Warehouse, schema: str) -> None:
    """Make the schema with its tables and views, or check that it is ours. To be called within a transaction.

    Raises BadData where it holds tables of another version, or of somebody else, or ours were altered.
    """
    place = f"{warehouse.name}, schema {schema}"
    found = f"SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = {literal(schema)}"
    there = {str(name) for (name,) in warehouse.query(found)}
    if LAYOUT.name in there:
        versions = [row[0] for row in warehouse.query(f"SELECT version FROM {schema}.{LAYOUT.name}")]
        if versions != [VERSION]:
            are = f"are of version {', '.join(map(str, versions))}" if versions else f"have no version in {LAYOUT.name}"
            raise BadData(
                f"{place}: its tables {are}, this program has version {VERSION}; load into another --schema, all "
                "nights again, with this program"
            )
        _check_columns(warehouse, schema)
        return
    foreign = sorted(there & {table.name for table in TABLES})
    if foreign:
        raise BadData(f"{place}: table {foreign[0]} is there and not of this program; give --schema another name")
    for statement in _statements(warehouse, schema):
        warehouse.execute(statement)
    warehouse.insert(schema, LAYOUT, [pa.RecordBatch.from_pylist([{"version": VERSION}], schema=LAYOUT.schema)])


def _check_columns(warehouse: Warehouse, schema: str) -> None:
    """Raise BadData where somebody dropped or altered a table or a view: rows would land in the wrong columns."""
    ours = {table.name: [column.name for column in table.columns] for table in TABLES}
    ours |= {view.name: list(view.columns) for view in VIEWS}
    found: dict[str, list[str]] = {name: [] for name in ours}
    for name, column in warehouse.query(
        f"SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = {literal(schema)} "
        "ORDER BY ordinal_position"
    ):
        found.get(str(name), []).append(str(column))
    for name, columns in ours.items():
        if found[name] != columns:
            differs = sorted(set(found[name]) ^ set(columns))
            what = "is missing" if not found[name] else f"was altered (column {', '.join(differs) or 'order'})"
            raise BadData(
                f"{warehouse.name}, schema {schema}: {name} {what}; load into another --schema, all nights again, or "
                "drop all tables and views of this one first"
            )


def _statements(warehouse: Warehouse, schema: str) -> Iterator[str]:
    is_there = warehouse.query(f"SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = {literal(schema)}")
    if not is_there:  # IF NOT EXISTS asks for the right to make one even where it is there
        yield f"CREATE SCHEMA {schema}"
    for table in TABLES:
        place = f"{schema}.{table.name}"
        columns = [f"{column.name} {warehouse.types[column.kind]}" for column in table.columns]
        yield f"CREATE TABLE {place} ({', '.join(columns)}, PRIMARY KEY ({', '.join(table.key)}))"
        yield from _comments("TABLE", place, table.meaning, {column.name: column.meaning for column in table.columns})
        if warehouse.has_indexes:
            yield from _indexes(place, table)
    for view in VIEWS:
        place = f"{schema}.{view.name}"
        yield f"CREATE VIEW {place} AS {view.query.format(schema=schema)}"
        yield from _comments("VIEW", place, view.meaning, view.columns)


def _comments(kind: str, place: str, meaning: str, columns: Mapping[str, str]) -> Iterator[str]:
    yield f"COMMENT ON {kind} {place} IS {literal(meaning)}"
    for name, what in columns.items():
        yield f"COMMENT ON COLUMN {place}.{name} IS {literal(what)}"


def _indexes(place: str, table: Table) -> Iterator[str]:
    for columns in table.indexes:
        yield f"CREATE INDEX ON {place} ({', '.join(columns)})"
