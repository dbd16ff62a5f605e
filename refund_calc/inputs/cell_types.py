"""The types of cells (rulebook 3): each with its grammar, its parser and the words for what is wrong, in one place.

A column is parsed by its *distinct* texts: a million dates are a few hundred texts. A parser sees a short Arrow array
of unblank, trimmed texts and answers their values together with the checks that they had to pass, each check with its
fault in words. The same parser, asked again for the few texts that failed, words them in messages: there is no second
reading of a single cell that could disagree.

`typed` makes pandas arrays: nearly unique text as Arrow strings, all others as `category`, where a row has the number
of its value. `refund_calc.columns.typed.plain` turns them into what the rules work on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Bools, Ints, Mask, TextCells, Texts, TypedColumn

YEARS = (2000, 2099)
FLAGS = {"yes": True, "y": True, "true": True, "1": True, "no": False, "n": False, "false": False, "0": False}

# Unicode's White_Space property. Python's str.strip() and Arrow's trim kernel use wider sets of their own.
WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"

Kind = Literal["text", "lower", "country", "currency", "money", "count", "date", "flag", "choice"]
Codes: TypeAlias = npt.NDArray[np.int32]
Values: TypeAlias = Texts | Ints | Bools | Codes  # a choice's values are the numbers of its words


class Check(NamedTuple):
    """Which texts pass, and what is said of one that does not."""

    ok: Bools
    fault: str


class Parsed(NamedTuple):
    """One value per text, of no meaning where a check fails."""

    values: Values
    checks: tuple[Check, ...]

    @property
    def ok(self) -> Bools:
        """The texts that pass every check."""
        return np.asarray(np.logical_and.reduce([check.ok for check in self.checks]), np.bool_)

    def fault(self, at: int) -> str:
        """What is wrong with one text: the first check that it fails, one of them at least."""
        return next(check.fault for check in self.checks if not check.ok[at])


@dataclass(frozen=True)
class CellType:
    """What the cells of a column are.

    `parse(texts, time_zone)` reads unblank, trimmed texts; `time_zone` is the store's. `what` describes the type in
    the tables of the manual. `words` are those of a choice, `least` the smallest count.
    """

    kind: Kind
    what: str
    parse: Callable[[Texts, str], Parsed]
    words: tuple[str, ...] = ()
    least: int = 0


# -- Parsers -----------------------------------------------------------------------------------------------------


def _text(texts: Texts, time_zone: str) -> Parsed:
    return Parsed(texts, (_no_control(texts),))


def _lower(texts: Texts, time_zone: str) -> Parsed:
    """Lower case as the policy has it: Python's, which Arrow's kernel does not follow for every letter."""
    lower = pa.array([text.lower() for text in texts.to_pylist()], pa.string())
    return Parsed(lower, (_no_control(texts),))


def _no_control(texts: Texts) -> Check:
    """Texts without control characters (U+0000-001F, U+007F-009F)."""
    if is_plain(texts):
        ok = np.ones(len(texts), np.bool_)
    else:
        ok = ~_as_bools(pc.match_substring_regex(texts, r"[\x00-\x1f\x7f-\x{9f}]"))
    return Check(ok, "holds a control character")


def _letters(count: int, what: str, texts: Texts, time_zone: str) -> Parsed:
    """Letters in upper case."""
    return Parsed(pc.utf8_upper(texts), (Check(_matches(texts, rf"[A-Za-z]{{{count}}}"), f"is not {what}"),))


def _money(texts: Texts, time_zone: str) -> Parsed:
    """Integer cents."""
    ok = _matches(texts, r"[0-9]{1,9}(\.[0-9]{1,2})?")
    amounts = _only(texts, ok).cast(pa.decimal128(11, 2))
    cents = np.frombuffer(amounts.buffers()[1], np.int64)[::2][: len(texts)].copy()
    return Parsed(cents, (Check(ok, "is not an amount such as 12.34 (digits, at most two decimals, never negative)"),))


def _count(least: int, texts: Texts, time_zone: str) -> Parsed:
    ok = _matches(texts, "[0-9]{1,6}")
    counts = np.asarray(pc.fill_null(_only(texts, ok).cast(pa.int64()), 0), np.int64)
    return Parsed(
        counts, (Check(ok, "is not a whole number of at most 6 digits"), Check(counts >= least, f"is below {least}"))
    )


_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIMESTAMP = _DAY + r"[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)? ?(Z|[+-][0-9]{2}:?[0-9]{2})"


def _date(texts: Texts, time_zone: str) -> Parsed:
    """Days since 1970-01-01; a timestamp's day is the one in the store's time zone, the year is tested after that."""
    stamped = _matches(texts, _TIMESTAMP)
    written = stamped | _matches(texts, _DAY)
    # Without fractions of a second, so that no text needs nanoseconds: those end in 2262.
    known = pc.replace_substring_regex(_only(texts, written), r"\.[0-9]+", "")
    moments = pd.to_datetime(known.to_pylist(), format="ISO8601", utc=True, errors="coerce").as_unit("s")
    exists = moments.notna() & ~_as_bools(pc.starts_with(texts, "0000"))
    # A zone moves a day by one at most, and far dates have no zone data.
    near = stamped & (moments.year >= YEARS[0] - 1) & (moments.year <= YEARS[1] + 1)
    days = moments.tz_localize(None).to_numpy().copy()
    days[near] = moments[near].tz_convert(time_zone).tz_localize(None).to_numpy()
    numbers = days.astype("datetime64[D]").astype(np.int64)
    low, high = (np.datetime64(f"{year}-01-01", "D").astype(np.int64) for year in (YEARS[0], YEARS[1] + 1))
    in_range = (numbers >= low) & (numbers < high)
    outside = f"is outside the years {YEARS[0]}-{YEARS[1]}"
    return Parsed(
        numbers,
        (
            Check(written, "is not a date YYYY-MM-DD, nor a timestamp with a zone such as 2026-03-01T20:10:00Z"),
            Check(exists, "is not a day or time that exists"),
            Check(in_range | stamped, outside),
            Check(in_range, f"{outside} in the store's time zone"),
        ),
    )


def _flag(texts: Texts, time_zone: str) -> Parsed:
    found = _word_codes(texts, tuple(FLAGS))
    return Parsed(np.array([*FLAGS.values(), False])[found], (Check(found >= 0, "is not yes or no"),))


def _choice(words: tuple[str, ...], texts: Texts, time_zone: str) -> Parsed:
    """Numbers of words."""
    found = _word_codes(texts, words)
    return Parsed(found, (Check(found >= 0, "is not one of " + ", ".join(words)),))


def _word_codes(texts: Texts, words: tuple[str, ...]) -> Codes:
    """Which word each text is, in any case; -1 for none."""
    # The words are ASCII: by Unicode's rules a dotted capital I would count as an i.
    found = pc.index_in(pc.ascii_lower(texts), value_set=pa.array(words, pa.string()))
    return np.asarray(pc.fill_null(found, -1), np.int32)


# -- The types ---------------------------------------------------------------------------------------------------

TEXT = CellType("text", "text", _text)
LOWER_TEXT = CellType("lower", "text, in any case", _lower)
COUNTRY = CellType("country", "two letters, in any case", partial(_letters, 2, "a country of two letters such as US"))
CURRENCY = CellType(
    "currency", "three letters, in any case", partial(_letters, 3, "a currency of three letters such as USD")
)
MONEY = CellType("money", "money", _money)
COUNT = CellType("count", "count", partial(_count, 0))
COUNT_FROM_1 = CellType("count", "count, at least 1", partial(_count, 1), least=1)
DATE = CellType("date", "date", _date)
FLAG = CellType("flag", "flag", _flag)


def choice(words: tuple[str, ...]) -> CellType:
    """One of these words (lower case, ASCII), in any case."""
    return CellType("choice", "choice: " + ", ".join(words), partial(_choice, words), words=words)


# -- Whole columns -----------------------------------------------------------------------------------------------


def typed(cell: CellType, cells: TextCells, time_zone: str, *, may_be_blank: bool) -> tuple[TypedColumn, Bools]:
    """One column of cells as `(values, bad)`, one of each per row.

    `cells` are the texts of the file without nulls, as strings only where they are text. `values` is a pandas array,
    NA where the cell is blank or bad. `bad` marks cells that break their type or are blank where they may not be;
    `faults` says why.
    """
    if pa.types.is_dictionary(cells.type):
        values, bad, blank = _typed_texts(cell, _trim(cells.dictionary), time_zone, may_be_blank)
        of_texts = _category(cell, values, bad | blank)
        codes = pa.array(of_texts.codes).take(cells.indices)
        whole = pd.Categorical.from_codes(np.asarray(codes), dtype=of_texts.dtype, validate=False)
        return whole, bad[np.asarray(cells.indices)] if bad.any() else np.zeros(len(cells), np.bool_)
    values, bad, blank = _typed_texts(cell, _trim(cells), time_zone, may_be_blank)
    unknown = bad | blank
    return pd.arrays.ArrowExtensionArray(_only(values, ~unknown) if unknown.any() else values), bad


def _typed_texts(cell: CellType, texts: Texts, time_zone: str, may_be_blank: bool) -> tuple[Values, Bools, Bools]:
    """Values, which texts are bad, and which are blank."""
    blank = _as_bools(pc.equal(pc.binary_length(texts), 0))
    parsed = cell.parse(texts, time_zone)
    return parsed.values, np.where(blank, not may_be_blank, ~parsed.ok), blank


def _category(cell: CellType, values: Values, unknown: Bools) -> pd.Categorical:
    """The values of a column's distinct texts, where trimming, case and spelling may have made some of them equal."""
    if cell.kind == "choice":
        categories, codes = pd.Index(cell.words, dtype=object), values
    elif isinstance(values, np.ndarray):
        distinct, codes = np.unique(values, return_inverse=True)
        categories = pd.Index(distinct)
    else:
        words = values.dictionary_encode()
        categories = pd.Index(np.asarray(words.dictionary.to_pylist(), dtype=object), dtype=object)
        codes = np.asarray(words.indices)
    return pd.Categorical.from_codes(np.where(unknown, -1, codes), dtype=pd.CategoricalDtype(categories))


def faults(cell: CellType, texts: Sequence[str], time_zone: str) -> list[str]:
    """What is wrong with each of these trimmed texts, all of which `typed` found bad."""
    parsed = cell.parse(pa.array(texts, pa.string()), time_zone)
    return [parsed.fault(at) if text else "is blank, but a value is required" for at, text in enumerate(texts)]


def text_at(cells: TextCells, rows: Ints) -> list[str]:
    """The trimmed texts of some rows, for the few cells that are reported."""
    few = cells.take(pa.array(rows))
    if pa.types.is_dictionary(few.type):
        few = few.dictionary_decode()
    return list(pc.utf8_trim(few, characters=WHITE_SPACE).to_pylist())


def is_plain(texts: Texts) -> bool:
    """Whether no text holds a space, a control character or anything beyond ASCII: nothing to trim or refuse."""
    data = texts.buffers()[2]
    if data is None or len(texts) == 0:
        return True
    offsets = np.frombuffer(texts.buffers()[1], np.int32)
    used = np.frombuffer(data, np.uint8)[offsets[texts.offset] : offsets[texts.offset + len(texts)]]
    return used.size == 0 or bool(used.min() > 0x20 and used.max() < 0x7F)


def _trim(texts: Texts) -> Texts:
    """Texts without Unicode white space at either end."""
    return texts if is_plain(texts) else pc.utf8_trim(texts, characters=WHITE_SPACE)


def _matches(texts: Texts, grammar: str) -> Bools:
    return _as_bools(pc.match_substring_regex(texts, rf"\A(?:{grammar})\z"))


def _only(texts: Texts, ok: Bools) -> Texts:
    return pc.if_else(pa.array(ok), texts, pa.scalar(None, pa.string()))


def _as_bools(mask: Mask) -> Bools:
    """An Arrow boolean array without nulls as numpy."""
    return np.asarray(mask.to_numpy(zero_copy_only=False), dtype=np.bool_)
