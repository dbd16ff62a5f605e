"""A run from files to published reports: what is read, when it is written, what makes it final (rulebook 3, 7, 9)."""

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from refund_calc.columns.written import iso
from refund_calc.errors import BadData, NoInput
from refund_calc.history import folders as publish
from refund_calc.history.folders import Blocks, Report
from refund_calc.history.record import Past
from refund_calc.history.store_sqlite import NoPast, SqliteStore
from refund_calc.inputs.csv_files import BLOCK
from refund_calc.inputs.inbox import MODELS
from refund_calc.inputs.inbox import Inputs as Inputs
from refund_calc.inputs.tables import SourceFile, Table, load
from refund_calc.night.decide import Decided, NightInputs, day_number, decide
from refund_calc.night.verdicts import DECISIONS
from refund_calc.policy.findings import BIT, BY_CODE
from refund_calc.policy.money import total
from refund_calc.policy.versions import Policy, PolicySet, load_policies
from refund_calc.reports import record as remember
from refund_calc.reports.csv_blocks import csv_file
from refund_calc.reports.exceptions import Exceptions
from refund_calc.reports.exceptions import report as exceptions_table
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
from refund_calc.reports.named import Report as NamedReport
from refund_calc.reports.payouts import payouts
from refund_calc.reports.record import decisions, run_of
from refund_calc.reports.register import register
from refund_calc.reports.totals import control_totals

MANIFEST_SCHEMA = 1
WRITING = "writing reports"  # a stage of progress
WRITERS = 3  # threads; one of them feeds the store
LIBRARIES = ("adbc-driver-sqlite", "numpy", "pandas", "pyarrow", "pydantic", "workalendar")


class Progress(Protocol):
    """Told what a run is at: a stage begins, has `total` more rows to do, has done more of them."""

    def __call__(self, stage: str, done: int = 0, total: int = 0) -> None: ...


@dataclass(frozen=True)
class Summary:
    """What a run tells at its end."""

    as_of: date
    totals: dict[str, Any]
    held: dict[str, int]  # code -> lines
    rejected: dict[str, int]
    warned: dict[str, int]
    amounts: dict[str, int]  # decision -> cents claimed or paid
    payout_date: date
    folder: Path | None
    is_repeat: bool = False


@dataclass(frozen=True)
class Computed:
    """A night decided and priced; what it reports is yet to be put into words.

    `standing` are the findings that stood the night before, `posted` the entries of payouts whose date is reached.
    """

    night: Decided
    standing: pa.Table
    posted: JournalEntries

    def exceptions(self) -> Exceptions:
        return exceptions_table(self.night, self.night.due_date, self.standing)

    def books(self) -> "Books":
        night = self.night
        terms = PostingTerms(night.as_of, night.policies.currency, account_table(night.policy.accounts))
        journal = Journal(payouts=self.posted, refunds=refund_entries(night.by_rma, terms))
        return Books(journal, control_totals(night, night.by_rma, journal))


@dataclass(frozen=True)
class Books:
    """The journal entries of a night and the control totals that hold for it."""

    journal: Journal
    totals: dict[str, Any]


def no_progress(stage: str, done: int = 0, total: int = 0) -> None:
    """Progress nobody looks at."""


def nightly(
    inputs: Inputs,
    policy_path: Path,
    as_of: Callable[[str], date],
    out: Path,
    store_path: Path,
    *,
    redo: bool = False,
    dry_run: bool = False,
    progress: Progress = no_progress,
    block: int = BLOCK,
) -> Summary:
    """Run one night. `as_of` answers the night's date, given the policy's time zone."""
    policies = load_policies(policy_path)
    day = as_of(policies.time_zone)
    policy = policies.in_force(day)
    inputs = inputs.checked()
    if dry_run:
        store = SqliteStore(store_path, read_only=True) if store_path.exists() else None
        try:
            if store:
                _check_order(store, day)
            past = store.before(day_number(day)) if store else NoPast()
            computed = _compute(_load(inputs, policies, block, progress), policies, day, past, progress)
        finally:
            if store:
                store.close()
        return _summary(computed, computed.books(), computed.exceptions(), day, None)
    with publish.locked(out, store_path.parent), _history(store_path) as store:
        return _run(inputs, policies, policy, day, out, store, redo, block, progress)


@contextlib.contextmanager
def _history(path: Path) -> Iterator[SqliteStore]:
    """The store, to be written; taken away again where it is new and no night was recorded."""
    is_new = not path.exists()
    store = SqliteStore(path)
    try:
        yield store
    finally:
        is_useless = is_new and store.is_empty()
        store.close()
        if is_useless:
            path.unlink(missing_ok=True)


def _run(
    inputs: Inputs,
    policies: PolicySet,
    policy: Policy,
    day: date,
    out: Path,
    store: SqliteStore,
    redo: bool,
    block: int,
    progress: Progress,
) -> Summary:
    recover(out, store)
    _check_published(store, out)
    _check_order(store, day)
    _check_chain(store, day, out)
    same_night = store.run(day_number(day))
    if same_night and not redo:
        return _repeated(same_night.inputs, same_night.manifest_sha256, same_night.totals, inputs, policies, day, out)
    tables = _load(inputs, policies, block, progress)
    fingerprint = _fingerprint(tables.values(), policies)
    computed = _compute(tables, policies, day, store.before(day_number(day)), progress)
    folder = publish.start(out, str(day))
    try:
        written, books, found = _write_and_record(computed, folder, store, progress)
        sha256 = publish.write_manifest(folder, _manifest(computed.night, books, written, _previous(store, day)))
    except BaseException:
        store.rollback()
        publish.remove_quietly(folder)
        raise
    # If this fails, the night may be there all the same: the reports stay, and the next run asks the store.
    store.commit(run_of(computed.night, computed.night.calendar, fingerprint, sha256, books.totals))
    publish.publish(out, str(day))
    return _summary(computed, books, found, day, out / str(day))


def _write_and_record(
    computed: Computed, folder: Path, store: SqliteStore, progress: Progress
) -> tuple[list[publish.Written], Books, Exceptions]:
    """Write the reports while the store takes in the decisions; both leave the interpreter to other threads."""
    progress(WRITING)
    night, refunds, calendar = computed.night, computed.night.by_rma, computed.night.calendar

    def write(report: Callable[[], NamedReport]) -> Future[publish.Written]:
        return pool.submit(lambda: publish.write_report(folder, _told(csv_file(report()), progress)))

    def record() -> None:
        store.record(decisions(night, refunds, found.result))

    with ThreadPoolExecutor(WRITERS) as pool:
        # Whoever waits for another's answer stands behind it, so that one thread would do.
        found = pool.submit(computed.exceptions)
        recording = pool.submit(record)
        books = pool.submit(computed.books)
        writing = [
            write(lambda: register(night)),
            write(lambda: payouts(night, refunds, calendar)),
            write(lambda: ledger(books.result().journal)),
            write(lambda: exceptions_report(found.result(), calendar.business)),
        ]
        tasks: list[Future[Any]] = [found, recording, books, *writing]
        done, _ = wait(tasks, return_when=FIRST_EXCEPTION)
        for task in done:
            task.result()
        return [task.result() for task in writing], books.result(), found.result()


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


def recover(out: Path, store: SqliteStore) -> None:
    """Finish what a run that died had committed, and remove what it had not."""
    for folder in publish.pending_folders(out):
        night = publish.night_of(folder)
        run = store.run(day_number(date.fromisoformat(night)))
        if run and publish.manifest_sha256(folder) == run.manifest_sha256:
            publish.publish(out, night)
        else:
            publish.discard(folder)
    for folder in publish.withdrawn_folders(out):
        publish.discard(folder)


def _check_published(store: SqliteStore, out: Path) -> None:
    """Every night that stands in OUT is in the history: without its memory a night would pay a second time."""
    known = {iso(run.night) for run in store.runs()}
    for place in publish.night_places(out):
        if place.name not in known:
            raise BadData(
                f"{place}: the history in {store.path} does not know this night, so it might pay it again; "
                "give the --store that belongs to this --out, or restore the whole of --out from one backup"
            )


def _check_order(store: SqliteStore, day: date) -> None:
    last = store.last_run()
    if last and last.night > day_number(day):
        raise BadData(
            f"--as-of {day}: the last night was {iso(last.night)}, and only the latest can be run again; "
            "nights must not go back"
        )


def _check_chain(store: SqliteStore, day: date, out: Path) -> None:
    """The manifest of the night before is the one that was published."""
    runs = [run for run in store.runs() if run.night < day_number(day)]
    if not runs:
        return
    before = iso(runs[-1].night)
    if publish.manifest_sha256(out / before) != runs[-1].manifest_sha256:
        is_latest = not store.run(day_number(day))
        redo = f", or run that night again with --as-of {before} --redo" if is_latest else ""
        raise BadData(
            f"{out / before / publish.MANIFEST}: not as that night published it (changed, moved or deleted); "
            f"restore the folder from a backup{redo}"
        )


def _previous(store: SqliteStore, day: date) -> str | None:
    runs = [run for run in store.runs() if run.night < day_number(day)]
    return runs[-1].manifest_sha256 if runs else None


def _repeated(
    fingerprint: str, manifest: str, totals: str, inputs: Inputs, policies: PolicySet, day: date, out: Path
) -> Summary:
    """The night was run before: with the same inputs there is nothing to do."""
    sources = [
        (kind, hashlib.sha256(_bytes(path)).hexdigest()) for kind, paths in vars(inputs).items() for path in paths
    ]
    if _digest(sources, policies) != fingerprint:
        raise BadData(
            f"--as-of {day}: the night is complete, and its inputs or policy were others; "
            "use --redo to withdraw its decisions and run it again"
        )
    if not publish.is_as_published(out / str(day), manifest):
        raise BadData(
            f"{out / str(day)}: the night is complete, but its reports are not as it published them; "
            "use --redo to write them again"
        )
    return Summary(day, json.loads(totals), {}, {}, {}, {}, day, out / str(day), is_repeat=True)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise NoInput(f"{path}: cannot be read ({error.strerror}); check the path and its permissions") from None


def _load(inputs: Inputs, policies: PolicySet, block: int, progress: Progress) -> dict[str, Table]:
    progress("reading")
    with ThreadPoolExecutor(len(MODELS)) as pool:
        loading = {
            kind: pool.submit(load, kind, paths, MODELS[kind], policies.time_zone, block)
            for kind, paths in vars(inputs).items()
        }
        return {kind: task.result() for kind, task in loading.items()}


def _fingerprint(tables: Any, policies: PolicySet) -> str:
    return _digest([(source.kind, source.sha256) for table in tables for source in table.sources], policies)


def _digest(sources: list[tuple[str, str]], policies: PolicySet) -> str:
    """Everything a night is computed from, but for its history."""
    policy = [("policy", version.sha256) for version in policies.versions]
    return hashlib.sha256(json.dumps(sorted([*sources, *policy])).encode()).hexdigest()


def _compute(tables: dict[str, Table], policies: PolicySet, day: date, past: Past, progress: Progress) -> Computed:
    progress("deciding")
    inputs = NightInputs(day, tables["orders"], tables["returns"], tables["resolutions"])
    night = decide(inputs, policies, past, hand_over=True)
    posted = _payout_entries(night, past)
    return Computed(night, past.open_findings(), posted)


def _payout_entries(night: Decided, past: Past) -> JournalEntries:
    """Payouts whose date is reached and that no night has posted: earlier nights' and, with a lag of 0, tonight's."""
    by_rma, dates = night.by_rma, night.calendar
    reached = past.unposted_payouts(night.as_of)
    if dates.payout_date <= night.as_of:
        reached = pa.concat_tables([reached, remember.payouts(night, by_rma)])
    accounts = account_table(night.policy.accounts)
    terms = {night.as_of: PostingTerms(dates.payout_date, night.policies.currency, accounts)}
    for earlier in np.unique(reached["night"].to_numpy()).tolist():
        run = past.run(earlier) if earlier != night.as_of else None
        if run:
            terms[earlier] = PostingTerms(run.payout_date, run.currency, json.loads(run.accounts))
    return payout_entries(reached, terms)


def _manifest(night: Decided, books: Books, written: list[publish.Written], previous: str | None) -> bytes:
    sources: list[SourceFile] = sorted(
        [*night.inputs.orders.sources, *night.inputs.returns.sources, *night.inputs.resolutions.sources],
        key=lambda source: (source.kind, source.name, source.sha256),
    )
    content = {
        "schema_version": MANIFEST_SCHEMA,
        "as_of": iso(night.as_of),
        "software": {name: version(name) for name in ("refund-calc", *LIBRARIES)},
        "policy": [
            {"file": p.file_name, "version": p.version, "effective_from": str(p.effective_from), "sha256": p.sha256}
            for p in night.policies.versions
        ],
        "inputs": [
            {
                "kind": source.kind,
                "name": source.name,
                "bytes": source.size,
                "rows": source.rows,
                "sha256": source.sha256,
                "ignored_columns": list(source.ignored),
            }
            for source in sources
        ],
        "orders": {
            "rows_with_invalid_values": int(night.inputs.orders.is_bad.sum()),
            "malformed": len(night.inputs.orders.malformed),
        },
        "outputs": [{"name": w.name, "rows": w.rows, "sha256": w.sha256} for w in written],
        "control_totals": books.totals,
        "previous_manifest_sha256": previous,
    }
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


def _summary(computed: Computed, books: Books, found: Exceptions, day: date, folder: Path | None) -> Summary:
    night = computed.night
    by_severity: dict[str, dict[str, int]] = {"hold": {}, "reject": {}, "warning": {}}
    sets, counts = np.unique(night.verdicts.codes, return_inverse=False, return_counts=True)
    for code, bit in BIT.items():
        if count := int(counts[sets & bit != 0].sum()):
            by_severity[BY_CODE[code].severity][code] = count
    amounts = {}
    for name in ("hold", "reject"):
        rows = np.flatnonzero((night.verdicts.decision == DECISIONS.index(name)) & (night.version >= 0))
        amounts[name] = total(found.claims[rows])
    amounts["refund"] = total(night.priced.amounts.net_refund)
    return Summary(
        day,
        books.totals,
        by_severity["hold"],
        by_severity["reject"],
        by_severity["warning"],
        amounts,
        date.fromisoformat(iso(computed.night.calendar.payout_date)),
        folder,
    )
