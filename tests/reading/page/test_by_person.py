"""Signals by person: how many lines somebody's answers spoke of tonight, and how many dollars, worked out by hand."""

from pathlib import Path

import pytest

from refund_calc.reading.page.by_person import Signal
from refund_calc.reading.page.figures import Figures
from tests.product import run, write_files, write_policies
from tests.reading.page.shown import caught
from tests.stories import AS_OF, Night, Row, a_policy, a_return, an_answer, an_order

ORDERS = [an_order(order_number=number) for number in ("A", "B", "C")]


def signals(folder: Path, returns: list[Row], *answers: Row) -> dict[str, Signal]:
    """Title -> signal of a night of these returns and answers."""
    night = Night(returns, ORDERS, resolutions=list(answers))
    policy = write_policies([a_policy()], folder / "policy")
    with caught() as figures:
        run(write_files(night.all_files(), folder / "in"), policy, night.as_of, folder / "out", with_page=True)
    shown: Figures = figures[str(AS_OF)]
    return {one.title: one for one in shown.signals if one.count}


def about(number: str, code: str, action: str, **cells: str) -> Row:
    return an_answer(code, action, rma_number=f"R-{number}", order_number=number, **cells)


def back(number: str, **cells: str) -> Row:
    return a_return(rma_number=f"R-{number}", order_number=number, **cells)


def test_a_waiver_costs_the_fee_that_was_not_deducted(tmp_path: Path) -> None:
    # Box opened: 15 % of 100.00, on two lines.
    opened = [back(number, original_box="no") for number in "AB"]
    said = [about(number, "restocking_fee", "waive") for number in "AB"]
    one = signals(tmp_path, opened, *said)["waive by ann"]
    assert (one.count, one.cents, one.names) == (2, 30_00, ("restocking_fee",))
    assert one.meaning == "lines on which it took effect tonight, and what was not deducted"


def test_a_waived_damage_costs_what_the_warehouse_assessed(tmp_path: Path) -> None:
    worn = back("A", damage_grade="scratch", damage_amount="12.34")
    assert signals(tmp_path, [worn], about("A", "damage", "waive"))["waive by ann"].cents == 12_34


def test_more_than_is_left_of_the_refund_is_no_waivers_cost(tmp_path: Path) -> None:
    # Assessed at 500.00, and 100.00 + 8.00 - 7.50 are paid: no more could have been deducted.
    wreck = back("A", damage_grade="scratch", damage_amount="500.00")
    assert signals(tmp_path, [wreck], about("A", "damage", "waive"))["waive by ann"].cents == 100_50


def test_waived_return_shipping_costs_its_label(tmp_path: Path) -> None:
    assert signals(tmp_path, [back("A")], about("A", "return_shipping", "waive"))["waive by ann"].cents == 7_50


def test_an_amount_that_was_set_is_what_was_deducted(tmp_path: Path) -> None:
    worn = back("A", damage_grade="fungus")
    said = about("A", "damage", "set-amount", amount="20.00")
    assert signals(tmp_path, [worn], said)["set-amount by ann"].cents == 20_00


def test_what_was_rejected_or_stopped_is_claimed(tmp_path: Path) -> None:
    # Without evidence: 100.00 + 8.00, no deduction taken off. The other one is stopped before it is paid.
    bare, sound = back("A", evidence_complete="no"), back("B")
    said = (about("A", "evidence-missing", "reject"), about("B", "stopped-by-review", "stop", resolved_by="risk"))
    shown = signals(tmp_path, [bare, sound], *said)
    assert {title: (shown[title].count, shown[title].cents) for title in ("reject by ann", "stop by risk")} == {
        "reject by ann": (1, 108_00),
        "stop by risk": (1, 108_00),
    }


def test_an_allowed_line_that_is_held_for_something_else_is_not_paid(tmp_path: Path) -> None:
    bare = back("A", evidence_complete="no", reason_confirmed="no")
    one = signals(tmp_path, [bare], about("A", "evidence-missing", "allow"))["allow by ann"]
    assert (one.count, one.cents) == (1, 0)


def test_an_allowed_line_counts_once_and_is_what_is_paid(tmp_path: Path) -> None:
    # Neither evidence nor a confirmed reason: two findings, allowed by one person, one line of 100.50.
    bare = back("A", evidence_complete="no", reason_confirmed="no")
    said = [about("A", code, "allow") for code in ("evidence-missing", "reason-unconfirmed")]
    one = signals(tmp_path, [bare], *said)["allow by ann"]
    assert (one.count, one.cents) == (1, 100_50)
    assert one.names == ("evidence-missing", "reason-unconfirmed")


@pytest.mark.parametrize("lines", [1, 3])
def test_an_rma_of_several_lines_is_named_once(tmp_path: Path, lines: int) -> None:
    several = [an_order(order_line=str(at + 1)) for at in range(lines)]
    returns = [a_return(order_line=str(at + 1)) for at in range(lines)]
    several = [order | {"payment_reference": ""} for order in several]
    night = Night(returns, several)
    policy = write_policies([a_policy()], tmp_path / "policy")
    with caught() as figures:
        run(write_files(night.all_files(), tmp_path / "in"), policy, AS_OF, tmp_path / "out", with_page=True)
    (one,) = (one for one in figures[str(AS_OF)].signals if one.title == "No payment reference")
    assert (one.count, one.names) == (lines, ("R1",))


def test_a_refund_without_a_payment_reference_is_told_in_the_dollars_that_leave(tmp_path: Path) -> None:
    # 100.00 and 8.00 of tax are claimed; the label of 7.50 is deducted.
    night = Night([a_return()], [an_order(payment_reference="")])
    policy = write_policies([a_policy()], tmp_path / "policy")
    with caught() as figures:
        run(write_files(night.all_files(), tmp_path / "in"), policy, AS_OF, tmp_path / "out", with_page=True)
    (one,) = (one for one in figures[str(AS_OF)].signals if one.title == "No payment reference")
    assert (one.count, one.cents) == (1, 100_50)
