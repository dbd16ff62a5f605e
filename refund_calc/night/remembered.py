"""What the past means for tonight's lines (rulebook 4, 5)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Bools, Ints
from refund_calc.columns.written import arrow_text
from refund_calc.history.record import AMOUNTS, CHARGED, KINDS, PARTS, Past
from refund_calc.night.deciding_content import DISPUTE, ORDER_CONTENT, RETURN_CONTENT, changes, content, null_where
from refund_calc.night.matching import Lines, OrderLines
from refund_calc.policy.money import sums_by


@dataclass(frozen=True)
class Memory:
    """The past as columns beside tonight's lines (zero where there is none)."""

    refunded_units: Ints  # of the line's key
    accepted_units: Ints
    has_refund: Bools
    is_rejected: Bools  # the key's last decision is a rejection
    is_held: Bools  # ... is a hold
    is_known: Bools  # the key was read before
    refunded_on: Ints
    order_units: Ints  # of the order line, all RMAs
    order_merchandise: Ints
    order_tax: Ints
    order_net: Ints  # of the whole order
    return_shipping_part: Ints  # of the whole RMA
    charged: dict[str, Ints]  # deduction -> charged on the key
    paid: "Contents"
    rejected: "Contents"


@dataclass(frozen=True)
class Contents:
    """Remembered content per line, null where there is none."""

    returned: Any
    dispute: Any
    order: Any

    def dispute_status(self, rows: Ints) -> Any:
        """The remembered dispute status of some lines, blank where there is none."""
        return np.array([(text or "").split("\t")[0] for text in self.dispute.take(pa.array(rows)).to_pylist()])


def recall(past: Past, lines: Lines, book: OrderLines) -> Memory:
    """Everything the past has to say of tonight's lines."""
    size = len(lines)
    if past.is_empty or size == 0:
        return _nothing(size)
    then = _read(past.orders(book.order_numbers))
    night, decision, amounts, contents = then.night, then.decision, then.amounts, then.contents
    key = _positions(
        _joined(then.rma_number, then.order_number, then.order_line),
        _joined(*(lines.frame[name].array for name in ("rma_number", "order_number", "order_line"))),
        lines.key,
    )
    groups = int(lines.key.max()) + 1
    last = {d: _last(key, night, decision == d, groups) for d in KINDS}
    settled = _later(last["refund"], last["accept"], night)
    decided = _later(_later(settled, last["reject"], night), last["hold"], night)
    is_rejected = (decided >= 0) & (decided == last["reject"])
    per_key = {n: _sum_known(amounts[n], key, groups) for n in ("units", *CHARGED)}
    order_line = _positions(
        _joined(then.order_number, then.order_line),
        _joined(*(lines.frame[name].array for name in ("order_number", "order_line"))),
        same := _dense(lines.order, lines.line_rank),
    )
    lines_count = int(same.max()) + 1
    order = np.asarray(pc.index_in(then.order_number, value_set=book.order_numbers), np.int64)
    allocated = past.return_shipping(pc.unique(_blank(lines.frame["rma_number"].array)))
    rma = np.asarray(
        pc.fill_null(
            pc.index_in(_blank(lines.frame["rma_number"].array), value_set=allocated["rma_number"].combine_chunks()), -1
        ),
        np.int64,
    )
    parts = np.append(allocated["return_shipping_part"].to_numpy(), 0)
    at = lines.key
    return Memory(
        refunded_units=per_key["units"][at],
        accepted_units=np.append(amounts["accepted_units"], 0)[last["accept"]][at],
        has_refund=(last["refund"] >= 0)[at],
        is_rejected=is_rejected[at],
        is_held=((decided >= 0) & (decided == last["hold"]))[at],
        is_known=((decided >= 0) | (last["read"] >= 0))[at],
        refunded_on=np.append(night, 0)[last["refund"]][at],
        order_units=_sum_known(amounts["units"], order_line, lines_count)[same],
        order_merchandise=_sum_known(amounts["merchandise"], order_line, lines_count)[same],
        order_tax=_sum_known(amounts["tax"], order_line, lines_count)[same],
        order_net=_sum_known(amounts["net_refund"], order, len(book.order_numbers))[lines.order],
        return_shipping_part=parts[rma],
        charged={name: per_key[name][at] for name in CHARGED},
        paid=_contents(contents, settled[at]),
        rejected=_contents(contents, np.where(is_rejected, last["reject"], -1)[at]),
    )


def _nothing(size: int) -> Memory:
    zero, no = np.zeros(size, np.int64), np.zeros(size, np.bool_)
    none = Contents(*(pa.nulls(0, pa.string()),) * 3)
    return Memory(
        zero, zero, no, no, no, no, zero, zero, zero, zero, zero, zero, dict.fromkeys(CHARGED, zero), none, none
    )


def _blank(texts: Any) -> pa.Array:
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    return pc.fill_null(texts if isinstance(texts, pa.Array) else arrow_text(texts), "")


def _joined(*texts: Any) -> pa.Array:
    return pc.binary_join_element_wise(*(_blank(t) for t in texts), "\t")


def _positions(past: pa.Array, tonight: pa.Array, group: Ints) -> Ints:
    """Group number of each past row's text among tonight's lines, -1 for none."""
    at = np.asarray(pc.fill_null(pc.index_in(past, value_set=tonight), -1), np.int64)
    return np.where(at >= 0, group[at], -1) if len(group) else at


def _dense(order: Ints, line_rank: Ints) -> Ints:
    """Order lines numbered from 0."""
    _, numbers = np.unique(order * (int(line_rank.max()) + 1) + line_rank, return_inverse=True)
    return np.asarray(numbers, np.int64)


def _sum_known(values: Ints, group: Ints, groups: int) -> Ints:
    here = group >= 0
    return sums_by(values[here], group[here], groups)


def _last(key: Ints, night: Ints, mask: Any, groups: int) -> Ints:
    """For each key the position of its latest row in the mask, -1 for none."""
    at = np.flatnonzero(mask & (key >= 0))
    at = at[np.argsort(night[at], kind="stable")]
    last = np.full(groups, -1, np.int64)
    last[key[at]] = at  # the latest night is assigned last
    return last


def _later(one: Ints, other: Ints, night: Ints) -> Ints:
    """Of two rows per key the later one."""
    night = np.append(night, -1)  # position -1, none, is the earliest of all
    return np.where(night[other] > night[one], other, one)


@dataclass(frozen=True)
class _Records:
    """Remembered lines as columns; AMOUNTS are zero where there are none."""

    order_number: pa.Array
    night: Ints
    order_line: pa.Array
    rma_number: pa.Array
    decision: Any
    amounts: dict[str, Ints]
    contents: list[pa.Array]


def _read(orders: pa.Table) -> _Records:
    """PAST_ORDERS, line by line."""
    records = pc.split_pattern(orders["records"].combine_chunks(), "\n")
    order = np.repeat(np.arange(len(records)), np.asarray(pc.list_value_length(records)) // PARTS)
    parts = pc.list_flatten(records)
    order_line, rma_number, decision, amounts, *contents = (_every(parts, PARTS, at) for at in range(PARTS))
    none = "\t" * (len(AMOUNTS) - 1)
    cells = pc.list_flatten(pc.split_pattern(pc.if_else(pc.equal(amounts, ""), none, amounts), "\t"))
    numbers = pc.if_else(pc.equal(cells, ""), "0", cells).cast(pa.int64()).to_numpy()
    return _Records(
        order_number=orders["order_number"].combine_chunks().take(pa.array(order)),
        night=orders["night"].to_numpy()[order],
        order_line=order_line,
        rma_number=rma_number,
        decision=decision.to_numpy(zero_copy_only=False),
        amounts={name: numbers[at :: len(AMOUNTS)] for at, name in enumerate(AMOUNTS)},
        contents=contents,
    )


def _every(values: pa.Array, step: int, first: int) -> pa.Array:
    return values.take(pa.array(np.arange(first, len(values), step)))


def _contents(contents: list[pa.Array], at: Ints) -> Contents:
    take = pa.array(at, mask=at < 0)
    texts = (part.take(take) for part in contents)
    return Contents(*(pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text) for text in texts))


@dataclass(frozen=True)
class Tonight:
    """The content of some of tonight's lines, beside the remembered one."""

    rows: Ints
    now: Contents

    def is_same(self, then: Contents, disputes_aside: bool = False) -> Bools:
        """Whether the content is the remembered one. An order row that is missing tonight counts as unchanged."""
        take = pa.array(self.rows)
        same = _equal(self.now.returned, then.returned.take(take))
        if not disputes_aside:
            same &= _equal(self.now.dispute, then.dispute.take(take))
        no_order = np.asarray(self.now.order.is_null())
        return same & (no_order | _equal(self.now.order, then.order.take(take)))

    def changed_fields(self, then: Contents) -> list[str]:
        """The fields that differ, disputes aside, named with what they were and are."""
        words = []
        for at, row in enumerate(self.rows.tolist()):
            fields = changes(RETURN_CONTENT, then.returned[row].as_py() or "", self.now.returned[at].as_py())
            order_then, order_now = then.order[row].as_py(), self.now.order[at].as_py()
            if order_now is not None:
                fields += changes(ORDER_CONTENT, order_then or "\t" * (len(ORDER_CONTENT) - 1), order_now)
            words.append("; ".join(fields))
        return words


def contents_of(rows: Ints, lines: Lines, book: OrderLines, order_is_sound: Bools) -> Tonight:
    """The content of these lines tonight; the order's is null where there is no sound order row."""
    order = book.row_of_line[rows]
    none = (order < 0) | ~order_is_sound[rows]
    order_text = pa.nulls(len(rows), pa.string())
    if not none.all():
        order_text = null_where(content(book.frame, ORDER_CONTENT, np.maximum(order, 0)), none)
    return Tonight(
        rows,
        Contents(content(lines.frame, RETURN_CONTENT, rows), content(lines.frame, DISPUTE, rows), order_text),
    )


def _equal(one: Any, other: Any) -> Bools:
    return np.asarray(pc.fill_null(pc.equal(one, other), False).to_numpy(zero_copy_only=False), np.bool_)
