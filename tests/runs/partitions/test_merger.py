"""Files merged from runs: the record's row groups, and rows that come or go on the way."""

import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from refund_calc.errors import ControlTotalFailed
from refund_calc.history import folders
from refund_calc.history.record import ROWS, RecordFile, Values, encoded_block, file_name
from refund_calc.runs.partitions.merger import Merger
from refund_calc.runs.partitions.settings import Partitioning
from refund_calc.runs.partitions.sorted_runs import Run, keyed, write_run
from refund_calc.runs.partitions.tasks import one_after_the_other

SIZE = ROWS + 5_000


def refunds() -> dict[str, pa.Array]:
    """More refunds than a row group has, by RMA."""
    number = pa.array([f"R{at:06}" for at in range(SIZE)])
    cents = np.arange(SIZE) * 37
    return {
        "rma_number": number,
        "order_number": number,
        "refund_number": pa.array(np.ones(SIZE, np.int64)),
        "net_refund": pa.array(cents),
        "return_shipping_part": pa.array(cents % 750),
        "policy_version": pa.array(["2024-01", "2026-01"]).take(pa.array(np.arange(SIZE) % 2)),
    }


def runs_of(folder: Path, block: dict[str, pa.Array]) -> list[Run]:
    """Every third refund in a run."""
    rows = keyed(encoded_block("refunds", block), [block["rma_number"]])
    parts = [rows.take(pa.array(np.arange(part, SIZE, 3))) for part in range(3)]
    runs = [write_run(folder / f"run-{at}", [part], 1_000) for at, part in enumerate(parts)]
    return [run for run in runs if run]


def merger(folder: Path) -> Merger:
    (folder / "work").mkdir(parents=True)
    return Merger(folder, folder / "work", Partitioning(3, range_bytes=1 << 20), one_after_the_other)


def test_row_groups_are_filled_across_ranges(tmp_path: Path) -> None:
    block, merge = refunds(), merger(tmp_path / "merged")
    written = merge.record("refunds", runs_of(merge.work, block))
    (tmp_path / "whole").mkdir()
    assert written == folders.write_record(tmp_path / "whole", RecordFile("refunds", SIZE, iter([block])))
    name = file_name("refunds")
    assert (tmp_path / "merged" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert list(merge.work.iterdir()) == []


def test_a_row_group_is_gone_before_the_next_one_is_made(tmp_path: Path) -> None:
    def groups() -> Iterator[dict[str, Values]]:
        for _ in range(2):
            group: dict[str, Values] = {**refunds()}
            number = weakref.ref(group["rma_number"])
            yield group
            del group
            assert number() is None

    folders.write_record(tmp_path, RecordFile("refunds", 2 * SIZE, groups()))


def test_what_merging_took_is_given_back_before_a_file_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    merge = merger(tmp_path / "merged")
    written_then: list[bool] = []
    monkeypatch.setattr(
        "refund_calc.runs.partitions.merger.give_back",
        lambda: written_then.append((merge.folder / file_name("refunds")).exists()),
    )
    merge.record("refunds", runs_of(merge.work, refunds()))
    assert written_then == [False]


def test_a_row_that_goes_on_the_way_stops_the_night(tmp_path: Path) -> None:
    merge = merger(tmp_path / "merged")
    first, *others = runs_of(merge.work, refunds())
    with pytest.raises(ControlTotalFailed, match=rf"record/refunds.parquet in all parts {SIZE + 1}, merged {SIZE}"):
        merge.record("refunds", [replace(first, rows=first.rows + 1), *others])
