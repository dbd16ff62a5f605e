"""A rejected return that is decided afresh and held is looked at every night (rulebook 4, stage B).

Else it falls out of every report: rejected once, allowed once, and nobody is told that it waits for something else.
"""

from datetime import date

from tests.night_after_night.store import FRIDAY, MONDAY, TUESDAY, WEDNESDAY, on
from tests.stories import a_return, an_answer, an_order

THURSDAY, FRIDAY_AFTER = date(2026, 3, 26), date(2026, 3, 27)
LATE = [an_order(ordered_date="2026-02-01", delivered_date="2026-02-01")]  # requested on day 37
ALLOWED = [an_answer("window-expired", "allow")]
NO_PHOTOS = a_return(evidence_complete="")


def verdicts(store, *nights):
    return [store.night(night).verdict() for night in nights]


def test_a_rejected_return_that_is_allowed_and_then_held_is_reported_until_it_is_paid(store):
    assert verdicts(
        store,
        on(FRIDAY, NO_PHOTOS, orders=LATE),
        on(MONDAY, NO_PHOTOS, orders=LATE, resolutions=ALLOWED),
        on(TUESDAY, NO_PHOTOS, orders=LATE, resolutions=ALLOWED),  # adds nothing
        on(WEDNESDAY, NO_PHOTOS, orders=LATE),
        on(THURSDAY, a_return(), orders=LATE),
    ) == ["reject window-expired", *["hold evidence-missing"] * 3, "refund"]


def test_such_a_return_is_watched_in_the_export_as_well(store):
    for night in (
        on(FRIDAY, NO_PHOTOS, orders=LATE),
        on(MONDAY, NO_PHOTOS, orders=LATE, resolutions=ALLOWED),
    ):
        store.run(night)
    assert [r["code"] for r in store.night(on(TUESDAY, orders=LATE)).exceptions] == ["left-the-export"]


def test_a_hold_at_stage_b_ends_the_rejection_even_if_the_old_content_comes_back(store):
    # On Monday the return names a reason that it had not, and the order is not exported.
    assert verdicts(
        store,
        on(FRIDAY, a_return(), orders=LATE),
        on(MONDAY, a_return(reason="other"), orders=[]),
        on(TUESDAY, a_return(), orders=LATE),
        on(WEDNESDAY, a_return(), orders=LATE),
    ) == ["reject window-expired", "hold order-not-found", "reject window-expired", "already-decided"]


def test_a_hold_at_stage_a_ends_no_rejection(store):
    assert verdicts(
        store,
        on(FRIDAY, a_return(), orders=LATE),
        on(MONDAY, a_return(reason="?"), orders=LATE),
        on(TUESDAY, a_return(), orders=LATE),
    ) == ["reject window-expired", "hold invalid-value", "already-decided"]


def test_a_rejected_supplementary_refund_that_is_then_held_is_looked_at_every_night(store):
    # The first of two units is paid; the order then turns out to be Canada's, and the second unit is rejected.
    half, whole = a_return(quantity_requested="2"), a_return(quantity_requested="2", quantity_received="2")
    blurred = whole | {"evidence_complete": ""}
    home, abroad = [an_order(quantity="2")], [an_order(quantity="2", ship_country="CA")]
    allowed = [an_answer("outside-region", "allow")]
    assert verdicts(
        store,
        on(FRIDAY, half, orders=home),
        on(MONDAY, whole, orders=abroad),
        on(TUESDAY, whole, orders=abroad),
        on(WEDNESDAY, blurred, orders=abroad, resolutions=allowed),
        on(THURSDAY, blurred, orders=abroad),
        on(FRIDAY_AFTER, whole, orders=abroad),
    ) == [
        "refund short-receipt",
        "reject outside-region",
        "already-decided",
        "hold evidence-missing",
        "hold evidence-missing",
        "refund",
    ]
    # 2 x 100.00 and 8.00 tax: the second unit is 100.00 + 4.00, the label was charged with the first.
    assert store.reports(FRIDAY_AFTER).money("quantity", "net_refund") == ["1", "104.00"]
