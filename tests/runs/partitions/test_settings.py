"""When a night is split, and into how many parts."""

from pathlib import Path

import pytest

from refund_calc.errors import Misused
from refund_calc.inputs.inbox import Inputs
from refund_calc.runs.partitions import settings
from refund_calc.runs.partitions.settings import LEAST, MIB, Partitioning, for_workers, partitioning

GIB = 1 << 30


def of(tmp_path: Path, size: int, memory: int | None, *, is_first: bool = True) -> Partitioning | None:
    """Of inputs of so many bytes, half of them orders."""
    paths = [tmp_path / "orders.csv", tmp_path / "returns.csv"]
    for path in paths:
        with path.open("wb") as file:
            file.truncate(size // 2)
    return partitioning(Inputs(paths[:1], paths[1:]), memory, is_first=is_first)


def test_a_night_that_fits_is_not_split(tmp_path: Path) -> None:
    assert of(tmp_path, 244 * MIB, 2 * GIB) is None
    assert of(tmp_path, 2 * MIB, LEAST) is None


def test_twice_the_lines_are_twice_the_parts(tmp_path: Path) -> None:
    parts = [how.parts for size in (1, 2, 4) if (how := of(tmp_path, size * GIB, GIB))]
    assert len(parts) == 3
    assert [at / parts[0] for at in parts] == pytest.approx([1, 2, 4], rel=0.2)


def test_a_part_and_a_range_fit_into_the_memory(tmp_path: Path) -> None:
    how = of(tmp_path, 4 * GIB, GIB)
    assert how and 4 * GIB / how.parts * 4 < GIB and how.range_bytes * 8 < GIB


def test_less_than_any_night_takes_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(Misused, match=r"^--memory: 100 MiB; any night takes 300 MiB, give at least so much$"):
        of(tmp_path, GIB, 100 * MIB)


def test_the_least_grows_with_the_night(tmp_path: Path) -> None:
    """Less memory makes more parts, of each of which merging holds some: a million lines that are known go into
    300 MiB, five million do not."""
    assert of(tmp_path, 244 * MIB, LEAST, is_first=False)
    said = r"^--memory: 300 MiB; a night of these files takes 350 MiB, give at least so much$"
    with pytest.raises(Misused, match=said):
        of(tmp_path, 1_230 * MIB, LEAST, is_first=False)
    how = of(tmp_path, 1_230 * MIB, 350 * MIB, is_first=False)
    assert how and how.parts * 1.5 <= 350 - 210
    with pytest.raises(Misused, match="of a worker a night of these files takes 450 MiB"):
        for_workers(Inputs([tmp_path / "orders.csv"], [tmp_path / "returns.csv"]), 2, 400 * MIB)


def test_what_speaks_with_a_store_counts(tmp_path: Path) -> None:
    of(tmp_path, 244 * MIB, LEAST)
    inputs = Inputs([tmp_path / "orders.csv"], [tmp_path / "returns.csv"])
    with pytest.raises(Misused, match=r"^--memory: 359 MiB; any night takes 360 MiB, give at least so much$"):
        partitioning(inputs, 359 * MIB, is_first=True, in_store=True)
    for is_first in (True, False):
        there, here = (
            partitioning(inputs, LEAST + more * MIB, is_first=is_first, in_store=bool(more)) for more in (60, 0)
        )
        assert there == here


def test_many_workers_have_no_more_parts_than_one_of_them_can_merge(tmp_path: Path) -> None:
    of(tmp_path, GIB, GIB)
    inputs = Inputs([tmp_path / "orders.csv"], [tmp_path / "returns.csv"])
    assert for_workers(inputs, 100, GIB).parts == 300
    assert for_workers(inputs, 1000, GIB).parts == (1024 - 100 - 210) * 2 // 3


def test_a_machine_that_is_small_for_its_night_gives_it_what_it_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "_of_the_machine", lambda: 600 * MIB)
    how = of(tmp_path, 1_230 * MIB, None, is_first=False)
    assert how and how.parts * 1.5 <= 350 - 210


@pytest.mark.parametrize(("is_first", "times", "itself"), [(True, 4, 210), (False, 6, 265)])
def test_without_a_limit_a_night_is_split_that_needs_more_than_the_machine_has(
    is_first: bool, times: int, itself: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "_of_the_machine", lambda: times * GIB + itself * MIB)
    assert of(tmp_path, GIB, None, is_first=is_first) is None
    assert of(tmp_path, GIB + 2, None, is_first=is_first)


def test_inputs_larger_than_a_third_of_the_memory_are_always_split(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "_of_the_machine", lambda: 12 * GIB)
    assert of(tmp_path, 4 * GIB + 2, None)


@pytest.mark.parametrize("limits", [(f"{GIB}\n", None), (None, f"{GIB}\n"), ("max\n", f"{GIB}\n")])
def test_a_container_has_what_its_limit_says(
    limits: tuple[str | None, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [tmp_path / "of version 2", tmp_path / "of version 1"]
    for file, limit in zip(files, limits, strict=True):
        if limit:
            file.write_text(limit, encoding="utf-8")
    monkeypatch.setattr(settings, "_CGROUPS", files)
    assert of(tmp_path, GIB // 8, None) is None
    assert of(tmp_path, GIB // 2, None)


def test_a_file_that_is_not_there_is_told_of_where_it_is_read(tmp_path: Path) -> None:
    assert partitioning(Inputs([tmp_path / "no.csv"], []), None, is_first=True) is None
