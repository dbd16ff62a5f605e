"""CT-6: a refund is never negative."""

import pytest

from tests.stories import a_return, tonight


@pytest.mark.parametrize(
    ("label", "verdict", "net"),
    [("107.99", "refund", "0.01"), ("108.00", "refund", "0.00"), ("108.01", "refund deductions-capped", "0.00")],
)
def test_deductions_are_capped_at_the_gross_refund(label: str, verdict: str, net: str):
    # Gross 100.00 + 8.00 = 108.00.
    night = tonight(a_return(return_shipping_cost=label))
    assert night.verdict() == verdict
    assert night.line()["net_refund"] == net
    assert night.line()["total_deductions"] == ("107.99" if net == "0.01" else "108.00")


def test_the_warning_names_the_shortfall():
    # 100.00 label + 15.00 restocking + 50.00 damage = 165.00; 108.00 gross; 57.00 short.
    night = tonight(a_return(return_shipping_cost="100.00", original_box="no", damage_grade="crack"))
    # In their order: 100.00, then 8.00 of the 15.00, then nothing of the 50.00.
    assert night.money("return_shipping", "restocking_fee", "damage") == ["100.00", "8.00", "0.00"]
    found = night.exception("deductions-capped")
    assert (found["severity"], found["clause"]) == ("warning", "CT-6")
    for part in ("165.00", "57.00", "108.00"):
        assert part in found["message"]


def test_a_refund_of_nothing_is_in_books_and_register_and_not_paid_out():
    night = tonight(a_return(return_shipping_cost="108.00"))
    assert night.payouts == []
    assert night.money("decision", "payout_date", "credit_from", "credit_to") == ["refund", "", "", ""]
    assert [(r["debit"], r["credit"], r["clause"]) for r in night.ledger] == [
        ("100.00", "", ""),
        ("8.00", "", ""),
        ("", "108.00", "RP-6"),
    ]


def test_a_refund_of_nothing_is_never_past_its_deadline():
    night = tonight(a_return(requested_date="2026-03-05", received_date="2026-03-05", return_shipping_cost="108.00"))
    assert night.verdict() == "refund"
