"""A PostgreSQL database as the warehouse, by psycopg and COPY. It comes with the extra `postgres`."""

import contextlib
import io
import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyarrow import csv

from refund_calc.books.warehouse.tables import Kind, Table
from refund_calc.errors import CannotCreate, CannotWrite, Locked, Misused

try:
    import psycopg
    from psycopg import sql
    from psycopg.pq import Conninfo
except ImportError as missing:
    raise Misused(
        f"--to postgresql://: psycopg cannot be imported ({missing}); "
        "install it with: pip install 'refund-calc[postgres]'"
    ) from None

TYPES: dict[Kind, str] = {
    "text": 'text COLLATE "C"',
    "money": "numeric(14,2)",
    "date": "date",
    "count": "integer",
    "total": "numeric(20,2)",
    "moment": "timestamp",
}
logging.getLogger("psycopg").addHandler(logging.NullHandler())  # what it has to say comes as an error, in one line
SECRET = b"*"  # how libpq marks the parameters that nobody may see
WRONG = (
    "--to: the URL is not one of libpq, postgresql://USER@HOST:PORT/DATABASE; @ : / ? % within a part of it are "
    "written %40 %3A %2F %3F %25 (it is not shown here, it may hold a password)"
)


@dataclass(frozen=True)
class PostgreSQL:
    """The open connection."""

    name: str
    connection: psycopg.Connection
    types: Mapping[Kind, str]
    has_indexes: bool = True

    @contextlib.contextmanager
    def transaction(self, schema: str) -> Iterator[None]:
        """Everything until the end or nothing of it; no other load works on this schema meanwhile."""
        try:
            with self.connection.transaction():
                lock = "SELECT pg_try_advisory_xact_lock(hashtextextended('refund-calc load ' || %s, 0))"
                if self.connection.execute(lock, [schema]).fetchone() != (True,):
                    raise Locked(f"{self.name}, schema {schema}: another load is at work here; wait until it has ended")
                yield
        except psycopg.errors.SyntaxError:  # no other word of a statement comes from outside
            raise Misused(f"--schema {schema}: a word of SQL; give another name, such as {schema}_nights") from None
        except psycopg.errors.InsufficientPrivilege as error:
            raise CannotWrite(
                f"{self.name}: {self.connection.info.user} may not write schema {schema} ({_one_line(error)}); nothing "
                "was changed; `refund-calc manual warehouse` says which rights a loader needs"
            ) from None
        except psycopg.Error as error:
            raise CannotWrite(
                f"{self.name}: cannot be written ({_one_line(error)}); what was half written was taken back, "
                "mend it and load again"
            ) from None

    def execute(self, statement: str) -> None:
        """Run a statement."""
        self.connection.execute(statement)

    def query(self, statement: str) -> list[tuple[object, ...]]:
        """The rows of a query."""
        return self.connection.execute(statement).fetchall()

    def insert(self, schema: str, table: Table, batches: Iterable[pa.RecordBatch]) -> None:
        """Append rows that are in the table's columns: as CSV, in which texts are quoted and null is not."""
        into = sql.SQL("COPY {} FROM STDIN (FORMAT csv)").format(sql.Identifier(schema, table.name))
        with self.connection.cursor() as cursor, cursor.copy(into) as copy:
            for batch in batches:
                written = io.BytesIO()
                csv.write_csv(batch, written, csv.WriteOptions(include_header=False))
                copy.write(written.getbuffer())

    def grant(self, schema: str, roles: Sequence[str]) -> None:
        """Let roles read everything in the schema, and nothing more. Raises Misused for a role that is not there."""
        for role in roles:
            if not self.connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                raise Misused(
                    f"--grant-to {role}: {self.name} has no such role; an administrator makes it: CREATE ROLE"
                )
            names = {"schema": sql.Identifier(schema), "role": sql.Identifier(role)}
            for statement in (
                "GRANT USAGE ON SCHEMA {schema} TO {role}",
                "GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}",
            ):
                self.connection.execute(sql.SQL(statement).format(**names))


class PostgreSQLTarget:
    """Databases by the URLs of libpq; what they leave open comes from its variables, service and password files."""

    def holds_password(self, url: str) -> bool:
        """Whether the URL holds a password, or another secret of libpq. Raises Misused for one that is none."""
        return any(option.val and option.dispchar == SECRET for option in _options(url))

    @contextlib.contextmanager
    def opened(self, url: str, out: Path) -> Iterator[PostgreSQL]:
        """The database. Raises Misused for a URL that is none, CannotCreate where there is no connection."""
        _options(url)
        try:
            connection = psycopg.connect(url, fallback_application_name="refund-calc load", client_encoding="utf8")
        except psycopg.Error as error:
            raise CannotCreate(
                f"--to postgresql://: cannot connect ({_one_line(error)}); check host, port, user and database there, "
                "the password in PGPASSWORD, ~/.pgpass or a service file"
            ) from None
        with contextlib.closing(connection):
            info = connection.info
            encoding = info.parameter_status("server_encoding")
            if encoding != "UTF8":  # else the first name in other letters stops the load, some night
                raise CannotCreate(
                    f"database {info.dbname}: it is in {encoding}, and names of every language need one in UTF-8: "
                    "CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0"
                )
            yield PostgreSQL(f"database {info.dbname} at {info.host or 'localhost'}:{info.port}", connection, TYPES)


def _options(url: str) -> "list[psycopg.pq.ConninfoOption]":
    """What libpq reads in the URL. Raises Misused where a sign that was not escaped may put a password elsewhere."""
    try:
        options = Conninfo.parse(url.encode())
    except psycopg.Error:  # its words cite a part of the URL
        raise Misused(WRONG) from None
    told = {option.keyword: (option.val or b"").decode(errors="replace") for option in options}
    is_escaped = not any("@" in told[name] for name in (b"host", b"hostaddr", b"dbname"))
    if not is_escaped or not re.fullmatch(r"[\d,]*", told[b"port"]):
        raise Misused(WRONG)
    return options


def _one_line(error: psycopg.Error) -> str:
    """The message without its details, which may hold rows."""
    return " ".join((error.diag.message_primary or str(error)).split())[:300]


TARGET = PostgreSQLTarget()
