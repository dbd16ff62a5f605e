"""Stage A, invalid-value: a cell that breaks its type, or is blank where it may not be."""

from datetime import date

import pytest

from tests.stories import Night, a_return, an_order, tell, tonight


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("return_type", "swap"),
        ("reason", "did not like it"),
        ("quantity_requested", "0"),
        ("quantity_requested", "1.5"),
        ("quantity_received", "two"),
        ("requested_date", "10.03.2026"),
        ("received_date", "2026-02-30"),
        ("evidence_complete", "maybe"),
        ("damage_amount", "12.345"),
        ("return_shipping_cost", "$7.50"),
        ("cancellation_loss", "1,000.00"),
        ("dispute_status", "closed"),
        ("dispute_opened_date", "yesterday"),
    ],
)
def test_a_cell_that_breaks_its_type_holds_the_row_and_is_blank_in_the_register(field: str, value: str):
    night = tonight(a_return(**{field: value}))
    row = night.line()
    assert (row["decision"], row["codes"]) == ("hold", "invalid-value")
    assert row.get(field, "") == ""
    found = night.exception("invalid-value")
    assert (found["field"], found["value"]) == (field, value)
    assert (found["severity"], found["clause"], found["source_line"]) == ("hold", "CT-1", "2")
    assert field in found["message"] and f'"{value}"' in found["message"]


@pytest.mark.parametrize(
    "field",
    ["return_type", "reason", "quantity_requested", "requested_date", "return_shipping_cost", "order_line"],
)
def test_a_blank_cell_that_may_not_be_blank_is_invalid(field: str):
    found = tonight(a_return(**{field: "  "})).exception("invalid-value")
    assert (found["field"], found["value"]) == (field, "")
    assert "blank" in found["message"]


def test_cells_that_may_be_blank_are_only_unknown():
    night = tonight(a_return(tracking_number="", damage_amount="", cancellation_loss="", dispute_status=""))
    assert night.verdict() == "refund"


def test_every_invalid_cell_is_a_finding_of_its_own():
    night = tonight(a_return(reason="?", quantity_requested="x", received_date="soon"))
    assert night.verdict() == "hold invalid-value"
    # Sorted by field within one key and code.
    assert [(r["field"], r["value"]) for r in night.exceptions] == [
        ("quantity_requested", "x"),
        ("reason", "?"),
        ("received_date", "soon"),
    ]


def test_a_control_character_in_a_text_is_invalid():
    assert tonight(a_return(tracking_number="T\x071")).exception("invalid-value")["field"] == "tracking_number"


def test_units_received_up_to_the_units_requested_are_valid():
    night = tonight(
        a_return(quantity_requested="2", quantity_received="2"), orders=[an_order(quantity="2", line_tax="8.00")]
    )
    assert night.verdict() == "refund"


def test_one_unit_received_more_than_requested_is_invalid():
    night = tonight(a_return(quantity_requested="2", quantity_received="3"), orders=[an_order(quantity="3")])
    found = night.exception("invalid-value")
    assert (found["field"], found["value"]) == ("quantity_received", "3")
    assert "more than quantity_requested" in found["message"]
    assert night.line()["quantity"] == ""


def test_one_unit_received_less_than_requested_is_a_warning_and_no_fault():
    night = tonight(a_return(quantity_requested="2", quantity_received="1"), orders=[an_order(quantity="2")])
    assert night.verdict() == "refund short-receipt"


def test_a_row_with_an_invalid_value_is_asked_nothing_else():
    # Kickstarter and no photos would be findings of stage C.
    night = tonight(
        a_return(reason="?", evidence_complete=""), orders=[an_order(sales_channel="kickstarter", currency="EUR")]
    )
    assert night.verdict() == "hold invalid-value"


def test_an_invalid_value_is_known_again_by_its_field():
    # The reason is wrong on both nights (with different texts), the date only on the second.
    told = tell(
        Night([a_return(reason="?")]),
        Night([a_return(reason="!", requested_date="?")], as_of=date(2026, 3, 24)),
    )
    seen = {r["field"]: (r["first_seen"], r["age_days"]) for r in told[1].exceptions}
    assert seen == {"reason": ("2026-03-20", "4"), "requested_date": ("2026-03-24", "0")}
