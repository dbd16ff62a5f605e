"""The command itself, as a new user tries it and as cron starts it: one helpful line, the right exit code."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from refund_calc.history.record import FILES

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "data" / "sample" / "night-before"
POLICY = ROOT / "data" / "policy"
NIGHT = "2026-11-19"
REPORTS = ["exceptions.csv", "ledger.csv", "manifest.json", "payouts.csv", "refunds.csv"]
FLAGS = ("dry-run", "redo", "quiet")

Ran = subprocess.CompletedProcess[str]


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SAMPLE, tmp_path / "inbox"))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def start(*arguments: object, **environment: str) -> Ran:
    """`refund-calc ...` in the environment that cron gives: an empty one, from the root folder."""
    command = [
        sys.executable,
        "-c",
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from jobs.cli import main; main()",
    ]
    return subprocess.run(
        [*command, *map(str, arguments)], env=environment, cwd="/", capture_output=True, text=True, timeout=120
    )


def night(inbox: Path, out: Path, *more: object, **environment: str) -> Ran:
    return start("nightly", "--inbox", inbox, "--policy", POLICY, "--as-of", NIGHT, "--out", out, *more, **environment)


def fails(ran: Ran, exit_code: int, *words: str) -> None:
    """One line on stderr that holds these words, and nothing on stdout."""
    assert ran.returncode == exit_code, ran.stderr
    assert ran.stdout == ""
    assert ran.stderr.startswith("refund-calc: ") and ran.stderr.count("\n") == 1, ran.stderr
    for word in words:
        assert word in ran.stderr


def is_misused(ran: Ran, *words: str) -> None:
    """click's own three lines: usage, where help is, the error."""
    assert ran.returncode == 2
    assert "Traceback" not in ran.stderr and len(ran.stderr.strip().splitlines()) <= 4, ran.stderr
    for word in words:
        assert word in ran.stderr


def nothing_in(out: Path) -> bool:
    """No night, no history, no lock: at most an empty folder."""
    return not out.is_dir() or not any(out.iterdir())


def edit(path: Path, change: Callable[[str], str]) -> None:
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


# --- It works -----------------------------------------------------------------------------------------------------


def test_a_night_prints_a_summary_and_leaves_five_files_and_the_record(inbox: Path, out: Path) -> None:
    ran = night(inbox, out)
    assert (ran.returncode, ran.stderr) == (0, "")
    first, *_, last = ran.stdout.splitlines()
    assert first == f"Night of {NIGHT}: 10 return lines read"
    assert last == f"Reports: {out / NIGHT}"
    assert sorted(file.name for file in (out / NIGHT).iterdir() if file.is_file()) == REPORTS
    assert sorted(file.stem for file in (out / NIGHT / "record").iterdir()) == sorted(FILES)


def test_python_dash_m_jobs_is_the_same_command(inbox: Path, out: Path) -> None:
    arguments = ["nightly", "--inbox", inbox, "--policy", POLICY, "--as-of", NIGHT, "--out", out]
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
    assert sorted(tmp_path.iterdir()) == [inbox]


def test_a_dry_run_leaves_an_earlier_history_as_it_is(inbox: Path, out: Path) -> None:
    night(inbox, out)
    before = {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in out.rglob("*") if file.is_file()}
    ran = start("nightly", "--inbox", inbox, "--policy", POLICY, "--as-of", "2026-11-20", "--out", out, "--dry-run")
    assert ran.returncode == 0, ran.stderr
    assert {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in out.rglob("*") if file.is_file()} == before


def test_files_can_be_named_one_by_one(inbox: Path, out: Path) -> None:
    ran = start(
        *("nightly", "--orders", inbox / "orders.csv", "--returns", inbox / "returns.csv"),
        *("--policy", POLICY / "2024-01.toml", "--as-of", NIGHT, "--out", out),
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_files_with_a_header_only_are_an_empty_night(inbox: Path, out: Path) -> None:
    for name in ("orders.csv", "returns.csv"):
        edit(inbox / name, lambda text: text.splitlines()[0] + "\n")
    ran = night(inbox, out)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith(f"Night of {NIGHT}: 0 return lines read")


def test_a_date_in_the_future_is_a_night_like_any_other(inbox: Path, out: Path) -> None:
    ran = start("nightly", "--inbox", inbox, "--policy", POLICY, "--as-of", "2031-07-04", "--out", out)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("Night of 2031-07-04")


def test_without_as_of_the_night_is_today_in_the_stores_time_zone(inbox: Path, out: Path) -> None:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    before = datetime.now(ZoneInfo("America/Los_Angeles")).date()
    ran = start("nightly", "--inbox", inbox, "--policy", POLICY, "--out", out, TZ="Asia/Tokyo")
    after = datetime.now(ZoneInfo("America/Los_Angeles")).date()
    assert ran.returncode == 0, ran.stderr
    assert any((out / str(day)).is_dir() for day in (before, after))


# --- Cron: an empty environment, and options from REFUND_CALC_... --------------------------------------------------


def test_every_option_reads_an_environment_variable(inbox: Path, out: Path) -> None:
    ran = start(
        "nightly",
        REFUND_CALC_INBOX=str(inbox),
        REFUND_CALC_POLICY=str(POLICY),
        REFUND_CALC_AS_OF=NIGHT,
        REFUND_CALC_OUT=str(out),
        REFUND_CALC_QUIET="1",
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert (out / NIGHT).is_dir()


def test_several_files_in_a_variable_are_separated_as_in_path(inbox: Path, out: Path) -> None:
    header, *rows = (inbox / "returns.csv").read_text(encoding="utf-8").splitlines()
    (inbox / "returns.csv").write_text("\n".join([header, *rows[:4], ""]), encoding="utf-8")
    (inbox / "returns-b.csv").write_text("\n".join([header, *rows[4:], ""]), encoding="utf-8")
    ran = start(
        "nightly",
        REFUND_CALC_ORDERS=str(inbox / "orders.csv"),
        REFUND_CALC_RETURNS=os.pathsep.join([str(inbox / "returns.csv"), str(inbox / "returns-b.csv")]),
        REFUND_CALC_POLICY=str(POLICY),
        REFUND_CALC_AS_OF=NIGHT,
        REFUND_CALC_OUT=str(out),
        REFUND_CALC_DRY_RUN="yes",
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith(f"Night of {NIGHT}: 10 return lines read")
    assert not out.exists()


def test_the_command_line_beats_the_environment(inbox: Path, out: Path, tmp_path: Path) -> None:
    elsewhere = str(tmp_path / "nowhere")
    ran = night(inbox, out, REFUND_CALC_INBOX=elsewhere, REFUND_CALC_ORDERS=elsewhere, REFUND_CALC_AS_OF="2020-01-01")
    assert (ran.returncode, ran.stderr) == (0, "")
    ran = start(
        *("nightly", "--orders", inbox / "orders.csv", "--returns", inbox / "returns.csv", "--out", out, "--dry-run"),
        *("--policy", POLICY, "--as-of", "2026-11-20"),
        REFUND_CALC_INBOX=elsewhere,
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_an_empty_variable_is_no_variable(inbox: Path, out: Path) -> None:
    ran = night(inbox, out, REFUND_CALC_STORE="", REFUND_CALC_ORDERS="", REFUND_CALC_REDO="")
    assert (ran.returncode, ran.stderr) == (0, "")


# --- Bad input: 66 ------------------------------------------------------------------------------------------------


def test_a_missing_file(inbox: Path, out: Path) -> None:
    ran = start(
        *("nightly", "--orders", inbox / "order.csv", "--returns", inbox / "returns.csv"),
        *("--policy", POLICY, "--as-of", NIGHT, "--out", out),
    )
    fails(ran, 66, "order.csv", "no such file")
    assert nothing_in(out)


def test_a_missing_inbox_folder(tmp_path: Path, out: Path) -> None:
    fails(night(tmp_path / "in-box", out), 66, "in-box", "no such folder")
    assert nothing_in(out)


def test_an_inbox_without_returns(inbox: Path, out: Path) -> None:
    (inbox / "returns.csv").unlink()
    fails(night(inbox, out), 66, "returns*.csv")
    assert nothing_in(out)


def test_a_file_that_is_a_folder(inbox: Path, out: Path) -> None:
    (inbox / "returns.csv").unlink()
    (inbox / "returns.csv").mkdir()
    fails(night(inbox, out), 66, "returns.csv")
    assert nothing_in(out)


# --- Bad data: 65 -------------------------------------------------------------------------------------------------


def _as_bytes(encode: Callable[[str], bytes]) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        path.write_bytes(encode(path.read_text(encoding="utf-8")))

    return damage


DAMAGES = {
    "empty": (_as_bytes(lambda text: b""), ["the file is empty"]),
    "semicolons": (_as_bytes(lambda text: text.replace(",", ";").encode()), ["line 1", "another character"]),
    "tabs": (_as_bytes(lambda text: text.replace(",", "\t").encode()), ["line 1", "another character"]),
    "utf-16": (_as_bytes(lambda text: text.encode("utf-16")), ["UTF-16", "CSV UTF-8"]),
    "cp1252": (
        _as_bytes(lambda text: text.replace("RMA-3002", "RMA-3002\u00e9").encode("cp1252")),
        ["line 3", "0xE9", "CSV UTF-8"],
    ),
    "no column": (_as_bytes(lambda text: text.replace("reason,", "why,", 1).encode()), ["line 1", "reason"]),
    "column twice": (
        _as_bytes(lambda text: text.replace("received_date", "requested_date", 1).encode()),
        ["requested_date", "2 times"],
    ),
    "cut in a cell": (_as_bytes(lambda text: (text + 'RMA-1,"').encode()), ["cut"]),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_file_that_cannot_be_read_as_it_is(damage: str, inbox: Path, out: Path) -> None:
    spoil, words = DAMAGES[damage]
    spoil(inbox / "returns.csv")
    fails(night(inbox, out), 65, "returns.csv", *words)
    assert nothing_in(out)


def test_a_night_before_the_last_one(inbox: Path, out: Path) -> None:
    assert night(inbox, out).returncode == 0
    ran = start("nightly", "--inbox", inbox, "--policy", POLICY, "--as-of", "2026-11-18", "--out", out)
    fails(ran, 65, "2026-11-18", "2026-11-19", "must not go back")
    assert not (out / "2026-11-18").exists()


def test_the_same_night_again_and_with_other_inputs(inbox: Path, out: Path) -> None:
    night(inbox, out)
    again = night(inbox, out)
    assert (again.returncode, again.stderr) == (0, "") and "already complete" in again.stdout
    edit(inbox / "returns.csv", lambda text: text.replace("RMA-3001", "RMA-9001"))
    fails(night(inbox, out), 65, "--redo")
    assert night(inbox, out, "--redo").returncode == 0


# --- Bad policy: 78 -----------------------------------------------------------------------------------------------


def test_a_typo_in_the_policy(inbox: Path, out: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    text = (POLICY / "2024-01.toml").read_text(encoding="utf-8")
    policy.write_text(text.replace("window_days", "windw_days"), encoding="utf-8")
    ran = start("nightly", "--inbox", inbox, "--policy", policy, "--as-of", NIGHT, "--out", out)
    fails(ran, 78, "policy.toml", "coverage.windw_days", "window_days")
    assert nothing_in(out)


def test_a_policy_that_is_not_there(inbox: Path, out: Path, tmp_path: Path) -> None:
    ran = start("nightly", "--inbox", inbox, "--policy", tmp_path / "policies", "--as-of", NIGHT, "--out", out)
    fails(ran, 78, "policies", "no such file or folder")
    assert nothing_in(out)


def test_no_version_in_force(inbox: Path, out: Path) -> None:
    ran = start("nightly", "--inbox", inbox, "--policy", POLICY, "--as-of", "2023-12-31", "--out", out)
    fails(ran, 78, "2024-01-01", "2023-12-31")
    assert nothing_in(out)


# --- Somewhere that cannot be written: 73 -------------------------------------------------------------------------


def test_an_output_folder_that_is_a_file(inbox: Path, out: Path) -> None:
    out.write_text("a file\n", encoding="utf-8")
    fails(night(inbox, out), 73, str(out), "--out")
    assert out.read_text(encoding="utf-8") == "a file\n"


def test_an_output_folder_below_a_file(inbox: Path, out: Path) -> None:
    out.write_text("a file\n", encoding="utf-8")
    fails(night(inbox, out / "reports"), 73, str(out / "reports"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_output_folder_that_is_read_only(inbox: Path, out: Path) -> None:
    out.mkdir(mode=0o555)
    fails(night(inbox, out), 73, str(out))
    assert nothing_in(out)


# --- Usage: 2 -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", ["20-11-2026", "2026-11-31", "20261119", "2026-W47-4", "tomorrow"])
def test_a_date_that_is_none(day: str, inbox: Path, out: Path) -> None:
    ran = start("nightly", "--inbox", inbox, "--policy", POLICY, "--as-of", day, "--out", out)
    is_misused(ran, "--as-of", day, "YYYY-MM-DD")
    assert not out.exists()


@pytest.mark.parametrize("day", ["1999-12-31", "2100-01-01", "9999-12-31"])
def test_a_date_outside_the_years_of_the_job(day: str, inbox: Path, out: Path) -> None:
    ran = start("nightly", "--inbox", inbox, "--policy", POLICY, "--as-of", day, "--out", out)
    is_misused(ran, "--as-of", day, "2000-2099")
    assert not out.exists()


def test_an_unknown_option(inbox: Path, out: Path) -> None:
    is_misused(night(inbox, out, "--asof", NIGHT), "--asof")
    assert not out.exists()


def test_an_unknown_command() -> None:
    is_misused(start("nightlie"), "nightlie")


def test_inbox_and_files_together(inbox: Path, out: Path) -> None:
    is_misused(night(inbox, out, "--orders", inbox / "orders.csv"), "--inbox", "--orders")
    assert not out.exists()


def test_no_input_named(out: Path) -> None:
    is_misused(start("nightly", "--policy", POLICY, "--out", out), "--inbox", "--orders")
    assert not out.exists()


def test_orders_without_returns(inbox: Path, out: Path) -> None:
    ran = start("nightly", "--orders", inbox / "orders.csv", "--policy", POLICY, "--out", out)
    is_misused(ran, "--returns")
    assert not out.exists()


# --- What nobody foresaw ------------------------------------------------------------------------------------------


def _breaks_with(error: str, inbox: Path, out: Path, **environment: str) -> Ran:
    """The command with a night that raises."""
    program = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
import jobs.nightly
def broken(*arguments, **options):
    raise {error}
jobs.nightly.nightly = broken
from jobs.cli import main
main()
"""
    arguments = ["nightly", "--inbox", inbox, "--policy", POLICY, "--out", out]
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_bug_is_one_line_and_a_hint(inbox: Path, out: Path) -> None:
    fails(_breaks_with("KeyError('a\\nb')", inbox, out), 70, "bug", "REFUND_CALC_TRACEBACK=1")


def test_a_bug_with_its_traceback_when_it_is_asked_for(inbox: Path, out: Path) -> None:
    ran = _breaks_with("KeyError('a')", inbox, out, REFUND_CALC_TRACEBACK="1")
    assert ran.returncode == 70
    assert "Traceback" in ran.stderr and "in broken" in ran.stderr


def test_no_memory_left(inbox: Path, out: Path) -> None:
    fails(_breaks_with("MemoryError", inbox, out), 70, "memory")


def test_an_error_of_the_system(inbox: Path, out: Path) -> None:
    fails(_breaks_with("OSError(5, 'Input/output error', 'somewhere')", inbox, out), 74, "somewhere", "Input/output")


def test_ctrl_c(inbox: Path, out: Path) -> None:
    fails(_breaks_with("KeyboardInterrupt", inbox, out), 130, "interrupted")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a device that is always full")
def test_a_summary_that_cannot_be_printed(inbox: Path, out: Path) -> None:
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from jobs.cli import main; main()"
    arguments = ["nightly", "--inbox", inbox, "--policy", POLICY, "--as-of", NIGHT, "--out", out]
    with open("/dev/full", "w") as full:  # noqa: PTH123
        ran = subprocess.run(
            [sys.executable, "-c", program, *map(str, arguments)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
        )
    assert ran.returncode == 74 and ran.stderr.count("\n") == 1, ran.stderr
    assert (out / NIGHT / "manifest.json").is_file()


def test_a_reader_that_went_away(inbox: Path, out: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from jobs.cli import main; main()"
    arguments = ["nightly", "--inbox", inbox, "--policy", POLICY, "--as-of", NIGHT, "--out", out]
    ran = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        timeout=120,
    )
    os.close(writing)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert (out / NIGHT / "manifest.json").is_file()


# --- Help ---------------------------------------------------------------------------------------------------------


def test_help_names_every_command_and_loads_none_of_them() -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); sys.argv = ['refund-calc', '--help']\n"
        "from jobs.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit:\n    print(*(name for name in ('pandas', 'pyarrow', 'pydantic') if name in sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    *help_lines, loaded = ran.stdout.split("\n")[:-1]
    assert loaded == ""
    from jobs.cli import COMMANDS

    for name in COMMANDS:
        assert any(line.strip().startswith(name) for line in help_lines)


def test_help_is_quick() -> None:
    def seconds(*command: str) -> float:
        times = []
        for _ in range(5):
            begin = time.perf_counter()
            subprocess.run([sys.executable, *command], capture_output=True, cwd=ROOT, check=True, timeout=120)
            times.append(time.perf_counter() - begin)
        return min(times)

    assert seconds("-m", "jobs", "--help") - seconds("-c", "pass") < 0.25


def test_help_of_nightly_names_every_option_and_its_variable() -> None:
    ran = start("nightly", "--help", COLUMNS="200")
    assert (ran.returncode, ran.stderr) == (0, "")
    for name in [
        "inbox",
        "orders",
        "returns",
        "resolutions",
        "policy",
        "as-of",
        "out",
        "dry-run",
        "redo",
        "quiet",
    ]:
        assert f"--{name}" in ran.stdout
        assert f"REFUND_CALC_{name.replace('-', '_').upper()}" in ran.stdout


def test_the_version() -> None:
    assert start("--version").stdout.startswith("refund-calc, version ")


# --- Rules --------------------------------------------------------------------------------------------------------


def test_rules_lists_every_finding() -> None:
    from refund_calc.policy.findings import CATALOGUE

    lines = start("rules").stdout.splitlines()
    assert lines[0].split() == ["code", "decision", "clause", "stage", "types", "allow", "when"]
    assert [line.split()[0] for line in lines[1:]] == [finding.code for finding in CATALOGUE]


def test_rules_of_one_code() -> None:
    text = start("rules", "--code", "window-expired").stdout
    for words in ("RP-1", "reject", "the limit is {window_days}", "requested_date - delivered_date", "allow"):
        assert words in text


def test_rules_of_an_unknown_code() -> None:
    is_misused(start("rules", "--code", "window-expird"), "did you mean window-expired?")
