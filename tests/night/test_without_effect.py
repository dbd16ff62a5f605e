"""A new resolution that changed nothing tonight is told, with the reason (rulebook 8)."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from jobs.nightly import words
from refund_calc.runs.nightly import Summary
from tests import product
from tests.night.told import FRIDAY, MONDAY
from tests.stories import (
    DATA,
    NOT_BACK_YET,
    Night,
    Row,
    a_cancellation,
    a_return,
    an_answer,
    an_order,
    an_unshipped_order,
)

COSTLY = [an_order(unit_price="2507.51", line_tax="0.00")]  # - 7.50 = 2,500.01


def summaries(*nights: Night) -> list[Summary]:
    with tempfile.TemporaryDirectory() as name:
        folder, told = Path(name), []
        for at, night in enumerate(nights):
            inputs = product.write_files(night.all_files(), folder / f"in{at}")
            told.append(product.run(inputs, DATA / "policy", night.as_of, folder / "out"))
        return told


def reasons(*resolutions: Row, row: Row | None = None, orders: Sequence[Row] = (an_order(),)) -> list[str]:
    """Why tonight's resolutions changed nothing, one clean line (or `row`) being there."""
    found = summaries(Night([row or a_return()], orders, resolutions))[0]
    assert found.new_resolutions == len(resolutions)
    return [one.reason for one in found.without_effect]


ONE: list[tuple[str, Row, Row, str]] = [
    ("not found", an_answer("window-expired", "allow"), {}, "R1 line 1 is not rejected by window-expired"),
    ("not held", an_answer("evidence-missing", "reject"), {}, "R1 line 1 is not held by evidence-missing"),
    (
        "of the whole RMA",
        an_answer("evidence-missing", "allow", order_line=""),
        {},
        "R1 is not held by evidence-missing",
    ),
    ("not stopped", an_answer("stopped-by-review", "allow"), {}, "R1 line 1 is not held by stopped-by-review"),
    ("not read", an_answer("stopped-by-review", "stop", rma_number="R9"), {}, "R9 line 1 is not in tonight's returns"),
    (
        "nothing to withdraw",
        an_answer("damage", "withdraw"),
        {},
        "R1 line 1 has no resolution for damage that could be withdrawn",
    ),
    (
        "held by something else",
        an_answer("restocking_fee", "waive"),
        {"evidence_complete": "no"},
        "R1 line 1 is held tonight; the restocking_fee counts once it is refunded",
    ),
    (
        "no such deduction",
        an_answer("cancellation_loss", "waive"),
        {},
        "R1 line 1 has no cancellation_loss: it is for cancellation only",
    ),
]


@pytest.mark.parametrize(("answer", "cells", "reason"), [case[1:] for case in ONE], ids=[case[0] for case in ONE])
def test_the_reason_names_the_return_and_what_is_not_so(answer: Row, cells: Row, reason: str):
    assert reasons(answer, row=a_return(**cells)) == [reason]


@pytest.mark.parametrize(
    ("answer", "cells"),
    [
        (an_answer("evidence-missing", "allow"), {"evidence_complete": "no"}),
        (an_answer("evidence-missing", "reject"), {"evidence_complete": "no"}),
        (an_answer("stopped-by-review", "stop"), {}),
        (an_answer("restocking_fee", "waive"), {}),
        # The line is held for its evidence all the same; its damage has a price now.
        (an_answer("damage-unpriced", "waive"), {"damage_grade": "broken", "evidence_complete": "no"}),
        (an_answer("damage", "waive"), {"damage_grade": "", "evidence_complete": "no"}),
    ],
)
def test_what_took_effect_is_not_named(answer: Row, cells: Row):
    assert reasons(answer, row=a_return(**cells)) == []


def test_what_another_row_puts_aside_is_told():
    rows = [an_answer("damage", "waive"), an_answer("damage", "set-amount", amount="3.00")]
    assert reasons(*rows) == ["R1 line 1 has another resolution for damage, which counts instead"]
    rows = [an_answer("damage", "waive"), an_answer("damage", "withdraw")]
    assert reasons(*rows) == ["R1 line 1 has a later row that withdraws this waive of damage"]


def test_an_approval_that_does_not_suffice_is_told_with_both_sums():
    answer = an_answer("approval-required", "allow", amount="2500.00")
    assert reasons(answer, orders=COSTLY) == ["R1 line 1 is held by approval-required: 2500.00 is less than 2500.01"]
    two = [an_order(unit_price="2000.00"), an_order(unit_price="2000.00", order_line="2")]
    found = summaries(Night([a_return(), a_return(order_line="2")], two, [answer | {"amount": "9000.00"}]))[0]
    assert [one.reason for one in found.without_effect] == [
        "R1 line 1 is held by approval-required: another line of its order has no such answer"
    ]


def test_a_line_that_was_decided_before_is_told():
    told = summaries(
        Night([a_return()], as_of=FRIDAY),
        Night([a_return()], resolutions=[an_answer("restocking_fee", "waive")], as_of=MONDAY),
    )
    assert [one.reason for one in told[1].without_effect] == [
        "R1 line 1 was decided before, and nothing of it has changed"
    ]


@pytest.mark.parametrize(
    ("row", "orders", "reason"),
    [
        (
            a_return(requested_date="2026-03-10"),
            [],
            "is held before the policy is looked at; the stop counts after that",
        ),
        (
            a_return(),
            [an_order(ordered_date="2026-01-02", picked_up_date="2026-01-03", delivered_date="2026-02-01")],
            "is rejected all the same",
        ),
    ],
)
def test_a_stop_that_came_too_early_or_too_late_is_told(row: Row, orders: list[Row], reason: str):
    assert reasons(an_answer("stopped-by-review", "stop"), row=row, orders=orders) == [f"R1 line 1 {reason}"]


def test_an_old_resolution_is_not_told_again():
    waiting = a_return(**NOT_BACK_YET)
    told = summaries(
        Night([waiting], resolutions=[an_answer("restocking_fee", "waive")], as_of=FRIDAY),
        Night([waiting], resolutions=[an_answer("restocking_fee", "waive")], as_of=MONDAY),
    )
    assert [len(night.without_effect) for night in told] == [1, 0]


def test_the_summary_counts_them_and_names_the_first_three():
    codes = ["window-expired", "outside-region", "picked-up", "channel-excluded"]
    rows: list[Any] = [an_answer(code, "allow") for code in codes]
    told = words(summaries(Night([a_return()], resolutions=[*rows, an_answer("damage", "waive")]))[0], dry_run=False)
    at = told.splitlines().index("Without effect: 4 of 5 new resolutions")
    assert told.splitlines()[at : at + 5] == [
        "Without effect: 4 of 5 new resolutions",
        "  allow window-expired: R1 line 1 is not rejected by window-expired",
        "  allow outside-region: R1 line 1 is not rejected by outside-region",
        "  allow picked-up: R1 line 1 is not rejected by picked-up",
        "  and 1 more",
    ]


def test_the_summary_is_silent_where_all_took_effect():
    night = Night([a_cancellation()], [an_unshipped_order()], [an_answer("cancellation_loss", "waive")])
    assert "Without effect" not in words(summaries(night)[0], dry_run=False)


@pytest.mark.parametrize("mistake", [{"resolved_by": ""}, {"code": "windw-expired"}, {"rma_number": "R99"}])
def test_the_summary_counts_the_resolutions_that_can_never_apply(mistake: dict[str, str]):
    good, bad = an_answer("window-expired", "allow"), an_answer("window-expired", "allow") | mistake
    told = words(summaries(Night([a_return()], resolutions=[good, bad, bad | {"note": "again"}]))[0], dry_run=False)
    assert "Can never apply: 2 resolutions; exceptions.csv says why (invalid-resolution)" in told.splitlines()
    silent = words(summaries(Night([a_return()], resolutions=[good]))[0], dry_run=False)
    assert "Can never apply" not in silent
