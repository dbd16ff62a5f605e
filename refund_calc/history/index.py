"""The index over the published nights: the record files in one DuckDB file, so that the 100th night is as quick as the
2nd (rulebook 9).

It is derived, and never trusted: it says which nights it holds, by the SHA-256 of their manifests, and whatever differs
from the folders is taken out and loaded again; whatever cannot be read is built anew. DuckDB checks every block that it
reads. At the start of a run it catches up; nothing is written to it after that. A small file beside it names the night
that was published since, so that its loss, too, has a witness. Readers who may write nothing ask what is good of the
index together with the Parquet files of the nights that it lacks.
"""

import contextlib
import hashlib
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from refund_calc.columns.cores import WORKERS
from refund_calc.errors import BadData
from refund_calc.history.nights import PublishedNight, check_files, night_places
from refund_calc.history.past import NOTHING, RMAS, Asked, Past
from refund_calc.history.record import FILES, SQL_TYPES, decoded, file_name
from refund_calc.history.resolution import Resolution
from refund_calc.policy.findings import by_people, stage_a

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

INDEX = "index.duckdb"
LATEST = "index.latest"  # the night that was published last, which the index does not hold yet
MISSING = "it was missing"
LAYOUT = 2  # of its tables; another one is built anew


@dataclass(frozen=True)
class Answer:
    """The past, and what a person should know of the index; blank: all was as expected."""

    past: Past
    notice: str


@dataclass(frozen=True)
class Limits:
    """What the index may take: bytes of memory, and where a folder is made for what does not fit into them."""

    memory: int
    spill: Path


def ask(
    out: Path, nights: Sequence[PublishedNight], asked: Asked, *, may_write: bool, limits: Limits | None = None
) -> Answer:
    """What the nights before the one that asks know; `limits` is what the index may take.

    Raises BadData where the index knows a night whose folder is not there, or where a record file that is read is not
    as it was published.
    """
    before = [night for night in nights if night.day < asked.night]
    known, state = _known_nights(out / INDEX)
    lost = lost_nights(out, known, night_places(out))  # one that is redone need not be whole, but must be there
    if lost:
        raise BadData(lost[0])
    if not before:
        return Answer(NOTHING, "")
    import duckdb  # only where there is a past to ask

    if may_write:
        if state:
            _delete(out / INDEX)
        for notice in (_notice(known, state, nights, before), "it could not be read"):
            with contextlib.suppress(duckdb.Error), _opened(out / INDEX, limits) as index:
                _catch_up(index, before)
                return Answer(_answers(index, before, asked), notice)
            _delete(out / INDEX)
            known = {}
    if known:
        with contextlib.suppress(duckdb.Error), _beside(out / INDEX, known, before, limits) as index:
            return Answer(_answers(index, before, asked), "")
    with _beside(out / INDEX, {}, before, limits) as index:
        return Answer(_answers(index, before, asked), "")


def findings_in_pieces(
    out: Path, nights: Sequence[PublishedNight], rows: int, limits: Limits | None
) -> Iterator[pa.Table]:
    """`Past.findings` for the night after these, at most so many rows at a time. Raises what `ask` raises."""
    if not nights:
        return
    with _read_only(out, nights, limits) as index, _findings(index, nights[-1].day).to_arrow_reader(rows) as reader:
        for batch in reader:
            yield pa.Table.from_batches([batch]).cast(NOTHING.findings.schema)


def ask_again(out: Path, nights: Sequence[PublishedNight], asked: Asked, limits: Limits | None) -> Past:
    """What `ask` answers, once a run has asked before: then the index has caught up, and nothing is written to it."""
    before = [night for night in nights if night.day < asked.night]
    if not before:
        return NOTHING
    with _read_only(out, before, limits) as index:
        return _answers(index, before, asked)


@contextlib.contextmanager
def _read_only(out: Path, before: Sequence[PublishedNight], limits: Limits | None) -> "Iterator[DuckDBPyConnection]":
    """The index where it holds all of these nights, else their Parquet files."""
    known, _ = _known_nights(out / INDEX)
    if len(_good(known, before)) == len(before) == len(known):
        with _connected(out / INDEX, read_only=True, limits=limits) as index:
            yield index
    else:
        with _beside(out / INDEX, {}, before, limits) as index:
            yield index


def tell(out: Path, name: str) -> None:
    """Note beside the index that a night was published. What goes wrong here is no error: the night is in its place.

    Where there is no index, there is nothing to add to: the note counts beside one only, and goes when it goes.
    """
    with contextlib.suppress(OSError):
        if (out / INDEX).exists() and _latest(out) != name:
            (out / LATEST).write_bytes(note(name))


def note(name: str) -> bytes:
    """The night and a hash of it: a note that was cut or changed must not stop anybody."""
    return f"{name} {hashlib.sha256(name.encode()).hexdigest()}\n".encode()


def noted(found: bytes) -> str:
    """The night that a note names; blank where it is none."""
    name = found[: len("2026-11-25")].decode(errors="replace")
    return name if found == note(name) else ""


def _latest(out: Path) -> str:
    """The night that was published last as the note beside the index has it; blank: not known."""
    try:
        return noted((out / LATEST).read_bytes()) if (out / INDEX).exists() else ""
    except OSError:
        return ""


def lost_nights(out: Path, held: Iterable[str], places: Iterable[str]) -> list[str]:
    """A line for each night that the index holds, or that the note beside it names, and that stands nowhere now."""
    return [
        f"{out / name}: a published night is not there any more, the index knows it; restore the folder, "
        f"or delete {out / INDEX} to accept the loss"
        for name in sorted({*held, _latest(out)} - {"", *places})
    ]


def holds(out: Path) -> dict[str, str]:
    """The nights that the index holds, each with its manifest's SHA-256; none where there is no sound index."""
    return _known_nights(out / INDEX)[0]


def _notice(
    known: dict[str, str], state: str, nights: Sequence[PublishedNight], before: Sequence[PublishedNight]
) -> str:
    """What the summary says of an index that is not what the last run left."""
    if state:
        return state if len(before) > 1 or state != MISSING else ""  # the first night leaves none
    if any(known.get(night.name, night.sha256) != night.sha256 for night in nights):
        return "it held another version of a night"
    return "it was an older one" if len(_good(known, before)) < len(before) - 1 else ""


def _known_nights(path: Path) -> tuple[dict[str, str], str]:
    """Night -> SHA-256 of its manifest, and what is wrong with the index."""
    if not path.exists():
        return {}, MISSING
    import duckdb

    try:
        path.open("rb").close()
    except OSError as error:
        return {}, f"it could not be read ({error.strerror})"
    try:
        with _connected(path, read_only=True) as index:
            if index.sql("SELECT layout FROM layout").fetchall() != [(LAYOUT,)]:
                return {}, "it was of another version"
            return dict(index.sql("SELECT name, sha256 FROM nights ORDER BY name").fetchall()), ""
    except duckdb.Error:
        return {}, "it was damaged"


def _good(known: dict[str, str], nights: Sequence[PublishedNight]) -> list[PublishedNight]:
    """The first nights that the index holds as they were published."""
    good: list[PublishedNight] = []
    for night in nights:
        if known.get(night.name) != night.sha256:
            break
        good.append(night)
    return good


@contextlib.contextmanager
def _connected(
    path: Path | str, read_only: bool = False, limits: Limits | None = None
) -> "Iterator[DuckDBPyConnection]":
    import duckdb

    settings: dict[str, str | bool | int | float | list[str]] = {
        "threads": WORKERS,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "temp_directory": "",
    }
    if limits:  # a second thread would take as much again for the rows that it writes
        # Several processes may ask at once, and DuckDB's files have the same names in all of them.
        spill = limits.spill.with_name(f"{limits.spill.name}-{uuid.uuid4().hex}")
        bounds = {"memory_limit": f"{limits.memory >> 20}MiB", "temp_directory": str(spill)}
        settings |= {**bounds, "threads": 1}
    connection = duckdb.connect(str(path), read_only=read_only, config=settings)
    try:
        connection.execute("SET enable_progress_bar = false")  # in a worker it takes itself for a person's console
        yield connection
    finally:
        connection.close()


@contextlib.contextmanager
def _opened(path: Path, limits: Limits | None) -> "Iterator[DuckDBPyConnection]":
    """The index to be written, with its tables."""
    with _connected(path, limits=limits) as index:
        if not index.sql("SELECT 1 FROM duckdb_tables() WHERE table_name = 'layout'").fetchall():
            index.begin()
            index.execute("CREATE TABLE nights (name VARCHAR, day BIGINT, payout_date BIGINT, sha256 VARCHAR)")
            for name, declared in FILES.items():
                columns = ", ".join(f"{column.name} {SQL_TYPES[column.kind]}" for column in declared)
                index.execute(f"CREATE TABLE {name} (night BIGINT, {columns})")
            index.execute(f"CREATE TABLE layout AS SELECT {LAYOUT} AS layout")
            index.commit()
        yield index


def _delete(path: Path) -> None:
    with contextlib.suppress(OSError):
        for file in (path, path.with_name(path.name + ".wal"), path.with_name(LATEST)):
            file.unlink(missing_ok=True)


def _catch_up(index: "DuckDBPyConnection", nights: Sequence[PublishedNight]) -> None:
    """Take out what is not as it was published, and load what is missing, a statement per record file."""
    known = dict(index.sql("SELECT name, sha256 FROM nights").fetchall())
    good = _good(known, nights)
    index.begin()
    if len(good) < len(known):
        last = good[-1].day if good else -1
        for table in ("nights", *FILES):
            index.execute(f"DELETE FROM {table} WHERE {'day' if table == 'nights' else 'night'} > ?", [last])
    for night in nights[len(good) :]:
        _check_record(night, nights)
        for name in FILES:
            index.execute(f"INSERT INTO {name} SELECT {night.day}, * FROM {_parquet(night, name)}")
        row = [night.name, night.day, night.terms.payout_date, night.sha256]
        index.execute("INSERT INTO nights VALUES (?, ?, ?, ?)", row)
    index.commit()


def _check_record(night: PublishedNight, nights: Sequence[PublishedNight]) -> None:
    check_files(night, tuple(map(file_name, FILES)), is_latest=night is nights[-1])


def _parquet(night: PublishedNight, name: str) -> str:
    path = str(night.folder / file_name(name)).replace("'", "''")
    return f"read_parquet('{path}', hive_partitioning = false)"


@contextlib.contextmanager
def _beside(
    path: Path, known: dict[str, str], nights: Sequence[PublishedNight], limits: Limits | None = None
) -> "Iterator[DuckDBPyConnection]":
    """What is good of the index, and the Parquet files of the nights that it lacks, as views; nothing is written."""
    import duckdb

    good = _good(known, nights)
    with _connected(":memory:", limits=limits) as asked:
        if good:
            try:
                asked.execute(f"ATTACH '{str(path).replace(chr(39), chr(39) * 2)}' AS kept (READ_ONLY)")
            except duckdb.Error:
                good = []
        for night in nights[len(good) :]:
            _check_record(night, nights)
        kept = f"night <= {good[-1].day}" if good else ""
        for name in FILES:
            parts = [f"SELECT * FROM kept.{name} WHERE {kept}"] if good else []
            parts += [f"SELECT {n.day}::BIGINT AS night, * FROM {_parquet(n, name)}" for n in nights[len(good) :]]
            asked.execute(f"CREATE VIEW {name} AS {' UNION ALL BY NAME '.join(parts)}")
        rows = [(night.name, night.day, night.terms.payout_date) for night in nights]
        names, days, payouts = map(list, zip(*rows, strict=True))
        asked.register("nights", pa.table({"name": names, "day": days, "payout_date": payouts}))
        yield asked


def _answers(index: "DuckDBPyConnection", nights: Sequence[PublishedNight], asked: Asked) -> Past:
    """The past by SQL; every answer is in an order of its own making."""
    last = nights[-1].day
    index.register("asked_orders", pa.table({"order_number": _keys(asked.order_numbers)}))
    rmas = _keys(asked.rma_numbers)
    index.register("asked_rmas", pa.table({"rma_number": rmas}))
    index.register("named", pa.table({"rma_number": pa.array(asked.named, pa.string())}))
    numbers = index.sql(
        "SELECT rma_number, CAST(sum(return_shipping_part) * 100 AS BIGINT) AS return_shipping_part, "
        "max(refund_number)::BIGINT AS refund_number FROM refunds SEMI JOIN asked_rmas USING (rma_number) "
        f"WHERE night <= {last} GROUP BY rma_number ORDER BY rma_number"
    )
    keys = index.sql(
        "SELECT DISTINCT rma_number, coalesce(order_number, ''), coalesce(order_line, '') FROM lines "
        f"SEMI JOIN named USING (rma_number) WHERE night <= {last} ORDER BY ALL"
    )
    whole = not asked.is_part
    payouts = index.sql(
        f"SELECT night, {decoded('refunds')} FROM refunds JOIN nights ON night = day "
        f"WHERE net_refund > 0 AND night <= {last} AND payout_date > {last} AND payout_date <= {asked.night} "
        "ORDER BY rma_number, night"
    )
    due = payouts.to_arrow_table() if whole else NOTHING.payouts
    deciding = set(due["night"].to_pylist())
    return Past(
        last_night=last,
        lines=_lines(index, last),
        rmas=numbers.to_arrow_table().cast(RMAS),
        keys=tuple((str(rma), str(order), str(line)) for rma, order, line in (keys.fetchall() if asked.named else ())),
        resolutions=_resolutions(index, last),
        findings=_findings(index, last).to_arrow_table() if whole else NOTHING.findings,
        payouts=due,
        terms={night.day: night.terms for night in nights if night.day in deciding},
        opening=index.sql(
            f"SELECT night, {decoded('opening')} FROM opening WHERE night <= {last} AND (order_number IN "
            "(SELECT order_number FROM asked_orders) OR rma_number IN (SELECT rma_number FROM asked_rmas)) "
            "ORDER BY order_number, order_line, rma_number"
        ).to_arrow_table(),
    )


def _lines(index: "DuckDBPyConnection", last: int) -> pa.Table:
    """The record lines of tonight's orders. Where the table has row numbers, only those rows are read whole."""
    of_orders = f"night <= {last} AND order_number IN (SELECT order_number FROM asked_orders)"
    if index.sql("SELECT 1 FROM duckdb_tables() WHERE table_name = 'lines' AND NOT internal").fetchall():
        index.execute(f"CREATE TEMP TABLE asked_lines AS SELECT rowid AS place FROM lines WHERE {of_orders}")
        of_orders = "rowid IN (SELECT place FROM asked_lines)"
    return index.sql(
        f"SELECT night, {decoded('lines')} FROM lines WHERE {of_orders} "
        "ORDER BY rma_number, order_number, order_line, night"
    ).to_arrow_table()


def _findings(index: "DuckDBPyConnection", last: int) -> "DuckDBPyRelation":
    """The last night's findings, and those of the keys that had left the export then, as they last stood (CT-1)."""
    left = (
        "SELECT day AS night, rma_number, order_number, order_line FROM findings "
        "ASOF JOIN nights ON first_seen - DATE '1970-01-01' > day "
        f"WHERE night = {last} AND code = '{stage_a.left_the_export.code}'"
    )
    return index.sql(
        f"SELECT night, {decoded('findings')} FROM findings WHERE night = {last} UNION ALL BY NAME "
        f"SELECT night, {decoded('findings')} FROM findings SEMI JOIN ({left}) USING (night, rma_number, order_number, "
        f"order_line) WHERE code <> '{by_people.invalid_resolution.code}'"
    )


def _keys(texts: pa.Array) -> pa.Array:
    return texts.drop_null().unique()


def _resolutions(index: "DuckDBPyConnection", last: int) -> tuple[Resolution, ...]:
    """What came into force for tonight's RMAs and those that are named, oldest first."""
    rows = index.sql(
        f"SELECT {decoded('resolutions')} FROM resolutions WHERE night <= {last} AND (rma_number IN "
        "(SELECT rma_number FROM asked_rmas) OR rma_number IN (SELECT rma_number FROM named)) ORDER BY night, place"
    ).to_arrow_table()
    return tuple(
        Resolution(**{name: value for name, value in row.items() if name != "place"}, is_new=False)
        for row in rows.to_pylist()
    )
