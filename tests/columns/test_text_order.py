"""Texts as numbers: whatever is joined, sorted and grouped on them must come out as it would on the texts."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refund_calc.columns import text_order as texts
from tests.stories import ci

some_texts = st.lists(st.one_of(st.none(), st.text("01Zzé€𝄞#- ", max_size=12)), max_size=12)


def column(cells: list[str | None]) -> Any:
    return pd.arrays.ArrowExtensionArray(pa.array(cells, pa.string()))


def as_bytes(cells: list[str | None]) -> list[bytes]:
    """UTF-8 sorts as code points do; unknown counts as a blank text."""
    return [(cell or "").encode() for cell in cells]


def compared(keys: list[Any]) -> list[int]:
    """How each key compares with each."""
    return [(one > other) - (one < other) for one in keys for other in keys]


@ci(3)
@given(st.sampled_from(["", "RMA-", "#", "Größe-000000000000"]), some_texts, some_texts, st.integers(1, 5))
def test_numbers_of_texts_compare_as_the_texts_do(
    prefix: str, one: list[str | None], other: list[str | None], piece: int
) -> None:
    """Two columns at once, with a common prefix or without, looked at in pieces of any size."""
    one, other = ([None if cell is None else prefix + cell for cell in cells] for cells in (one, other))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(texts, "PIECE", piece)
        numbers = texts.text_orders(column(one), column(other))
    assert [len(keys) for keys in numbers] == [len(one), len(other)]
    assert compared(np.concatenate(numbers).tolist()) == compared(as_bytes(one) + as_bytes(other))


@pytest.mark.parametrize("differing", [1, 7, 8, 9, 20])
@pytest.mark.parametrize("length", [0, 1, 30])
def test_eight_differing_bytes_are_a_number_and_more_are_sorted(differing: int, length: int) -> None:
    cells = ["x" * length + text for text in ("", "b" * differing, "b" * (differing - 1) + "a", "b" * (differing - 1))]
    assert compared(texts.text_order(column(cells)).tolist()) == compared(as_bytes(cells))


@ci(3)
@given(some_texts, some_texts)
def test_ranks_count_the_different_texts_of_all_columns(one: list[str | None], other: list[str | None]) -> None:
    """Texts and categories alike; unknown ranks as a blank text."""
    expected = [sorted({*as_bytes(one), *as_bytes(other)}).index(text) for text in as_bytes(one) + as_bytes(other)]
    assert np.concatenate(texts.text_ranks(column(one), column(other))).tolist() == expected
    categories = texts.text_ranks(pd.Categorical(one), pd.Categorical(other))
    assert compared(np.concatenate(categories).tolist()) == compared(expected)
