"""`--parts`: reports in part files. Their rows, one after the other, are the report; all else is the same."""

import csv
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from python_calamine import CalamineWorkbook

from refund_calc.errors import BadData, CannotWrite
from refund_calc.history.nights import MANIFEST, published
from refund_calc.reading.verify import verify
from refund_calc.reading.workbook import write_workbook
from refund_calc.reading.worklist import FILE
from refund_calc.reading.worklist import is_of as is_worklist_of
from refund_calc.runs.nightly import Inputs
from refund_calc.runs.partitions.settings import Split
from tests import product, worlds
from tests.product import REPORTS
from tests.runs.partitions.compared import all_bytes, in_parts, is_full_after
from tests.runs.partitions.test_same_bytes import elsewhere
from tests.sample import nights as sample
from tests.sample.nights import MAIN, NIGHT_BEFORE
from tests.stories import AS_OF, Night, a_policy, a_return, an_order, ci

IN_PARTS = in_parts(3, part_files=True)
SCALE = Path(__file__).parents[3] / "refund_calc" / "manual" / "scale.md"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("whole") / "out"
    sample.run(out, worklist=True)
    return out


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("parts") / "out"
    sample.run(out, worklist=True, split=IN_PARTS)
    return out


@pytest.fixture
def out(parts: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(parts, tmp_path / "out"))


def part_files(night: Path, report: str) -> list[Path]:
    return sorted((night / report).iterdir())


def joined(night: Path) -> dict[str, bytes]:
    """The reports of a night, put together from their parts."""
    found = {}
    for report in REPORTS:
        lines = [path.read_bytes().split(b"\n", 1) for path in part_files(night, report)]
        assert len({header for header, _ in lines}) == 1
        found[f"{report}.csv"] = lines[0][0] + b"\n" + b"".join(rows for _, rows in lines)
    return found


def check_same(whole: Path, parts: Path) -> None:
    """Night by night: the same reports, record and redo.csv, and all else that a manifest says."""
    assert [night.name for night in published(parts)] == [night.name for night in published(whole)]
    for one in published(parts):
        other = whole / one.name
        assert joined(one.folder) == {f"{report}.csv": (other / f"{report}.csv").read_bytes() for report in REPORTS}
        for path in [*other.glob("record/*"), *other.glob("redo.csv")]:
            assert (one.folder / path.relative_to(other)).read_bytes() == path.read_bytes()
        told, expected = one.manifest, json.loads((other / MANIFEST).read_bytes())
        for its_own in ("outputs", "previous_manifest_sha256", "sha256"):
            del told[its_own], expected[its_own]
        assert told == expected
    assert verify(parts).problems == () == verify(parts).notices


def test_the_sample(whole: Path, parts: Path) -> None:
    check_same(whole, parts)
    page, in_parts = ((out / str(MAIN) / "report.html").read_text() for out in (whole, parts))
    assert in_parts == page.replace('href="exceptions.csv">exceptions.csv<', 'href="exceptions/">exceptions/<')
    assert not list(parts.glob("*/*.csv"))
    assert len(part_files(parts / str(MAIN), "refunds")) > 3


def test_the_command_of_the_manual_puts_a_report_together(whole: Path, parts: Path) -> None:
    (command,) = re.findall(r"^awk .*$", SCALE.read_text(encoding="utf-8"), re.MULTILINE)
    for report in REPORTS:
        asked = command.replace("refunds", report).removesuffix(f" > ~/{report}.csv")
        said = subprocess.run(asked, shell=True, cwd=parts / str(MAIN), capture_output=True, check=True)
        assert said.stdout == (whole / str(MAIN) / f"{report}.csv").read_bytes()


def test_tasks_run_anywhere_in_any_order_and_twice(parts: Path, tmp_path: Path) -> None:
    sample.run(tmp_path / "out", worklist=True, split=in_parts(3, elsewhere, part_files=True))
    assert all_bytes(tmp_path / "out") == all_bytes(parts)


def test_a_night_that_is_not_split_has_one_part_of_each(whole: Path, tmp_path: Path) -> None:
    sample.run(tmp_path / "out", worklist=True, split=Split(part_files=True))
    check_same(whole, tmp_path / "out")
    assert [path.name for path in part_files(tmp_path / "out" / str(MAIN), "ledger")] == ["part-00001.csv"]


@ci(0.05, of_worlds=True)
@given(world=worlds.nights(3, every_rule=True))
def test_three_nights_by_every_rule(world: tuple[tuple[worlds.Policy, ...], tuple[worlds.NightInput, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        check_nights(*world, Path(folder))


def check_nights(policies: Sequence[worlds.Policy], nights: Sequence[worlds.NightInput], folder: Path) -> None:
    policy = product.write_policies(policies, folder / "policy")
    for at, night in enumerate(nights):
        inputs = product.write_night(night, folder / f"in{at}")
        for name, split in (("whole", Split()), ("parts", IN_PARTS)):
            options = product.REDO if night.is_redo else {}
            product.run(inputs, policy, night.as_of, folder / name, split=split, **options)
        check_same(folder / "whole", folder / "parts")


def test_a_night_without_rows_has_one_part_with_the_header_alone(tmp_path: Path) -> None:
    night = Night([], [])
    check_nights([a_policy()], [worlds.NightInput(night.as_of, tuple(night.all_files()))], tmp_path)
    for report in REPORTS:
        (only,) = part_files(tmp_path / "parts" / str(night.as_of), report)
        assert only.read_bytes().count(b"\n") == 1


def test_an_entry_of_the_ledger_is_never_cut(parts: Path) -> None:
    entries = []
    for path in part_files(parts / str(MAIN), "ledger"):
        with path.open(newline="", encoding="utf-8") as file:
            entries.append({row["entry_id"] for row in csv.DictReader(file)})
    assert len(entries) > 3 and sum(map(len, entries)) == len(set().union(*entries))


def test_whole_and_in_parts_may_follow_each_other(whole: Path, tmp_path: Path) -> None:
    sample.run(tmp_path / "out", NIGHT_BEFORE, split=IN_PARTS)
    sample.run(tmp_path / "out", MAIN)
    for report in REPORTS:
        one, other = (folder / str(MAIN) / f"{report}.csv" for folder in (tmp_path / "out", whole))
        assert one.read_bytes() == other.read_bytes()
    assert verify(tmp_path / "out").problems == ()


def test_the_same_again_is_complete_in_either_shape(out: Path) -> None:
    before = all_bytes(out)
    for split in (Split(), IN_PARTS, Split(part_files=True)):
        (told,) = sample.run(out, MAIN, worklist=True, split=split)
        assert told.is_repeat
    assert all_bytes(out) == before


def test_a_lost_worklist_is_made_again(out: Path, parts: Path) -> None:
    (out / FILE).unlink()
    sample.run(out, MAIN, worklist=True)
    assert (out / FILE).read_bytes() == (parts / FILE).read_bytes()
    assert is_worklist_of(out / FILE, published(out)[-1])


@pytest.mark.parametrize("report", REPORTS)
def test_a_part_that_was_changed_is_named(report: str, out: Path) -> None:
    """By verify, and by the next night, which is not run on it."""
    part = part_files(out / str(MAIN), report)[1]
    part.write_bytes(part.read_bytes().replace(b"1", b"2", 1))
    assert any(line.startswith(f"{part}: SHA-256 is ") for line in verify(out).problems)
    says = f"{part}: not as that night published it (changed); restore the folder"
    with pytest.raises(BadData, match=re.escape(says)):
        product.run(sample.inputs(MAIN), sample.POLICY, MAIN + timedelta(3), out)


def test_a_part_that_is_gone_is_named_and_one_too_many_is_odd(out: Path) -> None:
    _, second, *_ = part_files(out / str(MAIN), "payouts")
    second.rename(second.with_name("part-99999.csv"))
    told = verify(out)
    (gone,) = told.problems
    assert gone.startswith(f"{second}: missing or unreadable (No such file or directory); restore the folder")
    assert told.notices == (f"{second.with_name('part-99999.csv')}: not a file of the night; it changes nothing",)
    with pytest.raises(BadData, match=re.escape(f"{second}: missing")):
        product.run(sample.inputs(MAIN), sample.POLICY, MAIN + timedelta(3), out)


def test_totals_that_do_not_hold_name_the_folder(out: Path) -> None:
    part = part_files(out / str(MAIN), "payouts")[0]
    header, first, *others = part.read_text().splitlines(keepends=True)
    part.write_text("".join([header, *others]))
    says = [line for line in verify(out).problems if line.startswith(f"{out / str(MAIN) / 'payouts'}: payouts ")]
    assert len(says) == 2, first


def test_no_problem_of_such_a_night_names_a_file_that_it_does_not_have(out: Path) -> None:
    other = part_files(out / str(NIGHT_BEFORE), "payouts")[0]
    shutil.copy(other, part_files(out / str(MAIN), "payouts")[0])
    part = part_files(out / str(MAIN), "exceptions")[0]
    part.write_text("".join(part.read_text().splitlines(keepends=True)[:-1]))
    told = verify(out).problems
    assert any(" is none, its credit to refunds payable in ledger 536.40" in line for line in told)
    assert any("findings 60, exceptions has 59, difference 1" in line for line in told)
    assert [line for line in told for report in REPORTS if f"{report}.csv" in line] == []


def test_the_workbook_has_a_line_for_each_report_not_for_each_part(whole: Path, parts: Path, tmp_path: Path) -> None:
    found = []
    for name, out in (("whole", whole), ("parts", parts)):
        write_workbook(out, str(MAIN), tmp_path / f"{name}.xlsx")
        sheet = CalamineWorkbook.from_path(tmp_path / f"{name}.xlsx").get_sheet_by_name("Summary").to_python()
        rows = [(str(row[0]), row[1]) for row in sheet]
        found.append(rows[rows.index(("published: rows", "")) :])
    one, other = found
    folders = {f"{report}.csv": f"{report}/" for report in REPORTS}
    assert other == [(folders.get(name, name), rows) for name, rows in one]


def test_parts_of_the_exceptions_are_answered_each_by_itself(whole: Path, parts: Path, tmp_path: Path) -> None:
    """Saved under a name each, they say what the whole file says."""
    for name, out in (("whole", whole), ("parts", parts)):
        folder = tmp_path / name
        night = Path(shutil.copytree(out, folder / "out")) / str(MAIN)
        for at, path in enumerate(sorted([*night.glob("exceptions/*.csv"), *night.glob("exceptions.csv")])):
            answered(path, folder / f"resolutions-{at:02}.csv")
        for file in ("orders.csv", "returns.csv"):
            shutil.copy(sample.FOLDER / file, folder / file)
        product.run(Inputs.of_inbox(folder), sample.POLICY, MAIN + timedelta(1), folder / "out")
    one, other = ((tmp_path / name / "out" / str(MAIN + timedelta(1))) for name in ("whole", "parts"))
    assert b"returns.desk rejected the line" in (one / "exceptions.csv").read_bytes()
    for file in ("refunds.csv", "record/lines.parquet"):
        assert (one / file).read_bytes() == (other / file).read_bytes()


def answered(path: Path, to: Path) -> None:
    """The file as an analyst saves it who rejects what lacks evidence."""
    with path.open(newline="", encoding="utf-8") as file, to.open("w", newline="", encoding="utf-8") as saved:
        rows = csv.DictReader(file)
        writer = csv.DictWriter(saved, rows.fieldnames or ())
        writer.writeheader()
        for row in rows:
            if row["code"] in ("inspection-missing", "damage-unpriced", "approval-required"):
                row |= {"action": "reject", "resolved_by": "returns.desk"}
            writer.writerow(row)


def test_a_redo_of_a_night_without_a_manifest_knows_from_its_parts_that_the_money_left(out: Path) -> None:
    (out / str(MAIN) / MANIFEST).write_text("{}")
    with pytest.raises(BadData, match="24 payouts dated 2026-11-23, today is 2026-11-29"):
        sample.run(out, MAIN, redo=True, today=lambda zone: MAIN + timedelta(9))


@pytest.mark.parametrize("at", range(0, 50, 7))
def test_a_disk_that_fails_leaves_nothing(at: int, out: Path, parts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever part it is that cannot be put in its place; the night can be run again."""
    shutil.rmtree(out / str(MAIN))
    (out / "index.latest").unlink(missing_ok=True)
    with monkeypatch.context() as patched:
        is_full_after(at, "rename", patched)
        with pytest.raises(CannotWrite, match=r"part-\d{5}\.csv: cannot be written \(no space is left\)"):
            sample.run(out, MAIN, split=IN_PARTS)
    assert [path.name for path in out.glob(".*")] == [] and not (out / str(MAIN)).exists()
    sample.run(out, MAIN, worklist=True, split=IN_PARTS)
    assert all_bytes(out) == all_bytes(parts)


def test_what_workers_of_another_machine_write_is_not_for_others(tmp_path: Path) -> None:
    """They have an umask of their own."""

    def open_to_all(task, arguments, /):
        answers = elsewhere(task, arguments)
        for path in tmp_path.glob("out/.*.pending/work-*/*"):
            path.chmod(0o777 if path.is_dir() else 0o666)
        return answers

    rows = [a_return(rma_number=f"R{at}", order_number=f"10{at}") for at in range(9)]
    night = Night(rows, [an_order(order_number=f"10{at}") for at in range(9)])
    inputs = product.write_files(night.all_files(), tmp_path / "in")
    policy = product.write_policies([a_policy()], tmp_path / "policy")
    product.run(inputs, policy, AS_OF, tmp_path / "out", split=in_parts(2, open_to_all, part_files=True))
    found = list((tmp_path / "out" / str(AS_OF)).rglob("*"))
    assert found and [path for path in found if path.stat().st_mode & 0o027] == []
