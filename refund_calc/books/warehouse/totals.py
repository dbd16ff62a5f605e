"""The control totals of a night, counted once more in the database: when it is loaded, and later (rulebook 7)."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from refund_calc.books.warehouse.content import run
from refund_calc.books.warehouse.schema import literal
from refund_calc.books.warehouse.tables import AMOUNTS, NIGHT, OF_NIGHTS, RUNS, Table, lines_of
from refund_calc.books.warehouse.target import Warehouse
from refund_calc.errors import BadData, ControlTotalFailed
from refund_calc.history.nights import PublishedNight
from refund_calc.night.verdicts import DECISIONS

# Table -> column of `runs` -> how a night's rows come to it.
SUMS: dict[str, dict[str, str]] = {
    "refunds": {
        **{lines_of(decision): f"count(*) FILTER (WHERE decision = {literal(decision)})" for decision in DECISIONS},
        **{name: f"coalesce(sum({name}), 0)" for name in AMOUNTS},
    },
    "payouts": {"payouts": "count(*)", "payout_amount": "coalesce(sum(amount), 0)"},
    "ledger": {"debits": "coalesce(sum(debit), 0)", "credits": "coalesce(sum(credit), 0)"},
    "exceptions": {"exceptions": "count(*)"},
}
# The same for the one row of `runs`; when it was loaded is in no manifest.
OF_RUN = {column.name: f"min({column.name})" for column in RUNS.columns if column.name not in (NIGHT.name, "loaded_at")}


@dataclass(frozen=True)
class _Difference:
    """A figure of a night's rows in a table that is not what its manifest says."""

    night: str
    figure: str  # table and what was counted in it
    found: object
    stated: object


def check_totals(warehouse: Warehouse, schema: str, night: PublishedNight) -> None:
    """Raise ControlTotalFailed where the rows of a night do not come to its control totals, or are not all there."""
    for table in (RUNS, *OF_NIGHTS):
        for off in _differences(_by_night(warehouse, schema, table, [night]), table, [night]):
            raise ControlTotalFailed(
                f"control total: night of {off.night}, {off.figure} {off.found} in {warehouse.name}, the manifest says "
                f"{off.stated}; nothing of this night was kept; run verify, and report it if all is well there"
            )


def check_unchanged(
    warehouse: Warehouse, schema: str, nights: Sequence[PublishedNight], published: Collection[str]
) -> None:
    """Raise BadData where nights that were loaded before no longer come to their manifests, or where there are rows of
    a day between them that is not `published`: somebody changed, deleted or added rows.

    One query for each table. Counts and sums do not see a text that was changed.
    """
    place = f"{warehouse.name}, schema {schema}"
    for table in (RUNS, *OF_NIGHTS):
        found = _by_night(warehouse, schema, table, nights)
        for strange in sorted(set(found) - set(published)):
            raise BadData(
                f"{place}: {table.name} has rows of {strange}, on which no night was published: somebody added "
                f"them; DELETE FROM {schema}.{table.name} WHERE as_of = DATE '{strange}'"
            )
        for off in _differences(found, table, nights):
            raise BadData(
                f"{place}: night of {off.night}, {off.figure} {off.found}, the manifest says {off.stated}; "
                f"somebody changed it since it was loaded: DELETE FROM {schema}.{RUNS.name} "
                f"WHERE as_of = DATE '{off.night}', then the next load brings all of the night again"
            )


def _differences(
    found: Mapping[str, tuple[object, ...]], table: Table, nights: Sequence[PublishedNight]
) -> Iterator[_Difference]:
    for night in nights:
        stated = run(night, RUNS).to_pylist()[0]
        rows = 1 if table is RUNS else night.report_files(table.file).rows
        names = _sums(table)
        wanted = (rows, *(stated[name] for name in names))
        there = found.get(night.name, (0,) * len(wanted))
        for name, one, other in zip(("rows", *names), there, wanted, strict=True):
            if one != other:
                yield _Difference(night.name, f"{table.name}: {name}", one, other)


def _sums(table: Table) -> Mapping[str, str]:
    return OF_RUN if table is RUNS else SUMS.get(table.name, {})


def _by_night(
    warehouse: Warehouse, schema: str, table: Table, nights: Sequence[PublishedNight]
) -> dict[str, tuple[object, ...]]:
    """Night -> how many rows a table has of it, and their sums, from the first of the nights to the last."""
    period = f"{NIGHT.name} BETWEEN DATE {literal(nights[0].name)} AND DATE {literal(nights[-1].name)}"
    columns = ", ".join((NIGHT.name, "count(*)", *_sums(table).values()))
    found = warehouse.query(f"SELECT {columns} FROM {schema}.{table.name} WHERE {period} GROUP BY {NIGHT.name}")
    return {str(night): tuple(counted) for night, *counted in found}
