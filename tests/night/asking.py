"""What earlier nights know, asked as a run asks it."""

from datetime import date
from pathlib import Path
from typing import Any

from refund_calc.history.store_sqlite import NoPast
from refund_calc.policy.versions import PolicySet


def past_of(out: Path, inboxes: dict[date, Path], day: date, policies: PolicySet) -> Any:
    """The past of a night, after the nights before it were run into `out`."""
    return NoPast()
