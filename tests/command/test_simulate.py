"""refund-calc simulate: what another policy would change, in figures worked out by hand; nothing is written."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from jobs.cli import group
from tests.product import run, write_files, write_policies
from tests.stories import AS_OF, Night, Row, a_policy, a_return, an_answer, an_order

# The clean return is requested 5 days after delivery and refunded 100.00 + 8.00 - 7.50 = 100.50. An opened box: 15 %.
ORDERS = [an_order(order_number=number) for number in "ABC"]
CLEAN = a_return(rma_number="R1", order_number="A")
OPENED = a_return(rma_number="R2", order_number="B", original_box="no")  # 100.50 - 15.00 = 85.50
WAITS = a_return(rma_number="R3", order_number="C", evidence_complete="")


class Store:
    """An OUT, the present policy, and an inbox that is simulated."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.out, self.inbox = folder, folder / "out", folder / "inbox"
        self.present = write_policies([a_policy()], folder / "present")
        self.out.mkdir()

    def night(self, night: Night) -> None:
        """Publish a night under the present policy."""
        run(write_files(night.all_files(), self.folder / f"in-{night.as_of}"), self.present, night.as_of, self.out)

    def simulate(self, *returns: Row, other: dict[str, Any], more: tuple[object, ...] = (), **story: Any) -> Result:
        """The returns under the present policy and one with these edits."""
        policy = write_policies([a_policy(**other)], self.folder / "other")
        night = Night(list(returns), ORDERS, **story)
        write_files(night.all_files(), self.inbox)
        given = ("--policy", policy, "--present", self.present, "--inbox", self.inbox, "--out", self.out)
        return simulate(*given, "--as-of", night.as_of, "-o", self.lines, *more)

    @property
    def lines(self) -> Path:
        return self.folder / "lines.csv"

    def read(self) -> list[Row]:
        with self.lines.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))


def simulate(*arguments: object, **environment: str) -> Result:
    return CliRunner(env=environment).invoke(group, ["simulate", *map(str, arguments)])


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def tree(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def row(text: str, *begins: str) -> list[str]:
    """The cells of the first line that begins with these words, without them."""
    found = [line.split() for line in text.splitlines() if line.split()[: len(begins)] == list(begins)]
    assert found, text
    return found[0][len(begins) :]


def test_the_same_policy_changes_nothing(store: Store) -> None:
    ran = store.simulate(CLEAN, OPENED, WAITS, other={})
    assert ran.exit_code == 0, ran.output
    assert "Change: 0 of 3 return lines, 0 of them their decision\n  none\n" in ran.output
    assert row(ran.output, "net", "refunds,", "dollars") == ["186.00", "186.00", "0.00"]
    assert "The past: none; no night stands in OUT before this one\n" in ran.output
    assert store.read() == []


def test_a_shorter_window_rejects_by_its_clause(store: Store) -> None:
    # Requested on day 5 after delivery; the other policy's last day is 4. R3 is held today and rejected then.
    ran = store.simulate(CLEAN, OPENED, WAITS, other={"coverage": {"window_days": 4}})
    assert row(ran.output, "refund") == ["2", "0", "-2"]
    assert row(ran.output, "refund", "->", "reject") == ["2", "-186.00", "216.00"]
    assert row(ran.output, "hold", "->", "reject") == ["1", "0.00", "108.00"]
    assert row(ran.output, "RP-1", "window-expired", "refund", "->", "reject") == ["2", "-186.00", "216.00"]
    first = store.read()[0]
    assert (first["rma_number"], first["change"], first["clause"]) == ("R1", "refund -> reject", "RP-1")
    assert (first["net_present"], first["net_other"], first["net_change"]) == ("100.50", "", "-100.50")
    assert (first["codes_present"], first["codes_other"]) == ("", "window-expired")


def test_a_longer_window_pays_what_is_rejected_today(store: Store) -> None:
    late = a_return(rma_number="R1", order_number="A", requested_date="2026-04-05", received_date="2026-04-06")
    ran = store.simulate(late, other={"coverage": {"window_days": 31}}, as_of=date(2026, 4, 7))
    assert row(ran.output, "RP-1", "window-expired", "reject", "->", "refund") == ["1", "+100.50", "108.00"]


def test_a_higher_rate_costs_its_deduction(store: Store) -> None:
    # 20 % instead of 15 % of 100.00: five dollars less, for the opened box only.
    ran = store.simulate(CLEAN, OPENED, other={"restocking": {"rate": "0.20"}})
    assert row(ran.output, "amount") == ["1", "-5.00", "108.00"]
    assert row(ran.output, "RP-7", "restocking_fee", "amount") == ["1", "-5.00", "108.00"]
    assert [(line["rma_number"], line["net_present"], line["net_other"]) for line in store.read()] == [
        ("R2", "85.50", "80.50")
    ]


def test_a_lower_limit_asks_for_approval(store: Store) -> None:
    ran = store.simulate(CLEAN, other={"approval": {"limit": "100.49"}})
    assert row(ran.output, "CT-3", "approval-required", "refund", "->", "hold") == ["1", "-100.50", "108.00"]
    assert row(store.simulate(CLEAN, other={"approval": {"limit": "100.50"}}).output, "refund") == ["1", "1", "+0"]


def test_a_shorter_promise_moves_due_dates(store: Store) -> None:
    # Received on Monday 03-16: ten business days later is 03-30, seven 03-25.
    ran = store.simulate(CLEAN, other={"processing": {"business_days": 7}})
    assert row(ran.output, "RP-10", "due_date", "due", "date") == ["1", "0.00", "108.00"]
    assert [(line["due_present"], line["due_other"]) for line in store.read()] == [("2026-03-30", "2026-03-25")]


def test_both_sides_have_the_past_of_the_nights_before(store: Store) -> None:
    store.night(Night([CLEAN], ORDERS))
    # R1 was refunded on Friday: no policy pays or rejects it again. R2 is new on Monday.
    monday = date(2026, 3, 23)
    ran = store.simulate(CLEAN, OPENED, other={"coverage": {"window_days": 4}}, as_of=monday)
    assert row(ran.output, "already-decided") == ["1", "1", "+0"]
    assert "The past: what was known after the night of 2026-03-20\n" in ran.output
    assert [line["rma_number"] for line in store.read()] == ["R2"]


def test_a_published_night_is_decided_again_with_its_resolutions(store: Store) -> None:
    allowed = an_answer("evidence-missing", "allow", rma_number="R3", order_number="C")
    store.night(Night([WAITS], ORDERS, resolutions=[allowed]))
    store.night(Night([OPENED], ORDERS, as_of=date(2026, 3, 23)))
    ran = store.simulate(WAITS, other={"coverage": {"window_days": 4}})
    assert row(ran.output, "refund", "->", "reject") == ["1", "-100.50", "108.00"]


def an_opening(store: Store) -> Path:
    """R1 was refunded before this job came: its unit, for 100.50."""
    path = store.folder / "opening.csv"
    path.write_text("rma_number,order_number,order_line,units,net_refund\nR1,A,1,1,100.50\n", encoding="utf-8")
    return path


def test_a_first_night_knows_its_opening_and_needs_no_out(store: Store) -> None:
    more = ("--opening", an_opening(store), "--out", store.folder / "not-yet")
    ran = store.simulate(CLEAN, OPENED, other={"restocking": {"rate": "0.20"}}, more=more)
    assert ran.exit_code == 0, ran.output
    # R1 is already decided under both; R2 costs 5.00 more.
    assert row(ran.output, "already-decided") == ["1", "1", "+0"]
    assert [line["rma_number"] for line in store.read()] == ["R2"]
    assert "The past: opening.csv; no night stands in OUT before this one\n" in ran.output
    assert not (store.folder / "not-yet").exists()


def test_an_opening_is_of_no_later_night(store: Store) -> None:
    store.night(Night([CLEAN], ORDERS))
    ran = store.simulate(OPENED, other={}, as_of=date(2026, 3, 23), more=("--opening", an_opening(store)))
    assert ran.exit_code == 2
    assert "holds the night of 2026-03-20; take it out of the command" in ran.output


def test_nothing_is_written_but_the_lines(store: Store) -> None:
    store.night(Night([CLEAN], ORDERS))
    (store.out / "index.duckdb").unlink(missing_ok=True)
    store.simulate(OPENED, other={}, as_of=date(2026, 3, 23))
    before = tree(store.folder)
    store.simulate(OPENED, other={"restocking": {"rate": "0.20"}}, as_of=date(2026, 3, 23))
    changed = {path.name for path, content in tree(store.folder).items() if before.get(path) != content}
    assert changed == {"lines.csv", "0.toml"}  # the other policy is the test's own


def test_text_of_an_export_is_no_formula(store: Store) -> None:
    formula = a_return(rma_number="=R1", order_number="A")
    store.simulate(formula, other={"coverage": {"window_days": 4}})
    assert [line["rma_number"] for line in store.read()] == ["'=R1"]


def test_a_version_that_judges_no_order_is_told(store: Store) -> None:
    ran = store.simulate(CLEAN, other={})
    assert "judges orders from" not in ran.output
    later = a_policy(version="2027-01", effective_from=date(2027, 1, 1), coverage={"window_days": 4})
    policy = write_policies([a_policy(), later], store.folder / "both")
    given = ("--policy", policy, "--inbox", store.inbox, "--out", store.out, "--as-of", AS_OF)
    ran = simulate(*given, REFUND_CALC_POLICY=str(store.present))
    assert ran.exit_code == 0
    assert "2027-01 judges orders from 2027-01-01 on, and none is here" in ran.output
    assert ran.output.endswith("Nothing was written\n")


def test_what_stops_a_night_stops_it(store: Store) -> None:
    store.night(Night([CLEAN], ORDERS))
    assert store.simulate(CLEAN, other={}).exit_code == 0
    inside = ("-o", store.out / str(AS_OF) / "lines.csv")
    assert store.simulate(CLEAN, other={}, more=inside).exit_code == 73
    assert store.simulate(CLEAN, other={}, more=("--out", store.folder / "nowhere")).exit_code == 66
    assert store.simulate(CLEAN, other={}, more=("--inbox", store.folder / "nowhere")).exit_code == 66
    assert store.simulate(CLEAN, other={"restocking": {"rate": "1.5"}}).exit_code == 78
