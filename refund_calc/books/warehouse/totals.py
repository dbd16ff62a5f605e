"""The control totals of a night, counted once more in the database: when it is loaded, and later (rulebook 7)."""

from collections.abc import Collection, Iterable, Sequence

from refund_calc.books.warehouse.content import run
from refund_calc.books.warehouse.schema import literal
from refund_calc.books.warehouse.tables import AMOUNTS, NIGHT, OF_NIGHTS, RUNS, lines_of
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


def check_totals(warehouse: Warehouse, schema: str, night: PublishedNight) -> None:
    """Raise ControlTotalFailed where the rows of a night do not come to its control totals, or are not all there."""
    of_night = f"WHERE as_of = DATE {literal(night.name)}"
    for table in OF_NIGHTS:
        place = f"{schema}.{table.name}"
        counted = warehouse.query(f"SELECT count(*) FROM {place} {of_night}")[0][0]
        _equal(warehouse, night, f"{table.name}: rows", counted, night.report_files(table.file).rows)
        sums = SUMS.get(table.name)
        if sums:
            found = warehouse.query(f"SELECT {', '.join(sums.values())} FROM {place} {of_night}")[0]
            stated = warehouse.query(f"SELECT {', '.join(sums)} FROM {schema}.{RUNS.name} {of_night}")[0]
            for name, one, other in zip(sums, found, stated, strict=True):
                _equal(warehouse, night, f"{table.name}: {name}", one, other)


def _equal(warehouse: Warehouse, night: PublishedNight, what: str, found: object, stated: object) -> None:
    if found != stated:
        raise ControlTotalFailed(
            f"control total: night of {night.name}, {what} {found} in {warehouse.name}, the manifest says {stated}; "
            "nothing of this night was kept; run verify, and report it if all is well there"
        )


def check_unchanged(
    warehouse: Warehouse, schema: str, nights: Sequence[PublishedNight], published: Collection[str]
) -> None:
    """Raise BadData where nights that were loaded before no longer come to their manifests, or where there are rows of
    a day between them that is not `published`: somebody changed, deleted or added rows.

    One query for each table. Counts and sums do not see a text that was changed.
    """
    place = f"{warehouse.name}, schema {schema}"
    stated = {night.name: run(night, RUNS).to_pylist()[0] for night in nights}
    for table in (RUNS, *OF_NIGHTS):
        sums = OF_RUN if table is RUNS else SUMS.get(table.name, {})
        found = _by_night(warehouse, f"{schema}.{table.name}", sums.values(), nights)
        strange = sorted(set(found) - set(published))
        if strange:
            raise BadData(
                f"{place}: {table.name} has rows of {strange[0]}, on which no night was published: somebody added "
                f"them; DELETE FROM {schema}.{table.name} WHERE as_of = DATE '{strange[0]}'"
            )
        for night in nights:
            rows = 1 if table is RUNS else night.report_files(table.file).rows
            wanted = (rows, *(stated[night.name][name] for name in sums))
            there = found.get(night.name, (0,) * len(wanted))
            for name, one, other in zip(("rows", *sums), there, wanted, strict=True):
                if one != other:
                    raise BadData(
                        f"{place}: night of {night.name}, {table.name}: {name} {one}, the manifest says {other}; "
                        f"somebody changed it since it was loaded: DELETE FROM {schema}.{RUNS.name} "
                        f"WHERE as_of = DATE '{night.name}', then the next load brings all of the night again"
                    )


def _by_night(
    warehouse: Warehouse, place: str, sums: Iterable[str], nights: Sequence[PublishedNight]
) -> dict[str, tuple[object, ...]]:
    """Night -> how many rows a table has of it, and their sums, from the first of the nights to the last."""
    period = f"{NIGHT.name} BETWEEN DATE {literal(nights[0].name)} AND DATE {literal(nights[-1].name)}"
    columns = ", ".join((NIGHT.name, "count(*)", *sums))
    found = warehouse.query(f"SELECT {columns} FROM {place} WHERE {period} GROUP BY {NIGHT.name}")
    return {str(night): tuple(counted) for night, *counted in found}
