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

    Raises BadData where it holds tables of another version, or of somebody else.
    """
    found = f"SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = {literal(schema)}"
    there = {str(name) for (name,) in warehouse.query(found)}
    if LAYOUT.name in there:
        versions = [row[0] for row in warehouse.query(f"SELECT version FROM {schema}.{LAYOUT.name}")]
        if versions != [VERSION]:
            raise BadData(
                f"{warehouse.name}, schema {schema}: its tables are of version {', '.join(map(str, versions))}, this "
                f"program has version {VERSION}; load into another --schema, all nights again, with this program"
            )
        return
    foreign = sorted(there & {table.name for table in TABLES})
    if foreign:
        raise BadData(
            f"{warehouse.name}, schema {schema}: table {foreign[0]} is there and not of this program; "
            "give --schema another name"
        )
    for statement in _statements(warehouse, schema):
        warehouse.execute(statement)
    warehouse.insert(schema, LAYOUT, [pa.RecordBatch.from_pylist([{"version": VERSION}], schema=LAYOUT.schema)])


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
