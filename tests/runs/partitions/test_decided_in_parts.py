"""A night that is decided part by part says of every line what the whole night says of it."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from refund_calc.columns.dictionary import as_texts
from refund_calc.history.past import NOTHING
from refund_calc.inputs.inbox import Inputs
from refund_calc.night.decide import NightInputs, decide
from refund_calc.policy.versions import load_policies
from refund_calc.reports.exceptions import CODES
from refund_calc.reports.exceptions import report as exceptions_of
from tests.runs.partitions.together import in_parts
from tests.sample import nights
from tests.stories import Row, a_return, an_order, ci, file_of

POLICIES = load_policies(nights.POLICY)
LONG = "9" * 57  # as much of a text as a message shows of one that is longer than 60

some_orders = st.one_of(
    st.integers(1001, 1012).map(str), st.sampled_from([LONG + end for end in ("...", "", "000", "0001", "0002", "é00")])
)
lines = st.sampled_from("12")
orders = st.builds(lambda number, line: an_order(order_number=number, order_line=line), some_orders, lines)
returns = st.fixed_dictionaries(
    {
        "rma_number": st.sampled_from(["R1", "R2", "R3", "none", "none", ""]),
        "order_number": some_orders,
        "order_line": lines,
        "return_shipping_cost": st.sampled_from(["7.50", "7.5", "8.00", "10.00", "9.00"]),
    },
    optional={"reason": st.sampled_from(["other", "?"])},
).map(lambda cells: a_return(**cells))


def said(inputs: NightInputs) -> list[tuple[str, ...]]:
    """Every line's place and decision; every exception's place, code and message."""
    night = decide(inputs, POLICIES, NOTHING)
    table, source = night.inputs.returns, night.lines.source
    places = zip(table.file[source].tolist(), table.line[source].tolist(), strict=True)
    lines = [(f"{file}", f"{line}", f"{night.verdicts.decision[row]}") for row, (file, line) in enumerate(places)]
    found = exceptions_of(night, night.due_date, NOTHING.findings)
    at = np.arange(len(found))
    columns = (found.source_files(at), found.source_lines(at), found.said(at).field, found.said(at).message)
    texts = [as_texts(column, len(at)).to_pylist() for column in columns]
    codes = [CODES[code] for code in found.code.tolist()]
    return sorted([*lines, *((codes[row], *map(str, cells)) for row, cells in enumerate(zip(*texts, strict=True)))])


def of_the_night(orders: Sequence[Row], returns: Sequence[Row], parts: int) -> tuple[list, list]:
    """What the whole night says, and what its parts say together."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{kind}.csv" for kind in ("orders", "returns")]
        for path, rows in zip(paths, (orders, returns), strict=True):
            path.write_bytes(file_of(path.stem, rows)[2])
        inputs = Inputs(*([path] for path in paths))
        [whole], _ = in_parts(inputs, 1)
        part_by_part, _ = in_parts(inputs, parts, 500)
    return said(whole), sorted(one for part in part_by_part for one in said(part))


@ci(4)
@given(st.lists(orders, min_size=1, max_size=12), st.lists(returns, min_size=1, max_size=25), st.integers(2, 6))
def test_each_line_has_the_same_codes_and_messages(orders: list[Row], returns: list[Row], parts: int):
    whole, together = of_the_night(orders, returns, parts)
    assert together == whole


def test_an_rma_of_many_orders_tells_the_smallest_of_all_parts_and_how_many_there_are():
    numbers = [str(number) for number in range(1001, 1101)]
    rows = [a_return(order_number=number, return_shipping_cost=f"{int(number) % 7}.00") for number in numbers]
    whole, together = of_the_night([an_order(order_number=number) for number in numbers], rows, 5)
    assert together == whole
    assert {message for *_, message in together if message.startswith("the lines")} == {
        "the lines of this RMA disagree: order_number 1001, 1002, 1003, 1004, 1005 and 95 more; "
        "return_shipping_cost 0.00, 1.00, 2.00, 3.00, 4.00 and 2 more"
    }


def test_long_order_numbers_that_messages_cut_to_the_same_text_count_once_over_all_parts():
    numbers = [*map(str, range(1001, 1021)), *(f"{LONG}{number}" for number in range(1001, 1021)), f"{LONG}..."]
    rows = [a_return(order_number=number) for number in numbers]
    whole, together = of_the_night([an_order(order_number=number) for number in numbers], rows, 2)
    assert together == whole
    assert {message for *_, message in together if message.startswith("the lines")} == {
        "the lines of this RMA disagree: order_number 1001, 1002, 1003, 1004, 1005 and 16 more"
    }


def test_the_parts_are_told_no_more_for_a_million_orders_than_for_six():
    numbers = [str(number) for number in range(1001, 1601)]
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / "orders.csv", Path(folder) / "returns.csv"]
        paths[0].write_bytes(file_of("orders", [an_order()])[2])
        paths[1].write_bytes(file_of("returns", [a_return(order_number=number) for number in numbers])[2])
        parts, _ = in_parts(Inputs([paths[0]], [paths[1]]), 4)
    assert [part.rmas_elsewhere.rma_numbers.to_pylist() for part in parts] == [["R1"]] * 4
    assert {len(part.rmas_elsewhere.columns[0].as_py()) for part in parts} == {
        len("order_number 1001, 1002, 1003, 1004, 1005 and 595 more")
    }


def test_an_rma_that_stands_elsewhere_on_invalid_rows_only_is_none_of_ours():
    orders = [an_order(order_number=str(number)) for number in range(1001, 1009)]
    rows = [a_return(order_number=row["order_number"], reason="?") for row in orders[1:]]
    whole, together = of_the_night(orders, [a_return(), *rows], 4)
    assert together == whole
    assert [code for code, *_ in together if code == "conflicting-rma"] == []
