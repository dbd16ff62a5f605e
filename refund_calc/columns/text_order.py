"""Text columns as numbers that sort by code point: all is joined and sorted on these."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Ints, TextLike
from refund_calc.columns.written import arrow_text

TextOrder = npt.NDArray[np.uint64]  # numbers that sort as texts do and are equal where they are


def text_ranks(*columns: TextLike) -> list[Ints]:
    """Rank of each text in the order of code points, over all the columns together; unknown ranks as a blank text.

    Equal texts have equal ranks, and ranks count from 0 without a gap.
    """
    if all(isinstance(column, pd.Categorical) for column in columns):
        # Few words, many rows: the words are ranked, the last of them standing for unknown.
        words = [np.append(column.categories.to_numpy(dtype=object), "") for column in columns]
        ranks = text_ranks(*(pd.arrays.ArrowExtensionArray(pa.array(w, pa.string())) for w in words))
        return [rank.take(column.codes) for rank, column in zip(ranks, columns, strict=True)]
    orders = text_orders(*columns)
    codes, distinct = pd.factorize(np.concatenate(orders))
    rank = np.empty(len(distinct), np.int64)
    rank[np.argsort(distinct)] = np.arange(len(distinct))
    return np.split(rank[codes], np.cumsum([len(order) for order in orders])[:-1])


def text_order(column: TextLike) -> TextOrder:
    """The texts of a column as numbers; unknown counts as a blank text."""
    return text_orders(column)[0]


def text_orders(*columns: TextLike) -> list[TextOrder]:
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


def _packed(columns: list[pa.Array]) -> list[TextOrder] | None:
    """The eight bytes in which the texts of some columns differ, as numbers; None where eight are not enough."""
    pieces = [[column.slice(at, PIECE) for at in range(0, len(column), PIECE)] for column in columns]
    every = [piece for of_column in pieces for piece in of_column]
    sample = every[0][0].as_py().encode() if every else b""
    extents = [_extent(piece, sample) for piece in every]
    common = min((common for common, _ in extents), default=0)
    if max((longest for _, longest in extents), default=0) - common > 8:
        return None
    none = np.zeros(0, np.uint64)
    return [np.concatenate([none, *(_packed_piece(piece, common) for piece in of_column)]) for of_column in pieces]


def _extent(texts: pa.Array, sample: bytes) -> tuple[int, int]:
    """How many first bytes all texts have in common with the sample, and how long the longest is."""
    data, starts, lengths = _bytes_of(texts)
    shortest, longest = int(lengths.min()), int(lengths.max())
    for place in range(min(shortest, len(sample))):
        if (data[starts + place] != sample[place]).any():
            return place, longest
    return min(shortest, len(sample)), longest


def _packed_piece(texts: pa.Array, common: int) -> TextOrder:
    data, starts, lengths = _bytes_of(texts)
    padded = np.concatenate([data, np.zeros(8, np.uint8)])
    eight_bytes = np.ndarray(len(data) + 1, ">u8", padded, strides=(1,))  # from every byte on
    behind = (8 * (8 - (lengths - common))).astype(np.uint64)  # bits that belong to the next texts
    return eight_bytes[starts + common].astype(np.uint64) >> behind << behind


def _bytes_of(texts: pa.Array) -> tuple[npt.NDArray[np.uint8], Ints, Ints]:
    """The bytes of some texts, where each begins, and how long it is."""
    _, offsets, data = texts.buffers()
    bounds = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    used = np.frombuffer(data or b"", np.uint8)[bounds[0] : bounds[-1]]
    return used, bounds[:-1] - bounds[0], np.diff(bounds)
