"""What a run was given, and whom it tells how far it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from refund_calc.history.nights import PublishedNight
from refund_calc.inputs.inbox import Inputs
from refund_calc.policy.versions import PolicySet
from refund_calc.runs.redo import TakenBack


class Progress(Protocol):
    """Told what a run is at: a stage begins, has `total` more rows to do, has done more of them."""

    def __call__(self, stage: str, done: int = 0, total: int = 0) -> None: ...


def no_progress(stage: str, done: int = 0, total: int = 0) -> None:
    """Progress nobody looks at."""


@dataclass(frozen=True)
class Given:
    """A run, once its files and its policy are known to be there."""

    inputs: Inputs
    policies: PolicySet
    day: date
    out: Path
    progress: Progress
    block: int
    expect_rows: int
    policy_changed: bool
    worklist: bool
    with_page: bool
    taken: TakenBack | None = None  # the night that it replaces

    def done(self, stage: str, rows: int) -> None:
        """A stage has ended."""
        self.progress(stage, done=rows, total=rows)

    def before(self, nights: Sequence[PublishedNight]) -> list[PublishedNight]:
        """The nights before this one."""
        return [night for night in nights if night.name < str(self.day)]
