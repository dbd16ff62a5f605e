"""What a night hands to the store (rulebook 4, 7, 8, 9): the counterpart of `history.recall`."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Ints
from refund_calc.columns.groups import group_ids, starts_of_groups
from refund_calc.columns.typed import plain
from refund_calc.columns.written import arrow_text
from refund_calc.history.record import AMOUNTS, KINDS, OPEN_FINDINGS, PAST_ORDERS, PAST_RMAS, PAYOUTS, Decisions, Run
from refund_calc.night.decide import Decided
from refund_calc.night.payouts import Calendar, Refunds
from refund_calc.night.remembered import contents_of
from refund_calc.night.verdicts import HOLD, REJECT, STAGES
from refund_calc.policy.derived import claimed_units
from refund_calc.policy.findings import BY_CODE
from refund_calc.policy.money import sums_by
from refund_calc.reports.exceptions import CODES, Exceptions
from refund_calc.reports.journal import account_table

BLOCK = 1 << 15  # rows handed over at a time

REFUND, ACCEPT, REJECTION, HELD, READ = range(len(KINDS))  # the decisions that are remembered of a line, by number
Kinds = npt.NDArray[np.int8]


def decisions(night: Decided, refunds: Refunds, found: Callable[[], Exceptions]) -> Decisions:
    """A night's decisions as the store keeps them; `found` is asked when its turn has come."""
    kind = _kinds(night)
    return Decisions(
        night=night.as_of,
        orders=past_orders(night, kind),
        rmas=past_rmas(night, np.flatnonzero(kind >= 0)),
        open_findings=open_findings(found),
        payouts=payouts(night, refunds),
        resolutions=night.new_resolutions,
    )


def run_of(night: Decided, calendar: Calendar, inputs: str, manifest_sha256: str, totals: dict[str, Any]) -> Run:
    """The night itself as the store keeps it."""
    return Run(
        night=night.as_of,
        inputs=inputs,
        manifest_sha256=manifest_sha256,
        payout_date=calendar.payout_date,
        posted=0,  # the store's to say
        currency=night.policies.currency,
        accounts=json.dumps(account_table(night.policy.accounts)),
        totals=json.dumps(totals),
        closures=json.dumps([str(day) for day in night.policy.processing.closures]),
    )


def _kinds(night: Decided) -> Kinds:
    """What is recorded of each line: its place in KINDS, or -1 for nothing."""
    memory, verdicts, lines = night.memory, night.verdicts, night.lines
    passed_a = verdicts.stopped_at > STAGES.index("A")
    rejected = (verdicts.decision == REJECT) & passed_a
    held = (verdicts.decision == HOLD) & passed_a
    # A hold needs a row only where it supersedes a rejection, or where nothing was decided before.
    held &= memory.is_rejected | ~(memory.has_refund | memory.is_held)
    stopped = ~passed_a & ~memory.is_known & ~lines.frame["rma_number"].isna().to_numpy()
    stopped[1:] &= lines.key[1:] != lines.key[:-1]
    kind: Kinds = np.full(len(lines), -1, np.int8)
    kind[night.priced.rows] = REFUND
    kind[rejected] = REJECTION
    kind[[row for row, review in verdicts.reviews.items() if review.accepts_content]] = ACCEPT
    kind[held] = HELD
    kind[stopped] = READ
    return kind


def past_orders(night: Decided, kind: Kinds) -> Iterator[pa.Table]:
    """Tonight's lines as later nights ask for them (history.PAST_ORDERS), block by block, sorted by order."""
    lines = night.lines
    rows = np.flatnonzero(kind >= 0)
    width = int(lines.line_rank.max(initial=0)) + 1
    rows = rows[np.argsort(lines.order[rows] * width + lines.line_rank[rows], kind="stable")]
    starts = np.append(np.flatnonzero(starts_of_groups(lines.order[rows])), len(rows))
    for start in range(0, len(starts) - 1, BLOCK):
        bounds = starts[start : start + BLOCK + 1]
        some = rows[bounds[0] : bounds[-1]]
        of_orders = pa.ListArray.from_arrays(
            pa.array(bounds - bounds[0], pa.int32()), _records(night, some, kind[some])
        )
        columns = {"order_number": _key_texts(night, "order_number", rows[bounds[:-1]])}
        columns |= {"night": pa.repeat(night.as_of, len(of_orders)), "records": pc.binary_join(of_orders, "\n")}
        yield pa.table(columns, schema=PAST_ORDERS)


def past_rmas(night: Decided, rows: Ints) -> Iterator[pa.Table]:
    """The RMAs and orders of these lines, with what tonight allocated of their return shipping (history.PAST_RMAS)."""
    lines = night.lines
    starts = starts_of_groups(lines.rma[rows], lines.order[rows])
    part = np.zeros(len(lines), np.int64)
    part[night.priced.rows] = night.priced.shipping_part
    parts, first = sums_by(part[rows], group_ids(starts), int(starts.sum())), rows[starts]
    for start in range(0, len(first), BLOCK):
        some = slice(start, start + BLOCK)
        columns = {name: _key_texts(night, name, first[some]) for name in ("rma_number", "order_number")}
        columns["night"] = pa.repeat(night.as_of, len(first[some]))
        yield pa.table(columns | {"return_shipping_part": parts[some]}, schema=PAST_RMAS)


def _key_texts(night: Decided, name: str, rows: Ints) -> pa.Array:
    return pc.fill_null(arrow_text(night.lines.frame[name].array.take(rows)), "")


def _records(night: Decided, rows: Ints, kind: Kinds) -> pa.Array:
    """What is remembered of lines, as text (see history.PAST_ORDERS)."""
    decided = np.flatnonzero((kind == REFUND) | (kind == ACCEPT) | (kind == REJECTION))
    few = rows[decided]
    now = contents_of(few, night.lines, night.order_lines, night.columns.facts["order_is_sound"]).now
    # An order row that is missing tonight counts as unchanged: what was known of it goes on.
    order = now.order
    if len(night.memory.paid.order):
        take = pa.array(few)
        order = pc.coalesce(order, night.memory.rejected.order.take(take), night.memory.paid.order.take(take))
    place = np.full(len(rows), -1, np.int64)
    place[decided] = np.arange(len(decided))
    at = pa.array(place, mask=place < 0)
    parts = [
        _key_texts(night, "order_line", rows),
        _key_texts(night, "rma_number", rows),
        pa.array(KINDS).take(pa.array(kind)),
        _amounts(night, rows, kind),
        *(p.take(at) for p in (now.returned, now.dispute, order)),
    ]
    return pc.binary_join_element_wise(*parts, "\n", null_handling="replace", null_replacement="")


def _amounts(night: Decided, rows: Ints, kind: Kinds) -> pa.Array:
    """AMOUNTS of lines that were refunded, or whose content was accepted; null for all others."""
    paid, accepted = np.flatnonzero(kind == REFUND), np.flatnonzero(kind == ACCEPT)
    at = np.searchsorted(night.priced.rows, rows[paid])
    columns = {"units": _claimed(night, rows[paid]) - night.columns.facts["refunded_units"][rows[paid]]}
    columns |= {name: cents[at] for name, cents in night.priced.amounts.by_name().items()}
    zero = pa.repeat("0", len(paid))
    texts = [pa.array(columns[name]).cast(pa.string()) if name in columns else zero for name in AMOUNTS]
    refund = pc.binary_join_element_wise(*texts, "\t")
    units = pa.array(_claimed(night, rows[accepted])).cast(pa.string())
    accept = pc.binary_join_element_wise(*(units if name == "accepted_units" else "0" for name in AMOUNTS), "\t")
    place = np.full(len(rows), -1, np.int64)
    place[paid], place[accepted] = np.arange(len(paid)), len(paid) + np.arange(len(accepted))
    return pa.concat_arrays([refund, accept]).take(pa.array(place, mask=place < 0))


def _claimed(night: Decided, rows: Ints) -> Ints:
    names = ("return_type", "quantity_requested", "quantity_received")
    units = claimed_units(*(plain(night.lines.frame[name].array.take(rows)) for name in names))
    return np.asarray(units.to_numpy(dtype=np.int64, na_value=0))


def open_findings(exceptions: Callable[[], Exceptions]) -> Iterator[pa.Table]:
    """Tonight's findings as later nights compare them (history.OPEN_FINDINGS), block by block."""
    found = exceptions()
    severity = pa.array([BY_CODE[code].severity for code in CODES], pa.string())
    for start in range(0, len(found), BLOCK):
        at = np.arange(start, min(start + BLOCK, len(found)))
        columns: dict[str, Any] = found.identities(at) | found.amounts_and_dates(at)
        columns |= {
            "night": np.full(len(at), found.night.as_of),
            "first_seen": found.first_seen[at],
            "severity": severity.take(pa.array(found.code[at])),
        }
        yield pa.table({name: columns[name] for name in OPEN_FINDINGS.names}, schema=OPEN_FINDINGS)


def payouts(night: Decided, refunds: Refunds) -> pa.Table:
    """Tonight's payouts (history.PAYOUTS)."""
    paid = np.flatnonzero(refunds.amounts["net_refund"] > 0)
    take = pa.array(paid)
    return pa.table(
        {
            "night": np.full(len(paid), night.as_of),
            "rma_number": refunds.rma_number.take(take),
            "order_number": refunds.order_number.take(take),
            "amount": refunds.amounts["net_refund"][paid],
            "policy_version": refunds.policy_version.take(take),
        },
        schema=PAYOUTS,
    )
