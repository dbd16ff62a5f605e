"""What became of promises, and that refunds payable roll forward with nothing unexplained."""

import random
from collections import Counter
from dataclasses import replace

import pytest

from refund_calc.books.reconcile.carried import Carried
from refund_calc.books.reconcile.movements import Fate, Movement, Reported
from refund_calc.books.reconcile.outcome import reconcile
from refund_calc.books.reconcile.promises import Promise
from refund_calc.books.reconcile.result import Outcome, Reconciled
from refund_calc.books.reconcile.settlements import Settlement
from refund_calc.errors import ControlTotalFailed
from tests.books.reconcile.promised import CREDIT_TO, DUE, NIGHT, books, classes, promise, refund
from tests.books.reconcile.test_settle import an_order
from tests.stories import EXAMPLES

LATE = CREDIT_TO + 30


def of(promises: list[Promise], *rows: Movement, last: int = LATE, first: int = NIGHT, **given) -> Reconciled:
    some = Reported(len(rows), rows, (), 0, Counter())
    return reconcile(books(*promises), some, given.pop("settled", {}), (first, last), **given)


def settlement(cents: int = 9650, when: int = DUE + 9) -> dict[str, list[Settlement]]:
    return {"R1/1": [Settlement("R1/1", when, "check", cents, "4711", "A. Controller")]}


def test_paid_as_promised() -> None:
    found = of([promise()], refund())
    assert (classes(found), found.lines[0].message, found.is_in_order) == ([("R1/1", "paid")], "", True)


def test_the_last_day_of_the_bank_window_is_in_time_and_the_next_is_not() -> None:
    assert classes(of([promise()], last=CREDIT_TO)) == [("R1/1", "in-window")]
    found = of([promise()], last=CREDIT_TO + 1)
    assert (classes(found), found.is_in_order) == ([("R1/1", "not-seen")], False)
    assert "the bank window ended on 2026-04-06" in found.lines[0].message


def test_an_amount_that_differs_says_by_how_much() -> None:
    too_little, too_much = of([promise()], refund(9000)), of([promise()], refund(10000))
    assert classes(too_little) == classes(too_much) == [("R1/1", "amount-differs")]
    assert too_little.lines[0].message.startswith("promised 96.50, paid 90.00: 6.50 too little")
    assert too_much.lines[0].message.startswith("promised 96.50, paid 100.00: 3.50 too much")
    assert (too_little.roll.closing, too_much.roll.closing) == (650, -350)


def test_a_refund_outside_this_job_is_no_part_of_refunds_payable() -> None:
    found = of([promise()], refund(), refund(2000), replace(refund(), orders=("999",)))
    assert [outcome for _, outcome in classes(found)] == ["paid", "unpromised", "unpromised"]
    assert (found.roll.paid, found.roll.closing, found.is_in_order) == (9650, 0, False)


def test_failed_and_paid_again() -> None:
    back = refund(when=DUE + 2, fate=Fate.RETURNED)
    assert classes(of([promise()], refund(), back)) == [("R1/1", "failed")]
    found = of([promise()], refund(), back, refund(when=DUE + 3))
    assert (classes(found), found.lines[0].message) == (
        [("R1/1", "paid")],
        "came back on 2026-03-25, and was paid again",
    )
    assert (found.roll.paid, found.roll.returned, found.roll.closing) == (19300, 9650, 0)


def test_failed_and_paid_again_in_a_period_after_the_first_attempt_is_not_told_as_failed() -> None:
    """Whoever follows `failed` pays the customer a second time."""
    rows = (refund(), refund(when=DUE + 4, fate=Fate.RETURNED), refund(when=DUE + 5))
    for more in (dict(), dict(carried={"R1/1": Carried(0, has_failed=False)})):
        found = of([promise()], *rows, first=DUE + 2, **more)
        assert classes(found) == [("R1/1", "paid")]
        assert (found.roll.opening, found.roll.closing, found.is_in_order) == (0, 0, True)


def test_a_failed_payout_is_reported_until_it_is_settled_otherwise() -> None:
    rows = (refund(), refund(when=DUE + 2, fate=Fate.RETURNED))
    assert classes(of([promise()], *rows, last=DUE + 8, settled={})) == [("R1/1", "failed")]
    found = of([promise()], *rows, settled=settlement())
    assert (classes(found), found.is_in_order) == ([("R1/1", "settled")], True)
    assert "check on 2026-04-01, 96.50, by A. Controller" in found.lines[0].message
    assert (found.roll.settled, found.roll.closing) == (9650, 0)


def test_a_part_that_is_settled_leaves_the_rest_open() -> None:
    found = of([promise()], settled=settlement(5000))
    assert (classes(found), found.roll.closing) == ([("R1/1", "amount-differs")], 4650)


def test_settled_and_paid_too_is_too_much() -> None:
    found = of([promise()], refund(when=DUE + 20), settled=settlement())
    assert (classes(found), found.roll.closing) == ([("R1/1", "amount-differs")], -9650)


def test_another_currency_is_told_and_never_counted() -> None:
    found = of([promise()], replace(refund(), currency="EUR"))
    assert [outcome for _, outcome in classes(found)] == ["not-seen", "currency-differs"]
    assert found.lines[1].message == "96.50 EUR; our promises are in USD: compare it by hand"
    assert found.roll.paid == 0


def test_rows_outside_the_period_are_counted_and_nothing_else() -> None:
    found = of([promise()], refund(when=NIGHT - 1), refund(when=LATE + 1))
    assert (classes(found), found.rows) == ([("R1/1", "not-seen")], {"before the period": 1, "after it": 1})


def test_a_promise_due_before_the_period_is_left_alone_unless_something_speaks_of_it() -> None:
    two = [promise(), promise("R2/1", order_number="2")]
    found = of(two, refund(when=DUE + 3), first=DUE + 1)
    assert (classes(found), found.left_alone) == ([("R1/1", "paid")], 1)
    assert (found.roll.opening, found.roll.approved, found.roll.closing) == (9650, 0, 0)


def test_ledgers_that_do_not_agree_with_the_payouts_stop_it() -> None:
    wrong = replace(books(promise()), approved={NIGHT: 9649})
    with pytest.raises(ControlTotalFailed, match=r"-0\.01 USD unexplained"):
        reconcile(wrong, Reported(0, (), (), 0, Counter()), {}, (NIGHT, LATE))


def a_store(seed: int) -> tuple[list[Promise], list[Movement], dict[str, list[Settlement]]]:
    """Some orders with their rows, by day; a few promises settled otherwise."""
    rng = random.Random(seed)
    promises, rows, settled = [], [], {}
    for order in range(rng.randrange(1, 5)):
        ours, theirs = an_order(rng)
        change = {one.payout_id: f"{order}-{one.payout_id}" for one in ours}
        promises += [replace(one, payout_id=change[one.payout_id], order_number=str(order)) for one in ours]
        for row in theirs:
            named = change.get(row.payout_id, "")
            currency = "USD" if rng.random() < 0.95 else "EUR"
            rows.append(replace(row, orders=(str(order),), payout_id=named, currency=currency))
    for one in promises:
        if rng.random() < 0.2:
            when, cents = one.payout_date + rng.randrange(9), rng.choice([one.cents, one.cents // 2])
            settled[one.payout_id] = [Settlement(one.payout_id, when, "check", cents, "", "A")]
    return promises, rows, settled


@pytest.mark.parametrize("seed", range(EXAMPLES))
def test_nothing_is_lost_and_nothing_unexplained(seed: int) -> None:
    promises, rows, settled = a_store(seed)
    found = of(promises, *rows, settled=settled)
    assert (found.roll.unexplained, found.rows.total()) == (0, len(rows))
    assert [line.promise for line in found.lines if line.promise] == list(books(*promises).promises)
    in_lines = sum(line.seen - line.returned for line in found.lines if line.currency == "USD")
    sign = {Fate.REFUND: 1, Fate.RETURNED: -1}
    counted = [row for row in rows if row.currency == "USD" and row.day >= NIGHT]
    assert in_lines == sum(sign.get(row.fate, 0) * row.cents for row in counted)
    assert found == of(promises, *rows, settled=settled), "the same, the second time"


@pytest.mark.parametrize("seed", range(EXAMPLES))
def test_what_one_period_closes_with_the_next_opens_with(seed: int) -> None:
    promises, rows, settled = a_store(seed)
    cut = DUE + random.Random(seed).randrange(-3, 12)
    early = [one for one in promises if one.night <= cut]
    before = of(early, *rows, last=cut, settled={key: some for key, some in settled.items() if some[0].day <= cut})
    carried = {
        line.promise.payout_id: Carried(line.open, line.outcome is Outcome.FAILED)
        for line in before.lines
        if line.promise
    }
    after = of(promises, *rows, first=cut + 1, settled=settled, carried=carried)
    assert after.roll.opening == before.roll.closing
    assert after.roll.unexplained == 0
