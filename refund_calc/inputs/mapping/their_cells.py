"""Cells of other programs, read by their distinct texts: amounts, counts, flags, and what a spreadsheet did."""

import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Bools, Ints
from refund_calc.inputs.cell_types import FLAGS

_AMOUNT = r"\A-?[$€£¥]?([0-9]{1,3}(,[0-9]{3}){1,2}|[0-9]{1,9})(\.[0-9]{1,2}0*)?\z"
_COUNT = r"\A[0-9]{1,6}(\.0+)?\z"
# What a spreadsheet makes of a long number: the digits that are gone stand nowhere else in the file.
SCIENTIFIC = r"\A[0-9]+([.,][0-9]+)?[Ee]\+[0-9]+\z"
# A moment as a spreadsheet shows it: day and month in either order, no seconds, no zone.
SPREADSHEET_DATE = r"\A[0-9]{1,4}[/.-][0-9]{1,2}[/.-][0-9]{2,4}( [0-9]{1,2}:[0-9]{2}(:[0-9]{2})?( ?[AaPp][Mm])?)?\z"

# What a message may show. In a row that has slipped by a column a customer's name or phone stands anywhere: no word
# with a capital but codes and flags, and no number that could be dialled (a sign before it, gaps in it, ten digits).
_HARMLESS = re.compile(
    r"-?[$€£¥]?[0-9]{1,9}([.,][0-9]+)?%?|-?[$€£¥]?[0-9]{1,3}([., '][0-9]{3})+[.,][0-9]{1,2}"  # amounts
    r"|[0-9]+([.,][0-9]+)?[Ee]\+[0-9]+"
    r"|[0-9]{1,4}(?P<sign>[/.-])[0-9]{1,2}(?P=sign)[0-9]{2,4}"  # dates, with a time or without
    r"([T ][0-9]{1,2}:[0-9]{2}(:[0-9]{2})?( ?([AaPp][Mm]|Z|[+-][0-9]{2}:?[0-9]{2}))?)?"
    r"|[a-z_]*|[A-Z]{2,3}|TRUE|FALSE|WAHR|FALSCH|(?i:pending|authorized|voided|expired|unpaid)"
    r"|#?[A-Za-z]{0,5}-?[0-9]{1,7}"  # an order's name
)
_MOST_SHOWN = 40


class Numbers(NamedTuple):
    """One number per cell (0 where it is blank or bad), and which cells are bad and which blank."""

    values: Ints
    bad: Bools
    blank: Bools


def amounts(cells: pa.Array, *, signed: bool = False) -> Numbers:
    """Cents. `1,234.50`, `$5` and `55` (a spreadsheet dropped the zeros) are amounts; below zero only if `signed`."""
    return _by_distinct(cells, lambda texts: _cents(texts, signed))


def counts(cells: pa.Array) -> Numbers:
    """Whole numbers of at most six digits."""
    return _by_distinct(cells, _whole)


def flags(cells: pa.Array) -> Numbers:
    """1 for yes and true, 0 for no and false, in any case."""
    return _by_distinct(cells, _yes)


def matches(cells: pa.Array, grammar: str) -> Bools:
    """Which cells are of this grammar."""
    return as_bools(pc.match_substring_regex(cells, grammar))


def is_blank(cells: pa.Array) -> Bools:
    """Which cells are blank."""
    return as_bools(pc.equal(pc.binary_length(cells), 0))


def as_bools(mask: pa.Array) -> Bools:
    """An Arrow mask (null is false) as numpy."""
    return np.asarray(pc.fill_null(mask, False).to_numpy(zero_copy_only=False), np.bool_)


def codes(cells: pa.Array) -> tuple[Ints, pa.Array]:
    """The number of each cell's text, and the texts by number."""
    held = cells.dictionary_encode()
    return np.asarray(held.indices, np.int64), held.dictionary


def is_harmless(text: str) -> bool:
    """Whether a message may show a cell: amounts, dates, codes, plain words. Else it could be a customer's data."""
    return len(text) <= _MOST_SHOWN and _HARMLESS.fullmatch(text) is not None


def _by_distinct(cells: pa.Array, parse: Callable[[pa.Array], tuple[Ints, Bools]]) -> Numbers:
    index, texts = codes(cells)
    values, ok = parse(texts)
    blank = is_blank(texts)
    return Numbers(np.where(ok, values, 0)[index], (~ok & ~blank)[index], blank[index])


def _cents(texts: pa.Array, signed: bool) -> tuple[Ints, Bools]:
    ok = matches(texts, _AMOUNT)
    if not signed:
        ok &= ~as_bools(pc.starts_with(texts, "-"))
    plain = pc.replace_substring_regex(_only(texts, ok), "[$€£¥,]", "")
    plain = pc.replace_substring_regex(plain, r"(\.[0-9]{1,2})0*$", r"\1")
    held = plain.cast(pa.decimal128(12, 2))
    cents = np.frombuffer(held.buffers()[1], np.int64)[::2][: len(texts)] if len(texts) else np.zeros(0, np.int64)
    return cents, ok


def _whole(texts: pa.Array) -> tuple[Ints, Bools]:
    ok = matches(texts, _COUNT)
    digits = pc.replace_substring_regex(_only(texts, ok), r"\.0+$", "")
    return np.asarray(pc.fill_null(digits.cast(pa.int64()), 0), np.int64), ok


def _yes(texts: pa.Array) -> tuple[Ints, Bools]:
    found = np.array([FLAGS.get(text.lower(), -1) for text in texts.to_pylist()], np.int64)
    return np.maximum(found, 0), found >= 0


def _only(texts: pa.Array, ok: Bools) -> pa.Array:
    return pc.if_else(pa.array(ok), texts, pa.scalar(None, pa.string()))
