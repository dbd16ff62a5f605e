"""A return over several nights (rulebook 4 and 5)."""

from datetime import date

from tests.night_after_night.store import CLEAN, FRIDAY, MONDAY, TUESDAY, WEDNESDAY, on
from tests.stories import NOT_BACK_YET, a_return, an_answer, an_order


def test_partial_receipts_add_up_to_what_was_paid(store):
    # 3 x 4.00 - 2.00 = 10.00: 3.33, 3.34, 3.33. Tax 0.85: 0.28, 0.57 - 0.28 = 0.29, 0.85 - 0.57 = 0.28.
    # The label, 1.20, is charged once: 3.61 - 1.20 = 2.41, then 3.63 and 3.61. In all 10.85 - 1.20 = 9.65.
    order = an_order(quantity="3", unit_price="4.00", line_discount="2.00", line_tax="0.85")
    told = [
        store.night(
            on(
                day,
                a_return(quantity_requested="3", quantity_received=got, return_shipping_cost="1.20"),
                orders=[order],
            )
        )
        for day, got in ((FRIDAY, "1"), (MONDAY, "2"), (TUESDAY, "3"), (WEDNESDAY, "3"))
    ]
    columns = ("quantity", "merchandise", "tax", "return_shipping", "net_refund")
    assert [night.money(*columns) for night in told[:3]] == [
        ["1", "3.33", "0.28", "1.20", "2.41"],
        ["1", "3.34", "0.29", "0.00", "3.63"],
        ["1", "3.33", "0.28", "0.00", "3.61"],
    ]
    assert [night.verdict() for night in told] == ["refund short-receipt"] * 2 + ["refund", "already-decided"]


def test_an_rma_in_two_parcels_pays_its_label_once(store):
    # 7.50 over two lines of 100.00: 3.75 each, also while line 2 is still on its way. 108.00 - 3.75 = 104.25, twice.
    orders = [an_order(), an_order(order_line="2")]
    first = store.night(on(FRIDAY, a_return(), a_return(order_line="2", **NOT_BACK_YET), orders=orders))
    assert first.money("return_shipping", "net_refund") == ["3.75", "104.25"]
    assert first.verdict("R1", "2") == "hold awaiting-receipt"
    second = store.night(on(TUESDAY, a_return(), a_return(order_line="2", received_date="2026-03-23"), orders=orders))
    assert second.verdict() == "already-decided"
    assert second.money("return_shipping", "net_refund", key=("R1", "2")) == ["3.75", "104.25"]
    assert [row["payout_id"] for row in second.payouts] == ["R1/2"]


def test_the_second_half_of_a_line_is_charged_only_the_damage_that_is_new(store):
    # Per unit 100.00 + 4.00 tax. First 104.00 - 7.50 - 15.00 = 81.50; then damage 40.00 in all: 104.00 - 25.00 = 79.00.
    order = an_order(quantity="2")
    half = a_return(quantity_requested="2", damage_amount="15.00")
    whole = half | {"quantity_received": "2", "damage_amount": "40.00", "received_date": "2026-03-19"}
    first, second = store.night(on(FRIDAY, half, orders=[order])), store.night(on(MONDAY, whole, orders=[order]))
    assert first.money("merchandise", "damage", "net_refund") == ["100.00", "15.00", "81.50"]
    assert second.money("quantity", "merchandise", "damage", "net_refund") == ["1", "100.00", "25.00", "79.00"]


def test_a_reject_turns_into_a_refund_when_new_data_comes(store):
    # Requested 04-05, 31 days after 03-05; the courier then confirms 03-06: day 30.
    late = a_return(requested_date="2026-04-05", received_date="2026-04-07")
    nights = [date(2026, 4, day) for day in (8, 9, 10, 13)]
    corrected = [an_order(delivered_date="2026-03-06")]
    told = [store.night(on(nights[0], late)), store.night(on(nights[1], late))]
    told += [store.night(on(day, late, orders=corrected)) for day in nights[2:]]
    assert [night.verdict() for night in told] == [
        "reject window-expired", "already-decided", "refund", "already-decided",
    ]  # fmt: skip
    assert told[2].line()["net_refund"] == "100.50"


def test_a_chargeback_after_the_refund_is_held_until_a_person_accepts_it(store):
    disputed = a_return(dispute_status="open", dispute_opened_date="2026-03-22")
    answer = an_answer("disputed-after-refund", "reject")
    told = [
        store.night(CLEAN),
        store.night(on(MONDAY, disputed)),
        store.night(on(TUESDAY, disputed, resolutions=[answer])),
        store.night(on(WEDNESDAY, disputed, resolutions=[answer])),
    ]
    assert [night.verdict() for night in told] == [
        "refund", "hold disputed-after-refund", "reject rejected-by-review", "already-decided",
    ]  # fmt: skip
    assert [len(night.payouts) for night in told] == [1, 0, 0, 0]


def test_a_finding_is_seen_first_on_its_first_night(store):
    told = [store.night(on(day, a_return(**NOT_BACK_YET))) for day in (FRIDAY, MONDAY, WEDNESDAY)]
    seen = [night.exception("awaiting-receipt") for night in told]
    assert [(row["first_seen"], row["age_days"]) for row in seen] == [(str(FRIDAY), age) for age in ("0", "3", "5")]
