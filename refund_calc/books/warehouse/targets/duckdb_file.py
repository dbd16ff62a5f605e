"""A DuckDB file as the warehouse: one file that anybody can open, without a server."""

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from refund_calc.books.saved import check_place
from refund_calc.books.warehouse.tables import Kind, Table
from refund_calc.columns.cores import WORKERS
from refund_calc.errors import CannotCreate, CannotWrite, Locked, Misused
from refund_calc.history.folders import NOT_FOR_OTHERS
from refund_calc.history.index import INDEX

SCHEME = "duckdb:///"  # a fourth slash begins an absolute path
TYPES: dict[Kind, str] = {
    "text": "VARCHAR",  # compared by its bytes, as COLLATE "C"
    "money": "DECIMAL(14, 2)",
    "date": "DATE",
    "count": "INTEGER",
    "total": "DECIMAL(20, 2)",
    "moment": "TIMESTAMP",
}


@dataclass(frozen=True)
class DuckDBFile:
    """The open file."""

    name: str
    connection: duckdb.DuckDBPyConnection
    types: Mapping[Kind, str]
    has_indexes: bool = False  # columns are scanned as quickly, and an index costs memory

    @contextlib.contextmanager
    def transaction(self, schema: str) -> Iterator[None]:
        """Everything until the end or nothing of it; the file is ours alone while it is open."""
        try:
            self.connection.begin()
            yield
            self.connection.commit()
        except duckdb.Error as error:
            self._undo()
            if isinstance(error, duckdb.ParserException):  # no other word of a statement comes from outside
                raise Misused(f"--schema {schema}: a word of SQL; give another name, such as {schema}_nights") from None
            if "Ambiguous reference to catalog or schema" in str(error):
                raise Misused(
                    f"{self.name}: DuckDB cannot tell --schema {schema} from its own name for a file; give the file "
                    "another name, such as books.duckdb, or the schema"
                ) from None
            raise CannotWrite(
                f"{self.name}: cannot be written ({_one_line(error)}); what was half written was taken back, "
                "mend it and load again"
            ) from None
        except BaseException:
            self._undo()
            raise

    def _undo(self) -> None:
        with contextlib.suppress(duckdb.Error):
            self.connection.rollback()

    def execute(self, statement: str) -> None:
        """Run a statement."""
        self.connection.execute(statement)

    def query(self, statement: str) -> list[tuple[object, ...]]:
        """The rows of a query."""
        return self.connection.execute(statement).fetchall()

    def insert(self, schema: str, table: Table, batches: Iterable[pa.RecordBatch]) -> None:
        """Append rows that are in the table's columns."""
        for batch in batches:
            self.connection.register("incoming", pa.Table.from_batches([batch]))
            self.connection.execute(f"INSERT INTO {schema}.{table.name} SELECT * FROM incoming")
            self.connection.unregister("incoming")

    def grant(self, schema: str, roles: Sequence[str]) -> None:
        """A file has no roles: the permissions of the file say who may read it."""
        if roles:
            raise Misused(f"--grant-to: {self.name} is a file and has no roles; set its permissions (chmod, chgrp)")


class DuckDBTarget:
    """Files by duckdb:///path and duckdb:////absolute/path."""

    def holds_password(self, url: str) -> bool:
        """A file has none."""
        return False

    @contextlib.contextmanager
    def opened(self, url: str, out: Path) -> Iterator[DuckDBFile]:
        """The file, made where it is not there, for the owner and the group only."""
        path = _path_of(url)
        _check_place(path, out)
        before = os.umask(NOT_FOR_OTHERS)
        os.umask(before | NOT_FOR_OTHERS)
        try:
            is_new = not path.exists()
            with contextlib.closing(_connected(path)) as connection:
                try:
                    yield DuckDBFile(str(path), connection, TYPES)
                except BaseException:
                    if is_new and _is_empty(connection):
                        path.unlink(missing_ok=True)  # while it is still ours alone
                    raise
        finally:
            os.umask(before)


def _path_of(url: str) -> Path:
    if not url.startswith(SCHEME) or url == SCHEME:
        raise Misused(
            f"--to {url}: a file is duckdb:///books.duckdb, or with its whole path duckdb:////srv/books.duckdb"
        )
    return Path(url.removeprefix(SCHEME))


def _check_place(path: Path, out: Path) -> None:
    """Raise CannotCreate where the file would be one of OUT's own."""
    check_place(path, out)
    if path.resolve() == (out / INDEX).resolve():
        raise CannotCreate(f"{path}: it is the index over the nights of {out}; give another file")


def _connected(path: Path) -> duckdb.DuckDBPyConnection:
    settings: dict[str, str | bool | int | float | list[str]] = {
        "threads": WORKERS,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if not path.absolute().parent.is_dir():
        absolute = "" if path.is_absolute() else f"; a whole path has four slashes: duckdb:////{path}"
        raise CannotCreate(f"{path}: there is no folder {path.parent}; make it, or give another place{absolute}")
    try:
        return duckdb.connect(str(path.absolute()), config=settings)  # a file, also where its name is :memory: or md:x
    except duckdb.Error as error:
        if "lock on file" in str(error):
            raise Locked(f"{path}: another program has it open; close it there, or wait until it has ended") from None
        raise CannotCreate(
            f"{path}: cannot be opened as a DuckDB file ({_one_line(error)}); give another file"
        ) from None


def _is_empty(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether nothing was made in the file; one that fails to say so is kept."""
    try:
        return not connection.execute("SELECT 1 FROM duckdb_tables()").fetchall()
    except duckdb.Error:
        return False


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


TARGET = DuckDBTarget()
