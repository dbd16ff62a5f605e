"""The same nights told whole and in parts, and what lies there then."""

from collections.abc import Iterable
from pathlib import Path

from refund_calc.runs.partitions.settings import Partitioning
from tests import product, worlds


def in_parts(parts: int) -> Partitioning:
    """So small that each file of a few rows has many batches and ranges."""
    return Partitioning(parts, batch_rows=2, range_bytes=300, piece_rows=3)


def all_bytes(out: Path) -> dict[str, bytes]:
    """Every file of every night, and of every one that a redo replaced."""
    found = [path for path in sorted(out.glob("*/**/*")) if path.is_file()]
    return {str(path.relative_to(out)): path.read_bytes() for path in found}


def check_same(
    policies: Iterable[worlds.Policy], nights: Iterable[worlds.NightInput], folder: Path, parts: Iterable[int]
) -> None:
    """Tell the nights whole, and in so many parts: every byte is the same after each of them."""
    policies, nights = list(policies), list(nights)
    tellers = {0: product.tell(policies, nights, folder / "whole", worklist=True)}
    tellers |= {
        some: product.tell(policies, nights, folder / f"parts-{some}", worklist=True, partitioning=in_parts(some))
        for some in parts
    }
    for told in zip(*tellers.values(), strict=True):
        whole = all_bytes(folder / "whole" / "out")
        for some in parts:
            out = folder / f"parts-{some}" / "out"
            got = all_bytes(out)
            assert list(got) == list(whole)
            assert [name for name in got if got[name] != whole[name]] == [], f"{some} parts, {told[0].as_of}"
            assert (out / "worklist.xlsx").read_bytes() == (folder / "whole" / "out" / "worklist.xlsx").read_bytes()
            assert sorted(path.name for path in out.glob(".*")) == []
