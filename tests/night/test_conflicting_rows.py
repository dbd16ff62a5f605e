"""Stage A, rows and RMAs that contradict each other, and duplicates."""

import pytest

from tests.stories import a_return, an_order, file_of, tonight


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


def test_the_message_names_the_columns_that_differ_and_their_values():
    other = a_return(quantity_received="", reason="other", tracking_number="T2")
    night = tonight(a_return(), other, a_return())
    assert {row["message"] for row in night.exceptions} == {
        "this RMA, order and line stands more than once tonight: reason changed_mind, other; "
        "quantity_received 1, blank; tracking_number T1, T2"
    }


def test_the_message_says_that_the_other_row_is_invalid():
    night = tonight(a_return(), a_return(reason="?"))
    assert night.message("conflicting-rows").endswith("tonight: another such row has invalid values")


def test_a_long_list_of_values_is_cut():
    rows = [a_return(tracking_number=f"T{number}") for number in range(1, 9)]
    night = tonight(*rows)
    assert night.exceptions[0]["message"].endswith(": tracking_number T1, T2, T3, T4, T5 and 3 more")


def test_the_message_of_an_rma_names_what_its_lines_disagree_on():
    night = tonight(
        a_return(),
        a_return(order_number="1002", return_shipping_cost="8.00"),
        orders=[an_order(), an_order(order_number="1002")],
    )
    assert {row["message"] for row in night.exceptions} == {
        "the lines of this RMA disagree: order_number 1001, 1002; return_shipping_cost 7.50, 8.00"
    }
