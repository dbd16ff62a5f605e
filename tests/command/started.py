"""The command started as cron starts it, and what is read from how it ended."""

import ctypes
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "data" / "sample" / "night-before"
POLICY = ROOT / "data" / "policy"
NIGHT = "2026-11-19"
FIRST = "--new-history"
REPORTS = ["exceptions.csv", "ledger.csv", "manifest.json", "payouts.csv", "refunds.csv", "report.html"]
FLAGS = ("dry-run", "redo", "quiet")

Ran = subprocess.CompletedProcess[str]


PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2
needs_permissions = pytest.mark.skipif(
    os.geteuid() == 0 and sys.platform != "linux", reason="root may read and write everywhere"
)


def _without_privileges() -> None:
    """In a child of root: after exec permissions apply to it as to everybody."""
    if os.geteuid() == 0:
        for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
            ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


def start(*arguments: object, umask: int = -1, **environment: str) -> Ran:
    """`refund-calc ...` in the environment that cron gives: an empty one, from the root folder, by no superuser."""
    command = [
        sys.executable,
        "-c",
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from jobs.cli import main; main()",
    ]
    return subprocess.run(
        [*command, *map(str, arguments)],
        env=environment,
        cwd="/",
        capture_output=True,
        text=True,
        timeout=120,
        umask=umask,
        preexec_fn=_without_privileges,
    )


def night(inbox: Path, out: Path, *more: object, **environment: str) -> Ran:
    """The first night of OUT."""
    given = ("--inbox", inbox, "--policy", POLICY, "--as-of", NIGHT, "--out", out, FIRST)
    return start("nightly", *given, *more, **environment)


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
