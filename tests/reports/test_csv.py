"""Named columns are held against their contract, and CSV says what they hold."""

import csv
import io
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refund_calc.columns.dictionary import DictionaryColumn
from refund_calc.reports import contracts
from refund_calc.reports.csv_blocks import csv_bytes, csv_file
from refund_calc.reports.named import NamedColumns, Report, blocks
from tests.stories import ci

CONTRACT = {"sku": "", "clause": "", "due_date": "", "net_refund": "", "lines": ""}
texts = st.lists(st.one_of(st.none(), st.text(",\"\r\n\t=+-@'aé", max_size=5)), min_size=1, max_size=8)


def rows(**columns: Any) -> NamedColumns:
    """Two rows; what is not given is blank."""
    return NamedColumns(CONTRACT, {name: columns.get(name) for name in CONTRACT}, 2)


def lines(block: NamedColumns) -> list[str]:
    return bytes(csv_bytes(block)).decode().splitlines()


def test_every_column_of_every_report_is_of_one_kind() -> None:
    of_nights = (contracts.REFUNDS, contracts.PAYOUTS, contracts.LEDGER, contracts.EXCEPTIONS, contracts.REDO)
    reports = (*of_nights, contracts.RECONCILIATION, contracts.SIMULATION)
    assert {name for report in reports for name in report} == set(contracts.KINDS)
    assert sum(map(len, contracts._NAMES_OF_KIND.values())) == len(contracts.KINDS)


def test_columns_that_are_not_those_of_the_contract_are_refused() -> None:
    for names in (["sku"], [*CONTRACT, "more"], [*reversed(CONTRACT)]):
        with pytest.raises(ValueError, match="the contract has sku, clause, due_date"):
            NamedColumns(CONTRACT, dict.fromkeys(names), 2)


def test_a_column_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match=r"another length than 2 rows: \{'lines': 3\}"):
        rows(lines=np.arange(3))


def test_numbers_are_written_by_the_kind_of_their_column() -> None:
    cents = pa.array([1050, None])
    written = lines(rows(due_date=pd.array([20777, None], dtype="Int64"), net_refund=cents, lines=np.array([3, 0])))
    assert written == [",,2026-11-20,10.50,3", ",,,,0"]


def test_one_value_stands_for_all_rows() -> None:
    assert lines(rows(sku="=1", clause="RP-1", due_date=20777, net_refund=5)) == ["'=1,RP-1,2026-11-20,0.05,"] * 2


def test_a_dictionary_column_is_written_as_its_values_are() -> None:
    code = np.array([1, 0])
    written = rows(
        sku=DictionaryColumn(code, pa.array(["a,b", "-2"])), net_refund=DictionaryColumn(code, pa.array([None, 199]))
    )
    assert lines(written) == ["'-2,,,1.99,", '"a,b",,,,']


def test_only_text_of_an_export_is_protected_from_spreadsheets() -> None:
    assert lines(rows(sku=pa.array(["-1", "'@"]), clause=pa.array(["-1", "'@"]))) == ["'-1,-1,,,", "''@,'@,,,"]


@ci(3)
@given(texts, st.integers(0, 3))
def test_a_reader_of_csv_gets_every_text_back(cells: list[str | None], skipped: int) -> None:
    """Slices of longer columns too: what stands before them in memory is not theirs."""
    column = pa.array([*"x,y"[:skipped], *cells], pa.string())[skipped:]
    block = NamedColumns({"account": "", "memo": ""}, {"account": column, "memo": "."}, len(cells))
    back = list(csv.reader(io.StringIO(bytes(csv_bytes(block)).decode(), newline="")))
    assert back == [[cell or "", "."] for cell in cells]


def test_a_file_has_the_names_of_its_contract_and_all_its_blocks() -> None:
    report = Report("ledger", CONTRACT, 4, lambda: iter([rows(clause="a"), rows(clause="b")]))
    file = csv_file(report)
    assert (file.name, file.header, file.rows) == ("ledger.csv", tuple(CONTRACT), 4)
    assert b"".join(map(bytes, file.blocks())) == b",a,,,\n" * 2 + b",b,,,\n" * 2


def test_blocks_end_with_the_last_row() -> None:
    assert list(blocks(5, 2)) == [(0, 2), (2, 4), (4, 5)]
    assert list(blocks(0, 2)) == []
