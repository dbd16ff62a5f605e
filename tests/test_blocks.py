"""A night's reports do not depend on how its work is cut: the same bytes."""

from datetime import date
from pathlib import Path

import pytest

from refund_calc.columns import cores as threads
from refund_calc.columns import text_order as texts
from refund_calc.night import scope as night
from refund_calc.reports import ledger, named
from refund_calc.runs import nightly as run
from refund_calc.runs.nightly import Inputs
from tests import product
from tests.benchmarks import volume
from tests.sample import nights

DATA = Path(__file__).parents[1] / "data"


def every_byte(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def sample(out: Path, block: int) -> dict[str, bytes]:
    """Both sample nights, so that opening, history, answers and payout entries are in it."""
    nights.run(out, block=block)
    return every_byte(out / "2026-11-20")


@pytest.mark.parametrize("rows", [1, 7, 64])
@pytest.mark.parametrize("writers", [1, 5])
def test_block_sizes_and_threads_change_no_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int, writers: int
) -> None:
    expected = sample(tmp_path / "whole", run.BLOCK)
    monkeypatch.setattr(named, "BLOCK_ROWS", rows)
    monkeypatch.setattr(ledger, "ENTRIES", rows)
    monkeypatch.setattr(night, "PIECE", rows)
    monkeypatch.setattr(texts, "PIECE", rows)
    monkeypatch.setattr(run, "WRITERS", writers)
    monkeypatch.setattr(threads, "WORKERS", writers)
    assert sample(tmp_path / "cut", 64 * rows) == expected


def test_a_night_of_several_blocks_is_the_night_of_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """3,000 lines; the next night repeats them, so that what was remembered block by block is compared as well."""
    volume.write(tmp_path / "inbox", 3000)
    inputs = Inputs.of_inbox(tmp_path / "inbox")

    def nights(out: Path) -> list[dict[str, bytes]]:
        days = [date(2026, 11, 20), date(2026, 11, 23)]
        for day in days:
            product.run(inputs, DATA / "policy", day, out)
        return [every_byte(out / str(day)) for day in days]

    expected = nights(tmp_path / "whole")
    monkeypatch.setattr(named, "BLOCK_ROWS", 100)
    monkeypatch.setattr(ledger, "ENTRIES", 50)
    monkeypatch.setattr(night, "PIECE", 70)
    monkeypatch.setattr(texts, "PIECE", 90)
    assert nights(tmp_path / "cut") == expected
