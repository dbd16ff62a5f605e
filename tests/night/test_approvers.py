"""Stage E, CT-3: who may approve (rulebook 2 and 8, approval.approvers)."""

from datetime import date
from pathlib import Path

import pytest

from refund_calc.policy.versions import PolicyError, load_policies
from tests import product
from tests.night.told import FRIDAY, MONDAY
from tests.stories import NOT_BACK_YET, Night, Reports, Row, a_policy, a_return, an_answer, an_order, tell

COSTLY = [an_order(unit_price="2507.51", line_tax="0.00")]  # - 7.50 = 2,500.01


def approved(**cells: str) -> list[Row]:
    return [an_answer("approval-required", "allow", **({"amount": "2500.01"} | cells))]


def asked(*names: str, resolutions: list[Row]) -> Reports:
    policy = a_policy(approval={"approvers": list(names)})
    return tell(Night([a_return()], COSTLY, resolutions), policies=[policy])[0]


@pytest.mark.parametrize("person", ["Controller", "CONTROLLER", "cfo"])
def test_one_of_the_approvers_approves_in_whatever_case(person: str):
    night = asked("controller", "CFO", resolutions=approved(resolved_by=person))
    assert night.verdict() == "refund"
    assert night.money("resolved_by", "answers") == [person, "allow approval-required"]


def test_anybody_else_is_told_who_may():
    night = asked("controller", "cfo", resolutions=approved(resolved_by="ann"))
    assert night.verdict() == "hold approval-required"
    found = night.exception("invalid-resolution")
    assert (found["field"], found["value"]) == ("resolved_by", "ann")
    assert "controller, cfo" in found["message"]


def test_anybody_may_reject_and_anybody_may_allow_something_else():
    assert asked("controller", resolutions=[an_answer("approval-required", "reject")]).verdict().startswith("reject")
    policy = a_policy(approval={"approvers": ["controller"]})
    row = a_return(evidence_complete="no")
    night = tell(Night([row], resolutions=[an_answer("evidence-missing", "allow")]), policies=[policy])[0]
    assert night.verdict() == "refund"


def test_an_approval_by_somebody_who_may_no_longer_has_no_effect():
    # Ann approves on Friday, while the parcel is on its way; from Saturday on only the controller may.
    first = a_policy(approval={"approvers": ["Ann"]})
    later = a_policy(version="later", effective_from=date(2026, 3, 21), approval={"approvers": ["controller"]})
    told = tell(
        Night([a_return(**NOT_BACK_YET)], COSTLY, approved(), as_of=FRIDAY),
        Night([a_return()], COSTLY, as_of=MONDAY),
        policies=[first, later],
    )
    assert told[0].exceptions[0]["code"] == "awaiting-receipt"
    assert told[1].verdict() == "hold approval-required"
    assert told[1].line()["answers"] == ""


def test_the_version_of_the_night_names_the_approvers_not_the_orders():
    # Ordered on 2026-03-02, under the first version, whose approver has left since.
    first = a_policy(approval={"approvers": ["former"]})
    later = a_policy(version="later", effective_from=date(2026, 3, 10), approval={"approvers": ["controller"]})
    for person, verdict in (("controller", "refund"), ("former", "hold approval-required")):
        night = tell(Night([a_return()], COSTLY, approved(resolved_by=person)), policies=[first, later])[0]
        assert night.verdict() == verdict


def test_a_lines_own_approval_stands_before_the_rmas_even_where_its_approver_may_no_longer():
    first = a_policy(approval={"approvers": ["ann", "controller"]})
    later = a_policy(version="later", effective_from=date(2026, 3, 21), approval={"approvers": ["controller"]})
    both = [*approved(), *approved(order_line="", resolved_by="controller")]
    told = tell(
        Night([a_return(**NOT_BACK_YET)], COSTLY, both, as_of=FRIDAY),
        Night([a_return()], COSTLY, as_of=MONDAY),
        policies=[first, later],
    )
    assert told[1].verdict() == "hold approval-required"


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ([], "the list is empty"),
        (["controller", "  "], "is blank"),
        ([7], "7 is a whole number"),
        ("controller", '"controller" is text'),
    ],
)
def test_a_list_of_approvers_that_names_nobody_stops_the_night(tmp_path: Path, written: object, fault: str):
    folder = product.write_policies([a_policy(approval={"approvers": written})], tmp_path)
    with pytest.raises(PolicyError) as raised:
        load_policies(folder)
    line = str(raised.value)
    assert line.startswith("0.toml, approval.approvers: ") and fault in line and '["controller"]' in line
    assert raised.value.exit_code == 78
