"""The command started as cron starts it, and what is read from how it ended."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "data" / "sample" / "night-before"
POLICY = ROOT / "data" / "policy"
NIGHT = "2026-11-19"
FIRST = "--new-history"
REPORTS = ["exceptions.csv", "ledger.csv", "manifest.json", "payouts.csv", "refunds.csv"]
FLAGS = ("dry-run", "redo", "quiet")

Ran = subprocess.CompletedProcess[str]


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
