"""A night in parts: the same rules, the same files, in memory that does not grow with the night.

The inputs are split by order; each part is decided by itself and writes what it has of every file, sorted; ranges of
these are merged to the files. What is for the whole night is answered here: which resolutions can never apply and which
changed nothing, malformed rows, payouts that fall due, what must add up, the manifest.
"""

import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import reduce
from itertools import chain
from operator import add
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from refund_calc.columns.heap import give_back
from refund_calc.history import folders, index
from refund_calc.history.folders import Written, listed
from refund_calc.history.nights import EXCEPTIONS_CSV, LEDGER_CSV, PublishedNight, check_files, report_files
from refund_calc.history.past import Asked
from refund_calc.history.record import RecordFile
from refund_calc.history.resolution import Key
from refund_calc.inputs.inbox import MODELS
from refund_calc.inputs.tables import load, undo_apostrophes
from refund_calc.night.decide import Decided, Judged, NightInputs, day_number, decide, judge
from refund_calc.night.resolutions import rma_numbers
from refund_calc.night.without_effect import WithoutEffect, without_effect
from refund_calc.reading.page.whole import Whole
from refund_calc.reading.worklist_rows import OpenExceptions
from refund_calc.reports import record
from refund_calc.reports.manifest import ManifestFacts, Notes, facts_of, manifest
from refund_calc.reports.totals import ControlTotals, Sums, faults_of_sums, refuse, stated
from refund_calc.runs.given import Given
from refund_calc.runs.guards import check_expected_rows
from refund_calc.runs.night_inputs import opening_of_night
from refund_calc.runs.partitions.due import due, post
from refund_calc.runs.partitions.merger import Merger
from refund_calc.runs.partitions.part import Named, Part, PartTold, decide_part, named_keys, told
from refund_calc.runs.partitions.past import Before, past_of, split_findings
from refund_calc.runs.partitions.settings import Partitioning, Workplace
from refund_calc.runs.partitions.shuffle import shuffle
from refund_calc.runs.partitions.shuffled import Shuffled
from refund_calc.runs.partitions.sorted_runs import Run
from refund_calc.runs.partitions.tasks import RunAll
from refund_calc.runs.partitions.urgent import most_urgent
from refund_calc.runs.policy_use import policy_changes
from refund_calc.runs.redo import Redone
from refund_calc.runs.summary import Counts, Summary, summary
from refund_calc.runs.suspicions import suspicions
from refund_calc.runs.worklist import made_worklist, write_worklist

if TYPE_CHECKING:
    from refund_calc.runs.partitions.page_part import PagePart

# In the night's folder until that is whole. Its name is new each night: a task of a run that died may still be at work
# on another machine, and must not write where the next run reads.
WORK = "work-{}"
TEXTS = "inputs"  # in it: what was read of orders and returns
WRITING = "writing reports"  # a stage of progress


@dataclass(frozen=True)
class InParts:
    """A night that was decided in parts: what it comes to as a whole, and the runs of its files.

    `rest` is what belongs to no order: a night without lines.
    """

    rest: Decided
    facts: ManifestFacts
    runs: dict[str, list[Run]]
    totals: ControlTotals
    counts: Counts
    idle: tuple[WithoutEffect, ...]
    urgent: OpenExceptions
    page: tuple["PagePart", ...]
    had_held: bool
    notice: str


def publish_in_parts(
    run: Given, nights: Sequence[PublishedNight], workplace: Workplace, *, part_files: bool
) -> Summary:
    """Decide the night in parts, write it beside its place, and rename it there. Raises what `nightly` raises.

    `part_files`: each report is left as the part files that it was merged in.
    """
    before = run.before(nights)
    changes = policy_changes(run.policies, before, run.policy_changed)
    folder = folders.start(run.out, str(run.day))
    try:
        work = folder.resolve() / WORK.format(uuid.uuid4().hex)
        with folders.writing(work):
            (work / TEXTS).mkdir(parents=True)
        with workplace(run.inputs, work) as (how, run_all):
            night = _decided(run, nights, work, how, run_all)
            warnings = suspicions(night.facts, before, night.had_held, changes)
            give_back()  # what parts were decided in: files are merged in less, and in blocks of other sizes
            run.progress(WRITING)
            merge = Merger(folder, work, how, run_all, part_files)
            written, redone = _write(run, night, merge)
            if run.with_page:
                at = report_files(listed(written), EXCEPTIONS_CSV).place
                written.append(_page(night, merge, before, warnings, redone, at))
        _remove(work)
        run.done(WRITING, sum(file.rows for file in written))
        notes = Notes(warnings, tuple(change.note for change in changes))
        sealed = manifest(night.facts, night.totals, written, before[-1].sha256 if before else None, notes)
        folders.write_manifest(folder, sealed)
    except BaseException:
        folders.remove_quietly(folder)
        raise
    run.progress("publishing")
    folders.publish(run.out, str(run.day))
    run.done("publishing", sum(file.rows for file in written))
    index.tell(run.out, str(run.day))
    new = night.rest.new_resolutions
    place = run.out / str(run.day)
    shown = summary(night.facts, night.totals, night.counts, new, night.idle, place, night.notice)
    if run.worklist:
        warnings += write_worklist(run.out, lambda: made_worklist(str(run.day), written, night.urgent))
    return replace(shown, redone=redone, warnings=warnings)


def _decided(run: Given, nights: Sequence[PublishedNight], work: Path, how: Partitioning, run_all: RunAll) -> InParts:
    """Split the night, decide its parts, and add up what they come to."""
    run.progress("reading")
    before, texts = run.before(nights), work / TEXTS
    with ThreadPoolExecutor(1) as beside:  # the last night is hashed while the files are read
        checking = beside.submit(check_files, before[-1], is_latest=before[-1] is nights[-1]) if before else None
        shuffled = shuffle(run.inputs, run.policies.time_zone, texts, how.parts, run_all, run.block)
        if checking:
            checking.result()
    small, rest = _small(run, shuffled)
    run.done("reading", sum(source.rows for table in rest.tables for source in table.files))
    check_expected_rows(rest.returns.files, run.expect_rows)
    run.progress("looking back")
    limits = index.Limits(how.index_bytes, work / "index") if how.index_bytes else None
    past = Before(run.out, tuple(before), work, limits)
    judged, notice = _judged(run, nights, shuffled, small, limits, run_all)
    had_held = split_findings(past, how.parts, how.piece_rows)
    run.progress("deciding")
    of_part = replace(judged, invalid=())
    tasks = [
        Part(number, shuffled.parted, small, run.policies, past, of_part, work, how.batch_rows, run.with_page)
        for number in range(how.parts)
    ]
    parts = run_all(decide_part, tasks)
    _remove(texts)  # the disk may be short, too
    known = past_of(past, rest, how.parts)
    night = decide(rest, run.policies, known, judged=judged)
    parts.append(told(night, known, work, how.parts, how.batch_rows, run.with_page))
    run.done("deciding", sum(sum(part.sums.decided) for part in parts))
    return _added_up(night, parts, past, how, run_all, had_held, notice)


def _remove(folder: Path) -> None:
    with folders.writing(folder):
        folders.remove(folder)


def _small(run: Given, shuffled: Shuffled) -> tuple[NightInputs, NightInputs]:
    """What all parts know of the night, and the part that belongs to no order: malformed rows, and what people wrote.

    Neither has orders or returns.
    """
    tables = {}
    for kind in ("orders", "returns"):
        nothing = load(kind, (), MODELS[kind], run.policies.time_zone)
        tables[kind] = replace(nothing, malformed=shuffled.malformed[kind], sources=shuffled.sources[kind])
    rest = NightInputs(
        as_of=run.day,
        orders=tables["orders"],
        returns=tables["returns"],
        resolutions=shuffled.resolutions,
        again=(run.taken and run.taken.resolutions) or (),
        opening=opening_of_night(run.inputs, shuffled.opening, run.out / str(run.day), run.taken),
    )
    return replace(rest, resolutions=replace(rest.resolutions, malformed=())), rest


def _judged(
    run: Given,
    nights: Sequence[PublishedNight],
    shuffled: Shuffled,
    small: NightInputs,
    limits: index.Limits | None,
    run_all: RunAll,
) -> tuple[Judged, str]:
    """What comes of the rows of resolutions, over all parts and earlier nights; and what there is to say of the index.

    The index is brought up to date by this.
    """
    answers = undo_apostrophes(small.resolutions)
    named = rma_numbers(answers)
    none = pa.array([], pa.string())
    asked = Asked(day_number(run.day), none, none, tuple(sorted(named)), is_part=True)
    answer = index.ask(run.out, nights, asked, may_write=True, limits=limits)
    keys: set[Key] = set(answer.past.keys)
    if named:
        tasks = [Named(number, shuffled.parted, frozenset(named)) for number in range(shuffled.parts)]
        keys = keys.union(*run_all(named_keys, tasks))
    return judge(answers, keys, answer.past, run.policies.in_force(run.day), small.again), answer.notice


def _added_up(
    rest: Decided,
    parts: Sequence[PartTold],
    past: Before,
    how: Partitioning,
    run_all: RunAll,
    had_held: bool,
    notice: str,
) -> InParts:
    """The night as a whole. Raises ControlTotalFailed where a control total does not hold."""
    posted = run_all(post, due(past.nights, rest.as_of, past.folder, len(parts), how.batch_rows))
    runs: dict[str, list[Run]] = {}
    for name, one in [item for part in parts for item in part.runs.items()]:
        runs.setdefault(name, []).append(one)
    runs.setdefault(LEDGER_CSV, []).extend(one.run for one in posted if one.run)
    sums: Sums = reduce(add, (part.sums for part in parts))
    sums = replace(
        sums,
        rows_read=sum(source.rows for source in rest.inputs.returns.files),
        malformed=rest.inputs.returns.malformed_rows,
        debits=sums.debits + sum(one.debits for one in posted),
        credits=sums.credits + sum(one.credits for one in posted),
    )
    faults = [*(fault for part in parts for fault in part.faults), *(fault for one in posted for fault in one.faults)]
    refuse([*faults, *faults_of_sums(sums)])
    judged = [sum(lines) for lines in zip(*(part.judged_lines for part in parts), strict=True)]
    bad_orders = sum(part.bad_orders for part in parts)
    looked = [reduce(add, said) for said in zip(*(part.looked for part in parts), strict=True)]
    return InParts(
        rest=rest,
        facts=replace(facts_of(rest), judged_lines=tuple(judged), bad_orders=bad_orders),
        runs=runs,
        totals=stated(sums),
        counts=reduce(add, (part.counts for part in parts)),
        idle=without_effect(rest.new_resolutions, looked),
        urgent=most_urgent([part.urgent for part in parts]),
        page=tuple(part.page for part in parts if part.page),
        had_held=had_held,
        notice=notice,
    )


def _write(run: Given, night: InParts, merge: Merger) -> tuple[list[Written], Redone | None]:
    """Write every report and the record, in the order in which the manifest lists them."""

    def report(name: str) -> Callable[[], list[Written]]:
        return lambda: merge.report(name, night.runs.get(f"{name}.csv", []))

    def remembered(name: str) -> Callable[[], list[Written]]:
        return lambda: [merge.record(name, night.runs.get(f"record/{name}.parquet", []))]

    def remembered_of_all(file: RecordFile) -> Callable[[], list[Written]]:
        return lambda: [folders.write_record(merge.folder, file)]

    redone, redo = None, list[Written]()
    if taken := run.taken:  # before the others: what they merged is gone
        kept, counts = folders.kept_folder(run.out, str(run.day)), None
        if taken.payouts is not None:
            written, counts = merge.redo(taken.payouts, night.runs.get("record/refunds.parquet", []))
            redo.append(written)
        redone = Redone(kept, counts, taken.resolutions is not None)
    first = [report("refunds"), remembered("lines")]
    others = [
        *(report(name) for name in ("payouts", "ledger", "exceptions")),
        remembered("findings"),
        remembered_of_all(record.resolutions(night.rest)),
        remembered("refunds"),
        remembered_of_all(record.opening(night.rest)),
    ]
    files = _made([*first, *others], merge.how.at_once)
    return [*chain(*files[: len(first)]), *redo, *chain(*files[len(first) :])], redone


def _made(making: Sequence[Callable[[], list[Written]]], at_once: int) -> list[list[Written]]:
    """Write these files, so many at a time; answers them in their order. Raises what the first that fails raises."""
    if at_once == 1:
        return [make() for make in making]
    pool = ThreadPoolExecutor(at_once)
    try:
        written = [file.result() for file in [pool.submit(make) for make in making]]
        pool.shutdown()
    except Exception:
        pool.shutdown(cancel_futures=True)
        raise
    except BaseException:  # Ctrl-C: what is at work ends when the workers have gone
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    return written


def _page(
    night: InParts,
    merge: Merger,
    before: Sequence[PublishedNight],
    warnings: Sequence[str],
    redone: Redone | None,
    exceptions_at: str,
) -> Written:
    """Write the morning page."""
    from refund_calc.runs.partitions.page import write_page  # a night without a page does not pay for it

    payouts = redone.payouts.rows if redone and redone.payouts else None
    whole = Whole(night.facts, night.rest.inputs, night.totals, before, warnings, night.idle, payouts, exceptions_at)
    return write_page(merge, whole, night.page)
