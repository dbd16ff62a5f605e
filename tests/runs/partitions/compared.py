"""The same nights run whole and in parts, and what lies there then."""

import errno
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from refund_calc.reading.worklist import FILE
from refund_calc.runs.nightly import Summary
from refund_calc.runs.partitions.settings import Partitioning, Split, in_this_process
from refund_calc.runs.partitions.tasks import RunAll, one_after_the_other
from tests import product, worlds
from tests.stories import Night, a_policy

PARTS = (1, 2, 7)


def in_parts(parts: int, run_all: RunAll = one_after_the_other, *, part_files: bool = False) -> Split:
    """So small that each file of a few rows has many batches and ranges."""
    how = Partitioning(parts, batch_rows=2, range_bytes=300, piece_rows=3, index_bytes=64 << 20)
    return Split(workplace=in_this_process(how, run_all), part_files=part_files)


def is_full_after(operations: int, name: str, patched: pytest.MonkeyPatch) -> None:
    """A disk with room for so many renames or replacements."""
    real, seen = getattr(Path, name), []

    def full(path: Path, target: Path) -> Path:
        seen.append(path)
        if len(seen) > operations:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(path, target)

    patched.setattr(Path, name, full)


def all_bytes(out: Path) -> dict[str, bytes]:
    """The worklist, and every file of every night and of every one that a redo replaced."""
    found = [path for path in sorted(out.glob("*/**/*")) if path.is_file()]
    return {str(path.relative_to(out)): path.read_bytes() for path in (*found, out / FILE)}


def check_same(
    policies: Iterable[worlds.Policy], nights: Sequence[worlds.NightInput], folder: Path, parts: Iterable[int] = PARTS
) -> None:
    """Run the nights whole and in so many parts: after each of them every byte and the summary are the same."""
    policy = product.write_policies(policies, folder / "policy")
    for at, night in enumerate(nights):
        inputs = product.write_night(night, folder / f"in{at}")
        options = dict(product.REDO if night.is_redo else {}, worklist=True, with_page=True)
        told = product.run(inputs, policy, night.as_of, folder / "whole", **options)
        whole = all_bytes(folder / "whole")
        for some in parts:
            out = folder / f"parts-{some}"
            again = product.run(inputs, policy, night.as_of, out, split=in_parts(some), **options)
            assert without_paths(again, out) == without_paths(told, folder / "whole")
            got = all_bytes(out)
            assert list(got) == list(whole)
            assert [name for name in got if got[name] != whole[name]] == [], f"{some} parts, {night.as_of}"
            assert list(out.glob(".*")) == []


def without_paths(summary: Summary, out: Path) -> Summary:
    """The summary, its folders told from OUT."""
    redone = summary.redone and replace(summary.redone, kept=summary.redone.kept.relative_to(out))
    assert summary.folder
    return replace(summary, folder=summary.folder.relative_to(out), redone=redone)


def check_stories(nights: Sequence[Night], folder: Path, **edits: object) -> None:
    """The same of nights that are told in cells; `edits` change the default policy."""
    given = [worlds.NightInput(night.as_of, tuple(night.all_files())) for night in nights]
    check_same([a_policy(**edits)], given, folder)
