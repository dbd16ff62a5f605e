"""What stands in the tables is what the files say, cell by cell, and every column says what it is."""

import csv
import hashlib
from collections import Counter
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from refund_calc.books.warehouse.schema import literal
from refund_calc.books.warehouse.tables import OF_NIGHTS, TABLES, VERSION
from refund_calc.books.warehouse.views import VIEWS
from refund_calc.errors import BadData
from refund_calc.history.record import RESOLUTIONS
from refund_calc.reports.contracts import EXCEPTIONS, LEDGER, PAYOUTS, REFUNDS
from tests.books import month
from tests.books.warehouse.cells import rows_of_out, rows_of_place
from tests.books.warehouse.places import SCHEMA, Place, PostgreSQLPlace, Rows, loaded
from tests.history.three_nights import FIRST, SECOND, ran
from tests.night_after_night.store import Store
from tests.readme_tables import sample_nights
from tests.stories import a_policy, a_return, an_order

REPORTS = {"refunds": REFUNDS, "payouts": PAYOUTS, "ledger": LEDGER, "exceptions": EXCEPTIONS}
CONTRACTS = {**REPORTS, "resolutions": {column.name: column.meaning for column in RESOLUTIONS}}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """OUT of the sample nights."""
    out = tmp_path_factory.mktemp("sample")
    for name, content in sample_nights()[0].items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(content)
    return out


def test_every_cell_of_the_sample_nights_is_there(place: Place, sample: Path) -> None:
    loaded(place, sample)
    for table in OF_NIGHTS:
        found = rows_of_place(place, table)
        assert found == rows_of_out(sample, table) and found, table.name


def test_odd_names_come_as_the_export_has_them(place: Place) -> None:
    loaded(place, month.out())
    for table in OF_NIGHTS:
        assert rows_of_place(place, table) == rows_of_out(month.out(), table)
    rmas = {row[0] for row in place.ask(f"SELECT rma_number FROM {SCHEMA}.refunds")}
    assert set(month.ODD) <= rmas


def test_texts_are_in_the_order_of_their_bytes(place: Place) -> None:
    loaded(place, month.out())
    found = [row[0] for row in place.ask(f"SELECT DISTINCT rma_number FROM {SCHEMA}.refunds ORDER BY rma_number")]
    assert found == sorted(found) and {"r1", "R1", "rma-é"} <= set(found)


def test_a_nul_in_a_bad_cell_stops_no_load(place: Place, tmp_path: Path) -> None:
    """PostgreSQL's texts cannot hold one: it is U+FFFD there, as where a text cannot be shown."""
    loaded(place, ran(tmp_path / "out", replace(FIRST, returns=[*FIRST.returns, a_return(rma_number="A\0B")])))
    found = place.ask(f"SELECT value FROM {SCHEMA}.exceptions WHERE field = 'rma_number'")
    assert ("A\ufffdB",) in found


# 999,999 units at $999,999,999.00: a quadrillion dollars, as a slip of the keyboard makes them.
DEAR = an_order(quantity="999999", unit_price="999999999.00", line_tax="0.00")
ALL_BACK = a_return(quantity_requested="999999", quantity_received="999999")


def test_a_claim_that_cannot_be_keeps_no_night_out(place: Place, tmp_path: Path) -> None:
    loaded(place, ran(tmp_path / "out", replace(FIRST, returns=[ALL_BACK], orders=[DEAR])))
    claims = place.ask(f"SELECT code, claim_amount FROM {SCHEMA}.open_exceptions")
    assert claims == [("approval-required", Decimal("999998999000001.00"))]


def test_a_refund_of_thirteen_digits_is_refused_by_its_file(place: Place, tmp_path: Path) -> None:
    store = Store(tmp_path, a_policy(approval={"limit": None}))
    store.run(replace(FIRST, returns=[ALL_BACK], orders=[DEAR]))
    with pytest.raises(
        BadData, match=r"refunds\.csv: cannot be loaded \(.*999998999000001.*\); its amounts may have 12"
    ):
        loaded(place, store.out)
    assert place.ask(f"SELECT * FROM {SCHEMA}.runs") == []


def commented(place: Place) -> dict[tuple[str, str], str]:
    """(table or view, column) -> comment; column is blank for the table's own."""
    if isinstance(place, PostgreSQLPlace):
        query = (
            "SELECT c.relname, coalesce(a.attname, ''), d.description FROM pg_description d JOIN pg_class c "
            "ON c.oid = d.objoid AND d.classoid = 'pg_class'::regclass LEFT JOIN pg_attribute a ON a.attrelid = c.oid "
            f"AND a.attnum = d.objsubid AND d.objsubid > 0 WHERE c.relnamespace = '{SCHEMA}'::regnamespace"
        )
    else:
        of = f"WHERE schema_name = '{SCHEMA}'"
        query = (
            f"SELECT table_name, column_name, comment FROM duckdb_columns() {of} UNION ALL "
            f"SELECT table_name, '', comment FROM duckdb_tables() {of} UNION ALL "
            f"SELECT view_name, '', comment FROM duckdb_views() {of}"
        )
    return {(table, column): comment for table, column, comment in place.ask(query)}


def columns_there(place: Place) -> set[tuple[str, str]]:
    query = f"SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = '{SCHEMA}'"
    return {(str(table), str(column)) for table, column in place.ask(query)}


def test_every_column_says_what_it_is_in_the_words_of_the_contracts(place: Place, sample: Path) -> None:
    loaded(place, sample)
    comments = commented(place)
    names = {table.name for table in TABLES} | {view.name for view in VIEWS}
    assert set(comments) == columns_there(place) | {(name, "") for name in names}
    assert all(comments.values())
    for table, contract in CONTRACTS.items():
        for column, meaning in contract.items():
            assert comments.get((table, column), meaning) == meaning
    for table, contract in REPORTS.items():
        left_out = {"action", "amount", "resolved_by", "note"} if table == "exceptions" else set()
        assert set(contract) - left_out <= {column for name, column in comments if name == table}


def test_the_types_are_those_of_money_days_and_texts(postgres: PostgreSQLPlace, sample: Path) -> None:
    loaded(postgres, sample)
    query = (
        "SELECT a.attname, format_type(a.atttypid, a.atttypmod), c.collname FROM pg_attribute a LEFT JOIN "
        f"pg_collation c ON c.oid = a.attcollation WHERE a.attrelid = '{SCHEMA}.payouts'::regclass AND a.attnum > 0"
    )
    found = {name: (kind, collation) for name, kind, collation in postgres.ask(query)}
    assert found["as_of"] == found["due_date"] == ("date", None)
    assert found["amount"] == ("numeric(14,2)", None) and found["lines"] == ("integer", None)
    assert found["payout_id"] == found["currency"] == ("text", "C")


# --- Views --------------------------------------------------------------------------------------------------------


def test_the_views_of_the_sample_nights(place: Place, sample: Path) -> None:
    """Held lines of the last night only; the amounts by month come to the registers; a late payout is told as late."""
    loaded(place, sample)
    open_now = place.ask(f"SELECT as_of, rma_number, code FROM {SCHEMA}.open_exceptions")
    last = date(2026, 11, 20)
    expected = [row for row in read(sample / str(last) / "exceptions.csv") if row["severity"] == "hold"]
    assert Counter(open_now) == Counter((last, row["rma_number"] or None, row["code"]) for row in expected)
    sums = place.ask(
        f"SELECT month, sum(lines), sum(net_refund) FROM {SCHEMA}.refunds_by_month_and_reason GROUP BY month"
    )
    assert sums == [(date(2026, 11, 1), 7 + 27, Decimal("1924.68") + Decimal("11447.27"))]
    payouts = [row for night in sample.glob("20*") for row in read(night / "payouts.csv")]
    late = {row["payout_id"]: days_late(row) for row in payouts if days_late(row) > 0}
    told = place.ask(f"SELECT payout_id, days_late FROM {SCHEMA}.promise_kept WHERE NOT is_kept")
    assert dict(told) == late and late
    assert place.ask(f"SELECT count(*) FROM {SCHEMA}.promise_kept") == [(7 + 24,)]


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def days_late(payout: dict[str, str]) -> int:
    return (datetime.fromisoformat(payout["payout_date"]) - datetime.fromisoformat(payout["due_date"])).days


# --- Versions -----------------------------------------------------------------------------------------------------


def rows_of_runs(place: Place) -> Rows:
    return place.ask(f"SELECT * FROM {SCHEMA}.runs")


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ran(tmp_path_factory.mktemp("two") / "out", FIRST, SECOND)


def test_tables_that_change_have_another_version() -> None:
    """Those that were loaded before are then refused; a meaning may change without it."""
    tables = [(t.name, [(c.name, c.kind) for c in t.columns], t.key, t.indexes) for t in TABLES]
    views = [(view.name, view.query) for view in VIEWS]
    digest = hashlib.sha256(repr((tables, views)).encode()).hexdigest()[:16]
    assert {VERSION: digest} == {1: "352b7a49995c4b6c"}, "raise VERSION, and write its digest here"


def test_tables_of_another_version_are_refused(place: Place, two: Path) -> None:
    loaded(place, two)
    before = rows_of_runs(place)
    place.tell(f"UPDATE {SCHEMA}.layout SET version = {VERSION + 1}")
    with pytest.raises(BadData, match=f"its tables are of version {VERSION + 1}, this program has version {VERSION}"):
        loaded(place, two)
    assert rows_of_runs(place) == before


def test_tables_of_somebody_else_are_left_alone(place: Place, two: Path) -> None:
    place.tell(f"CREATE SCHEMA {SCHEMA}", f"CREATE TABLE {SCHEMA}.refunds (id integer)")
    with pytest.raises(BadData, match="table refunds is there and not of this program; give --schema another name"):
        loaded(place, two)
    assert columns_there(place) == {("refunds", "id")}


def test_a_schema_that_is_there_is_filled(place: Place, two: Path) -> None:
    place.tell(f"CREATE SCHEMA {SCHEMA}", f"CREATE TABLE {SCHEMA}.notes (text varchar)")
    assert len(loaded(place, two)) == 2


def test_a_text_in_sql_ends_where_it_ends() -> None:
    assert literal("it's") == "'it''s'"
