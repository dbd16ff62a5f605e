"""The control totals of a night, counted once more in the database before its transaction ends (rulebook 7)."""

from refund_calc.books.warehouse.schema import literal
from refund_calc.books.warehouse.tables import AMOUNTS, OF_NIGHTS, RUNS, lines_of
from refund_calc.books.warehouse.target import Warehouse
from refund_calc.errors import ControlTotalFailed
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
