"""What a store lives through, night after night (rulebook 4, 5, 7, 8, 9). Amounts are worked out by hand.

The clean line of tests.stories is 100.00 + 8.00 tax - 7.50 return shipping = 100.50, refunded on Friday 2026-03-20
and paid out on the next bank day, Monday 03-23.
"""

import csv
import io
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from refund_calc.errors import BadData, Locked, NightStopped
from refund_calc.runs.nightly import Summary
from tests import product
from tests.stories import (
    AS_OF,
    DATA,
    NOT_BACK_YET,
    Night,
    Reports,
    a_policy,
    a_return,
    an_answer,
    an_order,
    tell,
)

FRIDAY, MONDAY, TUESDAY, WEDNESDAY = (date(2026, 3, day) for day in (20, 23, 24, 25))
assert FRIDAY == AS_OF
CLEAN = Night([a_return()])


class Store:
    """One store: its output folder, its history, its policy. Nights are run on it one after the other."""

    def __init__(self, folder: Path, *policies: dict) -> None:
        self.folder, self.out, self.count = folder, folder / "out", 0
        self.policy = product.write_policies(policies, folder / "policy") if policies else DATA / "policy"

    def run(self, night: Night, **options) -> Summary:
        self.count += 1
        inputs = product.write_files(night.all_files(), self.folder / f"in{self.count}")
        return product.run(inputs, self.policy, night.as_of, self.out, **options)

    def night(self, night: Night, **options) -> Reports:
        self.run(night, **options)
        return self.reports(night.as_of)

    def reports(self, as_of: date) -> Reports:
        return Reports(**product.read_night(self.out, as_of))

    def stopped(self, night: Night, **options) -> str:
        """The line that a night stops with; exit 65, and not a byte changed."""
        before = self.everything()
        with pytest.raises(BadData) as stopped:
            self.run(night, **options)
        assert stopped.value.exit_code == 65
        assert self.everything() == before
        return str(stopped.value)

    def everything(self) -> dict[str, tuple[bytes, int]]:
        """Name -> bytes and time of change of every file."""
        files = (path for path in self.out.rglob("*") if path.is_file())
        return {str(path.relative_to(self.out)): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def posted(reports: Reports) -> list[tuple[str, str, str, str]]:
    """entry_id, posting_date, account and amount of the payout entries' journal lines."""
    rows = (row for row in reports.ledger if row["entry_id"].startswith("PAYOUT:"))
    return [(r["entry_id"], r["posting_date"], r["account"], r["debit"] or r["credit"]) for r in rows]


def on(as_of: date, *returns: dict, **parts) -> Night:
    return Night(returns, as_of=as_of, **parts)


# --- the same night again (rulebook 9) ---------------------------------------------------------------------------


def test_the_same_night_again_is_complete_and_nothing_is_touched(store):
    store.run(CLEAN)
    before = store.everything()
    assert store.run(CLEAN).is_repeat
    assert store.everything() == before


def test_the_same_inputs_under_other_names_are_the_same_inputs(store):
    store.run(CLEAN)
    kind, _, content = CLEAN.all_files()[1]
    orders = CLEAN.all_files()[0]
    inputs = product.write_files([orders, (kind, "returns-2.csv", content)], store.folder / "renamed")
    assert product.run(inputs, store.policy, FRIDAY, store.out).is_repeat


def test_the_same_night_with_other_inputs_is_refused(store):
    store.run(CLEAN)
    assert "--redo" in store.stopped(on(FRIDAY, a_return(reason="other")))


def test_redo_withdraws_the_decisions_of_the_night(store):
    store.run(CLEAN)
    redone = store.night(on(FRIDAY, a_return(quantity_received="", received_date="")), redo=True)
    assert redone.verdict() == "hold awaiting-receipt"
    assert redone.payouts == [] and redone.ledger == []
    # Nothing is remembered of the withdrawn refund: it is paid once, when the parcel is there.
    assert store.night(on(MONDAY, a_return())).line()["net_refund"] == "100.50"


def test_redo_writes_reports_again_that_were_deleted_by_hand(store):
    store.run(CLEAN)
    before = {name: content for name, (content, _) in store.everything().items()}
    for path in (store.out / str(FRIDAY)).glob("*.csv"):
        path.unlink()
    assert "--redo" in store.stopped(CLEAN)
    store.run(CLEAN, redo=True)
    assert {name: content for name, (content, _) in store.everything().items()} == before


def test_a_single_report_that_was_deleted_is_noticed(store):
    store.run(CLEAN)
    (store.out / str(FRIDAY) / "ledger.csv").unlink()
    assert "--redo" in store.stopped(CLEAN)


def test_nights_do_not_go_back(store):
    store.run(on(MONDAY, a_return()))
    assert f"the last night was {MONDAY}" in store.stopped(CLEAN)


def test_only_the_latest_night_can_be_redone(store):
    store.run(CLEAN)
    store.run(on(MONDAY, a_return()))
    assert "only the latest" in store.stopped(CLEAN, redo=True)


def test_a_skipped_night_is_caught_up(store):
    store.run(CLEAN)
    late = store.night(on(WEDNESDAY, a_return(), a_return(rma_number="R2", order_number="1002"),
                          orders=[an_order(), an_order(order_number="1002")]))  # fmt: skip
    assert late.verdict() == "already-decided"
    assert late.line("R2", "1", "1002")["net_refund"] == "100.50"


def test_a_withdrawn_night_leaves_nothing_behind(store):
    store.run(CLEAN)
    two_orders = [an_order(), an_order(order_number="1002")]
    second = a_return(rma_number="R2", order_number="1002")
    paid = store.night(on(MONDAY, a_return(), second, orders=two_orders))
    assert [row["payout_id"] for row in paid.payouts] == ["R2/1"]
    withdrawn = store.night(on(MONDAY, a_return(), orders=two_orders), redo=True)
    assert withdrawn.payouts == []
    assert posted(withdrawn) == posted(paid)  # R1's payout falls on Monday, whatever else the night decides
    again = store.night(on(TUESDAY, a_return(), second, orders=two_orders))
    assert [row["payout_id"] for row in again.payouts] == ["R2/1"]
    assert posted(again) == []


# --- one run at a time, all or nothing ---------------------------------------------------------------------------

HOLD_THE_LOCK = """
import sys, time
from pathlib import Path
from refund_calc.history.folders import locked
with locked(Path(sys.argv[1])):
    print("locked", flush=True)
    time.sleep(60)
"""


@contextmanager
def another_run(out: Path) -> Iterator[subprocess.Popen]:
    process = subprocess.Popen([sys.executable, "-c", HOLD_THE_LOCK, str(out)], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"locked\n"
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_the_second_of_two_runs_ends_at_once_and_a_killed_one_leaves_the_lock_free(store):
    with another_run(store.out) as other:
        start = time.monotonic()
        with pytest.raises(Locked, match="another run is at work") as locked:
            store.run(CLEAN)
        assert locked.value.exit_code == 75 and time.monotonic() - start < 5
        other.kill()
        other.wait()
        assert store.night(CLEAN).verdict() == "refund"


def test_a_broken_chain_is_refused_and_says_how_to_go_on(store):
    store.run(CLEAN)
    manifest = store.out / str(FRIDAY) / "manifest.json"
    manifest.write_text(manifest.read_text().replace("100.50", "100.51"))
    line = store.stopped(on(MONDAY, a_return()))
    assert str(manifest) in line and "backup" in line and f"--as-of {FRIDAY} --redo" in line
    store.run(CLEAN, redo=True)  # as the line says
    assert store.night(on(MONDAY, a_return())).verdict() == "already-decided"


def test_a_stopped_first_night_leaves_nothing_written(store):
    with pytest.raises(BadData):
        store.run(Night(files=[("returns", "returns-2.csv", b'rma_number\n"cut')]))
    assert not store.out.exists()


def test_dry_run_writes_nothing(store):
    store.run(CLEAN, dry_run=True)
    assert not store.out.exists()
    store.run(CLEAN)
    before = store.everything()
    summary = store.run(on(MONDAY, a_return(reason="other")), dry_run=True)
    assert summary.held == {"changed-after-refund": 1}
    assert store.everything() == before


# --- payout entries (rulebook 7) ---------------------------------------------------------------------------------


def test_a_payout_is_posted_on_its_date_by_the_night_that_reaches_it(store):
    assert posted(store.night(CLEAN)) == []
    entries = posted(store.night(on(MONDAY, a_return())))
    assert entries == [
        ("PAYOUT:R1/1", "2026-03-23", "2150", "100.50"),
        ("PAYOUT:R1/1", "2026-03-23", "1090", "100.50"),
    ]
    assert posted(store.night(on(TUESDAY, a_return()))) == []


def test_after_skipped_nights_a_payout_still_bears_its_date(store):
    store.run(CLEAN)
    assert {entry[1] for entry in posted(store.night(on(WEDNESDAY, a_return())))} == {"2026-03-23"}


def test_with_a_lag_of_0_the_night_posts_its_own_payouts(tmp_path):
    store = Store(tmp_path, a_policy(payout={"lag_business_days": 0}))
    entries = posted(store.night(CLEAN))
    assert [entry[1:] for entry in entries] == [("2026-03-20", "2150", "100.50"), ("2026-03-20", "1090", "100.50")]
    assert posted(store.night(on(MONDAY, a_return()))) == []


def test_with_a_lag_of_0_a_saturday_night_pays_on_monday(tmp_path):
    store = Store(tmp_path, a_policy(payout={"lag_business_days": 0}))
    assert posted(store.night(on(date(2026, 3, 21), a_return()))) == []
    assert len(posted(store.night(on(MONDAY, a_return())))) == 2


def test_a_payout_keeps_the_accounts_of_its_refunds_night(tmp_path):
    new_accounts = {
        "refunds_payable": {"code": "2199", "name": "Refunds payable"},
        "refund_clearing": {"code": "1099", "name": "Refund clearing"},
    }
    changed = a_policy(version="2026-03", effective_from=MONDAY, accounts=new_accounts)
    store = Store(tmp_path, a_policy(), changed)
    store.run(CLEAN)
    second = store.night(on(MONDAY, a_return(), a_return(rma_number="R2", order_number="1002"),
                            orders=[an_order(), an_order(order_number="1002")]))  # fmt: skip
    assert [entry[2] for entry in posted(second)] == ["2150", "1090"]
    refund = [row for row in second.ledger if row["entry_id"] == "REFUND:R2/1"]
    assert refund[-1]["account"] == "2199"
    third = store.night(on(TUESDAY, a_return()))
    assert [entry[2] for entry in posted(third)] == ["2199", "1099"]


# --- a return over several nights (rulebook 4 and 5) ---------------------------------------------------------------


def test_partial_receipts_add_up_to_what_was_paid(store):
    # 3 x 4.00 - 2.00 = 10.00: 3.33, 3.34, 3.33. Tax 0.85: 0.28, 0.57 - 0.28 = 0.29, 0.85 - 0.57 = 0.28.
    # The label, 1.20, is charged once: 3.61 - 1.20 = 2.41, then 3.63 and 3.61. In all 10.85 - 1.20 = 9.65.
    order = an_order(quantity="3", unit_price="4.00", line_discount="2.00", line_tax="0.85")
    told = [
        store.night(
            on(
                day,
                a_return(quantity_requested="3", quantity_received=got, return_shipping_cost="1.20"),
                orders=[order],
            )
        )
        for day, got in ((FRIDAY, "1"), (MONDAY, "2"), (TUESDAY, "3"), (WEDNESDAY, "3"))
    ]
    columns = ("quantity", "merchandise", "tax", "return_shipping", "net_refund")
    assert [night.money(*columns) for night in told[:3]] == [
        ["1", "3.33", "0.28", "1.20", "2.41"],
        ["1", "3.34", "0.29", "0.00", "3.63"],
        ["1", "3.33", "0.28", "0.00", "3.61"],
    ]
    assert [night.verdict() for night in told] == ["refund short-receipt"] * 2 + ["refund", "already-decided"]


def test_an_rma_in_two_parcels_pays_its_label_once(store):
    # 7.50 over two lines of 100.00: 3.75 each, also while line 2 is still on its way. 108.00 - 3.75 = 104.25, twice.
    orders = [an_order(), an_order(order_line="2")]
    first = store.night(on(FRIDAY, a_return(), a_return(order_line="2", **NOT_BACK_YET), orders=orders))
    assert first.money("return_shipping", "net_refund") == ["3.75", "104.25"]
    assert first.verdict("R1", "2") == "hold awaiting-receipt"
    second = store.night(on(TUESDAY, a_return(), a_return(order_line="2", received_date="2026-03-23"), orders=orders))
    assert second.verdict() == "already-decided"
    assert second.money("return_shipping", "net_refund", key=("R1", "2")) == ["3.75", "104.25"]
    assert [row["payout_id"] for row in second.payouts] == ["R1/2"]


def test_the_second_half_of_a_line_is_charged_only_the_damage_that_is_new(store):
    # Per unit 100.00 + 4.00 tax. First 104.00 - 7.50 - 15.00 = 81.50; then damage 40.00 in all: 104.00 - 25.00 = 79.00.
    order = an_order(quantity="2")
    half = a_return(quantity_requested="2", damage_amount="15.00")
    whole = half | {"quantity_received": "2", "damage_amount": "40.00", "received_date": "2026-03-19"}
    first, second = store.night(on(FRIDAY, half, orders=[order])), store.night(on(MONDAY, whole, orders=[order]))
    assert first.money("merchandise", "damage", "net_refund") == ["100.00", "15.00", "81.50"]
    assert second.money("quantity", "merchandise", "damage", "net_refund") == ["1", "100.00", "25.00", "79.00"]


def test_a_reject_turns_into_a_refund_when_new_data_comes(store):
    # Requested 04-05, 31 days after 03-05; the courier then confirms 03-06: day 30.
    late = a_return(requested_date="2026-04-05", received_date="2026-04-07")
    nights = [date(2026, 4, day) for day in (8, 9, 10, 13)]
    corrected = [an_order(delivered_date="2026-03-06")]
    told = [store.night(on(nights[0], late)), store.night(on(nights[1], late))]
    told += [store.night(on(day, late, orders=corrected)) for day in nights[2:]]
    assert [night.verdict() for night in told] == [
        "reject window-expired", "already-decided", "refund", "already-decided",
    ]  # fmt: skip
    assert told[2].line()["net_refund"] == "100.50"


def test_a_chargeback_after_the_refund_is_held_until_a_person_accepts_it(store):
    disputed = a_return(dispute_status="open", dispute_opened_date="2026-03-22")
    answer = an_answer("disputed-after-refund", "reject")
    told = [
        store.night(CLEAN),
        store.night(on(MONDAY, disputed)),
        store.night(on(TUESDAY, disputed, resolutions=[answer])),
        store.night(on(WEDNESDAY, disputed, resolutions=[answer])),
    ]
    assert [night.verdict() for night in told] == [
        "refund", "hold disputed-after-refund", "reject rejected-by-review", "already-decided",
    ]  # fmt: skip
    assert [len(night.payouts) for night in told] == [1, 0, 0, 0]


def test_a_finding_is_seen_first_on_its_first_night(store):
    told = [store.night(on(day, a_return(**NOT_BACK_YET))) for day in (FRIDAY, MONDAY, WEDNESDAY)]
    seen = [night.exception("awaiting-receipt") for night in told]
    assert [(row["first_seen"], row["age_days"]) for row in seen] == [(str(FRIDAY), age) for age in ("0", "3", "5")]


# --- people decide (rulebook 8) ------------------------------------------------------------------------------------


def test_a_large_refund_waits_for_approval(store):
    # 3000.00 + 8.00 - 7.50 = 3000.50, above 2500.00
    orders = [an_order(unit_price="3000.00")]
    waiting = store.night(on(FRIDAY, a_return(), orders=orders))
    assert waiting.verdict() == "hold approval-required"
    assert waiting.exception("approval-required")["value"] == "3000.50"
    too_little = an_answer("approval-required", "allow", amount="3000.49")
    still = store.night(on(MONDAY, a_return(), orders=orders, resolutions=[too_little]))
    assert still.verdict() == "hold approval-required"
    enough = an_answer("approval-required", "allow", amount="3000.50")
    paid = store.night(on(TUESDAY, a_return(), orders=orders, resolutions=[enough]))
    assert paid.money("decision", "net_refund", "resolved_by") == ["refund", "3000.50", "ann"]


def test_a_waived_fee_stays_waived_on_later_nights(store):
    # The box is missing, 15 % of 100.00 = 15.00, waived on Friday; the reason is confirmed on Monday.
    waived = on(FRIDAY, a_return(original_box="no", reason_confirmed=""),
                resolutions=[an_answer("restocking_fee", "waive")])  # fmt: skip
    assert store.night(waived).verdict() == "hold reason-unconfirmed"
    paid = store.night(on(MONDAY, a_return(original_box="no")))
    assert paid.money("restocking_fee", "net_refund", "resolved_by") == ["0.00", "100.50", "ann"]


def test_the_exceptions_report_comes_back_as_excel_saves_it(store):
    # An RMA number that Excel would take for a formula; every cell quoted, CRLF, a byte order mark.
    held = a_return(rma_number="=R1", reason_confirmed="")
    store.run(on(FRIDAY, held))
    report = product.read_report(store.out / str(FRIDAY) / "exceptions.csv")
    assert [row["rma_number"] for row in report] == ["'=R1"]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(report[0]), lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerow(report[0] | {"action": "Allow", "resolved_by": "ann", "note": 'called, "yes"\r\nshe said'})
    file = ("resolutions", "resolutions.csv", b"\xef\xbb\xbf" + text.getvalue().encode())
    paid = store.night(on(MONDAY, held, files=[file]))
    assert paid.line("'=R1")["decision"] == "refund"
    assert paid.line("'=R1")["resolved_by"] == "ann"
    assert paid.exceptions == []


def test_every_stop_has_its_exit_code():
    codes = {stop.__name__: stop.exit_code for stop in NightStopped.__subclasses__()}
    assert codes == {
        "BadData": 65, "NoInput": 66, "ControlTotalFailed": 70, "CannotCreate": 73,
        "CannotWrite": 74, "Locked": 75, "BadPolicy": 78,
    }  # fmt: skip


# --- what is published is the truth -------------------------------------------------------------------------------


def test_a_night_without_its_manifest_is_not_passed_over(store: Store) -> None:
    store.run(CLEAN)
    (store.out / str(FRIDAY) / "manifest.json").unlink()
    assert str(FRIDAY) in store.stopped(Night([a_return()], as_of=MONDAY))


def test_what_stands_in_the_place_of_a_night_is_not_deleted(store: Store) -> None:
    (store.out / str(FRIDAY)).mkdir(parents=True)
    (store.out / str(FRIDAY) / "notes.txt").write_text("precious")
    store.stopped(CLEAN)
    assert (store.out / str(FRIDAY) / "notes.txt").read_text() == "precious"


def test_an_answer_after_one_that_named_no_order_is_a_new_answer(store: Store) -> None:
    """Fee 5.00, then waived by a row that leaves the order blank, then 5.00 again: 5.00 is in force."""
    waiting = a_return(evidence_complete="no", original_box="no")
    fee = an_answer("restocking_fee", "set-amount", amount="5.00")
    store.run(Night([waiting], resolutions=[fee]))
    store.run(Night([waiting], resolutions=[an_answer("restocking_fee", "waive", order_number="")], as_of=MONDAY))
    ready = a_return(evidence_complete="yes", original_box="no")
    row = store.night(Night([ready], resolutions=[fee], as_of=TUESDAY)).line()
    assert row["restocking_fee"] == "5.00"


# --- the order of the ledger (rulebook 7) ------------------------------------------------------------------------


def test_journal_lines_are_sorted_by_entry_id_where_one_rma_number_begins_another():
    """`R1-A/1` sorts before `R1/1`, though R1 sorts before R1-A. Three refunds on Friday, paid out on Monday."""
    numbers = ["R1", "R1-A", "R1A"]
    orders = [an_order(order_number=f"O{at}", unit_price=f"{at}00.00") for at in (1, 2, 3)]
    rows = [
        a_return(rma_number=rma, order_number=f"O{at}", return_shipping_cost=f"{at}.00")
        for at, rma in enumerate(numbers, 1)
    ]
    refunded, paid = tell(on(FRIDAY, *rows, orders=orders), on(MONDAY, orders=orders))
    in_order = ["R1-A", "R1", "R1A"]
    refunds = [row for row in refunded.ledger if row["account"] == "4910"]
    assert [(row["entry_id"], row["rma_number"], row["order_number"], row["debit"]) for row in refunds] == [
        (f"REFUND:{rma}/1", rma, f"O{numbers.index(rma) + 1}", f"{numbers.index(rma) + 1}00.00") for rma in in_order
    ]
    # 100.00 + 8.00 tax - 1.00, 200.00 + 8.00 - 2.00, 300.00 + 8.00 - 3.00.
    net = {"R1": "107.00", "R1-A": "206.00", "R1A": "305.00"}
    assert posted(paid)[::2] == [(f"PAYOUT:{rma}/1", str(MONDAY), "2150", net[rma]) for rma in in_order]
    assert [row["entry_id"] for row in paid.ledger] == sorted(row["entry_id"] for row in paid.ledger)
