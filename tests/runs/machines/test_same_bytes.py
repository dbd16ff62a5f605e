"""A night on several processes is the night: every byte of reports, page, record and manifest, worklist, summary."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings

from refund_calc.runs.machines.cluster import Machines
from refund_calc.runs.partitions.settings import Split
from tests import worlds
from tests.runs.machines.workers import Workers, check_same
from tests.runs.partitions.compared import all_bytes, in_parts
from tests.sample import nights as sample
from tests.stories import EXAMPLES, ci

MIB = 1 << 20


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sample") / "out"
    sample.run(out, worklist=True)
    return out


def test_the_sample_on_the_workers_of_a_scheduler(workers: Workers, whole: Path, tmp_path: Path) -> None:
    sample.run(tmp_path / "out", worklist=True, split=workers.in_parts(5))
    assert all_bytes(tmp_path / "out") == all_bytes(whole)


def test_the_sample_in_part_files(workers: Workers, tmp_path: Path) -> None:
    """Workers and this process cut the reports at the same places."""
    for out, split in (("here", in_parts(5, part_files=True)), ("there", workers.in_parts(5, part_files=True))):
        sample.run(tmp_path / out, worklist=True, split=split)
    assert all_bytes(tmp_path / "there") == all_bytes(tmp_path / "here")


def test_the_sample_on_processes_of_this_machine(whole: Path, tmp_path: Path) -> None:
    """--workers 2 --memory 512MiB; into so few rows it is not split."""
    there = Split(workplace=Machines(workers=2, memory=512 * MIB))
    sample.run(tmp_path / "out", worklist=True, split=there)
    assert all_bytes(tmp_path / "out") == all_bytes(whole)


@settings(ci(of_worlds=True), max_examples=max(3, round(EXAMPLES * 0.01)))
@given(world=worlds.nights(3, every_rule=True))
def test_random_nights_with_resolutions_history_and_redo(
    workers: Workers, world: tuple[tuple[worlds.Policy, ...], tuple[worlds.NightInput, ...]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        check_same(*world, Path(folder), workers.in_parts(3))
