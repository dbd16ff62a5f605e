"""Stage A, the row (CT-1): malformed rows, invalid values, rows and RMAs that contradict each other."""

from datetime import date

import pytest

from tests.stories import Night, a_return, an_answer, an_order, file_of, tell, tonight


def with_line(file: tuple[str, str, bytes], line: str) -> tuple[str, str, bytes]:
    """The file with one more line below it, as it stands."""
    kind, name, content = file
    return kind, name, content + line.encode() + b"\n"


def columns_of(file: tuple[str, str, bytes]) -> int:
    return len(file[2].split(b"\n")[0].split(b","))


# -- malformed-row: wrong number of fields, in any input file ---------------------------------------------------


def test_a_row_with_a_field_too_many_is_an_exception_and_no_register_row():
    # The second file has one sound row (line 2) and one with an unquoted comma (line 3): 22 fields for 21 columns.
    second = file_of("returns", [a_return(rma_number="R2", order_number="1002")], "returns-2.csv")
    row = second[2].decode().split("\n")[1].replace("R2", "R3").replace("T1", "T1,T2")
    night = tonight(a_return(), orders=[an_order(), an_order(order_number="1002")], files=[with_line(second, row)])
    assert [line["rma_number"] for line in night.refunds] == ["R1", "R2"]
    assert night.verdicts() == ["refund", "refund"]
    found = night.exception("malformed-row")
    assert (found["severity"], found["clause"]) == ("hold", "CT-1")
    assert (found["source_file"], found["source_line"]) == ("returns-2.csv", "3")
    assert (found["rma_number"], found["order_number"], found["order_line"]) == ("", "", "")
    assert "22 fields where the header has 21" in found["message"]


def test_a_row_with_a_field_too_few_is_malformed_and_the_rows_below_it_are_read():
    kind, name, content = file_of("returns", [a_return()], "returns-2.csv")
    header, row, _ = content.decode().split("\n")
    files = [(kind, name, "\n".join([header, row.rsplit(",", 1)[0], row, ""]).encode())]
    night = tonight(files=files)
    assert night.verdicts() == ["refund"]
    found = night.exception("malformed-row")
    assert found["source_line"] == "2"
    assert "20 fields where the header has 21" in found["message"]


def test_malformed_rows_of_orders_and_resolutions_are_reported_too():
    orders = with_line(file_of("orders", [an_order(order_number="1002")], "orders-2.csv"), "1003,1,too short")
    answers = with_line(file_of("resolutions", [an_answer("damage", "waive")]), "R1,1001,1,damage,waive,,ann,a,note")
    night = tonight(a_return(), files=[orders, answers])
    places = {(r["source_file"], r["source_line"]) for r in night.exceptions if r["code"] == "malformed-row"}
    assert places == {("orders-2.csv", "3"), ("resolutions.csv", "3")}
    assert night.verdict() == "refund"


def test_a_malformed_row_is_known_again_by_its_text_wherever_it_stands():
    short, other = "R8,too,short", "R9,too,short"
    first = with_line(file_of("returns", [], "returns-2.csv"), short)
    later = with_line(file_of("returns", [a_return()], "returns-2.csv"), other + "\n" + short)
    told = tell(Night(files=[first]), Night(files=[later], as_of=date(2026, 3, 23)))
    seen = {r["source_line"]: (r["first_seen"], r["age_days"]) for r in told[1].exceptions}
    # Line 4 stood on line 2 three days before; line 3 is new.
    assert seen == {"3": ("2026-03-23", "0"), "4": ("2026-03-20", "3")}


def test_a_whole_night_of_malformed_rows_is_a_valid_night():
    night = tonight(orders=[], files=[with_line(file_of("returns", [], "returns-2.csv"), "a,b")])
    assert night.refunds == []
    assert [r["code"] for r in night.exceptions] == ["malformed-row"]


# -- invalid-value: a cell that breaks its type, or is blank where it may not be --------------------------------


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


# -- conflicting-rows and duplicates ----------------------------------------------------------------------------


def test_one_key_with_different_content_holds_every_row_of_it():
    # A, A, B: nobody knows which is right, all three wait.
    night = tonight(a_return(), a_return(), a_return(reason="other"))
    assert night.verdicts() == ["hold conflicting-rows"] * 3
    assert [r["source_line"] for r in night.exceptions] == ["2", "3", "4"]
    assert {r["clause"] for r in night.exceptions} == {"CT-1"}


def test_the_same_row_twice_is_paid_once_and_the_other_is_a_duplicate():
    night = tonight(a_return(), a_return())
    assert sorted(night.verdicts()) == ["duplicate", "refund"]
    assert night.exceptions == []
    assert [p["amount"] for p in night.payouts] == ["100.50"]


def test_the_same_row_in_two_files_is_a_duplicate():
    night = tonight(a_return(), files=[file_of("returns", [a_return()], "returns-2.csv")])
    assert sorted(night.verdicts()) == ["duplicate", "refund"]


def test_a_duplicate_shows_its_claim_and_nothing_of_the_refund():
    night = tonight(
        *[a_return(quantity_requested="2", quantity_received="2")] * 2,
        orders=[an_order(quantity="2")],
    )
    row = next(r for r in night.refunds if r["decision"] == "duplicate")
    assert row["quantity"] == "2"
    blank = ("sku", "merchandise", "net_refund", "due_date", "payout_date", "policy_version", "codes", "resolved_by")
    assert {row[name] for name in blank} == {""}


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("return_shipping_cost", "7.5", "7.50"),
        ("damage_amount", "0", "0.00"),
        ("evidence_complete", "Yes", "true"),
        ("items_missing", "N", "0"),
        ("quantity_requested", "1", "001"),
        ("reason", "Changed_Mind", "changed_mind"),
        ("dispute_status", "", "none"),
        ("damage_grade", "NONE", "none"),
        ("requested_date", "2026-03-10", "2026-03-11T06:59:59Z"),  # 23:59:59 on 03-10 in Los Angeles (UTC-7)
        ("tracking_number", "T1", "  T1 "),
    ],
)
def test_the_same_content_in_other_words_is_the_same_row(field: str, one: str, other: str):
    night = tonight(a_return(**{field: one}), a_return(**{field: other}))
    assert sorted(night.verdicts()) == ["duplicate", "refund"]


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("tracking_number", "T1", "t1"),
        ("tracking_number", "T1", ""),
        ("damage_amount", "0.00", ""),
        ("original_box", "yes", ""),
        ("requested_date", "2026-03-10", "2026-03-11T07:00:00Z"),  # midnight of 03-11 in Los Angeles
    ],
)
def test_another_value_or_none_is_other_content(field: str, one: str, other: str):
    night = tonight(a_return(**{field: one}), a_return(**{field: other}))
    assert night.verdicts() == ["hold conflicting-rows"] * 2


def test_a_valid_row_conflicts_with_an_invalid_row_of_its_key():
    night = tonight(a_return(), a_return(received_date="2026-13-01"))
    assert sorted(night.verdicts()) == ["hold conflicting-rows", "hold invalid-value"]


def test_rows_with_invalid_values_do_not_conflict_among_themselves():
    night = tonight(a_return(reason="?"), a_return(reason="!"))
    assert night.verdicts() == ["hold invalid-value"] * 2


def test_other_lines_of_the_rma_do_not_suffer_from_a_conflict():
    night = tonight(
        a_return(), a_return(reason="other"), a_return(order_line="2"), orders=[an_order(), an_order(order_line="2")]
    )
    assert night.verdict("R1", "2") == "refund"


# -- conflicting-rma --------------------------------------------------------------------------------------------

TWO_LINES = [an_order(), an_order(order_line="2")]


def test_lines_of_one_rma_that_disagree_on_the_label_are_all_held():
    night = tonight(
        a_return(),
        a_return(order_line="2", return_shipping_cost="7.51"),
        a_return(order_line="3"),
        orders=[*TWO_LINES, an_order(order_line="3")],
    )
    assert night.verdicts() == ["hold conflicting-rma"] * 3
    assert night.exceptions[0]["clause"] == "CT-1"
    assert "return_shipping_cost" in night.exceptions[0]["message"]


def test_lines_of_one_rma_on_two_orders_are_held():
    night = tonight(a_return(), a_return(order_number="1002"), orders=[an_order(), an_order(order_number="1002")])
    assert night.verdicts() == ["hold conflicting-rma"] * 2


def test_the_label_at_7_5_and_7_50_is_no_disagreement():
    night = tonight(a_return(return_shipping_cost="7.5"), a_return(order_line="2"), orders=TWO_LINES)
    assert night.verdicts() == ["refund", "refund"]


def test_a_row_with_an_invalid_value_does_not_make_its_rma_conflict():
    night = tonight(a_return(), a_return(order_line="2", return_shipping_cost="9.99", reason="?"), orders=TWO_LINES)
    assert night.verdicts() == ["refund", "hold invalid-value"]


def test_both_conflicts_of_a_line_are_reported():
    night = tonight(a_return(), a_return(return_shipping_cost="9.99"), a_return(order_line="2"), orders=TWO_LINES)
    assert night.verdicts() == [
        "hold conflicting-rma;conflicting-rows",
        "hold conflicting-rma;conflicting-rows",
        "hold conflicting-rma",
    ]


# -- Nothing of stage A can be allowed; a person can close the line ----------------------------------------------


@pytest.mark.parametrize("code", ["invalid-value", "conflicting-rows", "conflicting-rma", "malformed-row"])
def test_no_finding_of_stage_a_can_be_allowed(code: str):
    night = tonight(a_return(), resolutions=[an_answer(code, "allow")])
    assert night.exception("invalid-resolution")["field"] == "code"
    assert night.verdict() == "refund"


def test_a_person_rejects_a_row_with_an_invalid_value():
    night = tonight(a_return(reason="?"), resolutions=[an_answer("invalid-value", "reject")])
    assert night.verdict() == "reject rejected-by-review"
    assert night.line()["resolved_by"] == "ann"
    assert night.exception("rejected-by-review")["clause"] == "CT-5"


def test_a_person_rejects_all_rows_that_conflict():
    night = tonight(a_return(), a_return(reason="other"), resolutions=[an_answer("conflicting-rows", "reject")])
    assert night.verdicts() == ["reject rejected-by-review"] * 2


def test_what_stage_a_stops_is_not_remembered():
    # Rejected by a person for its invalid cell; once the cell is right the line is decided like any other.
    told = tell(
        Night([a_return(reason="?")], resolutions=[an_answer("invalid-value", "reject")]),
        Night([a_return()], as_of=date(2026, 3, 23)),
    )
    assert [night.verdict() for night in told] == ["reject rejected-by-review", "refund"]
