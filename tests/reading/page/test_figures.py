"""The figures of the page, counted once more from the CSV files that lie beside it, with nothing of the program."""

from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

import pytest

from refund_calc.policy.findings import BY_CODE
from refund_calc.reading.page.figures import Figures
from tests import product
from tests.reading.page.shown import cents, shown_nights
from tests.sample.nights import MAIN, NIGHT_BEFORE

HOLIDAYS = {date(2026, 11, 11), date(2026, 11, 26), date(2026, 12, 25)}  # federal, of these weeks
TURNS = ("customer service", "warehouse", "finance", "bank", "nobody")
NO_LINE = ("malformed-row", "invalid-resolution")
Row = dict[str, str]
KEY = ("rma_number", "order_number", "order_line")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Figures]]:
    return shown_nights(tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="module")
def figures(sample) -> Figures:
    return sample[1][str(MAIN)]


@pytest.fixture(scope="module")
def rows(sample) -> dict[str, list[Row]]:
    return product.read_night(sample[0], MAIN)


@pytest.fixture(scope="module")
def rows_before(sample) -> dict[str, list[Row]]:
    return product.read_night(sample[0], NIGHT_BEFORE)


def key(row: Row) -> tuple[str, ...]:
    return tuple(row[name] for name in KEY)


def held_keys(exceptions: list[Row]) -> dict[tuple[str, ...], list[Row]]:
    found = defaultdict(list)
    for row in exceptions:
        if row["severity"] == "hold" and row["code"] not in NO_LINE:
            found[key(row)].append(row)
    return dict(found)


def business_days(start: date, end: date) -> int:
    """Business days after start up to end, one by one."""
    days = (start + timedelta(at) for at in range(1, (end - start).days + 1))
    return sum(day.weekday() < 5 and day not in HOLIDAYS for day in days)


def test_the_tiles_are_the_registers_and_the_ledgers(figures: Figures, rows, rows_before):
    net = sum(cents(row["net_refund"]) for row in rows["refunds"])
    posted = sum(cents(row["debit"]) for row in rows["ledger"] if row["entry_id"].startswith("PAYOUT:"))
    assert (figures.tonight.net, figures.tonight.posted) == (net, posted)
    (before,) = figures.before
    assert before.net == sum(cents(row["net_refund"]) for row in rows_before["refunds"])


@pytest.mark.parametrize("which", ["waiting", "waiting_before"])
def test_what_is_held_is_what_the_exceptions_claim(figures: Figures, rows, rows_before, which: str):
    night, day = (rows, MAIN) if which == "waiting" else (rows_before, NIGHT_BEFORE)
    held = held_keys(night["exceptions"])
    shown = getattr(figures, which)
    assert shown.claim == sum(max(cents(row["claim_amount"]) for row in some) for some in held.values())
    late = [some for some in held.values() if any(row["due_date"] and row["due_date"] < str(day) for row in some)]
    approvals = {row["order_number"] for row in night["exceptions"] if row["code"] == "approval-required"}
    assert (shown.late, shown.approvals) == (len(late), len(approvals))


def test_the_held_lines_are_those_of_the_register_and_those_that_left(figures: Figures, rows):
    of_register = sum(row["decision"] == "hold" for row in rows["refunds"])
    left = sum(row["code"] == "left-the-export" for row in rows["exceptions"])
    assert figures.waiting.lines == of_register + left


def test_refunds_payable_is_the_balance_of_both_ledgers_and_the_payouts_not_left(figures: Figures, rows, rows_before):
    def balance(ledger: list[Row]) -> int:
        mine = [row for row in ledger if row["account"] == "2150"]
        return sum(cents(row["credit"]) - cents(row["debit"]) for row in mine)

    forward = figures.roll_forward
    assert forward.opening == balance(rows_before["ledger"])
    assert forward.closing == balance(rows_before["ledger"]) + balance(rows["ledger"])
    payouts = [*rows_before["payouts"], *rows["payouts"]]
    assert forward.listed == sum(cents(row["amount"]) for row in payouts if row["payout_date"] > str(MAIN))
    assert forward.unexplained == 0


def test_the_waterfall_is_the_registers_columns(figures: Figures, rows):
    for name, amount in figures.refunds.items():
        assert amount == sum(cents(row[name]) for row in rows["refunds"]), name


def test_the_matrix_has_each_held_line_once_by_turn_and_age(figures: Figures, rows):
    lines: dict[tuple[str, int], int] = defaultdict(int)
    claims: dict[tuple[str, int], int] = defaultdict(int)
    held = held_keys(rows["exceptions"])
    left = [row | {"received_date": ""} for row in rows["exceptions"] if row["code"] == "left-the-export"]
    for line in [row for row in rows["refunds"] if row["decision"] == "hold"] + left:
        some = held[key(line)]
        turn = min(TURNS.index(BY_CODE[row["code"]].turn) for row in some)
        came = line["received_date"]
        since = came if came and came <= str(MAIN) else min(row["first_seen"] for row in some)
        days = business_days(date.fromisoformat(since), MAIN)
        place = (TURNS[turn], next(at for at, most in enumerate((2, 5, 10, 10**6)) if days <= most))
        lines[place] += 1
        claims[place] += max(cents(row["claim_amount"]) for row in some)
    shown = {(turn, at): cell for turn, cells in figures.ageing.items() for at, cell in enumerate(cells[:-1])}
    assert {place: cell.lines for place, cell in shown.items() if cell.lines} == dict(lines)
    assert {place: cell.claim for place, cell in shown.items() if cell.lines} == dict(claims)


def test_the_worst_are_the_oldest(figures: Figures):
    assert [one.days for one in figures.worst] == sorted((one.days for one in figures.worst), reverse=True)
    assert len(figures.worst) == 10


def test_the_promise_counts_business_days_from_receipt_to_payout(figures: Figures, rows):
    took: dict[int, int] = defaultdict(int)
    for row in rows["refunds"]:
        if row["payout_date"] and row["received_date"] and row["return_type"] != "cancellation":
            took[business_days(*(date.fromisoformat(row[name]) for name in ("received_date", "payout_date")))] += 1
    assert {days: lines for days, lines in enumerate(figures.promise.paid) if lines} == dict(took)


def test_a_line_is_paid_late_where_the_exceptions_say_so(figures: Figures, rows):
    late = sum(row["code"] == "past-deadline" for row in rows["exceptions"])
    assert figures.promise.paid_late == late


def test_payouts_stand_on_their_day_and_thanksgiving_is_marked(figures: Figures, rows):
    days = {date(1970, 1, 1) + timedelta(one.day): one for one in figures.schedule.days}
    assert not days[date(2026, 11, 26)].is_open
    assert sum(one.is_open for one in days.values()) == 10
    monday = days[date(2026, 11, 23)]
    amount = sum(cents(row["amount"]) for row in rows["payouts"])
    assert (monday.payouts, monday.amount) == (len(rows["payouts"]), amount)


def test_reasons_and_skus_are_sums_of_the_register(figures: Figures, rows):
    for name, shown in (("reason", figures.reasons), ("sku", figures.skus)):
        net: dict[str, int] = defaultdict(int)
        for row in rows["refunds"]:
            if row["decision"] == "refund":
                net[row[name]] += cents(row["net_refund"])
        dearest = sorted(net.items(), key=lambda item: (-item[1], item[0]))[:8]
        assert [(one.name, one.net) for one in shown] == dearest


def test_the_signals_count_the_exceptions(figures: Figures, rows):
    counts = {one.title: one.count for one in figures.signals}
    for title, code in (
        ("Refunded elsewhere", "refunded-elsewhere"),
        ("No payment reference", "payment-reference-missing"),
        ("Delivered, not refused", "delivered-not-refused"),
        ("Left the export", "left-the-export"),
        ("Resolutions that can never apply", "invalid-resolution"),
    ):
        assert counts[title] == sum(row["code"] == code for row in rows["exceptions"]), title


def test_every_resolution_of_the_register_stands_under_its_person(figures: Figures, rows):
    said = {answer for row in rows["refunds"] for answer in row["answers"].split(";") if answer}
    shown = {
        f"{one.title.split(' by ')[0]} {code}" for one in figures.signals if " by " in one.title for code in one.names
    }
    assert shown == said


def test_every_exception_is_listed_held_ones_first_by_due_date(figures: Figures, rows):
    listed = [(one.rma_number, one.code, one.message) for one in figures.exceptions]
    assert sorted(listed) == sorted((row["rma_number"], row["code"], row["message"]) for row in rows["exceptions"])
    held = [one.due_date or "9999" for one in figures.exceptions if one.severity == "hold"]
    assert held == sorted(held)
    assert [one.severity for one in figures.exceptions][: len(held)] == ["hold"] * len(held)


def test_the_first_night_has_nothing_to_compare_with(sample):
    first = sample[1][str(NIGHT_BEFORE)]
    assert (first.waiting_before, first.before, first.roll_forward.opening) == (None, (), 0)
    assert all(volume.usual is None for volume in first.header.volumes)
