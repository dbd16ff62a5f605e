"""Whole columns of text cells into typed columns, with a mask of the cells that break their type (rulebook 3).

A column is parsed by its *distinct* texts: a million dates are a few hundred texts, so every parser here sees a short
Arrow array of unblank, trimmed texts and answers `(values, ok)`, one of each per text.

Typed columns are pandas arrays: nearly unique text as Arrow strings, all others as `category`, where a row has the
number of its value. `plain` turns them into what the rules work on: money in integer cents, counts and dates (days
since 1970-01-01) as masked `Int64`, flags as masked `boolean`, text as `category`. Unknown is NA, never zero.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Bools, Ints
from refund_calc.inputs.contracts import (
    CONTROL,
    COUNT,
    COUNTRY,
    CURRENCY,
    DAY,
    FLAGS,
    MONEY,
    TIMESTAMP,
    WHITE_SPACE,
    YEARS,
    Cell,
    Column,
)

Texts = Any  # a pyarrow StringArray without nulls


def is_plain(texts: Texts) -> bool:
    """Whether no text holds a space, a control character or anything beyond ASCII: nothing to trim or refuse."""
    data = texts.buffers()[2]
    if data is None or len(texts) == 0:
        return True
    offsets = np.frombuffer(texts.buffers()[1], np.int32)
    used = np.frombuffer(data, np.uint8)[offsets[texts.offset] : offsets[texts.offset + len(texts)]]
    return used.size == 0 or bool(used.min() > 0x20 and used.max() < 0x7F)


def trim(texts: Texts) -> Texts:
    """Texts without Unicode white space at either end."""
    return texts if is_plain(texts) else pc.utf8_trim(texts, characters=WHITE_SPACE)


def _matches(texts: Texts, grammar: str) -> Bools:
    return as_bools(pc.match_substring_regex(texts, rf"\A(?:{grammar})\z"))


def as_bools(mask: Any) -> Bools:
    """An Arrow boolean array without nulls as numpy."""
    return np.asarray(mask.to_numpy(zero_copy_only=False), dtype=np.bool_)


def text_ok(texts: Texts) -> Bools:
    """Which texts are free of control characters (U+0000-001F, U+007F-009F)."""
    if is_plain(texts):
        return np.ones(len(texts), np.bool_)
    return ~as_bools(pc.match_substring_regex(texts, CONTROL))


def _only(texts: Texts, ok: Bools) -> Texts:
    return pc.if_else(pa.array(ok), texts, pa.scalar(None, pa.string()))


def money(texts: Texts) -> tuple[Ints, Bools]:
    """Integer cents."""
    ok = _matches(texts, MONEY)
    amounts = _only(texts, ok).cast(pa.decimal128(11, 2))
    return np.frombuffer(amounts.buffers()[1], np.int64)[::2][: len(texts)].copy(), ok


def count(texts: Texts, least: int) -> tuple[Ints, Bools]:
    ok = _matches(texts, COUNT)
    values = _integers(_only(texts, ok))
    return values, ok & (values >= least)


def _integers(texts: Texts) -> Ints:
    """Texts of ASCII digits as integers; null as 0."""
    return np.asarray(pc.fill_null(texts.cast(pa.int64()), 0).to_numpy(zero_copy_only=False), np.int64)


def _part(texts: Texts, start: int, stop: int) -> Ints:
    return _integers(pc.utf8_slice_codeunits(texts, start, stop))


def date(texts: Texts, time_zone: str) -> tuple[Ints, Bools]:
    """Day numbers; a timestamp's day is the one in the store's time zone, and the year is tested after that."""
    stamped = _matches(texts, TIMESTAMP)
    ok = stamped | _matches(texts, DAY)
    known = _only(texts, ok)
    year, month, day = _part(known, 0, 4), _part(known, 5, 7), _part(known, 8, 10)
    ok &= (month >= 1) & (month <= 12) & (day >= 1) & (year >= 1)
    months = np.where(ok, (year - 1970) * 12 + month - 1, 0)
    first = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    next_first = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    days = first + day - 1
    ok &= days < next_first
    if (ok & stamped).any():
        days, ok = _local_days(texts, days, ok, stamped, time_zone)
    low, high = (int(np.datetime64(f"{y}-01-01", "D").astype(np.int64)) for y in (YEARS[0], YEARS[1] + 1))
    return days, ok & (days >= low) & (days < high)


def _local_days(texts: Texts, days: Ints, ok: Bools, stamped: Bools, time_zone: str) -> tuple[Ints, Bools]:
    """Days in the store's time zone for the timestamps among the texts."""
    at = np.flatnonzero(ok & stamped)
    stamps = texts.take(pa.array(at))
    hour, minute, second = _part(stamps, 11, 13), _part(stamps, 14, 16), _part(stamps, 17, 19)
    zone = pc.replace_substring_regex(stamps, r"\A.{19}(\.[0-9]+)? ?", "")
    zone = pc.replace_substring(pc.replace_substring(zone, "Z", "+0000"), ":", "")
    sign = np.where(as_bools(pc.starts_with(zone, "-")), -1, 1)
    off_hours, off_minutes = _part(zone, 1, 3), _part(zone, 3, 5)
    exists = (hour < 24) & (minute < 60) & (second < 60) & (off_hours < 24) & (off_minutes < 60)
    local = days[at] * 86400 + hour * 3600 + minute * 60 + second
    utc = local - sign * (off_hours * 3600 + off_minutes * 60)
    # Only moments near the range of years: a zone moves a day by one at most, and far dates have no zone data.
    near = (utc > -86400 * 365 * 80) & (utc < 86400 * 365 * 135)
    moments = pd.DatetimeIndex(np.where(near, utc, 0).astype("datetime64[s]")).tz_localize("UTC")
    there = moments.tz_convert(time_zone).tz_localize(None).to_numpy().astype("datetime64[D]").astype(np.int64)
    days, ok = days.copy(), ok.copy()
    days[at] = there
    ok[at] &= exists & near
    return days, ok


def flag(texts: Texts) -> tuple[Bools, Bools]:
    words = list(FLAGS)
    found = _word_codes(texts, words)
    return np.array([*FLAGS.values(), False])[found], found >= 0


def _word_codes(texts: Texts, words: list[str] | tuple[str, ...]) -> npt.NDArray[np.int32]:
    """Which word each text is, in any case; -1 for none."""
    # The words are ASCII: by Unicode's rules a dotted capital I would count as an i.
    found = pc.index_in(pc.ascii_lower(texts), value_set=pa.array(words, pa.string()))
    return np.asarray(pc.fill_null(found, -1).to_numpy(zero_copy_only=False), np.int32)


def _lower(texts: Texts) -> Texts:
    """Lower case as the policy has it: Python's, which Arrow's kernel does not follow for every letter."""
    return texts if len(texts) == 0 else pa.array([text.lower() for text in texts.to_pylist()], pa.string())


_LETTERS = {"country": COUNTRY, "currency": CURRENCY}


def typed(column: Column, texts: Any, time_zone: str) -> tuple[Any, Bools, Texts]:
    """One column of cells (an Arrow string or dictionary array) as `(values, bad, texts)`.

    `values` is a pandas array, NA where the cell is blank or bad. `bad` marks cells that break their type or are blank
    where they may not be. The last answer gives the trimmed text of any row by `text_at`.
    """
    if pa.types.is_dictionary(texts.type):
        words = trim(texts.dictionary)
        values, bad, blank = _typed_words(column, words, time_zone)
        of_words = _category(column.cell, values, bad | blank)
        codes = pa.array(of_words.codes).take(texts.indices)
        whole = pd.Categorical.from_codes(np.asarray(codes), dtype=of_words.dtype, validate=False)
        return whole, bad[np.asarray(texts.indices)] if bad.any() else np.zeros(len(texts), np.bool_), texts
    words = trim(texts)
    blank = as_bools(pc.equal(pc.binary_length(words), 0))
    bad = ~text_ok(words) | (blank if not column.blank else False)
    unknown = bad | blank
    kept = _only(words, ~unknown) if unknown.any() else words
    return pd.arrays.ArrowExtensionArray(kept), bad, texts


def _typed_words(column: Column, words: Texts, time_zone: str) -> tuple[Any, Bools, Bools]:
    blank = as_bools(pc.equal(pc.binary_length(words), 0))
    cell = column.cell
    parse: dict[str, Callable[[], tuple[Any, Bools]]] = {
        "text": lambda: (words, text_ok(words)),
        "lower": lambda: (_lower(words), text_ok(words)),
        "money": lambda: money(words),
        "count": lambda: count(words, cell.least),
        "date": lambda: date(words, time_zone),
        "flag": lambda: flag(words),
        "choice": lambda: (lambda codes: (codes, codes >= 0))(_word_codes(words, cell.words)),
    }
    letters = lambda: (pc.utf8_upper(words), _matches(words, _LETTERS[cell.kind]))  # noqa: E731
    values, ok = parse.get(cell.kind, letters)()
    return values, np.where(blank, not column.blank, ~ok), blank


def _category(cell: Cell, values: Any, unknown: Bools) -> pd.Categorical:
    """The values of a column's distinct texts, where trimming, case and spelling may have made some of them equal."""
    if cell.kind == "choice":
        categories: Any = pd.Index(cell.words, dtype=object)
        codes = values
    elif cell.kind in ("money", "count", "date", "flag"):
        distinct, codes = np.unique(values, return_inverse=True)
        categories = pd.Index(distinct)
    else:
        words = values.dictionary_encode()
        categories = pd.Index(np.asarray(words.dictionary.to_pylist(), dtype=object), dtype=object)
        codes = np.asarray(words.indices)
    return pd.Categorical.from_codes(np.where(unknown, -1, codes), dtype=pd.CategoricalDtype(categories))


def text_at(texts: Any, rows: Ints) -> list[str]:
    """The trimmed texts of some rows, for the few cells that are reported."""
    cells = texts.take(pa.array(rows))
    if pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    return list(pc.utf8_trim(cells, characters=WHITE_SPACE).to_pylist())
