"""The record of a decided night: the files of `history.record` as blocks of the program's columns (rulebook 9)."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Bools, Ints
from refund_calc.columns.groups import starts_of_groups
from refund_calc.columns.typed import plain
from refund_calc.columns.written import arrow_text
from refund_calc.history.record import ORDER_CONTENT, RETURN_CONTENT, ROWS, RecordFile, Values
from refund_calc.night.decide import Decided
from refund_calc.night.deciding_content import content_of
from refund_calc.night.verdicts import ALREADY_DECIDED, DECISIONS, DUPLICATE, REFUND, STAGES
from refund_calc.policy.derived import claimed_units
from refund_calc.policy.findings import BY_CODE
from refund_calc.reports.exceptions import CODES, Exceptions

Block = dict[str, Values]
KEY = ("rma_number", "order_number", "order_line")


def lines(night: Decided) -> RecordFile:
    """Every line that later nights must know of, once per key, in the order of the register.

    Duplicates say nothing new, and what an earlier night decided is in its own record (what was decided before the
    first night is not: that it was read is told here). What stage A stops has no content to compare; of a row without
    an RMA nobody can ask.
    """
    verdicts, frame = night.verdicts, night.lines.frame
    is_remembered = (night.prior.paid.at >= 0) | (night.prior.rejected.at >= 0)
    silent = (verdicts.decision == DUPLICATE) | ((verdicts.decision == ALREADY_DECIDED) & is_remembered)
    rows = np.flatnonzero(~silent & ~frame["rma_number"].isna().to_numpy())
    rows = rows[starts_of_groups(night.lines.key[rows])]

    def blocks() -> Iterator[Block]:
        for start in range(0, len(rows), ROWS):
            some = rows[start : start + ROWS]
            yield _keys(night, some) | _decision(night, some) | _amounts(night, some) | _content(night, some)

    return RecordFile("lines", len(rows), blocks())


def _keys(night: Decided, rows: Ints) -> Block:
    return {name: arrow_text(night.lines.frame[name].array.take(rows)) for name in KEY}


def _accepted(night: Decided, rows: Ints) -> Bools:
    accepted = [row for row, review in night.verdicts.reviews.items() if review.accepts_content]
    return np.isin(rows, np.array(accepted, np.int64))


def _decision(night: Decided, rows: Ints) -> Block:
    verdicts = night.verdicts
    return {
        "decision": pa.array(DECISIONS).take(pa.array(verdicts.decision[rows])),
        "stage": pa.array([*STAGES, None], pa.string()).take(pa.array(verdicts.stopped_at[rows])),
        "accepted": pa.array(_accepted(night, rows)),
    }


def _amounts(night: Decided, rows: Ints) -> Block:
    """Units and cents: of refunded lines what they are about, of accepted ones the units that the content claims."""
    refunded, accepted = night.verdicts.decision[rows] == REFUND, _accepted(night, rows)
    priced, at = night.priced, pa.array(np.searchsorted(night.priced.rows, rows), mask=~refunded)

    def of_refunds(values: Ints) -> pa.Array:
        return pa.array(values).take(at)

    units = np.array(of_refunds(priced.units).fill_null(0))
    names = ("return_type", "quantity_requested", "quantity_received")
    types = (plain(night.lines.frame[name].array.take(rows[accepted])) for name in names)
    units[accepted] = claimed_units(*types).to_numpy(dtype=np.int64, na_value=0)
    cents = priced.amounts.by_name() | {f"{n}_charged": c for n, c in priced.amounts.deductions.items()}
    kept = {name: cents[name] for name in ("merchandise", "tax", "shipping_refund", "net_refund")}
    kept |= {name: c for name, c in cents.items() if name.endswith("_charged")}
    kept["return_shipping_part"] = priced.shipping_part
    amounts: Block = {name: of_refunds(values) for name, values in kept.items()}
    return amounts | {"units": pa.array(units, mask=~(refunded | accepted))}


def _content(night: Decided, rows: Ints) -> Block:
    """The deciding content; an order row that is missing tonight goes on as it was known."""
    sound, prior = night.columns.facts["order_is_sound"], night.prior
    content = content_of(rows, night.lines, night.order_lines, sound)
    stopped_at_once = night.verdicts.stopped_in("A")[rows]
    block: Block = {}
    for columns, values in ((RETURN_CONTENT, content.of_return), (ORDER_CONTENT, None)):
        for column in columns:
            cells = values(column.name) if values else content.known_order(column.name, prior.rejected, prior.paid)
            if stopped_at_once.any():
                cells = pc.if_else(pa.array(stopped_at_once), pa.scalar(None, cells.type), cells)
            block[column.name] = cells
    return block


def findings(found: Exceptions) -> RecordFile:
    """Tonight's findings as later nights compare them, in the order of the report."""
    severity = pa.array([BY_CODE[code].severity for code in CODES], pa.string())

    def blocks() -> Iterator[Block]:
        for start in range(0, len(found), ROWS):
            at = np.arange(start, min(start + ROWS, len(found)))
            names = found.identities(at)
            keys: Block = {name: _null_for_blank(names[name]) for name in KEY}
            yield (
                keys
                | found.amounts_and_dates(at)
                | {
                    "code": names["code"],
                    "told_apart_by": names["told_apart_by"],
                    "first_seen": pa.array(found.first_seen[at]),
                    "severity": severity.take(pa.array(found.code[at])),
                }
            )

    return RecordFile("findings", len(found), blocks())


def _null_for_blank(texts: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def resolutions(night: Decided) -> RecordFile:
    """The resolutions that came into force tonight, with their notes."""
    new = night.new_resolutions
    names = ("rma_number", "order_number", "order_line", "code", "action", "resolved_by", "note")
    block: Block = {name: pa.array([getattr(r, name) for r in new], pa.string()) for name in names}
    block["amount"] = pa.array([resolution.amount for resolution in new], pa.int64())
    block["place"] = pa.array(np.arange(len(new)))
    return RecordFile("resolutions", len(new), iter([block]))


def refunds(night: Decided) -> RecordFile:
    """The RMAs that are refunded tonight."""
    by_rma = night.by_rma
    block: Block = {
        "rma_number": by_rma.rma_number,
        "order_number": by_rma.order_number,
        "refund_number": pa.array(by_rma.refund_number),
        "net_refund": pa.array(by_rma.amounts["net_refund"]),
        "return_shipping_part": pa.array(by_rma.return_shipping_part),
        "policy_version": by_rma.policy_version,
    }
    return RecordFile("refunds", len(by_rma.rma_number), iter([block]))


def opening(night: Decided) -> RecordFile:
    """What was refunded before the first night, on that night."""
    rows = night.inputs.opening.rows
    block: Block = {name: rows[name].combine_chunks() for name in rows.column_names}
    return RecordFile("opening", rows.num_rows, iter([block]))


def payouts(night: Decided) -> pa.Table:
    """Tonight's payouts as later nights post them (record refunds, cents), for those that fall due tonight."""
    by_rma = night.by_rma
    paid = pa.array(np.flatnonzero(by_rma.amounts["net_refund"] > 0))
    table = pa.table(
        {
            "night": np.full(len(by_rma.rma_number), night.as_of),
            "rma_number": by_rma.rma_number,
            "order_number": by_rma.order_number,
            "refund_number": by_rma.refund_number,
            "net_refund": by_rma.amounts["net_refund"],
            "return_shipping_part": by_rma.return_shipping_part,
            "policy_version": by_rma.policy_version,
        }
    )
    return table.take(paid)
