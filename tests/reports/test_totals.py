"""Control totals: every one that does not hold is named, with what was expected, what was got, and the difference."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from refund_calc.reports.totals import CHECKS_OF_ROWS, CHECKS_OF_SUMS, Counted, faults, stated
from tests.reports.books import TONIGHT, amounts, journal, payout_of, refund_of

REFUNDED = dict(
    merchandise=[10000, 5000],
    tax=[800, 0],
    gross_refund=[10800, 5000],
    return_shipping=[750, 0],
    total_deductions=[750, 0],
    net_refund=[10050, 5000],
)


def night(**changed: list[int]) -> Counted:
    """Two RMAs of one line each are refunded, a third line is held, a fourth row was malformed."""
    cents = REFUNDED | changed
    return Counted(
        rows_read=4,
        malformed=1,
        decided=np.array([2, 1, 0, 0, 0]),
        amounts=amounts(**cents),
        paid=np.array(REFUNDED["net_refund"]),
        journal=journal(refund_of(["R1", "R2"], **REFUNDED), payout_of(["R0"], [TONIGHT - 3], [99])),
    )


def messages(counted: Counted) -> list[str]:
    return [str(fault) for fault in faults(counted)]


def test_a_night_whose_totals_hold_states_them() -> None:
    assert messages(night()) == []
    totals = stated(night().sums)
    assert totals["returns"] == {
        "rows": 4, "refund": 2, "hold": 1, "reject": 0, "duplicate": 0, "already-decided": 0, "malformed": 1,
    }  # fmt: skip
    assert totals["payouts"] == {"rows": 2, "amount": "150.50"}
    assert totals["ledger"] == {"debits": "158.99", "credits": "158.99"}
    assert totals["refunds"]["net_refund"] == "150.50"
    assert "shortfall" not in totals["refunds"]


def test_a_row_without_a_decision_is_a_fault() -> None:
    assert messages(replace(night(), rows_read=5)) == ["rows read 5, rows decided 4, difference -1"]


@pytest.mark.parametrize(
    "changed, said",
    [
        ({"tax": [801, 0]}, ["gross refunds 158.00, their three parts 158.01, difference 0.01"]),
        ({"damage": [0, 2]}, ["total deductions 7.50, deductions of all kinds 7.52, difference 0.02"]),
        (
            {"net_refund": [10051, 4999]},
            ["gross less deductions of refunded row 1 (2 such rows) 100.50, net 100.51, difference 0.01"],
        ),
        (
            {"merchandise": [10000, -800], "gross_refund": [10800, -800], "net_refund": [10050, -800]},
            [
                "lowest net of a row at least 0.00, got -8.00, difference -8.00",
                "net refunds of the register 92.50, payouts 150.50, difference 58.00",
                "net refunds of the register 92.50, credits to refunds payable 150.50, difference 58.00",
            ],
        ),
    ],
)
def test_amounts_that_do_not_add_up_are_faults(changed: dict[str, list[int]], said: list[str]) -> None:
    assert messages(night(**changed)) == said


def test_what_is_paid_and_posted_is_the_net_of_the_register() -> None:
    """A cent too little goes to one RMA's payout; the journal lacks a whole RMA."""
    counted = replace(night(), paid=np.array([10050, 4999]))
    assert messages(counted) == ["net refunds of the register 150.50, payouts 150.49, difference -0.01"]
    counted = replace(night(), journal=journal(refund_of(["R1"], **{name: [c[0]] for name, c in REFUNDED.items()})))
    assert messages(counted) == [
        "net refunds of the register 150.50, credits to refunds payable 100.50, difference -50.00"
    ]


def test_an_entry_that_is_not_balanced_is_named() -> None:
    refund = refund_of(["R1", "R2"], **REFUNDED | {"merchandise": [10000, 5001]})
    assert messages(replace(night(), journal=journal(refund))) == [
        f"debits of {refund.entry_id[1]} (1 such entries) 50.01, its credits 50.00, difference -0.01",
        "debits 158.01, credits 158.00, difference -0.01",
    ]


def test_entries_that_make_up_for_each_other_are_not_balanced() -> None:
    refund = refund_of(["R1", "R2"], **REFUNDED | {"merchandise": [10001, 4999]})
    found = messages(replace(night(), journal=journal(refund)))
    assert [message.split(" (")[0] for message in found] == [f"debits of {refund.entry_id[0]}"]


def test_amounts_beyond_64_bits_are_summed_exactly() -> None:
    huge = (1 << 63) - 1
    cents: dict[str, Any] = {name: [huge, huge] for name in ("merchandise", "gross_refund", "net_refund")}
    counted = replace(
        night(),
        amounts=amounts(**cents),
        paid=np.array([huge, huge]),
        journal=journal(refund_of(["R1", "R2"], **cents)),
    )
    assert messages(counted) == []
    assert stated(counted.sums)["ledger"]["debits"] == "184467440737095516.14"


def test_each_check_says_what_it_holds() -> None:
    assert all(check.__doc__ for check in (*CHECKS_OF_ROWS, *CHECKS_OF_SUMS))


def test_parts_of_a_night_add_up_to_what_the_whole_of_it_states() -> None:
    one = night().sums
    twice = stated(one + one)
    assert twice["returns"]["rows"] == 8 and twice["returns"]["refund"] == 4
    assert twice["refunds"]["tax"] == "16.00"
    assert twice["ledger"] == {"debits": "317.98", "credits": "317.98"}
    assert twice["payouts"] == {"rows": 4, "amount": "301.00"}
