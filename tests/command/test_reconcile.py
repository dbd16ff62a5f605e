"""`refund-calc reconcile` from published nights to files and exit codes."""

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from jobs.cli import group
from refund_calc.reports.contracts import LEDGER, RECONCILIATION
from tests.books.reconcile import files
from tests.history.three_nights import FIRST, SECOND, THIRD, published_bytes, ran

# R1/1 and R2/1, 96.50 each, are due on 03-23; R2/2 (104.00), R3/1 and R5/1 on 03-25; R4/1 on 03-27.
SHOPIFY = [
    {"type": "charge", "order": "#A", "amount": "104.00"},
    {"order": "#A", "amount": "-60.00"},
    {"order": "#A", "amount": "-36.50", "when": "2026-03-23 10:00:03 -0700"},
    {"order": "#B"},
    {"order": "#B", "amount": "-104.00", "when": "2026-03-25 10:00:00 -0700"},
]
STRIPE = [
    {"payment_intent_id": "PAY-C", "when": "2026-03-25 10:00:00", "refund_metadata[refund_id]": "R3/1"},
    {"payment_intent_id": "PAY-D", "when": "2026-03-27 10:00:00"},
    {"payment_intent_id": "PAY-E", "when": "2026-03-25 10:00:00"},
]
FAILED = {"category": "refund_failure", "gross": "96.50", "source_id": "re_0", "when": "2026-03-27 10:00:00"}
SETTLED = "payout_id,settled_on,how,amount,reference,settled_by\nR3/1,2026-03-30,check,96.50,4711,A. Controller\n"


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ran(tmp_path_factory.mktemp("reconcile") / "out", FIRST, SECOND, THIRD)


@pytest.fixture
def good(tmp_path: Path) -> list[str]:
    paths = (files.shopify(tmp_path / "shopify.csv", *SHOPIFY), files.stripe(tmp_path / "stripe.csv", *STRIPE))
    return [part for path in paths for part in ("--processor", str(path))]


@pytest.fixture
def bad(tmp_path: Path) -> list[str]:
    """R3/1 came back, and somebody refunded an order of which we know nothing."""
    unknown = {"order": "#Z99", "amount": "-12.00"}
    paths = (
        files.shopify(tmp_path / "shopify.csv", *SHOPIFY, unknown),
        files.stripe(tmp_path / "stripe.csv", *STRIPE, FAILED),
    )
    return [part for path in paths for part in ("--processor", str(path))]


def run(out: Path, *arguments: object, as_of: str = "2026-04-09") -> Result:
    return CliRunner().invoke(group, ["reconcile", "--out", str(out), "--as-of", as_of, *map(str, arguments)])


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def test_all_as_promised_is_exit_code_0(out: Path, good: list[str], tmp_path: Path) -> None:
    done = run(out, *good, "-o", tmp_path / "r.csv")
    assert (done.exit_code, done.stderr) == (0, "")
    found = rows(tmp_path / "r.csv")
    assert list(found[0]) == list(RECONCILIATION)
    assert [(row["class"], row["open"]) for row in found] == [("paid", "0.00")] * 6
    assert "Rows of the processors: 8, every one accounted for" in done.stdout
    assert "1  charge (Shopify Payments transactions)" in done.stdout
    assert "unexplained                             0.00" in done.stdout


def test_something_to_look_at_is_exit_code_1(out: Path, bad: list[str], tmp_path: Path) -> None:
    done = run(out, *bad, "-o", tmp_path / "r.csv")
    assert done.exit_code == 1
    assert [row["payout_id"] or row["rows"] for row in rows(tmp_path / "r.csv") if row["class"] != "paid"] == [
        "R3/1",
        "shopify.csv line 7",
    ]
    assert "failed R3/1: came back on 2026-03-27" in done.stdout
    assert "unpromised shopify.csv line 7: a refund outside this job" in done.stdout


def test_a_settlement_ends_it_and_its_payout_entry_reverses(out: Path, bad: list[str], tmp_path: Path) -> None:
    (tmp_path / "settlements.csv").write_text(SETTLED, encoding="utf-8")
    files.shopify(tmp_path / "shopify.csv", *SHOPIFY)
    before = published_bytes(out)
    given = ("--settlements", tmp_path / "settlements.csv", "--journal", tmp_path / "j.csv", "-o", tmp_path / "r.csv")
    assert run(out, *bad, *given).exit_code == 0
    journal = rows(tmp_path / "j.csv")
    assert list(journal[0]) == list(LEDGER)
    assert [(row["entry_id"], row["posting_date"], row["account"], row["debit"], row["credit"]) for row in journal] == [
        ("REVERSAL:R3/1", "2026-03-30", "1090", "96.50", ""),
        ("REVERSAL:R3/1", "2026-03-30", "2150", "", "96.50"),
    ]
    assert published_bytes(out) == before, "nothing in OUT changes"


def test_twice_is_the_same(out: Path, bad: list[str], tmp_path: Path) -> None:
    first, second = (run(out, *bad, "-o", tmp_path / name, "--journal", tmp_path / f"j{name}") for name in "ab")
    assert first.stdout == second.stdout
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert (tmp_path / "ja").read_text() == ",".join(LEDGER) + "\n"


def test_without_a_file_the_rows_go_to_stdout_and_the_summary_to_stderr(out: Path, good: list[str]) -> None:
    done = run(out, *good)
    assert done.stdout.startswith("class,payout_id,")
    assert done.stderr.startswith("Refunds from 2026-03-20 to 2026-04-09, in USD")


def test_month_after_month_carries_what_was_open(out: Path, bad: list[str], tmp_path: Path) -> None:
    first = run(out, *bad, "-o", tmp_path / "march.csv", as_of="2026-03-31")
    closing = next(line.split()[-1] for line in first.stdout.splitlines() if "= closing" in line)
    april = ("--from", "2026-04-01", "--carried", tmp_path / "march.csv", "-o", tmp_path / "april.csv")
    done = run(out, *bad, *april)
    assert next(line.split()[-1] for line in done.stdout.splitlines() if "opening" in line) == closing == "96.50"
    assert [(row["class"], row["message"].split(":")[0]) for row in rows(tmp_path / "april.csv")] == [
        ("failed", "failed in an earlier period")
    ]


def test_what_is_carried_must_end_the_day_before(out: Path, bad: list[str], tmp_path: Path) -> None:
    run(out, *bad, "-o", tmp_path / "early.csv", as_of="2026-03-24")
    done = run(out, *bad, "--from", "2026-04-01", "--carried", tmp_path / "early.csv")
    assert done.exit_code == 65
    assert "it ends before the night of 2026-03-26; give the reconciliation that ended on 2026-03-31" in done.stderr


@pytest.mark.parametrize(
    ("given", "exit_code", "message"),
    [
        (["--carried", "x.csv"], 2, "--carried needs --from"),
        (["--from", "2026-05-01"], 2, "--from 2026-05-01 lies after --as-of 2026-04-09"),
        (["--settlements", "no.csv"], 66, "no.csv: there is no such file"),
        (["--dates", "YMD"], 2, "Invalid value for '--dates'"),
    ],
)
def test_what_does_not_fit_is_told(out: Path, good: list[str], given: list[str], exit_code: int, message: str) -> None:
    done = run(out, *good, *given)
    assert (done.exit_code, message in done.stderr) == (exit_code, True), done.stderr


def test_before_the_first_night_a_refund_was_never_promised(out: Path, tmp_path: Path) -> None:
    early = files.shopify(tmp_path / "s.csv", {"order": "#A", "when": "2026-03-02 10:00:00 -0800"})
    done = run(out, "--processor", early, "-o", tmp_path / "r.csv", as_of="2026-03-19")
    assert done.exit_code == 1
    assert [(row["class"], row["rows"]) for row in rows(tmp_path / "r.csv")] == [("unpromised", "s.csv line 2")]
    assert done.stdout.startswith("Refunds from 2026-03-02 to 2026-03-19, in USD")


def test_a_period_between_two_nights_tells_what_nobody_promised(out: Path, tmp_path: Path) -> None:
    between = files.shopify(tmp_path / "s.csv", {"order": "#Z", "when": "2026-06-02 10:00:00 -0800"})
    done = run(out, "--processor", between, "--from", "2026-06-01", "-o", tmp_path / "r.csv", as_of="2026-06-30")
    assert done.exit_code == 1
    assert [row["class"] for row in rows(tmp_path / "r.csv")] == ["unpromised"]


def test_without_a_night_and_without_a_refund_there_is_nothing_to_compare(out: Path, good: list[str]) -> None:
    done = run(out, *good, as_of="2026-03-19")
    assert (done.exit_code, "no night up to 2026-03-19, and no refund up to then" in done.stderr) == (66, True)


def test_a_folder_without_a_night_is_told(good: list[str], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = run(tmp_path / "empty", *good)
    assert (done.exit_code, "no night; give the folder" in done.stderr) == (66, True)


def test_where_no_refund_of_a_report_finds_its_order_it_says_what_may_tell_it(out: Path, tmp_path: Path) -> None:
    named = files.shopify(tmp_path / "s.csv", {"order": "#1001"}, {"order": "#1002"})
    intents = files.stripe(tmp_path / "t.csv", {"payment_intent_id": "pi_1"})
    given = ("--processor", named, "--processor", intents, "-o", tmp_path / "r.csv")
    told = run(out, *given).stdout
    assert "None of the 2 refunds in Shopify Payments transactions belongs to a promise: where the nights call" in told
    assert "give --orders orders_export.csv" in told
    assert "belongs to a promise: compare payment_reference in payouts.csv with payment_intent_id and charge_id" in told
    export = tmp_path / "orders_export.csv"
    export.write_text("Name,Id,Financial Status\n#9,9,paid\n", encoding="utf-8")
    assert "--orders" not in run(out, *given, "--orders", export).stdout


def test_it_never_writes_into_a_published_night(out: Path, good: list[str]) -> None:
    done = run(out, *good, "-o", out / "2026-03-20" / "r.csv")
    assert (done.exit_code, "it lies in a published night" in done.stderr) == (73, True)


def test_a_published_file_that_was_changed_stops_it(out: Path, good: list[str], tmp_path: Path) -> None:
    from tests.history.three_nights import copied

    other = copied(out, tmp_path / "copy")
    payouts = other / "2026-03-20" / "payouts.csv"
    payouts.write_text(payouts.read_text().replace("96.50", "96.49"))
    done = run(other, *good)
    assert (done.exit_code, "not as that night published it" in done.stderr) == (65, True)


def test_no_customer_is_named_anywhere(out: Path, bad: list[str], tmp_path: Path) -> None:
    done = run(out, *bad, "-o", tmp_path / "r.csv")
    assert files.CUSTOMER not in done.stdout + (tmp_path / "r.csv").read_text()
