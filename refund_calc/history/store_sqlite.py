"""The history in one embedded SQLite file, filled and asked in bulk as Arrow tables over ADBC."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import pyarrow as pa
import pyarrow.ipc

# Not the DB-API on top of these: it imports every library of data frames that it finds installed.
from adbc_driver_manager import (
    INGEST_OPTION_MODE_APPEND,
    INGEST_OPTION_MODE_CREATE,
    AdbcConnection,
    AdbcStatement,
    StatementOptions,
)
from adbc_driver_sqlite import connect

from refund_calc.errors import BadData, CannotCreate, CannotWrite, Locked, NoInput
from refund_calc.history.record import (
    OPEN_FINDINGS,
    PAST_ORDERS,
    PAST_RMAS,
    PAYOUTS,
    Decisions,
    Key,
    Resolution,
    Run,
    keys_of,
)
from refund_calc.policy.money import total

VERSION = 3  # of the tables; SQLite keeps it as user_version

_RUNS = pa.schema([(name, pa.int64() if kind is int else pa.string()) for name, kind in Run.__annotations__.items()])
_RESOLUTIONS = pa.schema(
    [
        ("night", pa.int64()),
        ("sequence", pa.int64()),
        ("rma_number", pa.string()),
        ("order_number", pa.string()),
        ("order_line", pa.string()),
        ("code", pa.string()),
        ("action", pa.string()),
        ("amount", pa.int64()),
        ("resolved_by", pa.string()),
    ]
)


def _table(name: str, schema: pa.Schema, key: str) -> str:
    columns = ", ".join(f"{f.name} {'INTEGER' if f.type == pa.int64() else 'TEXT'}" for f in schema)
    return f"CREATE TABLE {name} ({columns}{', PRIMARY KEY (' + key + ')) WITHOUT ROWID' if key else ')'}"


# A night's orders are neighbours in `past_order`, so looking them up touches few pages, on the 100th night as the 2nd.
# Rows come in the order of their keys: into sorted neighbours SQLite adds a row in a tenth of the time.
_CREATE = (
    _table("past_order", PAST_ORDERS, "order_number, night"),
    _table("rma", PAST_RMAS, "rma_number, order_number, night"),
    # Asked for as a whole, never by key: one Arrow table per night. Sums of cents may be too large for a number here.
    "CREATE TABLE finding (night INTEGER PRIMARY KEY, rows BLOB)",
    "CREATE TABLE payout (night INTEGER PRIMARY KEY, payouts INTEGER, cents TEXT, rows BLOB)",
    _table("resolution", _RESOLUTIONS, "night, sequence"),
    "CREATE INDEX resolution_by_rma ON resolution (rma_number)",
    _table("run", _RUNS, "night"),
    f"PRAGMA user_version = {VERSION}",
)


class SqliteStore:
    """One history file. `record` leaves its transaction open until `commit`: nothing is there before."""

    def __init__(self, path: Path, read_only: bool = False) -> None:
        """Open the file; unless read_only, create it when it is missing.

        Raises CannotCreate when it cannot be created, BadData when it is not a history of this version.
        """
        self.path = path
        target = str(path) if not read_only else f"file:{quote(str(path.absolute()))}?mode=ro"
        try:
            self._file = connect(target)
            self._db = AdbcConnection(self._file)
        except Exception as error:
            raise CannotCreate(f"{path}: the history cannot be opened ({_first_line(error)}); check --store") from None
        try:
            self._db.set_autocommit(True)
            if not read_only:
                # EXTRA: a committed night survives a power cut, for its reports are published right after.
                # It can only be set outside a transaction.
                self._execute("PRAGMA synchronous = EXTRA")
                self._execute("PRAGMA page_size = 16384")  # of a new file
            version = self._rows("PRAGMA user_version")[0][0]
            tables = self._rows("SELECT count(*) FROM sqlite_master")[0][0]
            self._db.set_autocommit(False)
            if version == 0 and tables == 0 and not read_only:
                for statement in _CREATE:
                    self._execute(statement)
                self._db.commit()
            elif version != VERSION:
                raise BadData(f"{path}: not a history of this version; give the right --store, or restore a backup")
        except BadData:
            self.close()
            raise
        except Exception as error:
            self.close()
            text = _first_line(error)
            if "not a database" in text or "malformed" in text:
                raise BadData(
                    f"{path}: not a history file ({text}); give the right --store, or restore a backup"
                ) from None
            if "database is locked" in text:
                raise Locked(f"{path}: another run is at work on this history; wait until it has ended") from None
            if read_only and "readonly database" in text:
                raise BadData(
                    f"{path}: a run died while it wrote the history; the next night takes that back, run it first"
                ) from None
            if "disk I/O error" in text or "disk is full" in text:
                raise CannotWrite(
                    f"{path}: the history cannot be written ({text}); the disk may be full: free space, run it again"
                ) from None
            raise CannotCreate(f"{path}: the history cannot be written ({text}); check the folder") from None

    def close(self) -> None:
        self._db.close()
        self._file.close()

    # --- asking

    def _ask(self, sql: str, parameters: Sequence[Any] = ()) -> pa.Table:
        """What a query finds; anything else is executed, and finds nothing."""
        with closing(AdbcStatement(self._db)) as statement:
            statement.set_sql_query(sql)
            if parameters:
                names = [str(at) for at in range(len(parameters))]
                statement.bind(pa.record_batch([pa.array([value]) for value in parameters], names))
            found, _ = statement.execute_query()
            return pa.RecordBatchReader.from_stream(found).read_all()

    def _execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        self._ask(sql, parameters)

    def _rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return list(zip(*(column.to_pylist() for column in self._ask(sql, parameters).columns), strict=True))

    def _arrow(self, schema: pa.Schema, sql: str, parameters: Sequence[Any] = ()) -> pa.Table:
        """A query whose columns are the schema's. SQLite has no column types of its own, so they are given here."""
        found = self._ask(sql, parameters)
        return found.rename_columns(schema.names).cast(schema) if found.num_rows else schema.empty_table()

    def _ingest(self, table: str, rows: pa.Table, **options: str) -> None:
        with closing(AdbcStatement(self._db)) as statement:
            statement.set_options(**{StatementOptions.INGEST_TARGET_TABLE.value: table} | options)
            statement.bind_stream(rows)
            statement.execute_update()

    def _want(self, name: str, values: pa.Array) -> str:
        """A temporary table of the keys to look up."""
        self._execute(f"DROP TABLE IF EXISTS temp.{name}")
        create = {
            StatementOptions.INGEST_MODE.value: INGEST_OPTION_MODE_CREATE,
            StatementOptions.INGEST_TEMPORARY.value: "true",
        }
        self._ingest(name, pa.table({"wanted": values}), **create)
        return f"temp.{name}"

    def run(self, night: int) -> Run | None:
        rows = self._rows(f"SELECT {', '.join(_RUNS.names)} FROM run WHERE night = ?", [night])
        return Run(*rows[0]) if rows else None

    def runs(self) -> list[Run]:
        """Every night, oldest first."""
        return [Run(*row) for row in self._rows(f"SELECT {', '.join(_RUNS.names)} FROM run ORDER BY night")]

    def last_run(self) -> Run | None:
        rows = self._rows("SELECT max(night) FROM run")
        return self.run(int(rows[0][0])) if rows and rows[0][0] is not None else None

    def payout_sums(self, by: Literal["night", "posted"]) -> dict[int, tuple[int, int]]:
        """How many payouts and cents, by the night that decided them or by the night whose ledger holds their entry."""
        return self._payout_sums(by, f"run.{by} > 0")

    def open_payouts(self) -> dict[int, tuple[int, int]]:
        """How many payouts and cents by payout_date, of the payouts whose entry no night has posted yet."""
        return self._payout_sums("payout_date", "run.posted = 0")

    def _payout_sums(self, by: str, where: str) -> dict[int, tuple[int, int]]:
        sums: dict[int, tuple[int, int]] = {}
        nights = f"SELECT run.{by}, payouts, cents FROM payout JOIN run USING (night) WHERE {where} ORDER BY run.{by}"
        for day, payouts, cents in self._rows(nights):
            before = sums.get(day, (0, 0))
            sums[day] = before[0] + payouts, before[1] + int(cents)
        return sums

    def findings(self, night: int) -> pa.Table:
        """OPEN_FINDINGS of the last night or the one before it."""
        rows = self._rows("SELECT rows FROM finding WHERE night = ?", [night])
        return _from_blob(rows[0][0]) if rows else OPEN_FINDINGS.empty_table()

    def payouts(self, night: int) -> pa.Table:
        """PAYOUTS that a night decided."""
        rows = self._rows("SELECT rows FROM payout WHERE night = ?", [night])
        return _from_blob(rows[0][0]) if rows else PAYOUTS.empty_table()

    def before(self, night: int) -> "SqlitePast":
        return SqlitePast(self, night)

    # --- recording

    def record(self, decisions: Decisions) -> None:
        """Write a night's decisions, withdrawing what an earlier run of the same night decided. Not yet committed."""
        night = decisions.night
        try:
            if self.run(night):
                self._withdraw(night)
            for rows in decisions.orders:
                self._append("past_order", rows)
            for rows in decisions.rmas:
                self._append("rma", rows)
            for table, rows in (
                ("finding", _finding_row(night, decisions.open_findings)),
                ("payout", _payout_row(night, decisions.payouts)),
                ("resolution", _resolution_rows(night, decisions.resolutions)),
            ):
                self._append(table, rows)
            # Findings are needed of the last night, and of the one before it in case the last is withdrawn.
            self._execute(
                "DELETE FROM finding WHERE night < (SELECT coalesce(max(night), 0) FROM run WHERE night < ?)", [night]
            )
        except Exception as error:
            self.rollback()
            raise CannotWrite(
                f"{self.path}: the night cannot be recorded ({_first_line(error)}); nothing was kept, free space and "
                "run it again"
            ) from None

    def commit(self, run: Run) -> None:
        """Make the recorded night final: from here on it exists.

        Where this fails, only the file can tell whether it does: a disk may lose the answer, not the question.
        """
        try:
            self._append("run", pa.Table.from_pylist([vars(run)], _RUNS))
            # Its ledger holds the entries of every payout whose date it reaches, its own too where the lag is 0.
            posted = "UPDATE run SET posted = ?1 WHERE posted = 0 AND payout_date <= ?1"
            self._execute(posted, [run.night])
            self._db.commit()
        except Exception as error:
            self.rollback()
            raise CannotWrite(
                f"{self.path}: the night cannot be committed ({_first_line(error)}); mend it and run the same command "
                "again, it finds the night whole or not at all"
            ) from None

    def rollback(self) -> None:
        """Take back what is not committed; a file that cannot even do that does it when it is opened again."""
        with suppress(Exception):
            self._db.rollback()

    def is_empty(self) -> bool:
        """Whether no night is recorded; False where that cannot be told."""
        with suppress(Exception):
            return self.last_run() is None
        return False

    def _append(self, table: str, rows: pa.Table) -> None:
        if rows.num_rows:
            self._ingest(table, rows, **{StatementOptions.INGEST_MODE.value: INGEST_OPTION_MODE_APPEND})

    def _withdraw(self, night: int) -> None:
        for table in ("past_order", "rma", "finding", "payout", "resolution", "run"):
            self._execute(f"DELETE FROM {table} WHERE night = ?", [night])
        self._execute("UPDATE run SET posted = 0 WHERE posted = ?", [night])


def _resolution_rows(night: int, resolutions: Sequence[Resolution]) -> pa.Table:
    rows = [
        {name: getattr(r, name, None) for name in _RESOLUTIONS.names} | {"night": night, "sequence": at}
        for at, r in enumerate(resolutions)
    ]
    return pa.Table.from_pylist(rows, _RESOLUTIONS)


def _finding_row(night: int, findings: Iterator[pa.Table]) -> pa.Table:
    return pa.table({"night": [night], "rows": _as_blob(OPEN_FINDINGS, findings)})


def _payout_row(night: int, payouts: pa.Table) -> pa.Table:
    cents = str(total(payouts["amount"].to_numpy()))
    rows = _as_blob(PAYOUTS, [payouts])
    return pa.table({"night": [night], "payouts": [payouts.num_rows], "cents": [cents], "rows": rows})


def _as_blob(schema: pa.Schema, tables: Iterable[pa.Table]) -> pa.Array:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as stream:
        for rows in tables:
            stream.write_table(rows)
    return pa.array([sink.getvalue().to_pybytes()], pa.binary())


def _from_blob(blob: bytes) -> pa.Table:
    return pa.ipc.open_stream(blob).read_all()


class SqlitePast:
    """What the store remembers of the nights before one night (history.Past)."""

    def __init__(self, store: SqliteStore, night: int) -> None:
        self._store, self._night = store, night

    @property
    def is_empty(self) -> bool:
        return not self._store._rows("SELECT 1 FROM run WHERE night < ? LIMIT 1", [self._night])

    def orders(self, order_numbers: pa.Array) -> pa.Table:
        wanted = self._store._want("wanted_order", order_numbers)
        return self._store._arrow(
            PAST_ORDERS,
            f"SELECT o.order_number, o.night, o.records FROM {wanted} w "
            "CROSS JOIN past_order o ON o.order_number = w.wanted WHERE o.night < ?",
            [self._night],
        )

    def return_shipping(self, rma_numbers: pa.Array) -> pa.Table:
        wanted = self._store._want("wanted_rma", rma_numbers)
        return self._store._arrow(
            pa.schema([PAST_RMAS.field("rma_number"), PAST_RMAS.field("return_shipping_part")]),
            f"SELECT r.rma_number, sum(r.return_shipping_part) FROM {wanted} w CROSS JOIN rma r "
            "ON r.rma_number = w.wanted WHERE r.night < ? GROUP BY r.rma_number",
            [self._night],
        )

    def keys(self, rma_numbers: Sequence[str]) -> list[Key]:
        asked = set(rma_numbers)
        wanted = self._store._want("answered_rma", pa.array(rma_numbers, pa.string()))
        rows = self._store._rows(
            f"SELECT o.order_number, o.records FROM {wanted} w CROSS JOIN rma r ON r.rma_number = w.wanted "
            "CROSS JOIN past_order o ON o.order_number = r.order_number WHERE o.night < ?",
            [self._night],
        )
        keys = (key for order_number, records in rows for key in keys_of(order_number, records))
        return list({key: None for key in keys if key[0] in asked})

    def resolutions(self, rma_numbers: pa.Array) -> list[Resolution]:
        if not self._store._rows("SELECT 1 FROM resolution LIMIT 1"):
            return []
        wanted = self._store._want("resolved_rma", rma_numbers)
        rows = self._store._rows(
            "SELECT r.rma_number, r.order_number, r.order_line, r.code, r.action, coalesce(r.amount, -1), r.resolved_by"
            f" FROM resolution r JOIN {wanted} w ON r.rma_number = w.wanted WHERE r.night < ? "
            "ORDER BY r.night, r.sequence",
            [self._night],
        )
        return [
            Resolution(rma, order, line, code, action, None if amount < 0 else amount, who, is_new=False)
            for rma, order, line, code, action, amount, who in rows
        ]

    def open_findings(self) -> pa.Table:
        last = self._store._rows("SELECT coalesce(max(night), 0) FROM run WHERE night < ?", [self._night])
        return self._store.findings(last[0][0])

    def unposted_payouts(self, up_to: int) -> pa.Table:
        # A night that is withdrawn and redone posts again what it had posted.
        nights = self._store._rows(
            "SELECT night FROM run WHERE night < ?1 AND (posted = 0 AND payout_date <= ?2 OR posted = ?1) "
            "ORDER BY night",
            [self._night, up_to],
        )
        return pa.concat_tables([PAYOUTS.empty_table(), *(self._store.payouts(night) for (night,) in nights)])

    def run(self, night: int) -> Run | None:
        return self._store.run(night)


class NoPast:
    """The past before the first night, where no store is there yet."""

    is_empty = True

    def orders(self, order_numbers: pa.Array) -> pa.Table:
        return PAST_ORDERS.empty_table()

    def return_shipping(self, rma_numbers: pa.Array) -> pa.Table:
        return pa.table({"rma_number": pa.array([], pa.string()), "return_shipping_part": pa.array([], pa.int64())})

    def keys(self, rma_numbers: Sequence[str]) -> list[Key]:
        return []

    def resolutions(self, rma_numbers: pa.Array) -> list[Resolution]:
        return []

    def open_findings(self) -> pa.Table:
        return OPEN_FINDINGS.empty_table()

    def unposted_payouts(self, up_to: int) -> pa.Table:
        return PAYOUTS.empty_table()

    def run(self, night: int) -> Run | None:
        return None


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def open_to_read(path: Path) -> SqliteStore:
    """The history as it is. Raises NoInput where there is none."""
    if not path.is_file():
        raise NoInput(f"{path}: there is no history here; check --store, or run a night first")
    return SqliteStore(path, read_only=True)


def sqlite_path(url: str) -> Path:
    """The file of a store URL. Raises ValueError for any other kind of store."""
    prefix = "sqlite:///"
    if not url.startswith(prefix) or url == prefix:
        raise ValueError(f'"{url}": only sqlite:///PATH is known; write sqlite:////absolute/path or sqlite:///relative')
    return Path(url.removeprefix(prefix))


__all__ = ["NoPast", "SqlitePast", "SqliteStore", "open_to_read", "sqlite_path"]
