"""Who may not read or write is told so: where, and that it is the permissions (exit codes 65, 66, 73, 74, 78)."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree

import pytest

from tests.command.started import FIRST, NIGHT, POLICY, Ran, fails, needs_permissions, start

pytestmark = needs_permissions
NEXT, LATER = "2026-11-20", "2026-11-23"


def run(inbox: Path, out: Path, *more: object, as_of: str = NIGHT, policy: Path = POLICY, **options) -> Ran:
    given = ("--inbox", inbox, "--policy", policy, "--as-of", as_of, "--out", out)
    return start("nightly", *given, *more, **options)


@contextmanager
def closed(path: Path, mode: int = 0) -> Iterator[None]:
    before = path.stat().st_mode & 0o777
    path.chmod(mode)
    try:
        yield
    finally:
        path.chmod(before)


@pytest.fixture
def published(inbox: Path, out: Path) -> Path:
    """Two nights, and so an index."""
    assert run(inbox, out, FIRST).returncode == 0
    assert run(inbox, out, as_of=NEXT).returncode == 0
    return out


def test_an_inbox_that_may_not_be_read_is_not_an_empty_one(inbox: Path, out: Path) -> None:
    with closed(inbox):
        fails(run(inbox, out, FIRST), 66, str(inbox), "Permission denied", "permissions")
    with closed(inbox / "returns.csv"):
        fails(run(inbox, out, FIRST), 66, "returns.csv", "Permission denied", "permissions")
    assert run(inbox, out, FIRST).returncode == 0


def test_a_policy_that_may_not_be_read(inbox: Path, out: Path, tmp_path: Path) -> None:
    policy = Path(copytree(POLICY, tmp_path / "policy"))
    for path in (policy, policy / "2024-01.toml"):
        with closed(path):
            fails(run(inbox, out, FIRST, policy=policy), 78, str(path), "Permission denied")


def test_a_history_that_may_not_be_read_is_not_a_new_one(inbox: Path, published: Path) -> None:
    with closed(published):
        for command in (["status", "--out", published], ["verify", published], ["verify", "--out", published]):
            fails(start(*command), 66, str(published), "Permission denied", "permissions")
        fails(run(inbox, published, FIRST, as_of=LATER), 66, str(published), "Permission denied", "permissions")
    with closed(published, 0o300):
        fails(run(inbox, published, as_of=LATER), 66, str(published), "Permission denied", "permissions")


@pytest.mark.parametrize("name", ["", "manifest.json", "payouts.csv", "record/refunds.parquet"])
def test_a_night_that_may_not_be_read_is_not_a_lost_one(name: str, inbox: Path, published: Path) -> None:
    with closed(published / NEXT / name):
        ran = run(inbox, published, as_of=LATER)
        fails(ran, 65, str(published / NEXT / name), "Permission denied", "check its permissions")
        assert "--redo" not in ran.stderr and "backup" not in ran.stderr
    assert run(inbox, published, as_of=LATER).returncode == 0


def test_an_index_that_may_not_be_read_is_built_again_and_told(inbox: Path, published: Path) -> None:
    with closed(published / "index.duckdb"):
        assert run(inbox, published, "--dry-run", as_of=LATER).returncode == 0
        ran = run(inbox, published, as_of=LATER)
        (published / "index.duckdb").touch()
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "Index rebuilt: it could not be read (Permission denied)" in ran.stdout


def test_an_out_that_may_not_be_written(inbox: Path, published: Path) -> None:
    with closed(published, 0o500):
        fails(run(inbox, published, as_of=LATER), 73, str(published), "Permission denied", "permissions")
        ran = run(inbox, published, "--dry-run", as_of=LATER)
        assert (ran.returncode, ran.stderr) == (0, "")
    assert run(inbox, published, as_of=LATER).returncode == 0


def modes(folder: Path) -> set[tuple[str, str]]:
    paths = [folder, *folder.rglob("*")]
    return {("folder" if path.is_dir() else "file", oct(path.stat().st_mode & 0o777)) for path in paths}


@pytest.mark.parametrize(
    ("umask", "file", "folder"), [(0o000, 0o640, 0o750), (0o022, 0o640, 0o750), (0o077, 0o600, 0o700)]
)
def test_names_and_money_of_customers_are_not_for_everybody(
    umask: int, file: int, folder: int, inbox: Path, out: Path
) -> None:
    assert run(inbox, out, FIRST, umask=umask).returncode == 0
    assert run(inbox, out, as_of=NEXT, umask=umask).returncode == 0
    assert run(inbox, out, "--redo", "--payouts-not-sent", as_of=NEXT, umask=umask).returncode == 0
    assert (out / "index.duckdb").exists() and (out / "withdrawn" / f"{NEXT}-1").is_dir()
    assert modes(out) == {("file", oct(file)), ("folder", oct(folder))}
