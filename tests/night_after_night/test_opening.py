"""The opening balance: what was refunded before this job came is not refunded again (rulebook 9)."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from refund_calc.errors import BadData, Misused
from tests import product
from tests.night.told import FRIDAY, MONDAY, NO_LABEL, TUESDAY
from tests.stories import DATA, Night, Reports, Row, a_return, an_answer, an_order

HEADER = "order_number,order_line,units,net_refund"
BY_RMA = HEADER + ",rma_number"
THREE_UNITS = [an_order(quantity="3", unit_price="10.00", line_tax="0.00")]


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Reports]:
    """Runs a night on one history, with the lines of an opening file or without one."""

    def night(told: Night, *opening: str, **options: object) -> Reports:
        inputs = product.write_files(told.all_files(), tmp_path / f"in-{told.as_of}")
        if opening:
            (tmp_path / "opening.csv").write_text("\n".join(opening) + "\n", encoding="utf-8")
            inputs = replace(inputs, opening=[tmp_path / "opening.csv"])
        product.run(inputs, DATA / "policy", told.as_of, tmp_path / "out", **options)
        return Reports(**product.read_night(tmp_path / "out", told.as_of))

    return night


def claims(units: str, rma: str = "R9", **cells: str) -> Row:
    """Some units of an order line of three for 10.00 each, without tax and label."""
    counted = {"quantity_requested": units, "quantity_received": units}
    return a_return(**({"rma_number": rma} | counted | NO_LABEL | cells))


def test_what_was_refunded_before_the_first_night_by_a_known_return_is_not_paid_again(run):
    night = run(Night([claims("1")], THREE_UNITS), BY_RMA, "1001,1,1,10.00,R9")
    assert night.verdict("R9") == "already-decided"
    assert night.payouts == []


def test_its_content_is_unknown_and_unknown_is_no_change(run):
    first = run(Night([claims("1", reason="other", damage_grade="crack")], THREE_UNITS), BY_RMA, "1001,1,1,10.00,R9")
    assert first.verdict("R9") == "already-decided"
    second = run(Night([claims("1", reason="wrong_item")], THREE_UNITS, as_of=MONDAY))
    assert second.verdict("R9") == "already-decided"


def test_a_second_parcel_is_paid_as_the_rmas_second_refund(run):
    night = run(Night([claims("2")], THREE_UNITS), BY_RMA, "1001,1,1,10.00,R9")
    assert night.money("decision", "quantity", "net_refund", key=("R9",)) == ["refund", "1", "10.00"]
    assert night.payouts[0]["payout_id"] == "R9/2"


def test_a_dispute_that_opens_after_it_is_told(run):
    night = run(Night([claims("1", dispute_status="open")], THREE_UNITS), BY_RMA, "1001,1,1,10.00,R9")
    assert night.verdict("R9") == "hold disputed-after-refund"
    assert "before the first night" in night.message("disputed-after-refund")


def test_a_change_after_an_accepted_dispute_says_what_changed(run):
    dispute = {"dispute_status": "open"}
    run(Night([claims("1", **dispute)], THREE_UNITS), BY_RMA, "1001,1,1,10.00,R9")
    accepted = an_answer("disputed-after-refund", "reject", rma_number="R9")
    run(Night([claims("1", **dispute)], THREE_UNITS, [accepted], as_of=MONDAY))
    night = run(Night([claims("1", damage_grade="dent", **dispute)], THREE_UNITS, as_of=TUESDAY))
    assert night.message("changed-after-refund") == (
        "refunded before the first night, and since then changed: damage_grade none -> dent"
    )


@pytest.mark.parametrize(("claimed", "verdict"), [("1", "refund"), ("2", "hold units-exceed-purchase")])
def test_its_units_count_against_the_purchase(run, claimed: str, verdict: str):
    night = run(Night([claims(claimed)], THREE_UNITS), BY_RMA, "1001,1,2,20.00,R1")
    assert night.verdict("R9") == verdict


def test_its_units_count_in_the_cumulative_share(run):
    # 10.00 for three units is 3.33, 3.34, 3.33: the second unit is 3.34.
    order = [an_order(quantity="3", unit_price="3.34", line_discount="0.02", line_tax="0.00")]
    night = run(Night([claims("1")], order), BY_RMA, "1001,1,1,3.33,R1")
    assert night.line("R9")["merchandise"] == "3.34"
    later = run(Night([claims("1"), claims("1", "R10")], order, as_of=MONDAY))
    assert later.line("R10")["merchandise"] == "3.33"


def test_its_net_counts_for_the_approval_sum_and_is_what_the_shop_may_show(run):
    order = [an_order(refunded_amount="2450.00")]
    night = run(Night([a_return()], order), BY_RMA, "1001,2,1,2450.00,R1")  # the line that came back then is another
    assert night.exception("approval-required")["value"] == "2550.50"
    assert night.verdict() == "hold approval-required"


def test_units_refunded_by_nobody_knows_which_return_are_looked_at_by_a_person(run):
    night = run(Night([claims("1")], THREE_UNITS), HEADER, "1001,1,1,10.00")
    assert night.verdict("R9") == "hold refunded-elsewhere"
    found = night.exception("refunded-elsewhere")
    assert (found["field"], found["value"]) == ("refunded_amount", "")
    assert found["message"].startswith("units of this order line refunded before the first night by an unknown RMA: 1;")
    assert "this job knows of 10.00" in found["message"]
    allowed = [an_answer("refunded-elsewhere", "allow", rma_number="R9", amount="0.00")]
    later = run(Night([claims("1")], THREE_UNITS, allowed, as_of=MONDAY))
    assert later.money("decision", "merchandise", key=("R9",)) == ["refund", "10.00"]


def test_a_blank_rma_in_a_file_that_names_others_is_not_known_by_its_number(run):
    night = run(Night([claims("1")], THREE_UNITS), BY_RMA, "1001,1,1,10.00,", "1001,1,1,10.00,R1")
    assert night.verdict("R9") == "hold refunded-elsewhere"


def test_the_published_night_keeps_it_for_all_later_ones(run, tmp_path: Path):
    run(Night([claims("1")], THREE_UNITS), BY_RMA, "1001,1,2,20.00,R1")
    (tmp_path / "out" / "index.duckdb").unlink(missing_ok=True)
    night = run(Night([claims("1"), claims("1", "R10")], THREE_UNITS, as_of=MONDAY))
    assert night.verdict("R10") == "hold units-exceed-purchase"
    manifest = json.loads((tmp_path / "out" / str(FRIDAY) / "manifest.json").read_text())
    assert [source["name"] for source in manifest["inputs"] if source["kind"] == "opening"] == ["opening.csv"]


def test_a_redo_of_the_first_night_without_the_file_keeps_what_it_learnt(run, tmp_path: Path):
    opening = (BY_RMA, "1001,1,2,20.00,R1")
    run(Night([claims("1")], THREE_UNITS), *opening)
    redone = run(Night([claims("2")], THREE_UNITS), redo=True, new_history=False, payouts_not_sent=True)
    assert redone.verdict("R9") == "hold units-exceed-purchase"
    again = run(Night([claims("2")], THREE_UNITS), redo=True, new_history=False, payouts_not_sent=True)
    assert again.verdict("R9") == "hold units-exceed-purchase"
    corrected = run(
        Night([claims("2")], THREE_UNITS), BY_RMA, "1001,1,1,10.00,R1", redo=True, new_history=False,
        payouts_not_sent=True,
    )  # fmt: skip
    assert corrected.verdict("R9") == "refund"


def test_the_first_night_run_again_without_the_file_is_complete(run, tmp_path: Path):
    told = Night([claims("1")], THREE_UNITS)
    run(told, BY_RMA, "1001,1,2,20.00,R1")
    before = (tmp_path / "out" / str(FRIDAY) / "manifest.json").read_bytes()
    run(told, new_history=False)
    assert (tmp_path / "out" / str(FRIDAY) / "manifest.json").read_bytes() == before


def test_only_the_first_night_learns_it(run):
    run(Night([a_return()]))
    with pytest.raises(Misused, match="--opening"):
        run(Night([a_return()], as_of=MONDAY), BY_RMA, "1001,1,1,10.00,R1")
    with pytest.raises(Misused, match="--opening"):
        run(Night([a_return()]), BY_RMA, "1001,1,1,10.00,R1", new_history=False)


@pytest.mark.parametrize(("rows", "said"), [
    (["1001,1,0,10.00,R1"], 'opening.csv line 2, units: "0"'),
    (["1001,1,1,-1,R1"], 'opening.csv line 2, net_refund: "-1"'),
    (["1001,,1,1.00,R1"], "opening.csv line 2, order_line is blank"),
    (["1001,1,1,1.00"], "opening.csv line 2, 4 fields where the header has 5"),
    (["1001,1,1,1.00,R1", "1001,2,1,1.00,R1", "1001,1,2,1.00,R1"], "opening.csv line 4, order_number: this order"),
    (["1001,1,1,1.00,", "1001,1,2,1.00,"], "stand in opening.csv line 2 too"),
])  # fmt: skip
def test_a_row_that_cannot_be_used_stops_the_run(run, tmp_path: Path, rows: list[str], said: str):
    with pytest.raises(BadData) as stopped:
        run(Night([a_return()]), BY_RMA, *rows)
    assert said in str(stopped.value)
    assert not (tmp_path / "out" / str(FRIDAY)).exists()


def test_all_rows_that_cannot_be_used_are_named_at_once(run):
    with pytest.raises(BadData) as stopped:
        run(Night([a_return()]), HEADER, *["1001,1,x,1.00"] * 7)
    assert all(f"line {line}," in str(stopped.value) for line in range(2, 9))
