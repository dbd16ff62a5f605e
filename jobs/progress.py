"""What a night is at, on a terminal, when it takes longer than a moment."""

import sys
import threading
import time
from typing import TextIO

PATIENCE = 1.5  # seconds before anything is shown
BAR = 24


class ProgressLine:
    """One line on stderr, written over and over: the stage and, while reports are written, how many rows are done."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._start = time.monotonic()
        self._lock = threading.Lock()
        self._stage = ""
        self._done = self._total = 0
        self._shown = 0

    def __call__(self, stage: str, done: int = 0, total: int = 0) -> None:
        """A stage has begun, has `total` more rows to do, or has done more of them."""
        with self._lock:
            if stage != self._stage:
                self._stage, self._done, self._total = stage, 0, 0
            self._done, self._total = self._done + done, self._total + total
            if time.monotonic() - self._start >= PATIENCE:
                self._show(f"{stage} {self._bar()}".rstrip())

    def _bar(self) -> str:
        if not self._total:
            return ""
        full = min(BAR, BAR * self._done // self._total)
        return f"[{'#' * full}{'.' * (BAR - full)}] {self._done:,} of {self._total:,} rows"

    def _show(self, text: str) -> None:
        self._stream.write("\r" + text.ljust(self._shown))
        self._stream.flush()
        self._shown = len(text)

    def close(self) -> None:
        """Leave the terminal as if nothing had been there."""
        with self._lock:
            if self._shown:
                self._stream.write("\r" + " " * self._shown + "\r")
                self._stream.flush()
                self._shown = 0


def is_wanted(is_quiet: bool) -> bool:
    """Only for a person who is looking: not under cron, not with --quiet, not into a file."""
    return not is_quiet and sys.stderr is not None and sys.stderr.isatty()
