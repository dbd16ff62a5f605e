"""The command as a new user tries it: a night that works."""

import re
import subprocess
import sys
from pathlib import Path

from refund_calc.history.record import FILES
from tests.command.started import FIRST, NIGHT, POLICY, REPORTS, ROOT, SAMPLE, edit, night, start


def test_a_night_prints_a_summary_and_leaves_its_files_and_the_record(inbox: Path, out: Path) -> None:
    ran = night(inbox, out)
    assert (ran.returncode, ran.stderr) == (0, "")
    first, *_, last = ran.stdout.splitlines()
    assert first == f"Night of {NIGHT}: 12 return lines read"
    assert last == f"Reports: {out / NIGHT}"
    assert sorted(file.name for file in (out / NIGHT).iterdir() if file.is_file()) == REPORTS
    assert sorted(file.stem for file in (out / NIGHT / "record").iterdir()) == sorted(FILES)


def test_python_dash_m_jobs_is_the_same_command(inbox: Path, out: Path) -> None:
    arguments = ["nightly", "--inbox", inbox, "--policy", POLICY, "--as-of", NIGHT, "--out", out, FIRST]
    ran = subprocess.run(
        [sys.executable, "-m", "jobs", *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert (out / NIGHT / "manifest.json").is_file()


def test_quiet_prints_nothing(inbox: Path, out: Path) -> None:
    ran = night(inbox, out, "--quiet")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert (out / NIGHT / "refunds.csv").is_file()


def test_a_dry_run_prints_the_totals_and_writes_nothing_at_all(inbox: Path, out: Path, tmp_path: Path) -> None:
    ran = night(inbox, out, "--dry-run")
    assert ran.returncode == 0
    assert ran.stdout.splitlines()[-1] == "Dry run: nothing was written"
    assert re.search(r"^Exceptions: \d+\n +\d+ [a-z-]+\n", ran.stdout, re.MULTILINE)
    assert "hold evidence-missing: " in ran.stdout
    assert sorted(tmp_path.iterdir()) == [inbox]


def test_a_dry_run_counts_exceptions_by_code_and_shows_the_first_ten(inbox: Path, out: Path) -> None:
    ran = start(
        *("nightly", "--inbox", SAMPLE.parent, "--policy", POLICY, "--as-of", "2026-11-20", "--out", out, FIRST),
        "--dry-run",
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    before, after = ran.stdout.split("First 10:\n")
    counts = re.findall(r"^ +(\d+) ([a-z-]+)$", before.split("Exceptions: ")[1], re.MULTILINE)
    *shown, more, _ = after.splitlines()
    assert len(shown) == 10 and sum(int(count) for count, _ in counts) == 10 + int(more.split()[1])
    assert shown[0].startswith("  orders.csv line ") and ": hold malformed-row: " in shown[0]
    assert not out.exists()


def test_a_dry_run_leaves_an_earlier_history_as_it_is(inbox: Path, out: Path) -> None:
    night(inbox, out)
    before = {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in out.rglob("*") if file.is_file()}
    ran = start("nightly", "--inbox", inbox, "--policy", POLICY, "--as-of", "2026-11-20", "--out", out, "--dry-run")
    assert ran.returncode == 0, ran.stderr
    assert {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in out.rglob("*") if file.is_file()} == before


def test_files_can_be_named_one_by_one(inbox: Path, out: Path) -> None:
    ran = start(
        *("nightly", "--orders", inbox / "orders.csv", "--returns", inbox / "returns.csv"),
        *("--policy", POLICY / "2024-01.toml", "--as-of", NIGHT, "--out", out, FIRST),
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_files_with_a_header_only_are_an_empty_night(inbox: Path, out: Path) -> None:
    for name in ("orders.csv", "returns.csv"):
        edit(inbox / name, lambda text: text.splitlines()[0] + "\n")
    ran = night(inbox, out)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith(f"Night of {NIGHT}: 0 return lines read")


def test_without_as_of_the_night_is_today_in_the_stores_time_zone(inbox: Path, out: Path) -> None:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    before = datetime.now(ZoneInfo("America/Los_Angeles")).date()
    ran = start("nightly", "--inbox", inbox, "--policy", POLICY, "--out", out, FIRST, TZ="Asia/Tokyo")
    after = datetime.now(ZoneInfo("America/Los_Angeles")).date()
    assert ran.returncode == 0, ran.stderr
    assert any((out / str(day)).is_dir() for day in (before, after))
