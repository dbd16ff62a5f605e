"""Every name that a rule or a message asks for can be found, before any night runs."""

import inspect
from dataclasses import fields

import pytest

from refund_calc.inputs.contracts import OrderRow, ReturnRow, column_names
from refund_calc.night.decide import NightFacts, ReviewFacts
from refund_calc.night.payouts import PayoutFacts
from refund_calc.night.pricing import PriceFacts
from refund_calc.night.stage_a_row import RowFacts
from refund_calc.night.stage_b_order import HistoryFacts, OrderFacts
from refund_calc.night.stage_c_policy import StopFacts
from refund_calc.night.stage_d_units import PastFacts, UnitFacts
from refund_calc.night.stage_e_payout import ApprovalFacts
from refund_calc.policy.deductions import DEDUCTIONS
from refund_calc.policy.derived import DERIVED, PARAMETERS
from refund_calc.policy.findings import CATALOGUE, by_people, on_refunds, stage_a, stage_b, stage_c, stage_d, stage_e

# What the stages have found out when each one's findings are evaluated, in the order of a night.
FACTS = (
    *(NightFacts, RowFacts, OrderFacts, HistoryFacts, StopFacts),
    *(PastFacts, UnitFacts, ApprovalFacts, PayoutFacts, ReviewFacts),
)
CELLS = {*column_names(ReturnRow), *column_names(OrderRow), "merchandise_total"}
WORDED_BY_HAND = {
    "malformed-row": {"fields", "expected", "text"},
    "invalid-resolution": {"resolution_fault"},
    "left-the-export": {"held_since", "held_for"},
}
BY_CELL = {"invalid-value": {"bad_cell"}}  # one exception per bad cell, in the words of its column


def known_after(*facts: type) -> set[str]:
    """Every name that can be found: facts, cells, parameters, and what is derived from them."""
    found = CELLS | set(PARAMETERS) | {field.name for kind in facts for field in fields(kind)}
    while True:
        more = {
            name
            for name, derive in DERIVED.items()
            if name not in found and set(inspect.signature(derive).parameters) <= found
        }
        if not more:
            return found
        found |= more


@pytest.mark.parametrize(
    ("findings", "facts"),
    [
        (stage_a.FINDINGS, FACTS[:2]),
        (stage_b.FINDINGS, FACTS[:4]),
        (stage_c.FINDINGS, FACTS[:5]),
        (stage_d.FINDINGS, FACTS[:7]),
        (stage_e.FINDINGS, FACTS[:8]),
        (on_refunds.FINDINGS, FACTS[:9]),
    ],
    ids=["A", "B", "C", "D", "E", "refunds"],
)
def test_a_condition_asks_only_for_what_is_known_at_its_stage(findings, facts):
    for finding in findings:
        assert set(finding.parameters) <= known_after(*facts), finding.code


@pytest.mark.parametrize("finding", CATALOGUE, ids=lambda finding: finding.code)
def test_every_placeholder_of_a_message_has_a_value(finding):
    by_hand = WORDED_BY_HAND.get(finding.code, set()) | BY_CELL.get(finding.code, set())
    assert finding.values_in_messages <= known_after(*FACTS) | by_hand
    assert finding.values_in_messages or finding.messages[0]


def test_only_findings_that_people_or_files_bring_about_have_no_condition():
    without = {finding for finding in CATALOGUE if finding.condition is None}
    assert {f.code for f in without} == {f.code for f in (*stage_a.OF_FILES, *by_people.FINDINGS)}


@pytest.mark.parametrize("deduction", DEDUCTIONS.values(), ids=lambda deduction: deduction.name)
def test_a_deductions_figure_asks_only_for_what_is_known(deduction):
    assert set(deduction.parameters) <= known_after(*FACTS[:7], PriceFacts)


def test_every_fact_is_asked_for_by_somebody():
    asked = {
        name for finding in CATALOGUE for name in (*finding.parameters, *finding.values_in_messages, finding.value)
    }
    asked |= {name for deduction in DEDUCTIONS.values() for name in deduction.parameters}
    asked |= {name for derive in DERIVED.values() for name in inspect.signature(derive).parameters}
    asked |= {"invalid_order_field", "invalid_order_value", "invalid_order_file", "invalid_order_line"}
    asked |= {"restocking_fee_charged"}  # by exceptions and by answers
    assert {field.name for kind in (*FACTS, PriceFacts) for field in fields(kind)} <= asked
