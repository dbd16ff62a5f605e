"""`refund-calc load` as its own process, in an environment that holds what a test gives it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.command.started import ROOT, Ran

PROGRAM = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from jobs.cli import main; main()"
PATIENCE = 60  # seconds


def started(*arguments: object, program: str = PROGRAM, cwd: str = "/", **environment: str) -> "subprocess.Popen[str]":
    """`refund-calc load ...`, at work."""
    command = [sys.executable, "-c", program, "load", *map(str, arguments)]
    pipes = dict(stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return subprocess.Popen(command, env=environment, cwd=cwd, text=True, **pipes)


def ended(process: "subprocess.Popen[str]") -> Ran:
    out, err = process.communicate(timeout=PATIENCE)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def load(*arguments: object, **options: str) -> Ran:
    return ended(started(*arguments, **options))


def wait_until(holds: Callable[[], object]) -> None:
    """Until it is so; a test that waits longer fails."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


def command_lines() -> list[str]:
    """What everybody on this machine sees of all processes."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return found


def is_waiting_for(fifo: Path) -> bool:
    """Whether somebody has opened a FIFO to read from it; nothing is written to it."""
    try:
        os.close(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        return False
    return True
