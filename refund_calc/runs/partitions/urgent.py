"""The exceptions that the worklist may show, of each part of a night, and of all parts together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import ipc

from refund_calc.columns.aliases import Ints
from refund_calc.columns.text_order import text_order
from refund_calc.policy.calendars import WorkingDays
from refund_calc.reading.worklist import may_be_chosen
from refund_calc.reading.worklist_rows import OpenExceptions, of_night
from refund_calc.reports.contracts import EXCEPTIONS
from refund_calc.reports.exceptions import Exceptions
from refund_calc.runs.partitions.tasks import replacing

_ORDER = ("rma_number", "order_number", "order_line", "code")
_NUMBERS = ("turn", "left", "claim", "age")


@dataclass(frozen=True)
class Urgent:
    """Exceptions of one part that may be chosen, in a file, and how many of each turn the part has."""

    path: Path
    of_turn: tuple[int, ...]


def write_urgent(path: Path, found: Exceptions, business: WorkingDays) -> Urgent:
    """The most urgent exceptions of a part, in the order of its report."""
    exceptions = of_night(found, business)
    at = may_be_chosen(exceptions)
    numbers = {f"number-{name}": getattr(exceptions, name)[at] for name in _NUMBERS}
    texts = {name: pa.array(cells, pa.string()) for name, cells in exceptions.texts(at).items()}
    table = pa.table({**numbers, **texts})
    with replacing(path) as file, ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    return Urgent(path, tuple(exceptions.in_all.tolist()))


def most_urgent(parts: Sequence[Urgent]) -> OpenExceptions:
    """Those of all parts that may be chosen, in the order of exceptions.csv. Parts are read one after the other."""
    table: pa.Table | None = None
    for part in parts:
        with pa.OSFile(str(part.path)) as file, ipc.open_file(file) as rows:
            table = _kept([table, rows.read_all()] if table else [rows.read_all()])
    assert table is not None
    return _exceptions(table, np.sum([part.of_turn for part in parts], axis=0))


def _kept(tables: Iterable[pa.Table]) -> pa.Table:
    """Of these rows those that may still be chosen; rows with the same key are neighbours of one part."""
    table = pa.concat_tables(tables)
    order = np.lexsort([text_order(table[name].combine_chunks()) for name in _ORDER][::-1])
    table = table.take(pa.array(order))
    return table.take(pa.array(may_be_chosen(_exceptions(table, None)))).combine_chunks()


def _exceptions(table: pa.Table, of_turn: Ints | None) -> OpenExceptions:
    numbers = {name: np.asarray(table[f"number-{name}"].to_numpy(), np.int64) for name in _NUMBERS}

    def texts(at: Ints) -> dict[str, list[str]]:
        rows = table.take(pa.array(at))
        return {name: rows[name].to_pylist() for name in EXCEPTIONS}

    return OpenExceptions(**numbers, texts=texts, of_turn=of_turn)
