"""The figures of the page, counted once more from the CSV files that lie beside it, with nothing of the program."""

import json
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

import pytest

from refund_calc.policy.findings import BY_CODE
from refund_calc.reading.page.figures import Figures, Volume
from refund_calc.reading.page.payable import NightTotals, schedule
from refund_calc.reading.status import status_json
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


def dollars(amount: int) -> str:
    return f"{amount / 100:.2f}"


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


def test_the_held_lines_are_those_of_the_register_and_those_that_left_each_key_once(figures: Figures, rows):
    of_register = {key(row) for row in rows["refunds"] if row["decision"] == "hold"}
    left = {key(row) for row in rows["exceptions"] if row["code"] == "left-the-export"}
    assert figures.waiting.lines == len(of_register | left) == 32


def test_page_and_status_count_the_same_lines_and_dollars(sample, figures: Figures):
    held = json.loads(status_json(sample[0]))["held"]
    assert (figures.waiting.lines, dollars(figures.waiting.claim)) == (held["lines"], held["claimed"])
    assert figures.waiting.late == held["past_promise"]["lines"]


def test_the_next_due_date_is_the_first_of_the_held_lines(figures: Figures, rows):
    due = {row["due_date"] for row in rows["exceptions"] if row["severity"] == "hold" and row["due_date"]}
    assert date(1970, 1, 1) + timedelta(figures.next_due or 0) == date.fromisoformat(min(due)) == date(2026, 11, 25)


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
    lines_held = [row for row in rows["refunds"] if row["decision"] == "hold"] + left
    came: dict[tuple[str, ...], str] = {}  # the first of the rows of a key
    for row in lines_held:
        known = [day for day in (came.get(key(row), ""), row["received_date"]) if day and day <= str(MAIN)]
        came[key(row)] = min(known, default="")
    for line, received in came.items():
        some = held[line]
        turn = min(TURNS.index(BY_CODE[row["code"]].turn) for row in some)
        since = received or min(row["first_seen"] for row in some)
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
    assert len({(one.exception.rma_number, one.exception.order_line) for one in figures.worst}) == 10


def test_the_promise_counts_business_days_from_receipt_to_payout(figures: Figures, rows):
    took: dict[int, int] = defaultdict(int)
    for row in rows["refunds"]:
        if row["payout_date"] and row["received_date"] and row["return_type"] != "cancellation":
            took[business_days(*(date.fromisoformat(row[name]) for name in ("received_date", "payout_date")))] += 1
    assert {days: lines for days, lines in enumerate(figures.promise.paid) if lines} == dict(took)


def test_a_line_is_paid_late_where_the_exceptions_say_so(figures: Figures, rows):
    late = sum(row["code"] == "past-deadline" for row in rows["exceptions"])
    assert figures.promise.paid_late == late


def test_payouts_stand_on_their_day_and_thanksgiving_is_named(figures: Figures, rows):
    days = {date(1970, 1, 1) + timedelta(one.day): one for one in figures.schedule.days}
    assert {str(day): one.closed for day, one in days.items() if one.closed} == {"2026-11-26": "Thanksgiving Day"}
    assert len(days) == 11
    monday = days[date(2026, 11, 23)]
    amount = sum(cents(row["amount"]) for row in rows["payouts"])
    assert (monday.payouts, monday.amount) == (len(rows["payouts"]), amount)


def test_a_closure_of_the_policy_is_named_too():
    closed = schedule(NightTotals(20_777, 0, 0, 0, 0, 20_780, {}), (), [date(2026, 11, 27)]).days
    assert {one.day: one.closed for one in closed if one.closed} == {
        20_783: "Thanksgiving Day",
        20_784: "closed by the policy",
    }


def test_reasons_and_skus_are_sums_of_the_register(figures: Figures, rows):
    for name, shown in (("reason", figures.reasons), ("sku", figures.skus)):
        net: dict[str, int] = defaultdict(int)
        for row in rows["refunds"]:
            if row["decision"] == "refund":
                net[row[name]] += cents(row["net_refund"])
        dearest = sorted(net.items(), key=lambda item: (-item[1], item[0]))
        if len(dearest) > 6:
            others = dearest[5:]
            dearest = [*dearest[:5], (f"{len(others)} others", sum(amount for _, amount in others))]
        assert [(one.name, one.net) for one in shown] == dearest
        assert sum(one.net for one in shown) == figures.tonight.net


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


def test_far_more_rows_than_usual_are_odd_and_answers_never_are(figures: Figures):
    # The night before had 12 rows of orders and of returns, tonight 74 and 78; nobody had answered anything then.
    odd = {one.kind: (one.is_few, one.is_many) for one in figures.header.volumes}
    assert odd == {"orders": (False, True), "returns": (False, True), "resolutions": (False, False)}
    assert [Volume("returns", rows, 12).is_few for rows in (6, 5)] == [False, True]
    assert [Volume("returns", rows, 12).is_many for rows in (24, 25)] == [False, True]


def test_the_first_night_has_nothing_to_compare_with(sample):
    first = sample[1][str(NIGHT_BEFORE)]
    assert (first.waiting_before, first.before, first.roll_forward.opening) == (None, (), 0)
    assert all(volume.usual is None for volume in first.header.volumes)
