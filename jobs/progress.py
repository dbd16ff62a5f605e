"""What a night is at, on a terminal, when it takes longer than a moment."""

import sys
import threading
import time
from typing import TYPE_CHECKING, TextIO

from refund_calc.columns.counted import counted

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PATIENCE = 1.5  # seconds before anything is shown


class ProgressLine:
    """One line on stderr: the stage and, while reports are written, how many rows are done. Threads may report."""

    def __init__(self, stream: TextIO | None = None, patience: float = PATIENCE) -> None:
        self._stream = stream or sys.stderr
        self._due = time.monotonic() + patience
        self._lock = threading.Lock()
        self._stage = ""
        self._done = self._total = 0
        self._shown: tuple[Progress, TaskID] | None = None

    def __call__(self, stage: str, done: int = 0, total: int = 0) -> None:
        """A stage has begun, has `total` more rows to do, or has done more of them."""
        with self._lock:
            if stage != self._stage:
                self._stage, self._done, self._total = stage, 0, 0
            self._done, self._total = self._done + done, self._total + total
            if time.monotonic() < self._due:
                return
            progress, task = self._shown = self._shown or self._start()
            # Without a total the bar of a stage that counts no rows moves to and fro.
            rows = f"{self._done:,} of {counted(self._total, 'row')}" if self._total else ""
            progress.update(task, description=stage, completed=self._done, total=self._total or None, rows=rows)

    def _start(self) -> "tuple[Progress, TaskID]":
        # Imported here: a night that is done in a moment, or that nobody watches, does not pay for it.
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        console = Console(file=self._stream)
        progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[rows]}", markup=False),
            console=console,
            transient=True,
            refresh_per_second=4,
            redirect_stdout=False,  # the summary is printed after it is gone
            redirect_stderr=False,
            disable=not console.is_interactive,  # a terminal that cannot take a line back
        )
        progress.start()
        return progress, progress.add_task(self._stage, total=None, rows="")

    def close(self) -> None:
        """Leave the terminal as if nothing had been there."""
        with self._lock:
            if self._shown:
                self._shown[0].stop()
                self._shown = None


def is_wanted(is_quiet: bool) -> bool:
    """Only for a person who is looking: not under cron, not with --quiet, not into a file."""
    return not is_quiet and sys.stderr is not None and sys.stderr.isatty()
