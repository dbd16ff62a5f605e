"""Numbers and dates as they are written; unknown stays unknown."""

import numpy as np
import pandas as pd
import pyarrow as pa

from refund_calc.columns.written import arrow_text, dates, iso, number_texts, whole_numbers


def test_days_are_iso_dates() -> None:
    assert dates(np.array([0, 20777, -1])).to_pylist() == ["1970-01-01", "2026-11-20", "1969-12-31"]
    assert iso(20777) == "2026-11-20"


def test_unknown_numbers_are_null() -> None:
    numbers = pd.array([7, None, -12], dtype="Int64")
    assert number_texts(numbers).to_pylist() == ["7", None, "-12"]
    assert dates(pd.array([None], dtype="Int64")).to_pylist() == [None]
    assert whole_numbers(numbers).to_pylist() == [7, None, -12]


def test_texts_and_categories_are_one_arrow_array() -> None:
    for column in (pd.Categorical(["é", None]), pd.array(["é", None], dtype="string[pyarrow]")):
        assert arrow_text(column).equals(pa.array(["é", None], pa.string()))
