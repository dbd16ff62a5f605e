"""Columns as the rules ask for them, from a few values; None is unknown."""

from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

MOST_CENTS, MOST_UNITS = 99_999_999_999, 999_999
MOST_LINE = MOST_CENTS * MOST_UNITS  # 999,999,999.99 x 999,999

some_cents = st.one_of(st.integers(0, 1000), st.integers(0, MOST_CENTS), st.integers(MOST_LINE - 1000, MOST_LINE))


def ints(*values: int) -> Any:
    return np.array(values, np.int64)


def maybe(*values: int | None) -> Any:
    """A column where None is unknown."""
    return pd.array(list(values), dtype="Int64")


def flags(*values: bool | None) -> Any:
    return pd.array(list(values), dtype="boolean")


def words(*values: str | None) -> Any:
    return pd.Categorical(values)


def half_up(exact: Fraction) -> int:
    whole = exact.numerator // exact.denominator
    return whole + (exact - whole >= Fraction(1, 2))
