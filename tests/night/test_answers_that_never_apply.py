"""Resolutions that can never apply."""

import pytest

from tests.night.told import FRIDAY, MONDAY, TUESDAY
from tests.stories import Night, Row, a_return, an_answer, an_order, file_of, tell, tonight

NEVER: list[tuple[str, Row, str]] = [
    ("an RMA that was never read", {"rma_number": "R9"}, "rma_number"),
    ("a line that was never read", {"order_line": "2"}, "rma_number"),
    ("another order", {"order_number": "1002"}, "rma_number"),
    ("no RMA", {"rma_number": ""}, "rma_number"),
    ("nobody signed", {"resolved_by": ""}, "resolved_by"),
    ("an unknown action", {"action": "approve"}, "action"),
    ("an unknown code", {"code": "evidence"}, "code"),
    ("no code", {"code": ""}, "code"),
    ("a deduction cannot be allowed", {"code": "damage"}, "code"),
    ("a finding cannot be waived", {"action": "waive"}, "code"),
    ("a rejection cannot be rejected", {"code": "window-expired", "action": "reject"}, "code"),
    ("a warning cannot be allowed", {"code": "short-receipt"}, "code"),
    ("nobody allows a rejection by review", {"code": "rejected-by-review"}, "code"),
    ("an approval without its amount", {"code": "approval-required"}, "amount"),
    ("an approval with a bad amount", {"code": "approval-required", "amount": "lots"}, "amount"),
    ("a set amount without an amount", {"code": "damage", "action": "set-amount"}, "amount"),
    ("a negative amount", {"code": "damage", "action": "set-amount", "amount": "-1"}, "amount"),
    (
        "a set amount for a whole RMA",
        {"code": "damage", "action": "set-amount", "amount": "1.00", "order_line": ""},
        "order_line",
    ),
    ("return shipping cannot be set", {"code": "return_shipping", "action": "set-amount", "amount": "1.00"}, "code"),
    (
        "outbound shipping cannot be set",
        {"code": "outbound_shipping", "action": "set-amount", "amount": "1.00"},
        "code",
    ),
]


@pytest.mark.parametrize(("cells", "field"), [case[1:] for case in NEVER], ids=[case[0] for case in NEVER])
def test_a_resolution_that_can_never_apply_is_reported_and_changes_nothing(cells: Row, field: str):
    answer = an_answer("evidence-missing", "allow") | cells
    night = tonight(a_return(evidence_complete="no"), resolutions=[answer])
    assert night.verdict() == "hold evidence-missing"
    assert night.line()["resolved_by"] == ""
    found = night.exception("invalid-resolution")
    assert (found["severity"], found["clause"], found["field"]) == ("hold", "CT-5", field)
    assert (found["source_file"], found["source_line"]) == ("resolutions.csv", "2")
    assert found["rma_number"] == answer["rma_number"]


@pytest.mark.parametrize(
    "code",
    [
        "awaiting-receipt",
        "lost-in-transit",
        "dispute-open",
        "delivery-date-missing",
        "damage-unpriced",
        "settled-by-dispute",
        "order-changed-after-refund",
        "units-exceed-purchase",
        "order-not-found",
        "ambiguous-order",
        "invalid-order",
        "currency-unsupported",
        "no-policy-in-force",
        "disputed-after-refund",
    ],
)
def test_what_cannot_be_allowed(code: str):
    night = tonight(a_return(), resolutions=[an_answer(code, "allow")])
    assert night.exception("invalid-resolution")["field"] == "code"


@pytest.mark.parametrize(
    "code", ["order-not-found", "ambiguous-order", "invalid-order", "currency-unsupported", "no-policy-in-force"]
)
def test_a_person_may_reject_a_line_whose_order_is_not_sound(code: str):
    orders = {
        "order-not-found": [],
        "ambiguous-order": [an_order(), an_order(quantity="2")],
        "invalid-order": [an_order(quantity="x")],
        "currency-unsupported": [an_order(currency="EUR")],
        "no-policy-in-force": [an_order(ordered_date="2023-12-31")],
    }[code]
    night = tonight(a_return(), orders=orders, resolutions=[an_answer(code, "reject")])
    assert night.verdict() == "reject rejected-by-review"


def test_a_resolution_may_name_a_line_that_only_an_earlier_night_read():
    told = tell(
        Night([a_return(evidence_complete="no")], as_of=FRIDAY),
        Night([], resolutions=[an_answer("evidence-missing", "allow")], as_of=MONDAY),
        Night([a_return(evidence_complete="no")], as_of=TUESDAY),
    )
    assert [row["code"] for row in told[1].exceptions] == ["left-the-export"]
    assert told[2].verdict() == "refund"


def test_a_resolution_may_name_a_row_with_invalid_values():
    night = tonight(a_return(reason="?"), resolutions=[an_answer("evidence-missing", "allow")])
    assert [row["code"] for row in night.exceptions] == ["invalid-value"]


def test_a_control_character_makes_a_resolution_invalid():
    answers = file_of("resolutions", [an_answer("evidence-missing", "allow", resolved_by="a\x07n")])
    night = tonight(a_return(evidence_complete="no"), files=[answers])
    assert night.verdict() == "hold evidence-missing"
    assert night.exception("invalid-resolution")["severity"] == "hold"


def test_resolutions_need_not_have_the_columns_order_number_amount_and_note():
    text = b"rma_number,order_line,code,action,resolved_by\nR1,1,evidence-missing,allow,ann\n"
    night = tonight(a_return(evidence_complete="no"), files=[("resolutions", "resolutions.csv", text)])
    assert night.verdict() == "refund"
