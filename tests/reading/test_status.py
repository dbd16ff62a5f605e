"""`refund-calc status` after two nights whose figures are worked out by hand."""

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from jobs.cli import group
from refund_calc.errors import NoInput
from refund_calc.reading.status import status, status_json
from tests.product import run, write_files
from tests.stories import AS_OF, DATA, NOT_BACK_YET, Night, a_policy, a_return, an_answer, an_order, product

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
    # From Friday 03-20 to 04-01 are eight. R1's payout was posted; R4's leaves on Thursday 04-02. Each claims 108.00.
    assert (
        tell(tmp_path, FRIDAY, APRIL)
        == """\
After the night of 2026-04-01, in USD

Open payouts, by the date on which the money leaves
  payout date  payouts  dollars
  2026-04-02         1   100.50
  in all             1   100.50

Held, by reason and by days since it was first seen (dollars)
  reason                   whose turn        lines  to 7 days  8-30 days  31-60 days  over 60  dollars claimed
  awaiting-receipt         warehouse             1       0.00     108.00        0.00     0.00           108.00
  evidence-missing         customer service      1       0.00     108.00        0.00     0.00           108.00
  reason-unconfirmed       customer service      1       0.00     108.00        0.00     0.00           108.00
  lines in all, each once                        2       0.00     216.00        0.00     0.00           216.00

Held lines, by whose turn it is and by business days since they were first seen
                               lines  0-2  3-5  6-10  over 10  dollars claimed
  customer service                 1    0    0     1        0           108.00
  warehouse                        1    0    0     1        0           108.00
  lines in all, each once          2    0    0     2        0           216.00
  of these past their promise      1    0    0     1        0           108.00
  of these without a due date      1    0    0     1        0           108.00

Held lines with a due date, all 1; 1 past it (negative: days past it)
  RMA  order  line  held by                              whose turn          due date  business days left  dollars
  R2   B      1     evidence-missing;reason-unconfirmed  customer service  2026-03-30                  -2   108.00

Held lines without a due date, all 1, the oldest first
  RMA  order  line  held by           whose turn  first seen  business days  dollars
  R3   C      1     awaiting-receipt  warehouse   2026-03-20              8   108.00

The last 2 of 2 nights
  night       rows  refund  hold  reject  duplicate  already-decided  malformed  payouts  dollars  payout date
  2026-03-20     3       1     2       0          0                0          0        1   100.50   2026-03-23
  2026-04-01     4       1     2       0          0                1          0        1   100.50   2026-04-02"""
    )


def test_the_companys_closing_days_count(tmp_path):
    closed = a_policy(processing={"closures": [date(2026, 3, 31)]})
    policy = product.write_policies([closed], tmp_path / "policy")
    # Closed on Tuesday 03-31: only Wednesday 04-01 lies after Monday 03-30.
    assert "  2026-03-30                  -1   108.00" in tell(tmp_path, FRIDAY, APRIL, policy=policy)


def test_a_held_line_without_a_line_number_counts(tmp_path):
    text = tell(tmp_path, Night([a_return(order_line="")], ORDERS))
    assert text.count("lines in all, each once          1  ") == 1, text


def test_a_held_key_that_left_the_export_is_not_forgotten(tmp_path):
    # R2 and R3 are missing on Wednesday 04-01; R2 keeps its claim and its promise, R3 has no date of receipt.
    text = tell(tmp_path, FRIDAY, Night([RETURNS[0]], ORDERS, as_of=date(2026, 4, 1)))
    cells = [line.split() for line in text.splitlines()]
    assert ["left-the-export", "customer", "service", "2", "216.00", "0.00", "0.00", "0.00", "216.00"] in cells
    assert ["R2", "B", "1", "left-the-export", "customer", "service", "2026-03-30", "-2", "108.00"] in cells
    assert ["R3", "C", "1", "left-the-export", "customer", "service", "2026-04-01", "0", "108.00"] in cells


def test_every_held_line_counts_though_ten_are_named(tmp_path):
    # Received on Monday 03-02: due on 03-16, ten business days later; Friday 03-20 is four past it.
    orders = [an_order(order_number=f"{n:02}", delivered_date="2026-02-20") for n in range(24)]
    late = dict(evidence_complete="", requested_date="2026-02-25", received_date="2026-03-02")
    held = [a_return(rma_number=f"L{n:02}", order_number=f"{n:02}", **late) for n in range(12)]
    away = [a_return(rma_number=f"U{n:02}", order_number=f"{n:02}", **NOT_BACK_YET) for n in range(12, 23)]
    text = tell(tmp_path, Night([*held, *away], orders))
    assert "Held lines with a due date, the first 10 of 12; 12 past it (negative: days past it)\n" in text
    assert "Held lines without a due date, the first 10 of 11, the oldest first\n" in text
    cells = [line.split() for line in text.splitlines()]
    assert ["of", "these", "past", "their", "promise", "12", "12", "0", "0", "0", "1,296.00"] in cells
    assert ["of", "these", "without", "a", "due", "date", "11", "11", "0", "0", "0", "1,188.00"] in cells
    found = json.loads(status_json(tmp_path / "out"))
    assert found["held"]["past_promise"]["lines"] == 12
    assert found["held"]["without_due_date"]["lines"] == 11
    assert [line["rma_number"] for line in found["lines"]] == [row["rma_number"] for row in (*held, *away)]


def test_a_line_that_two_wait_for_counts_under_both_and_once_in_all(tmp_path):
    stopped = an_answer("stopped-by-review", "stop", rma_number="R3", order_number="C")
    text = tell(tmp_path, Night([RETURNS[2]], ORDERS, resolutions=[stopped]))
    assert "  warehouse                        1    1 " in text
    assert "  finance                          1    1 " in text
    assert "  lines in all, each once          1    1 " in text
    assert "awaiting-receipt;stopped-by-review  warehouse, finance" in text


def test_a_program_reads_every_held_line(tmp_path):
    tell(tmp_path, FRIDAY, APRIL)
    ran = CliRunner().invoke(group, ["status", "--out", str(tmp_path / "out"), "--json"])
    found = json.loads(ran.output)
    assert (ran.exit_code, found["as_of"], found["currency"], found["nights"]) == (0, "2026-04-01", "USD", 2)
    assert found["open_payouts"] == [{"payout_date": "2026-04-02", "payouts": 1, "amount": "100.50"}]
    assert found["held"]["claimed"] == "216.00"
    assert found["held"]["by_turn"]["warehouse"]["lines"] == 1
    assert found["lines"] == [
        {
            "rma_number": "R2",
            "order_number": "B",
            "order_line": "1",
            "codes": ["evidence-missing", "reason-unconfirmed"],
            "turn": ["customer service"],
            "first_seen": "2026-03-20",
            "business_days_waited": 8,
            "due_date": "2026-03-30",
            "business_days_left": -2,
            "claimed": "108.00",
        },
        {
            "rma_number": "R3",
            "order_number": "C",
            "order_line": "1",
            "codes": ["awaiting-receipt"],
            "turn": ["warehouse"],
            "first_seen": "2026-03-20",
            "business_days_waited": 8,
            "due_date": None,
            "business_days_left": None,
            "claimed": "108.00",
        },
    ]


def test_nothing_open_and_nothing_held(tmp_path):
    text = tell(tmp_path, Night([], ORDERS, as_of=AS_OF))
    assert text.count("\n  none") == 5
    assert "The last 1 of 1 night" in text


def test_the_same_history_is_told_in_the_same_words(tmp_path):
    assert tell(tmp_path, FRIDAY) == status(tmp_path / "out")


def test_without_a_folder_there_is_nothing_to_tell(tmp_path):
    with pytest.raises(NoInput, match=r"nowhere: there is no such folder") as stopped:
        status(tmp_path / "nowhere")
    assert stopped.value.exit_code == 66
    assert status(tmp_path) == "No night has been run yet."
    assert json.loads(status_json(tmp_path)) == {"as_of": None}
    assert list(tmp_path.iterdir()) == []
