"""`refund-calc verify`: whatever is changed in a published night is found, and the file that was touched is named."""

import hashlib
import json
import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from jobs.cli import group
from refund_calc.history.index import INDEX
from refund_calc.history.nights import sealed
from refund_calc.reading.verify import verify
from tests.product import run, write_files
from tests.stories import AS_OF, DATA, Night, a_policy, a_return, an_order, product

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
    found = verify(out).problems
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
    assert ran.output == f"{out}: 2 nights and 20 files verified, all as they were published\n"
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before


@pytest.mark.parametrize(
    ("name", "before", "after", "words"),
    [
        ("refunds.csv", ",refund,", ",reject,", ["refund rows 1, the manifest's 2", "reject rows 1, the manifest's 0"]),
        ("refunds.csv", ",100.50,", ",100.60,", ["total_deductions is not net_refund, 100.50 and 100.60"]),
        ("refunds.csv", ",100.50,", ",many,", ['row 1, net_refund: "many" is not an amount']),
        ("payouts.csv", ",100.50,", ",200.50,", ["payouts in all 301.00, the register's net refunds 201.00"]),
        ("payouts.csv", "R1/", "R3/", ["R1/1 is none, its credit", "R1/1 is none, in record"]),
        ("ledger.csv", ",100.00,", ",110.00,", ["is not balanced, debits 118.00, credits 108.00"]),
        ("exceptions.csv", "rma_number", "RMA_number", ["SHA-256 is"]),
        ("manifest.json", '"201.00"', '"200.00"', ["net_refund 201.00 in all, the manifest's control total is 200.00"]),
    ],
)  # fmt: skip
def test_a_cell_that_was_changed_is_found(out, name, before, after, words):
    edit(out / FRIDAY / name, before, after)
    found = problems(out)
    assert f"{FRIDAY}/{name}" in touched(out)
    assert all(file.startswith(FRIDAY) for file in touched(out))
    assert any("SHA-256 is" in line or "it was changed" in line for line in found)
    for word in words:
        assert any(word in line for line in found), found


def test_a_row_that_was_taken_out_is_found(out):
    path = out / FRIDAY / "ledger.csv"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    assert any(f"{path}: 7 rows, the manifest says 8" in line for line in problems(out))


def test_a_payout_entry_that_was_taken_out_is_found(out):
    path = out / TUESDAY / "ledger.csv"
    path.write_text("".join(row for row in path.read_text().splitlines(keepends=True) if "PAYOUT:R1" not in row))
    assert any("payout entries 1, due by the records of the nights 2" in line for line in problems(out))


def resealed(path: Path, before: str, after: str) -> None:
    """Change a manifest as somebody would who knows how its own hash is made."""
    content = json.loads(path.read_text(encoding="utf-8").replace(before, after, 1))
    del content["sha256"]
    path.write_bytes(sealed(content))


def test_the_chain_shows_a_manifest_that_was_sealed_again(out):
    resealed(out / FRIDAY / "manifest.json", '"schema_version": 2', '"schema_version": 3')
    assert problems(out)[0] == (
        f"{out}/{TUESDAY}/manifest.json: it does not follow the night of {FRIDAY}, which stands before it: a night "
        "was lost or changed; restore the folders of OUT from one backup"
    )


def test_control_totals_that_were_sealed_again_are_found(out):
    resealed(out / TUESDAY / "manifest.json", '"debits": "201.00"', '"debits": "202.00"')
    (line,) = problems(out)
    assert "ledger.csv: debits 201.00 in all, the manifest's control total is 202.00" in line


@pytest.mark.parametrize("night", [FRIDAY, TUESDAY])
def test_one_byte_of_any_file_is_found(published, tmp_path, night):
    names = [str(path.relative_to(published)) for path in (published / night).rglob("*") if path.is_file()]
    assert len(names) == 10
    for at, name in enumerate(names):
        out = Path(shutil.copytree(published, tmp_path / str(at)))
        content = bytearray((out / name).read_bytes())
        content[len(content) // 2] ^= 1
        (out / name).write_bytes(content)
        assert name in touched(out), name


@pytest.mark.parametrize("name", ["lines", "findings", "resolutions", "refunds"])
def test_a_record_file_that_is_missing_is_found(out, name):
    (out / FRIDAY / "record" / f"{name}.parquet").unlink()
    assert f"{FRIDAY}/record/{name}.parquet" in touched(out)


def test_a_record_that_says_something_else_than_the_reports_is_found(out):
    """Sealed again, hash and all: only what stands in the files is left to tell."""
    path = out / TUESDAY / "record" / "refunds.parquet"
    shutil.copy(out / FRIDAY / "record" / "refunds.parquet", path)
    manifest = out / TUESDAY / "manifest.json"
    listed = {o["name"]: o for o in json.loads(manifest.read_bytes())["outputs"]}["record/refunds.parquet"]
    resealed(manifest, listed["sha256"], hashlib.sha256(path.read_bytes()).hexdigest())
    found = problems(out)
    assert any("net_refund 201.00, the register's net refunds 0.00" in line for line in found)
    assert any("payout =R2/1 is none, in record/refunds.parquet 100.50 (and 1 more like it)" in line for line in found)


def _remove(out: Path) -> None:
    (out / FRIDAY / "payouts.csv").unlink()


def test_a_file_too_few_is_found(out):
    _remove(out)
    what = "missing or unreadable (No such file or directory); restore the folder from a backup"
    assert problems(out) == [f"{out}/{FRIDAY}/payouts.csv: {what}"]


def test_a_foreign_file_is_named_and_is_no_problem(out):
    (out / FRIDAY / ".~lock.exceptions.csv#").write_text("me")
    (out / FRIDAY / "record" / "notes.txt").write_text("hello")
    for name in ("letters", "2026-02-30", "2026-03-23"):  # 03-23 is a night's name, but nothing is in it
        (out / name).mkdir()
    (out / "2026-02-30" / "notes.txt").write_text("hello")
    ran = ask(out)
    assert ran.exit_code == 0
    assert ran.output.splitlines() == [
        f"{out}/{FRIDAY}/.~lock.exceptions.csv#: not a file of the night; it changes nothing",
        f"{out}/{FRIDAY}/record/notes.txt: not a file of the night; it changes nothing",
        f"{out}: 2 nights and 20 files verified, all as they were published",
    ]


def test_a_night_that_is_lost_is_found(out):
    shutil.rmtree(out / FRIDAY)
    found = problems(out)
    assert any(f"{TUESDAY}/manifest.json: it follows a night, and none stands before it: " in line for line in found)
    assert any(line.startswith(f"{out}/{FRIDAY}: a published night is not there any more, the index") for line in found)


def test_the_latest_night_can_also_be_run_again(out):
    (out / TUESDAY / "refunds.csv").unlink()
    assert problems(out)[0].endswith(
        f"restore the folder from a backup, or run that night again with --as-of {TUESDAY} --redo"
    )


def test_a_night_that_a_redo_left_aside_is_read_there(out):
    (out / TUESDAY).rename(out / f".{TUESDAY}.withdrawn")
    ran = ask(out)
    assert ran.exit_code == 0
    assert ran.output.startswith(f"{out}/.{TUESDAY}.withdrawn: a redo of the night of {TUESDAY} was cut off; the next")


def change_index(out: Path, statement: str) -> list[str]:
    with duckdb.connect(str(out / INDEX)) as index:
        index.execute(statement)
    return problems(out)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE refunds SET net_refund = 1 WHERE rma_number = 'R1'", "refunds of the night of 2026-03-20 are not"),
        ("UPDATE lines SET decision = 'hold'", "(other values)"),
        ("DELETE FROM lines", "(rows 0, there 2;"),
        ("UPDATE nights SET sha256 = 'other'", "another version of the night of 2026-03-20"),
        ("INSERT INTO nights SELECT '2026-03-19', day - 1, payout_date, sha256 FROM nights", "2026-03-19: a published"),
    ],
)
def test_an_index_that_says_something_else_is_found(out, statement, words):
    (line,) = change_index(out, statement)
    assert words in line and str(out / INDEX) in line


def test_an_index_that_is_damaged_or_missing_is_no_problem(out):
    (out / INDEX).write_bytes(b"x" * 5000)
    ran = ask(out)
    assert ran.exit_code == 0
    assert ran.output.splitlines()[0] == f"{out / INDEX}: nothing can be read of it; the next run builds it again"
    (out / INDEX).unlink()
    assert ask(out).output.count("\n") == 1
    assert not (out / INDEX).exists()


def test_many_things_are_wrong_and_all_are_told(out):
    _remove(out)
    (out / FRIDAY / "notes.txt").write_text("hello")
    edit(out / TUESDAY / "ledger.csv", ",100.50,", ",100.51,")
    ran = ask(out)
    assert ran.exit_code == 65
    assert ran.stderr == f"refund-calc: {out}: {len(problems(out))} problems found in 2 nights; see above\n"
    assert ran.stdout.splitlines() == [*verify(out).notices, *problems(out)]
    assert {f"{FRIDAY}/payouts.csv", f"{TUESDAY}/ledger.csv"} <= touched(out)


def test_a_manifest_that_is_no_json_is_found(out):
    (out / FRIDAY / "manifest.json").write_text("{")
    assert any("manifest.json: not as that night published it" in line for line in problems(out))


@pytest.mark.parametrize(("key", "value"), [("rows", "2"), ("rows", None), ("rows", "two"), ("name", 7), ("sha256", 1)])
def test_a_list_of_files_that_was_changed_by_hand_is_no_error_of_the_program(out, key, value):
    path = out / FRIDAY / "manifest.json"
    content = json.loads(path.read_bytes())
    content["outputs"][0][key] = value
    path.write_text(json.dumps(content))
    ran = ask(out)
    assert ran.exit_code == 65
    assert f"{path}: not as that night published it (its last key is not the hash " in ran.stdout


def test_every_night_names_the_manifest_before_it(out):
    first, second = (json.loads((out / night / "manifest.json").read_bytes()) for night in (FRIDAY, TUESDAY))
    assert first["previous_manifest_sha256"] is None
    sha256 = hashlib.sha256((out / FRIDAY / "manifest.json").read_bytes()).hexdigest()
    assert second["previous_manifest_sha256"] == sha256


def test_without_nights_there_is_nothing_to_verify(tmp_path):
    (tmp_path / "letters").mkdir()
    for ran in (ask(tmp_path / "nowhere"), ask(tmp_path)):
        assert ran.exit_code == 66
        assert ran.stderr.startswith(f"refund-calc: {tmp_path}") and ran.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["letters"]


def test_the_folder_is_an_argument_or_an_option(out):
    assert ask("--out", out).output == ask(out).output
    assert ask().exit_code == 2
    assert ask(out, "--out", out).exit_code == 2


@pytest.mark.parametrize("lag", [0, 1, 5])
def test_payouts_are_expected_of_the_first_night_that_their_date_reaches(tmp_path, lag):
    """With a lag of 0 the night itself posts them; with 5 days those of Friday wait for the night of 03-31."""
    policy = product.write_policies([a_policy(payout={"lag_business_days": lag})], tmp_path / "policy")
    last = Night([a_return()], ORDERS, as_of=date(2026, 3, 31))
    for at, night in enumerate((FIRST, LATER, last)):
        run(write_files(night.all_files(), tmp_path / f"in{at}"), policy, night.as_of, tmp_path / "out")
    assert problems(tmp_path / "out") == []
    posted = {0: FRIDAY, 1: TUESDAY, 5: "2026-03-31"}[lag]
    path = tmp_path / "out" / posted / "ledger.csv"
    path.write_text("".join(row for row in path.read_text().splitlines(keepends=True) if "PAYOUT:R1" not in row))
    assert any("payout entries 1, due by the records of the nights 2" in line for line in problems(tmp_path / "out"))
