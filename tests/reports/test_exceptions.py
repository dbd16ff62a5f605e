"""Exceptions: their order, their ages, and what the report says of those that belong to no line."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from refund_calc.columns.dictionary import DictionaryColumn
from refund_calc.history.past import empty
from refund_calc.policy.calendars import business_days
from refund_calc.policy.findings import stage_a
from refund_calc.reports import exceptions, named
from refund_calc.reports.csv_blocks import csv_file
from refund_calc.reports.exceptions import CODES, NO_LINE, OF_NO_LINE, Exceptions
from refund_calc.reports.exceptions_report import exceptions_report
from tests.reports.books import TONIGHT, night
from tests.stories import a_return, an_order

MALFORMED = CODES.index(stage_a.malformed_row.code)


def found(*rows: dict[str, Any]) -> Exceptions:
    """Exceptions of a night without a line, as they were found."""
    blank = dict.fromkeys(OF_NO_LINE.names, "") | {"source_line": 1, "claim_amount": None, "due_date": None}
    extra = pa.Table.from_pylist([blank | row for row in rows], OF_NO_LINE)
    at, some = np.arange(len(rows)), night([])
    no_line = np.full(len(rows), -1)
    return Exceptions(
        night=some,
        due=some.due_date,
        row=no_line,
        code=np.full(len(rows), MALFORMED),
        cell=at,
        version=np.full(len(rows), NO_LINE),
        claims=np.zeros(0, np.int64),
        extra=extra,
        first_seen=np.full(len(rows), TONIGHT),
    )


def with_bad_cells(dues: list[int | None], claims: list[int]) -> Exceptions:
    """A line with a bad cell for each due date."""
    size = len(dues)
    some = night([a_return(rma_number=f"R{row}", quantity_requested="=") for row in range(size)])
    at = np.arange(size)
    return Exceptions(
        night=some,
        due=pd.array(dues, dtype="Int64"),
        row=at,
        code=np.full(size, CODES.index(stage_a.invalid_value.code)),
        cell=at,
        version=np.full(size, -1),
        claims=np.array(claims),
        extra=OF_NO_LINE.empty_table(),
        first_seen=np.full(size, TONIGHT),
    )


def in_order(some: Exceptions) -> Exceptions:
    rank = exceptions._key_ranks(some) * len(CODES) + some.code
    order = np.argsort(rank, kind="stable")
    some = some.in_order(order)
    return some.in_order(exceptions._order_of_ties(some, rank[order]))


def rows(some: Exceptions) -> list[list[str]]:
    file = csv_file(exceptions_report(some, business_days(())))
    return [line.split(",") for line in b"".join(map(bytes, file.blocks())).decode().splitlines()]


def test_keys_are_sorted_by_code_point_with_unknown_first() -> None:
    names = ["R2", "é", "", "R10", "R1", "Z"]
    some = in_order(found(*({"rma_number": name} for name in names)))
    assert some.keys(np.arange(6))["rma_number"].to_pylist() == ["", "R1", "R10", "R2", "Z", "é"]


def test_the_rma_comes_before_the_order_and_the_order_before_its_line() -> None:
    keys = [("b", "a", "1"), ("a", "b", "1"), ("a", "a", "2"), ("a", "a", "10"), ("a", "", "9")]
    names = ("rma_number", "order_number", "order_line")
    some = in_order(found(*(dict(zip(names, key, strict=True)) for key in keys)))
    sorted_keys = zip(*(texts.to_pylist() for texts in some.keys(np.arange(5)).values()), strict=True)
    assert list(sorted_keys) == sorted(keys)


def test_exceptions_of_one_key_are_sorted_by_field_then_by_what_they_say_then_by_where_they_stand() -> None:
    tied = [
        {"field": "b", "value": "1", "source_line": 4},
        {"field": "a", "value": "2", "source_line": 3},
        {"field": "a", "value": "1", "message": "y", "source_line": 2},
        {"field": "a", "value": "1", "message": "x", "source_file": "z.csv", "source_line": 1},
        {"field": "a", "value": "1", "message": "x", "source_file": "b.csv", "source_line": 12},
        {"field": "a", "value": "1", "message": "x", "source_file": "b.csv", "source_line": 9},
    ]
    some = in_order(found(*tied))
    assert some.source_lines(np.arange(6)).to_pylist() == [9, 12, 1, 2, 3, 4]


def test_a_finding_that_stood_the_night_before_keeps_its_first_night() -> None:
    """Malformed rows are told apart by their text."""
    some = found({"told_apart_by": "old"}, {"told_apart_by": "new"})
    schema = empty("findings").schema
    standing = {name: [None] for name in schema.names} | {
        "told_apart_by": ["old"],
        "code": [stage_a.malformed_row.code],
    }
    standing |= {name: [TONIGHT - 9] for name in ("night", "first_seen")}
    before = pa.table(standing, schema=schema)
    assert exceptions._first_seen(some, before).tolist() == [TONIGHT - 9, TONIGHT]
    assert exceptions._first_seen(some, before.slice(1)).tolist() == [TONIGHT, TONIGHT]


@pytest.mark.parametrize("block", [1, 100])
def test_the_report_says_how_old_a_finding_is_and_how_much_time_is_left(
    monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    """2026-11-20 is a Friday; Thursday 11-26 is Thanksgiving."""
    monkeypatch.setattr(named, "BLOCK_ROWS", block)
    dues = [TONIGHT + 7, None, TONIGHT - 1, TONIGHT + 26000]
    some = with_bad_cells(dues, [10800, -1, 5, 0])
    some.first_seen[1] = TONIGHT - 41
    said = [row[10:15] for row in rows(some)]
    assert said[:3] == [
        ["108.00", "2026-11-27", "4", "2026-11-20", "0"],
        ["", "", "", "2026-10-10", "41"],
        ["0.05", "2026-11-19", "-1", "2026-11-20", "0"],
    ]
    assert said[3][:2] == ["0.00", "2098-01-26"]


def test_the_cells_of_the_code_are_its_declaration_s() -> None:
    row = rows(found({"rma_number": "=1", "clause": "CT-1", "source_file": "returns.csv", "source_line": 7}))[0]
    assert row[:3] == ["'=1", "", ""]
    assert row[3:6] == ["malformed-row", stage_a.malformed_row.severity, "CT-1"]
    assert row[-6:] == ["returns.csv", "7", "", "", "", ""]


def test_what_findings_say_one_by_one_is_put_in_its_places() -> None:
    """One text for all, few texts, and a text per row; the numbers of a small dictionary need not stay small."""
    few = DictionaryColumn(np.array([1, 0], np.int8), pa.array([*"ab", *map(str, range(200))]))
    groups = [np.array([1, 4]), np.array([0, 3]), np.array([2])]
    together = exceptions._together([few, few, "c"], groups, 5)
    assert together.values().to_pylist() == ["b", "b", "c", "a", "a"]
    together = exceptions._together([pa.array(["x", None]), "y"], [np.array([2, 0]), np.array([1])], 3)
    assert together.values().to_pylist() == [None, "y", "x"]


def test_messages_get_the_values_that_only_few_lines_have() -> None:
    """The middle line is not refunded; the others are for 100.00 + 8.00 tax - 7.50 for the label, and 5.00 for it."""
    third = a_return(rma_number="R3", order_number="1002", return_shipping_cost="5.00")
    returns = [a_return(), a_return(rma_number="R2", order_number="none"), third]
    some = night(returns, [an_order(), an_order(order_number="1002")])
    scope = some.scope(np.array([0, 2]))
    assert scope["net_refund"].tolist() == [10050, 10300]
    assert scope["as_of"] == TONIGHT
