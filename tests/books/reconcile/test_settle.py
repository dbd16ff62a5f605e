"""Which row pays which promise of an order: what fits to the cent first, and never a row lost."""

import random

import pytest

from refund_calc.books.reconcile.movements import Fate, Movement
from refund_calc.books.reconcile.promises import Promise
from refund_calc.books.reconcile.settle import settle
from tests.books.reconcile.promised import DUE, NIGHT, promise, refund
from tests.stories import EXAMPLES


def paid(promises: list[Promise], *rows: Movement, first: int = NIGHT) -> list[tuple[int, str | None, int]]:
    """Row, payout id and cents of each share."""
    shares = settle(promises, rows, [one.cents for one in promises], first)
    found = [
        (share.movement, None if share.promise is None else promises[share.promise].payout_id, share.cents)
        for share in shares
    ]
    return sorted(found, key=lambda share: share[0])


def test_one_row_pays_one_promise() -> None:
    assert paid([promise()], refund()) == [(0, "R1/1", 9650)]


def test_two_rows_of_a_day_pay_one_promise() -> None:
    assert paid([promise()], refund(6000), refund(3650)) == [(0, "R1/1", 6000), (1, "R1/1", 3650)]


def test_two_rows_around_midnight_pay_one_promise() -> None:
    assert paid([promise()], refund(6000), refund(3650, DUE + 1)) == [(0, "R1/1", 6000), (1, "R1/1", 3650)]


def test_one_row_pays_two_promises_of_a_day() -> None:
    two = [promise("R1/1", 6000), promise("R2/1", 3650)]
    assert paid(two, refund()) == [(0, "R1/1", 6000), (0, "R2/1", 3650)]


def test_a_customer_paid_two_promises_at_once_is_not_asked_for_money_back() -> None:
    """The first was paid late, with the second, by one row: it is not open, or it would be paid once more."""
    two = [promise("R1/1", 6000), promise("R1/2", 3650, payout_date=DUE + 4, night=NIGHT + 4)]
    assert paid(two, refund(9650, DUE + 4)) == [(0, "R1/1", 6000), (0, "R1/2", 3650)]
    assert paid(two, refund(5000, DUE + 4), refund(4650, DUE + 4)) == [
        (0, "R1/1", 5000),
        (1, "R1/1", 1000),
        (1, "R1/2", 3650),
    ]


def test_too_much_for_one_promise_is_taken_for_what_another_still_owes() -> None:
    two = [promise("R1/1", 6000), promise("R1/2", 3650, payout_date=DUE + 2)]
    assert paid(two, refund(9000, DUE + 2)) == [(0, "R1/2", 3650), (0, "R1/1", 5350)]
    assert paid(two, refund(9900, DUE + 2)) == [(0, "R1/2", 3650), (0, "R1/1", 6250)]


def test_each_row_finds_its_own_promise_on_one_day() -> None:
    two = [promise("R1/1", 6000), promise("R2/1", 3650)]
    assert paid(two, refund(3650), refund(6000)) == [(0, "R2/1", 3650), (1, "R1/1", 6000)]


def test_a_refund_by_hand_beside_ours_was_never_promised() -> None:
    assert paid([promise()], refund(2000), refund()) == [(0, None, 2000), (1, "R1/1", 9650)]


def test_the_second_of_two_equal_refunds_was_never_promised() -> None:
    assert paid([promise()], refund(), refund()) == [(0, "R1/1", 9650), (1, None, 9650)]


def test_a_row_before_the_night_pays_nothing_of_it() -> None:
    assert paid([promise()], refund(when=NIGHT - 1)) == [(0, None, 9650)]
    assert paid([promise()], refund(when=NIGHT)) == [(0, "R1/1", 9650)]


def test_another_amount_is_taken_for_the_promise_that_is_due() -> None:
    assert paid([promise()], refund(9000)) == [(0, "R1/1", 9000)]
    assert paid([promise()], refund(9000, DUE - 1)) == [(0, None, 9000)]
    later = promise("R2/1", 5000, payout_date=DUE + 2)
    assert paid([promise(), later], refund(9000, DUE + 2)) == [(0, "R2/1", 5000), (0, "R1/1", 4000)]


def test_our_payout_id_beats_the_amount() -> None:
    two = [promise("R1/1"), promise("R2/1")]
    assert paid(two, refund(payout_id="R2/1")) == [(0, "R2/1", 9650)]


def test_a_refund_that_came_back_pays_nothing_and_a_later_row_does() -> None:
    rows = (refund(), refund(when=DUE + 3, fate=Fate.RETURNED), refund(when=DUE + 5))
    assert paid([promise()], *rows) == [(0, "R1/1", 9650), (1, "R1/1", 9650), (2, "R1/1", 9650)]


def test_a_second_attempt_pays_though_the_first_was_in_an_earlier_period() -> None:
    """Else it is told as failed, and whoever follows that pays the customer once more."""
    rows = (refund(when=DUE + 3, fate=Fate.RETURNED), refund(when=DUE + 5))
    shares = settle([promise()], rows, [0], NIGHT)
    assert [(share.movement, share.promise, share.cents) for share in shares] == [(0, 0, 9650), (1, 0, 9650)]


def test_a_second_attempt_pays_though_two_rows_came_back_as_one() -> None:
    back = (refund(when=DUE + 3, fate=Fate.RETURNED), refund(when=DUE + 5))
    assert [place for _, place, _ in paid([promise()], refund(6000), refund(3650), *back)] == ["R1/1"] * 4


def test_a_second_attempt_does_not_take_the_place_of_the_first_one_in_parts() -> None:
    """1,321 and 7,629 came back as 8,950 and were paid again; beside them another promise was paid on that day."""
    two = [promise("R1/1", 1748), promise("R1/2", 8950, payout_date=DUE + 2)]
    rows = [refund(cents, DUE + 2) for cents in (1748, 1321, 7629)]
    rows += [refund(8950, DUE + 5, Fate.RETURNED), refund(8950, DUE + 6)]
    assert [place for _, place, _ in paid(two, *rows)] == ["R1/1", "R1/2", "R1/2", "R1/2", "R1/2"]


def test_a_refund_before_the_money_came_back_is_no_second_attempt() -> None:
    rows = (refund(1000, DUE + 1), refund(3000, DUE + 1), refund(4000, DUE + 3, Fate.RETURNED))
    shares = settle([promise()], rows, [0], NIGHT)
    assert sorted((share.movement, share.promise) for share in shares if share.movement < 2) == [(0, None), (1, None)]


def test_what_came_back_names_its_refund() -> None:
    two = [promise("R1/1"), promise("R2/1")]
    rows = (refund(own="a"), refund(own="b"), refund(when=DUE + 3, fate=Fate.RETURNED, refers="a"))
    assert paid(two, *rows)[2][1] == paid(two, *rows)[0][1]


def test_what_came_back_of_two_rows_goes_where_they_went() -> None:
    rows = (refund(6000), refund(3650), refund(when=DUE + 3, fate=Fate.RETURNED))
    assert paid([promise()], *rows)[2] == (2, "R1/1", 9650)


@pytest.mark.parametrize("fate", [Fate.PENDING, Fate.NEVER])
def test_a_row_without_effect_is_told_with_its_promise_and_leaves_it_open(fate: Fate) -> None:
    assert paid([promise()], refund(fate=fate), refund()) == [(0, "R1/1", 9650), (1, "R1/1", 9650)]


def an_order(rng: random.Random) -> tuple[list[Promise], list[Movement]]:
    """Promises and rows of one order: paid whole, in parts, late, too much, twice, never; failed, named, pending."""
    promises = [
        promise(f"R{at}/1", rng.choice([1000, 2000, 3000, 9650]), night=NIGHT + at // 2, payout_date=DUE + at // 2)
        for at in range(rng.randrange(4))
    ]
    rows = []
    for one in promises:
        when = one.payout_date + rng.choice([-4, 0, 0, 0, 1, 9])
        cut = rng.randrange(one.cents) if rng.random() < 0.3 else 0
        for cents in filter(None, (cut, one.cents - cut)):
            named = one.payout_id if rng.random() < 0.2 else ""
            rows.append(refund(cents, when, rng.choice([Fate.REFUND] * 6 + list(Fate)), payout_id=named))
    rows += [refund(rng.choice([500, 1000, 9650]), DUE + rng.randrange(9)) for _ in range(rng.randrange(3))]
    rows += [refund(1000, DUE + rng.randrange(9), Fate.RETURNED) for _ in range(rng.randrange(2))]
    kept = [row for row in rows if rng.random() < 0.9]
    return promises, sorted(kept, key=lambda row: row.day)


@pytest.mark.parametrize("seed", range(EXAMPLES))
def test_every_row_has_shares_that_come_to_its_amount(seed: int) -> None:
    promises, rows = an_order(random.Random(seed))
    shares = settle(promises, rows, [one.cents for one in promises], NIGHT)
    assert shares == settle(promises, rows, [one.cents for one in promises], NIGHT), "the same, the second time"
    for at, row in enumerate(rows):
        mine = [share for share in shares if share.movement == at]
        assert mine and sum(share.cents for share in mine) == row.cents
        assert all(share.cents > 0 for share in mine)
    for place, one in enumerate(promises):
        named = {at for at, row in enumerate(rows) if row.payout_id == one.payout_id}
        early = {at for at, row in enumerate(rows) if row.day < one.night and row.fate is Fate.REFUND} - named
        assert not early & {share.movement for share in shares if share.promise == place}


@pytest.mark.parametrize("seed", range(EXAMPLES))
def test_a_promise_that_a_row_fits_to_the_cent_is_never_left_unpaid_beside_it(seed: int) -> None:
    promises, rows = an_order(random.Random(seed))
    if any(row.fate is not Fate.REFUND for row in rows):
        rows = [row for row in rows if row.fate is Fate.REFUND]
    shares = settle(promises, rows, [one.cents for one in promises], NIGHT)
    for place, one in enumerate(promises):
        if not any(share.promise == place for share in shares):
            alone = [rows[share.movement] for share in shares if share.promise is None]
            assert not [row for row in alone if row.cents == one.cents and row.day >= one.night]
