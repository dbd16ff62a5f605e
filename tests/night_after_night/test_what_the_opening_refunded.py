"""Keys that were refunded before the first night (rulebook 8, 9)."""

from dataclasses import replace

from tests import product
from tests.night_after_night.store import FRIDAY, MONDAY, TUESDAY, Store, on
from tests.stories import CLEAN_ORDER, Night, Reports, a_return, an_answer

OPENING = b"order_number,order_line,units,net_refund,rma_number\n1001,1,1,100.50,R1\n"
ANSWER = an_answer("evidence-missing", "allow")


def first_night(store: Store, *returns: dict) -> Reports:
    night = on(FRIDAY, *returns)
    (store.folder / "opening.csv").write_bytes(OPENING)
    inputs = product.write_files(night.all_files(), store.folder / "first")
    inputs = replace(inputs, opening=[store.folder / "opening.csv"])
    product.run(inputs, store.policy, FRIDAY, store.out)
    return store.reports(FRIDAY)


def a_night_that_answers(store: Store, as_of) -> list[str]:
    """The codes of a night whose export no longer has the line of which a resolution speaks."""
    return [row["code"] for row in store.night(Night((), [CLEAN_ORDER], [ANSWER], as_of)).exceptions]


def test_a_line_that_the_opening_refunded_was_read_on_the_nights_on_which_it_stood_in_the_export(store):
    assert first_night(store, a_return()).verdict() == "already-decided"
    assert a_night_that_answers(store, MONDAY) == []


def test_so_was_one_that_stood_there_later(store):
    first_night(store)
    assert store.night(on(MONDAY, a_return())).verdict() == "already-decided"
    assert a_night_that_answers(store, TUESDAY) == []


def test_one_that_never_stood_in_an_export_was_not_read(store):
    first_night(store)
    assert a_night_that_answers(store, MONDAY) == ["invalid-resolution"]
