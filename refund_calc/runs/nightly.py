"""A run from files to a published folder: what is read, when it is written, what makes it final (rulebook 3, 7, 9)."""

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from refund_calc.errors import BadData
from refund_calc.history import folders, index
from refund_calc.history.folders import Blocks, Report, Written
from refund_calc.history.nights import EXCEPTIONS_CSV, PublishedNight, check_files, published
from refund_calc.history.past import Past
from refund_calc.history.record import RecordFile
from refund_calc.inputs.csv_files import BLOCK
from refund_calc.inputs.inbox import Inputs
from refund_calc.night.decide import Decided, asked_of, decide
from refund_calc.policy.versions import PolicySet, load_policies
from refund_calc.reading.page.whole import Whole
from refund_calc.reading.worklist_rows import of_night
from refund_calc.reports import record
from refund_calc.reports.csv_blocks import csv_file
from refund_calc.reports.exceptions import Exceptions
from refund_calc.reports.exceptions import report as exceptions_of
from refund_calc.reports.exceptions_report import exceptions_report
from refund_calc.reports.journal import Journal
from refund_calc.reports.ledger import ledger
from refund_calc.reports.manifest import Notes, facts_of, manifest
from refund_calc.reports.named import Report as NamedReport
from refund_calc.reports.payouts import payouts
from refund_calc.reports.register import register
from refund_calc.reports.totals import ControlTotals, control_totals
from refund_calc.runs.given import Given, Progress, no_progress
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
from refund_calc.runs.partitions.settings import WHEN_NEEDED, Split
from refund_calc.runs.policy_use import policy_changes
from refund_calc.runs.posting import journal_of
from refund_calc.runs.redo import Redone, check_not_sent, redo_of, taken_back
from refund_calc.runs.summary import FirstExceptions, Summary, counts_of, first_exceptions, repeated, summary
from refund_calc.runs.suspicions import has_held, suspicions
from refund_calc.runs.worklist import made_worklist, mend_worklist, write_worklist

WRITING = "writing reports"  # a stage of progress
WRITERS = 2  # threads

__all__ = ["FirstExceptions", "Inputs", "Redone", "Summary", "nightly", "no_progress"]


Page = Callable[[Exceptions, ControlTotals], Written]
Worklist = Callable[[Exceptions, Written], bytes]


@dataclass(frozen=True)
class Books:
    """The journal entries of a night and the control totals that hold for it."""

    journal: Journal
    totals: ControlTotals


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
    split: Split = WHEN_NEEDED,
) -> Summary:
    """Run one night. `as_of` answers the night's date, given the policy's time zone, `today` the calendar's.

    `worklist`: OUT/worklist.xlsx is written as well; where that fails, it is a warning. `new_history`: OUT holds no
    night yet, and none was lost (rulebook 9). `split`: whether the night is decided in parts. Raises NightStopped
    in one of its kinds; then nothing was published.
    """
    policies = load_policies(policy_path)
    day = as_of(policies.time_zone)
    if not dry_run:
        check_not_too_late(day, today(policies.time_zone), policies.time_zone)
    policies.in_force(day)
    inputs = inputs.checked()
    run = Given(inputs, policies, day, out, progress, block, expect_rows, policy_changed, worklist, with_page)
    check_history(out, str(day), new_history)
    check_opening(inputs, out, str(day), is_first=new_history, redo=redo)
    if dry_run:
        nights = published(out, but_for=str(day) if redo else "")
        if not redo and (same_night := earlier(nights, day)):
            return _repeated(same_night, nights, inputs, policies)
        check_order(nights, day)
        return _rehearse(replace(run, taken=taken_back(out, str(day))), nights)
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
        return _publish(replace(run, taken=taken), nights, split)


def _decided(run: Given, nights: Sequence[PublishedNight], *, may_write: bool) -> tuple[Decided, Past, str]:
    """The night decided, the past that it knew, and what there is to say of the index."""
    run.progress("reading")
    before = run.before(nights)
    with ThreadPoolExecutor(1) as beside:  # the last night is hashed while the files are read
        checking = beside.submit(check_files, before[-1], is_latest=before[-1] is nights[-1]) if before else None
        tables = night_inputs(run.inputs, run.policies.time_zone, run.day, run.out, run.taken, run.block)
        if checking:
            checking.result()
    run.done("reading", sum(source.rows for table in tables.tables for source in table.files))
    check_expected_rows(tables.returns.files, run.expect_rows)
    run.progress("looking back")
    answer = index.ask(run.out, nights, asked_of(tables), may_write=may_write)
    run.done("looking back", answer.past.lines.num_rows)
    run.progress("deciding")
    night = decide(tables, run.policies, answer.past, hand_over=True)
    run.done("deciding", len(night.lines))
    return night, answer.past, answer.notice


def _rehearse(run: Given, nights: Sequence[PublishedNight]) -> Summary:
    """Decide the night and write nothing."""
    before = run.before(nights)
    changes = policy_changes(run.policies, before, run.policy_changed)
    night, past, _ = _decided(run, nights, may_write=False)
    found = exceptions_of(night, night.due_date, past.findings)
    told = _summary(night, _books(night, past).totals, found, None, "")
    shown = first_exceptions(found, night.calendar.business)
    warnings = suspicions(facts_of(night), before, has_held(past.findings), changes)
    return replace(told, warnings=warnings, exceptions=shown)


def _publish(run: Given, nights: Sequence[PublishedNight], split: Split) -> Summary:
    """Publish the night, in parts where it has to be."""
    if workplace := split.workplace_for(run.inputs, is_first=not run.before(nights)):
        # Imported here: a night that fits does not pay for it.
        from refund_calc.runs.partitions.night import publish_in_parts

        return publish_in_parts(run, nights, workplace, part_files=split.part_files)
    return _publish_whole(run, nights)


def _publish_whole(run: Given, nights: Sequence[PublishedNight]) -> Summary:
    """Decide the night, write it beside its place, and rename it there."""
    before = run.before(nights)
    changes = policy_changes(run.policies, before, run.policy_changed)
    night, past, notice = _decided(run, nights, may_write=True)
    facts = facts_of(night)
    warnings = suspicions(facts, before, has_held(past.findings), changes)
    folder = folders.start(run.out, str(run.day))
    try:
        redo, redone = redo_of(run.taken, night, folders.kept_folder(run.out, str(run.day)))
        redone_payouts = redo.rows if redo else None

        def page(found: Exceptions, totals: ControlTotals) -> Written:
            idle = night.without_effect
            whole = Whole(facts, night.inputs, totals, before, warnings, idle, redone_payouts, EXCEPTIONS_CSV)
            return _page(folder, whole, night, found, past)

        def listed(found: Exceptions, report: Written) -> bytes:
            return made_worklist(str(run.day), [report], of_night(found, night.calendar.business))

        also = (page if run.with_page else None, listed if run.worklist else None)
        reports = _write(night, past, folder, run.progress, redo, *also)
        books, found = reports.books, reports.found
        previous = before[-1].sha256 if before else None
        notes = Notes(warnings, tuple(change.note for change in changes))
        sealed = manifest(facts, books.totals, reports.written, previous, notes)
        folders.write_manifest(folder, sealed)
        told = _summary(night, books.totals, found, run.out / str(run.day), notice)
        told = replace(told, redone=redone, warnings=warnings)
    except BaseException:
        folders.remove_quietly(folder)
        raise
    run.progress("publishing")
    folders.publish(run.out, str(run.day))
    run.done("publishing", sum(file.rows for file in reports.written))
    index.tell(run.out, str(run.day))
    if reports.worklist:
        told = replace(told, warnings=warnings + write_worklist(run.out, reports.worklist.result))
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


def _page(folder: Path, whole: Whole, night: Decided, found: Exceptions, past: Past) -> Written:
    """Write the morning page."""
    # A night without a page does not pay for what these import.
    from refund_calc.reading.page.figures import whole_figures
    from refund_calc.reading.page.render import page

    data = whole_figures(whole, night, found, past)
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
    journal = journal_of(night, past)
    return Books(journal, control_totals(night, night.by_rma, journal))


def _summary(night: Decided, totals: ControlTotals, found: Exceptions, folder: Path | None, notice: str) -> Summary:
    counts, new = counts_of(night, found), night.new_resolutions
    return summary(facts_of(night), totals, counts, new, night.without_effect, folder, notice)


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
