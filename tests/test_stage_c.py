"""Stage C, the policy, clause by clause: every limit below, at and above it, and for which type of return it holds."""

from datetime import date

import pytest

from tests.stories import (
    NOT_BACK_YET,
    Reports,
    Row,
    a_cancellation,
    a_refused_delivery,
    a_return,
    an_answer,
    an_order,
    an_unshipped_order,
    tonight,
)


def judged(kind: str, order: Row | None = None, **cells: str) -> Reports:
    """One line of each type on an order that suits it."""
    if kind == "cancellation":
        return tonight(a_cancellation(**cells), orders=[an_unshipped_order(**(order or {}))])
    row = a_refused_delivery(**cells) if kind == "refused_delivery" else a_return(**cells)
    return tonight(row, orders=[an_order(**(order or {}))])


def clause(night: Reports, code: str) -> tuple[str, str]:
    found = night.exception(code)
    return found["severity"], found["clause"]


EVERY_TYPE = ["return", "refused_delivery", "cancellation"]


@pytest.mark.parametrize("kind", EVERY_TYPE)
def test_a_clean_line_of_every_type_is_refunded_without_a_finding(kind: str):
    night = judged(kind)
    assert night.verdict() == "refund"
    assert night.exceptions == []


# -- RP-4: Kickstarter and Indiegogo purchases get no refund or return -------------------------------------------


@pytest.mark.parametrize("kind", EVERY_TYPE)
@pytest.mark.parametrize("channel", ["kickstarter", "Indiegogo", "KICKSTARTER"])
def test_rp4_an_excluded_channel_gets_no_refund_whatever_the_type(kind: str, channel: str):
    night = judged(kind, {"sales_channel": channel})
    assert night.verdict() == "reject channel-excluded"
    assert clause(night, "channel-excluded") == ("reject", "RP-4")
    assert channel.lower() in night.message("channel-excluded")


def test_rp4_a_channel_is_excluded_by_its_whole_name():
    assert judged("return", {"sales_channel": "kickstarter store"}).verdict() == "refund"


# -- RP-2: the 30-day return is for U.S. orders only -------------------------------------------------------------


def test_rp2_a_return_from_abroad_is_rejected():
    night = judged("return", {"ship_country": "ca"})
    assert night.verdict() == "reject outside-region"
    assert clause(night, "outside-region") == ("reject", "RP-2")
    assert "CA" in night.message("outside-region") and "US" in night.message("outside-region")


@pytest.mark.parametrize("kind", ["refused_delivery", "cancellation"])
def test_rp2_speaks_of_returns_only(kind: str):
    assert judged(kind, {"ship_country": "CA"}).verdict() == "refund"


def test_rp2_covers_the_countries_of_the_policy():
    night = tonight(a_return(), orders=[an_order(ship_country="CA")], coverage={"countries": ["US", "CA"]})
    assert night.verdict() == "refund"


# -- RP-3: accessories cannot be returned, unless damaged on arrival ---------------------------------------------


@pytest.mark.parametrize("reason", ["manufacturing_defect", "wrong_item", "changed_mind", "other"])
def test_rp3_an_accessory_is_not_taken_back(reason: str):
    night = judged("return", {"item_type": "accessory"}, reason=reason)
    assert night.verdict() == "reject accessory-excluded"
    assert clause(night, "accessory-excluded") == ("reject", "RP-3")
    assert reason in night.message("accessory-excluded")


def test_rp3_an_accessory_damaged_on_arrival_is_taken_back():
    assert judged("return", {"item_type": "accessory"}, reason="damaged_on_arrival").verdict() == "refund"


@pytest.mark.parametrize("kind", ["refused_delivery", "cancellation"])
def test_rp3_speaks_of_returns_only(kind: str):
    assert judged(kind, {"item_type": "accessory"}).verdict() == "refund"


# -- RP-1: notice within 30 days of delivery ---------------------------------------------------------------------
#
# Requested on 2026-03-10. February 2026 has 28 days, so 02-09 is 29 days before it, 02-08 is 30, 02-07 is 31.


def delivered(day: str) -> Row:
    return {"ordered_date": "2026-02-01", "picked_up_date": "2026-02-02", "delivered_date": day}


def test_rp1_day_29_is_in_time():
    assert judged("return", delivered("2026-02-09")).verdict() == "refund"


def test_rp1_day_30_is_in_time():
    assert judged("return", delivered("2026-02-08")).verdict() == "refund"


def test_rp1_day_31_is_too_late():
    night = judged("return", delivered("2026-02-07"))
    assert night.verdict() == "reject window-expired"
    assert clause(night, "window-expired") == ("reject", "RP-1")
    assert night.message("window-expired") == "requested 31 days after delivery on 2026-02-07; the limit is 30"


def test_rp1_days_are_counted_in_the_stores_time_zone():
    # 2026-03-11T06:59:59Z is still 03-10 in Los Angeles (UTC-7 since 03-08), day 30; a second later it is day 31.
    in_time = judged("return", delivered("2026-02-08"), requested_date="2026-03-11T06:59:59Z")
    too_late = judged("return", delivered("2026-02-08"), requested_date="2026-03-11T07:00:00Z")
    assert [in_time.verdict(), too_late.verdict()] == ["refund", "reject window-expired"]


def test_rp1_the_window_is_the_policys():
    old = [an_order(**delivered("2026-02-07"))]
    assert tonight(a_return(), orders=old, coverage={"window_days": 31}).verdict() == "refund"
    # Delivered 03-05, requested 03-10: five days.
    assert tonight(a_return(), coverage={"window_days": 5}).verdict() == "refund"
    assert tonight(a_return(), coverage={"window_days": 4}).verdict() == "reject window-expired"


@pytest.mark.parametrize("kind", ["refused_delivery", "cancellation"])
def test_rp1_the_window_is_for_returns_only(kind: str):
    order = {"delivered_date": "2026-01-05"}
    if kind == "cancellation":
        order["picked_up_date"] = ""
    assert judged(kind, order).verdict() == "refund"


def test_rp1_a_return_without_a_delivery_date_waits():
    night = judged("return", {"delivered_date": ""})
    assert night.verdict() == "hold delivery-date-missing"
    assert clause(night, "delivery-date-missing") == ("hold", "RP-1")
    assert "30 days" in night.message("delivery-date-missing")


@pytest.mark.parametrize("kind", ["refused_delivery", "cancellation"])
def test_rp1_only_returns_need_a_delivery_date(kind: str):
    assert judged(kind, {"delivered_date": ""}).verdict() == "refund"


# -- RP-13: cancelled only before the courier picks it up --------------------------------------------------------
#
# Cancelled on 2026-03-18.


def test_rp13_picked_up_the_day_before_the_request_is_too_late():
    night = judged("cancellation", {"picked_up_date": "2026-03-17"})
    assert night.verdict() == "reject picked-up"
    assert clause(night, "picked-up") == ("reject", "RP-13")
    assert "2026-03-18" in night.message("picked-up") and "2026-03-17" in night.message("picked-up")


@pytest.mark.parametrize("picked_up", ["2026-03-18", "2026-03-19"])
def test_rp13_picked_up_on_the_day_of_the_request_or_later_waits(picked_up: str):
    # Also where customer service says that it stopped the order: the goods left all the same.
    night = judged("cancellation", {"picked_up_date": picked_up}, reason_confirmed="yes")
    assert night.verdict() == "hold pickup-unconfirmed"
    assert clause(night, "pickup-unconfirmed") == ("hold", "RP-13")
    assert picked_up in night.message("pickup-unconfirmed")


@pytest.mark.parametrize("confirmed", ["", "no"])
def test_rp13_never_picked_up_but_not_confirmed_waits(confirmed: str):
    assert judged("cancellation", reason_confirmed=confirmed).verdict() == "hold pickup-unconfirmed"


def test_rp13_never_picked_up_and_confirmed_is_refunded():
    assert judged("cancellation", reason_confirmed="yes").verdict() == "refund"


@pytest.mark.parametrize("kind", ["return", "refused_delivery"])
def test_rp13_speaks_of_cancellations_only(kind: str):
    assert judged(kind, {"picked_up_date": "2026-03-01"}).verdict() == "refund"
    assert judged(kind, {"picked_up_date": "2026-03-19"}).verdict() == "refund"


# -- RP-9 and RP-14: no refund unless the warehouse receives the parcel ------------------------------------------
#
# The night is 2026-03-20: 20 days of March, 28 of February, so 2026-01-19 is 60 days before it and 01-18 is 61.

LONG_AGO = {"ordered_date": "2026-01-05", "picked_up_date": "2026-01-06", "delivered_date": "2026-01-10"}
NOT_BACK = [("return", "RP-9"), ("refused_delivery", "RP-14")]


@pytest.mark.parametrize(("kind", "rp"), NOT_BACK)
@pytest.mark.parametrize("requested", ["2026-01-20", "2026-01-19"])
def test_59_or_60_days_without_the_parcel_it_is_awaited(kind: str, rp: str, requested: str):
    night = judged(kind, LONG_AGO, requested_date=requested, **NOT_BACK_YET)
    assert night.verdict() == "hold awaiting-receipt"
    assert clause(night, "awaiting-receipt") == ("hold", rp)
    assert "61" in night.message("awaiting-receipt")  # from day 61 on it counts as lost


@pytest.mark.parametrize(("kind", "rp"), NOT_BACK)
def test_61_days_without_the_parcel_it_is_lost(kind: str, rp: str):
    night = judged(kind, LONG_AGO, requested_date="2026-01-18", **NOT_BACK_YET)
    assert night.verdict() == "reject lost-in-transit"
    assert clause(night, "lost-in-transit") == ("reject", rp)
    for part in ("61 days", "2026-01-18", "60"):
        assert part in night.message("lost-in-transit")


@pytest.mark.parametrize(("kind", "rp"), NOT_BACK)
def test_a_parcel_that_came_is_not_lost_however_late(kind: str, rp: str):
    night = judged(kind, LONG_AGO, requested_date="2026-01-18")
    assert night.verdict() == "refund"


def test_a_cancellation_awaits_no_parcel():
    order = {"ordered_date": "2026-01-01"}
    assert judged("cancellation", order, requested_date="2026-01-02").verdict() == "refund past-deadline"


def test_a_parcel_received_on_the_night_itself_is_received():
    assert judged("return", received_date="2026-03-20").verdict() == "refund"


@pytest.mark.parametrize(("kind", "rp"), NOT_BACK)
@pytest.mark.parametrize(
    "cells",
    [
        {"received_date": "2026-03-21"},
        {"received_date": ""},
        {"quantity_received": ""},
        {"quantity_received": "0"},
    ],
    ids=["received after the night", "no date", "no count", "nothing in it"],
)
def test_a_parcel_that_is_not_received_is_awaited(kind: str, rp: str, cells: Row):
    night = judged(kind, **cells)
    assert night.verdict() == "hold awaiting-receipt"
    assert clause(night, "awaiting-receipt") == ("hold", rp)


def test_a_parcel_that_is_not_received_is_not_inspected():
    # The inspection is asked for only once something is there.
    night = judged("return", **NOT_BACK_YET, original_box="", damage_grade="")
    assert night.verdict() == "hold awaiting-receipt"


def test_lost_in_transit_is_a_rejection_and_silences_what_the_line_waits_for():
    night = judged("return", LONG_AGO, requested_date="2026-01-18", evidence_complete="no", **NOT_BACK_YET)
    assert night.verdict() == "reject lost-in-transit"


@pytest.mark.parametrize(
    ("code", "cells"),
    [("awaiting-receipt", NOT_BACK_YET), ("lost-in-transit", NOT_BACK_YET | {"requested_date": "2026-01-18"})],
)
def test_receipt_cannot_be_allowed(code: str, cells: Row):
    night = tonight(a_return(**cells), orders=[an_order(**LONG_AGO)], resolutions=[an_answer(code, "allow")])
    assert night.exception("invalid-resolution")["field"] == "code"
    assert night.refunds[0]["decision"] != "refund"


# -- RP-12: disputes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", EVERY_TYPE)
def test_rp12_an_open_dispute_waits_with_its_window(kind: str):
    night = judged(kind, dispute_status="open", dispute_opened_date="2026-03-12")
    assert night.verdict() == "hold dispute-open"
    assert clause(night, "dispute-open") == ("hold", "RP-12")
    for day in ("2026-03-12", "2026-06-12", "2026-09-12"):  # 3 and 6 months after
        assert day in night.message("dispute-open")


def test_rp12_months_end_on_the_last_day_where_they_are_shorter():
    # 2025-11-30 + 3 months: February 2026 has 28 days. + 6 months: 2026-05-30.
    night = judged("return", dispute_status="open", dispute_opened_date="2025-11-30")
    assert "2026-02-28" in night.message("dispute-open") and "2026-05-30" in night.message("dispute-open")


def test_rp12_an_open_dispute_of_unknown_date_says_so():
    message = judged("return", dispute_status="open").message("dispute-open")
    assert "unknown" in message and "3 to 6 months" in message


@pytest.mark.parametrize("kind", EVERY_TYPE)
def test_rp12_a_dispute_that_the_store_lost_is_settled(kind: str):
    night = judged(kind, dispute_status="lost")
    assert night.verdict() == "reject settled-by-dispute"
    assert clause(night, "settled-by-dispute") == ("reject", "RP-12")


@pytest.mark.parametrize("status", ["", "none", "won", "WON"])
def test_rp12_no_dispute_or_one_that_the_store_won_is_no_obstacle(status: str):
    assert judged("return", dispute_status=status).verdict() == "refund"


@pytest.mark.parametrize(("code", "status"), [("dispute-open", "open"), ("settled-by-dispute", "lost")])
def test_rp12_cannot_be_allowed(code: str, status: str):
    night = tonight(a_return(dispute_status=status), resolutions=[an_answer(code, "allow")])
    assert code in night.verdict()
    assert night.exception("invalid-resolution")["field"] == "code"


# -- CT-1: dates out of order ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", EVERY_TYPE)
def test_requested_on_the_night_itself_is_in_order(kind: str):
    assert judged(kind, requested_date="2026-03-20", received_date="2026-03-20").verdict() == "refund"


@pytest.mark.parametrize("kind", EVERY_TYPE)
def test_requested_after_the_night_is_out_of_order(kind: str):
    night = judged(kind, requested_date="2026-03-21")
    assert night.verdict() == "hold dates-out-of-order"
    assert clause(night, "dates-out-of-order") == ("hold", "CT-1")
    assert "2026-03-21" in night.message("dates-out-of-order")


def test_requested_on_the_day_of_delivery_is_in_order():
    assert judged("return", {"delivered_date": "2026-03-10"}).verdict() == "refund"


def test_requested_the_day_before_delivery_is_out_of_order_and_no_window_is_checked():
    night = judged("return", {"delivered_date": "2026-03-11"})
    assert night.verdict() == "hold dates-out-of-order"
    assert "2026-03-10" in night.message("dates-out-of-order") and "2026-03-11" in night.message("dates-out-of-order")


def test_received_on_the_day_of_the_request_is_in_order():
    assert judged("return", received_date="2026-03-10").verdict() == "refund"


def test_received_the_day_before_the_request_is_out_of_order():
    night = judged("return", received_date="2026-03-09")
    assert night.verdict() == "hold dates-out-of-order"
    assert "2026-03-09" in night.message("dates-out-of-order")


def test_a_refused_delivery_may_be_back_before_the_customer_says_a_word():
    night = judged("refused_delivery", {"delivered_date": "2026-03-17"}, received_date="2026-03-09")
    assert night.verdict() == "refund"  # due 03-23, ten business days after 03-09: in time


def test_dates_out_of_order_can_be_allowed():
    night = tonight(a_return(received_date="2026-03-09"), resolutions=[an_answer("dates-out-of-order", "allow")])
    assert night.line()["decision"] == "refund"
    assert night.line()["resolved_by"] == "ann"


# -- RP-5: photos, and customer service confirms the reason ------------------------------------------------------


@pytest.mark.parametrize("flag", ["", "no"])
@pytest.mark.parametrize(
    ("field", "code"), [("evidence_complete", "evidence-missing"), ("reason_confirmed", "reason-unconfirmed")]
)
def test_rp5_whatever_is_not_yes_waits(field: str, code: str, flag: str):
    night = judged("return", **{field: flag})
    assert night.verdict() == f"hold {code}"
    assert clause(night, code) == ("hold", "RP-5")
    assert night.exception(code)["field"] == field


def test_rp5_speaks_of_returns_only():
    assert judged("refused_delivery", evidence_complete="no", reason_confirmed="no").verdict() == "refund"
    assert judged("cancellation", evidence_complete="no").verdict() == "refund"


# -- RP-8: the inspection ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["original_box", "items_missing", "packaging_damaged", "damage_grade"])
def test_rp8_a_received_return_waits_for_every_part_of_the_inspection(field: str):
    night = judged("return", **{field: ""})
    assert night.verdict() == "hold inspection-missing"
    assert clause(night, "inspection-missing") == ("hold", "RP-8")
    assert field in night.message("inspection-missing")


def test_rp8_the_message_names_all_that_is_blank_and_nothing_else():
    message = judged("return", original_box="", damage_grade="").message("inspection-missing")
    assert "original_box, damage_grade" in message
    assert "items_missing" not in message


def test_rp8_no_grade_is_needed_where_the_warehouse_gave_an_amount():
    assert judged("return", damage_grade="", damage_amount="0.00").verdict() == "refund"


def test_rp8_no_grade_is_needed_where_damage_is_waived_for_the_reason():
    assert judged("return", damage_grade="", reason="damaged_on_arrival").verdict() == "refund"


@pytest.mark.parametrize(("action", "amount"), [("waive", ""), ("set-amount", "5.00")])
def test_rp8_a_person_answers_a_missing_grade(action: str, amount: str):
    night = tonight(a_return(damage_grade=""), resolutions=[an_answer("damage", action, amount=amount)])
    assert night.line()["decision"] == "refund"
    assert night.line()["damage"] == (amount or "0.00")


def test_rp8_an_answer_about_damage_does_not_replace_the_rest_of_the_inspection():
    night = tonight(a_return(damage_grade="", original_box=""), resolutions=[an_answer("damage", "waive")])
    assert night.verdict() == "hold inspection-missing"
    assert "damage_grade" not in night.message("inspection-missing")


@pytest.mark.parametrize("kind", ["refused_delivery", "cancellation"])
def test_rp8_only_returns_are_inspected(kind: str):
    assert judged(kind, damage_grade="haze").verdict() == "refund"


def test_rp8_a_grade_without_a_rate_needs_an_amount():
    night = judged("return", damage_grade="Haze")
    assert night.verdict() == "hold damage-unpriced"
    assert clause(night, "damage-unpriced") == ("hold", "RP-8")
    assert '"haze"' in night.message("damage-unpriced")


@pytest.mark.parametrize("grade", ["none", "scratch", "DENT", " crack "])
def test_rp8_a_grade_with_a_rate_is_priced(grade: str):
    assert judged("return", damage_grade=grade).verdict() == "refund"


@pytest.mark.parametrize("cells", [{"damage_amount": "12.00"}, {"reason": "damaged_on_arrival"}])
def test_rp8_a_grade_without_a_rate_is_no_obstacle_where_it_is_not_needed(cells: Row):
    assert judged("return", damage_grade="haze", **cells).verdict() == "refund"


@pytest.mark.parametrize(("action", "amount"), [("waive", ""), ("set-amount", "12.00")])
def test_rp8_a_person_prices_the_damage(action: str, amount: str):
    night = tonight(a_return(damage_grade="haze"), resolutions=[an_answer("damage", action, amount=amount)])
    assert night.verdict() == "refund"
    assert night.money("damage", "resolved_by") == [amount or "0.00", "ann"]


def test_rp8_damage_unpriced_cannot_be_allowed():
    night = tonight(a_return(damage_grade="haze"), resolutions=[an_answer("damage-unpriced", "allow")])
    assert night.verdict() == "hold damage-unpriced"
    assert night.exception("invalid-resolution")["field"] == "code"


def test_an_unreceived_parcel_is_not_unpriced():
    assert judged("return", damage_grade="haze", **NOT_BACK_YET).verdict() == "hold awaiting-receipt"


# -- Several findings at once ------------------------------------------------------------------------------------


def test_all_findings_of_the_deciding_severity_are_reported():
    night = judged("return", evidence_complete="", reason_confirmed="no", original_box="", dispute_status="open")
    assert night.verdict() == "hold dispute-open;evidence-missing;inspection-missing;reason-unconfirmed"
    assert [r["code"] for r in night.exceptions] == night.line()["codes"].split(";")


def test_a_rejection_beats_what_the_line_waits_for():
    order = {"sales_channel": "kickstarter", "ship_country": "GB", "item_type": "accessory"}
    night = judged("return", order, evidence_complete="", dispute_status="open")
    assert night.verdict() == "reject accessory-excluded;channel-excluded;outside-region"
    assert {r["severity"] for r in night.exceptions} == {"reject"}


def test_allowing_the_only_rejection_leaves_what_the_line_waits_for():
    night = tonight(
        a_return(evidence_complete=""),
        orders=[an_order(ship_country="CA")],
        resolutions=[an_answer("outside-region", "allow")],
    )
    assert night.verdict() == "hold evidence-missing"
    assert night.line()["resolved_by"] == "ann"  # the finding was dropped


def test_allowing_one_of_two_rejections_leaves_the_other():
    night = tonight(
        a_return(),
        orders=[an_order(ship_country="CA", sales_channel="kickstarter")],
        resolutions=[an_answer("outside-region", "allow")],
    )
    assert night.verdict() == "reject channel-excluded"


ALLOWED: list[tuple[str, str, Row, Row]] = [
    ("channel-excluded", "return", {"sales_channel": "kickstarter"}, {}),
    ("outside-region", "return", {"ship_country": "CA"}, {}),
    ("accessory-excluded", "return", {"item_type": "accessory"}, {}),
    ("window-expired", "return", {"delivered_date": "2026-02-07"}, {}),
    ("picked-up", "cancellation", {"picked_up_date": "2026-03-17"}, {}),
    ("dates-out-of-order", "return", {}, {"requested_date": "2026-03-17"}),
    ("evidence-missing", "return", {}, {"evidence_complete": "no"}),
    ("reason-unconfirmed", "return", {}, {"reason_confirmed": "no"}),
    ("inspection-missing", "return", {}, {"original_box": ""}),
    ("pickup-unconfirmed", "cancellation", {}, {"reason_confirmed": "no"}),
]


@pytest.mark.parametrize(("code", "kind", "order", "cells"), ALLOWED, ids=[case[0] for case in ALLOWED])
def test_a_person_allows_the_finding_and_the_line_is_refunded(code: str, kind: str, order: Row, cells: Row):
    row = a_cancellation(**cells) if kind == "cancellation" else a_return(**cells)
    on = [an_unshipped_order(**order) if kind == "cancellation" else an_order(**order)]
    assert code in tonight(row, orders=on).verdict()
    night = tonight(row, orders=on, resolutions=[an_answer(code, "allow")])
    assert night.verdict() == "refund"
    assert night.line()["resolved_by"] == "ann"
    assert night.exceptions == []


REJECTED: list[tuple[str, str, Row, Row]] = [
    ("dispute-open", "return", {}, {"dispute_status": "open"}),
    ("awaiting-receipt", "return", {}, NOT_BACK_YET),
    ("delivery-date-missing", "return", {"delivered_date": ""}, {}),
    ("dates-out-of-order", "return", {}, {"requested_date": "2026-03-17"}),
    ("evidence-missing", "return", {}, {"evidence_complete": "no"}),
    ("reason-unconfirmed", "return", {}, {"reason_confirmed": "no"}),
    ("inspection-missing", "return", {}, {"original_box": ""}),
    ("damage-unpriced", "return", {}, {"damage_grade": "haze"}),
    ("pickup-unconfirmed", "cancellation", {}, {"reason_confirmed": "no"}),
]


@pytest.mark.parametrize(("code", "kind", "order", "cells"), REJECTED, ids=[case[0] for case in REJECTED])
def test_a_person_rejects_a_held_line(code: str, kind: str, order: Row, cells: Row):
    row = a_cancellation(**cells) if kind == "cancellation" else a_return(**cells)
    on = [an_unshipped_order(**order) if kind == "cancellation" else an_order(**order)]
    assert tonight(row, orders=on).verdict() == f"hold {code}"
    night = tonight(row, orders=on, resolutions=[an_answer(code, "reject")])
    assert night.verdict() == "reject rejected-by-review"
    assert night.line()["resolved_by"] == "ann"
    found = night.exception("rejected-by-review")
    assert (found["severity"], found["clause"]) == ("reject", "CT-5")
    assert "ann" in found["message"] and code in found["message"]


def test_due_date_and_claim_stand_on_a_held_line_from_stage_c_on():
    # Received Monday 03-16; ten business days later is Monday 03-30, six business days after Friday 03-20
    # (23, 24, 25, 26, 27, 30). The claim is 100.00 + 8.00.
    night = judged("return", evidence_complete="")
    found = night.exception("evidence-missing")
    assert (found["due_date"], found["business_days_left"], found["claim_amount"]) == ("2026-03-30", "6", "108.00")
    assert night.money("sku", "due_date", "net_refund", "payout_date") == ["LENS-58", "2026-03-30", "", ""]


def test_business_days_left_are_negative_after_the_due_date():
    # Received Thursday 03-05, due Thursday 03-19; the night is Friday 03-20: one business day late.
    night = judged("return", {"delivered_date": "2026-03-03"}, requested_date="2026-03-04",
                   received_date="2026-03-05", evidence_complete="")  # fmt: skip
    assert night.exception("evidence-missing")["business_days_left"] == "-1"


def test_the_claim_of_an_uncounted_parcel_is_what_was_requested():
    # 2 of 3 units requested, nothing counted: 200.00 + 16.00.
    night = tonight(a_return(quantity_requested="2", **NOT_BACK_YET), orders=[an_order(quantity="3", line_tax="24.00")])
    assert night.exception("awaiting-receipt")["claim_amount"] == "216.00"


def test_the_claim_never_exceeds_the_order_line():
    night = tonight(a_return(quantity_requested="5", **NOT_BACK_YET), orders=[an_order(quantity="3", line_tax="24")])
    assert night.exception("awaiting-receipt")["claim_amount"] == "324.00"


# -- RP-10 and RP-11: the promise and the bank -------------------------------------------------------------------


def test_rp10_paid_out_on_the_due_date_is_in_time():
    # Received Monday 03-09 + 10 business days = Monday 03-23, which is the payout date of Friday 03-20.
    night = judged("return", {"delivered_date": "2026-03-03"}, requested_date="2026-03-04", received_date="2026-03-09")
    assert night.verdict() == "refund"
    assert night.money("due_date", "payout_date") == ["2026-03-23", "2026-03-23"]


def test_rp10_paid_out_a_day_after_the_due_date_is_reported():
    # Received Friday 03-06 + 10 business days = Friday 03-20; paid out on Monday 03-23.
    night = judged("return", {"delivered_date": "2026-03-03"}, requested_date="2026-03-04", received_date="2026-03-06")
    assert night.verdict() == "refund past-deadline"
    assert clause(night, "past-deadline") == ("warning", "RP-10")
    assert "2026-03-23" in night.message("past-deadline") and "2026-03-20" in night.message("past-deadline")


def test_rp10_a_cancellation_is_due_ten_business_days_after_the_request():
    # Wednesday 03-18 + 10 business days = Wednesday 04-01.
    assert judged("cancellation").line()["due_date"] == "2026-04-01"


def test_rp11_the_bank_shows_the_credit_seven_to_ten_bank_days_after_the_payout():
    # Payout Monday 03-23; then 24, 25, 26, 27, 30, 31 and, the seventh, 04-01; 04-02, 04-03 and, the tenth, 04-06.
    night = judged("return")
    assert night.money("payout_date", "credit_from", "credit_to") == ["2026-03-23", "2026-04-01", "2026-04-06"]


def test_rp9_one_unit_less_than_requested_is_a_short_receipt():
    night = tonight(a_return(quantity_requested="3", quantity_received="2"), orders=[an_order(quantity="3")])
    assert night.verdict() == "refund short-receipt"
    assert clause(night, "short-receipt") == ("warning", "RP-9")
    assert "2 of 3 units" in night.message("short-receipt")


def test_rp9_a_refused_delivery_can_be_short_and_a_cancellation_cannot():
    order = [an_order(quantity="2")]
    night = tonight(a_refused_delivery(quantity_requested="2"), orders=order)
    assert night.verdict() == "refund short-receipt"
    night = tonight(
        a_cancellation(quantity_requested="2", quantity_received="1"), orders=[an_unshipped_order(quantity="2")]
    )
    assert night.verdict() == "refund"


def test_a_night_on_another_day_judges_by_that_day():
    # A request of 03-21 is out of order on the 20th and in order on the 21st.
    row = a_return(requested_date="2026-03-21", received_date="2026-03-21")
    assert tonight(row, as_of=date(2026, 3, 21)).verdict() == "refund"


def test_a_channel_spelled_as_in_the_policy_is_excluded_in_any_alphabet() -> None:
    """Final sigma and the dotted capital I have lower cases of their own; both sides must fold them alike."""
    for channel in ("ΑΣ", "İstore"):
        told = tonight(a_return(), orders=[an_order(sales_channel=channel)], coverage={"excluded_channels": [channel]})
        assert told.line()["codes"] == "channel-excluded"
