"""Amounts (rulebook 5) in whole nights: shares in their turn, return shipping, deductions, limits."""

from tests.stories import (
    Night,
    a_cancellation,
    a_refused_delivery,
    a_refused_order,
    a_return,
    an_answer,
    an_order,
    an_unshipped_order,
    tell,
    tonight,
)


def test_ten_dollars_for_three_units_over_three_rmas():
    # 3 x 4.00 - 2.00 = 10.00. They take their turn by the day of receipt: R3 (03-12), R1 (03-13), R2 (03-16).
    order = an_order(quantity="3", unit_price="4.00", line_discount="2.00", line_tax="0.85")
    days = {"R1": "2026-03-13", "R2": "2026-03-16", "R3": "2026-03-12"}
    rows = [a_return(rma_number=rma, received_date=day, return_shipping_cost="0.00") for rma, day in days.items()]
    night = tonight(*rows, orders=[order])
    # Tax 0.85: 0.283 -> 0.28, 0.567 -> 0.57, 0.85: 0.28, 0.29, 0.28.
    assert [night.money("merchandise", "tax", key=(rma,)) for rma in ("R3", "R1", "R2")] == [
        ["3.33", "0.28"],
        ["3.34", "0.29"],
        ["3.33", "0.28"],
    ]


def test_on_one_day_the_rma_number_decides_the_turn():
    order = an_order(quantity="3", unit_price="4.00", line_discount="2.00", line_tax="0.00")
    rows = [a_return(rma_number=rma, return_shipping_cost="0.00") for rma in ("R10", "R2", "R1")]
    night = tonight(*rows, orders=[order])
    # As text: R1, R10, R2.
    assert [row["merchandise"] for row in night.refunds] == ["3.33", "3.34", "3.33"]
    assert [row["rma_number"] for row in night.refunds] == ["R1", "R10", "R2"]


TWO = [an_order(unit_price="60.00", line_tax="0.00"), an_order(order_line="2", unit_price="40.00", line_tax="0.00")]


def test_return_shipping_is_split_by_merchandise():
    # 7.51 over 60 : 40 is 4.506 and 3.004: 4.51 and 3.00.
    cells = {"return_shipping_cost": "7.51"}
    night = tonight(a_return(**cells), a_return(order_line="2", **cells), orders=TWO)
    assert [row["return_shipping"] for row in night.refunds] == ["4.51", "3.00"]


def test_a_waived_line_takes_its_part_which_is_not_charged():
    cells = {"return_shipping_cost": "10.00"}
    night = tonight(a_return(reason="manufacturing_defect", **cells), a_return(order_line="2", **cells), orders=TWO)
    assert [row["return_shipping"] for row in night.refunds] == ["0.00", "4.00"]


def test_a_held_line_keeps_its_part_open_until_it_is_refunded():
    # Friday: line 2 waits for photos; line 1 bears 6.00 of 10.00. Monday: line 2 bears the 4.00.
    cells = {"return_shipping_cost": "10.00"}
    first, second = a_return(**cells), a_return(order_line="2", **cells)
    told = tell(
        Night([first, second | {"evidence_complete": ""}], TWO),
        Night([first, second], TWO, as_of=Night().as_of.replace(day=23)),
    )
    assert told[0].money("return_shipping") == ["6.00"]
    assert told[0].verdict("R1", "2") == "hold evidence-missing"
    assert told[1].money("return_shipping", key=("R1", "2")) == ["4.00"]


def test_a_waived_part_counts_as_allocated():
    # Friday: the defect's 6.00 is waived. Monday: 10.00 - 6.00 = 4.00 are left for line 2.
    cells = {"return_shipping_cost": "10.00"}
    first, second = a_return(reason="manufacturing_defect", **cells), a_return(order_line="2", **cells)
    told = tell(
        Night([first, second | {"evidence_complete": ""}], TWO),
        Night([first, second], TWO, as_of=Night().as_of.replace(day=23)),
    )
    assert told[1].money("return_shipping", key=("R1", "2")) == ["4.00"]


def test_a_rejected_line_has_no_part_in_return_shipping():
    cells = {"return_shipping_cost": "10.00"}
    accessory = TWO[1] | {"item_type": "accessory"}
    night = tonight(a_return(**cells), a_return(order_line="2", **cells), orders=[TWO[0], accessory])
    assert [row["return_shipping"] for row in night.refunds] == ["10.00", ""]


def test_return_shipping_over_worthless_lines_is_split_equally():
    free = [an_order(unit_price="0.00", line_tax="5.00"), an_order(order_line="2", unit_price="0.00", line_tax="5.00")]
    cells = {"return_shipping_cost": "0.03"}
    night = tonight(a_return(**cells), a_return(order_line="2", **cells), orders=free)
    assert [row["return_shipping"] for row in night.refunds] == ["0.02", "0.01"]


def test_a_refused_delivery_gets_its_shipping_back_less_the_round_trip():
    # 100.00 + 8.00 + 6.00 shipping paid - 7.50 return - 9.00 outbound = 97.50. No restocking, no damage.
    night = tonight(a_refused_delivery(original_box="no", damage_grade="crack"), orders=[a_refused_order()])
    assert night.money(
        "merchandise", "tax", "shipping_refund", "return_shipping", "outbound_shipping", "restocking_fee", "damage",
        "net_refund",
    ) == ["100.00", "8.00", "6.00", "7.50", "9.00", "0.00", "0.00", "97.50"]  # fmt: skip
    ledger = {row["account"]: (row["debit"], row["credit"], row["clause"]) for row in night.ledger}
    assert ledger == {
        "4910": ("100.00", "", ""),
        "2310": ("8.00", "", ""),
        "4210": ("6.00", "", "RP-14"),
        "5420": ("", "7.50", "RP-6"),
        "5410": ("", "9.00", "RP-14"),
        "2150": ("", "97.50", ""),
    }


def test_a_refused_delivery_of_part_of_an_order_gets_its_part_of_the_shipping():
    # Shipping 10.00 over lines of 60.00 and 40.00; one of two units of line 2: half of 4.00.
    # Outbound 5.00 likewise: half of 2.00.
    order = [
        a_refused_order(unit_price="60.00", shipping_paid="10.00", outbound_shipping_cost="5.00"),
        a_refused_order(
            order_line="2", quantity="2", unit_price="20.00", shipping_paid="10.00", outbound_shipping_cost="5.00"
        ),
    ]
    night = tonight(a_refused_delivery(order_line="2"), orders=order)
    assert night.money("shipping_refund", "outbound_shipping", key=("R1", "2")) == ["2.00", "1.00"]


def test_a_cancellation_gets_all_back_less_the_loss():
    # 100.00 + 8.00 + 6.00 - 19.50 = 94.50; the label's 7.50 is not charged.
    row = a_cancellation(cancellation_loss="19.50", return_shipping_cost="7.50")
    night = tonight(row, orders=[an_unshipped_order()])
    assert night.money("shipping_refund", "return_shipping", "cancellation_loss", "net_refund") == [
        "6.00",
        "0.00",
        "19.50",
        "94.50",
    ]
    ledger = {row["account"]: (row["debit"], row["credit"], row["clause"]) for row in night.ledger}
    assert ledger["4210"] == ("6.00", "", "RP-13")
    assert ledger["4940"] == ("", "19.50", "RP-13")


def test_a_return_gets_no_shipping_back_and_is_charged_no_loss():
    night = tonight(a_return(cancellation_loss="19.50"))
    assert night.money("shipping_refund", "outbound_shipping", "cancellation_loss", "net_refund") == [
        "0.00",
        "0.00",
        "0.00",
        "100.50",
    ]


def test_restocking_and_damage_of_a_return():
    # 15 % of 100.00 and 25 % of 100.00: 108.00 - 7.50 - 15.00 - 25.00 = 60.50.
    night = tonight(a_return(items_missing="yes", damage_grade="dent"))
    assert night.money("restocking_fee", "damage", "total_deductions", "net_refund") == [
        "15.00",
        "25.00",
        "47.50",
        "60.50",
    ]


def test_the_largest_order_line_comes_back_to_the_cent():
    # 999,999,999.99 x 999,999 = 999,998,999,990,000.01 (10^9 - 0.01)(10^6 - 1) = 10^15 - 10^9 - 10^4 + 0.01
    order = an_order(quantity="999999", unit_price="999999999.99", line_tax="999999999.99")
    row = a_return(quantity_requested="999999", quantity_received="999999")
    night = tonight(row, orders=[order], approval={"limit": None})
    assert night.money("merchandise", "tax") == ["999998999990000.01", "999999999.99"]
    # + 999,999,999.99 - 7.50 = 999,999,999,989,992.50
    assert night.line()["net_refund"] == "999999999989992.50"
    assert night.payouts[0]["amount"] == "999999999989992.50"


def test_the_lines_of_an_order_are_approved_together_and_keep_their_turns():
    # Two of three units for 10.00: 3.33 + 3.34 = 6.67, a cent above the limit, so both leave together.
    order = an_order(quantity="3", unit_price="4.00", line_discount="2.00", line_tax="0.00")
    rows = [a_return(rma_number=rma, return_shipping_cost="0.00") for rma in ("R1", "R2")]
    approved = [an_answer("approval-required", "allow", rma_number=rma, amount="6.67") for rma in ("R1", "R2")]
    night = tonight(*rows, orders=[order], approval={"limit": "6.66"})
    assert night.verdicts() == ["hold approval-required"] * 2
    night = tonight(*rows, orders=[order], resolutions=approved, approval={"limit": "6.66"})
    assert [row["merchandise"] for row in night.refunds] == ["3.33", "3.34"]
