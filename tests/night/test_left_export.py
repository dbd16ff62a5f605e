"""Which held keys are missing tonight, and what is told of them (rulebook 4, left-the-export)."""

from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from refund_calc.history.past import NOTHING, empty
from refund_calc.history.resolution import Resolution
from refund_calc.night.left_export import LeftTheExport, left_export
from tests.night.small import matched
from tests.stories import a_return

KEY = {"rma_number": "R1", "order_number": "1001", "order_line": "1"}
REJECT = Resolution(*KEY.values(), "left-the-export", "reject", None, "ann")


def stood(code: str = "evidence-missing", first_seen: int = 10, **cells: Any) -> dict[str, Any]:
    """A finding of an earlier night."""
    known = {"severity": "hold", "told_apart_by": "", "claim_amount": 10800, "due_date": 20, "night": 12}
    return known | KEY | {"code": code, "first_seen": first_seen} | cells


def missing(*findings: dict[str, Any], returns: Any = (), resolutions: Any = ()) -> LeftTheExport:
    past = replace(NOTHING, last_night=12, findings=pa.Table.from_pylist(list(findings), empty("findings").schema))
    return left_export(past, matched(returns)[0], resolutions)


def rows(left: LeftTheExport, *names: str) -> list[tuple[Any, ...]]:
    return list(
        zip(*(left.frame[name].astype(object).where(left.frame[name].notna(), None) for name in names), strict=True)
    )


def test_a_key_stands_once_sorted_with_its_codes_and_the_earliest_day() -> None:
    left = missing(
        stood("reason-unconfirmed", 9), stood("evidence-missing", 11), stood("reason-unconfirmed", 10),
        stood(rma_number="R0"), stood(order_line="0"),
    )  # fmt: skip
    assert rows(left, "rma_number", "order_line", "held_since", "held_for") == [
        ("R0", "1", 10, "evidence-missing"),
        ("R1", "0", 10, "evidence-missing"),
        ("R1", "1", 9, "evidence-missing, reason-unconfirmed"),
    ]


@pytest.mark.parametrize(
    ("claims", "told"),
    [((10800, 10800), 10800), ((10800, 10700), None), ((10800, None), None), ((None, None), None), ((0, 0), 0)],
)
def test_a_claim_that_is_unknown_or_differs_is_not_told(claims: tuple[int | None, ...], told: int | None) -> None:
    left = missing(*(stood(claim_amount=claim, due_date=claim) for claim in claims))
    assert rows(left, "claim_amount", "due_date") == [(told, told)]


@pytest.mark.parametrize(
    "finding",
    [
        stood(severity="reject", code="window-expired"),
        stood(severity="warning", code="short-receipt"),
        stood(rma_number=None),
        stood(order_number=None),
        stood(order_line=None),
        stood("invalid-resolution"),
        stood("malformed-row", rma_number=None, order_number=None, order_line=None),
        stood("left-the-export"),  # the findings of the night before it left stand beside it
    ],
    ids=lambda finding: f"{finding['severity']} {finding['code']}",
)
def test_what_holds_no_known_key_is_not_watched(finding: dict[str, Any]) -> None:
    assert len(missing(finding)) == 0


def test_any_row_of_the_key_is_there_and_no_other_row_is() -> None:
    others = [
        a_return(order_line="2"),
        a_return(order_number="1002"),
        a_return(rma_number="R2"),
        a_return(order_line=""),
    ]
    assert len(missing(stood(), returns=others)) == 1
    for there in (a_return(), a_return(reason="?")):
        assert len(missing(stood(), returns=[*others, there])) == 0


def test_only_a_rejection_that_comes_into_force_tonight_ends_the_watch() -> None:
    of_the_rma = replace(REJECT, order_number="", order_line="")
    for said, ended in (
        ([REJECT], {0: REJECT}),
        ([of_the_rma], {0: of_the_rma}),
        ([replace(REJECT, is_new=False)], {}),
        ([replace(REJECT, order_line="2")], {}),
        ([replace(REJECT, code="evidence-missing")], {}),
    ):
        assert missing(stood(), resolutions=said).rejected == ended
