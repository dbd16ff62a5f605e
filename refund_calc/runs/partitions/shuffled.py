"""The inputs of a night in parts on disk: what is known of them all, and how one part is read."""

import pickle
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from refund_calc.inputs.csv_files import Malformed
from refund_calc.inputs.tables import SourceFile, Table
from refund_calc.night.contradictions import RmasElsewhere
from refund_calc.night.decide import NightInputs

T = TypeVar("T")
IN_PARTS = ("orders", "returns")  # the kinds whose rows belong to an order


@dataclass(frozen=True)
class Shuffled:
    """A night's inputs; its orders and returns in `parts` parts in `folder`, by order.

    `sources` and `malformed` are by kind what `Table` has of all files of that kind. Resolutions and the opening are
    for all parts, and not split.
    """

    folder: Path
    parts: int
    sources: Mapping[str, tuple[SourceFile, ...]]
    malformed: Mapping[str, tuple[tuple[int, Malformed], ...]]
    resolutions: Table
    opening: Table


def part_inputs(shuffled: Shuffled, part: int, small: NightInputs) -> NightInputs:
    """One part of the night, to be decided by itself: `small` is the night with whatever orders and returns.

    Rows come in the order of the files; `Table.file` and `Table.line` say where they stand, `Table.sources` are all
    files of the kind. `Table.malformed` is empty: no part has the rows that belong to no order.
    """
    orders, returns = (_read(shuffled.folder / f"{kind}-{part}", Table) for kind in IN_PARTS)
    elsewhere = _read(shuffled.folder / f"rmas-{part}", RmasElsewhere)
    return replace(small, orders=orders, returns=returns, rmas_elsewhere=elsewhere)


def _read(path: Path, of: type[T]) -> T:
    with path.open("rb") as file:
        read = pickle.load(file)
    assert isinstance(read, of)
    return read
