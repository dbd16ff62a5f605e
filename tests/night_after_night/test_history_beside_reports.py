"""A history that does not belong to the reports beside it."""

import pytest

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


@pytest.mark.parametrize(("order", "in_force"), [("1001", "5.00"), ("", "0.00")])
def test_a_row_repeats_the_latest_whose_order_is_written_the_same(store: Store, order: str, in_force: str) -> None:
    """Fee 5.00, then waived, then 5.00 again: a repetition where the waiver left the order blank, else a new one."""
    waiting = a_return(evidence_complete="no", original_box="no")
    fee = an_answer("restocking_fee", "set-amount", amount="5.00")
    store.run(Night([waiting], resolutions=[fee]))
    store.run(Night([waiting], resolutions=[an_answer("restocking_fee", "waive", order_number=order)], as_of=MONDAY))
    ready = a_return(evidence_complete="yes", original_box="no")
    row = store.night(Night([ready], resolutions=[fee], as_of=TUESDAY)).line()
    assert row["restocking_fee"] == in_force
