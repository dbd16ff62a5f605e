"""Signals: what a controller looks at though no rule stops it, each with its count, cents and first names."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import add

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.night.decide import Decided
from refund_calc.night.without_effect import WithoutEffect
from refund_calc.policy.findings import Finding, by_people, on_refunds, stage_a, stage_c, stage_d
from refund_calc.policy.money import sums_by, total
from refund_calc.policy.versions import Policy
from refund_calc.reading.page.by_name import CARD_DAYS, Cards
from refund_calc.reading.page.by_person import SaidBy, Signal, by_person, said_by, together
from refund_calc.reading.page.tally import FEW, NAMED, Tally
from refund_calc.reports.exceptions import CODES, Exceptions

NEAR = 5  # percent of the approval limit
_KEY = ("rma_number", "order_number", "order_line")
_FINDINGS: tuple[tuple[Finding, str, str], ...] = (
    (stage_d.refunded_elsewhere, "Refunded elsewhere", "the shop shows refunds that no night made"),
    (
        on_refunds.payment_reference_missing,
        "No payment reference",
        "paid tonight, but the processor does not know what to refund",
    ),
    (stage_c.delivered_not_refused, "Delivered, not refused", "refused by type, delivered by date"),
    (stage_a.left_the_export, "Left the export", "held before, and in no export since"),
    (by_people.invalid_resolution, "Resolutions that can never apply", "unknown line, code or action"),
)


@dataclass(frozen=True)
class PartSignals:
    """What one part of a night has of the signals; parts add up."""

    found: tuple[Tally, ...]  # lines, of each of _FINDINGS
    near_the_limit: Tally  # orders
    said_by: SaidBy

    def __add__(self, other: "PartSignals") -> "PartSignals":
        return PartSignals(
            found=tuple(map(add, self.found, other.found)),
            near_the_limit=self.near_the_limit + other.near_the_limit,
            said_by=together(self.said_by, other.said_by),
        )


def part_signals(night: Decided, found: Exceptions) -> PartSignals:
    """What the lines that were decided have of the signals."""
    return PartSignals(
        found=tuple(_found(night, found, finding) for finding, *_ in _FINDINGS),
        near_the_limit=_near_the_limit(night),
        said_by=said_by(night, found),
    )


def _found(night: Decided, found: Exceptions, finding: Finding) -> Tally:
    """The lines that have a finding, and what they claim or, refunded, what is paid on them; the first are those of the
    report."""
    at = np.flatnonzero(found.code == CODES.index(finding.code))
    if not len(at):
        return Tally()
    if finding.stage == "refund":
        cents = total(night.priced.amounts.net_refund[np.isin(night.priced.rows, found.row[at])])
    else:
        cents = pc.sum(found.amounts_and_dates(at)["claim_amount"]).as_py()
    keys = found.keys(at[:FEW])
    places = zip(*(keys[name].to_pylist() for name in _KEY), strict=True)
    return Tally(len(at), cents, tuple((place, place[0]) for place in places))


def _near_the_limit(night: Decided) -> Tally:
    """Orders whose net tonight stands just below what a person would have to approve (CT-3)."""
    limit = night.policy.approval.limit
    if limit is None:
        return Tally()
    order = night.lines.order[night.priced.rows]
    sums = sums_by(night.priced.amounts.net_refund, order, len(night.order_lines.order_numbers))
    near = np.flatnonzero((sums * 100 >= limit * (100 - NEAR)) & (sums <= limit) & (sums > 0))
    names = night.order_lines.order_numbers.take(pa.array(near[:FEW])).to_pylist()
    return Tally(len(near), total(sums[near]), tuple(((name,), name) for name in names))


def signals(
    part: PartSignals, cards: Cards, policy: Policy, idle: Sequence[WithoutEffect], redone_payouts: int | None
) -> tuple[Signal, ...]:
    """All signals, those that are silent too. `part` is what all parts have, `policy` the one in force, `idle` the new
    resolutions without effect; `redone_payouts`: rows of redo.csv where the night replaces another."""
    *of_lines, invalid = (
        Signal(title, f"{meaning} ({finding.code})", tally.count, tally.cents, tally.names)
        for (finding, title, meaning), tally in zip(_FINDINGS, part.found, strict=True)
    )
    return (
        *of_lines,
        _of_the_limit(
            f"Within {NEAR} % of the approval limit",
            f"orders paid tonight between {100 - NEAR} % of the approval limit and the limit itself",
            part.near_the_limit,
            policy,
        ),
        _of_the_limit(
            "Same card, above the limit",
            f"one payment reference, several payouts, together above the approval limit within {CARD_DAYS} days "
            f"({cards.nights} of {cards.of} nights looked at)",
            cards.above,
            policy,
        ),
        *by_person(part.said_by),
        _without_effect(idle),
        invalid,
        Signal(
            "Night run again",
            "payouts that vanished, changed or are new against the night that this one replaces (redo.csv)",
            redone_payouts or 0,
        ),
    )


def _of_the_limit(title: str, meaning: str, tally: Tally, policy: Policy) -> Signal:
    if policy.approval.limit is None:
        return Signal(title, "the policy in force has no approval limit", 0)
    return Signal(title, meaning, tally.count, tally.cents, tally.names)


def _without_effect(idle: Sequence[WithoutEffect]) -> Signal:
    names = tuple(f"{one.resolution.rma_number}: {one.resolution.action} {one.resolution.code}" for one in idle[:NAMED])
    return Signal("Resolutions without effect", "new ones that changed nothing tonight", len(idle), names=names)
