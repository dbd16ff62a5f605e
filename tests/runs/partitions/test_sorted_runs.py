"""Runs that parts wrote, merged range by range: every row once, sorted by code point, rows of one key as they stood."""

import random
from pathlib import Path

import pyarrow as pa
import pytest

from refund_calc.runs.partitions.sorted_runs import (
    LINE,
    Merge,
    Range,
    Run,
    keyed,
    merge_lines,
    merge_rows,
    ranges,
    read_range,
    write_run,
)

WORDS = ["", "A", "B", "AB", "a", "é", "z", "\U0001f4e6", "R-0000000001", "R-0000000010", "R-00000000100"]


def run_of(path: Path, rows: list[tuple[str, str, str]], batch_rows: int) -> Run | None:
    """A run of rows of two keys and a line, in pieces of three rows."""
    pieces = [rows[at : at + 3] for at in range(0, len(rows), 3)]
    tables = (
        keyed(pa.table({LINE: [line for *_, line in piece]}), [pa.array([row[at] for row in piece]) for at in (0, 1)])
        for piece in pieces
    )
    return write_run(path, tables, batch_rows)


@pytest.mark.parametrize("seed", range(20))
def test_ranges_one_after_the_other_are_all_rows_in_order(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    rows = [(rng.choice(WORDS), rng.choice(WORDS), f"{at}\n") for at in range(rng.choice([0, 1, 10, 200]))]
    parts = [sorted(row for row in rows if hash_of(row) % 4 == part) for part in range(4)]
    runs = [run_of(tmp_path / f"run-{part}", of_part, rng.randint(1, 3)) for part, of_part in enumerate(parts)]
    found = [run for run in runs if run]
    merges = [Merge(of, tmp_path / f"range-{at}") for at, of in enumerate(ranges(found, rng.choice([1, 200, 10**6])))]
    counts = [merge_lines(merge) for merge in merges]
    text = b"".join(merge.to.read_bytes() for merge in merges).decode()
    expected = [line for *_, line in sorted((row for part in parts for row in part), key=lambda row: row[:2])]
    assert sum(counts) == len(rows)
    assert text.splitlines(keepends=True) == expected


def hash_of(row: tuple[str, str, str]) -> int:
    """Rows of one key stand in one part."""
    return sum(map(ord, row[0] + row[1]))


def test_a_part_without_rows_has_no_run(tmp_path: Path) -> None:
    assert run_of(tmp_path / "run", [], 1) is None
    assert list(tmp_path.iterdir()) == []


def test_where_no_part_has_rows_there_is_one_empty_range(tmp_path: Path) -> None:
    [nothing] = ranges([], 10)
    assert read_range(nothing) is None
    assert merge_rows(Merge(nothing, tmp_path / "to")) == 0
    assert (tmp_path / "to").read_bytes() == b""


def test_a_task_can_run_twice(tmp_path: Path) -> None:
    run = run_of(tmp_path / "run", [("A", "", "1\n"), ("B", "", "2\n")], 1)
    assert run == run_of(tmp_path / "run", [("A", "", "1\n"), ("B", "", "2\n")], 1)
    assert run
    merge = Merge(ranges([run], 10**6)[0], tmp_path / "to")
    assert merge_lines(merge) == merge_lines(merge) == 2
    assert (tmp_path / "to").read_text() == "1\n2\n"


def test_of_a_piece_at_the_edge_of_a_range_only_its_rows_are_held(tmp_path: Path) -> None:
    run = run_of_one_piece(tmp_path / "run", [f"{at:04}" for at in range(1000)])
    rows = read_range(Range(("0990",), None, ((run.path, 0, 1),)))
    assert rows and rows[LINE].to_pylist() == [f"{at:04}\n" for at in range(990, 1000)]
    assert rows.get_total_buffer_size() < run.sizes[0] / 50


def run_of_one_piece(path: Path, keys: list[str]) -> Run:
    lines = pa.table({LINE: [f"{key}\n" for key in keys]})
    run = write_run(path, [keyed(lines, [pa.array(keys)])], len(keys))
    assert run
    return run
