"""Stage A in one part of a night: an RMA of several orders conflicts although this part sees only one of them."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from refund_calc.columns.dictionary import as_texts
from refund_calc.history.past import NOTHING
from refund_calc.inputs.contracts import ResolutionRow
from refund_calc.inputs.tables import load
from refund_calc.night.contradictions import RmasElsewhere
from refund_calc.night.decide import NightInputs, decide
from refund_calc.policy.versions import load_policies
from refund_calc.reports.exceptions import CODES, report
from tests.night.small import ZONE, table
from tests.sample import nights
from tests.stories import Row, a_return, an_order

ELSEWHERE = {"R1": "order_number 1001, 1002"}
AS_SAID = "the lines of this RMA disagree: order_number 1001, 1002"


def exceptions(*returns: Row, elsewhere: dict[str, str] = ELSEWHERE) -> list[tuple[int, str, str]]:
    """Source line, code and message of what is found of these lines of order 1001."""
    told = RmasElsewhere(*(pa.array(list(texts), pa.string()) for texts in (elsewhere, elsewhere.values())))
    inputs = NightInputs(
        date(2026, 3, 20),
        table("orders", [an_order(), an_order(order_line="2")]),
        table("returns", returns),
        load("resolutions", [], ResolutionRow, ZONE),
        rmas_elsewhere=told,
    )
    night = decide(inputs, load_policies(nights.POLICY), NOTHING)
    found = report(night, night.due_date, NOTHING.findings)
    at = np.arange(len(found))
    messages = as_texts(found.said(at).message, len(at)).to_pylist()
    codes = [CODES[code] for code in found.code.tolist()]
    return sorted(zip(found.source_lines(at).to_pylist(), codes, messages, strict=True))


def test_a_line_that_sees_no_other_order_is_held_with_what_all_of_them_say():
    assert exceptions(a_return()) == [(2, "conflicting-rma", AS_SAID)]


def test_without_a_word_from_elsewhere_it_is_refunded():
    assert exceptions(a_return(), elsewhere={}) == []


@pytest.mark.parametrize("rma", ["R", "R10", "r1", "R2"])
def test_another_rma_is_not_meant(rma: str):
    assert exceptions(a_return(rma_number=rma)) == []


def test_all_valid_lines_of_it_are_held_and_one_with_a_bad_cell_for_that_alone():
    found = exceptions(a_return(), a_return(order_line="2", reason="?"), a_return(order_line="2", rma_number="R2"))
    assert [(line, code) for line, code, _ in found] == [(2, "conflicting-rma"), (3, "invalid-value")]


def test_a_repetition_stays_a_duplicate():
    assert exceptions(a_return(), a_return()) == [(2, "conflicting-rma", AS_SAID)]


def test_what_all_parts_say_is_said_where_a_part_sees_a_contradiction_too():
    everything = {"R1": "order_number 1001, 1002; return_shipping_cost 7.50, 8.00"}
    found = exceptions(a_return(), a_return(order_line="2", return_shipping_cost="8.00"), elsewhere=everything)
    message = f"the lines of this RMA disagree: {everything['R1']}"
    assert found == [(2, "conflicting-rma", message), (3, "conflicting-rma", message)]


def test_a_contradiction_of_another_rma_is_found_here_as_ever():
    rows = [a_return(rma_number="R2"), a_return(rma_number="R2", order_line="2", return_shipping_cost="8.00")]
    said = {message for _, _, message in exceptions(*rows)}
    assert said == {"the lines of this RMA disagree: return_shipping_cost 7.50, 8.00"}
