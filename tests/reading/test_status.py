"""`refund-calc status` after two nights whose figures are worked out by hand."""

from datetime import date
from pathlib import Path

import pytest

from refund_calc.errors import NoInput
from refund_calc.reading.status import status
from tests.product import run, write_files
from tests.stories import AS_OF, DATA, NOT_BACK_YET, Night, a_policy, a_return, an_order, product

NUMBERS = ("A", "B", "C", "D")
ORDERS = [an_order(order_number=number) for number in NUMBERS]
RETURNS = [
    a_return(rma_number="R1", order_number="A"),  # 100.50
    a_return(rma_number="R2", order_number="B", evidence_complete="", reason_confirmed=""),
    a_return(rma_number="R3", order_number="C", **NOT_BACK_YET),
]
FRIDAY = Night(RETURNS, ORDERS)
# Twelve days on, R4 is new; R2 and R3 wait since Friday 03-20.
APRIL = Night([*RETURNS, a_return(rma_number="R4", order_number="D")], ORDERS, as_of=date(2026, 4, 1))


def tell(folder: Path, *nights: Night, policy: Path = DATA / "policy") -> str:
    for at, night in enumerate(nights):
        run(write_files(night.all_files(), folder / f"in{at}"), policy, night.as_of, folder / "out")
    return status(folder / "out")


def test_the_state_after_two_nights(tmp_path):
    # R2 was received on Monday 03-16, ten business days later is Monday 03-30; Wednesday 04-01 is two past it.
    # R1's payout was posted; R4's leaves on Thursday 04-02. R2 and R3 claim 108.00 each.
    assert (
        tell(tmp_path, FRIDAY, APRIL)
        == """\
After the night of 2026-04-01, in USD

Open payouts, by the date on which the money leaves
  payout date  payouts  dollars
  2026-04-02         1   100.50
  in all             1   100.50

Held, by reason and by days since it was first seen (dollars)
  reason                   lines  to 7 days  8-30 days  31-60 days  over 60  dollars claimed
  awaiting-receipt             1       0.00     108.00        0.00     0.00           108.00
  evidence-missing             1       0.00     108.00        0.00     0.00           108.00
  reason-unconfirmed           1       0.00     108.00        0.00     0.00           108.00
  lines in all, each once      2       0.00     216.00        0.00     0.00           216.00

Held lines nearest to or past the promise, the first 10 (negative: days past it)
  RMA  order  line  held by                                due date  business days left  dollars
  R2   B      1     evidence-missing;reason-unconfirmed  2026-03-30                  -2   108.00

Held lines without a due date, by days since they were first seen
                      lines  to 7 days  8-30 days  31-60 days  over 60
  without a due date      1          0          1           0        0

The last 2 of 2 nights
  night       rows  refund  hold  reject  duplicate  already-decided  malformed  payouts  dollars  payout date
  2026-03-20     3       1     2       0          0                0          0        1   100.50   2026-03-23
  2026-04-01     4       1     2       0          0                1          0        1   100.50   2026-04-02"""
    )


def test_the_companys_closing_days_count(tmp_path):
    closed = a_policy(processing={"closures": [date(2026, 3, 31)]})
    policy = product.write_policies([closed], tmp_path / "policy")
    # Closed on Tuesday 03-31: only Wednesday 04-01 lies after Monday 03-30.
    assert "2026-03-30                  -1   108.00" in tell(tmp_path, FRIDAY, APRIL, policy=policy)


def test_a_held_line_without_a_line_number_counts(tmp_path):
    text = tell(tmp_path, Night([a_return(order_line="")], ORDERS))
    assert text.count("lines in all, each once      1 ") == 1, text


def test_a_held_key_that_left_the_export_is_not_forgotten(tmp_path):
    # R2 and R3 are missing on Wednesday 04-01; R2 keeps its claim and its promise, R3 has no date of receipt.
    text = tell(tmp_path, FRIDAY, Night([RETURNS[0]], ORDERS, as_of=date(2026, 4, 1)))
    assert "  left-the-export              2     216.00       0.00        0.00     0.00           216.00\n" in text
    assert "  R2   B      1     left-the-export  2026-03-30                  -2   108.00\n" in text
    assert "  without a due date      1          1          0           0        0\n" in text


def test_nothing_open_and_nothing_held(tmp_path):
    text = tell(tmp_path, Night([], ORDERS, as_of=AS_OF))
    assert text.count("\n  none") == 4
    assert "The last 1 of 1 nights" in text


def test_the_same_history_is_told_in_the_same_words(tmp_path):
    assert tell(tmp_path, FRIDAY) == status(tmp_path / "out")


def test_without_a_folder_there_is_nothing_to_tell(tmp_path):
    with pytest.raises(NoInput, match=r"nowhere: there is no such folder") as stopped:
        status(tmp_path / "nowhere")
    assert stopped.value.exit_code == 66
    assert status(tmp_path) == "No night has been run yet."
    assert list(tmp_path.iterdir()) == []
