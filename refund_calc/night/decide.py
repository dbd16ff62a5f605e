"""One night, stage by stage: the table of contents of the rules (rulebook 4 to 6). Pure: it only answers.

Lines are rows of whole columns and stay in the order of the register throughout; a stage looks at the rows that are
still headed for a refund and stops some of them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

import numpy as np
import pandas as pd
import pyarrow as pa

from refund_calc.columns.aliases import Ints, Numbers
from refund_calc.columns.sparse import SparseColumn, sparse_texts
from refund_calc.columns.written import arrow_text
from refund_calc.history.past import Asked, Past
from refund_calc.history.resolution import Key, Resolution
from refund_calc.inputs.csv_files import Malformed
from refund_calc.inputs.tables import Table, undo_apostrophes
from refund_calc.night.contradictions import NONE_ELSEWHERE, RmasElsewhere
from refund_calc.night.in_force import Effect, InForce, in_force, known_tonight
from refund_calc.night.left_export import LeftTheExport, left_export
from refund_calc.night.matching import Lines, OrderLines, match
from refund_calc.night.opening import NO_OPENING, Opening
from refund_calc.night.payouts import (
    Calendar,
    Refunds,
    calendar,
    due_dates,
    payout_facts,
    refunds_by_rma,
    warned,
)
from refund_calc.night.pricing import Priced, effects_on_deductions, price
from refund_calc.night.remembered import PriorRefunds, recall
from refund_calc.night.resolutions import InvalidResolution, read_rows, rma_numbers
from refund_calc.night.scope import LineScope, NightColumns
from refund_calc.night.stage_a_row import Compared, compare_keys, stage_the_row
from refund_calc.night.stage_b_order import stage_the_order, versions_of
from refund_calc.night.stage_c_policy import stage_the_policy, stop_facts
from refund_calc.night.stage_d_units import stage_units
from refund_calc.night.stage_e_payout import stage_the_payout
from refund_calc.night.verdicts import REFUND, Review, Verdicts
from refund_calc.night.without_effect import Looked, WithoutEffect, look_at, without_effect
from refund_calc.policy.versions import Policy, PolicySet

EPOCH = date(1970, 1, 1).toordinal()


def day_number(day: date) -> int:
    return day.toordinal() - EPOCH


@dataclass(frozen=True)
class NightInputs:
    """What came in for one night.

    `again` are the resolutions of a night that is redone, which come into force on it again; `opening` is what was
    refunded before the first night, on that night. Where orders and returns are those of one part of the night,
    `rmas_elsewhere` are the RMAs of its valid rows that other parts have, too.
    """

    as_of: date
    orders: Table
    returns: Table
    resolutions: Table
    again: tuple[Resolution, ...] = ()
    opening: Opening = NO_OPENING
    rmas_elsewhere: RmasElsewhere = NONE_ELSEWHERE

    @property
    def tables(self) -> tuple[Table, Table, Table]:
        return self.orders, self.returns, self.resolutions


@dataclass(frozen=True)
class Judged:
    """The rows of tonight's resolutions: the new resolutions, in force tonight, and the rows that can never apply."""

    new: tuple[Resolution, ...] = ()
    invalid: tuple[InvalidResolution, ...] = ()


@dataclass(frozen=True)
class NightFacts:
    """What is so for the whole night; `damage_answer` is per line the cents that a person set for damage."""

    as_of: int
    policy_currency: str
    first_effective_from: int
    damage_answer: Numbers


@dataclass(frozen=True)
class ReviewFacts:
    """Of the lines that a person rejected."""

    reviewed_by: SparseColumn
    reviewed_codes: SparseColumn


@dataclass(frozen=True)
class Decided:
    """Everything that a night found out. Reports, record and summary read it; nobody writes into it.

    Rows are positions in the register. `columns` has every name that a rule or a message asks for. `inputs` are the
    tables without their cells: where each row stands, what was wrong with them. `due_date` is a day number per line,
    unknown as NA.
    """

    as_of: int
    policies: PolicySet
    policy: Policy  # in force on as_of
    inputs: NightInputs
    columns: NightColumns
    prior: PriorRefunds
    resolutions: InForce
    new_resolutions: tuple[Resolution, ...]
    invalid_resolutions: tuple[InvalidResolution, ...]
    looked: tuple[Looked, ...]  # what the lines say of each new one
    left: LeftTheExport
    verdicts: Verdicts
    priced: Priced
    by_rma: Refunds
    calendar: Calendar
    due_date: Numbers

    @property
    def lines(self) -> Lines:
        return self.columns.lines

    @property
    def order_lines(self) -> OrderLines:
        return self.columns.order_lines

    @property
    def version(self) -> Ints:
        return self.columns.version

    @property
    def effects(self) -> tuple[Effect, ...]:
        """The resolutions that took effect, and on which lines."""
        return self.verdicts.effects

    @property
    def without_effect(self) -> tuple[WithoutEffect, ...]:
        """The new resolutions that changed nothing tonight."""
        return without_effect(self.new_resolutions, self.looked)

    def scope(self, rows: Ints, version: int = -1) -> LineScope:
        """The names of the night for some lines."""
        return self.columns.scope(rows, version)

    def malformed_rows(self) -> Iterator[tuple[Table, int, Malformed]]:
        """Rows with a wrong number of fields in any input: their table, file and text."""
        for table in self.inputs.tables:
            for file, row in table.malformed:
                yield table, file, row


def decide(
    inputs: NightInputs, policies: PolicySet, past: Past, *, hand_over: bool = False, judged: Judged | None = None
) -> Decided:
    """Decide every line of a night and price the refunds.

    `past` is what earlier nights know of tonight's keys. Nothing that is given is changed, unless the caller gives up
    the tables' cells with `hand_over`: they are gone afterwards, and a large night takes half of the memory.
    `judged`, where these are a part of a night's lines: what came of its resolutions over all of them.
    Raises PolicyError where no version is in force on as_of.
    """
    policy = policies.in_force(inputs.as_of)
    answers = undo_apostrophes(inputs.resolutions)
    lines, order_lines = match(inputs.returns, inputs.orders, hand_over)
    compared = compare_keys(lines, inputs.returns)
    emptied = _emptied(replace(inputs, resolutions=answers), hand_over)
    judged = judged or _judged(lines, answers, past, policy, inputs.again)
    spoken = [*past.resolutions, *judged.new]
    resolutions = in_force(lines, spoken)
    prior = recall(_with_opening(past, inputs), lines, order_lines)
    columns = NightColumns(lines, order_lines, policies, np.full(len(lines), -1, np.int64), MappingProxyType({}))
    columns = columns.with_facts(
        NightFacts(
            as_of=day_number(inputs.as_of),
            policy_currency=policies.currency,
            first_effective_from=day_number(policies.versions[0].effective_from),
            damage_answer=resolutions.figure("damage"),
        ),
        stop_facts(resolutions),
    )
    columns, verdicts, priced = _through_the_stages(columns, compared, prior, resolutions, inputs.rmas_elsewhere)
    left = left_export(past, lines, spoken)
    effects = effects_on_deductions(columns, priced.rows, resolutions)
    dates = calendar(day_number(inputs.as_of), policy)
    due = due_dates(columns, dates.business)
    columns = columns.with_facts(payout_facts(priced, dates, due, order_lines), _review_facts(verdicts))
    verdicts = warned(columns, priced, replace(verdicts, effects=(*verdicts.effects, *effects)))
    return Decided(
        as_of=day_number(inputs.as_of),
        policies=policies,
        policy=policy,
        inputs=emptied,
        columns=columns,
        prior=prior,
        resolutions=resolutions,
        new_resolutions=judged.new,
        invalid_resolutions=judged.invalid,
        looked=look_at(
            judged.new,
            (*(effect.resolution for effect in verdicts.effects), *left.rejected.values()),
            columns,
            verdicts,
            resolutions,
        ),
        left=left,
        verdicts=verdicts,
        priced=priced,
        by_rma=refunds_by_rma(columns, prior, priced, due),
        calendar=dates,
        due_date=due,
    )


def _through_the_stages(
    columns: NightColumns,
    compared: Compared,
    prior: PriorRefunds,
    resolutions: InForce,
    elsewhere: RmasElsewhere,
) -> tuple[NightColumns, Verdicts, Priced]:
    """Stages A to E, and the money between D and E."""
    row, verdicts = stage_the_row(columns, compared, resolutions, elsewhere)
    columns = columns.with_facts(row)
    order, history, verdicts = stage_the_order(columns, prior, verdicts, resolutions)
    columns = columns.with_facts(order, history)
    columns = columns.with_version(versions_of(columns, verdicts))
    verdicts = stage_the_policy(columns, verdicts, resolutions)
    past, units, verdicts = stage_units(columns, prior, verdicts, resolutions)
    columns = columns.with_facts(past, units)
    priced = price(columns, prior, verdicts, resolutions)
    approval, verdicts = stage_the_payout(columns, prior, priced, verdicts, resolutions)
    kept = verdicts.decision[priced.rows] == REFUND
    return columns.with_facts(approval), verdicts, priced.where(kept)


def _with_opening(past: Past, inputs: NightInputs) -> Past:
    """The past, and what was refunded before it as the first night learns it."""
    rows = inputs.opening.rows
    night = pa.array(np.full(rows.num_rows, day_number(inputs.as_of)))
    return replace(past, opening=pa.concat_tables([past.opening, rows.add_column(0, "night", night)]))


def _emptied(inputs: NightInputs, hand_over: bool) -> NightInputs:
    """The inputs without the cells of orders and returns; with `hand_over` these are dropped for good."""
    if hand_over:
        for table in (inputs.orders, inputs.returns):
            for name in list(table.frame):
                table.frame.pop(name)
    none = pd.DataFrame()
    return replace(inputs, orders=replace(inputs.orders, frame=none), returns=replace(inputs.returns, frame=none))


def _review_facts(verdicts: Verdicts) -> ReviewFacts:
    reviews: dict[int, Review] = dict(verdicts.reviews)
    return ReviewFacts(
        reviewed_by=sparse_texts({row: review.people for row, review in reviews.items()}),
        reviewed_codes=sparse_texts({row: review.codes for row, review in reviews.items()}),
    )


def asked_of(inputs: NightInputs) -> Asked:
    """What a night must know of the past before it can be decided."""
    numbers = (inputs.returns.frame[name].array for name in ("order_number", "rma_number"))
    order_numbers, rmas = map(arrow_text, numbers)
    named = rma_numbers(undo_apostrophes(inputs.resolutions))
    return Asked(day_number(inputs.as_of), order_numbers, rmas, tuple(sorted(named)))


def _judged(lines: Lines, answers: Table, past: Past, policy: Policy, again: tuple[Resolution, ...]) -> Judged:
    """What comes of the rows of resolutions, where these are all lines of the night."""
    named = rma_numbers(answers)
    known = [*known_tonight(lines.frame, named), *past.keys] if named else []
    return judge(answers, known, past, policy, again)


def judge(answers: Table, known: Iterable[Key], past: Past, policy: Policy, again: tuple[Resolution, ...]) -> Judged:
    """Tonight's new resolutions, those that come into force again first, and tonight's rows that can never apply.

    `answers` are the rows as people wrote them, `known` every key ever read of the RMAs that they name.
    """
    new, invalid = read_rows(answers, known, [*past.resolutions, *again], policy.approval.approvers)
    return Judged((*again, *new), tuple(invalid))
