"""Text columns as numbers: ranks by code point, groups of equal neighbours. All is joined and sorted on these."""

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Bools, Ints
from refund_calc.columns.cores import in_parallel

TextOrder = npt.NDArray[np.uint64]  # numbers that sort as texts do and are equal where they are


def arrow_text(column: Any) -> Any:
    """A text column (Arrow strings or category) as one Arrow string array; unknown is null."""
    if isinstance(column, pd.Categorical):
        words = pa.array(column.categories.to_numpy(dtype=object), pa.string())
        return words.take(pa.array(column.codes, mask=column.codes < 0))
    array = pa.array(column, pa.string(), from_pandas=True)
    return pa.concat_arrays(array.chunks) if isinstance(array, pa.ChunkedArray) else array


_TABLE = 1 << 19  # numbers from 0 that are written once: amounts below 5,242.88, nearly all of a night's
_WORTH_A_TABLE = 1 << 12


def written(numbers: pa.Array, write: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """Whole numbers as `write` has them; many small ones are looked up, some three times as fast as writing them."""
    if len(numbers) >= _WORTH_A_TABLE and not numbers.null_count:
        values = np.asarray(numbers)
        if values.min() >= 0 and values.max() < _TABLE:
            return _table(write).take(numbers)
    return write(numbers)


@cache
def _table(write: Callable[[pa.Array], pa.Array]) -> pa.Array:
    return write(pa.array(np.arange(_TABLE)))


def number_texts(numbers: Any) -> pa.Array:
    """Whole numbers (unknown as NA) as text, unknown as null."""
    return written(whole_numbers(numbers), _number_text)


def _number_text(numbers: pa.Array) -> pa.Array:
    return numbers.cast(pa.string())


def dates(days: Any) -> pa.Array:
    """Day numbers (unknown as NA) as ISO text, unknown as null."""
    return whole_numbers(days).cast(pa.int32()).cast(pa.date32()).cast(pa.string())


def whole_numbers(values: Any) -> pa.Array:
    """Whole numbers (unknown as NA) as an Arrow array, unknown as null."""
    return values if isinstance(values, pa.Array) else pa.array(values, pa.int64(), from_pandas=True)


def text_ranks(*columns: Any) -> list[Ints]:
    """Rank of each text in the order of code points, over all the columns together; unknown ranks as a blank text.

    Equal texts have equal ranks, and ranks count from 0 without a gap.
    """
    if all(isinstance(column, pd.Categorical) for column in columns):
        # Few words, many rows: the words are ranked, the last of them standing for unknown.
        words = [np.append(column.categories.to_numpy(dtype=object), "") for column in columns]
        ranks = text_ranks(*(pd.arrays.ArrowExtensionArray(pa.array(w, pa.string())) for w in words))
        return [rank[column.codes] for rank, column in zip(ranks, columns, strict=True)]
    orders = text_orders(*columns)
    codes, distinct = pd.factorize(np.concatenate(orders))
    rank = np.empty(len(distinct), np.int64)
    rank[np.argsort(distinct)] = np.arange(len(distinct))
    return np.split(rank[codes], np.cumsum([len(order) for order in orders])[:-1])


def text_order(column: Any) -> TextOrder:
    """The texts of a column as numbers; unknown counts as a blank text."""
    return text_orders(column)[0]


def text_orders(*columns: Any) -> list[TextOrder]:
    """The same for several columns, whose numbers can be compared with each other.

    UTF-8 bytes sort as code points do. Where the texts differ only in eight bytes or less (numbers behind a common
    prefix, say) those bytes are the number; no text holds a zero byte, so a shorter text sorts first. Other texts are
    sorted.
    """
    texts = [pc.fill_null(arrow_text(column), "") for column in columns]
    packed = _packed(texts)
    if packed is not None:
        return packed
    encoded = pa.concat_arrays(texts).dictionary_encode()
    rank = np.empty(len(encoded.dictionary), np.uint64)
    rank[np.asarray(pc.array_sort_indices(encoded.dictionary))] = np.arange(len(rank), dtype=np.uint64)
    keys = rank[np.asarray(encoded.indices, np.int64)]
    return np.split(keys, np.cumsum([len(column) for column in columns])[:-1])


PIECE = 1 << 16  # texts looked at at a time: what is made of them stays near the processor


def _packed(columns: list[Any]) -> list[TextOrder] | None:
    """The eight bytes in which the texts of some columns differ, as numbers; None where eight are not enough."""
    pieces = [column.slice(at, PIECE) for column in columns for at in range(0, len(column), PIECE)]
    if pieces:
        sample = pieces[0][0].as_py().encode()
        common, longest = zip(*in_parallel(partial(_extent, piece, sample) for piece in pieces), strict=True)
        if max(longest) - min(common) > 8:
            return None
        packed = iter(in_parallel(partial(_packed_piece, piece, min(common)) for piece in pieces))
    none = np.zeros(0, np.uint64)
    return [np.concatenate([none, *(next(packed) for _ in range(0, len(column), PIECE))]) for column in columns]


def _extent(texts: Any, sample: bytes) -> tuple[int, int]:
    """How many first bytes all texts have in common with the sample, and how long the longest is."""
    data, starts, lengths = _bytes_of(texts)
    shortest, longest = int(lengths.min()), int(lengths.max())
    for place in range(min(shortest, len(sample))):
        if (data[starts + place] != sample[place]).any():
            return place, longest
    return min(shortest, len(sample)), longest


def _packed_piece(texts: Any, common: int) -> TextOrder:
    data, starts, lengths = _bytes_of(texts)
    padded = np.concatenate([data, np.zeros(8, np.uint8)])
    eight_bytes = np.ndarray(len(data) + 1, ">u8", padded, strides=(1,))  # from every byte on
    behind = (8 * (8 - (lengths - common))).astype(np.uint64)  # bits that belong to the next texts
    return eight_bytes[starts + common].astype(np.uint64) >> behind << behind


def _bytes_of(texts: Any) -> tuple[npt.NDArray[np.uint8], Ints, Ints]:
    """The bytes of some texts, where each begins, and how long it is."""
    _, offsets, data = texts.buffers()
    bounds = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    used = np.frombuffer(data or b"", np.uint8)[bounds[0] : bounds[-1]]
    return used, bounds[:-1] - bounds[0], np.diff(bounds)


def starts_of_groups(*keys: Any) -> Bools:
    """Where a new group begins in rows sorted by these keys (numpy arrays of equal length)."""
    new = np.zeros(len(keys[0]), np.bool_)
    if len(new):
        new[0] = True
        for key in keys:
            new[1:] |= key[1:] != key[:-1]
    return new


def in_company(key: Any) -> Bools:
    """Which rows, sorted by this key, share it with another row."""
    shared = np.zeros(len(key), np.bool_)
    shared[1:] = key[1:] == key[:-1]
    shared[:-1] |= shared[1:]
    return shared


def group_ids(starts: Bools) -> Ints:
    return np.cumsum(starts) - 1


def differs_from_previous(columns: Sequence[Any]) -> Bools:
    """For each row whether any column differs from the row above; blank and a value differ. The first row does not."""
    size = len(columns[0])
    differs = np.zeros(size, np.bool_)
    for column in columns:
        differs[1:] |= _neighbours_differ(column)
    return differs


def _neighbours_differ(column: Any) -> Bools:
    if isinstance(column, np.ndarray):
        return np.asarray(column[1:] != column[:-1], np.bool_)
    if isinstance(column, pd.Categorical):
        return np.asarray(column.codes[1:] != column.codes[:-1], np.bool_)
    if isinstance(column, pd.arrays.ArrowExtensionArray):
        text = arrow_text(column)
        differ = pc.not_equal(text.slice(1), text.slice(0, max(len(text) - 1, 0)))
        unknown = np.asarray(text.is_null())
        both = np.asarray(pc.fill_null(differ, False).to_numpy(zero_copy_only=False), np.bool_)
        return np.asarray(both | (unknown[1:] != unknown[:-1]), np.bool_)
    unknown = column.isna()
    value = column.to_numpy(dtype=np.int64, na_value=0)
    return np.asarray((value[1:] != value[:-1]) | (unknown[1:] != unknown[:-1]), np.bool_)
