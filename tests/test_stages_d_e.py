"""Stage D, units; stage E, the payout; the warning on capped deductions; and what people answer (rulebook 8)."""

from datetime import date

import pytest

from tests.stories import (
    NOT_BACK_YET,
    Night,
    Row,
    a_cancellation,
    a_policy,
    a_refused_delivery,
    a_return,
    an_answer,
    an_order,
    an_unshipped_order,
    file_of,
    tell,
    tonight,
)

FRIDAY, MONDAY, TUESDAY = date(2026, 3, 20), date(2026, 3, 23), date(2026, 3, 24)

NO_LABEL = {"return_shipping_cost": "0.00"}


# -- CT-2, units-exceed-purchase: no unit is refunded twice -------------------------------------------------------


def returned(rma: str, units: str, **cells: str) -> Row:
    clean = {"rma_number": rma, "quantity_requested": units, "quantity_received": units, **NO_LABEL}
    return a_return(**(clean | cells))


@pytest.mark.parametrize(("first", "second"), [("1", "1"), ("1", "2")])
def test_claims_up_to_the_quantity_are_refunded(first: str, second: str):
    night = tonight(returned("R1", first), returned("R2", second), orders=[an_order(quantity="3")])
    assert night.verdicts() == ["refund", "refund"]


def test_claims_of_one_unit_above_the_quantity_hold_all_lines_of_the_order_line():
    night = tonight(returned("R1", "1"), returned("R2", "3"), orders=[an_order(quantity="3")])
    assert night.verdicts() == ["hold units-exceed-purchase"] * 2
    for found in night.exceptions:
        assert (found["severity"], found["clause"]) == ("hold", "CT-2")
        for part in ("R1, R2", "4 claimed", "has 3"):
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
    assert "3 units refunded before and 1 claimed tonight" in told[2].message("units-exceed-purchase")


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


# -- CT-2, order-changed-after-refund ----------------------------------------------------------------------------


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


# -- CT-3, approval-required -------------------------------------------------------------------------------------


def costly(price: str, **cells: str) -> list[Row]:
    return [an_order(unit_price=price, line_tax="0.00", **cells)]


@pytest.mark.parametrize(
    ("price", "verdict"),
    [
        ("2507.49", "refund"),  # - 7.50 = 2,499.99
        ("2507.50", "refund"),  # - 7.50 = 2,500.00, which does not exceed the limit
        ("2507.51", "hold approval-required"),  # - 7.50 = 2,500.01
    ],
)
def test_a_net_refund_above_the_limit_waits_for_a_person(price: str, verdict: str):
    assert tonight(a_return(), orders=costly(price)).verdict() == verdict


def test_the_exception_names_the_sum_and_the_limit():
    night = tonight(a_return(), orders=costly("2507.51"))
    found = night.exception("approval-required")
    assert (found["severity"], found["clause"], found["value"]) == ("hold", "CT-3", "2500.01")
    assert "2500.01" in found["message"] and "2500.00" in found["message"]
    assert night.payouts == night.ledger == []
    assert night.money("net_refund", "payout_date") == ["", ""]


def test_the_limit_looks_at_the_whole_order():
    # Two RMAs of one order: 1,300.00 + 1,200.01 = 2,500.01. Another order is not concerned.
    orders = [*costly("1300.00"), *costly("1200.01", order_line="2"), *costly("99.00", order_number="1002")]
    night = tonight(
        returned("R1", "1"), returned("R2", "1", order_line="2"), returned("R3", "1", order_number="1002"),
        orders=orders,
    )  # fmt: skip
    assert night.verdicts() == ["hold approval-required", "hold approval-required", "refund"]


def test_the_limit_counts_what_earlier_nights_refunded_on_the_order():
    # 1,300.00 on Friday, 1,200.01 on Monday: 2,500.01 in all.
    orders = [*costly("1300.00"), *costly("1200.01", order_line="2")]
    told = tell(
        Night([returned("R1", "1")], orders, as_of=FRIDAY),
        Night([returned("R2", "1", order_line="2")], orders, as_of=MONDAY),
    )
    assert told[0].verdict() == "refund"
    assert told[1].verdict("R2", "2") == "hold approval-required"
    message = told[1].message("approval-required")
    assert "2500.01" in message and "1300.00" in message


def test_a_refund_of_nothing_needs_no_approval():
    # 2,400.00 on Friday. On Monday line 2 is worth 200.00 and its damage is 200.00: net 0.00, no approval.
    orders = [*costly("2400.00"), *costly("200.00", order_line="2")]
    told = tell(
        Night([returned("R1", "1")], orders, as_of=FRIDAY),
        Night([returned("R2", "1", order_line="2", damage_amount="200.00")], orders, as_of=MONDAY),
    )
    assert told[1].verdict("R2", "2") == "refund"
    assert told[1].money("net_refund", "payout_date", key=("R2", "2")) == ["0.00", ""]


def test_without_a_limit_nothing_needs_approval():
    night = tonight(a_return(), orders=costly("999999999.99"), approval={"limit": None})
    assert night.verdict() == "refund"


def test_a_limit_of_zero_sends_every_payout_to_a_person():
    night = tonight(a_return(), orders=costly("7.51"), approval={"limit": "0.00"})
    assert night.verdict() == "hold approval-required"  # 7.51 - 7.50 = 0.01
    night = tonight(a_return(), orders=costly("7.50"), approval={"limit": "0.00"})
    assert night.verdict() == "refund"


@pytest.mark.parametrize(
    ("amount", "verdict"),
    [("2500.00", "hold approval-required"), ("2500.01", "refund"), ("9999.00", "refund")],
)
def test_an_approval_must_reach_the_sum(amount: str, verdict: str):
    answer = [an_answer("approval-required", "allow", amount=amount)]
    night = tonight(a_return(), orders=costly("2507.51"), resolutions=answer)
    assert night.verdict() == verdict
    assert night.line()["resolved_by"] == ("ann" if verdict == "refund" else "")


def test_every_line_of_the_order_needs_the_approval():
    orders = [*costly("2000.00"), *costly("2000.00", order_line="2")]
    rows = [returned("R1", "1"), returned("R2", "1", order_line="2")]
    first = an_answer("approval-required", "allow", amount="4000.00")
    second = first | {"rma_number": "R2", "order_line": ""}
    assert tonight(*rows, orders=orders, resolutions=[first]).verdicts() == ["hold approval-required"] * 2
    assert tonight(*rows, orders=orders, resolutions=[first, second]).verdicts() == ["refund"] * 2


def test_an_approval_holds_on_later_nights_up_to_its_amount():
    # Approved up to 4,000.00 while the parcel was on its way.
    answer = [an_answer("approval-required", "allow", amount="4000.00")]
    told = tell(
        Night([a_return(**NOT_BACK_YET)], costly("3000.00"), answer, as_of=FRIDAY),
        Night([a_return()], costly("3000.00"), as_of=MONDAY),
    )
    assert [night.verdict() for night in told] == ["hold awaiting-receipt", "refund"]


def test_a_person_rejects_a_payout_that_waits_for_approval():
    night = tonight(a_return(), orders=costly("3000.00"), resolutions=[an_answer("approval-required", "reject")])
    assert night.verdict() == "reject rejected-by-review"
    assert night.payouts == []


def test_the_limit_is_that_of_the_orders_version():
    spring = a_policy(version="spring", effective_from=date(2026, 3, 1), approval={"limit": "50.00"})
    rows = [a_return(), a_return(rma_number="R2", order_number="1002")]
    orders = [an_order(), an_order(order_number="1002", ordered_date="2026-02-28")]
    night = tell(Night(rows, orders), policies=[a_policy(), spring])[0]
    assert night.verdicts() == ["hold approval-required", "refund"]


# -- CT-6: a refund is never negative ----------------------------------------------------------------------------


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


# -- Resolutions: waive and set-amount ---------------------------------------------------------------------------


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
        row, orders = (a_return if kind == "return" else a_refused_delivery)(**worst), [an_order()]
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


# -- Resolutions: which one is in force --------------------------------------------------------------------------


def test_the_later_row_wins():
    answers = [
        an_answer("damage", "set-amount", amount="5.00", resolved_by="ann"),
        an_answer("damage", "waive", resolved_by="bo"),
        an_answer("damage", "set-amount", amount="3.00", resolved_by="cy"),
    ]
    assert tonight(a_return(), resolutions=answers).money("damage", "resolved_by") == ["3.00", "cy"]


def test_a_lines_own_resolution_beats_the_rmas_whenever_it_came():
    whole = an_answer("damage", "waive", order_line="", resolved_by="bo")
    own = an_answer("damage", "set-amount", amount="3.00")
    for answers in ([whole, own], [own, whole]):
        assert tonight(a_return(), resolutions=answers).line()["damage"] == "3.00"


def test_a_resolution_without_a_line_speaks_of_all_lines_of_the_rma():
    rows = [a_return(evidence_complete="no"), a_return(order_line="2", evidence_complete="no")]
    answer = an_answer("evidence-missing", "allow", order_line="", order_number="")
    night = tonight(*rows, orders=[an_order(), an_order(order_line="2")], resolutions=[answer])
    assert night.verdicts() == ["refund", "refund"]


def test_a_resolution_stays_in_force_on_later_nights_and_a_later_one_replaces_it():
    waiting = a_return(original_box="no", **NOT_BACK_YET)
    told = tell(
        Night([waiting], resolutions=[an_answer("restocking_fee", "waive")], as_of=FRIDAY),
        Night([waiting], as_of=MONDAY),
        Night([waiting | {"quantity_received": "1", "received_date": "2026-03-24"}], as_of=TUESDAY),
    )
    assert told[2].money("restocking_fee", "resolved_by") == ["0.00", "ann"]
    told = tell(
        Night([waiting], resolutions=[an_answer("restocking_fee", "waive")], as_of=FRIDAY),
        Night(
            [a_return(original_box="no")],
            resolutions=[an_answer("restocking_fee", "set-amount", amount="4.00", resolved_by="bo")],
            as_of=MONDAY,
        ),
    )
    assert told[1].money("restocking_fee", "resolved_by") == ["4.00", "bo"]


def test_a_resolution_whose_code_is_not_found_tonight_has_no_effect():
    night = tonight(a_return(), resolutions=[an_answer("window-expired", "allow")])
    assert night.verdict() == "refund"
    assert night.line()["resolved_by"] == ""
    assert night.exceptions == []


def test_a_rejection_does_not_touch_a_line_held_by_something_else():
    night = tonight(a_return(evidence_complete="no"), resolutions=[an_answer("inspection-missing", "reject")])
    assert night.verdict() == "hold evidence-missing"


def test_rows_without_an_action_are_skipped_and_the_exceptions_file_can_be_sent_back():
    # exceptions.csv of Friday, with the last columns filled in for one of its two rows.
    first = tonight(a_return(evidence_complete="no", reason_confirmed="no"))
    rows = [dict(row) for row in first.exceptions]
    assert [(row["action"], row["amount"], row["resolved_by"], row["note"]) for row in rows] == [("",) * 4] * 2
    rows[0] |= {"action": "Allow", "resolved_by": "ann"}
    columns = list(rows[0])
    text = "\n".join([",".join(columns), *(",".join(f'"{row[c]}"' for c in columns) for row in rows)])
    night = tonight(
        a_return(evidence_complete="no", reason_confirmed="no"),
        files=[("resolutions", "resolutions.csv", text.encode())],
    )
    assert night.verdict() == "hold reason-unconfirmed"
    assert night.line()["resolved_by"] == "ann"


def test_the_apostrophe_that_protects_a_text_is_undone():
    # The register writes the RMA "=1+1" as "'=1+1", and that is what an analyst copies.
    night = tonight(
        a_return(rma_number="=1+1", evidence_complete="no"),
        resolutions=[an_answer("evidence-missing", "allow", rma_number="'=1+1", resolved_by="'-ann")],
    )
    assert night.verdict("'=1+1") == "refund"
    assert night.line("'=1+1")["resolved_by"] == "'-ann"


# -- Resolutions that can never apply ----------------------------------------------------------------------------

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
    assert told[1].exceptions == []
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
