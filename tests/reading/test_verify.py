"""`refund-calc verify`: whatever is changed in a published night is found, and the file that was touched is named."""

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from jobs.cli import group
from refund_calc.reading.verify import verify
from tests.product import run, write_files
from tests.stories import AS_OF, DATA, Night, a_return, an_order

ORDERS = [an_order(), an_order(order_number="1002")]
FIRST = Night([a_return(), a_return(rma_number="=R2", order_number="1002")], ORDERS)
LATER = Night([a_return()], ORDERS, as_of=date(2026, 3, 24))
FRIDAY, TUESDAY = str(AS_OF), "2026-03-24"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two nights: two refunds of 100.50, and then their payout entries."""
    folder = tmp_path_factory.mktemp("published")
    for at, night in enumerate((FIRST, LATER)):
        inputs = write_files(night.all_files(), folder / f"in{at}")
        run(inputs, DATA / "policy", night.as_of, folder / "out")
    return folder / "out"


@pytest.fixture
def out(published: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(published, tmp_path / "out"))


def problems(out: Path) -> list[str]:
    found = verify(out, out / "history.db").problems
    assert not any("\n" in line for line in found)
    return list(found)


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


def touched(out: Path) -> set[str]:
    """The files that problems name."""
    return {line.split(":")[0].split(" row")[0].removeprefix(f"{out}/") for line in problems(out)}


def ask(*arguments: object) -> Result:
    return CliRunner().invoke(group, ["verify", *map(str, arguments)])


def test_published_nights_are_as_they_were(out):
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    ran = ask(out)
    assert ran.exit_code == 0
    assert ran.output == f"{out}: 2 nights and 10 files verified, all as they were published\n"
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before


@pytest.mark.parametrize(
    ("name", "before", "after", "words"),
    [
        ("refunds.csv", ",refund,", ",reject,", ["refund rows 1, the store's 2", "reject rows 1, the store's 0"]),
        ("refunds.csv", ",100.50,", ",100.60,", ["total_deductions is not net_refund, 100.50 and 100.60"]),
        ("refunds.csv", ",100.50,", ",many,", ['row 1, net_refund: "many" is not an amount']),
        ("payouts.csv", ",100.50,", ",200.50,", ["payouts in all 301.00, the store's 201.00, difference 100.00"]),
        ("payouts.csv", "R1@", "R3@", ["R1@2026-03-20 is none, its credit to refunds payable in ledger.csv 100.50"]),
        ("ledger.csv", ",100.00,", ",110.00,", ["is not balanced, debits 118.00, credits 108.00"]),
        ("exceptions.csv", "rma_number", "RMA_number", ["SHA-256 is"]),
        ("manifest.json", '"201.00"', '"200.00"', ["its control totals are not the store's"]),
    ],
)  # fmt: skip
def test_a_cell_that_was_changed_is_found(out, name, before, after, words):
    edit(out / FRIDAY / name, before, after)
    found = problems(out)
    assert touched(out) <= {f"{FRIDAY}/{name}", f"{FRIDAY}/payouts.csv"} and f"{FRIDAY}/{name}" in touched(out)
    assert any("SHA-256 is" in line for line in found)
    for word in words:
        assert any(word in line for line in found), found


def test_a_row_that_was_taken_out_is_found(out):
    path = out / FRIDAY / "ledger.csv"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    assert any(f"{path}: 7 rows, the manifest says 8" in line for line in problems(out))


def test_a_payout_entry_that_was_taken_out_is_found(out):
    path = out / TUESDAY / "ledger.csv"
    path.write_text(
        "".join(row for row in path.read_text().splitlines(keepends=True) if "@2026" not in row or "R2" in row)
    )
    assert any("payout entries 1, the store's 2" in line for line in problems(out))


def test_the_chain_shows_a_manifest_that_was_changed_together_with_the_store(out):
    path = out / FRIDAY / "manifest.json"
    edit(path, '"schema_version"', '"schema_version" ')
    expected = "restore it from a backup"
    line = problems(out)[0]
    assert line.startswith(f"{path}: SHA-256 is") and f"the store and the night of {TUESDAY} recorded" in line
    with closing(sqlite3.connect(out / "history.db")) as history:
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        history.execute("UPDATE run SET manifest_sha256 = ? WHERE night = (SELECT min(night) FROM run)", [sha256])
        history.commit()
    (line,) = problems(out)
    assert f"{path}: SHA-256 is" in line and f", the night of {TUESDAY} recorded" in line and expected in line


def _remove(out: Path) -> None:
    (out / FRIDAY / "payouts.csv").unlink()


def _add(out: Path) -> None:
    (out / FRIDAY / "notes.txt").write_text("hello")


def _remove_night(out: Path) -> None:
    shutil.rmtree(out / FRIDAY)


def _add_night(out: Path) -> None:
    (out / "2026-03-23").mkdir()


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (_remove, f"{FRIDAY}/payouts.csv: missing or unreadable (No such file or directory); restore it from a backup"),
        (_add, f"{FRIDAY}/notes.txt: not in the night's manifest; move it away"),
        (_remove_night, f"{FRIDAY}: the folder is missing, and the store has this night; restore it from a backup"),
        (_add_night, "2026-03-23: the store knows no such night; move it away, or give the --store that it belongs to"),
    ],
)
def test_a_file_or_folder_too_few_or_too_many_is_found(out, change: Callable[[Path], None], line):
    change(out)
    assert problems(out) == [f"{out}/{line}"]


def test_the_latest_night_can_also_be_run_again(out):
    (out / TUESDAY / "refunds.csv").unlink()
    assert problems(out)[0].endswith(f"restore it from a backup, or run the night again with --as-of {TUESDAY} --redo")


def test_a_night_that_is_committed_and_not_published_is_named_as_such(out):
    (out / TUESDAY).rename(out / f".{TUESDAY}.pending")
    (line,) = problems(out)
    assert f"{out}/.{TUESDAY}.pending: the night of {TUESDAY} is decided and recorded, but its reports are not" in line


def test_many_things_are_wrong_and_all_are_told(out):
    _remove(out)
    _add(out)
    edit(out / TUESDAY / "ledger.csv", ",100.50,", ",100.51,")
    ran = ask(out)
    assert ran.exit_code == 65
    assert ran.stderr == f"refund-calc: {out}: {len(problems(out))} problems found in 2 nights; see above\n"
    assert ran.stdout.splitlines() == problems(out)
    assert {f"{FRIDAY}/payouts.csv", f"{FRIDAY}/notes.txt", f"{TUESDAY}/ledger.csv"} <= touched(out)


def test_a_manifest_that_is_no_json_is_found(out):
    (out / FRIDAY / "manifest.json").write_text("{")
    assert any("manifest.json: not a manifest of this program" in line for line in problems(out))


def test_every_night_names_the_manifest_before_it(out):
    first, second = (json.loads((out / night / "manifest.json").read_bytes()) for night in (FRIDAY, TUESDAY))
    assert first["previous_manifest_sha256"] is None
    sha256 = hashlib.sha256((out / FRIDAY / "manifest.json").read_bytes()).hexdigest()
    assert second["previous_manifest_sha256"] == sha256


def test_without_nights_or_a_history_there_is_nothing_to_verify(tmp_path):
    for ran in (ask(tmp_path / "nowhere"), ask(tmp_path)):
        assert ran.exit_code == 66
        assert ran.stderr.startswith(f"refund-calc: {tmp_path}/") and ran.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_another_store_is_not_made_up(out, tmp_path):
    assert ask(out, "--store", f"sqlite:///{tmp_path}/other.db").exit_code == 66
    assert not (tmp_path / "other.db").exists()
