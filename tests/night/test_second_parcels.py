"""Stage B, supplementary refunds: more units came."""

from datetime import date

from tests.night.told import FRIDAY, MONDAY, TUESDAY
from tests.stories import Night, Row, a_cancellation, a_return, an_answer, an_order, an_unshipped_order, tell

THREE = [an_order(quantity="3", line_tax="24.00")]


def parcel(received: str, **cells: str) -> Row:
    return a_return(**({"quantity_requested": "3", "quantity_received": received} | cells))


def test_a_second_parcel_is_refunded_for_the_units_not_yet_refunded():
    # Friday: 1 of 3, 100.00 + 8.00 - 7.50 = 100.50. Monday: 2 more, 200.00 + 16.00; the label is already charged.
    told = tell(Night([parcel("1")], THREE, as_of=FRIDAY), Night([parcel("3")], THREE, as_of=MONDAY))
    assert [night.verdict() for night in told] == ["refund short-receipt", "refund"]
    assert told[1].money("quantity", "merchandise", "tax", "return_shipping", "net_refund") == [
        "2",
        "200.00",
        "16.00",
        "0.00",
        "216.00",
    ]


def test_a_second_parcel_is_refunded_whatever_else_changed():
    # 200.00 x 15 % = 30.00 restocking: 216.00 - 30.00 = 186.00.
    second = parcel("3", original_box="no", received_date="2026-03-18")
    told = tell(Night([parcel("1")], THREE, as_of=FRIDAY), Night([second], THREE, as_of=MONDAY))
    assert told[1].money("decision", "restocking_fee", "net_refund") == ["refund", "30.00", "186.00"]


def test_a_second_parcel_under_an_open_dispute_waits():
    told = tell(
        Night([parcel("1")], THREE, as_of=FRIDAY),
        Night([parcel("3", dispute_status="open")], THREE, as_of=MONDAY),
    )
    assert told[1].verdict() == "hold changed-after-refund;disputed-after-refund"


def test_units_that_a_person_accepted_as_settled_are_not_refunded_later():
    # Three received while a dispute was open; a person rejected that. The dispute is won: still nothing to pay.
    disputed = parcel("3", dispute_status="open")
    told = tell(
        Night([parcel("1")], THREE, as_of=FRIDAY),
        Night([disputed], THREE, [an_answer("disputed-after-refund", "reject")], as_of=MONDAY),
        Night([disputed | {"dispute_status": "won"}], THREE, as_of=TUESDAY),
    )
    assert [night.verdict() for night in told][1:] == ["reject rejected-by-review", "already-decided"]


def test_fewer_units_than_refunded_is_a_change():
    told = tell(Night([parcel("2")], THREE, as_of=FRIDAY), Night([parcel("1")], THREE, as_of=MONDAY))
    assert told[1].verdict() == "hold changed-after-refund"


def test_the_units_of_a_second_parcel_are_those_that_count_as_received():
    # Three received, of which two are new and one was refunded; the parcel's date is after the night.
    second = parcel("3", received_date="2026-03-24")
    told = tell(Night([parcel("1")], THREE, as_of=FRIDAY), Night([second], THREE, as_of=MONDAY))
    assert told[1].verdict() == "hold awaiting-receipt"


def test_a_cancellation_that_is_raised_is_refunded_for_the_rest():
    # Shipping 6.00 is the order line's alone: 2.00 per unit.
    order = [an_unshipped_order(quantity="3", line_tax="24.00")]
    told = tell(
        Night([a_cancellation(quantity_requested="1")], order, as_of=FRIDAY),
        Night([a_cancellation(quantity_requested="3")], order, as_of=MONDAY),
    )
    money = ("quantity", "merchandise", "tax", "shipping_refund", "net_refund")
    assert told[0].money(*money) == ["1", "100.00", "8.00", "2.00", "110.00"]
    assert told[1].money(*money) == ["2", "200.00", "16.00", "4.00", "220.00"]


def test_a_rejected_second_parcel_is_remembered_with_its_content():
    second = parcel("3", evidence_complete="no")
    told = tell(
        Night([parcel("1")], THREE, as_of=FRIDAY),
        Night([second], THREE, [an_answer("evidence-missing", "reject")], as_of=MONDAY),
        Night([second], THREE, as_of=TUESDAY),
        Night([parcel("3")], THREE, as_of=date(2026, 3, 25)),
    )
    assert [night.verdict() for night in told] == [
        "refund short-receipt",
        "reject rejected-by-review",
        "already-decided",
        "refund",
    ]


def test_amounts_set_for_the_line_count_less_what_was_charged_before():
    # damage_amount 30.00 for the line on Friday: 100.00 + 8.00 - 7.50 - 30.00 = 70.50. On Monday it is 50.00 for
    # the line, 20.00 of it new: 200.00 + 16.00 - 20.00 = 196.00.
    told = tell(
        Night([parcel("1", damage_amount="30.00")], THREE, as_of=FRIDAY),
        Night([parcel("3", damage_amount="50.00")], THREE, as_of=MONDAY),
    )
    assert [night.money("damage", "net_refund") for night in told] == [["30.00", "70.50"], ["20.00", "196.00"]]


def test_an_amount_for_the_line_below_what_was_charged_gives_nothing_back():
    told = tell(
        Night([parcel("1", damage_amount="30.00")], THREE, as_of=FRIDAY),
        Night([parcel("3", damage_amount="10.00")], THREE, as_of=MONDAY),
    )
    assert told[1].money("damage", "net_refund") == ["0.00", "216.00"]
