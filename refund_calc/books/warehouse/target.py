"""What a database must be able to do to be a warehouse, and how one is found by its URL."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from refund_calc.books.warehouse.tables import Kind, Table


class Warehouse(Protocol):
    """An open database. Its own errors become CannotWrite, and what another load holds, Locked."""

    @property
    def name(self) -> str:
        """What messages call it; no password is in it."""

    @property
    def types(self) -> Mapping[Kind, str]:
        """How it names the types of columns."""

    @property
    def has_indexes(self) -> bool:
        """Whether columns that are no key are worth an index."""

    def transaction(self, schema: str) -> AbstractContextManager[None]:
        """Everything until the end or nothing of it; no other load works on this schema meanwhile."""

    def execute(self, statement: str) -> None:
        """Run a statement."""

    def query(self, statement: str) -> list[tuple[object, ...]]:
        """The rows of a query."""

    def insert(self, schema: str, table: Table, batches: Iterable[pa.RecordBatch]) -> None:
        """Append rows that are in the table's columns."""

    def grant(self, schema: str, roles: Sequence[str]) -> None:
        """Let roles read everything in the schema, and nothing more. Raises Misused for a role that is not there."""


class Target(Protocol):
    """A kind of database."""

    def holds_password(self, url: str) -> bool:
        """Whether the URL holds a secret. Raises Misused for one that cannot be read, without showing it."""

    def opened(self, url: str, out: Path) -> AbstractContextManager[Warehouse]:
        """The database, to be filled from OUT.

        Raises Misused for a URL that cannot be used, CannotCreate where it cannot be opened, Locked where it is taken.
        """
