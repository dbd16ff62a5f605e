"""Payout entries and the order of the ledger (rulebook 7)."""

from datetime import date

from tests.night_after_night.store import CLEAN, FRIDAY, MONDAY, TUESDAY, WEDNESDAY, Store, on, posted
from tests.stories import a_policy, a_return, an_order, tell


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
