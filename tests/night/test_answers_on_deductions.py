"""Resolutions: waive and set-amount."""

import pytest

from tests.stories import (
    a_cancellation,
    a_refused_delivery,
    a_refused_order,
    a_return,
    an_answer,
    an_order,
    an_unshipped_order,
    tonight,
)


def test_waive_makes_the_deduction_zero():
    # 15 % of 100.00 is waived: 100.00 + 8.00 - 7.50 = 100.50.
    row = a_return(original_box="no")
    assert tonight(row).money("restocking_fee", "net_refund") == ["15.00", "85.50"]
    night = tonight(row, resolutions=[an_answer("restocking_fee", "waive")])
    assert night.money("restocking_fee", "net_refund", "resolved_by") == ["0.00", "100.50", "ann"]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("return_shipping", "return"),
        ("return_shipping", "refused_delivery"),
        ("outbound_shipping", "refused_delivery"),
        ("restocking_fee", "return"),
        ("damage", "return"),
        ("cancellation_loss", "cancellation"),
    ],
)
def test_every_deduction_of_a_type_can_be_waived(code: str, kind: str):
    worst = dict(original_box="no", damage_grade="crack", cancellation_loss="20.00", return_shipping_cost="7.50")
    if kind == "cancellation":
        row, orders = a_cancellation(**worst), [an_unshipped_order()]
    else:
        row = (a_return if kind == "return" else a_refused_delivery)(**worst)
        orders = [an_order() if kind == "return" else a_refused_order()]
    assert tonight(row, orders=orders).line()[code] != "0.00"
    night = tonight(row, orders=orders, resolutions=[an_answer(code, "waive")])
    assert night.money(code, "resolved_by") == ["0.00", "ann"]


def test_set_amount_replaces_the_figure_also_where_the_reason_waives_it():
    # Damage is waived for damaged_on_arrival; a person sets 12.00 all the same: 108.00 - 7.50 - 12.00 = 88.50.
    row = a_return(reason="damaged_on_arrival", damage_grade="crack")
    night = tonight(row, resolutions=[an_answer("damage", "set-amount", amount="12.00")])
    assert night.money("damage", "net_refund") == ["12.00", "88.50"]


def test_a_set_amount_is_capped_like_any_other():
    night = tonight(a_return(), resolutions=[an_answer("damage", "set-amount", amount="500.00")])
    assert night.verdict() == "refund deductions-capped"
    assert night.money("damage", "net_refund") == ["100.50", "0.00"]


def test_a_person_who_waives_what_the_type_does_not_have_took_no_part():
    night = tonight(a_return(), resolutions=[an_answer("cancellation_loss", "waive")])
    assert night.verdict() == "refund"
    assert night.line()["resolved_by"] == ""
    assert night.exceptions == []


def test_a_waive_on_a_line_that_is_not_refunded_names_nobody():
    night = tonight(a_return(evidence_complete="no"), resolutions=[an_answer("damage", "waive")])
    assert night.money("decision", "resolved_by") == ["hold", ""]


def test_resolved_by_lists_everybody_once_and_sorted():
    night = tonight(
        a_return(evidence_complete="no", reason_confirmed="no", original_box="no"),
        resolutions=[
            an_answer("evidence-missing", "allow", resolved_by="zoe"),
            an_answer("reason-unconfirmed", "allow", resolved_by="bo"),
            an_answer("restocking_fee", "waive", resolved_by="zoe"),
        ],
    )
    assert night.line()["resolved_by"] == "bo;zoe"
