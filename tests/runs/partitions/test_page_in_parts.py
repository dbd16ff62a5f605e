"""The page of a night in parts shows what no part sees alone: names over all of them, and the first rows of all."""

import pickle
from datetime import timedelta
from functools import reduce
from itertools import permutations
from operator import add
from pathlib import Path
from types import SimpleNamespace
from typing import BinaryIO

import pytest

from refund_calc.reading.page.by_name import Dearest, Returned
from refund_calc.reading.page.figures import Figures
from refund_calc.reading.page.held import WORST
from refund_calc.reading.page.listed import MOST_ROWS
from refund_calc.reading.page.part import PartFigures
from refund_calc.reading.page.tally import Tally
from refund_calc.runs.partitions import page
from tests.reading.page.shown import caught
from tests.runs.partitions.compared import PARTS, check_same, in_parts
from tests.sample import nights as sample
from tests.stories import AS_OF, NOT_BACK_YET, Night, Row, a_policy, a_return, an_answer, an_order
from tests.worlds import NightInput

NUMBERS = range(100, 124)


def returned(number: int, **cells: str) -> Row:
    return a_return(rma_number=f"R{number}", order_number=str(number), **cells)


def bought(number: int, **cells: str) -> Row:
    return an_order(order_number=str(number), **cells)


def shown(nights: list[Night], folder: Path, parts: tuple[int, ...] = PARTS, **edits: object) -> list[Figures]:
    """What each night's page shows, once it was the same from any number of parts."""
    given = [NightInput(night.as_of, tuple(night.all_files())) for night in nights]
    with caught() as figures:
        check_same([a_policy(**edits)], given, folder, parts)
    return [figures[str(night.as_of)] for night in nights]


def test_names_are_counted_over_all_parts_and_nights(tmp_path: Path) -> None:
    # 100.00 + 8.00 - 7.50 each, and 104.00 + 8.00 - 7.50 = 104.50 on two of them: 95 % of 110.00.
    orders = [bought(number, sku=f"S{number % 9}", payment_reference=f"card-{number % 5}") for number in NUMBERS]
    orders[3] |= {"unit_price": "104.00"}
    orders[7] |= {"unit_price": "104.00"}
    nights = [
        Night([returned(number) for number in NUMBERS[:10]], orders),
        Night([returned(number) for number in NUMBERS], orders, as_of=AS_OF + timedelta(3)),
        Night([returned(number) for number in NUMBERS], orders, as_of=AS_OF + timedelta(4)),
    ]
    before, night, again = shown(nights, tmp_path, approval={"limit": "110.00"})
    # 110 to 123 modulo 9: 2 to 8, 0 and 1, and 2 to 6 once more.
    assert [(one.name, one.lines, one.units, one.net) for one in night.skus] == [
        *((f"S{at}", 2, 2, 2 * 100_50) for at in (2, 3, 4, 5, 6)),
        ("4 others", 4, 4, 4 * 100_50),
    ]
    near, cards = (next(one for one in night.signals if one.title.startswith(title)) for title in ("Within", "Same"))
    # Two payouts of each card before, and the other fourteen now; 103 and 107 paid by card-3 and card-2.
    assert (cards.count, cards.cents, cards.names) == (5, 24 * 100_50 + 2 * 4_00, ("card-2", "card-3", "card-0"))
    assert "(2 of 2 nights looked at)" in cards.meaning
    assert near.count == 0
    near = next(one for one in before.signals if one.title.startswith("Within"))
    assert (near.count, near.cents, near.names) == (2, 2 * 104_50, ("103", "107"))
    assert (again.skus, again.reasons) == ((), ())


def test_a_persons_answers_over_all_parts(tmp_path: Path) -> None:
    opened = [returned(number, original_box="no") for number in NUMBERS]
    said = [
        an_answer("restocking_fee", "waive", rma_number=f"R{number}", order_number=str(number), resolved_by=who)
        for number, who in zip(NUMBERS, ("ann", "bob", "bob") * 8, strict=True)
    ]
    (night,) = shown([Night(opened, [bought(number) for number in NUMBERS], said)], tmp_path)
    signals = {one.title: one for one in night.signals}
    # Box opened: 15 % of 100.00.
    assert (signals["waive by ann"].count, signals["waive by ann"].cents) == (8, 8 * 15_00)
    assert (signals["waive by bob"].count, signals["waive by bob"].cents) == (16, 16 * 15_00)


def test_more_exceptions_than_the_page_lists(tmp_path: Path) -> None:
    """All of them as urgent as each other: the first keys are listed."""
    numbers = range(1000, 1000 + MOST_ROWS + 20)
    held = [returned(number, evidence_complete="no") for number in numbers]
    (night,) = shown([Night(held, [bought(number) for number in numbers])], tmp_path, parts=(3,))
    assert night.exceptions_in_all == MOST_ROWS + 20
    assert [one.rma_number for one in night.exceptions] == [f"R{number}" for number in numbers[:MOST_ROWS]]
    assert [one.exception.rma_number for one in night.worst] == [f"R{number}" for number in numbers[:10]]


def test_of_lines_that_wait_equally_long_those_that_left_the_export_come_last(tmp_path: Path) -> None:
    orders = [bought(number) for number in NUMBERS[:12]]
    unknown = [returned(number, reason="?", **NOT_BACK_YET) for number in NUMBERS[:12]]
    nights = [Night(unknown[:6], orders), Night(unknown[6:], orders, as_of=AS_OF + timedelta(3))]
    worst = shown(nights, tmp_path)[1].worst
    assert [one.exception.rma_number for one in worst] == [f"R{at}" for at in (*range(106, 112), *range(100, 104))]
    assert [one.exception.code for one in worst[5:7]] == ["invalid-value", "left-the-export"]
    assert len({one.days for one in worst}) == 1


def test_the_order_of_parts_decides_nothing(tmp_path: Path) -> None:
    parts: list[PartFigures] = []

    def loading(file: BinaryIO) -> PartFigures:
        parts.append(pickle.load(file))
        return parts[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, "pickle", SimpleNamespace(load=loading))
        sample.run(tmp_path / "out", split=in_parts(4))
    assert len(parts) == 2 * 5  # what belongs to no order is a part of its own
    parts = parts[5:]
    whole = reduce(add, parts)
    assert len(whole.worst) == WORST
    assert all(reduce(add, some) == whole for some in permutations(parts))


def test_ranges_of_names_add_up_to_the_dearest_of_all() -> None:
    one = Dearest((Returned("a", 1, 1, 500), Returned("c", 1, 2, 300)), 2, 2, 3, 800)
    rows = [Returned(name, 1, 1, net) for name, net in zip("bdefgh", (500, 9, 8, 7, 6, 5), strict=True)]
    other = Dearest(tuple(rows), 8, 9, 9, 540)
    assert (one + other).shown() == (other + one).shown()
    assert [row.name for row in (one + other).shown()] == ["a", "b", "c", "d", "e", "5 others"]
    assert (one + other).shown()[-1] == Returned("5 others", 11 - 5, 12 - 6, 1340 - 1317)
    assert one.shown() == one.top


def test_an_amount_that_is_known_nowhere_is_unknown() -> None:
    assert (Tally(2) + Tally(1)).cents is None
    assert (Tally(2) + Tally(1, 0)).cents == 0
    assert (Tally(2, 5) + Tally(1)).cents == 5
