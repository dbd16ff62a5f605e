"""A night in parts that dies or fails leaves nothing behind (rulebook 9)."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from refund_calc.errors import BadData
from refund_calc.runs.partitions.settings import WHEN_NEEDED
from tests import product
from tests.runs.partitions.compared import all_bytes, in_parts, is_full_after
from tests.sample import nights
from tests.sample.nights import MAIN, NIGHT_BEFORE

ROOT = Path(__file__).parents[3]


def hidden(out: Path) -> list[str]:
    return sorted(str(path.relative_to(out)) for path in out.glob(".*"))


@pytest.mark.parametrize("stage", ["reading", "looking back", "deciding", "writing reports", "publishing"])
@pytest.mark.parametrize("parts", [None, 3])
def test_the_run_after_a_kill_starts_clean(stage: str, parts: int | None, out: Path, both: Path) -> None:
    command = [sys.executable, "-m", "tests.runs.partitions.killed", str(out), stage]
    assert subprocess.run(command, cwd=ROOT, env=os.environ).returncode == -signal.SIGKILL
    assert hidden(out) == [f".{MAIN}.pending", ".refund-calc.lock"] and not (out / str(MAIN)).exists()
    nights.run(out, MAIN, with_page=False, worklist=True, split=in_parts(parts) if parts else WHEN_NEEDED)
    assert all_bytes(out) == all_bytes(both)
    assert hidden(out) == []


@pytest.mark.parametrize("at", range(0, 60, 7))
def test_a_task_that_fails_leaves_nothing(at: int, out: Path, both: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the night can be run again."""
    with monkeypatch.context() as patched:
        is_full_after(at, "replace", patched)
        with pytest.raises(Exception, match="space"):
            nights.run(out, MAIN, with_page=False, split=in_parts(3))
    assert hidden(out) == [] and not (out / str(MAIN)).exists()
    nights.run(out, MAIN, with_page=False, worklist=True, split=in_parts(3))
    assert all_bytes(out) == all_bytes(both)


def test_bad_data_stops_it_with_nothing_written(tmp_path: Path) -> None:
    opening = tmp_path / "opening.csv"
    opening.write_text("order_number,order_line,units,net_refund\nA,1,x,1.00\n")
    inputs = replace(nights.inputs(NIGHT_BEFORE), opening=[opening])
    with pytest.raises(BadData, match=r"opening\.csv line 2, units"):
        product.run(inputs, nights.POLICY, NIGHT_BEFORE, tmp_path / "out", split=in_parts(3))
    assert not (tmp_path / "out").exists()
