"""settlements.csv: payouts that were paid otherwise, and what cannot be true of them."""

from dataclasses import replace
from pathlib import Path

import pytest

from refund_calc.books.reconcile.settlements import COLUMNS, settlements
from refund_calc.errors import BadData
from tests.books.reconcile.promised import DUE, books, promise

LATE = DUE + 60
GOOD = "R1/1,2026-04-01,check,96.50,4711,A. Controller"


def read(folder: Path, *rows: str, last: int = LATE):
    path = folder / "settlements.csv"
    path.write_text("\n".join([",".join(COLUMNS), *rows]) + "\n", encoding="utf-8")
    return settlements(path, books(promise(), promise("R2/1", 5000)), last)


def test_a_row_says_what_was_paid_otherwise(tmp_path: Path) -> None:
    (one,) = read(tmp_path, GOOD)["R1/1"]
    assert (one.cents, one.day, one.how, one.reference, one.settled_by) == (
        9650,
        DUE + 9,
        "check",
        "4711",
        "A. Controller",
    )


def test_one_payout_can_be_settled_in_parts(tmp_path: Path) -> None:
    rows = ("R1/1,2026-04-02,check,50.00,2,A", "R1/1,2026-04-01,check,46.50,1,A")
    assert [one.cents for one in read(tmp_path, *rows)["R1/1"]] == [4650, 5000]


def test_a_row_of_a_later_day_does_not_count_yet(tmp_path: Path) -> None:
    assert read(tmp_path, GOOD, last=DUE + 8) == {}


def test_without_a_file_nothing_is_settled() -> None:
    assert settlements(None, books(), LATE) == {}


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("R9/1,2026-04-01,check,96.50,,A", 'line 2: payout_id: "R9/1" was promised by no night'),
        ("R1/1,04/01/2026,check,96.50,,A", 'line 2: settled_on: "04/01/2026" is no date; write it as 2026-03-31'),
        ("R1/1,2026-04-01,check,-5,,A", 'line 2: amount: "-5" is no amount above 0.00'),
        ("R1/1,2026-04-01,check,96.51,,A", "line 2: amount: 96.51 is more than the 96.50 promised"),
        ("R1/1,2026-04-01,check,96.50,,", "line 2: settled_by is blank"),
        (
            "R1/1,2026-03-22,check,96.50,,A",
            "line 2: settled_on: 2026-03-22 is before R1/1 was due, 2026-03-23; give that day",
        ),
        (f"{GOOD}\n{GOOD}", "line 2: the row stands twice; keep one"),
        (f"{GOOD}\nR1/1,2026-04-01,check", "line 3: 3 fields, the header has 6"),
    ],
)
def test_a_row_that_cannot_be_true_stops_it_with_its_line(tmp_path: Path, row: str, fault: str) -> None:
    with pytest.raises(BadData) as stopped:
        read(tmp_path, row)
    assert fault in str(stopped.value)


def test_a_payout_that_no_night_has_posted_cannot_be_settled(tmp_path: Path) -> None:
    path = tmp_path / "settlements.csv"
    path.write_text(f"{','.join(COLUMNS)}\n{GOOD}\n", encoding="utf-8")
    with pytest.raises(BadData, match="no night has posted R1/1, due on 2026-03-23; run a night from then on"):
        settlements(path, replace(books(promise()), posted={}), LATE)


def test_all_faults_are_named_the_first_five_in_full(tmp_path: Path) -> None:
    with pytest.raises(BadData, match=r"line 2: .*; line 6: [^;]*; .*and 2 more$"):
        read(tmp_path, *["R9/1,2026-04-01,check,96.50,,A" + str(at) for at in range(7)])


def test_another_file_is_told_what_columns_it_needs(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("a,b\n", encoding="utf-8")
    with pytest.raises(BadData, match="a settlements file has the columns payout_id, settled_on, how, amount"):
        settlements(path, books(), LATE)
