"""Stage B, the order and the history: is there one sound order line, and was the key decided before?"""

from datetime import date

import pytest

from tests.stories import (
    Night,
    Reports,
    Row,
    a_cancellation,
    a_policy,
    a_return,
    an_answer,
    an_order,
    an_unshipped_order,
    tell,
    tonight,
)
from tests.worlds import ORDER_LEVEL

FRIDAY, MONDAY, TUESDAY = date(2026, 3, 20), date(2026, 3, 23), date(2026, 3, 24)


# -- order-not-found ---------------------------------------------------------------------------------------------


def test_a_return_on_an_unknown_order_waits():
    night = tonight(a_return(order_number="1009"))
    assert night.verdicts() == ["hold order-not-found"]
    found = night.exception("order-not-found")
    assert (found["severity"], found["clause"]) == ("hold", "CT-1")
    assert "1009" in found["message"]


@pytest.mark.parametrize("line", ["2", "01", "1.0"])
def test_an_order_line_is_found_by_its_text_alone(line: str):
    assert tonight(a_return(order_line=line)).verdicts() == ["hold order-not-found"]


def test_before_stage_c_a_line_has_no_sku_no_due_date_and_no_claim():
    night = tonight(a_return(order_number="1009"))
    row, found = night.line(order="1009"), night.exceptions[0]
    assert (row["sku"], row["due_date"], row["policy_version"]) == ("", "", "")
    assert (found["claim_amount"], found["due_date"], found["business_days_left"]) == ("", "", "")


def test_an_order_not_found_is_not_asked_for_its_currency_or_date():
    night = tonight(a_return(order_line="2"), orders=[an_order(currency="EUR", ordered_date="2023-01-01")])
    assert night.verdicts() == ["hold order-not-found"]


def test_an_order_line_whose_only_row_is_invalid_is_invalid_and_not_missing():
    assert tonight(a_return(), orders=[an_order(quantity="0")]).verdict() == "hold invalid-order"


# -- ambiguous-order ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [{"quantity": "2"}, {"sku": "X"}, {"delivered_date": ""}, {"line_tax": "8.01"}])
def test_differing_rows_of_an_order_line_hold_the_return(change: Row):
    night = tonight(a_return(), orders=[an_order(), an_order(**change)])
    assert night.verdict() == "hold ambiguous-order"
    assert night.exception("ambiguous-order")["clause"] == "CT-1"


def test_differing_rows_of_another_line_of_the_order_hold_the_return():
    night = tonight(a_return(), orders=[an_order(), an_order(order_line="2"), an_order(order_line="2", quantity="2")])
    assert night.verdict() == "hold ambiguous-order"


def test_an_order_row_repeated_in_other_words_is_no_contradiction():
    again = an_order(unit_price="100", line_tax="8.0", ship_country="us", sales_channel="WebShop", quantity="01")
    assert tonight(a_return(), orders=[an_order(), again]).verdict() == "refund"


OTHER_VALUE = {
    "sales_channel": "amazon",
    "ship_country": "CA",
    "currency": "CAD",
    "ordered_date": "2026-03-01",
    "shipping_paid": "6.01",
    "outbound_shipping_cost": "9.01",
    "payment_method": "paypal",
    "payment_reference": "PAY-2",
}


@pytest.mark.parametrize("column", ORDER_LEVEL)
def test_lines_of_an_order_that_disagree_on_an_order_level_column_hold_the_return(column: str):
    night = tonight(a_return(), orders=[an_order(), an_order(order_line="2", **{column: OTHER_VALUE[column]})])
    assert night.verdict() == "hold ambiguous-order"


def test_blank_and_a_value_differ():
    night = tonight(a_return(), orders=[an_order(), an_order(order_line="2", payment_reference="")])
    assert night.verdict() == "hold ambiguous-order"


def test_an_order_can_travel_in_parcels():
    second = an_order(order_line="2", picked_up_date="2026-03-04", delivered_date="2026-03-09", sku="CAP")
    assert tonight(a_return(), orders=[an_order(), second]).verdict() == "refund"


def test_disagreement_is_looked_for_among_valid_rows_only():
    # Line 2 is in Canada, but its quantity is invalid: the order is invalid, not ambiguous.
    night = tonight(a_return(), orders=[an_order(), an_order(order_line="2", ship_country="CA", quantity="0")])
    assert night.verdict() == "hold invalid-order"


def test_an_order_can_be_ambiguous_and_invalid():
    orders = [an_order(), an_order(sku="X"), an_order(order_line="2", quantity="0")]
    assert tonight(a_return(), orders=orders).verdict() == "hold ambiguous-order;invalid-order"


# -- invalid-order -----------------------------------------------------------------------------------------------


def test_an_invalid_cell_of_its_order_row_holds_the_return_naming_row_and_field():
    night = tonight(a_return(), orders=[an_order(unit_price="1,00")])
    assert night.verdict() == "hold invalid-order"
    found = night.exception("invalid-order")
    assert found["clause"] == "CT-1"
    for part in ("order line 1", "unit_price", '"1,00"'):
        assert part in found["message"]


def test_an_invalid_cell_of_another_row_of_the_order_holds_the_return_too():
    night = tonight(a_return(), orders=[an_order(), an_order(order_line="2", item_type="gift")])
    assert night.verdict() == "hold invalid-order"
    assert "order line 2" in night.message("invalid-order") and "item_type" in night.message("invalid-order")


def test_several_invalid_cells_of_an_order_are_one_finding():
    night = tonight(a_return(), orders=[an_order(quantity="x", unit_price="x", line_tax="")])
    assert len(night.exceptions) == 1


def test_bad_order_rows_that_no_return_asks_for_hold_nobody():
    night = tonight(a_return(), orders=[an_order(), an_order(order_number="1002", quantity="x")])
    assert night.verdict() == "refund"
    assert night.exceptions == []


@pytest.mark.parametrize(
    ("discount", "verdict"),
    [("199.99", "refund"), ("200.00", "refund"), ("200.01", "hold invalid-order")],
)
def test_the_discount_may_reach_the_price_of_all_units_and_not_exceed_it(discount: str, verdict: str):
    # 2 x 100.00 = 200.00. The label at 0.00, so that nothing is capped.
    night = tonight(
        a_return(return_shipping_cost="0.00"),
        orders=[an_order(quantity="2", line_discount=discount)],
    )
    assert night.verdict() == verdict


def test_a_discount_above_the_price_is_named_with_its_figure():
    found = tonight(a_return(), orders=[an_order(line_discount="100.01")]).exception("invalid-order")
    assert "line_discount" in found["message"] and "100.01" in found["message"]


# -- currency-unsupported ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("currency", "verdict"), [("USD", "refund"), ("usd", "refund")])
def test_the_policys_currency_is_refunded_in_any_case(currency: str, verdict: str):
    assert tonight(a_return(), orders=[an_order(currency=currency)]).verdict() == verdict


def test_another_currency_waits():
    night = tonight(a_return(), orders=[an_order(currency="eur")])
    assert night.verdict() == "hold currency-unsupported"
    found = night.exception("currency-unsupported")
    assert (found["clause"], found["field"], found["value"]) == ("CT-1", "currency", "EUR")
    assert "EUR" in found["message"] and "USD" in found["message"]


# -- no-policy-in-force ------------------------------------------------------------------------------------------


def old_order(ordered: str) -> list[Row]:
    return [an_order(ordered_date=ordered)]


def test_an_order_of_the_first_day_of_the_first_version_is_judged_by_it():
    night = tonight(a_return(), orders=old_order("2024-01-01"))
    assert night.verdict() == "refund"
    assert night.line()["policy_version"] == "2024-01"


def test_an_order_of_the_day_before_waits():
    night = tonight(a_return(), orders=old_order("2023-12-31"))
    assert night.verdict() == "hold no-policy-in-force"
    found = night.exception("no-policy-in-force")
    assert found["clause"] == "CT-4"
    assert "2023-12-31" in found["message"] and "2024-01-01" in found["message"]


@pytest.mark.parametrize(("ordered", "version"), [("2026-02-28", "2024-01"), ("2026-03-01", "spring")])
def test_an_order_is_judged_by_the_version_of_its_day(ordered: str, version: str):
    spring = a_policy(version="spring", effective_from=date(2026, 3, 1))
    night = tell(Night([a_return()], old_order(ordered)), policies=[a_policy(), spring])[0]
    assert night.line()["policy_version"] == version


def test_a_new_version_never_reprices_an_old_order():
    # The window shrinks to 3 days for orders from 03-01 on: requested 03-10, five days after delivery on 03-05.
    spring = a_policy(version="spring", effective_from=date(2026, 3, 1), coverage={"window_days": 3})
    night = tell(
        Night(
            [a_return(), a_return(rma_number="R2", order_number="1002")],
            [an_order(), an_order(order_number="1002", ordered_date="2026-02-28")],
        ),
        policies=[a_policy(), spring],
    )[0]
    assert night.verdict() == "reject window-expired"
    assert night.verdict("R2", "1", "1002") == "refund"


def test_foreign_currency_and_no_policy_are_both_reported():
    night = tonight(a_return(), orders=[an_order(currency="EUR", ordered_date="2023-12-31")])
    assert night.verdict() == "hold currency-unsupported;no-policy-in-force"


# -- already-decided: history comes first ------------------------------------------------------------------------


def after_refund(change: Row, order_change: Row | None = None) -> Reports:
    """Refunded on Friday; on Monday the return row, or its order row, has changed."""
    return tell(
        Night([a_return()], as_of=FRIDAY),
        Night([a_return(**change)], [an_order(**(order_change or {}))], as_of=MONDAY),
    )[1]


def test_a_refunded_line_is_paid_once():
    night = after_refund({})
    assert night.verdict() == "already-decided"
    assert (night.payouts, night.exceptions) == ([], [])
    assert night.money("quantity", "sku", "net_refund", "due_date", "policy_version") == ["1", "", "", "", ""]


@pytest.mark.parametrize(
    ("change", "order_change"),
    [
        ({"tracking_number": "T2"}, {}),
        ({"return_shipping_cost": "7.5", "evidence_complete": "TRUE"}, {}),
        ({}, {"sku": "NEW"}),
        ({}, {"payment_method": "paypal", "payment_reference": ""}),
    ],
)
def test_what_decides_nothing_may_change_after_a_refund(change: Row, order_change: Row):
    assert after_refund(change, order_change).verdict() == "already-decided"


def test_an_order_that_is_no_longer_exported_counts_as_unchanged():
    told = tell(Night([a_return()], as_of=FRIDAY), Night([a_return()], [], as_of=MONDAY))
    assert told[1].verdict() == "already-decided"


@pytest.mark.parametrize(
    "orders",
    [
        [an_order(unit_price="broken")],
        [an_order(), an_order(unit_price="90.00")],
        [an_order(unit_price="90.00"), an_order(order_line="2", quantity="0")],
    ],
    ids=["invalid", "ambiguous", "invalid on another line"],
)
def test_an_unsound_order_counts_as_unchanged_after_a_refund(orders: list[Row]):
    told = tell(Night([a_return()], as_of=FRIDAY), Night([a_return()], orders, as_of=MONDAY))
    assert told[1].verdict() == "already-decided"


def test_a_rejected_line_stays_rejected_while_it_says_the_same():
    late = [an_order(ordered_date="2026-02-01", delivered_date="2026-02-01")]
    told = tell(Night([a_return()], late, as_of=FRIDAY), Night([a_return()], late, as_of=MONDAY))
    assert [night.verdict() for night in told] == ["reject window-expired", "already-decided"]


def test_a_rejected_line_whose_content_changed_is_decided_afresh():
    late = [an_order(ordered_date="2026-02-01", delivered_date="2026-02-01")]
    told = tell(Night([a_return()], late, as_of=FRIDAY), Night([a_return()], as_of=MONDAY))
    assert [night.verdict() for night in told] == ["reject window-expired", "refund"]


def test_a_new_resolution_opens_a_rejected_line_and_the_same_one_again_does_not():
    late = [an_order(ordered_date="2026-02-01", delivered_date="2026-02-01")]
    goodwill = [an_answer("window-expired", "allow")]
    other = [an_answer("evidence-missing", "allow")]
    told = tell(
        Night([a_return()], late, as_of=FRIDAY),
        Night([a_return()], late, other, as_of=MONDAY),  # names the line, so it is judged again, and rejected again
        Night([a_return()], late, other, as_of=TUESDAY),  # adds nothing to Monday's row
        Night([a_return()], late, goodwill, as_of=date(2026, 3, 25)),
    )
    assert [night.verdict() for night in told] == [
        "reject window-expired",
        "reject window-expired",
        "already-decided",
        "refund",
    ]


def test_a_held_line_is_looked_at_again_every_night():
    told = tell(Night([a_return(evidence_complete="")], as_of=FRIDAY), Night([a_return()], as_of=MONDAY))
    assert [night.verdict() for night in told] == ["hold evidence-missing", "refund"]


def test_the_age_of_an_exception_counts_from_the_first_night_that_saw_it():
    # Friday 03-20 to Tuesday 03-24: four days. On Monday a second finding joins it.
    told = tell(
        Night([a_return(evidence_complete="")], as_of=FRIDAY),
        Night([a_return(evidence_complete="", reason_confirmed="no")], as_of=MONDAY),
        Night([a_return(evidence_complete="", reason_confirmed="no")], as_of=TUESDAY),
    )
    seen = [(r["code"], r["first_seen"], r["age_days"]) for r in told[2].exceptions]
    assert seen == [("evidence-missing", "2026-03-20", "4"), ("reason-unconfirmed", "2026-03-23", "1")]


def test_a_finding_that_went_away_for_a_night_starts_anew():
    waiting = a_return(evidence_complete="")
    told = tell(
        Night([waiting], as_of=FRIDAY),
        Night([waiting | {"reason": "?"}], as_of=MONDAY),
        Night([waiting], as_of=TUESDAY),
    )
    assert told[2].exception("evidence-missing")["first_seen"] == "2026-03-24"


# -- changed-after-refund ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "order_change", "field"),
    [
        ({"damage_grade": "crack"}, {}, "damage_grade"),
        ({"original_box": "no"}, {}, "original_box"),
        ({"reason": "manufacturing_defect"}, {}, "reason"),
        ({"return_shipping_cost": "8.00"}, {}, "return_shipping_cost"),
        ({"damage_amount": "0.00"}, {}, "damage_amount"),
        ({"received_date": "2026-03-17"}, {}, "received_date"),
        ({}, {"unit_price": "90.00"}, "unit_price"),
        ({}, {"delivered_date": "2026-03-06"}, "delivered_date"),
        ({}, {"shipping_paid": "0.00"}, "shipping_paid"),
    ],
)
def test_deciding_content_that_changed_after_the_refund_is_shown_to_a_person(
    change: Row, order_change: Row, field: str
):
    night = after_refund(change, order_change)
    assert night.verdict() == "hold changed-after-refund"
    found = night.exception("changed-after-refund")
    assert (found["clause"], found["severity"]) == ("CT-2", "hold")
    assert field in found["message"] and "2026-03-20" in found["message"]
    assert night.payouts == []


def test_a_person_accepts_the_new_content_and_history_keeps_the_refund():
    changed, answer = a_return(damage_grade="crack"), [an_answer("changed-after-refund", "reject")]
    told = tell(
        Night([a_return()], as_of=FRIDAY),
        Night([changed], resolutions=answer, as_of=MONDAY),
        Night([changed], resolutions=answer, as_of=TUESDAY),
        Night([changed | {"damage_grade": "dent"}], resolutions=answer, as_of=date(2026, 3, 25)),
    )
    # The last night brings content that nobody has accepted: the answer was given for another one.
    assert [night.verdict() for night in told] == [
        "refund",
        "reject rejected-by-review",
        "already-decided",
        "hold changed-after-refund",
    ]
    assert told[1].line()["resolved_by"] == "ann"
    assert [p["amount"] for night in told for p in night.payouts] == ["100.50"]


def test_going_back_to_the_paid_content_after_a_person_accepted_another_is_a_change():
    changed, answer = a_return(damage_grade="crack"), [an_answer("changed-after-refund", "reject")]
    told = tell(
        Night([a_return()], as_of=FRIDAY),
        Night([changed], resolutions=answer, as_of=MONDAY),
        Night([a_return()], as_of=TUESDAY),
    )
    assert told[2].verdict() == "hold changed-after-refund"


def test_changed_after_refund_cannot_be_allowed():
    answer = [an_answer("changed-after-refund", "allow")]
    told = tell(
        Night([a_return()], as_of=FRIDAY),
        Night([a_return(reason="other")], resolutions=answer, as_of=MONDAY),
    )
    assert told[1].verdict() == "hold changed-after-refund"
    assert told[1].exception("invalid-resolution")["field"] == "code"


# -- disputed-after-refund ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["open", "lost"])
def test_a_dispute_after_the_refund_is_shown_to_a_person(status: str):
    night = after_refund({"dispute_status": status, "dispute_opened_date": "2026-03-21"})
    assert night.verdict() == "hold disputed-after-refund"
    found = night.exception("disputed-after-refund")
    assert (found["clause"], found["field"], found["value"]) == ("RP-12", "dispute_status", status)


def test_a_dispute_that_the_store_won_after_the_refund_changes_nothing():
    assert after_refund({"dispute_status": "won"}).verdict() == "already-decided"


def test_a_dispute_and_a_change_after_the_refund_are_both_reported():
    night = after_refund({"dispute_status": "open", "damage_grade": "crack"})
    assert night.verdict() == "hold changed-after-refund;disputed-after-refund"


def test_one_rejection_accepts_all_of_the_new_content():
    disputed = a_return(dispute_status="open", damage_grade="crack")
    told = tell(
        Night([a_return()], as_of=FRIDAY),
        Night([disputed], resolutions=[an_answer("disputed-after-refund", "reject")], as_of=MONDAY),
        Night([disputed], as_of=TUESDAY),
        Night([disputed | {"dispute_status": "lost"}], as_of=date(2026, 3, 25)),
    )
    assert [night.verdict() for night in told][1:] == [
        "reject rejected-by-review",
        "already-decided",
        "hold disputed-after-refund",
    ]


# -- Supplementary refunds: more units came ----------------------------------------------------------------------

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
