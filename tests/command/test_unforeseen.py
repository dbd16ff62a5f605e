"""What nobody foresaw ends in one line and a hint."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command.started import FIRST, NIGHT, POLICY, ROOT, Ran, fails


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
    arguments = ["nightly", "--inbox", inbox, "--policy", POLICY, "--as-of", NIGHT, "--out", out, FIRST]
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
    arguments = ["nightly", "--inbox", inbox, "--policy", POLICY, "--as-of", NIGHT, "--out", out, FIRST]
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
