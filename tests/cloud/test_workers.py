"""A night in a store on several processes: they work on copies, and the store holds the same bytes."""

import os
from pathlib import Path

import pytest

from refund_calc.runs.cloud.store import Store, open_store
from tests.cloud.in_store import files, objects
from tests.command.started import start
from tests.sample import nights

NIGHT_BEFORE, MAIN = str(nights.NIGHT_BEFORE), str(nights.MAIN)


@pytest.fixture
def inbox(s3: Store) -> str:
    """The sample's exports beside OUT."""
    url = s3.url.removesuffix("/out")
    for name in ("orders.csv", "returns.csv", "resolutions.csv"):
        open_store(f"{url}/inbox").upload(nights.FOLDER / name, name)
    return f"{url}/inbox"


def run(out: str, inbox: str, as_of: str, *more: str) -> None:
    given = ("--inbox", inbox, "--policy", str(nights.POLICY), "--out", out, "--as-of", as_of, "--parts", *more)
    ran = start("nightly", *given, **{name: value for name, value in os.environ.items() if name.startswith("AWS_")})
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stderr


def test_two_processes_leave_part_files_in_a_store_as_one_leaves_them_on_disk(
    s3: Store, inbox: str, tmp_path: Path
) -> None:
    before, opening = str(nights.FOLDER / "night-before"), str(nights.FOLDER / "opening.csv")
    for out in (str(tmp_path / "out"), s3.url):
        run(out, before, NIGHT_BEFORE, "--new-history", "--opening", opening)
    run(str(tmp_path / "out"), str(nights.FOLDER), MAIN)
    run(s3.url, inbox, MAIN, "--workers", "2")
    assert objects(s3) == files(tmp_path / "out")
