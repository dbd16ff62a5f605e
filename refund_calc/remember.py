"""What a night hands to the store (rulebook 4, 7, 8, 9): the counterpart of `history.recall`."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.cells import Ints
from refund_calc.exceptions import Exceptions, severities
from refund_calc.history import CHARGED, OPEN_FINDINGS, PAST_LINES, PAYOUTS, Decisions, Run, contents_of
from refund_calc.journal import account_table
from refund_calc.night import Night
from refund_calc.payouts import Calendar, Refunds, payout_ids
from refund_calc.reports import iso
from refund_calc.scope import claimed_units
from refund_calc.texts import arrow_text
from refund_calc.verdicts import HOLD, REJECT, STAGES

BLOCK_LINES = 1 << 16


def decisions(night: Night, refunds: Refunds, calendar: Calendar, found: Exceptions) -> Decisions:
    """A night's decisions as the store keeps them."""
    return Decisions(
        night=night.as_of,
        lines=past_lines(night),
        open_findings=open_findings(found),
        payouts=payouts(night, refunds, calendar),
        resolutions=night.new_resolutions,
        posted_up_to=night.as_of,
    )


def run_of(night: Night, calendar: Calendar, inputs: str, manifest_sha256: str, totals: dict[str, Any]) -> Run:
    """The night itself as the store keeps it."""
    return Run(
        night=night.as_of,
        inputs=inputs,
        manifest_sha256=manifest_sha256,
        payout_date=calendar.payout_date,
        currency=night.policies.currency,
        accounts=json.dumps(account_table(night.policy.accounts)),
        totals=json.dumps(totals),
        closures=json.dumps([str(day) for day in night.policy.processing.closures]),
    )


def past_lines(night: Night) -> Iterator[pa.Table]:
    """The rows of tonight's lines that later nights ask for (history.PAST_LINES), block by block."""
    memory, verdicts, lines = night.memory, night.verdicts, night.lines
    passed_a = verdicts.stopped_at > STAGES.index("A")
    refunded = np.zeros(len(lines), np.bool_)
    refunded[night.refunded] = True
    rejected = (verdicts.decision == REJECT) & passed_a
    accepted = rejected & verdicts.accepted
    held = (verdicts.decision == HOLD) & passed_a
    # A hold needs a row only where it supersedes a rejection, or where nothing was decided before.
    held &= memory.is_rejected | ~(memory.has_refund | memory.is_held)
    stopped = ~passed_a & ~memory.is_known & ~lines.frame["rma_number"].isna().to_numpy()
    stopped[1:] &= lines.key[1:] != lines.key[:-1]
    kinds = {"refund": refunded, "accept": accepted, "reject": rejected & ~accepted, "hold": held, "read": stopped}
    for start in range(0, len(lines), BLOCK_LINES):
        for decision, mask in kinds.items():
            rows = start + np.flatnonzero(mask[start : start + BLOCK_LINES])
            if len(rows):
                yield _rows(night, rows, decision)


def _rows(night: Night, rows: Ints, decision: str) -> pa.Table:
    size = len(rows)
    zero = np.zeros(size, np.int64)
    columns: dict[str, Any] = dict.fromkeys(PAST_LINES.names, zero)
    frame = night.lines.frame
    for name in ("order_number", "order_line", "rma_number"):
        columns[name] = pc.fill_null(arrow_text(frame[name].array.take(rows)), "")
    columns["night"] = np.full(size, night.as_of)
    columns["decision"] = pa.repeat(pa.scalar(decision), size)
    blank = pa.repeat(pa.scalar(""), size)
    columns |= dict(return_content=blank, dispute=blank, order_content=blank)
    if decision in ("refund", "accept", "reject") and size:
        now = contents_of(rows, night.lines, night.book, night.order_is_sound).now
        # An order row that is missing tonight counts as unchanged: what was known of it goes on.
        order = now.order
        if len(night.memory.paid.order):
            take = pa.array(rows)
            order = pc.coalesce(order, night.memory.rejected.order.take(take), night.memory.paid.order.take(take))
        if decision == "accept":
            columns["accepted_units"] = _claimed(night, rows)
        columns |= dict(return_content=now.returned, dispute=now.dispute, order_content=pc.fill_null(order, ""))
    if decision == "refund" and size:
        amounts, at = night.amounts, np.searchsorted(night.refunded, rows)
        columns["units"] = _claimed(night, rows) - night.columns["refunded_units"][rows]
        columns |= {name: getattr(amounts, name)[at] for name in ("merchandise", "tax", "net_refund", *CHARGED)}
        columns["return_shipping_part"] = night.shipping_part[at]
    return pa.table(columns, schema=PAST_LINES)


def _claimed(night: Night, rows: Ints) -> Ints:
    names = ("return_type", "quantity_requested", "quantity_received")
    units = claimed_units(*(night.lines.frame[name].array.take(rows) for name in names))
    return np.asarray(units.to_numpy(dtype=np.int64, na_value=0))


def open_findings(found: Exceptions) -> Iterator[pa.Table]:
    """Tonight's findings as later nights compare them (history.OPEN_FINDINGS), block by block."""
    for start in range(0, len(found), BLOCK_LINES):
        at = np.arange(start, min(start + BLOCK_LINES, len(found)))
        columns: dict[str, Any] = found.identities(at) | found.amounts_and_dates(at)
        columns |= {
            "night": np.full(len(at), found.night.as_of),
            "first_seen": found.first_seen[at],
            "severity": severities(found.code[at]),
        }
        yield pa.table({name: columns[name] for name in OPEN_FINDINGS.names}, schema=OPEN_FINDINGS)


def payouts(night: Night, refunds: Refunds, calendar: Calendar) -> pa.Table:
    paid = np.flatnonzero(refunds.amounts["net_refund"] > 0)
    take, size = pa.array(paid), len(paid)
    rma = refunds.rma_number.take(take)
    return pa.table(
        {
            "payout_id": payout_ids(rma, iso(night.as_of)),
            "night": np.full(size, night.as_of),
            "payout_date": np.full(size, calendar.payout_date),
            "rma_number": rma,
            "order_number": refunds.order_number.take(take),
            "amount": refunds.amounts["net_refund"][paid],
            "policy_version": refunds.policy_version.take(take),
            "posted": pa.nulls(size, pa.int64()),
        },
        schema=PAYOUTS,
    )
