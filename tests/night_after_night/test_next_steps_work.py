"""What next_step says, done to the letter, works: else a person answers and the line waits all the same."""

import pytest

from tests.night_after_night.store import FRIDAY, MONDAY, TUESDAY, WEDNESDAY, on
from tests.stories import Row, a_cancellation, a_return, an_answer, an_order, an_unshipped_order, tonight

ACCEPTED, BACK = "changed-after-refund", "left-the-export"


def test_the_same_words_a_second_time_need_the_withdrawal_that_next_step_speaks_of(store):
    said = an_answer(ACCEPTED, "reject")
    store.night(on(FRIDAY, a_return()))
    store.night(on(MONDAY, a_return(damage_grade="dent"), resolutions=[said]))
    silent = store.night(on(TUESDAY, a_return(damage_grade="crack"), resolutions=[said]))
    assert silent.verdict() == f"hold {ACCEPTED}"
    assert "put a row with action withdraw above it" in silent.exception(ACCEPTED)["next_step"]
    heard = [an_answer(ACCEPTED, "withdraw"), said]
    night = store.night(on(WEDNESDAY, a_return(damage_grade="crack"), resolutions=heard))
    assert night.verdict() == "reject rejected-by-review"


def test_a_case_that_is_closed_a_second_time_is_closed(store):
    held, said = a_return(evidence_complete=""), an_answer(BACK, "reject")
    store.night(on(FRIDAY, held))
    store.night(on(MONDAY, resolutions=[said]))
    store.night(on(TUESDAY, held))
    assert "put a row with action withdraw above it" in tonight_left(store, WEDNESDAY)["next_step"]
    later = WEDNESDAY.replace(day=26)
    night = store.night(on(later, resolutions=[an_answer(BACK, "withdraw"), said]))
    assert [row["code"] for row in night.exceptions] == ["rejected-by-review"]


def tonight_left(store, day) -> Row:
    return store.night(on(day)).exception(BACK)


@pytest.mark.parametrize("order", [{"picked_up_date": "2026-03-18"}, {"delivered_date": "2026-03-18"}])
def test_an_order_that_was_stopped_though_a_pickup_is_recorded_is_not_held_for_ever(order: Row):
    orders = [an_unshipped_order(**order)]
    night = tonight(a_cancellation(reason_confirmed="yes"), orders=orders)
    assert night.verdict() == "hold pickup-unconfirmed"  # whatever customer service confirms
    assert "recorded, answer with action allow" in night.exception("pickup-unconfirmed")["next_step"]
    allowed = tonight(a_cancellation(), orders=orders, resolutions=[an_answer("pickup-unconfirmed", "allow")])
    assert allowed.verdict() == "refund"


@pytest.mark.parametrize(
    ("order", "code"),
    [({"currency": "CAD"}, "currency-unsupported"), ({"ordered_date": "2023-12-31"}, "no-policy-in-force")],
)
def test_what_was_refunded_by_hand_can_be_closed(order: Row, code: str):
    row = an_order(**order)
    assert tonight(a_return(), orders=[row]).exception(code)["next_step"].endswith("answer with action reject")
    closed = tonight(a_return(), orders=[row], resolutions=[an_answer(code, "reject")])
    assert closed.verdict() == "reject rejected-by-review"


def test_a_request_from_the_future_is_not_said_to_be_minus_days_old():
    night = tonight(a_return(requested_date="2026-03-25", received_date="", quantity_received=""))
    assert night.message("awaiting-receipt") == "requested on 2026-03-25, after this night, and not received"


@pytest.mark.parametrize(
    ("code", "action", "words"),
    [
        ("window-expired", "reject", '"window-expired" cannot be answered with reject, only with allow, withdraw'),
        ("damage-unpriced", "allow", "only with reject, waive, set-amount, withdraw"),
        ("malformed-row", "reject", '"malformed-row" cannot be answered by anybody'),
        ("window-expird", "allow", '"window-expird" is the name of no finding and no deduction'),
        ("", "allow", "code is needed; enter the finding or deduction that is answered"),
    ],
)
def test_a_row_that_cannot_apply_says_what_could(code: str, action: str, words: str):
    night = tonight(a_return(), resolutions=[an_answer(code, action)])
    assert words in night.message("invalid-resolution")


def test_every_line_of_an_order_is_approved_by_a_person_who_may():
    step = tonight(a_return(), orders=[an_order(unit_price="3000.00")]).exception("approval-required")["next_step"]
    assert "every line" in step and "approval.approvers" in step
