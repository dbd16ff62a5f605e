"""Every figure of the morning page, as plain data: cents, counts and day numbers, no words of a page and no HTML."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from refund_calc.columns.written import iso
from refund_calc.history.nights import PublishedNight
from refund_calc.history.past import Past
from refund_calc.night.decide import Decided, NightInputs
from refund_calc.policy.deductions import DEDUCTIONS
from refund_calc.policy.versions import still_placeholders
from refund_calc.reading.page import payable, signals
from refund_calc.reading.page.by_name import Names, Returned, by_name, cards_before, names_of
from refund_calc.reading.page.by_person import Signal
from refund_calc.reading.page.held import Cell, Promise, Waiting, shown_ageing
from refund_calc.reading.page.listed import ListedException, WorstLine
from refund_calc.reading.page.part import PartFigures, part_figures
from refund_calc.reading.page.payable import NightTotals, RollForward, Schedule, cents
from refund_calc.reading.page.whole import Whole
from refund_calc.reports.exceptions import Exceptions

USUAL_NIGHTS = 10  # whose median is the usual volume
ODD = 2  # rows that many times fewer or more than usual are odd
RESOLUTIONS = "resolutions"


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
    exceptions_at: str  # where all of them lie, beside the page


def figures(night: Whole, said: PartFigures, names: Names) -> Figures:
    """The figures of a night: `said` is what all its parts say of themselves, `names` what they count by names."""
    facts, totals, lines = night.facts, night.totals, said.held
    tonight = payable.night_totals(facts.as_of, facts.calendar.payout_date, totals)
    earlier = payable.totals_before(night.before)
    ledger = totals["ledger"]
    return Figures(
        header=_header(night),
        tonight=tonight,
        before=tuple(earlier),
        waiting=lines.now,
        waiting_before=lines.before,
        next_due=lines.next_due,
        roll_forward=payable.roll_forward(tonight, earlier),
        refunds={name: cents(amount) for name, amount in totals["refunds"].items()},
        ledger=(cents(ledger["debits"]), cents(ledger["credits"])),
        malformed=totals["returns"]["malformed"],
        rows_read=totals["returns"]["rows"],
        promise=Promise(facts.policy.processing.business_days, lines.paid, lines.waiting),
        ageing=shown_ageing(lines.ageing),
        worst=said.worst,
        schedule=payable.schedule(tonight, earlier, facts.policy.bank.closures),
        reasons=names.reasons.shown(),
        skus=names.skus.shown(),
        signals=signals.signals(said.signals, names.cards, facts.policy, night.idle, night.redone_payouts),
        exceptions=said.exceptions,
        exceptions_in_all=said.exceptions_in_all,
        exceptions_at=night.exceptions_at,
    )


def whole_figures(night: Whole, decided: Decided, found: Exceptions, past: Past) -> Figures:
    """The figures of a night in one piece."""
    names = names_of(by_name(decided), cards_before(night), night.limit)
    return figures(night, part_figures(decided, found, past), names)


def _header(night: Whole) -> Header:
    facts = night.facts
    versions = facts.policies.versions
    judged = zip(versions, facts.judged_lines, strict=True)
    return Header(
        night=iso(facts.as_of),
        currency=facts.policies.currency,
        version=facts.policy.version,
        judged_by=tuple((one.version, lines) for one, lines in judged if lines),
        nights_before=len(night.before),
        volumes=_volumes(night.inputs, night.before[-USUAL_NIGHTS:]),
        placeholders=tuple(
            f"{one.file_name}: {', '.join(keys)}"
            for one in facts.used
            if (keys := still_placeholders(one)) and not one.confirmed_by
        ),
        warnings=tuple(night.warnings),
    )


def _volumes(inputs: NightInputs, recent: Sequence[PublishedNight]) -> tuple[Volume, ...]:
    """Rows of tonight's files against the median of the last nights."""
    tables = {"orders": inputs.orders, "returns": inputs.returns, RESOLUTIONS: inputs.resolutions}
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


def deductions(figures: Figures) -> list[tuple[str, str, int]]:
    """Name, clause and cents of each deduction tonight, in the order in which they are taken."""
    return [(name, deduction.clause, figures.refunds[name]) for name, deduction in DEDUCTIONS.items()]
