"""One night, stage by stage: reads like the rulebook's table of contents (rulebook 4 and 5).

Lines are rows of whole columns and stay in the order of the register throughout; a stage looks at the rows that are
still headed for a refund and stops some of them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from refund_calc.columns.aliases import Bools, Ints
from refund_calc.columns.cores import in_parallel
from refund_calc.columns.groups import differs_from_previous, group_ids, in_company, starts_of_groups
from refund_calc.columns.typed import plain
from refund_calc.columns.written import arrow_text
from refund_calc.history.record import Past, Resolution
from refund_calc.inputs.csv_files import Malformed
from refund_calc.inputs.tables import Table, undo_apostrophes
from refund_calc.night.matching import Lines, OrderBook, match
from refund_calc.night.remembered import Memory, contents_of, recall
from refund_calc.night.resolutions import (
    DEDUCTIONS,
    InForce,
    InvalidResolution,
    known_tonight,
    read_rows,
    rma_numbers,
)
from refund_calc.night.scope import LineScope
from refund_calc.night.verdicts import ALREADY_DECIDED, DUPLICATE, HOLD, REFUND, STAGES, Verdicts
from refund_calc.policy import amounts as refunds
from refund_calc.policy.amounts import Amounts
from refund_calc.policy.findings import BIT, Finding, stage_a, stage_b, stage_c, stages_d_e
from refund_calc.policy.money import known, next_share, share, sums_by
from refund_calc.policy.versions import Policy, PolicySet

EPOCH = date(1970, 1, 1).toordinal()
PIECE = 1 << 18  # lines judged at a time

# The deductions that a type of return has, in the order in which they are taken (rulebook 5).
TYPES_OF_DEDUCTION = {
    "return_shipping": ("return", "refused_delivery"),
    "outbound_shipping": ("refused_delivery",),
    "restocking_fee": ("return",),
    "damage": ("return",),
    "cancellation_loss": ("cancellation",),
}
assert tuple(TYPES_OF_DEDUCTION) == DEDUCTIONS


def day_number(day: date) -> int:
    return day.toordinal() - EPOCH


@dataclass
class Night:
    """Everything a night found out about its lines. Rows are positions in the register."""

    as_of: int
    policies: PolicySet
    policy: Policy  # in force on as_of
    returns: Table
    orders: Table
    answers: Table
    lines: Lines
    book: OrderBook
    memory: Memory
    resolutions: InForce
    new_resolutions: list[Resolution]
    invalid_resolutions: list[InvalidResolution]
    verdicts: Verdicts
    version: Ints  # index of the policy version that judges the line; -1 before stage C
    order_is_sound: Bools
    columns: dict[str, Any]  # columns beside the lines that rules and messages ask for by name
    refunded: Ints  # rows that are refunded
    amounts: Amounts  # of the refunded rows
    shipping_part: Ints  # of the refunded rows: their part of the RMA's return shipping, charged or not

    def scope(self, rows: Ints, version: int = -1) -> LineScope:
        policy = self.policies.versions[version] if version >= 0 else None
        order_rows = self.book.row_of_line[rows]
        return LineScope(rows, self.columns, self.lines.frame, self.book.frame, order_rows, policy)

    def malformed_rows(self) -> list[tuple[Table, int, Malformed]]:
        """Rows with a wrong number of fields in any input: their table, file and text."""
        tables = (self.orders, self.returns, self.answers)
        return [(table, file, row) for table in tables for file, row in table.malformed]

    def find(self, findings: Iterable[Finding], scope: LineScope, *for_messages: str) -> None:
        """Evaluate findings, and keep for the lines that have one the columns that only their messages ask for."""
        rows = scope.rows
        for finding in findings:
            found = np.flatnonzero(finding.evaluate(scope))
            self.verdicts.mark(finding.code, rows[found])
            for name in finding.values_in_messages.intersection(for_messages):
                kept = dict(zip(rows[found].tolist(), scope[name][found].tolist(), strict=True))
                self.columns[name] = self.columns.get(name, {}) | kept

    def by_version(self, rows: Ints) -> Iterator[tuple[Ints, LineScope]]:
        """The rows of each policy version with their scope: a change of law is another version, never an `if`.

        They come in pieces that two cores can share.
        """
        for version in np.flatnonzero(np.bincount(self.version[rows])):
            some = rows[self.version[rows] == version]
            for part in _pieces(some):
                yield some[part], self.scope(some[part], int(version))


def decide(
    returns: Table, orders: Table, answers: Table, policies: PolicySet, policy: Policy, as_of: date, past: Past
) -> Night:
    """Decide every line of a night and price the refunds. `policy` is the version in force on as_of."""
    answers = undo_apostrophes(answers)
    lines, book = match(returns, orders)
    resolutions, new, invalid = _resolutions(lines, answers, past)
    size = len(lines)
    nobody = np.zeros(0, np.int64)
    night = Night(
        as_of=day_number(as_of),
        policies=policies,
        policy=policy,
        returns=returns,
        orders=orders,
        answers=answers,
        lines=lines,
        book=book,
        memory=recall(past, lines, book),
        resolutions=resolutions,
        new_resolutions=new,
        invalid_resolutions=invalid,
        verdicts=Verdicts(size),
        version=np.full(size, -1, np.int64),
        order_is_sound=(book.row_of_line >= 0) & ~book.ambiguous[lines.order] & ~book.invalid[lines.order],
        columns=dict(
            as_of=day_number(as_of),
            policy_currency=policies.currency,
            first_effective_from=day_number(policies.versions[0].effective_from),
            damage_answer=resolutions.figure("damage", size),
        ),
        refunded=nobody,
        amounts=refunds.settle(nobody, nobody, nobody, dict.fromkeys(DEDUCTIONS, nobody)),
        shipping_part=nobody,
    )
    stage_the_row(night)
    stage_the_order(night)
    stage_the_policy(night)
    stage_units(night)
    price(night)
    stage_the_payout(night)
    return night


def _resolutions(lines: Lines, answers: Table, past: Past) -> tuple[InForce, list[Resolution], list[InvalidResolution]]:
    named = rma_numbers(answers)
    known_keys = [*known_tonight(lines, named), *past.keys(sorted(named))] if named else []
    before: list[Resolution] = []
    if not past.is_empty:
        tonight = arrow_text(lines.frame["rma_number"].array).drop_null().unique()
        before = past.resolutions(pa.concat_arrays([tonight, pa.array(sorted(named), pa.string())]).unique())
    new, invalid = read_rows(answers, known_keys, before)
    return InForce(lines, [*before, *new]), new, invalid


# --- Stage A, the row ------------------------------------------------------------------------------------------


def stage_the_row(night: Night) -> None:
    lines, verdicts = night.lines, night.verdicts
    key_conflicts, repeats = _compare_keys(lines, night.returns)
    for name in list(night.returns.frame):  # nothing below asks for them
        night.returns.frame.pop(name)
    rma_conflicts = _compare_rmas(lines)
    night.columns.update(has_bad_cell=lines.is_bad, key_conflicts=key_conflicts, rma_conflicts=rma_conflicts & ~repeats)
    rows = np.arange(len(lines))
    # Malformed rows never became lines: their exceptions are written straight from the intake.
    verdicts.find(stage_a.FINDINGS[1:], night.scope(rows), rows)
    verdicts.set_aside(np.flatnonzero(repeats), DUPLICATE, "A")
    verdicts.close("A", night.resolutions, stage_a.FINDINGS)


def _compare_keys(lines: Lines, returns: Table) -> tuple[Bools, Bools]:
    """Valid rows whose key stands on another row with different or invalid content, and rows that repeat one."""
    conflicts, repeats = np.zeros(len(lines), np.bool_), np.zeros(len(lines), np.bool_)
    if not len(lines):
        return conflicts, repeats
    together = np.flatnonzero(in_company(lines.key) & lines.has_key)
    if not len(together):
        return conflicts, repeats
    key, is_bad = lines.key[together], lines.is_bad[together]
    group = group_ids(starts := starts_of_groups(key))
    content = [lines.frame[name].array.take(together) for name in lines.frame]
    content += [returns.frame[name].array.take(lines.source[together]) for name in returns.frame]  # decide nothing
    differs = (differs_from_previous(content) & ~starts) | is_bad
    conflict = np.zeros(int(group[-1]) + 1, np.bool_)
    conflict[group[differs]] = True
    conflicts[together] = conflict[group] & ~is_bad
    repeats[together] = ~conflict[group] & ~starts
    return conflicts, repeats


def _compare_rmas(lines: Lines) -> Bools:
    """Valid rows of RMAs whose valid rows disagree on order_number or return_shipping_cost."""
    valid = np.flatnonzero(~lines.is_bad)
    conflicts = np.zeros(len(lines), np.bool_)
    if not len(valid):
        return conflicts
    rma = lines.rma[valid]
    cost = lines.frame["return_shipping_cost"].array.take(valid)
    differs = differs_from_previous([lines.order[valid], cost]) & ~starts_of_groups(rma)
    conflict = np.zeros(int(rma[-1]) + 1, np.bool_)
    conflict[rma[differs]] = True
    conflicts[valid] = conflict[rma]
    return conflicts


# --- Stage B, the order, and what history says of the key -------------------------------------------------------


def stage_the_order(night: Night) -> None:
    lines, book, verdicts = night.lines, night.book, night.verdicts
    supplementary = _history_first(night)
    night.columns.update(
        refunded_units=np.where(supplementary, night.memory.refunded_units, 0),
        order_found=book.found,
        order_is_ambiguous=book.ambiguous[lines.order],
        order_is_invalid=book.invalid[lines.order],
        order_is_sound=night.order_is_sound,
    )
    rows = verdicts.open()
    settled = night.columns["is_settled"][rows]
    # A refunded key is held for what became of the refund, and for nothing else of this stage.
    history = (stage_b.changed_after_refund, stage_b.disputed_after_refund)
    others = [finding for finding in stage_b.FINDINGS if finding not in history]
    verdicts.find(history, night.scope(rows[settled]), rows[settled])
    verdicts.find(others, night.scope(rows[~settled]), rows[~settled])
    quiet = rows[settled]
    verdicts.set_aside(quiet[verdicts.codes[quiet] == 0], ALREADY_DECIDED, "B")
    verdicts.close("B", night.resolutions, stage_b.FINDINGS)
    rows = verdicts.open()
    ordered = night.scope(rows)["ordered_date"]
    night.version[rows] = night.policies.version_on(known(ordered))


def _history_first(night: Night) -> Bools:
    """What history decides by itself: keys already decided; the others it marks as settled or supplementary.

    Settled: refunded before and claiming no more units. Supplementary: refunded before, and more units came since.
    """
    memory, verdicts, size = night.memory, night.verdicts, len(night.lines)
    no = np.zeros(size, np.bool_)
    night.columns.update(is_settled=no, content_changed=no, dispute_changed=no, refunded_on=memory.refunded_on)
    rows = verdicts.open()
    rows = rows[memory.has_refund[rows] | memory.is_rejected[rows]]
    if not len(rows):
        return no
    tonight = contents_of(rows, night.lines, night.book, night.order_is_sound)
    night.columns["refunded_units"] = np.zeros(size, np.int64)
    scope = night.scope(rows)
    claimed = known(scope["units"])
    disputed = np.asarray(scope["dispute_status"].isin(("open", "lost")), np.bool_)
    claims_more = memory.has_refund[rows] & (claimed > memory.refunded_units[rows]) & ~disputed
    claims_more &= claimed > memory.accepted_units[rows]
    settled = memory.has_refund[rows] & ~claims_more
    rejected_before = memory.is_rejected[rows] & ~settled & tonight.is_same(memory.rejected)
    rejected_before &= ~night.resolutions.named_tonight[rows]
    verdicts.set_aside(rows[rejected_before], ALREADY_DECIDED, "B")
    changed = settled & ~tonight.is_same(memory.paid, disputes_aside=True)
    few = rows[changed]
    fields = contents_of(few, night.lines, night.book, night.order_is_sound).changed_fields(memory.paid)
    before = np.array([(text or "").split("\t")[0] for text in memory.paid.dispute.take(pa.array(rows)).to_pylist()])
    night.columns.update(
        is_settled=_spread(size, rows, settled),
        content_changed=_spread(size, rows, changed),
        changed_fields=dict(zip(few.tolist(), fields, strict=True)),
        dispute_changed=_spread(size, rows, settled & (before != np.asarray(scope["dispute_status"], dtype=str))),
    )
    return _spread(size, rows, claims_more)


def _spread(size: int, rows: Ints, mask: Bools) -> Bools:
    whole = np.zeros(size, np.bool_)
    whole[rows] = mask
    return whole


# --- Stage C, the policy ----------------------------------------------------------------------------------------


def stage_the_policy(night: Night) -> None:
    find, judged = night.verdicts.find, night.verdicts.open()
    in_parallel(partial(find, stage_c.FINDINGS, scope, rows) for rows, scope in night.by_version(judged))
    night.verdicts.close("C", night.resolutions, stage_c.FINDINGS)


# --- Stage D, units ---------------------------------------------------------------------------------------------


def stage_units(night: Night) -> None:
    memory = night.memory
    night.columns.update(
        past_units=memory.order_units,
        past_merchandise=memory.order_merchandise,
        past_tax=memory.order_tax,
        past_net=memory.order_net,
    )
    rows = night.verdicts.open()
    order_line = night.book.row_of_line[rows]
    claimed = sums_by(_units(night, rows), order_line, len(night.book.frame))

    def judge(part: slice) -> None:
        scope = night.scope(rows[part])
        scope["claimed_on_order_line"] = claimed[order_line[part]]
        night.verdicts.find(stages_d_e.STAGE_D, scope, rows[part])

    in_parallel(partial(judge, part) for part in _pieces(rows))
    exceeding = rows[night.verdicts.codes[rows] & BIT[stages_d_e.units_exceed_purchase.code] != 0]
    claimed_on = claimed[night.book.row_of_line[exceeding]]
    night.columns["claimed_on_order_line"] = dict(zip(exceeding.tolist(), claimed_on.tolist(), strict=True))
    night.columns["competing_rmas"] = _competing_rmas(night, exceeding)
    night.verdicts.close("D", night.resolutions, stages_d_e.STAGE_D)


def _pieces(rows: Ints, group: Ints | None = None) -> list[slice]:
    """Parts of some rows that two cores can share; they do not part the rows of a group."""
    bounds = [0]
    while bounds[-1] < len(rows):
        stop = min(bounds[-1] + PIECE, len(rows))
        while group is not None and stop < len(rows) and group[rows[stop]] == group[rows[stop - 1]]:
            stop += 1
        bounds.append(stop)
    return [slice(start, stop) for start, stop in pairwise(bounds)]


def _units(night: Night, rows: Ints) -> Ints:
    """q of rulebook 5 for these lines."""
    pieces = in_parallel(partial(lambda part: known(night.scope(rows[part])["units"]), part) for part in _pieces(rows))
    return np.concatenate([np.zeros(0, np.int64), *pieces])


def _competing_rmas(night: Night, rows: Ints) -> dict[int, str]:
    """For lines that exceed their order line: the RMAs that claim it tonight."""
    rmas: dict[int, list[str]] = {}
    order_lines = night.book.row_of_line[rows].tolist()
    for order_line, rma in zip(order_lines, night.lines.frame["rma_number"].array.take(rows), strict=True):
        rmas.setdefault(order_line, []).append(str(rma))
    words = {order_line: ", ".join(sorted(set(names))) for order_line, names in rmas.items()}
    return {row: words[order_line] for row, order_line in zip(rows.tolist(), order_lines, strict=True)}


# --- Money ------------------------------------------------------------------------------------------------------


def price(night: Night) -> None:
    """The amounts of the lines headed for a refund (rulebook 5)."""
    rows = night.refunded = night.verdicts.open()
    book = night.book
    order_line = book.row_of_line[rows]
    before = _units_before(night, rows, order_line)
    merchandise, tax = np.empty(len(rows), np.int64), np.empty(len(rows), np.int64)

    def price_lines(part: slice) -> None:
        scope = night.scope(rows[part])
        units, quantity = known(scope["units"]), known(scope["quantity"])
        whole = refunds.merchandise_total(scope["unit_price"], scope["quantity"], scope["line_discount"])
        merchandise[part] = next_share(whole, before[part], units, quantity)
        tax[part] = next_share(known(scope["line_tax"]), before[part], units, quantity)

    in_parallel(partial(price_lines, part) for part in _pieces(rows))
    shipping_refund, outbound = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
    return_type = night.lines.frame["return_type"].array.take(rows)
    shipped = np.flatnonzero(return_type.isin(("cancellation", "refused_delivery")))
    if len(shipped):
        scope = night.scope(rows[shipped])
        units, quantity = known(scope["units"]), known(scope["quantity"])
        paid, cost = _order_parts(book, order_line[shipped])
        shipping_refund[shipped] = next_share(paid, before[shipped], units, quantity)
        refused = np.asarray(scope["return_type"] == "refused_delivery", np.bool_)
        outbound[shipped] = np.where(refused, next_share(cost, before[shipped], units, quantity), 0)
    night.shipping_part = _return_shipping(night, rows, merchandise)
    night.amounts = refunds.settle(merchandise, tax, shipping_refund, _deductions(night, rows, merchandise, outbound))


def _units_before(night: Night, rows: Ints, order_line: Ints) -> Ints:
    """b of rulebook 5 for these lines. Only lines that share an order line tonight have to take turns."""
    before = night.memory.order_units[rows]
    shared = np.flatnonzero(np.bincount(order_line)[order_line] > 1) if len(rows) else order_line
    if len(shared):
        scope = night.scope(rows[shared])
        cancelled = np.asarray(scope["return_type"] == "cancellation", np.bool_)
        day = np.where(cancelled, known(scope["requested_date"]), known(scope["received_date"]))
        before[shared] = refunds.units_before(order_line[shared], day, known(scope["units"]), before[shared])
    return before


def _order_parts(book: OrderBook, order_lines: Ints) -> tuple[Ints, Ints]:
    """The parts of shipping_paid and outbound_shipping_cost of these order lines, by largest remainder."""
    wanted = np.zeros(len(book.order_numbers), np.bool_)
    wanted[book.order[order_lines]] = True
    rows = np.flatnonzero(wanted[book.order])
    frame = book.frame
    column = {
        name: known(plain(frame[name].array.take(rows)))
        for name in ("unit_price", "quantity", "line_discount", "shipping_paid", "outbound_shipping_cost")
    }
    # An order with an invalid row is held, and its weights may not even be positive: nobody asks for them.
    weight = np.maximum(refunds.merchandise_total(column["unit_price"], column["quantity"], column["line_discount"]), 0)
    group = group_ids(starts_of_groups(book.order[rows]))
    at = np.searchsorted(rows, order_lines)
    return (
        refunds.order_line_part(column["shipping_paid"], weight, group)[at],
        refunds.order_line_part(column["outbound_shipping_cost"], weight, group)[at],
    )


def _return_shipping(night: Night, refunded: Ints, merchandise: Ints) -> Ints:
    """The refunded lines' parts of their RMAs' return shipping; lines held at stage C or D keep theirs open."""
    verdicts = night.verdicts
    held = (verdicts.decision == HOLD) & np.isin(verdicts.stopped_at, [STAGES.index("C"), STAGES.index("D")])
    rows = np.flatnonzero(held | (verdicts.decision == REFUND))
    part = np.zeros(len(refunded), np.int64)

    def allocate(piece: slice) -> None:
        some = rows[piece]
        waits = held[some]
        first = np.searchsorted(refunded, some[0])
        of_refunded = slice(first, first + np.count_nonzero(~waits))
        weight = np.empty(len(some), np.int64)
        weight[waits] = claim(night, some[waits])[0]
        weight[~waits] = merchandise[of_refunded]
        sent_back = np.flatnonzero(night.lines.frame["return_type"].array.take(some) != "cancellation")
        those = some[sent_back]
        cost = known(plain(night.lines.frame["return_shipping_cost"].array.take(those)))
        rma = group_ids(starts_of_groups(night.lines.rma[those]))
        parts = np.zeros(len(some), np.int64)
        allocated = night.memory.return_shipping_part[those]
        parts[sent_back] = refunds.return_shipping_parts(cost, allocated, weight[sent_back], rma)
        part[of_refunded] = parts[~waits]

    in_parallel(partial(allocate, piece) for piece in _pieces(rows, night.lines.rma))
    return part


def claim(night: Night, rows: Ints) -> tuple[Ints, Ints]:
    """Merchandise and tax of the units that lines from stage C on claim, as if none had been refunded before."""
    scope = night.scope(rows)
    quantity = known(scope["quantity"])
    units = np.minimum(known(scope["expected_units"]), quantity)
    total = refunds.merchandise_total(scope["unit_price"], scope["quantity"], scope["line_discount"])
    return share(total, units, quantity), share(known(scope["line_tax"]), units, quantity)


def _deductions(night: Night, rows: Ints, merchandise: Ints, outbound: Ints) -> dict[str, Ints]:
    """The five deductions before capping, in the order in which they are taken."""
    figures = {name: np.empty(len(rows), np.int64) for name in DEDUCTIONS}
    size = len(night.lines)
    answers = {name: night.resolutions.figure(name, size) for name in DEDUCTIONS if night.resolutions.has(name)}

    def deduct(some: Ints, scope: LineScope) -> None:
        at = np.searchsorted(rows, some)
        charged = {name: sums[some] for name, sums in night.memory.charged.items()}
        return_type, reason = scope["return_type"], scope["reason"]
        restocked = refunds.is_restocked(
            scope["original_box"], scope["items_missing"], scope["packaging_damaged"], scope["restocking_triggers"]
        )
        due = {
            "return_shipping": refunds.return_shipping(
                night.shipping_part[at], return_type, reason, scope["return_shipping_waived_for"]
            ),
            "outbound_shipping": outbound[at],
            "restocking_fee": refunds.restocking_fee(
                merchandise[at], reason, restocked, scope["restocking_rate"], scope["restocking_waived_for"]
            ),
            "damage": refunds.damage(
                merchandise[at],
                reason,
                scope["damage_grade"],
                scope["damage_amount"],
                charged["damage"],
                scope["damage_rates"],
                scope["damage_waived_for"],
            ),
            "cancellation_loss": refunds.cancellation_loss(scope["cancellation_loss"], charged["cancellation_loss"]),
        }
        for name, types in TYPES_OF_DEDUCTION.items():
            figure = due[name]
            if name in answers:
                figure = refunds.answered(figure, answers[name].take(some), charged.get(name, np.zeros_like(figure)))
            figures[name][at] = np.where(np.asarray(return_type.isin(types), np.bool_), figure, 0)

    in_parallel(partial(deduct, some, scope) for some, scope in night.by_version(rows))
    return figures


# --- Stage E, the payout ----------------------------------------------------------------------------------------


def stage_the_payout(night: Night) -> None:
    """Orders above the approval limit leave, all their lines together.

    An RMA has one order and a share of an order line concerns one order, so an order that leaves changes no amount of
    another one: a second look would find nothing new.
    """
    rows, verdicts = night.refunded, night.verdicts
    size = len(night.lines)
    order = night.lines.order[rows]
    orders = len(night.book.order_numbers)
    tonight = sums_by(night.amounts.net_refund, order, orders)[order]
    total = tonight + night.memory.order_net[rows]
    limit = np.array([_limit(policy) for policy in night.policies.versions], np.int64)[night.version[rows]]
    needs = (total > limit) & (tonight > 0)
    approved = np.zeros(len(rows), np.bool_)
    answers = night.resolutions.answers("approval-required", "allow")
    if needs.any() and answers:
        amount = np.full(size, -1, np.int64)
        for row, resolution in answers.items():
            amount[row] = resolution.amount or 0
        lacks_one = np.zeros(orders, np.bool_)
        lacks_one[order[amount[rows] < total]] = True
        approved = ~lacks_one[order]
        night.resolutions.took_effect("approval-required", rows[needs & approved])
    scope = night.scope(rows)
    scope["order_total"], scope["order_needs_approval"], scope["order_is_approved"] = total, needs, approved
    night.find(stages_d_e.STAGE_E, scope, "order_total")
    verdicts.close("E", night.resolutions, stages_d_e.STAGE_E)
    _keep_refunds(night, verdicts.decision[rows] == REFUND)
    _note_answers(night)


def _limit(policy: Policy) -> int:
    return np.iinfo(np.int64).max if policy.approval.limit is None else policy.approval.limit


def _keep_refunds(night: Night, kept: Bools) -> None:
    if not kept.all():
        night.refunded = night.refunded[kept]
        night.shipping_part = night.shipping_part[kept]
        night.amounts = Amounts(**{name: values[kept] for name, values in vars(night.amounts).items()})


def _note_answers(night: Night) -> None:
    """A waive or set-amount took effect on a refunded line whose type has that deduction."""
    is_refunded = np.zeros(len(night.lines), np.bool_)
    is_refunded[night.refunded] = True
    return_type = night.lines.frame["return_type"].array
    for name, types in TYPES_OF_DEDUCTION.items():
        rows = np.concatenate([night.resolutions.rows(name, action) for action in ("waive", "set-amount")])
        night.resolutions.took_effect(name, [row for row in rows if is_refunded[row] and return_type[row] in types])
