"""A night's inputs in parts, put together again, to be held against the same files read as a whole."""

import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from refund_calc.columns.typed import plain
from refund_calc.errors import NightStopped
from refund_calc.inputs.contracts import OrderRow, ReturnRow
from refund_calc.inputs.csv_files import BLOCK
from refund_calc.inputs.inbox import Inputs
from refund_calc.inputs.read_tables import read_tables
from refund_calc.inputs.tables import Table, load
from refund_calc.night.decide import NightInputs
from refund_calc.runs.partitions.shuffle import shuffle
from refund_calc.runs.partitions.shuffled import part_inputs
from refund_calc.runs.partitions.tasks import one_after_the_other

ZONE = "America/Los_Angeles"
Rows = dict[tuple[int, int], tuple[Any, ...]]  # file and line -> cells, and what is wrong with them
Told = tuple[Rows, Any, Any]


def nothing_yet(day: date = date(2026, 3, 20), **others: Any) -> NightInputs:
    """A night without orders and returns."""
    empty = {"orders": load("orders", [], OrderRow, ZONE), "returns": load("returns", [], ReturnRow, ZONE)}
    return NightInputs(day, **empty, **({"resolutions": load("resolutions", [], OrderRow, ZONE)} | others))


def in_parts(inputs: Inputs, parts: int, block: int = BLOCK) -> tuple[list[NightInputs], dict[str, Any]]:
    """Every part of a night, and what is known of all of its files."""
    with tempfile.TemporaryDirectory() as folder:
        shuffled = shuffle(inputs, ZONE, Path(folder), parts, one_after_the_other, block)
        small = nothing_yet(resolutions=shuffled.resolutions)
        known = {"sources": dict(shuffled.sources), "malformed": dict(shuffled.malformed)}
        return [part_inputs(shuffled, part, small) for part in range(parts)], known


def rows_of(table: Table) -> Rows:
    """The rows of a table by where they stand."""
    columns = [pd.Series(plain(table.frame[name].array)).astype(object).tolist() for name in table.frame]
    bad: dict[int, list[Any]] = {}
    for row, *what in zip(
        *(getattr(table.bad, name).tolist() for name in ("row", "field", "value", "message")), strict=True
    ):
        bad.setdefault(row, []).append(what)
    cells = zip(*([None if pd.isna(cell) else cell for cell in column] for column in columns), strict=True)
    places = list(zip(table.file.tolist(), table.line.tolist(), strict=True))
    assert places == sorted(set(places))
    return {place: (*of_row, bad.get(at)) for at, (place, of_row) in enumerate(zip(places, cells, strict=True))}


def whole(inputs: Inputs, block: int) -> dict[str, Told] | str:
    """What the files hold by the single reader, or what stops the night."""
    try:
        tables = read_tables(inputs, ZONE, block)
    except NightStopped as stopped:
        return f"{type(stopped).__name__}: {stopped}"
    return {kind: (rows_of(table), table.sources, table.malformed) for kind, table in tables.items()}


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
        rows: Rows = {}
        for table in tables:
            of_part = rows_of(table)
            assert not set(rows) & set(of_part)
            rows |= of_part
        told[kind] = rows, known["sources"][kind], known["malformed"][kind]
    _share_no_order(nights)
    for kind in ("resolutions", "opening"):
        told[kind] = {}, known["sources"][kind], known["malformed"][kind]
    return told


def _share_no_order(nights: Sequence[NightInputs]) -> None:
    seen: dict[Any, int] = {}
    for part, night in enumerate(nights):
        for table in (night.orders, night.returns):
            for order in table.frame["order_number"].astype(object).fillna("").tolist():
                assert seen.setdefault(order, part) == part
