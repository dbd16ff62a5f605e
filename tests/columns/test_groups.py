"""Groups of neighbours: where they begin, who shares one, and what differs from the row above."""

import numpy as np
import pandas as pd
import pyarrow as pa

from refund_calc.columns import groups


def test_rows_in_company_are_those_that_share_a_key() -> None:
    assert groups.in_company(np.array([1, 2, 2, 3, 4, 4, 4])).tolist() == [False, True, True, False, True, True, True]
    assert groups.in_company(np.array([5])).tolist() == [False]
    assert groups.in_company(np.array([], np.int64)).tolist() == []


def test_a_group_begins_where_any_key_changes() -> None:
    starts = groups.starts_of_groups(np.array([1, 1, 2, 2]), np.array([5, 5, 5, 6]))
    assert starts.tolist() == [True, False, True, True]
    assert groups.group_ids(starts).tolist() == [0, 0, 1, 2]
    assert groups.places_in_groups(starts).tolist() == [0, 1, 0, 0]


def test_no_rows_have_no_groups() -> None:
    none = np.array([], np.int64)
    assert groups.starts_of_groups(none).tolist() == []
    assert groups.places_in_groups(groups.starts_of_groups(none)).tolist() == []
    assert list(groups.rows_by_key(none, none)) == []


def test_rows_are_found_by_their_keys_in_rising_order() -> None:
    found = groups.rows_by_key(np.array([1, 0, 1, 1]), np.array([7, 7, 7, 6]))
    assert sorted(rows.tolist() for rows in found) == [[0, 2], [1], [3]]


def test_blank_and_a_value_differ_and_two_blanks_do_not() -> None:
    """In every kind of column."""
    for column in (
        pd.array(["a", None, None, "a", "a"], dtype=pd.ArrowDtype(pa.string())),
        pd.Categorical(["a", None, None, "a", "a"]),
        pd.array([1, None, None, 1, 1], dtype="Int64"),
        np.array([1, 0, 0, 1, 1]),
    ):
        assert groups.differs_from_previous([column]).tolist() == [False, True, False, True, False]


def test_a_row_differs_where_any_column_does() -> None:
    one, other = np.array([1, 1, 1]), np.array([1, 2, 2])
    assert groups.differs_from_previous([one, other]).tolist() == [False, True, False]
