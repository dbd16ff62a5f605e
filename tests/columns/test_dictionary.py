"""Dictionary columns say row by row what the plain texts would."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refund_calc.columns import dictionary
from refund_calc.columns.dictionary import (
    DictionaryColumn,
    as_dictionary,
    as_texts,
    coded_flags,
    coded_numbers,
    coded_texts,
    joined,
    near_numbers,
)
from refund_calc.columns.written import dates, number_texts
from tests.stories import ci

ROWS = 6
words = st.lists(st.one_of(st.none(), st.text("ab,é", max_size=2)), min_size=1, max_size=4)
codes = st.lists(st.integers(0, 3), min_size=ROWS, max_size=ROWS)


def cells(column: Any) -> list[str]:
    """A column as plain texts, unknown as blank."""
    return [text or "" for text in as_texts(column, ROWS).to_pylist()]


@st.composite
def columns(draw: Any) -> list[Any]:
    """Columns of every form; some dictionary columns share their codes."""
    shared = np.array(draw(codes), np.int8)
    found: list[Any] = []
    for form in draw(st.lists(st.sampled_from(["text", "array", "own", "shared"]), min_size=1, max_size=6)):
        known = [*draw(words), "x", "y", "z"]
        if form == "text":
            found.append(known[0] or "")
        elif form == "array":
            found.append(pa.array((known * ROWS)[:ROWS], pa.string()))
        else:
            code = shared if form == "shared" else np.array(draw(codes), np.int64)
            found.append(DictionaryColumn(code, pa.array(known, pa.string())))
    return found


@ci(3)
@given(columns(), st.sampled_from(["", ",", "\0"]), st.sampled_from([0, 20, 1 << 14]))
def test_joined_columns_are_the_texts_joined_row_by_row(found: list[Any], separator: str, combinations: int) -> None:
    """However many combinations may be joined as numbers."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(dictionary, "_COMBINATIONS", combinations)
        together = cells(joined(found, separator))
    assert together == [separator.join(row) for row in zip(*map(cells, found), strict=True)]


def test_only_combinations_that_occur_become_texts() -> None:
    one = DictionaryColumn(np.array([0, 1, 0]), pa.array(["a", "b", "c"]))
    other = DictionaryColumn(np.array([1, 0, 1]), pa.array(["x", "y"]))
    assert joined([one, other], "-").dictionary.to_pylist() == ["a-y", "b-x"]


def test_columns_that_share_their_codes_are_joined_value_by_value_however_many_there_are() -> None:
    code = np.arange(200)
    one, other = (DictionaryColumn(code, pa.array([f"{sign}{n}" for n in range(200)])) for sign in "ab")
    together = joined([one, other], " ")
    assert together.codes is code
    assert together.dictionary[7].as_py() == "a7 b7"


@pytest.mark.parametrize("low, far", [(-3, False), (-3, True)])
def test_numbers_are_written_and_unknown_is_blank_near_each_other_or_not(low: int, far: bool) -> None:
    numbers = pd.array([low, None, low + (dictionary.FEW + 1 if far else 2)], dtype="Int64")
    assert isinstance(near_numbers(numbers), DictionaryColumn) is not far
    assert as_texts(coded_numbers(numbers, number_texts), 3).to_pylist() == [str(low), "", str(numbers[2])]


def test_numbers_of_which_none_is_known_are_blank() -> None:
    assert as_texts(coded_numbers(pd.array([None, None], dtype="Int64"), dates), 2).to_pylist() == ["", ""]


def test_a_negative_number_is_a_blank_text() -> None:
    assert DictionaryColumn.of([1, -1, 0], ["a", "b"]).values().to_pylist() == ["b", "", "a"]


def test_categories_and_flags_become_dictionary_columns() -> None:
    assert coded_texts(pd.Categorical(["x", None, "y"])).values().to_pylist() == ["x", "", "y"]
    assert coded_flags(pd.array([True, None, False], dtype="boolean")).values().to_pylist() == ["yes", "", "no"]


def test_categories_of_many_texts_are_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dictionary, "FEW", 2)
    assert coded_texts(pd.Categorical(["x", None, "y"])).to_pylist() == ["x", None, "y"]


def test_every_form_can_be_a_dictionary_column() -> None:
    for column in ("a", pa.array(["a", None]), DictionaryColumn(np.array([1, 0], np.int8), pa.array(["b", "a"]))):
        assert as_dictionary(column, 2).values().to_pylist() == as_texts(column, 2).to_pylist()
