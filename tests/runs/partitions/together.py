"""A night's inputs in parts, put together again, to be held against the same files read as a whole."""

import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from refund_calc.columns.typed import plain
from refund_calc.errors import NightStopped
from refund_calc.inputs.contracts import OrderRow, ResolutionRow, ReturnRow
from refund_calc.inputs.csv_files import BLOCK
from refund_calc.inputs.inbox import Inputs
from refund_calc.inputs.read_tables import read_tables
from refund_calc.inputs.tables import Table, load
from refund_calc.night.decide import NightInputs
from refund_calc.runs.partitions.shuffle import shuffle
from refund_calc.runs.partitions.shuffled import part_inputs
from refund_calc.runs.partitions.tasks import one_after_the_other

ZONE = "America/Los_Angeles"
Row = tuple[Any, ...]
Told = tuple[list[Row], Any, Any]


def nothing_yet(day: date = date(2026, 3, 20), **others: Any) -> NightInputs:
    """A night without orders and returns."""
    empty = {"orders": load("orders", [], OrderRow, ZONE), "returns": load("returns", [], ReturnRow, ZONE)}
    return NightInputs(day, **empty, **({"resolutions": load("resolutions", [], ResolutionRow, ZONE)} | others))


def in_parts(inputs: Inputs, parts: int, block: int = BLOCK) -> tuple[list[NightInputs], dict[str, Any]]:
    """Every part of a night, and what is known of all of its files."""
    with tempfile.TemporaryDirectory() as folder:
        shuffled = shuffle(inputs, ZONE, Path(folder), parts, one_after_the_other, block)
        small = nothing_yet(resolutions=shuffled.resolutions)
        known = {"sources": dict(shuffled.sources), "malformed": dict(shuffled.malformed)}
        return [part_inputs(shuffled, part, small) for part in range(parts)], known


def rows_of(table: Table) -> list[Row]:
    """Each row: where it stands, its cells, and what is wrong with them."""
    columns = [pd.Series(plain(table.frame[name].array)).astype(object).tolist() for name in table.frame]
    bad: dict[int, list[Any]] = {}
    what = (getattr(table.bad, name).tolist() for name in ("row", "field", "value", "message"))
    for row, *said in zip(*what, strict=True):
        bad.setdefault(row, []).append(said)
    cells = zip(*([None if pd.isna(cell) else cell for cell in column] for column in columns), strict=True)
    places = zip(table.file.tolist(), table.line.tolist(), strict=True)
    return [(*place, *row, bad.get(at)) for at, (place, row) in enumerate(zip(places, cells, strict=True))]


def whole(inputs: Inputs, block: int) -> dict[str, Told] | str:
    """What the files hold by the single reader, or what stops the night."""
    try:
        tables = read_tables(inputs, ZONE, block)
    except NightStopped as stopped:
        return f"{type(stopped).__name__}: {stopped}"
    return {kind: (in_any_order(rows_of(table)), table.sources, table.malformed) for kind, table in tables.items()}


def in_any_order(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=repr)


def together(inputs: Inputs, parts: int, block: int) -> dict[str, Told] | str:
    """The same from parts; no two of them share an order."""
    try:
        nights, known = in_parts(inputs, parts, block)
    except NightStopped as stopped:
        return f"{type(stopped).__name__}: {stopped}"
    told: dict[str, Told] = {}
    for kind in ("orders", "returns"):
        tables = [getattr(night, kind) for night in nights]
        assert all(table.malformed == () and table.sources == known["sources"][kind] for table in tables)
        assert all((np.diff(table.file) >= 0).all() for table in tables)
        rows = [row for table in tables for row in rows_of(table)]
        told[kind] = in_any_order(rows), known["sources"][kind], known["malformed"][kind]
    _share_no_order(nights)
    for kind in ("resolutions", "opening"):
        rows = rows_of(nights[0].resolutions) if kind == "resolutions" else []
        told[kind] = in_any_order(rows), known["sources"][kind], known["malformed"][kind]
    return told


def _share_no_order(nights: Sequence[NightInputs]) -> None:
    seen: dict[Any, int] = {}
    for part, night in enumerate(nights):
        for table in (night.orders, night.returns):
            for order in table.frame["order_number"].astype(object).fillna("").tolist():
                assert seen.setdefault(order, part) == part
