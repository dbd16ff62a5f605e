"""A password of the warehouse is in no message, log or list of processes; and who may read it, may only read."""

import stat
from pathlib import Path

import psycopg
import pytest

from tests.books.warehouse.places import SCHEMA, PostgreSQLPlace, server, socket_folder
from tests.command.loading import command_lines, ended, load, started, wait_until
from tests.command.started import is_misused
from tests.history.three_nights import FIRST, SECOND, ran
from tests.stories import AS_OF

SECRET = "cherry+Tart"
WRONG = "plum+Cake"


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ran(tmp_path_factory.mktemp("two") / "out", FIRST, SECOND)


@pytest.fixture
def place(tmp_path: Path) -> PostgreSQLPlace:
    """A database whose owner, of its own name, has to give a password."""
    made = PostgreSQLPlace(tmp_path)
    rules = server().pgdata / "pg_hba.conf"
    rule = f"local {made.database} {made.database} scram-sha-256\n"
    rules.write_text(rule + rules.read_text())
    made.tell(
        f"CREATE ROLE {made.database} LOGIN PASSWORD '{SECRET}'",
        f"GRANT CREATE ON DATABASE {made.database} TO {made.database}",
        "SELECT pg_reload_conf()",
    )

    def is_asked() -> bool:
        try:
            psycopg.connect(url_of(made), password=WRONG).close()
        except psycopg.OperationalError:
            return True
        return False

    wait_until(is_asked)
    return made


def url_of(place: PostgreSQLPlace, user: str = "", secret: str = "") -> str:
    return f"postgresql://{user or place.database}{secret}@/{place.database}?host={socket_folder()}"


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(stat.S_IRUSR | stat.S_IWUSR)
    return path


# --- What libpq knows works ---------------------------------------------------------------------------------------


def test_its_variables_its_password_file_and_its_service_file_work(
    place: PostgreSQLPlace, two: Path, tmp_path: Path
) -> None:
    name = place.database
    passwords = written(tmp_path / "pgpass", f"*:*:{name}:{name}:{SECRET}\n")
    entries = [f"host={socket_folder()}", f"dbname={name}", f"user={name}", f"password={SECRET}"]
    services = written(tmp_path / "services", "\n".join(["[warehouse]", *entries, ""]))
    ways = (
        (url_of(place), dict(PGPASSWORD=SECRET)),
        (url_of(place), dict(PGPASSFILE=str(passwords))),
        ("postgresql:///?service=warehouse", dict(PGSERVICEFILE=str(services))),
        ("postgresql://", dict(PGHOST=str(socket_folder()), PGDATABASE=name, PGUSER=name, PGPASSWORD=SECRET)),
    )
    for url, variables in ways:
        done = load("--to", url, "--out", two, **variables)
        assert (done.returncode, done.stderr) == (0, ""), url
        assert f"database {name} at " in done.stdout and SECRET not in done.stdout
    whole = {"REFUND_CALC_WAREHOUSE": url_of(place, secret=f":{SECRET}")}
    assert load("--out", two, **whole).returncode == 0


# --- A password is not shown --------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", [f"postgresql://u:{SECRET}@h/d", f"postgresql://u@h/d?password={SECRET}"])
def test_a_password_on_the_command_line_is_refused(two: Path, url: str) -> None:
    done = load("--to", url, "--out", two)
    is_misused(done, "list of processes", "PGPASSWORD", "REFUND_CALC_WAREHOUSE")
    assert SECRET not in done.stdout + done.stderr


def test_a_wrong_password_is_not_shown(place: PostgreSQLPlace, two: Path) -> None:
    for url, variables in (
        (url_of(place), dict(PGPASSWORD=WRONG)),
        (url_of(place, secret=f":{WRONG}"), {}),
        (url_of(place) + f"&password={WRONG}", {}),
    ):
        traced = {"REFUND_CALC_TRACEBACK": "1"}
        done = load("--out", two, REFUND_CALC_WAREHOUSE=url, **traced, **variables)
        assert done.returncode == 73 and "password authentication failed" in done.stderr
        assert WRONG not in done.stdout + done.stderr
    assert WRONG not in (server().pgdata / "log").read_text(errors="replace")


@pytest.mark.parametrize(
    ("url", "exit_code"),
    [
        (f"postgresql://u:{SECRET}@nowhere.invalid/d", 73),
        (f"postgresql://u:{SECRET}@127.0.0.1:1/d", 73),
        (f"postgresql://u:%zz{SECRET}@h/d", 2),  # libpq's own message cites it
        (f"postgresql://u:a@{SECRET}@h/d", 2),  # libpq takes a part of it for the host
        (f"postgresql://u:{SECRET}/b@h/d", 2),  # for the port
        (f"postgresql://u:1/{SECRET}@h/d", 2),  # for the database
        (f"postgresql://u:{SECRET}@h/d?no=1", 2),
        (f"u:{SECRET}@h/d", 2),
        (f"mysql://u:{SECRET}@h/d", 2),
    ],
)
def test_a_url_that_leads_nowhere_does_not_show_its_password(two: Path, url: str, exit_code: int) -> None:
    done = load("--out", two, REFUND_CALC_WAREHOUSE=url, REFUND_CALC_TRACEBACK="1")
    assert done.returncode == exit_code, done.stderr
    assert SECRET not in done.stdout + done.stderr


def test_nobody_sees_it_in_the_list_of_processes(place: PostgreSQLPlace, two: Path) -> None:
    """Neither ours nor the server's, while a load is at work."""
    given = {"REFUND_CALC_WAREHOUSE": url_of(place, secret=f":{SECRET}")}
    assert load("--out", two, "--until", AS_OF, **given).returncode == 0
    with place.connection() as holder, holder.transaction():
        holder.execute(f"LOCK TABLE {SCHEMA}.exceptions IN SHARE MODE")
        at_work = started("--out", two, **given)
        wait_until(lambda: place.ask("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))
        lines = command_lines()
    assert ended(at_work).returncode == 0
    assert any("load" in line for line in lines) and not any(SECRET in line for line in lines)


# --- Analysts -----------------------------------------------------------------------------------------------------


def test_an_analyst_may_read_everything_and_write_nothing(place: PostgreSQLPlace, two: Path) -> None:
    analyst = f"{place.database}_analyst"
    place.tell(f"CREATE ROLE {analyst} LOGIN")
    given = ("--to", place.url, "--out", two)
    assert load(*given, "--until", AS_OF, "--grant-to", analyst).returncode == 0
    assert load(*given).returncode == 0, "nights that come later are theirs too"
    with psycopg.connect(url_of(place, analyst), autocommit=True) as connection:
        for name in ("runs", "withdrawals", "refunds", "exceptions", "open_exceptions", "promise_kept"):
            connection.execute(f"SELECT * FROM {SCHEMA}.{name}")
        assert connection.execute(f"SELECT count(*) FROM {SCHEMA}.runs").fetchone() == (2,)
        for statement in (
            f"INSERT INTO {SCHEMA}.layout VALUES (2)",
            f"UPDATE {SCHEMA}.refunds SET net_refund = 0",
            f"DELETE FROM {SCHEMA}.runs",
            f"TRUNCATE {SCHEMA}.ledger",
            f"CREATE TABLE {SCHEMA}.mine (id integer)",
            f"DROP VIEW {SCHEMA}.promise_kept",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_a_role_that_is_not_there_is_named_and_nothing_is_made(place: PostgreSQLPlace, two: Path) -> None:
    done = load("--to", place.url, "--out", two, "--grant-to", "analists")
    assert done.returncode == 2 and "--grant-to analists: " in done.stderr and "CREATE ROLE" in done.stderr
    assert place.ask(f"SELECT 1 FROM pg_namespace WHERE nspname = '{SCHEMA}'") == []
