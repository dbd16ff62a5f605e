"""Stage D, CT-2, order-changed-after-refund: the order line must come to what was refunded."""

import pytest

from tests.night.told import FRIDAY, MONDAY, returned
from tests.stories import Night, Row, an_answer, an_order, tell


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({}, "refund"),
        # One of two units was refunded for 100.00 and 4.00 tax; the tax became 8.02, half of it 4.01.
        ({"line_tax": "8.02"}, "hold order-changed-after-refund"),
        # 8.01 / 2 = 4.005, rounded half up 4.01.
        ({"line_tax": "8.01"}, "hold order-changed-after-refund"),
        # 7.99 / 2 = 3.995, rounded half up 4.00: what was refunded is still right.
        ({"line_tax": "7.99"}, "refund"),
        ({"unit_price": "100.01"}, "hold order-changed-after-refund"),
        # 200.01 - 0.01 = 200.00: price and discount changed, the merchandise did not.
        ({"unit_price": "100.01", "line_discount": "0.02"}, "refund"),
        ({"quantity": "4"}, "hold order-changed-after-refund"),
    ],
)
def test_the_order_line_must_still_come_to_what_was_refunded(change: Row, verdict: str):
    told = tell(
        Night([returned("R1", "1")], [an_order(quantity="2")], as_of=FRIDAY),
        Night([returned("R2", "1")], [an_order(**({"quantity": "2"} | change))], as_of=MONDAY),
    )
    assert told[1].verdict("R2") == verdict


def test_the_message_gives_what_was_refunded_and_what_it_comes_to_now():
    # Half of 2 x 90.00 is 90.00; the tax did not change: half of 8.00.
    told = tell(
        Night([returned("R1", "1")], [an_order(quantity="2")], as_of=FRIDAY),
        Night([returned("R2", "1")], [an_order(quantity="2", unit_price="90.00")], as_of=MONDAY),
    )
    found = told[1].exception("order-changed-after-refund")
    assert (found["severity"], found["clause"]) == ("hold", "CT-2")
    for part in ("before: 1", "100.00", "4.00", "90.00"):
        assert part in found["message"]


def test_a_changed_order_and_too_many_units_are_both_reported():
    told = tell(
        Night([returned("R1", "1")], as_of=FRIDAY),
        Night([returned("R2", "1")], [an_order(unit_price="90.00")], as_of=MONDAY),
    )
    assert told[1].verdict("R2") == "hold order-changed-after-refund;units-exceed-purchase"


@pytest.mark.parametrize("code", ["units-exceed-purchase", "order-changed-after-refund"])
def test_no_finding_of_stage_d_can_be_allowed(code: str):
    answer = [an_answer(code, "allow", rma_number="R2")]
    told = tell(
        Night([returned("R1", "1")], as_of=FRIDAY),
        Night([returned("R2", "1")], [an_order(unit_price="90.00")], answer, as_of=MONDAY),
    )
    assert told[1].verdict("R2") == "hold order-changed-after-refund;units-exceed-purchase"
    assert told[1].exception("invalid-resolution")["field"] == "code"
