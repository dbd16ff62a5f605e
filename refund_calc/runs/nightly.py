"""A run from files to a published folder: what is read, when it is written, what makes it final (rulebook 3, 7, 9)."""

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from refund_calc.errors import BadData
from refund_calc.history import folders, index
from refund_calc.history.folders import Blocks, Report, Written
from refund_calc.history.nights import PublishedNight, check_files, published
from refund_calc.history.past import Past
from refund_calc.history.record import RecordFile
from refund_calc.inputs.csv_files import BLOCK
from refund_calc.inputs.inbox import Inputs
from refund_calc.night.decide import Decided, asked_of, decide
from refund_calc.policy.versions import PolicySet, load_policies
from refund_calc.reports import record
from refund_calc.reports.csv_blocks import csv_file
from refund_calc.reports.exceptions import Exceptions
from refund_calc.reports.exceptions import report as exceptions_of
from refund_calc.reports.exceptions_report import exceptions_report
from refund_calc.reports.journal import (
    Journal,
    JournalEntries,
    PostingTerms,
    account_table,
    payout_entries,
    refund_entries,
)
from refund_calc.reports.ledger import ledger
from refund_calc.reports.manifest import Notes, manifest
from refund_calc.reports.named import Report as NamedReport
from refund_calc.reports.payouts import payouts
from refund_calc.reports.register import register
from refund_calc.reports.totals import control_totals
from refund_calc.runs.guards import (
    check_expected_rows,
    check_history,
    check_not_too_late,
    check_opening,
    check_order,
    earlier,
    is_as_run,
)
from refund_calc.runs.night_inputs import night_inputs
from refund_calc.runs.policy_use import policy_changes
from refund_calc.runs.redo import Redone, TakenBack, check_not_sent, redo_of, taken_back
from refund_calc.runs.summary import FirstExceptions, Summary, first_exceptions, repeated, summary
from refund_calc.runs.suspicions import suspicions
from refund_calc.runs.worklist import made_worklist, mend_worklist, write_worklist

WRITING = "writing reports"  # a stage of progress
WRITERS = 2  # threads

__all__ = ["FirstExceptions", "Inputs", "Redone", "Summary", "nightly", "no_progress"]


Totals = dict[str, Any]  # the control totals of the manifest
Page = Callable[[Exceptions, Totals], Written]
Worklist = Callable[[Exceptions, Written], bytes]


class Progress(Protocol):
    """Told what a run is at: a stage begins, has `total` more rows to do, has done more of them."""

    def __call__(self, stage: str, done: int = 0, total: int = 0) -> None: ...


def no_progress(stage: str, done: int = 0, total: int = 0) -> None:
    """Progress nobody looks at."""


@dataclass(frozen=True)
class Books:
    """The journal entries of a night and the control totals that hold for it."""

    journal: Journal
    totals: dict[str, Any]


def nightly(
    inputs: Inputs,
    policy_path: Path,
    as_of: Callable[[str], date],
    out: Path,
    *,
    today: Callable[[str], date],
    redo: bool = False,
    payouts_not_sent: bool = False,
    dry_run: bool = False,
    new_history: bool = False,
    expect_rows: int = 0,
    policy_changed: bool = False,
    worklist: bool = False,
    with_page: bool = True,
    progress: Progress = no_progress,
    block: int = BLOCK,
) -> Summary:
    """Run one night. `as_of` answers the night's date, given the policy's time zone, `today` the calendar's.

    `worklist`: OUT/worklist.xlsx is written as well; where that fails, it is a warning. `new_history`: OUT holds no
    night yet, and none was lost (rulebook 9). Raises NightStopped in one of its kinds; then nothing was published.
    """
    policies = load_policies(policy_path)
    day = as_of(policies.time_zone)
    if not dry_run:
        check_not_too_late(day, today(policies.time_zone), policies.time_zone)
    policies.in_force(day)
    inputs = inputs.checked()
    run = _Run(inputs, policies, day, out, progress, block, expect_rows, policy_changed, worklist, with_page)
    check_history(out, str(day), new_history)
    check_opening(inputs, out, str(day), is_first=new_history, redo=redo)
    if dry_run:
        nights = published(out, but_for=str(day) if redo else "")
        if not redo and (same_night := earlier(nights, day)):
            return _repeated(same_night, nights, inputs, policies)
        check_order(nights, day)
        return replace(run, taken=taken_back(out, str(day))).rehearse(nights)
    with folders.locked(out):
        finished = folders.recover(out)
        check_history(out, str(day), new_history)
        nights = published(out, but_for=str(day) if redo else "")
        same_night = next((night for night in nights if night.name == str(day)), None)
        if same_night and (not redo or (str(day) in finished and is_as_run(same_night, inputs, policies))):
            told = _repeated(same_night, nights, inputs, policies)
            index.tell(out, nights[-1].name)  # the run that published it may have died before it could
            return replace(told, warnings=mend_worklist(out, nights[-1])) if worklist else told
        check_order(nights, day)
        taken = taken_back(out, str(day))
        if taken and not payouts_not_sent:
            check_not_sent(taken, str(day), today(policies.time_zone))
        return replace(run, taken=taken).publish(nights)


@dataclass(frozen=True)
class _Run:
    """What a run was given."""

    inputs: Inputs
    policies: PolicySet
    day: date
    out: Path
    progress: Progress
    block: int
    expect_rows: int
    policy_changed: bool
    worklist: bool
    with_page: bool
    taken: TakenBack | None = None  # the night that it replaces

    def decided(self, nights: Sequence[PublishedNight], *, may_write: bool) -> tuple[Decided, Past, str]:
        """The night decided, the past that it knew, and what there is to say of the index."""
        self.progress("reading")
        before = self._before(nights)
        with ThreadPoolExecutor(1) as beside:  # the last night is hashed while the files are read
            checking = beside.submit(check_files, before[-1], is_latest=before[-1] is nights[-1]) if before else None
            tables = night_inputs(self.inputs, self.policies.time_zone, self.day, self.out, self.taken, self.block)
            if checking:
                checking.result()
        self._done("reading", sum(source.rows for table in tables.tables for source in table.files))
        check_expected_rows(tables.returns, self.expect_rows)
        self.progress("looking back")
        answer = index.ask(self.out, nights, asked_of(tables), may_write=may_write)
        self._done("looking back", answer.past.lines.num_rows)
        self.progress("deciding")
        night = decide(tables, self.policies, answer.past, hand_over=True)
        self._done("deciding", len(night.lines))
        return night, answer.past, answer.notice

    def _done(self, stage: str, rows: int) -> None:
        self.progress(stage, done=rows, total=rows)

    def _before(self, nights: Sequence[PublishedNight]) -> list[PublishedNight]:
        return [night for night in nights if night.name < str(self.day)]

    def rehearse(self, nights: Sequence[PublishedNight]) -> Summary:
        """Decide the night and write nothing."""
        before = self._before(nights)
        changes = policy_changes(self.policies, before, self.policy_changed)
        night, past, _ = self.decided(nights, may_write=False)
        found = exceptions_of(night, night.due_date, past.findings)
        told = summary(night, _books(night, past).totals, found, None, "")
        shown = first_exceptions(found, night.calendar.business)
        return replace(told, warnings=suspicions(night, before, past, changes), exceptions=shown)

    def publish(self, nights: Sequence[PublishedNight]) -> Summary:
        """Decide the night, write it beside its place, and rename it there."""
        before = self._before(nights)
        changes = policy_changes(self.policies, before, self.policy_changed)
        night, past, notice = self.decided(nights, may_write=True)
        warnings = suspicions(night, before, past, changes)
        folder = folders.start(self.out, str(self.day))
        try:
            redo, redone = redo_of(self.taken, night, folders.kept_folder(self.out, str(self.day)))
            redone_payouts = redo.rows if redo else None

            def page(found: Exceptions, totals: Totals) -> Written:
                return _page(folder, night, found, totals, before, past, warnings, redone_payouts)

            def listed(found: Exceptions, report: Written) -> bytes:
                return made_worklist(str(self.day), report, found, night.calendar.business)

            also = (page if self.with_page else None, listed if self.worklist else None)
            reports = _write(night, past, folder, self.progress, redo, *also)
            books, found = reports.books, reports.found
            previous = before[-1].sha256 if before else None
            notes = Notes(warnings, tuple(change.note for change in changes))
            sealed = manifest(night, books.totals, reports.written, previous, notes)
            folders.write_manifest(folder, sealed)
            told = summary(night, books.totals, found, self.out / str(self.day), notice)
            told = replace(told, redone=redone, warnings=warnings)
        except BaseException:
            folders.remove_quietly(folder)
            raise
        self.progress("publishing")
        folders.publish(self.out, str(self.day))
        self._done("publishing", sum(file.rows for file in reports.written))
        index.tell(self.out, str(self.day))
        if reports.worklist:
            told = replace(told, warnings=warnings + write_worklist(self.out, reports.worklist.result))
        return told


@dataclass(frozen=True)
class _Reports:
    """What was written of a night; the worklist is written where the night is published."""

    written: list[Written]
    books: Books
    found: Exceptions
    worklist: Future[bytes] | None


def _write(
    night: Decided,
    past: Past,
    folder: Path,
    progress: Progress,
    redo: NamedReport | None,
    page: Page | None,
    worklist: Worklist | None,
) -> _Reports:
    """Write reports and record, on both cores; what waits for another's answer stands behind it."""
    progress(WRITING)

    def report(make: Callable[[], NamedReport]) -> Future[Written]:
        return pool.submit(lambda: folders.write_report(folder, _told(csv_file(make()), progress)))

    def remember(make: Callable[[], RecordFile]) -> Future[Written]:
        return pool.submit(lambda: folders.write_record(folder, make()))

    with ThreadPoolExecutor(WRITERS) as pool:
        found = pool.submit(exceptions_of, night, night.due_date, past.findings)
        books = pool.submit(_books, night, past)
        writing = [
            report(lambda: register(night)),
            remember(lambda: record.lines(night)),
            *([report(lambda: redo)] if redo else []),
            report(lambda: payouts(night, night.by_rma, night.calendar)),
            report(lambda: ledger(books.result().journal)),
            exceptions := report(lambda: exceptions_report(found.result(), night.calendar.business)),
            remember(lambda: record.findings(found.result())),
            remember(lambda: record.resolutions(night)),
            remember(lambda: record.refunds(night)),
            remember(lambda: record.opening(night)),
            *([pool.submit(lambda: page(found.result(), books.result().totals))] if page else []),
        ]
        listed = pool.submit(lambda: worklist(found.result(), exceptions.result())) if worklist else None
        tasks: list[Future[Any]] = [found, books, *writing]
        done, _ = wait(tasks, return_when=FIRST_EXCEPTION)
        for task in done:
            task.result()
        return _Reports([task.result() for task in writing], books.result(), found.result(), listed)


def _page(folder: Path, *figures_of: Any) -> Written:
    """Write the morning page."""
    from refund_calc.reading.page.figures import figures  # a night without a page does not pay for what these import
    from refund_calc.reading.page.render import page

    data = figures(*figures_of)
    return folders.write_page(folder, page(data), len(data.exceptions))


def _told(report: Report, progress: Progress) -> Report:
    """A report that tells how many rows have gone by."""
    if progress is no_progress:
        return report
    progress(WRITING, total=report.rows)

    def blocks() -> Blocks:
        for block in report.blocks():
            yield block
            progress(WRITING, done=bytes(block).count(b"\n"))

    return replace(report, blocks=blocks)


def _books(night: Decided, past: Past) -> Books:
    """Tonight's journal. Raises ControlTotalFailed where a control total does not hold."""
    terms = PostingTerms(night.as_of, night.policies.currency, account_table(night.policy.accounts))
    journal = Journal(payouts=_payout_entries(night, past), refunds=refund_entries(night.by_rma, terms))
    return Books(journal, control_totals(night, night.by_rma, journal))


def _payout_entries(night: Decided, past: Past) -> JournalEntries:
    """Payouts whose date is reached by this night first: earlier nights' and, with a lag of 0, tonight's."""
    reached = past.payouts
    terms = {
        decided: PostingTerms(known.payout_date, known.currency, known.accounts)
        for decided, known in past.terms.items()
    }
    accounts = account_table(night.policy.accounts)
    terms[night.as_of] = PostingTerms(night.calendar.payout_date, night.policies.currency, accounts)
    if night.calendar.payout_date <= night.as_of:
        reached = pa.concat_tables([reached, record.payouts(night)])
    return payout_entries(reached, terms)


def _repeated(night: PublishedNight, nights: Sequence[PublishedNight], inputs: Inputs, policies: PolicySet) -> Summary:
    """The night was run before: with the same inputs there is nothing to do, with others the latest can be redone."""
    day = date.fromisoformat(night.name)
    is_latest = night is nights[-1]
    if not is_as_run(night, inputs, policies):
        check_order(nights, day)
        raise BadData(
            f"--as-of {day}: the night is complete, and its inputs or policy were others; "
            "use --redo to withdraw its decisions and run it again"
        )
    check_files(night, is_latest=is_latest)
    return repeated(day, night.manifest["control_totals"], night.folder)
