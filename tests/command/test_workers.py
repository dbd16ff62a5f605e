"""`nightly --workers` and `--scheduler`: the same night, on several processes."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.command.started import FIRST, NIGHT, POLICY, ROOT, night


def files(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (out / NIGHT).rglob("*") if path.is_file()}


def test_two_processes_make_the_same_files_and_are_silent(inbox: Path, out: Path, tmp_path: Path) -> None:
    alone = night(inbox, tmp_path / "alone", "--no-report")
    ran = night(inbox, out, "--workers", 2, "--no-report")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.splitlines()[:-1] == alone.stdout.splitlines()[:-1]
    assert files(out) == files(tmp_path / "alone")


def test_a_dry_run_is_in_one_process(inbox: Path, out: Path) -> None:
    ran = night(inbox, out, "--scheduler", "tcp://127.0.0.1:9", "--dry-run")
    assert (ran.returncode, ran.stderr) == (0, "")


def test_workers_and_a_scheduler_are_two_things(inbox: Path, out: Path) -> None:
    ran = night(inbox, out, "--workers", 2, "--scheduler", "tcp://127.0.0.1:9")
    assert ran.returncode == 2
    assert "give either --workers, processes of this machine, or --scheduler" in ran.stderr


@pytest.mark.parametrize("option", [("--workers", "2"), ("--scheduler", "tcp://127.0.0.1:9")])
def test_without_the_extra_one_line_says_what_to_install(option: tuple[str, str], inbox: Path, out: Path) -> None:
    program = "import sys; sys.modules['distributed'] = None; from jobs.cli import main; main()"
    arguments = ["nightly", "--inbox", inbox, "--policy", POLICY, "--as-of", NIGHT, "--out", out, FIRST, *option]
    ran = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert ran.returncode == 2
    assert ran.stderr.startswith("refund-calc: --scheduler, --workers: distributed cannot be imported (")
    assert ran.stderr.endswith("; install it with: pip install 'refund-calc[dask]'\n")
    assert not out.exists()
