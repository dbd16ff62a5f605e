"""From the files of a night to its parts on disk."""

import pickle
from collections import defaultdict
from pathlib import Path

import numpy as np
import pyarrow as pa

from refund_calc.columns.aliases import Ints
from refund_calc.columns.written import arrow_text
from refund_calc.inputs.csv_files import BLOCK
from refund_calc.inputs.inbox import Inputs
from refund_calc.inputs.read_tables import read_tables
from refund_calc.inputs.tables import BadCells, Table
from refund_calc.night.contradictions import RmasElsewhere, disagreements
from refund_calc.night.stage_a_row import OF_THE_RMA
from refund_calc.runs.partitions.keys import parts_of
from refund_calc.runs.partitions.shuffled import IN_PARTS, Shuffled
from refund_calc.runs.partitions.tasks import RunAll, replacing


def shuffle(inputs: Inputs, time_zone: str, folder: Path, parts: int, run_all: RunAll, block: int = BLOCK) -> Shuffled:
    """Split a night's inputs by order into `parts` parts in the work folder `folder`, which is there and empty.

    `time_zone` is the store's, `block` bytes of a file are read at a time. Raises what `read_tables` raises.
    """
    tables = read_tables(inputs, time_zone, block)
    part_of = {kind: parts_of(arrow_text(tables[kind].frame["order_number"].array), parts) for kind in IN_PARTS}
    for kind in IN_PARTS:
        for part in range(parts):
            _write(folder / f"{kind}-{part}", _only(tables[kind], np.flatnonzero(part_of[kind] == part)))
    elsewhere = _elsewhere(tables["returns"], part_of["returns"])
    for part in range(parts):
        _write(folder / f"rmas-{part}", elsewhere)
    return Shuffled(
        folder=folder,
        parts=parts,
        sources={kind: table.sources for kind, table in tables.items()},
        malformed={kind: table.malformed for kind, table in tables.items()},
        resolutions=tables["resolutions"],
        opening=tables["opening"],
    )


def _write(path: Path, value: object) -> None:
    with replacing(path) as file:
        pickle.dump(value, file, pickle.HIGHEST_PROTOCOL)


def _only(table: Table, rows: Ints) -> Table:
    """These rows of a table."""
    at = np.flatnonzero(np.isin(table.bad.row, rows))
    bad = BadCells(
        np.searchsorted(rows, table.bad.row[at]), table.bad.field[at], table.bad.value[at], table.bad.message[at]
    )
    return Table(
        table.frame.iloc[rows].reset_index(drop=True), table.file[rows], table.line[rows], bad, (), table.sources
    )


def _elsewhere(returns: Table, part: Ints) -> RmasElsewhere:
    """The RMAs of valid rows that stand in several parts."""
    valid = np.flatnonzero(~returns.is_bad)
    rmas = arrow_text(returns.frame["rma_number"].array).take(pa.array(valid)).to_pylist()
    rows = defaultdict(list)
    for rma, row in zip(rmas, valid.tolist(), strict=True):
        rows[rma].append(row)
    told = {}
    for rma, at in rows.items():
        if len(set(part[at].tolist())) > 1:
            cells = {column: returns.frame[column.name].array.take(np.array(at)) for column in OF_THE_RMA}
            told[rma] = "; ".join(disagreements(np.zeros(len(at), np.int64), cells)[0])
    return RmasElsewhere(pa.array(list(told), pa.string()), pa.array(list(told.values()), pa.string()))
