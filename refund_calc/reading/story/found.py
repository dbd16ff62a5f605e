"""What the published nights hold of one RMA or order: the rows of the records, and those of the reports beside them.

Only the rows asked for are read into memory, by DuckDB; each file that is read was compared with its manifest before.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from refund_calc.books.published import GUARD
from refund_calc.columns.cores import WORKERS
from refund_calc.errors import Misused, NoInput
from refund_calc.history.nights import PublishedNight, check_files, published
from refund_calc.history.record import file_name

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Value: TypeAlias = object
Row: TypeAlias = Mapping[str, Value]
"""A row of a record: texts, counts, flags, dates; amounts as cents; None where unknown. `night` is its night's name."""
Cells: TypeAlias = Mapping[str, str]
"""A row of a report as text, blank where it has none; what came from an export is as it came."""

GUARDED = re.compile(GUARD)
NEAR, MOST_EDITS = 5, 3
RECORDS = ("lines", "findings", "resolutions", "refunds", "opening")


@dataclass(frozen=True)
class Found:
    """The nights, and the rows that speak of what was asked, each list in the order of the nights."""

    nights: tuple[PublishedNight, ...]
    rmas: tuple[str, ...]
    lines: tuple[Row, ...]
    findings: tuple[Row, ...]
    resolutions: tuple[Row, ...]
    refunds: tuple[Row, ...]
    opening: tuple[Row, ...]

    def night(self, name: str) -> PublishedNight:
        """The published night of this date."""
        return next(night for night in self.nights if night.name == name)


def find(out: Path, asked: str) -> Found:
    """The rows of all records that speak of the RMA, or of the RMAs of the order, that was asked.

    Raises NoInput where OUT holds no night, Misused where no night knows the name, BadData for a changed record.
    """
    if not out.is_dir():
        raise NoInput(f"{out}: there is no such folder; give the folder that the nights were written to")
    nights = tuple(published(out))
    if not nights:
        raise NoInput(f"{out}: no night has been run yet; give the folder that the nights were written to")
    with ThreadPoolExecutor(WORKERS) as workers:
        names = tuple(map(file_name, RECORDS))
        list(workers.map(lambda night: check_files(night, names, is_latest=night is nights[-1]), nights))
    import duckdb  # only where a story is asked for

    with duckdb.connect() as asking:
        as_in_a_report = GUARDED.sub(r"\1", asked)
        for name in chain((asked, as_in_a_report), _as_typed(asking, nights, asked)):
            rmas, opened = _rmas(asking, nights, name)
            if rmas or opened:
                return _found(asking, nights, name, rmas)
        raise Misused(_unknown(asking, nights, asked))


def _found(asking: "DuckDBPyConnection", nights: tuple[PublishedNight, ...], name: str, rmas: tuple[str, ...]) -> Found:
    of_rmas = {
        record: _rows(asking, nights, record, "list_contains(?, rma_number)", [list(rmas)]) for record in RECORDS[:4]
    }
    orders = sorted({str(row["order_number"]) for row in of_rmas["lines"] if row["order_number"]} | {name})
    opening = _rows(
        asking,
        nights,
        "opening",
        "list_contains(?, rma_number) OR list_contains(?, order_number)",
        [list(rmas), orders],
    )
    return Found(nights=nights, rmas=rmas, opening=opening, **of_rmas)


def _rmas(asking: "DuckDBPyConnection", nights: Sequence[PublishedNight], name: str) -> tuple[tuple[str, ...], bool]:
    """The RMAs by this name or of the order by this name; and whether the opening alone knows the order."""
    is_named = "rma_number = ? OR order_number = ?"
    rows = [
        row
        for record in ("lines", "findings", "refunds", "opening")
        for row in _rows(asking, nights, record, is_named, [name, name])
    ]
    return tuple(sorted({str(row["rma_number"]) for row in rows if row["rma_number"]})), bool(rows)


def _source(nights: Iterable[PublishedNight], record: str) -> list[str]:
    return [str(night.folder / file_name(record)) for night in nights if file_name(record) in night.outputs()]


def _rows(
    asking: "DuckDBPyConnection", nights: Sequence[PublishedNight], record: str, condition: str, values: list[object]
) -> tuple[Row, ...]:
    """The rows of a record over all nights for which an SQL condition holds, in the order of nights and rows."""
    files = _source(nights, record)
    if not files:
        return ()
    sql = f"SELECT * FROM read_parquet(?, filename=true, file_row_number=true) WHERE {condition}"
    asked = asking.execute(sql, [files, *values])
    names = [column[0] for column in asked.description]
    of_file = {str(night.folder / file_name(record)): night.name for night in nights}
    rows = [dict(zip(names, map(_value, row), strict=True)) for row in asked.fetchall()]
    rows.sort(key=lambda row: (of_file[str(row["filename"])], row["file_row_number"]))
    return tuple({**row, "night": of_file[str(row["filename"])]} for row in rows)


def _value(value: object) -> Value:
    return int(value * 100) if isinstance(value, Decimal) else value


def _as_typed(asking: "DuckDBPyConnection", nights: Sequence[PublishedNight], asked: str) -> Iterator[str]:
    """The one number that is this but for blanks around it, upper and lower case, and a `#` before it."""
    files = _source(nights, "lines")
    if not files or not asked.strip(" #"):
        return
    sql = """
        WITH names AS (
            SELECT rma_number AS name FROM read_parquet($files) UNION SELECT order_number FROM read_parquet($files)
        )
        SELECT name FROM names WHERE lower(ltrim(name, '#')) = lower($asked) ORDER BY name
    """
    found = [row[0] for row in asking.execute(sql, {"files": files, "asked": asked.strip(" #")}).fetchall()]
    if len(found) == 1:
        yield str(found[0])


def _unknown(asking: "DuckDBPyConnection", nights: Sequence[PublishedNight], asked: str) -> str:
    """The line about a name that no night knows, with those that are near to it."""
    files = _source(nights, "lines")
    near: list[str] = []
    if files and asked:
        sql = """
            WITH names AS (
                SELECT rma_number AS name FROM read_parquet($files) UNION SELECT order_number FROM read_parquet($files)
            )
            SELECT name FROM names WHERE name IS NOT NULL
                AND (contains(lower(name), lower($asked)) OR damerau_levenshtein(lower(name), lower($asked)) <= $most)
            ORDER BY damerau_levenshtein(lower(name), lower($asked)), name LIMIT $near
        """
        most = min(MOST_EDITS, max(len(asked) // 3, 1))
        values = {"files": files, "asked": asked, "most": most, "near": NEAR}
        near = [row[0] for row in asking.execute(sql, values).fetchall()]
    hint = f"did you mean {', '.join(near)}?" if near else "give the number of an RMA or an order as returns.csv has it"
    return f'"{asked}": no night up to {nights[-1].name} knows an RMA or an order of this number; {hint}'


def cells_of(night: PublishedNight, report: str, rmas: Sequence[str], *, is_latest: bool) -> tuple[Cells, ...]:
    """The rows of a report (refunds, exceptions, payouts, redo, ledger) of these RMAs, in its order.

    Raises BadData where the file is not as that night published it.
    """
    files = night.report_files(f"{report}.csv").files
    if not files:
        return ()
    check_files(night, files, is_latest=is_latest)
    import duckdb

    with duckdb.connect() as asking:
        guarded = [*rmas, *(f"'{rma}" for rma in rmas)]
        asked = asking.execute(
            "SELECT * FROM read_csv(?, all_varchar=true, header=true, delim=',', quote='\"', escape='\"', "
            "auto_detect=false, columns=?, max_line_size=16777216) WHERE list_contains(?, rma_number)",
            [[str(night.folder / file) for file in files], _columns(night.folder / files[0]), guarded],
        )
        names = [column[0] for column in asked.description]
        rows = [dict(zip(names, map(_text, row), strict=True)) for row in asked.fetchall()]
    return tuple(row for row in rows if row["rma_number"] in rmas)


def _columns(path: Path) -> dict[str, str]:
    with path.open(encoding="utf-8") as file:
        return dict.fromkeys(file.readline().rstrip("\n").split(","), "VARCHAR")


def _text(cell: str | None) -> str:
    return GUARDED.sub(r"\1", cell or "")
