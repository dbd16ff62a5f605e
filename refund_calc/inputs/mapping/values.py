"""What stands in their cells, written as ours: words, dates, money. Each distinct value is converted once."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Bools, Ints
from refund_calc.inputs.contracts import Column
from refund_calc.inputs.mapping.mapped import CANNOT, cannot


@dataclass(frozen=True)
class Form:
    """How the cells of one of our columns are written over there. `values` and `prefixes` are theirs -> ours."""

    column: Column
    values: Mapping[str, str]
    prefixes: Mapping[str, str]
    dates: tuple[str, ...] = ()
    money: str | None = None
    blank: str | None = None


@dataclass(frozen=True)
class Converted:
    """A column as ours writes it; a cell that cannot be is a text of `cannot`. `bad` are its rows, in order.

    `faults` say what is wrong with the cell of each of these rows.
    """

    cells: pa.Array
    bad: Ints
    faults: list[str]


def convert(cells: pa.Array, form: Form) -> Converted:
    """Trimmed strings, "" for blank, as our column takes them."""
    if form.column.cell.kind in ("text", "lower") and not form.values and not form.prefixes:
        return Converted(_with(cells, _equal(cells, ""), form.blank), np.zeros(0, np.int64), [])
    encoded = cells.dictionary_encode()
    words, faults = _converted(encoded.dictionary, form)
    result = words.take(encoded.indices)
    if not faults:
        return Converted(result, np.zeros(0, np.int64), [])
    codes = np.asarray(encoded.indices)
    bad = np.flatnonzero(np.isin(codes, list(faults)))
    return Converted(result, bad.astype(np.int64), [faults[int(codes[row])] for row in bad])


def _converted(words: pa.Array, form: Form) -> tuple[pa.Array, dict[int, str]]:
    """The words as ours, and for those that cannot be, by their number, why."""
    cell = form.column.cell
    blank, faults = _equal(words, ""), dict[int, str]()
    ours = words
    if form.values or form.prefixes:
        ours, known = _translated(words, form)
        for at in map(int, np.flatnonzero(~known & ~blank)):
            table = "values" if form.values else "prefixes"
            key = f"columns.{form.column.name}.{table}"
            faults[at] = f"{_quoted(words, at)} is not among the {table} of the mapping; add it to {key}"
    elif cell.kind == "date":
        ours = _dates(words, form.dates)
    elif cell.kind == "money" and form.money:
        ours = money_in(words, form.money)
    ours = _with(ours, blank, form.blank)
    may_be_wrong = ~_equal(ours, "")
    fits = cell.parse(ours, "UTC")
    for at in map(int, np.flatnonzero(may_be_wrong & ~fits.ok)):
        hint = {"date": "; add its form to dates", "money": "; add its form to money"}.get(cell.kind, "")
        faults.setdefault(at, f"{_quoted(words, at)} {fits.fault(at)}{hint}")
    if not faults:
        return ours, faults
    texts = ours.to_pylist()
    for at, fault in faults.items():
        texts[at] = cannot(fault)
    return pa.array(texts, pa.string()), faults


def _translated(words: pa.Array, form: Form) -> tuple[pa.Array, Bools]:
    """Words by the tables of the mapping, theirs in any case; which of them are known."""
    lower = [word.lower() for word in words.to_pylist()]
    exact = {theirs.strip().lower(): ours for theirs, ours in form.values.items()}
    longest = sorted(((theirs.lower(), ours) for theirs, ours in form.prefixes.items()), key=lambda one: -len(one[0]))
    found = [
        exact.get(word, next((ours for prefix, ours in longest if word.startswith(prefix)), None)) for word in lower
    ]
    known = np.array([ours is not None for ours in found], np.bool_)
    return pa.array([ours or "" for ours in found], pa.string()), known


# -- Dates -------------------------------------------------------------------------------------------------------

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
DATE_PARTS = re.compile(r"YYYY|YY|MMMM|MMM|MM|M|DD|D|hh|h|mm|ss|AM|Z|.")
_PARTS = {
    "YYYY": r"(?P<Y>[0-9]{4})", "YY": r"(?P<y>[0-9]{2})", "MM": r"(?P<M>[0-9]{2})", "M": r"(?P<M>[0-9]{1,2})",
    "DD": r"(?P<D>[0-9]{2})", "D": r"(?P<D>[0-9]{1,2})", "hh": r"(?P<h>[0-9]{2})", "h": r"(?P<h>[0-9]{1,2})",
    "mm": r"(?P<m>[0-9]{2})", "ss": r"(?P<s>[0-9]{2})", "AM": "(?:[AaPp][Mm])", "Z": r"(?P<Z>Z|[+-][0-9]{2}:?[0-9]{2})",
}  # fmt: skip


@cache
def _date_form(form: str) -> tuple[tuple[str, str], ...]:
    """A form as patterns, and what a match becomes: a day, or a moment where the form has a whole one.

    There is one pattern, or one for each month, where the form names it.
    """
    numbers: Sequence[int | None] = range(1, 13) if "MMM" in form else (None,)
    return tuple(_of_month(DATE_PARTS.findall(form), number) for number in numbers)


def _of_month(parts: Sequence[str], number: int | None) -> tuple[str, str]:
    """The pattern of a form and what it becomes, with the name of this month in it, if one is given."""
    known = _PARTS
    if number:
        name = _MONTHS[number - 1]
        known = _PARTS | {"MMMM": f"(?i:{name})", "MMM": "(?i:Sept?)" if name == "September" else f"(?i:{name[:3]})"}
    pattern = "".join(known.get(part) or re.escape(part) for part in parts)
    at = {name: place for place, name in enumerate(re.findall(r"\?P<(\w)>", pattern), 1)}
    year = rf"\{at['Y']}" if "Y" in at else rf"20\{at['y']}" if "y" in at else ""
    month = f"{number:02}" if number else rf"\{at['M']}" if "M" in at else ""
    day = rf"{year}-{month}-\{at['D']}" if year and month and "D" in at else r"\0"
    if {"h", "m", "s", "Z"} <= set(at) and "AM" not in parts:
        day += rf"T\{at['h']}:\{at['m']}:\{at['s']}\{at['Z']}"
    return rf"\A{pattern}\z", day


def _dates(words: pa.Array, forms: tuple[str, ...]) -> pa.Array:
    """Dates in the given forms as YYYY-MM-DD (the time of day is local and dropped, unless it has a zone)."""
    for pattern, day in (one for form in forms for one in _date_form(form)):
        matches = pc.match_substring_regex(words, pattern)
        changed = pc.replace_substring_regex(words, pattern, day)
        for _ in range(2):  # neighbours overlap
            changed = pc.replace_substring_regex(changed, r"\A([0-9]{4}(?:-[0-9]{2})?)-([0-9])(-|T|\z)", r"\1-0\2\3")
        changed = pc.replace_substring_regex(changed, r"T([0-9]):", r"T0\1:")
        words = pc.if_else(matches, changed, words)
    return words


# -- Money -------------------------------------------------------------------------------------------------------

_SPACES = r"[ \x{a0}\x{202f}]"


def money_in(words: pa.Array, form: str) -> pa.Array:
    """Amounts in a form such as 1,234.50, with or without a currency's sign or code, as 1234.50 or -1234.50."""
    digits_apart, sign = ("", form[4]) if form[1].isdigit() else (form[1], form[5])
    apart = _SPACES if digits_apart == " " else re.escape(digits_apart)
    whole = rf"[0-9]{{1,3}}(?:{apart}[0-9]{{3}})+|[0-9]+" if apart else "[0-9]+"
    decimals = rf"(?:{re.escape(sign)}[0-9]+)?"
    unit = r"(?:[$€£¥]|[A-Z]{3})"
    pattern = rf"\A-?(?:{unit}{_SPACES}?)?(?:{whole}){decimals}(?:{_SPACES}?{unit})?\z"
    plain = pc.replace_substring_regex(words, rf"[^0-9{re.escape(sign)}-]", "")
    plain = pc.replace_substring(plain, sign, ".")
    plain = pc.replace_substring_regex(plain, r"\A(-?[0-9]+\.[0-9]{2})0+\z", r"\1")
    return pc.if_else(pc.match_substring_regex(words, pattern), plain, words)


# -- Arrays ------------------------------------------------------------------------------------------------------


def _equal(cells: pa.Array, text: str) -> Bools:
    return np.asarray(pc.equal(cells, text).to_numpy(zero_copy_only=False), np.bool_)


def _with(cells: pa.Array, mask: Bools, text: str | None) -> pa.Array:
    """The column with another text where the mask is set."""
    return cells if not text or not mask.any() else pc.if_else(pa.array(mask), pa.scalar(text, pa.string()), cells)


def _quoted(words: pa.Array, at: int) -> str:
    return f'"{words[at].as_py()}"'


def replaced(cells: pa.Array, rows: Ints, texts: list[str]) -> pa.Array:
    """The column with other texts at some rows, in ascending order."""
    mask = np.zeros(len(cells), np.bool_)
    mask[rows] = True
    return pc.replace_with_mask(cells, pa.array(mask), pa.array(texts, pa.string())) if len(rows) else cells


def is_mapped(cells: pa.Array) -> Bools:
    """Which cells are no text of `cannot`."""
    return ~np.asarray(pc.starts_with(cells, CANNOT).to_numpy(zero_copy_only=False), np.bool_)
