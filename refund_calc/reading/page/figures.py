"""Every figure of the morning page, as plain data: cents, counts and day numbers, no words of a page and no HTML."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.compute as pc

from refund_calc.columns.aliases import Ints
from refund_calc.columns.dictionary import as_texts
from refund_calc.columns.written import iso
from refund_calc.history.nights import PublishedNight
from refund_calc.history.past import Past
from refund_calc.night.decide import Decided
from refund_calc.policy.deductions import DEDUCTIONS
from refund_calc.policy.findings import BY_CODE
from refund_calc.policy.versions import still_placeholders
from refund_calc.policy.vocabulary import TURNS
from refund_calc.reading.page import held, payable, signals
from refund_calc.reading.page.by_person import Signal
from refund_calc.reading.page.held import Cell, Held, Promise, Waiting
from refund_calc.reading.page.payable import NightTotals, RollForward, Schedule, cents
from refund_calc.reading.page.signals import Returned
from refund_calc.reports.exceptions import CODES, Exceptions
from refund_calc.reports.exceptions_report import exception_rows

USUAL_NIGHTS = 10  # whose median is the usual volume
MOST_ROWS = 400  # exceptions listed on the page; the CSV has them all
TOP = 6  # reasons, SKUs; the last one stands for others where there are more
ODD = 2  # rows that many times fewer or more than usual are odd
RESOLUTIONS = "resolutions"
_SEVERITIES = ("hold", "warning", "reject")
_URGENCY = np.array([_SEVERITIES.index(BY_CODE[code].severity) for code in CODES])


@dataclass(frozen=True)
class Volume:
    """Rows of one kind of input, and the median of the last nights; None on the first night."""

    kind: str
    rows: int
    usual: float | None

    @property
    def is_few(self) -> bool:
        """Far fewer rows than usual. People answer when they like: resolutions are never odd."""
        return self.usual is not None and self.kind != RESOLUTIONS and self.rows * ODD < self.usual

    @property
    def is_many(self) -> bool:
        """Far more rows than usual."""
        return self.usual is not None and self.kind != RESOLUTIONS and self.rows > self.usual * ODD


@dataclass(frozen=True)
class Header:
    """What the night is and whether it can be trusted."""

    night: str
    currency: str
    version: str  # of the policy in force
    judged_by: tuple[tuple[str, int], ...]  # version, lines
    nights_before: int  # the chain that was checked
    volumes: tuple[Volume, ...]
    placeholders: tuple[str, ...]  # "file: keys" that nobody confirmed
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class ListedException:
    """A row of exceptions.csv, as text; amounts in cents, None where unknown."""

    rma_number: str
    order_number: str
    order_line: str
    code: str
    severity: str
    clause: str
    field: str
    value: str
    message: str
    next_step: str
    claim_amount: int | None
    due_date: str
    business_days_left: int | None
    first_seen: str
    age_days: int
    source_file: str
    source_line: int | None
    turn: str


@dataclass(frozen=True)
class WorstLine:
    """A held line that waits among the longest."""

    exception: ListedException
    days: int
    turn: str


@dataclass(frozen=True)
class Figures:
    """The whole page."""

    header: Header
    tonight: NightTotals
    before: tuple[NightTotals, ...]
    waiting: Waiting
    waiting_before: Waiting | None
    next_due: int | None  # day number of the first due date of a held line that is not past
    roll_forward: RollForward
    refunds: Mapping[str, int]  # the amounts of the register, by column, in cents
    ledger: tuple[int, int]  # debits, credits
    malformed: int
    rows_read: int
    promise: Promise
    ageing: Mapping[str, tuple[Cell, ...]]
    worst: tuple[WorstLine, ...]
    schedule: Schedule
    reasons: tuple[Returned, ...]
    skus: tuple[Returned, ...]
    signals: tuple[Signal, ...]
    exceptions: tuple[ListedException, ...]
    exceptions_in_all: int


def figures(
    night: Decided,
    found: Exceptions,
    totals: Mapping[str, Any],
    before: Sequence[PublishedNight],
    past: Past,
    warnings: Sequence[str],
    redone_payouts: int | None = None,
) -> Figures:
    """The figures of a night. `totals` are its control totals, `before` the published nights before it (checked)."""
    tonight = payable.night_totals(night.as_of, night.calendar.payout_date, totals)
    earlier = payable.totals_before(before)
    lines = held.held(found)
    reasons, skus = signals.reasons_and_skus(night, TOP)
    ledger = totals["ledger"]
    return Figures(
        header=_header(night, before, warnings),
        tonight=tonight,
        before=tuple(earlier),
        waiting=held.waiting_now(lines, found),
        waiting_before=held.waiting_before(past),
        next_due=held.next_due(lines, night.as_of),
        roll_forward=payable.roll_forward(tonight, earlier),
        refunds={name: cents(amount) for name, amount in totals["refunds"].items()},
        ledger=(cents(ledger["debits"]), cents(ledger["credits"])),
        malformed=totals["returns"]["malformed"],
        rows_read=totals["returns"]["rows"],
        promise=held.promise(night, lines),
        ageing=held.ageing(lines),
        worst=_worst(found, lines),
        schedule=payable.schedule(tonight, earlier, night.policy.bank.closures),
        reasons=reasons,
        skus=skus,
        signals=signals.signals(night, found, before, redone_payouts),
        exceptions=_listed(found, most_urgent(found)),
        exceptions_in_all=len(found),
    )


def _header(night: Decided, before: Sequence[PublishedNight], warnings: Sequence[str]) -> Header:
    versions = night.policies.versions
    judged = ((one.version, int((night.version == at).sum())) for at, one in enumerate(versions))
    return Header(
        night=iso(night.as_of),
        currency=night.policies.currency,
        version=night.policy.version,
        judged_by=tuple((version, lines) for version, lines in judged if lines),
        nights_before=len(before),
        volumes=_volumes(night, before[-USUAL_NIGHTS:]),
        placeholders=tuple(
            f"{one.file_name}: {', '.join(keys)}"
            for at, one in enumerate(versions)
            if (keys := still_placeholders(one))
            and not one.confirmed_by
            and (one is night.policy or bool((night.version == at).any()))
        ),
        warnings=tuple(warnings),
    )


def _volumes(night: Decided, recent: Sequence[PublishedNight]) -> tuple[Volume, ...]:
    """Rows of tonight's files against the median of the last nights."""
    tables = {"orders": night.inputs.orders, "returns": night.inputs.returns, RESOLUTIONS: night.inputs.resolutions}
    return tuple(
        Volume(
            kind,
            sum(source.rows for source in table.files),
            statistics.median(_rows_of(one, kind) for one in recent) if recent else None,
        )
        for kind, table in tables.items()
    )


def _rows_of(night: PublishedNight, kind: str) -> int:
    return sum(int(source["rows"]) for source in night.manifest["inputs"] if source["kind"] == kind)


def most_urgent(found: Exceptions) -> Ints:
    """The first MOST_ROWS exceptions as people work them: held first, by due date, then by dollars."""
    urgency = _URGENCY[found.code]
    at = _smallest(np.arange(len(found)), urgency)
    due = np.asarray(pc.fill_null(found.amounts_and_dates(at)["due_date"], 1 << 40), np.int64)
    if len(at) > MOST_ROWS:
        at = _smallest(at, urgency[at] * (1 << 41) + due)
    amounts = found.amounts_and_dates(at)
    due, claim = (
        np.asarray(pc.fill_null(amounts[name], unknown), np.int64)
        for name, unknown in (("due_date", 1 << 40), ("claim_amount", 0))
    )
    order: Ints = np.lexsort((at, -claim, due, urgency[at]))
    return at[order[:MOST_ROWS]]


def _smallest(at: Ints, keys: Ints) -> Ints:
    """Those of `at` whose key is among the MOST_ROWS smallest, ties with the last of them included."""
    if len(at) <= MOST_ROWS:
        return at
    last = int(np.partition(keys, MOST_ROWS)[MOST_ROWS])
    return at[keys <= last]


def _listed(found: Exceptions, at: Ints) -> tuple[ListedException, ...]:
    rows = exception_rows(found, at, found.night.calendar.business)
    texts = rows.texts()
    names = [name for name in ListedException.__annotations__ if name != "turn"]
    columns = [as_texts(texts[name], rows.rows).to_pylist() for name in names]
    listed = []
    for row in zip(*columns, strict=True):
        cells: dict[str, Any] = {name: cell or "" for name, cell in zip(names, row, strict=True)}
        for name in ("business_days_left", "age_days", "source_line"):
            cells[name] = int(cells[name]) if cells[name] else None
        cells["claim_amount"] = cents(cells["claim_amount"]) if cells["claim_amount"] else None
        listed.append(ListedException(**cells, turn=BY_CODE[cells["code"]].turn))
    return tuple(listed)


def _worst(found: Exceptions, lines: Held) -> tuple[WorstLine, ...]:
    places = held.worst(lines)
    shown = _listed(found, lines.at[places])
    return tuple(
        WorstLine(exception, int(lines.days[at]), TURNS[int(lines.turn[at])])
        for exception, at in zip(shown, places.tolist(), strict=True)
    )


def deductions(figures: Figures) -> list[tuple[str, str, int]]:
    """Name, clause and cents of each deduction tonight, in the order in which they are taken."""
    return [(name, deduction.clause, figures.refunds[name]) for name, deduction in DEDUCTIONS.items()]
