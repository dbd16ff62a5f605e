"""Stage E, the payout (CT-3): what is refunded on an order, against the approval limit (rulebook 4)."""

from dataclasses import dataclass, replace

import numpy as np

from refund_calc.columns.aliases import Bools, Ints
from refund_calc.columns.sparse import SparseColumn
from refund_calc.night.in_force import InForce
from refund_calc.night.pricing import Priced
from refund_calc.night.remembered import PriorRefunds
from refund_calc.night.scope import NightColumns
from refund_calc.night.verdicts import Verdicts, close, found
from refund_calc.policy.findings import stage_e
from refund_calc.policy.money import known, sums_by
from refund_calc.policy.versions import Policy

NO_LIMIT = np.iinfo(np.int64).max


@dataclass(frozen=True)
class ApprovalFacts:
    """Of the lines headed for refund: what was refunded on their order and what it comes to with tonight, in cents, and
    whether a person must and did approve that."""

    refunded_before: SparseColumn
    order_total: SparseColumn
    order_needs_approval: SparseColumn
    order_is_approved: SparseColumn


def stage_the_payout(
    columns: NightColumns, prior: PriorRefunds, priced: Priced, verdicts: Verdicts, resolutions: InForce
) -> tuple[ApprovalFacts, Verdicts]:
    """Orders above the approval limit leave, all their lines together.

    An RMA has one order and a share of an order line concerns one order, so an order that leaves changes no amount of
    another one: a second look would find nothing new.
    """
    rows = priced.rows
    order, orders = columns.lines.order[rows], len(columns.order_lines.order_numbers)
    tonight = sums_by(priced.amounts.net_refund, order, orders)[order]
    before = np.maximum(prior.order_net[rows], known(columns.order_lines.refunded_amount)[order])
    total = tonight + before
    limit = np.array([_limit(policy) for policy in columns.policies.versions], np.int64)[columns.version[rows]]
    needs = (total > limit) & (tonight > 0)
    approved = np.zeros(len(rows), np.bool_)
    if needs.any():
        code, approvers = stage_e.approval_required.code, _in_force(columns).approval.approvers
        approved = _approved(order, orders, resolutions.allowed_up_to(code, rows, approvers) >= total)
    facts = ApprovalFacts(*(SparseColumn(rows, values) for values in (before, total, needs, approved)))
    codes = found(stage_e.FINDINGS, columns.with_facts(facts).scope(rows), len(rows))
    closed = close(verdicts, "E", rows, codes, stage_e.FINDINGS, resolutions)
    effects = resolutions.effects(stage_e.approval_required.code, rows[needs & approved])
    return facts, replace(closed, effects=(*closed.effects, *effects))


def _approved(order: Ints, orders: int, has_approval: Bools) -> Bools:
    """Lines of orders of which every line has an approval of at least their sum."""
    lacks_one = np.zeros(orders, np.bool_)
    lacks_one[order[~has_approval]] = True
    return ~lacks_one[order]


def _in_force(columns: NightColumns) -> Policy:
    """The version in force on as_of: it names who may approve, whatever version judges the order."""
    at = columns.policies.version_on(np.array([columns.facts["as_of"]], np.int64))
    return columns.policies.versions[int(at[0])]


def _limit(policy: Policy) -> int:
    return NO_LIMIT if policy.approval.limit is None else policy.approval.limit
