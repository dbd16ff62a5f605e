"""The naive reference on stories worked out by hand from the rulebook, so that it is not only its own witness."""

import csv
import io
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from tests import naive
from tests.stories import (
    AS_OF,
    NOT_BACK_YET,
    Row,
    a_cancellation,
    a_policy,
    a_refused_delivery,
    a_return,
    an_answer,
    an_order,
    an_unshipped_order,
)

DAY = timedelta(days=1)
UNCONFIRMED = {"reason_confirmed": ""}


def a_file(kind: str, rows: Sequence[Row], empty: Row) -> tuple[str, str, bytes]:
    """With the columns that its rows have; without a row, those of `empty`."""
    columns = list(dict.fromkeys(column for row in rows or [empty] for column in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return kind, f"{kind}.csv", text.getvalue().encode()


class Told:
    """Nights one after the other on one history."""

    def __init__(self, **policy: Any) -> None:
        self.history = naive.History()
        self.policies = [a_policy(**policy)]
        self.as_of = AS_OF - DAY

    def night(
        self, *returns: Row, orders: Sequence[Row] = (), answers: Sequence[Row] = (), later: int = 1, **options: Any
    ) -> naive.Report:
        """The next night; `later=0` with redo is the same one again."""
        self.as_of += later * DAY
        files = [a_file("orders", orders or [an_order()], an_order()), a_file("returns", returns, a_return())]
        files.append(a_file("resolutions", answers, an_answer("", "")))
        self.report, self.history = naive.run_night(files, self.policies, self.as_of, self.history, **options)
        return self.report

    def verdicts(self) -> list[str]:
        return [f"{row['decision']} {row['codes']}".strip() for row in self.report.refunds]

    def exception(self, code: str) -> Row:
        (found,) = [row for row in self.report.exceptions if row["code"] == code]
        return found


def refunded(order: Row, amount: str) -> Row:
    return order | {"refunded_amount": amount}


# -- Stages B and C -----------------------------------------------------------------------------------------------


def test_every_bad_cell_of_an_order_is_named_and_the_first_is_pointed_at():
    told = Told()
    bad = [an_order(), an_order(order_line="2", quantity="0", unit_price="x", ship_country="", currency="?")]
    bad.append(an_order(order_line="3", line_discount="100.01", line_tax="-1"))
    told.night(a_return(), orders=bad)
    found = told.exception("invalid-order")
    assert (found["source_file"], found["source_line"]) == ("orders.csv", "3")
    assert found["message"].count("orders.csv line 3") == 4 and found["message"].count("orders.csv line 4") == 1
    assert found["message"].endswith("and 1 more")


def test_rows_of_an_order_may_differ_in_what_the_shop_refunded():
    told = Told()
    told.night(a_return(), orders=[refunded(an_order(), "0.00"), refunded(an_order(), "5.00")])
    assert told.verdicts() == ["hold refunded-elsewhere"]
    assert (told.exception("refunded-elsewhere")["field"], told.exception("refunded-elsewhere")["value"]) == (
        "refunded_amount",
        "5.00",
    )


@pytest.mark.parametrize(
    ("channel", "verdict"),
    [
        ("Kickstarter.com", "reject channel-excluded"),
        ("web", "refund"),
        ("Web ", "refund"),
        ("webshop", "hold channel-unknown"),
    ],
)
def test_channels(channel: str, verdict: str):
    told = Told(coverage={"channels": ["Web"]})
    told.night(a_return(), orders=[an_order(sales_channel=channel)])
    assert told.verdicts() == [verdict]


def test_a_known_channel_that_is_excluded_is_a_bad_policy():
    with pytest.raises(naive.NightRefused) as refused:
        Told(coverage={"channels": ["Kickstarter EU"]}).night()
    assert refused.value.code == 78


def test_an_excluded_grade_is_refused_unless_the_reason_waives_damage():
    told = Told(coverage={"excluded_grades": ["Crack"]})
    told.night(a_return(damage_grade="CRACK"), a_return(rma_number="R2", order_number="2", damage_grade="crack",
               reason="damaged_on_arrival"), orders=[an_order(), an_order(order_number="2")])  # fmt: skip
    assert told.verdicts() == ["reject condition-excluded", "refund"]


def test_a_parcel_that_was_delivered_was_not_refused():
    told = Told()
    told.night(a_refused_delivery())
    assert told.verdicts() == ["hold delivered-not-refused"]
    told.night(a_refused_delivery(), answers=[an_answer("delivered-not-refused", "allow")])
    assert told.verdicts() == ["refund"]
    assert told.report.refunds[0]["answers"] == "allow delivered-not-refused"


@pytest.mark.parametrize(
    ("delivered", "verdict"),
    [
        ("2026-03-17", "reject picked-up"),
        ("2026-03-18", "hold pickup-unconfirmed"),
        ("", "refund"),
    ],
)
def test_an_order_without_a_pickup_was_handed_over_when_it_was_delivered(delivered: str, verdict: str):
    told = Told()
    told.night(a_cancellation(), orders=[an_unshipped_order(delivered_date=delivered)])
    assert told.verdicts() == [verdict]


def test_a_payout_without_a_reference_is_told():
    told = Told()
    told.night(a_return(), orders=[an_order(payment_reference="")])
    assert told.verdicts() == ["refund payment-reference-missing"]
    assert told.exception("payment-reference-missing")["severity"] == "warning"


# -- Resolutions --------------------------------------------------------------------------------------------------


def test_a_stop_holds_a_clean_line_before_it_was_read_until_it_is_allowed():
    told = Told()
    stop = an_answer("stopped-by-review", "stop", order_number="", order_line="")
    told.night(answers=[stop])
    assert told.report.exceptions == []
    told.night(a_return())
    assert told.verdicts() == ["hold stopped-by-review"]
    assert told.report.refunds[0]["answers"] == "stop stopped-by-review"
    told.night(a_return(), answers=[an_answer("stopped-by-review", "allow", resolved_by="bo")])
    assert told.verdicts() == ["refund"]
    row = told.report.refunds[0]
    assert (row["resolved_by"], row["answers"]) == ("bo", "allow stopped-by-review")


def test_of_a_stop_the_latest_counts_whether_it_names_the_line_or_the_rma():
    told = Told()
    told.night(a_return(), answers=[an_answer("stopped-by-review", "allow")])
    assert (told.verdicts(), told.report.refunds[0]["answers"]) == (["refund"], "")
    told = Told()
    rma = {"order_number": "", "order_line": ""}
    told.night(
        a_return(),
        answers=[an_answer("stopped-by-review", "allow"), an_answer("stopped-by-review", "reject", **rma)],
    )
    assert told.verdicts() == ["reject rejected-by-review"]
    told.night(a_return(), answers=[an_answer("stopped-by-review", "stop")])
    assert told.verdicts() == ["already-decided"]
    told.night(a_return(), answers=[an_answer("stopped-by-review", "withdraw", **rma)])
    assert told.verdicts() == ["hold stopped-by-review"]  # decided afresh; the line's stop stands


def test_a_withdrawn_waive_no_longer_counts_and_can_be_said_again():
    told = Told()
    dented = a_return(damage_grade="cracked open", **UNCONFIRMED)
    waive = an_answer("damage-unpriced", "waive")
    told.night(dented, answers=[waive])
    assert told.verdicts() == ["hold reason-unconfirmed"]
    told.night(dented, answers=[an_answer("damage-unpriced", "withdraw", order_number="")])
    assert told.verdicts() == ["hold damage-unpriced;reason-unconfirmed"]
    told.night(a_return(damage_grade="cracked open"), answers=[waive])
    assert (told.verdicts(), told.report.refunds[0]["answers"]) == (["refund"], "waive damage")


def test_an_allow_of_what_the_shop_refunded_counts_up_to_the_amount_that_was_looked_at():
    told = Told()
    orders = [refunded(an_order(quantity="2"), "20.00")]
    allow = an_answer("refunded-elsewhere", "allow", amount="20.00")
    told.night(a_return(**UNCONFIRMED), orders=orders, answers=[allow, allow | {"amount": ""}])
    assert told.exception("invalid-resolution")["field"] == "amount"
    told.night(a_return(), orders=[refunded(orders[0], "20.01")])
    assert told.verdicts() == ["hold refunded-elsewhere"]
    told.night(a_return(), orders=orders)
    assert told.verdicts() == ["refund"]


def test_only_an_approver_approves_on_every_night():
    told = Told(approval={"limit": "50.00", "approvers": ["Ann"]})
    allow = an_answer("approval-required", "allow", amount="500.00")
    told.night(a_return(), answers=[allow | {"resolved_by": "bo"}])
    assert told.exception("invalid-resolution")["field"] == "resolved_by"
    told.night(a_return(**UNCONFIRMED), answers=[allow])
    told.policies = [a_policy(approval={"limit": "50.00", "approvers": ["bo"]})]
    told.night(a_return())
    assert told.verdicts() == ["hold approval-required"]
    told.policies = [a_policy(approval={"limit": "50.00", "approvers": ["ANN"]})]
    told.night(a_return())
    assert told.verdicts() == ["refund"]


def test_what_the_shop_refunded_counts_for_the_approval():
    told = Told(approval={"limit": "150.00"})
    orders = [refunded(an_order(), "60.00")]
    told.night(a_return(), orders=orders, answers=[an_answer("refunded-elsewhere", "allow", amount="60.00")])
    assert told.exception("approval-required")["value"] == "160.50"


# -- Left the export ----------------------------------------------------------------------------------------------


def test_a_held_key_that_left_the_export_is_reported_and_its_age_survives():
    told = Told()
    told.night(a_return(**UNCONFIRMED))
    told.night()
    told.night()
    left = told.exception("left-the-export")
    assert told.report.refunds == []
    assert (left["first_seen"], left["age_days"]) == (str(AS_OF + DAY), "1")
    assert (left["claim_amount"], left["due_date"], left["source_line"]) == ("108.00", "2026-03-30", "")
    told.night(a_return(**UNCONFIRMED))
    assert told.exception("reason-unconfirmed")["first_seen"] == str(AS_OF)
    assert [row["code"] for row in told.report.exceptions] == ["reason-unconfirmed"]


def test_a_reject_of_what_left_the_export_ends_the_watch():
    told = Told()
    told.night(a_return(**UNCONFIRMED))
    told.night(answers=[an_answer("left-the-export", "reject", order_line="", order_number="")])
    found = told.exception("rejected-by-review")
    assert (found["severity"], found["clause"], found["claim_amount"]) == ("reject", "CT-5", "108.00")
    told.night()
    assert told.report.exceptions == []
    told.night(a_return())
    assert told.verdicts() == ["refund"]


def test_a_reject_of_what_left_the_export_counts_on_its_own_night_only():
    told = Told()
    told.night(a_return(**UNCONFIRMED), answers=[an_answer("left-the-export", "reject")])
    told.night(answers=[an_answer("left-the-export", "reject")])  # the same words: adds nothing
    assert told.exception("left-the-export")
    told.night(answers=[an_answer("left-the-export", "withdraw"), an_answer("left-the-export", "reject")])
    assert told.exception("rejected-by-review")


# -- The opening and redo -----------------------------------------------------------------------------------------

OPENING = b"order_number,order_line,units,net_refund,rma_number\n1001,1,1,100.50,R1\n"
OPENING_WITHOUT_RMA = b"order_number,order_line,units,net_refund\n1001,1,1,30.00\n"


def test_a_key_of_the_opening_is_refunded_and_a_second_parcel_is_its_second_refund():
    told = Told()
    orders = [refunded(an_order(quantity="3"), "100.50")]
    told.night(a_return(quantity_requested="2"), orders=orders, opening=OPENING)
    assert told.verdicts() == ["already-decided"]
    two = a_return(quantity_requested="2", quantity_received="2")
    told.night(two, orders=orders)
    # The second of three units of $300.00 and $8.00 tax: share(8.00, 2) - share(8.00, 1) = 5.33 - 2.67.
    row = told.report.refunds[0]
    assert (row["decision"], row["quantity"], row["merchandise"], row["tax"]) == ("refund", "1", "100.00", "2.66")
    assert told.report.payouts[0]["payout_id"] == "R1/2"
    told.night(two, a_return(rma_number="R2"), orders=orders)
    assert told.verdicts() == ["already-decided", "refund"]  # no order-changed-after-refund


def test_a_dispute_about_a_refund_of_the_opening_is_told():
    told = Told()
    told.night(a_return(dispute_status="lost"), opening=OPENING)
    assert told.verdicts() == ["hold disputed-after-refund"]


def test_units_of_the_opening_that_name_no_rma_wait_for_a_person():
    told = Told()
    orders = [an_order(quantity="2")]
    told.night(a_return(), orders=orders, opening=OPENING_WITHOUT_RMA)
    assert (told.verdicts(), told.exception("refunded-elsewhere")["value"]) == (["hold refunded-elsewhere"], "")
    told.night(a_return(), orders=orders, answers=[an_answer("refunded-elsewhere", "allow", amount="0")])
    assert (told.verdicts(), told.report.payouts[0]["payout_id"]) == (["refund"], "R1/1")


def test_an_invalid_row_of_the_opening_stops_the_night():
    for row in (b"1001,1,0,1.00,R1\n", b"1001,1,1,1.00\n", OPENING.split(b"\n")[1] + b"\n"):
        with pytest.raises(naive.NightRefused) as refused:
            Told().night(opening=OPENING + row)
        assert refused.value.code == 65


def test_a_redo_takes_its_resolutions_again_and_tells_the_payouts_that_changed():
    told = Told()
    waive = an_answer("return_shipping", "waive")
    told.night(a_return(), answers=[waive], opening=OPENING_WITHOUT_RMA.splitlines(True)[0])
    assert told.report.payouts[0]["amount"] == "108.00"
    told.night(a_return(), a_return(rma_number="R2", order_number="2"), orders=[an_order(), an_order(order_number="2")],
               later=0, redo=True)  # fmt: skip
    assert [row["net_refund"] for row in told.report.refunds] == ["108.00", "100.50"]
    assert told.report.redo == [
        {"payout_id": "R2/1", "rma_number": "R2", "amount_before": "", "amount_after": "100.50"}
    ]
    told.night(a_return(**NOT_BACK_YET), later=0, redo=True)
    assert [list(row.values()) for row in told.report.redo] == [
        ["R1/1", "R1", "108.00", ""],
        ["R2/1", "R2", "100.50", ""],
    ]
    told.night(a_return())
    assert told.report.payouts[0]["payout_id"] == "R1/1" and told.report.payouts[0]["amount"] == "108.00"


def test_a_redo_of_the_first_night_keeps_its_opening():
    told = Told()
    told.night(a_return(), opening=OPENING)
    told.night(a_return(), later=0, redo=True)
    assert told.verdicts() == ["already-decided"]
    told.night(a_return(), later=0, redo=True, opening=OPENING.splitlines(True)[0])
    assert told.verdicts() == ["refund"]


def refusal(told: Told, **options: Any) -> int:
    with pytest.raises(naive.NightRefused) as refused:
        told.night(a_return(), **options)
    return refused.value.code


def test_which_nights_are_refused():
    told = Told()
    told.night(a_return())
    payout_date = date.fromisoformat(told.report.payouts[0]["payout_date"])
    assert refusal(told, later=0, redo=True, today=payout_date) == 65
    told.night(a_return(), later=0, redo=True, today=payout_date - DAY)
    told.night(a_return(), later=0, redo=True, today=payout_date, payouts_not_sent=True)
    told.night(a_return(), later=0)  # complete: left alone
    assert refusal(told, later=0, answers=[an_answer("return_shipping", "waive")]) == 65
    assert refusal(told, later=2, today=AS_OF) == 2
    assert refusal(told, later=-1, opening=OPENING) == 2
    assert refusal(told, later=-3, redo=True) == 65
