"""The warehouse is a copy: what somebody changes there by hand is told by the next load, with a way out that works."""

import re
from pathlib import Path

import pytest

from refund_calc.books.warehouse.tables import OF_NIGHTS
from refund_calc.errors import BadData, Misused
from refund_calc.history.nights import EPOCH
from tests.books.warehouse.cells import rows_of_out, rows_of_place
from tests.books.warehouse.places import SCHEMA, DuckDBPlace, Place, loaded
from tests.history.three_nights import FIRST, SECOND, THIRD, copied, ran

NIGHT = f"as_of = DATE '{SECOND.as_of}'"
CHANGES = {
    "an amount of the register": (
        f"UPDATE {SCHEMA}.refunds SET net_refund = net_refund + 0.01 WHERE {NIGHT}",
        "refunds",
    ),
    "a decision": (f"UPDATE {SCHEMA}.refunds SET decision = 'hold' WHERE {NIGHT} AND decision = 'refund'", "refunds"),
    "payouts that are gone": (f"DELETE FROM {SCHEMA}.payouts WHERE {NIGHT}", "payouts"),
    "one side of the ledger": (f"UPDATE {SCHEMA}.ledger SET debit = debit + 1 WHERE {NIGHT}", "ledger"),
    "a finding that is gone": (f"DELETE FROM {SCHEMA}.exceptions WHERE {NIGHT} AND row_number = 1", "exceptions"),
    "a decision of a person": (
        f"INSERT INTO {SCHEMA}.resolutions (as_of, place) VALUES ('2026-03-24', 99)",
        "resolutions",
    ),
    "a control total": (f"UPDATE {SCHEMA}.runs SET payout_amount = 0 WHERE {NIGHT}", "runs"),
}


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ran(tmp_path_factory.mktemp("two") / "out", FIRST, SECOND)


def is_whole(place: Place, out: Path) -> bool:
    return all(rows_of_place(place, table) == rows_of_out(out, table) for table in OF_NIGHTS)


@pytest.mark.parametrize(("change", "table"), CHANGES.values(), ids=CHANGES)
def test_rows_that_somebody_changed_are_told_and_what_is_told_mends_them(
    place: Place, two: Path, change: str, table: str
) -> None:
    loaded(place, two)
    place.tell(change)
    with pytest.raises(BadData, match=f"night of 2026-03-24, {table}: .*; somebody changed it") as told:
        loaded(place, two)
    way_out = re.search(r"DELETE FROM [^,]*(?=,)", str(told.value))
    assert way_out
    place.tell(way_out[0])
    assert [night.night for night in loaded(place, two)] == ["2026-03-24"]
    assert is_whole(place, two) and loaded(place, two) == []
    assert place.ask(f"SELECT * FROM {SCHEMA}.withdrawals") == []


def test_rows_of_a_day_without_a_night_are_told(place: Place, two: Path) -> None:
    loaded(place, two)
    place.tell(f"INSERT INTO {SCHEMA}.payouts (as_of, payout_id) VALUES (DATE '2026-03-22', 'mine')")
    with pytest.raises(BadData, match="payouts has rows of 2026-03-22, on which no night was published") as told:
        loaded(place, two)
    place.tell(str(told.value).partition("added them; ")[2])
    assert loaded(place, two) == [] and is_whole(place, two)


def test_a_new_night_is_loaded_before_an_older_one_is_told(place: Place, two: Path, tmp_path: Path) -> None:
    loaded(place, two)
    place.tell(f"DELETE FROM {SCHEMA}.payouts WHERE {NIGHT}")
    out = ran(copied(two, tmp_path / "out"), THIRD)
    with pytest.raises(BadData, match="night of 2026-03-24, payouts: rows 0, the manifest says"):
        loaded(place, out)
    assert place.ask(f"SELECT count(*) FROM {SCHEMA}.runs") == [(3,)]


def test_only_nights_of_the_period_are_counted_again(place: Place, two: Path) -> None:
    loaded(place, two)
    place.tell(f"DELETE FROM {SCHEMA}.payouts WHERE {NIGHT}")
    assert loaded(place, two, (0, FIRST.as_of.toordinal() - EPOCH)) == []


def test_a_night_whose_run_was_deleted_is_loaded_again_whole(place: Place, two: Path) -> None:
    """Whoever wants a night again deletes its row of `runs`; the rows that it left would be there twice."""
    loaded(place, two)
    place.tell(f"DELETE FROM {SCHEMA}.runs")
    assert [night.is_replaced for night in loaded(place, two)] == [False, False]
    assert is_whole(place, two)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("DROP VIEW {}.promise_kept", "promise_kept is missing"),
        ("DROP TABLE {}.resolutions", "resolutions is missing"),
        ("ALTER TABLE {}.withdrawals ADD COLUMN mine text", r"withdrawals was altered \(column mine\)"),
        ("ALTER TABLE {}.withdrawals DROP COLUMN software", r"withdrawals was altered \(column software\)"),
        ("DELETE FROM {}.layout", "its tables have no version in layout, this program has version 1"),
    ],
)
def test_a_schema_that_was_altered_is_refused(place: Place, two: Path, change: str, told: str) -> None:
    loaded(place, two)
    place.tell(change.format(SCHEMA))
    with pytest.raises(BadData, match=f"schema {SCHEMA}: {told}.*load into another --schema, all nights again"):
        loaded(place, two)


def test_a_table_beside_ours_is_nobodys_business(place: Place, two: Path) -> None:
    loaded(place, two)
    place.tell(
        f"CREATE TABLE {SCHEMA}.mine (a integer)", f"CREATE VIEW {SCHEMA}.of_mine AS SELECT a FROM {SCHEMA}.mine"
    )
    assert loaded(place, two) == []


def test_a_refused_load_leaves_no_file_where_there_was_none(tmp_path: Path, two: Path) -> None:
    place = DuckDBPlace(tmp_path)
    with pytest.raises(Misused, match="a word of SQL"):
        loaded(place, two, schema="select")
    assert list(tmp_path.iterdir()) == []
    place.tell("SELECT 1")  # somebody's own file, empty as it is, stays
    with pytest.raises(Misused, match="a word of SQL"):
        loaded(place, two, schema="select")
    assert list(tmp_path.iterdir()) == [place.path]
