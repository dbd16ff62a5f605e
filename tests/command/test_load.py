"""`refund-calc load` as a person or cron starts it: what it says, exit codes, and a load that is killed on its way."""

import os
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from tests.books.warehouse.places import PLACES, SCHEMA, DuckDBPlace, Place, PostgreSQLPlace
from tests.command.loading import PROGRAM, ended, is_waiting_for, load, started, wait_until
from tests.command.started import fails, is_misused
from tests.history.three_nights import FIRST, SECOND, THIRD, copied, ran, run
from tests.product import REDO
from tests.stories import AS_OF

TABLES = ("runs", "refunds", "payouts", "ledger", "exceptions", "resolutions")
WITHOUT_PSYCOPG = f"import sys; sys.modules['psycopg'] = None; {PROGRAM}"


@pytest.fixture(params=list(PLACES))
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    made: Place = PLACES[request.param](tmp_path)
    return made


@pytest.fixture
def postgres(tmp_path: Path) -> PostgreSQLPlace:
    return PostgreSQLPlace(tmp_path)


@pytest.fixture
def file(tmp_path: Path) -> DuckDBPlace:
    return DuckDBPlace(tmp_path)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ran(tmp_path_factory.mktemp("two") / "out", FIRST, SECOND)


def counts(place: Place) -> dict[str, int]:
    """Table -> its rows of the second night."""
    of = f"count(*) FROM {SCHEMA}.{{}} WHERE as_of = DATE '{SECOND.as_of}'"
    return {table: place.ask(f"SELECT {of.format(table)}")[0][0] for table in TABLES}


def test_it_says_what_it_loaded_and_then_that_all_is_there(place: Place, two: Path) -> None:
    done = load("--to", place.url, "--out", two)
    assert (done.returncode, done.stderr) == (0, "")
    first, second, last = done.stdout.splitlines()
    # 4 lines, 2 payouts, 2 entries of 4 journal lines, and 3 exceptions.
    assert first == f"{AS_OF}: 17 rows loaded" and second.startswith(f"{SECOND.as_of}: ")
    assert last.endswith(f"schema {SCHEMA}: 2 nights loaded")
    again = load("--to", place.url, "--out", two)
    assert again.returncode == 0 and again.stdout.endswith(f"schema {SCHEMA}: nothing to load, all is there\n")


def test_the_url_and_the_schema(place: Place, two: Path) -> None:
    done = load("--schema", "store_1", "--until", AS_OF, "--out", two, REFUND_CALC_WAREHOUSE=place.url)
    assert done.returncode == 0 and "schema store_1: 1 night loaded" in done.stdout
    assert place.ask("SELECT count(*) FROM store_1.runs") == [(1,)]


@pytest.mark.parametrize("name", ["pg_mine", "Mine", "information_schema", "a;b", "1st", "ä", "", "x" * 64])
def test_a_schema_that_needs_quotes_is_refused(file: DuckDBPlace, two: Path, name: str) -> None:
    is_misused(load("--to", file.url, "--out", two, "--schema", name), "is no name for a schema of ours")


@pytest.mark.parametrize("name", ["order", "select", "window"])
def test_a_schema_that_is_a_word_of_sql_is_refused(place: Place, two: Path, name: str) -> None:
    fails(load("--to", place.url, "--out", two, "--schema", name), 2, f"--schema {name}: a word of SQL")


def test_a_file_named_as_its_schema_is_refused(two: Path, tmp_path: Path) -> None:
    """DuckDB calls a file by its name: refund_calc.runs would be in the file or in the schema."""
    url = f"duckdb:///{tmp_path}/{SCHEMA}.duckdb"
    fails(load("--to", url, "--out", two), 2, f"{SCHEMA}.duckdb", "give the file another name, such as books.duckdb")
    assert load("--to", url, "--out", two, "--schema", "nights").returncode == 0


def test_who_may_only_read_is_sent_to_the_rights(two: Path, tmp_path: Path) -> None:
    place = PostgreSQLPlace(tmp_path)
    place.tell("CREATE ROLE reader_of_loads LOGIN")
    try:
        url = place.url.replace("postgres@", "reader_of_loads@")
        fails(
            load("--to", url, "--out", two), 74, "reader_of_loads may not write schema", "which rights a loader needs"
        )
        assert load("--to", place.url, "--out", two, "--until", AS_OF, "--grant-to", "reader_of_loads").returncode == 0
        fails(
            load("--to", url, "--out", two), 74, "reader_of_loads may not write schema", "permission denied for table"
        )
        assert set(counts(place).values()) == {0}
    finally:
        place.tell("DROP OWNED BY reader_of_loads", "DROP ROLE reader_of_loads")


def test_options_that_do_not_fit(file: DuckDBPlace, two: Path) -> None:
    given = ("--to", file.url, "--out", two)
    is_misused(load(*given, "--from", "2026-03-24", "--until", "2026-03-20"), "--until", "lies before --from")
    is_misused(load(*given, "--from", "yesterday"), "is not a date")
    is_misused(load("--out", two), "Missing option", "--to")
    fails(load(*given, "--grant-to", "analyst"), 2, "--grant-to", "has no roles", "chmod")


@pytest.mark.parametrize("url", ["books.duckdb", "mysql://h/books", "duckdb://books.duckdb", "duckdb:///"])
def test_a_url_that_names_nothing(two: Path, url: str) -> None:
    fails(load("--to", url, "--out", two), 2, "--to", "duckdb://")


def test_no_night_is_no_input_and_makes_no_file(file: DuckDBPlace, two: Path, tmp_path: Path) -> None:
    fails(load("--to", file.url, "--out", tmp_path / "nothing"), 66, "no night was published here")
    fails(load("--to", file.url, "--out", two, "--from", "2027-01-01"), 66, "no night from 2027-01-01", "--until")
    assert not file.path.exists()


def test_a_damaged_night_is_bad_data(place: Place, two: Path, tmp_path: Path) -> None:
    out = copied(two, tmp_path / "out")
    (out / str(SECOND.as_of) / "ledger.csv").write_text("entry_id\n")
    done = load("--to", place.url, "--out", out)
    assert done.returncode == 65 and "ledger.csv: not as that night published it (changed)" in done.stderr
    assert set(counts(place).values()) == {0}


def test_without_the_extra_it_says_what_to_install_and_files_need_nothing(file: DuckDBPlace, two: Path) -> None:
    missing = load("--to", "postgresql://h/books", "--out", two, program=WITHOUT_PSYCOPG)
    fails(missing, 2, "pip install 'refund-calc[postgres]'")
    assert load("--to", file.url, "--out", two, program=WITHOUT_PSYCOPG).returncode == 0


# --- DuckDB files -------------------------------------------------------------------------------------------------


def test_a_file_is_for_the_owner_and_the_group(file: DuckDBPlace, two: Path) -> None:
    assert load("--to", file.url, "--out", two).returncode == 0
    assert file.path.stat().st_mode & 0o027 == 0


def test_places_where_no_file_can_be(two: Path, tmp_path: Path) -> None:
    text = tmp_path / "text.duckdb"
    text.write_text("This is no database. " * 1000)
    refused = {
        text: "cannot be opened as a DuckDB file",
        tmp_path / "no" / "where.duckdb": "there is no folder",
        two / "index.duckdb": "it is the index over the nights",
        two / str(AS_OF) / "books.duckdb": "it lies in a published night",
    }
    for path, why in refused.items():
        fails(load("--to", f"duckdb:///{path}", "--out", two), 73, str(path), why)
    fails(load("--to", "duckdb:///srv/no/where", "--out", two), 73, "a whole path has four slashes")


@pytest.mark.parametrize("name", [":memory:", "md:books"])
def test_a_name_that_means_something_to_duckdb_is_a_file(two: Path, tmp_path: Path, name: str) -> None:
    there = DuckDBPlace(tmp_path)
    there.path, there.url = tmp_path / name, f"duckdb:///{name}"
    done = load("--to", there.url, "--out", two, cwd=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert there.ask(f"SELECT count(*) FROM {SCHEMA}.runs") == [(2,)]


def test_a_file_that_is_open_elsewhere_is_waited_for(file: DuckDBPlace, two: Path) -> None:
    with closing(duckdb.connect(str(file.path))):
        fails(load("--to", file.url, "--out", two), 75, "another program has it open")


@pytest.mark.skipif(sys.platform == "win32", reason="FIFOs are POSIX's")
def test_a_load_into_a_file_that_is_killed_leaves_no_half_night(file: DuckDBPlace, two: Path, tmp_path: Path) -> None:
    """It waits for the exceptions of the second night when it is killed; register, payouts and ledger are written."""
    out = copied(two, tmp_path / "out")
    report = out / str(SECOND.as_of) / "exceptions.csv"
    report.unlink()
    os.mkfifo(report)
    killed = started("--to", file.url, "--out", out)
    wait_until(lambda: is_waiting_for(report))
    killed.kill()
    assert ended(killed).returncode == -9
    assert file.ask(f"SELECT as_of FROM {SCHEMA}.runs") == [(AS_OF,)] and set(counts(file).values()) == {0}
    assert load("--to", file.url, "--out", two).returncode == 0
    assert counts(file)["ledger"] > 0


# --- PostgreSQL ---------------------------------------------------------------------------------------------------

AT_WORK = (
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'refund-calc load' AND datname = current_database()"
)
WAITING = f"{AT_WORK} AND wait_event_type = 'Lock'"


def test_a_connection_that_is_cut_leaves_no_half_night(postgres: PostgreSQLPlace, two: Path) -> None:
    """It waits for the table of exceptions when its backend is killed; register, payouts and ledger are written."""
    assert load("--to", postgres.url, "--out", two, "--until", AS_OF).returncode == 0
    with postgres.connection() as holder, holder.transaction():
        holder.execute(f"LOCK TABLE {SCHEMA}.exceptions IN SHARE MODE")
        cut = started("--to", postgres.url, "--out", two)
        wait_until(lambda: postgres.ask(WAITING))
        another = load("--to", postgres.url, "--out", two)
        assert postgres.ask(WAITING.replace("pid", "pg_terminate_backend(pid)", 1)) == [(True,)]
        done = ended(cut)
    fails(done, 74, "terminating connection", "half written was taken back", "load again")
    fails(another, 75, "another load is at work here")
    assert set(counts(postgres).values()) == {0}
    assert load("--to", postgres.url, "--out", two).returncode == 0
    assert counts(postgres)["ledger"] > 0


def test_a_redo_that_is_cut_leaves_the_night_as_it_was(postgres: PostgreSQLPlace, two: Path, tmp_path: Path) -> None:
    assert load("--to", postgres.url, "--out", two).returncode == 0
    before = {table: postgres.ask(f"SELECT * FROM {SCHEMA}.{table} ORDER BY 1, 2, 3") for table in TABLES}
    out = copied(two, tmp_path / "out")
    run(out, replace(SECOND, returns=THIRD.returns), **REDO)
    with postgres.connection() as holder, holder.transaction():
        holder.execute(f"LOCK TABLE {SCHEMA}.resolutions IN SHARE MODE")
        cut = started("--to", postgres.url, "--out", out)
        wait_until(lambda: postgres.ask(WAITING))
        cut.kill()
        ended(cut)
    wait_until(lambda: not postgres.ask(AT_WORK))
    assert before == {table: postgres.ask(f"SELECT * FROM {SCHEMA}.{table} ORDER BY 1, 2, 3") for table in TABLES}
    assert postgres.ask(f"SELECT * FROM {SCHEMA}.withdrawals") == []
    done = load("--to", postgres.url, "--out", out)
    assert done.returncode == 0 and "in the place of the night that a redo withdrew" in done.stdout


def test_a_version_that_no_redo_withdrew_is_told(place: Place, two: Path, tmp_path: Path) -> None:
    """A copy of OUT in which somebody tried the second night otherwise, or one that was restored and run again."""
    assert load("--to", place.url, "--out", two).returncode == 0
    other = ran(tmp_path / "other", FIRST, replace(SECOND, returns=THIRD.returns))
    done = load("--to", place.url, "--out", other)
    assert done.returncode == 0
    assert (
        "in the place of a version that withdrawn/ does not hold; make sure that --out is the right one" in done.stdout
    )


def test_a_right_that_is_missing_is_told_in_one_line(postgres: PostgreSQLPlace, two: Path) -> None:
    postgres.tell(f"CREATE ROLE {postgres.database}_poor LOGIN")
    url = postgres.url.replace("postgres@", f"{postgres.database}_poor@")
    fails(load("--to", url, "--out", two), 74, "permission denied", postgres.database)
