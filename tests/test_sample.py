"""The two sample nights of data/sample: against what was worked out by hand, and byte for byte against golden files.

REFUND_CALC_REWRITE_GOLDEN=1 rewrites the golden files; review them as a diff.
"""

import os
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest

from refund_calc.policy.findings import BY_CODE
from refund_calc.policy.versions import load_policies
from tests import product
from tests.sample import main_night, night_before, nights
from tests.sample.cells import PAYOUT_DATES_MAIN, PAYOUT_DATES_NIGHT_BEFORE, Key, Row
from tests.sample.nights import MAIN, NIGHT_BEFORE
from tests.stories import DATA

GOLDEN = Path(__file__).parent / "golden" / "sample"
BY_HAND = {
    NIGHT_BEFORE: (night_before.EXPECTED, night_before.PAYOUTS, PAYOUT_DATES_NIGHT_BEFORE),
    MAIN: (main_night.EXPECTED, main_night.PAYOUTS, PAYOUT_DATES_MAIN),
}
REPORTS = [*(f"{name}.csv" for name in product.REPORTS), "report.html"]

both_nights = pytest.mark.parametrize("night", BY_HAND, ids=str)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reports of both nights."""
    folder = tmp_path_factory.mktemp("sample") / "out"
    nights.run(folder)
    return folder


def by_key(rows: list[Row]) -> dict[Key, list[Row]]:
    found = defaultdict(list)
    for row in rows:
        found[row["rma_number"], row["order_number"], row["order_line"]].append(row)
    return dict(found)


def expected_lines(night: date) -> list[tuple[Key, int, Row]]:
    """Key, place among the rows of this key, and the cells worked out by hand."""
    lines = []
    for key, cells in BY_HAND[night][0].items():
        rows = cells if isinstance(cells, list) else [cells]
        lines += [(key, at, row) for at, row in enumerate(rows)]
    return lines


@pytest.mark.parametrize(
    ("night", "key", "at", "expected"),
    [(night, *line) for night in BY_HAND for line in expected_lines(night)],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value) if isinstance(value, date) else "",
)
def test_a_line_comes_to_what_was_worked_out_by_hand(out: Path, night: date, key: Key, at: int, expected: Row):
    row = by_key(product.read_night(out, night)["refunds"])[key][at]
    paid_out = BY_HAND[night][2] if row["decision"] == "refund" and row["net_refund"] != "0.00" else {}
    expected = {"resolved_by": "", "answers": "", **paid_out} | expected
    assert {name: row[name] for name in expected} == expected


@both_nights
def test_the_register_has_the_lines_worked_out_by_hand_and_no_other(out: Path, night: date):
    rows = by_key(product.read_night(out, night)["refunds"])
    expected = BY_HAND[night][0]
    assert set(rows) == set(expected)
    assert all(len(rows[key]) == (len(row) if isinstance(row, list) else 1) for key, row in expected.items())


@both_nights
def test_the_payouts_come_to_what_was_worked_out_by_hand(out: Path, night: date):
    payouts = product.read_night(out, night)["payouts"]
    assert {row["rma_number"]: row["amount"] for row in payouts} == BY_HAND[night][1]
    dates = BY_HAND[night][2]
    assert all(row.items() >= dates.items() for row in payouts)


def test_the_malformed_rows_are_named_with_file_and_line(out: Path):
    rows = product.read_night(out, MAIN)["exceptions"]
    found = {(r["source_file"], int(r["source_line"])) for r in rows if r["code"] == "malformed-row"}
    assert found == main_night.MALFORMED


def test_the_resolutions_that_can_never_apply_are_reported(out: Path):
    rows = product.read_night(out, MAIN)["exceptions"]
    found = {(r["rma_number"], r["order_number"], r["order_line"]) for r in rows if r["code"] == "invalid-resolution"}
    assert found == {key[:3] for key in main_night.INVALID_RESOLUTIONS}


def test_the_held_return_that_the_main_night_no_longer_exports_is_reported(out: Path):
    # The claim, 89.00 + 6.45, and the due date (received on 11-16) are those of the night before.
    rows = [r for r in product.read_night(out, MAIN)["exceptions"] if r["code"] == "left-the-export"]
    names = ("rma_number", "order_number", "order_line", "first_seen", "claim_amount", "due_date")
    expected = ("RMA-3099", "#1199", "1", "2026-11-20", "95.45", "2026-12-01")
    assert [tuple(row[name] for name in names) for row in rows] == [expected]


def test_every_code_of_the_catalogue_occurs_in_the_main_night(out: Path):
    codes = {row["code"] for row in product.read_night(out, MAIN)["exceptions"]}
    assert codes == set(BY_CODE)


def test_the_sample_store_began_with_the_default_policy():
    first, second = load_policies(nights.POLICY).versions
    assert first.sha256 == load_policies(DATA / "policy").versions[0].sha256
    assert (first.version, second.version) == ("2024-01", "2026-11")


def test_what_came_back_before_the_first_night_goes_on_with_the_second_refund_of_its_rma(out: Path):
    payouts = product.read_night(out, MAIN)["payouts"]
    assert [row["payout_id"] for row in payouts if row["rma_number"] == "RMA-2950"] == ["RMA-2950/2"]


def test_every_decision_occurs_in_the_main_night(out: Path):
    decisions = {row["decision"] for row in product.read_night(out, MAIN)["refunds"]}
    assert decisions == {"refund", "hold", "reject", "duplicate", "already-decided"}


def test_the_main_night_posts_the_payouts_of_the_night_before(out: Path):
    # Their payout date is Friday 11-20, the main night.
    ledger = product.read_night(out, MAIN)["ledger"]
    posted = {r["rma_number"]: r["debit"] for r in ledger if r["entry_id"].startswith("PAYOUT:") and r["debit"]}
    assert posted == night_before.PAYOUTS
    assert {r["posting_date"] for r in ledger if r["entry_id"].startswith("PAYOUT:")} == {"2026-11-20"}


@pytest.mark.parametrize("report", REPORTS)
@both_nights
def test_the_reports_are_the_golden_files_byte_for_byte(out: Path, night: date, report: str):
    written, golden = out / str(night) / report, GOLDEN / str(night) / report
    if os.environ.get("REFUND_CALC_REWRITE_GOLDEN") == "1":
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_bytes(written.read_bytes())
    assert written.read_bytes() == golden.read_bytes(), f"{golden} differs; was that meant?"
