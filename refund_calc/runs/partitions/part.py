"""A part of a night: decided by the same rules, and written as sorted runs beside the sums that it adds."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.dictionary import as_texts
from refund_calc.history.past import Past
from refund_calc.history.record import RecordFile, encoded_block, file_name
from refund_calc.history.resolution import Key
from refund_calc.night.decide import Decided, Judged, NightInputs, decide
from refund_calc.night.in_force import known_tonight
from refund_calc.night.verdicts import DECISIONS
from refund_calc.night.without_effect import Looked
from refund_calc.policy.versions import PolicySet
from refund_calc.reports import record
from refund_calc.reports.csv_blocks import csv_lines
from refund_calc.reports.exceptions import Exceptions
from refund_calc.reports.exceptions import report as exceptions_of
from refund_calc.reports.exceptions_report import exceptions_report
from refund_calc.reports.ledger import ledger
from refund_calc.reports.manifest import judged_lines
from refund_calc.reports.named import NamedColumns
from refund_calc.reports.named import Report as NamedReport
from refund_calc.reports.payouts import payouts
from refund_calc.reports.register import register
from refund_calc.reports.totals import Counted, Fault, Sums, faults_of_rows
from refund_calc.runs.partitions.past import Before, past_of
from refund_calc.runs.partitions.shuffled import Parted, part_inputs, read_part
from refund_calc.runs.partitions.sorted_runs import LINE, Run, keyed, write_run
from refund_calc.runs.partitions.urgent import Urgent, write_urgent
from refund_calc.runs.posting import journal_of
from refund_calc.runs.summary import Counts, counts_of

if TYPE_CHECKING:
    from refund_calc.runs.partitions.page_part import PagePart

KEY = ("rma_number", "order_number", "order_line")
# What each report and each file of the record is sorted by, that parts make and ranges merge.
REPORTS = {"refunds": KEY, "payouts": ("rma_number",), "ledger": ("entry_id",), "exceptions": (*KEY, "code")}
RECORDS = {"lines": KEY, "findings": (*KEY, "code"), "refunds": ("rma_number",)}


@dataclass(frozen=True)
class Part:
    """A task: decide one part of a night. `small` is the night without orders and returns."""

    number: int
    parted: Parted
    small: NightInputs
    policies: PolicySet
    before: Before
    judged: Judged
    folder: Path
    batch_rows: int
    with_page: bool


@dataclass(frozen=True)
class PartTold:
    """What a part adds to its night. `runs` are by the name of the file in the night's folder."""

    runs: Mapping[str, Run]
    sums: Sums
    faults: tuple[Fault, ...]  # control totals that do not hold on some row
    counts: Counts
    judged_lines: tuple[int, ...]
    bad_orders: int
    looked: tuple[Looked, ...]
    urgent: Urgent
    page: "PagePart | None"  # None: no page is wanted


@dataclass(frozen=True)
class Named:
    """A task: find the keys of a part that resolutions may speak of."""

    number: int
    parted: Parted
    rma_numbers: frozenset[str]


def named_keys(task: Named) -> set[Key]:
    """The keys of the part's rows, valid or not, of these RMAs."""
    return known_tonight(read_part(task.parted, "returns", task.number).frame, set(task.rma_numbers))


def decide_part(task: Part) -> PartTold:
    """Decide the part, and write what it has of each file."""
    inputs = part_inputs(task.parted, task.number, task.small)
    past = past_of(task.before, inputs, task.number)
    night = decide(inputs, task.policies, past, hand_over=True, judged=task.judged)
    return told(night, past, task.folder, task.number, task.batch_rows, task.with_page)


def told(night: Decided, past: Past, folder: Path, number: int, batch_rows: int, with_page: bool) -> PartTold:
    """What a part that was decided adds to its night."""
    found, journal = exceptions_of(night, night.due_date, past.findings), journal_of(night, past)
    counted = Counted(
        rows_read=len(night.lines),
        malformed=0,
        decided=np.bincount(night.verdicts.decision, minlength=len(DECISIONS)),
        amounts=night.priced.amounts,
        paid=night.by_rma.amounts["net_refund"],
        journal=journal,
    )
    business = night.calendar.business
    reports = (
        register(night),
        payouts(night, night.by_rma, night.calendar),
        ledger(journal),
        exceptions_report(found, business),
    )
    records = (record.lines(night), record.findings(found), record.refunds(night))
    runs = {f"{report.name}.csv": report_run(folder, number, report, batch_rows) for report in reports}
    runs |= {file_name(file.name): _record_run(folder, number, file, batch_rows) for file in records}
    return PartTold(
        runs={name: run for name, run in runs.items() if run},
        sums=counted.sums,
        faults=tuple(faults_of_rows(counted)),
        counts=counts_of(night, found),
        judged_lines=judged_lines(night),
        bad_orders=int(night.inputs.orders.is_bad.sum()),
        looked=night.looked,
        urgent=write_urgent(folder / f"urgent-{number}", found, business),
        page=_page_part(folder, number, batch_rows, night, found, past) if with_page else None,
    )


def _page_part(folder: Path, number: int, batch_rows: int, night: Decided, found: Exceptions, past: Past) -> "PagePart":
    from refund_calc.runs.partitions.page_part import write_page_part  # a night without a page does not pay for it

    return write_page_part(folder, number, batch_rows, night, found, past)


def report_run(folder: Path, number: int, report: NamedReport, batch_rows: int) -> Run | None:
    """A report's rows as a sorted run of CSV lines."""
    keys = REPORTS[report.name]

    def tables() -> Iterator[pa.Table]:
        for block in report.blocks():
            yield keyed(pa.table({LINE: csv_lines(block)}), _keys(block, keys))

    return write_run(folder / f"{report.name}-csv-{number}", tables(), batch_rows)


def _keys(block: NamedColumns, names: Sequence[str]) -> list[pa.Array]:
    return [pc.fill_null(as_texts(block.columns[name], block.rows), "") for name in names]


def _record_run(folder: Path, number: int, file: RecordFile, batch_rows: int) -> Run | None:
    """A record file's rows as a sorted run."""
    keys = RECORDS[file.name]

    def tables() -> Iterator[pa.Table]:
        for block in file.blocks:
            table = encoded_block(file.name, block)
            yield keyed(table, [pc.fill_null(table[name].combine_chunks(), "") for name in keys])

    return write_run(folder / f"{file.name}-record-{number}", tables(), batch_rows)
