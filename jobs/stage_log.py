"""The log of a night for operators: a line per stage on stderr, for people or as JSON."""

import json
import sys
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from jobs.progress import ProgressLine, is_wanted
from refund_calc.columns.counted import counted

if TYPE_CHECKING:
    from refund_calc.runs.nightly import Summary

TEXT, JSON = "text", "json"
LOG_FORMAT = "refund_calc.log_format"  # in the click context: how a failure is told

_KIBIBYTE, _MEBIBYTE = 1 << 10, 1 << 20


class StageLog:
    """A line per stage, when it has ended: rows, seconds, peak memory of the process so far. Threads may report."""

    def __init__(self, log_format: str) -> None:
        self._is_json = log_format == JSON
        self._lock = threading.Lock()
        self._begin = self._since = time.perf_counter()
        self._stage, self._rows = "", 0

    def __call__(self, stage: str, done: int = 0, total: int = 0) -> None:
        """A stage has begun, or has done more rows."""
        with self._lock:
            if stage != self._stage:
                self._end_stage()
                self._stage, self._rows, self._since = stage, 0, time.perf_counter()
            self._rows += done

    def _end_stage(self) -> None:
        if self._stage:
            spent = {"rows": self._rows, **_spent(self._since)}
            self._tell("info", {"event": "stage", "stage": self._stage, **spent}, f"{self._stage}: {_words(spent)}")
            self._stage = ""

    def finished(self, summary: "Summary", *, dry_run: bool) -> None:
        """The night is done: its last stage, its warnings (a person has them from the summary), and itself."""
        self._end_stage()
        if self._is_json:
            for warning in summary.warnings:
                self._tell("warning", {"event": "warning", "message": warning}, "")
        counts = {name: summary.totals["returns"][name] for name in ("rows", "refund", "hold", "reject")}
        what = {"event": "finished", "as_of": str(summary.as_of), "is_repeat": summary.is_repeat, "dry_run": dry_run}
        paid = {"payouts": summary.totals["payouts"]["rows"], "paid": summary.totals["payouts"]["amount"]}
        spent = _spent(self._begin)
        words = f"night of {summary.as_of}: {_words({'rows': counts['rows'], **spent})}"
        self._tell("info", {**what, **counts, **paid, **spent}, words)

    def _tell(self, level: str, content: dict[str, object], words: str) -> None:
        click.echo(json_line(level, content) if self._is_json else f"refund-calc: {words}", err=True)

    def close(self) -> None:
        """Nothing to put away; a stage that failed has no line, the failure has one."""


def json_line(level: str, content: dict[str, object]) -> str:
    """One line of the log as JSON, with the time in UTC."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return json.dumps({"time": now, "level": level, **content}, ensure_ascii=False)


def watching(
    context: click.Context, *, is_quiet: bool, is_verbose: bool, log_format: str | None
) -> ProgressLine | StageLog | None:
    """Whoever watches the night: a log where one is asked for, a line for a person at a terminal, else nobody."""
    context.meta[LOG_FORMAT] = log_format
    if is_verbose or log_format:
        return StageLog(log_format or TEXT)
    return ProgressLine() if is_wanted(is_quiet) else None


def _spent(since: float) -> dict[str, float]:
    return {"seconds": round(time.perf_counter() - since, 3), "peak_memory_mib": _peak_memory()}


def _words(spent: dict[str, float]) -> str:
    rows = int(spent["rows"])
    return f"{counted(rows, 'row')}, {spent['seconds']:.2f} s, {spent['peak_memory_mib']:,.0f} MiB at most"


def _peak_memory() -> float:
    """The most memory that the process has held so far, in megabytes; 0 where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak * (1 if sys.platform == "darwin" else _KIBIBYTE) / _MEBIBYTE, 1)
