"""The same night again, redone, or out of its turn (rulebook 9)."""

from tests import product
from tests.night_after_night.store import CLEAN, FRIDAY, MONDAY, TUESDAY, WEDNESDAY, on, posted
from tests.stories import a_return, an_order


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
    reports = {path: path.read_bytes() for path in (store.out / str(FRIDAY)).glob("*.csv")}
    for path in reports:
        path.unlink()
    assert "--redo" in store.stopped(CLEAN)
    store.run(CLEAN, redo=True)
    assert {path: path.read_bytes() for path in reports} == reports


def test_a_single_report_that_was_deleted_is_noticed(store):
    store.run(CLEAN)
    (store.out / str(FRIDAY) / "ledger.csv").unlink()
    assert "--redo" in store.stopped(CLEAN)


def test_nights_do_not_go_back(store):
    store.run(on(MONDAY, a_return()))
    assert f"the last night was {MONDAY}" in store.stopped(CLEAN)


def test_a_cron_that_repeats_an_older_night_changes_nothing_and_is_no_failure(store):
    store.run(CLEAN)
    store.run(on(MONDAY, a_return()))
    before = store.everything()
    for options in ({}, {"dry_run": True}):
        assert store.run(CLEAN, **options).is_repeat
    assert store.everything() == before
    assert f"the last night was {MONDAY}" in store.stopped(on(FRIDAY, a_return(reason="other")))


def test_an_older_night_that_was_touched_is_not_complete(store):
    store.run(CLEAN)
    store.run(on(MONDAY, a_return()))
    (store.out / str(FRIDAY) / "payouts.csv").write_text("")
    assert "restore the folder from a backup" in (line := store.stopped(CLEAN)) and "--redo" not in line


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
