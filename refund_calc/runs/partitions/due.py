"""Payouts of earlier nights whose date tonight is the first to reach, posted in pieces of their record (rulebook 7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from refund_calc.history.nights import PublishedNight, Terms, check_files
from refund_calc.history.record import cents_of_record, file_name
from refund_calc.reports.journal import payout_entries
from refund_calc.reports.ledger import lines_of
from refund_calc.reports.totals import Fault, sides, unbalanced
from refund_calc.runs.partitions.part import report_run
from refund_calc.runs.partitions.sorted_runs import Run
from refund_calc.runs.posting import terms_of

_REFUNDS = file_name("refunds")


@dataclass(frozen=True)
class Due:
    """A task: post the payouts of one row group of a night's record. `number` names what it writes."""

    path: Path
    row_group: int
    terms: Terms
    folder: Path
    number: int
    batch_rows: int


@dataclass(frozen=True)
class Posted:
    """What was posted; amounts are cents."""

    run: Run | None
    debits: int
    credits: int
    faults: tuple[Fault, ...]


def due(nights: Sequence[PublishedNight], as_of: int, folder: Path, first: int, batch_rows: int) -> list[Due]:
    """The tasks for a night: what of these nights, the earlier ones, falls due on it and was not due on the last.

    Raises BadData where a record file is not as its night published it.
    """
    tasks: list[Due] = []
    for night in nights:
        if nights[-1].day < night.terms.payout_date <= as_of:
            check_files(night, (_REFUNDS,), is_latest=night is nights[-1])
            path = night.folder / _REFUNDS
            for group in range(pq.ParquetFile(path).num_row_groups):
                tasks.append(Due(path, group, night.terms, folder, first + len(tasks), batch_rows))
    return tasks


def post(task: Due) -> Posted:
    """Post the payouts of a row group: its refunds with a net above zero."""
    with pq.ParquetFile(task.path, page_checksum_verification=True) as file:
        rows = file.read_row_group(task.row_group)
    cents = cents_of_record(rows, "net_refund")
    table = pa.table(
        {
            "night": np.full(len(rows), task.terms.night),
            **{name: rows[name] for name in ("rma_number", "order_number", "policy_version")},
            "refund_number": pc.cast(rows["refund_number"], pa.int64()),
            "net_refund": cents,
        }
    ).filter(pa.array(cents > 0))
    entries = payout_entries(table, {task.terms.night: terms_of(task.terms)})
    debits, credits = sides(entries)
    run = report_run(task.folder, task.number, lines_of(entries), task.batch_rows)
    return Posted(run, debits, credits, tuple(unbalanced(entries)))
