"""refund-calc init: a working folder whose example runs by its README's own words."""

import csv
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from refund_calc.inputs.contracts import OrderRow, ResolutionRow, ReturnRow, column_names
from refund_calc.runs.starter import FILES, start_folder
from tests.command.started import POLICY, fails, is_misused, start

MODELS = {"orders": OrderRow, "returns": ReturnRow, "resolutions": ResolutionRow}


@pytest.fixture
def made(tmp_path: Path) -> Path:
    folder = tmp_path / "our refunds"
    ran = start("init", folder)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.splitlines()[:-1] == [str(folder / place) for place in FILES.values()]
    return folder


def commands(folder: Path) -> list[str]:
    """The commands of its README that have options."""
    return re.findall(r"`refund-calc ([^`]*--[^`]*)`", (folder / "README.md").read_text(encoding="utf-8"))


def in_folder(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    """A command of the README, started in the folder."""
    root = str(POLICY.parents[1])
    program = f"import sys; sys.path.insert(0, {root!r}); from jobs.cli import main; main()"
    whole = [sys.executable, "-c", program, *shlex.split(command)]
    return subprocess.run(whole, cwd=folder, env={}, capture_output=True, text=True, timeout=120)


def test_the_example_runs_by_the_readmes_own_words(made: Path) -> None:
    # It claims 100.00 + 8.00; nobody confirmed its reason, and the example's resolution rejects it.
    first, check, *_ = commands(made)
    ran = in_folder(made, first)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "1 return line read" in ran.stdout and "108.00 claimed   rejected-by-review 1" in ran.stdout
    assert "Without effect" not in ran.stdout
    assert ran.stdout.endswith("Dry run: nothing was written\n") and not (made / "out").exists()
    assert in_folder(made, check).stdout == "Nothing found: tonight can read every cell\n"


def test_the_first_real_night_and_the_next_run_in_it(made: Path) -> None:
    first = next(command for command in commands(made) if "--dry-run" in command).replace(" --dry-run", "")
    assert in_folder(made, first).returncode == 0
    after = first.replace(" --new-history", "").replace("03-15", "03-18")
    ran = in_folder(made, after)
    assert ran.returncode == 0 and "already-decided" in ran.stdout
    status = next(command for command in re.findall(r"`refund-calc (status[^`]*)`", (made / "README.md").read_text()))
    assert in_folder(made, status).returncode == 0


def test_the_morning_of_the_readme_is_there_after_a_night(made: Path) -> None:
    first = next(command for command in commands(made) if "--dry-run" in command).replace(" --dry-run", "")
    assert in_folder(made, first).returncode == 0
    (morning,) = (line for line in (made / "README.md").read_text("utf-8").splitlines() if "The morning" in line)
    named = [name.replace("<night>", "2024-03-15") for name in re.findall(r"`(out/[^`]+)`", morning)]
    assert named == ["out/2024-03-15/report.html", "out/worklist.xlsx"]
    assert all((made / name).exists() for name in named)


def test_every_file_has_its_contracts_header_and_one_row(made: Path) -> None:
    for kind, model in MODELS.items():
        with (made / "inbox" / f"{kind}.csv").open(newline="", encoding="utf-8") as file:
            header, *rows = csv.reader(file)
        assert header == list(column_names(model))
        assert len(rows) == 1 and rows[0][0].startswith("EXAMPLE")


def test_an_example_that_is_left_in_the_inbox_is_never_paid(made: Path) -> None:
    """Neither as the person whose answer is the example left it, nor without that answer."""
    first = next(command for command in commands(made) if "--dry-run" in command)
    assert "Payouts: 0 on " in in_folder(made, first).stdout
    (made / "inbox" / "resolutions.csv").unlink()
    assert "Payouts: 0 on " in in_folder(made, first).stdout


def test_the_policy_is_the_projects_with_its_placeholders_marked(made: Path) -> None:
    ours = made / "policy" / "2024-01.toml"
    assert ours.read_bytes() == (POLICY / "2024-01.toml").read_bytes()
    assert tomllib.loads(ours.read_text(encoding="utf-8"))["version"] == "2024-01"
    assert len(re.findall(r"# placeholder", ours.read_text(encoding="utf-8"))) == 3


def test_the_readme_is_short() -> None:
    text = (POLICY.parents[1] / "refund_calc" / "starter" / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) == 10


def test_cron_and_systemd_get_whole_paths_whatever_signs_they_have(tmp_path: Path) -> None:
    folder, program = tmp_path / "100% ours", Path("/opt/the program/refund-calc")
    start_folder(folder, program, "refunds")
    line = (folder / "crontab.txt").read_text(encoding="utf-8").splitlines()[-1]
    _, command = line.split(" * * * ")
    assert "%" not in command.replace(r"\%", "")  # a bare one ends the command
    assert shlex.split(command.replace(r"\%", "%"))[:5] == ["cd", str(folder), "&&", str(program), "nightly"]
    service = (folder / "systemd" / "refund-calc.service").read_text(encoding="utf-8")
    assert f"\nWorkingDirectory={tmp_path}/100%% ours\n" in service
    assert '\nExecStart="/opt/the program/refund-calc" nightly ' in service
    assert "\nUser=refunds\n" in service


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_can_read_the_units(tmp_path: Path) -> None:
    start_folder(tmp_path / "ours", Path(sys.executable), "root")
    units = sorted((tmp_path / "ours" / "systemd").iterdir())
    ran = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_what_stands_there_is_left_alone(made: Path) -> None:
    (made / "README.md").unlink()
    (made / "policy" / "2024-01.toml").write_text("ours", encoding="utf-8")
    fails(start("init", made), 73, ".gitignore: it stands there already; nothing was written")
    assert not (made / "README.md").exists()
    assert (made / "policy" / "2024-01.toml").read_text(encoding="utf-8") == "ours"


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    fails(start("init", tmp_path / "file" / "folder"), 73, "cannot be made")
    fails(start("init", tmp_path / "two\nlines"), 2, "control characters")
    is_misused(start("init"), "Missing argument 'DIR'")
