"""The files of a night from the runs of its parts: ranges are merged, then streamed one after the other into place."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import ipc

from refund_calc.columns.heap import give_back
from refund_calc.errors import ControlTotalFailed
from refund_calc.history import folders
from refund_calc.history.folders import Blocks, Written, header_line
from refund_calc.history.nights import part_file
from refund_calc.history.record import ROWS, RecordFile, Values, cents_of_record, file_name, schema
from refund_calc.history.taken_back import PaidOut
from refund_calc.reports.contracts import EXCEPTIONS, LEDGER, PAYOUTS, REDO, REFUNDS
from refund_calc.reports.csv_blocks import csv_bytes, text_bytes
from refund_calc.reports.redo import RedoCounts, redo_report
from refund_calc.runs.partitions.settings import Partitioning
from refund_calc.runs.partitions.sorted_runs import LINE, Merge, Range, Run, merge_lines, merge_rows, ranges, read_range
from refund_calc.runs.partitions.tasks import RunAll, replacing

_CONTRACTS = {"refunds": REFUNDS, "payouts": PAYOUTS, "ledger": LEDGER, "exceptions": EXCEPTIONS}
_PIECE = 1 << 20  # bytes


@dataclass(frozen=True)
class Merger:
    """Merges runs into files of a night's folder; `work` is a folder for what comes between.

    `part_files`: the ranges of a report stay files of their own.
    """

    folder: Path
    work: Path
    how: Partitioning
    run_all: RunAll
    part_files: bool = False

    def report(self, name: str, runs: Sequence[Run]) -> list[Written]:
        """The files of one report. Raises ControlTotalFailed where a row came or went on the way."""
        merges, header = self._merges(f"{name}.csv", runs), tuple(_CONTRACTS[name])
        if self.part_files:
            parts = [PartFile(merge, part_file(f"{name}.csv", at), header) for at, merge in enumerate(merges, 1)]
            written = self.run_all(write_part_file, parts)
            _merged(f"{name}.csv", runs, [part.rows for part in written])
            return folders.take_parts(self.folder, [(merge.to, of) for merge, of in zip(merges, written, strict=True)])
        rows = _merged(f"{name}.csv", runs, self.run_all(merge_lines, merges))
        return [self._written(name, header, rows, [merge.to for merge in merges])]

    def record(self, name: str, runs: Sequence[Run]) -> Written:
        """One file of the record. Raises ControlTotalFailed where a row came or went on the way."""
        merges = self._merges(f"{name}.record", runs)
        rows = _merged(file_name(name), runs, self.run_all(merge_rows, merges))
        blocks = _row_groups([merge.to for merge in merges])
        if name == "refunds" and not rows:  # a night without refunds has an empty block of them, of lines it has none
            blocks = iter([_in_one_piece(_columns(schema(name).empty_table()))])
        return folders.write_record(self.folder, RecordFile(name, rows, blocks))

    def redo(self, before: PaidOut, runs: Sequence[Run]) -> tuple[Written, RedoCounts]:
        """redo.csv, given the payouts that are taken back and the runs of the record's refunds."""
        tasks = [
            RedoRange(of, _of_range(before, of), self.work / f"redo.csv-{at}")
            for at, of in enumerate(ranges(runs, self.how.range_bytes))
        ]
        counts = RedoCounts(0, 0, 0)
        for one in self.run_all(redo_range, tasks):
            counts += one
        return self._written("redo", tuple(REDO), counts.rows, [task.to for task in tasks]), counts

    def _merges(self, name: str, runs: Sequence[Run]) -> list[Merge]:
        return [
            Merge(of, self.work / f"{name}-{at}-of-all") for at, of in enumerate(ranges(runs, self.how.range_bytes))
        ]

    def _written(self, name: str, header: tuple[str, ...], rows: int, parts: Sequence[Path]) -> Written:
        return folders.write_report(self.folder, folders.Report(f"{name}.csv", header, rows, lambda: _bytes_of(parts)))


@dataclass(frozen=True)
class PartFile:
    """A task: merge a range into a part file of a report. `name` is the file's in the night's folder."""

    merge: Merge
    name: str
    header: tuple[str, ...]


def write_part_file(task: PartFile) -> Written:
    """Write a part file, hash it on the way, and sync it: it is not written once more."""
    rows = read_range(task.merge.range)
    lines = memoryview(b"") if rows is None else text_bytes(rows[LINE].combine_chunks())
    digest = hashlib.sha256()
    with replacing(task.merge.to) as file:
        for block in (header_line(task.header), lines):
            file.write(block)
            digest.update(block)
        file.flush()
        os.fsync(file.fileno())
    return Written(task.name, 0 if rows is None else len(rows), digest.hexdigest())


def _merged(name: str, runs: Sequence[Run], merged: Sequence[int]) -> int:
    """How many rows were merged; the runs are gone then, and so is the memory that it took."""
    rows, got = sum(run.rows for run in runs), sum(merged)
    if rows != got:
        raise ControlTotalFailed(
            f"control total: rows of {name} in all parts {rows}, merged {got}, difference {got - rows}; "
            "nothing was published; this is an error in the program, keep the inputs and report it"
        )
    for run in runs:
        run.path.unlink()
    give_back()  # row groups, and the next file's rows, are blocks of other sizes, and come to lie between what is kept
    return rows


def _bytes_of(parts: Sequence[Path]) -> Blocks:
    """The bytes of these files, which are gone then."""
    for path in parts:
        with path.open("rb", buffering=0) as file:
            while piece := file.read(_PIECE):
                yield memoryview(piece)
        path.unlink()


def _row_groups(parts: Sequence[Path]) -> Iterator[dict[str, Values]]:
    """The rows of these Arrow files, as many at a time as a row group has; the files are gone then."""
    kept: pa.Table | None = None
    for path in parts:
        if path.stat().st_size:
            with pa.OSFile(str(path)) as file, ipc.open_file(file) as rows:
                for at in range(rows.num_record_batches):
                    kept = _joined(kept, rows.get_batch(at))
                    while len(kept) >= ROWS:
                        columns, kept = _columns(kept.slice(0, ROWS)), kept.slice(ROWS)
                        yield _in_one_piece(columns)
        path.unlink()
    if kept is not None and len(kept):
        columns, kept = _columns(kept), None
        yield _in_one_piece(columns)


def _joined(rows: pa.Table | None, more: pa.RecordBatch) -> pa.Table:
    table = pa.Table.from_batches([more])
    return table if rows is None else pa.concat_tables([rows, table])


def _columns(rows: pa.Table) -> dict[str, pa.ChunkedArray]:
    return dict(zip(rows.column_names, rows.columns, strict=True))


def _in_one_piece(columns: dict[str, pa.ChunkedArray]) -> dict[str, Values]:
    """Each column without its pieces, which are taken out of `columns`: one column is held twice, not all of them."""
    return {name: columns.pop(name).combine_chunks() for name in list(columns)}


@dataclass(frozen=True)
class RedoRange:
    """A task: compare the payouts of a range of RMAs with those that are taken back."""

    range: Range
    before: PaidOut
    to: Path


def redo_range(task: RedoRange) -> RedoCounts:
    """Write the lines of redo.csv for a range."""
    rows = read_range(task.range)
    rows = schema("refunds").empty_table() if rows is None else rows
    cents = cents_of_record(rows, "net_refund")
    paid = rows.filter(pa.array(cents > 0))
    numbers = np.asarray(paid["refund_number"].to_numpy(), np.int64)
    after = PaidOut(paid["rma_number"].combine_chunks(), numbers, cents[cents > 0])
    report, counts = redo_report(task.before, after)
    with replacing(task.to) as file:
        for block in report.blocks():
            file.write(csv_bytes(block))
    return counts


def _of_range(payouts: PaidOut, of: Range) -> PaidOut:
    """The payouts whose RMAs lie in a range."""
    mask = np.ones(len(payouts), np.bool_)
    for bound, is_within in ((of.low, pc.greater_equal), (of.high, pc.less)):
        if bound is not None:
            mask &= np.asarray(is_within(payouts.rma_number, bound[0]))
    return PaidOut(payouts.rma_number.filter(pa.array(mask)), payouts.refund_number[mask], payouts.cents[mask])
