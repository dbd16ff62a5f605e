"""A redo: what it replaces is kept, what it does to payouts is told, and the money must not have left (rulebook 9)."""

from dataclasses import replace
from datetime import date

import pytest

from refund_calc.errors import BadData
from tests import product
from tests.night_after_night.store import CLEAN, FRIDAY, MONDAY, TUESDAY, on
from tests.stories import NOT_BACK_YET, a_return, an_answer, an_order

ORDERS = [an_order(order_number=number, payment_reference=f"PAY-{number}") for number in ("1001", "1002", "1003")]
GONE, CHANGED, NEW = (
    a_return(rma_number=rma, order_number=order) for rma, order in (("R1", "1001"), ("R2", "1002"), ("R3", "1003"))
)
BEFORE = on(FRIDAY, GONE, CHANGED, NEW | NOT_BACK_YET, orders=ORDERS)
AFTER = on(FRIDAY, GONE | NOT_BACK_YET, CHANGED | {"return_shipping_cost": "10.00"}, NEW, orders=ORDERS)


def files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_redo_does_not_make_paid_refunds_vanish_without_a_trace(store):
    store.run(BEFORE)
    night = store.out / str(FRIDAY)
    before = files(night)
    counts = store.run(AFTER, redo=True).redone.payouts
    assert (counts.vanished, counts.changed, counts.new) == (1, 1, 1)
    assert files(store.out / "withdrawn" / f"{FRIDAY}-1") == before
    # 100.00 + 8.00 tax, less 7.50 and 10.00 return shipping.
    assert (night / "redo.csv").read_text() == (
        "payout_id,rma_number,amount_before,amount_after\nR1/1,R1,100.50,\nR2/1,R2,100.50,98.00\nR3/1,R3,,100.50\n"
    )
    once = files(night)
    assert '"redo.csv"' in once["manifest.json"].decode()
    # A second redo is told against what was just withdrawn.
    store.run(BEFORE, redo=True)
    assert files(store.out / "withdrawn" / f"{FRIDAY}-2") == once
    assert [row["payout_id"] for row in product.read_report(night / "redo.csv")] == ["R1/1", "R2/1", "R3/1"]


def test_a_redo_that_pays_what_was_paid_lists_nothing(store):
    store.run(BEFORE)
    counts = store.run(replace(BEFORE, orders=[*ORDERS, an_order(order_number="1009")]), redo=True).redone.payouts
    assert (counts.vanished, counts.changed, counts.new) == (0, 0, 0)
    assert product.read_report(store.out / str(FRIDAY) / "redo.csv") == []


def test_the_nights_after_a_redo_and_verify_see_nothing_of_what_was_withdrawn(store):
    from refund_calc.reading.verify import verify

    store.run(BEFORE)
    store.run(AFTER, redo=True)
    night = store.night(on(MONDAY, GONE, CHANGED | {"return_shipping_cost": "10.00"}, NEW, orders=ORDERS))
    assert {row["rma_number"]: row["decision"] for row in night.refunds} == {
        "R1": "refund",
        "R2": "already-decided",
        "R3": "already-decided",
    }
    assert [row["payout_id"] for row in night.payouts] == ["R1/1"]
    found = verify(store.out)
    assert (found.nights, found.problems, found.notices) == (2, (), ())


@pytest.mark.parametrize(
    ("today", "is_stopped"), [(FRIDAY, False), (date(2026, 3, 22), False), (MONDAY, True), (TUESDAY, True)]
)
def test_a_redo_after_the_money_left_is_stopped(store, today, is_stopped):
    """Friday's payouts leave on Monday."""
    store.run(BEFORE)
    if not is_stopped:
        store.run(AFTER, redo=True, today=lambda zone: today)
        return
    line = store.stopped(AFTER, redo=True, today=lambda zone: today)
    assert f"2 payouts dated {MONDAY}, today is {today}" in line and "--payouts-not-sent" in line
    store.run(AFTER, redo=True, payouts_not_sent=True, today=lambda zone: today)


def test_a_night_without_payouts_may_be_redone_on_any_day(store):
    store.run(on(FRIDAY, a_return(**NOT_BACK_YET)))
    store.run(CLEAN, redo=True, today=lambda zone: date(2026, 9, 1))


def test_a_redo_does_not_forget_what_a_person_decided_that_night(store):
    """The first inbox held the resolution; the second one, of the next morning, does not any more."""
    unconfirmed = a_return(reason_confirmed="")
    allowed = an_answer("reason-unconfirmed", "allow", rma_number="R1", note="on the phone")
    store.run(on(FRIDAY, unconfirmed, resolutions=[allowed]))
    assert store.night(on(FRIDAY, unconfirmed), redo=True).verdict().startswith("refund")
    # And once more, with another decision in the file: the row of the file comes after.
    rejected = an_answer("reason-unconfirmed", "reject", rma_number="R1")
    again = store.night(on(FRIDAY, unconfirmed, resolutions=[rejected]), redo=True)
    assert again.verdict() == "reject rejected-by-review"
    # A later night knows both, in their order.
    assert store.night(on(MONDAY, unconfirmed | {"reason": "other"})).verdict() == "reject rejected-by-review"


def test_a_dry_run_shows_what_a_redo_would_decide(store):
    unconfirmed = a_return(reason_confirmed="")
    store.run(on(FRIDAY, unconfirmed, resolutions=[an_answer("reason-unconfirmed", "allow", rma_number="R1")]))
    for redo in (False, True):
        assert store.run(on(FRIDAY, unconfirmed), dry_run=True, redo=redo).totals["returns"]["refund"] == 1


@pytest.mark.parametrize("name", ["refunds", "resolutions"])
def test_what_a_redo_cannot_read_of_a_damaged_night_is_said(store, name):
    store.run(BEFORE)
    path = store.out / str(FRIDAY) / "record" / f"{name}.parquet"
    path.write_bytes(path.read_bytes()[:-1])
    if name == "refunds":
        assert "its payouts cannot be read" in store.stopped(AFTER, redo=True, today=lambda zone: MONDAY)
    redone = store.run(AFTER, redo=True).redone
    assert (redone.payouts is None, redone.has_resolutions) == (name == "refunds", name == "refunds")
    assert (store.out / str(FRIDAY) / "redo.csv").exists() == (name == "resolutions")


def test_an_older_night_is_not_redone(store):
    store.run(BEFORE)
    store.run(on(MONDAY, GONE, orders=ORDERS))
    with pytest.raises(BadData, match="only the latest"):
        store.run(BEFORE, redo=True)
