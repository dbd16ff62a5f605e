"""Stage D, CT-2, units-exceed-purchase: no unit is refunded twice."""

import pytest

from tests.night.told import FRIDAY, MONDAY, NO_LABEL, TUESDAY, returned
from tests.stories import Night, a_refused_delivery, a_return, an_answer, an_order, tell, tonight


@pytest.mark.parametrize(("first", "second"), [("1", "1"), ("1", "2")])
def test_claims_up_to_the_quantity_are_refunded(first: str, second: str):
    night = tonight(returned("R1", first), returned("R2", second), orders=[an_order(quantity="3")])
    assert night.verdicts() == ["refund", "refund"]


def test_claims_of_one_unit_above_the_quantity_hold_all_lines_of_the_order_line():
    night = tonight(returned("R1", "1"), returned("R2", "3"), orders=[an_order(quantity="3")])
    assert night.verdicts() == ["hold units-exceed-purchase"] * 2
    for found in night.exceptions:
        assert (found["severity"], found["clause"]) == ("hold", "CT-2")
        for part in ("3 bought", "4 claimed tonight by R1, R2"):
            assert part in found["message"]


def test_one_line_alone_may_not_claim_more_than_was_bought():
    night = tonight(returned("R1", "2"))
    assert night.verdict() == "hold units-exceed-purchase"


def test_units_of_a_held_or_rejected_line_do_not_count():
    night = tonight(
        returned("R1", "1"),
        returned("R2", "1", evidence_complete="no"),
        returned("R3", "1", dispute_status="lost"),
    )
    assert night.verdicts() == ["refund", "hold evidence-missing", "reject settled-by-dispute"]


def test_units_of_all_three_types_count_together():
    order = [an_order(quantity="2")]
    night = tonight(
        returned("R1", "1"),
        a_refused_delivery(rma_number="R2", **NO_LABEL),
        a_return(rma_number="R3", **NO_LABEL),
        orders=order,
        resolutions=[an_answer("delivered-not-refused", "allow", rma_number="R2")],
    )
    assert night.verdicts() == ["hold units-exceed-purchase"] * 3


def test_units_refunded_on_earlier_nights_count():
    order = [an_order(quantity="3", line_tax="24.00")]
    told = tell(
        Night([returned("R1", "2")], order, as_of=FRIDAY),
        Night([returned("R2", "1")], order, as_of=MONDAY),
        Night([returned("R3", "1")], order, as_of=TUESDAY),
    )
    assert [night.verdicts() for night in told] == [["refund"], ["refund"], ["hold units-exceed-purchase"]]
    assert "3 bought, 3 refunded before, 1 claimed tonight by " in told[2].message("units-exceed-purchase")


def test_another_line_of_the_order_is_not_concerned():
    night = tonight(
        returned("R1", "2"), returned("R2", "1", order_line="2"), orders=[an_order(), an_order(order_line="2")]
    )
    assert night.verdicts() == ["hold units-exceed-purchase", "refund"]


def test_a_person_closes_one_of_two_rivals_and_its_units_are_free_the_next_night():
    rivals = [returned("R1", "1"), returned("R2", "1")]
    answer = [an_answer("units-exceed-purchase", "reject", rma_number="R2")]
    told = tell(Night(rivals, resolutions=answer, as_of=FRIDAY), Night(rivals, as_of=MONDAY))
    assert told[0].verdicts() == ["hold units-exceed-purchase", "reject rejected-by-review"]
    assert told[1].verdicts() == ["refund", "already-decided"]
