"""A night in parts is the night: every byte of reports, page, record and manifest, the worklist and the summary."""

import pickle
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given

from tests import worlds
from tests.runs.partitions.compared import PARTS, all_bytes, check_same, check_stories, in_parts
from tests.sample import nights as sample
from tests.sample.nights import MAIN, NIGHT_BEFORE
from tests.stories import AS_OF, NOT_BACK_YET, Night, a_policy, a_return, an_answer, an_order, ci

A, B = TypeVar("A"), TypeVar("B")
FEW = [a_return(rma_number=f"R{at}", order_number=f"10{at}") for at in range(12)]
ORDERS = [an_order(order_number=f"10{at}") for at in range(12)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sample") / "out"
    sample.run(out, worklist=True)
    return out


@pytest.mark.parametrize("parts", PARTS)
def test_the_sample(parts: int, whole: Path, tmp_path: Path) -> None:
    sample.run(tmp_path / "out", worklist=True, split=in_parts(parts))
    assert all_bytes(tmp_path / "out") == all_bytes(whole)


def test_no_page_where_none_is_wanted(whole: Path, tmp_path: Path) -> None:
    sample.run(tmp_path / "out", worklist=True, with_page=False, split=in_parts(2))
    names, others = (set(all_bytes(out)) for out in (whole, tmp_path / "out"))
    assert names - others == {f"{night}/report.html" for night in (NIGHT_BEFORE, MAIN)}


def elsewhere(task: Callable[[A], B], arguments: Sequence[A], /) -> list[B]:
    """As if other machines ran the tasks, the last first, and one of them died before it could answer."""
    answers: list[B] = []
    for argument in reversed(arguments):
        sent = pickle.dumps((task, argument))
        for _ in range(2):
            there, given = pickle.loads(sent)
            answer = pickle.dumps(there(given))
        answers.insert(0, pickle.loads(answer))
    return answers


def test_tasks_run_anywhere_in_any_order_and_twice(whole: Path, tmp_path: Path) -> None:
    sample.run(tmp_path / "out", worklist=True, split=in_parts(3, elsewhere))
    assert all_bytes(tmp_path / "out") == all_bytes(whole)


@ci(0.1, of_worlds=True)
@given(world=worlds.nights(3, every_rule=True))
def test_three_nights_by_every_rule(world: tuple[tuple[worlds.Policy, ...], tuple[worlds.NightInput, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        check_same(*world, Path(folder), parts=(3,))


def test_a_placeholder_rma_over_many_orders_is_held_everywhere(tmp_path: Path) -> None:
    """And a resolution that names it speaks of all of them."""
    rows = [row | {"rma_number": "TBD"} for row in FEW[:9]] + FEW[9:]
    answers = [
        an_answer("conflicting-rma", "reject", rma_number="TBD", order_number="", order_line=""),
        an_answer("window-expired", "allow", rma_number="TBD", order_number="", order_line=""),
        an_answer("damage", "waive", rma_number="TBD", order_number="104", order_line="1"),
    ]
    check_stories([Night(rows, ORDERS), Night(rows, ORDERS, answers, as_of=AS_OF + timedelta(1))], tmp_path)


def test_rows_without_an_order_and_rows_without_a_key(tmp_path: Path) -> None:
    blank = [row | {"order_number": ""} for row in FEW[:5]] + [FEW[5] | {"rma_number": ""}]
    nothing = a_return(rma_number="", order_number="", order_line="")
    bad = FEW[6] | {"order_number": "10\x076"}
    rows = [*blank, nothing, nothing, bad, *FEW[7:]]
    check_stories([Night(rows, ORDERS), Night(FEW, ORDERS, as_of=AS_OF + timedelta(1))], tmp_path)


def test_rows_that_stand_twice(tmp_path: Path) -> None:
    """Duplicates, conflicts, and what both become on the next night."""
    rows = [*FEW, *FEW[:4], FEW[5] | {"reason": "other"}, FEW[6] | {"quantity_requested": "x"}]
    check_stories([Night(rows, ORDERS), Night(rows, ORDERS, as_of=AS_OF + timedelta(1))], tmp_path)


def test_a_resolution_of_an_rma_over_two_orders_of_which_one_is_invalid(tmp_path: Path) -> None:
    """What it does on one order tells of it, and where it does nothing on either the first line is named."""
    invalid = a_return(rma_number="R1", order_number="100", quantity_requested="x")
    waiting = a_return(rma_number="R2", order_number="102", **NOT_BACK_YET)
    rows = [FEW[1], invalid, waiting, waiting | {"order_number": "103", "reason": "?"}]
    answers = [
        an_answer("damage", "waive", rma_number="R1", order_number="", order_line=""),
        an_answer("invalid-value", "reject", rma_number="R1", order_number="", order_line=""),
        an_answer("damage", "waive", rma_number="R2", order_number="", order_line=""),
        an_answer("evidence-missing", "allow", rma_number="R2", order_number="", order_line=""),
        an_answer("stopped-by-review", "stop", rma_number="R2", order_number="", order_line=""),
        an_answer("evidence-missing", "allow", rma_number="R9", order_number="", order_line=""),
        an_answer("evidence-missing", "withdraw", rma_number="R2", order_number="", order_line=""),
    ]
    check_stories([Night(rows, ORDERS, answers), Night(rows, ORDERS, as_of=AS_OF + timedelta(1))], tmp_path)


def test_held_keys_that_leave_the_export_and_come_back(tmp_path: Path) -> None:
    held = [row | {"evidence_complete": "no"} for row in FEW]
    again = an_answer("left-the-export", "reject", rma_number="R3", order_number="103")
    nights = [
        Night(held, ORDERS),
        Night(held[6:], ORDERS, as_of=AS_OF + timedelta(1)),
        Night([], ORDERS, [again], as_of=AS_OF + timedelta(3)),
        Night(held, ORDERS, as_of=AS_OF + timedelta(4)),
    ]
    check_stories(nights, tmp_path)


@pytest.mark.parametrize("orders", [[], ORDERS])
def test_an_empty_night(orders: list[dict[str, str]], tmp_path: Path) -> None:
    """First of all, and after one with payouts, which fall due on it."""
    nights = [
        Night([], orders),
        Night(FEW, ORDERS, as_of=AS_OF + timedelta(3)),
        Night([], orders, as_of=date(2026, 4, 1)),
    ]
    check_stories(nights, tmp_path)


def test_payouts_of_many_earlier_nights_that_fall_due_at_once(tmp_path: Path) -> None:
    nights = [Night(FEW[: 4 * at], ORDERS, as_of=AS_OF + timedelta(at)) for at in range(1, 4)]
    check_stories([*nights, Night(FEW, ORDERS, as_of=AS_OF + timedelta(9))], tmp_path, payout={"lag_business_days": 3})


def test_a_lag_of_0_posts_the_payouts_of_the_night_itself(tmp_path: Path) -> None:
    nights = [Night(FEW[:6], ORDERS), Night(FEW, ORDERS, as_of=AS_OF + timedelta(3))]
    check_stories(nights, tmp_path, payout={"lag_business_days": 0})


def test_a_redo_compares_the_payouts_range_by_range(tmp_path: Path) -> None:
    first = worlds.NightInput(AS_OF, tuple(Night(FEW[:9], ORDERS).all_files()))
    cheaper = [*FEW[1:5], FEW[5] | {"return_shipping_cost": "8.00"}, *FEW[6:]]
    other = replace(first, files=tuple(Night(cheaper, ORDERS).all_files()), is_redo=True)
    check_same([a_policy()], [first, other, replace(first, is_redo=True)], tmp_path)
