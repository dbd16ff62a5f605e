"""A history that does not belong to the reports beside it."""

from tests.night_after_night.store import CLEAN, FRIDAY, MONDAY, TUESDAY, Store
from tests.stories import Night, a_return, an_answer


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
