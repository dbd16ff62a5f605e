"""The summary tells who waits too long: nobody is forgotten because nobody looked (issue 11)."""

from datetime import date

from jobs.nightly import words
from tests.night_after_night.store import FRIDAY, on
from tests.stories import NOT_BACK_YET, a_return, an_order

# Received on Monday 03-16, due on Monday 03-30. Business days after Friday 03-20: 23 to 27, 30 to 04-03 is the tenth.
HELD = a_return(evidence_complete="")
ON_ITS_WAY = a_return(order_line="2", rma_number="R2", **NOT_BACK_YET)
ORDERS = [an_order(), an_order(order_line="2")]
TITLES = ("Past their promise", "Without a due date", "Left the export")


def waiting(store, as_of, *returns):
    text = words(store.run(on(as_of, *returns, orders=ORDERS)), dry_run=False)
    return [line for line in text.splitlines() if line.startswith(TITLES)]


def test_nothing_is_said_where_nobody_waits_too_long(store):
    assert waiting(store, FRIDAY, HELD, ON_ITS_WAY) == []


def test_a_held_line_is_late_from_the_day_after_its_due_date(store):
    assert waiting(store, FRIDAY, HELD) == []
    assert waiting(store, date(2026, 3, 30), HELD) == []
    assert waiting(store, date(2026, 4, 2), HELD, ON_ITS_WAY) == [
        "Past their promise: 1 held line; the worst, R1, was due on 2026-03-30, 3 business days ago"
    ]


def test_the_worst_of_several_late_lines_is_named(store):
    later = HELD | {"rma_number": "R0", "order_line": "2", "received_date": "2026-03-17"}
    assert waiting(store, date(2026, 4, 1), later, HELD) == [
        "Past their promise: 2 held lines; the worst, R1, was due on 2026-03-30, 2 business days ago"
    ]


def test_a_line_without_a_due_date_is_told_of_after_ten_business_days(store):
    assert waiting(store, FRIDAY, ON_ITS_WAY) == []
    assert waiting(store, date(2026, 4, 3), ON_ITS_WAY) == []  # the tenth day
    assert waiting(store, date(2026, 4, 6), ON_ITS_WAY) == [
        "Without a due date: 1 held line for more than 10 business days; the oldest, R2, since 2026-03-20"
    ]


def test_keys_that_left_the_export_are_counted_and_the_first_is_named(store):
    assert waiting(store, FRIDAY, HELD, ON_ITS_WAY) == []
    assert waiting(store, date(2026, 3, 23), HELD) == [
        "Left the export: 1 held key; the first, R2, is missing since 2026-03-23"
    ]
    assert waiting(store, date(2026, 3, 24)) == [
        "Left the export: 2 held keys; the first, R2, is missing since 2026-03-23"
    ]
