"""Stage C, RP-5: photos and a confirmed reason; RP-8: the inspection."""

import pytest

from tests.night.told import clause, judged
from tests.stories import NOT_BACK_YET, Row, a_return, an_answer, tonight


@pytest.mark.parametrize("flag", ["", "no"])
@pytest.mark.parametrize(
    ("field", "code"), [("evidence_complete", "evidence-missing"), ("reason_confirmed", "reason-unconfirmed")]
)
def test_rp5_whatever_is_not_yes_waits(field: str, code: str, flag: str):
    night = judged("return", **{field: flag})
    assert night.verdict() == f"hold {code}"
    assert clause(night, code) == ("hold", "RP-5")
    assert night.exception(code)["field"] == field


def test_rp5_speaks_of_returns_only():
    assert judged("refused_delivery", evidence_complete="no", reason_confirmed="no").verdict() == "refund"
    assert judged("cancellation", evidence_complete="no").verdict() == "refund"


# -- RP-8: the inspection ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["original_box", "items_missing", "packaging_damaged", "damage_grade"])
def test_rp8_a_received_return_waits_for_every_part_of_the_inspection(field: str):
    night = judged("return", **{field: ""})
    assert night.verdict() == "hold inspection-missing"
    assert clause(night, "inspection-missing") == ("hold", "RP-8")
    assert field in night.message("inspection-missing")


def test_rp8_the_message_names_all_that_is_blank_and_nothing_else():
    message = judged("return", original_box="", damage_grade="").message("inspection-missing")
    assert "original_box, damage_grade" in message
    assert "items_missing" not in message


def test_rp8_no_grade_is_needed_where_the_warehouse_gave_an_amount():
    assert judged("return", damage_grade="", damage_amount="0.00").verdict() == "refund"


def test_rp8_no_grade_is_needed_where_damage_is_waived_for_the_reason():
    assert judged("return", damage_grade="", reason="damaged_on_arrival").verdict() == "refund"


@pytest.mark.parametrize(("action", "amount"), [("waive", ""), ("set-amount", "5.00")])
def test_rp8_a_person_answers_a_missing_grade(action: str, amount: str):
    night = tonight(a_return(damage_grade=""), resolutions=[an_answer("damage", action, amount=amount)])
    assert night.line()["decision"] == "refund"
    assert night.line()["damage"] == (amount or "0.00")


def test_rp8_an_answer_about_damage_does_not_replace_the_rest_of_the_inspection():
    night = tonight(a_return(damage_grade="", original_box=""), resolutions=[an_answer("damage", "waive")])
    assert night.verdict() == "hold inspection-missing"
    assert "damage_grade" not in night.message("inspection-missing")


@pytest.mark.parametrize("kind", ["refused_delivery", "cancellation"])
def test_rp8_only_returns_are_inspected(kind: str):
    assert judged(kind, damage_grade="haze").verdict() == "refund"


def test_rp8_a_grade_without_a_rate_needs_an_amount():
    night = judged("return", damage_grade="Haze")
    assert night.verdict() == "hold damage-unpriced"
    assert clause(night, "damage-unpriced") == ("hold", "RP-8")
    assert '"haze"' in night.message("damage-unpriced")


@pytest.mark.parametrize("grade", ["none", "scratch", "DENT", " crack "])
def test_rp8_a_grade_with_a_rate_is_priced(grade: str):
    assert judged("return", damage_grade=grade).verdict() == "refund"


@pytest.mark.parametrize("cells", [{"damage_amount": "12.00"}, {"reason": "damaged_on_arrival"}])
def test_rp8_a_grade_without_a_rate_is_no_obstacle_where_it_is_not_needed(cells: Row):
    assert judged("return", damage_grade="haze", **cells).verdict() == "refund"


@pytest.mark.parametrize(("action", "amount"), [("waive", ""), ("set-amount", "12.00")])
def test_rp8_a_person_prices_the_damage(action: str, amount: str):
    night = tonight(a_return(damage_grade="haze"), resolutions=[an_answer("damage", action, amount=amount)])
    assert night.verdict() == "refund"
    assert night.money("damage", "resolved_by") == [amount or "0.00", "ann"]


def test_rp8_damage_unpriced_cannot_be_allowed():
    night = tonight(a_return(damage_grade="haze"), resolutions=[an_answer("damage-unpriced", "allow")])
    assert night.verdict() == "hold damage-unpriced"
    assert night.exception("invalid-resolution")["field"] == "code"


def test_an_unreceived_parcel_is_not_unpriced():
    assert judged("return", damage_grade="haze", **NOT_BACK_YET).verdict() == "hold awaiting-receipt"
