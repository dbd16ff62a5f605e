"""The index over the published nights, compared with the record files that it was loaded from (rulebook 9)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from refund_calc.columns.cores import WORKERS
from refund_calc.history.index import INDEX, holds, lost_nights
from refund_calc.history.nights import PublishedNight
from refund_calc.history.record import FILES, file_name, sha256_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Sums: TypeAlias = dict[str, object]


def index_again(
    out: Path, places: Mapping[str, PublishedNight | None], nights: Sequence[PublishedNight]
) -> tuple[list[str], list[str]]:
    """Problems and notices: nights that it should not know or knows otherwise, rows that are not the record's.

    `places` are all nights that stand in OUT, `nights` those with a sound manifest. An index that is behind is as it
    should be; one that cannot be read is no problem, since the next run builds it again.
    """
    path = out / INDEX
    if not path.exists():
        return [], []
    import duckdb

    built_again = [f"{path}: nothing can be read of it; the next run builds it again"]
    known = holds(out)
    problems = lost_nights(out, known, places)
    if not known:
        return problems, built_again
    same = []
    for night in nights:
        if known.get(night.name, night.sha256) != night.sha256:
            problems.append(
                f"{path}: it holds another version of the night of {night.name}; the next run loads it again"
            )
        elif night.name in known:
            same.append(night)
    try:
        for night in same:
            for name in FILES:
                problems += _compared(path, night, name)
    except duckdb.Error:
        return problems, built_again
    return problems, []


def _compared(path: Path, night: PublishedNight, name: str) -> list[str]:
    """Rows, sums and values of one record file as the index has them, and as the file has them."""
    file = night.folder / file_name(name)
    try:
        if sha256_of(file) != night.outputs()[file_name(name)][1]:
            return []  # told of the file itself
    except (OSError, KeyError):
        return []
    with _connected() as asked:
        asked.execute(f"ATTACH {_quoted(path)} AS kept (READ_ONLY)")
        kept = _sums(asked, name, f"(SELECT * EXCLUDE night FROM kept.{name} WHERE night = {night.day})")
        there = _sums(asked, name, f"read_parquet({_quoted(file)}, hive_partitioning = false)")
    off = [f"{what} {kept[what]}, there {there[what]}" for what in kept if kept[what] != there[what]]
    words = [line for line in off if not line.startswith("values ")] or (["other values"] if off else [])
    if not words:
        return []
    what = f"{name} of the night of {night.name} are not those of {file}"
    return [f"{path}: {what} ({'; '.join(words)}); delete the index, the next run builds it again"]


def _sums(asked: "DuckDBPyConnection", name: str, source: str) -> Sums:
    """Rows, each amount in all, and a sum over the hashes of all rows."""
    money = [column.name for column in FILES[name] if column.kind == "money"]
    every = ", ".join(column.name for column in FILES[name])
    wanted = ["count(*)", *(f"coalesce(sum({column}), 0)" for column in money), f"sum(hash({every})::HUGEINT)"]
    (row,) = asked.sql(f"SELECT {', '.join(wanted)} FROM {source}").fetchall()
    return dict(zip(("rows", *money, "values"), row, strict=True))


def _connected() -> "DuckDBPyConnection":
    import duckdb

    settings: dict[str, str | bool | int | float | list[str]] = {
        "threads": WORKERS,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "temp_directory": "",
    }
    return duckdb.connect(":memory:", config=settings)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
