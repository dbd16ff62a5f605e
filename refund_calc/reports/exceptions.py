"""The rows of exceptions.csv: every reported finding, worded, dated and sorted (rulebook 7).

A night keeps its exceptions as numbers: which line, which code, which bad cell. They are put into words block by block,
as they are written.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Ints
from refund_calc.columns.dictionary import Cells, Coded, as_texts
from refund_calc.columns.text_order import arrow_text, starts_of_groups, whole_numbers
from refund_calc.inputs.contracts import OrderRow, ReturnRow, columns
from refund_calc.inputs.tables import Table
from refund_calc.night.decide import Decided
from refund_calc.night.deciding_content import cell_text
from refund_calc.night.pricing import claim
from refund_calc.policy.findings import BIT, BY_CODE, Finding
from refund_calc.policy.findings.base import Scope
from refund_calc.policy.money import dollars

CODES = tuple(BY_CODE)
_BAD_CELL = CODES.index("invalid-value")
_COLUMNS = {c.name: c for model in (OrderRow, ReturnRow) for c in columns(model)}
NO_LINE = -2
_KEY = ("rma_number", "order_number", "order_line")
IDENTITY = (*_KEY, "code", "told_apart_by")

# The columns that belong to no line have these cells; a line has them from its finding and its scope.
WORDS = pa.schema(
    [
        *((name, pa.string()) for name in _KEY),
        ("clause", pa.string()),
        ("field", pa.string()),
        ("value", pa.string()),
        ("message", pa.string()),
        ("claim_amount", pa.int64()),
        ("due_date", pa.int64()),
        ("told_apart_by", pa.string()),  # the field of an invalid value, the text of a malformed row
        ("source_file", pa.string()),
        ("source_line", pa.int64()),
    ]
)


@dataclass(frozen=True)
class Worded:
    """What the exceptions of one code and one policy version say; a text is the same for all of them."""

    clause: Cells
    field: Cells
    value: Cells
    message: Cells


_WORDED = tuple(Worded.__annotations__)


@dataclass(frozen=True)
class Exceptions:
    """All exceptions of a night, in the order of the report.

    `row` is the line, or -1; `code` the place in the alphabet of codes; `cell` the bad cell of an invalid value or,
    where there is no line, the row of `extra`. `claims` are the claim amounts of the lines, -1 before stage C.
    """

    night: Decided
    due: Any
    row: Ints
    code: Ints
    cell: Ints
    version: Ints  # policy version of the line, -1 before stage C; NO_LINE
    claims: Ints
    extra: pa.Table  # WORDS
    first_seen: Ints

    def __len__(self) -> int:
        return len(self.row)

    def in_order(self, order: Ints) -> "Exceptions":
        columns = ("row", "code", "cell", "version", "first_seen")
        return replace(self, **{name: getattr(self, name)[order] for name in columns})

    def keys(self, at: Ints) -> dict[str, pa.Array]:
        """The key of each, blank where unknown."""
        frame = self.night.lines.frame
        keys = {name: _texts_at(frame[name].array, self.row[at]) for name in _KEY}
        return {name: pc.fill_null(texts, "") for name, texts in self._with_extra(keys, at).items()}

    def identities(self, at: Ints) -> dict[str, pa.Array]:
        """What tells exceptions from each other on later nights: the columns IDENTITY."""
        fields = pa.array(self.night.inputs.returns.bad.field, pa.string())
        own = {"told_apart_by": fields.take(pa.array(self.cell[at], mask=self.code[at] != _BAD_CELL))}
        own = {name: pc.fill_null(texts, "") for name, texts in self._with_extra(own, at).items()}
        return self.keys(at) | own | {"code": pa.array(CODES, pa.string()).take(pa.array(self.code[at]))}

    def amounts_and_dates(self, at: Ints) -> dict[str, pa.Array]:
        """claim_amount and due_date, null before stage C and where unknown."""
        row = self.row[at]
        claim = np.where(row < 0, -1, _at(self.claims, row))
        due = whole_numbers(self.due.take(row, allow_fill=True)) if len(self.due) else pa.nulls(len(row), pa.int64())
        return {"claim_amount": pa.array(claim, mask=claim < 0), "due_date": due}

    def sources(self, at: Ints) -> dict[str, Any]:
        """The file (as Cells) and the line where each stands."""
        row, returns = self.row[at], self.night.inputs.returns
        source = _at(self.night.lines.source, row)
        files = Coded.of(_at(returns.file, source), [file.name for file in returns.sources])
        lines = pa.array(_at(returns.line, source))
        if (row >= 0).all():
            return {"source_file": files, "source_line": lines}
        return self._with_extra({"source_file": files.texts(), "source_line": lines}, at)

    def assembled(self, at: Ints, make: Callable[[Ints, Worded], Cells]) -> pa.Array:
        """One text per exception, made finding by finding from the code's places and what they say."""
        groups = list(_groups(self.code[at], self.version[at]))
        parts = [as_texts(make(at[group], self._worded(at[group])), len(group)) for group in groups]
        if len(groups) == 1:
            return parts[0]
        place = np.empty(len(at), np.int64)
        place[np.concatenate([*groups, np.zeros(0, np.int64)])] = np.arange(len(at))
        return pa.concat_arrays([pa.array([], pa.string()), *parts]).take(pa.array(place))

    def words(self, at: Ints) -> dict[str, pa.Array]:
        """WORDS of the exceptions at these places."""

        def worded(name: str) -> pa.Array:
            return self.assembled(at, lambda _, said: getattr(said, name))

        cells: dict[str, Any] = {name: worded(name) for name in _WORDED}
        cells |= self.sources(at)
        cells["source_file"] = as_texts(cells["source_file"], len(at))
        return cells | self.identities(at) | self.amounts_and_dates(at)

    def _with_extra(self, cells: dict[str, Any], at: Ints) -> dict[str, Any]:
        """The cells, with those of the rows that belong to no line."""
        is_line = self.row[at] >= 0
        if is_line.all():
            return cells
        others = self.extra.take(pa.array(self.cell[at], mask=is_line))
        choice = pa.array(is_line)
        return {name: pc.if_else(choice, cell, others[name].combine_chunks()) for name, cell in cells.items()}

    def _worded(self, at: Ints) -> Worded:
        """What exceptions of one code and one policy version say: each finding words it, under the version's terms."""
        night, cell = self.night, self.cell[at]
        finding = BY_CODE[CODES[self.code[at[0]]]]
        if self.row[at[0]] < 0:
            extra = self.extra.take(pa.array(cell))
            return Worded(**{name: extra[name].combine_chunks() for name in _WORDED})
        if finding.code == "invalid-value":
            bad = night.inputs.returns.bad
            field, value, message = (pa.array(w[cell], pa.string()) for w in (bad.field, bad.value, bad.message))
            return Worded(finding.clause_for(""), field, value, message)
        scope = night.scope(self.row[at], int(self.version[at[0]]))
        return Worded(_clause(finding, scope), *_cell(finding, scope), finding.word(scope, len(at)))


def report(night: Decided, due: Any, standing: pa.Table) -> Exceptions:
    """All exceptions of a night.

    `due` are the due dates of its lines, unknown as NA; `standing` the findings of the night before
    (history.OPEN_FINDINGS).
    """
    extra = pa.Table.from_pylist([*_malformed(night), *_invalid_resolutions(night)], WORDS)
    row, code, cell = _found(night, len(list(night.malformed_rows())), extra.num_rows)
    rank = _ranks(night, row, cell, extra)
    version = np.append(night.version, NO_LINE)[row]  # the last is for -1
    found = Exceptions(night, due, row, code, cell, version, _claims(night, row), extra, np.full(len(row), night.as_of))
    order = np.argsort(rank * len(CODES) + code, kind="stable")
    found, rank = found.in_order(order), rank[order]
    found = found.in_order(_order_of_ties(found, rank))
    return replace(found, first_seen=_first_seen(found, standing))


def _claims(night: Decided, row: Ints) -> Ints:
    """The claim amounts in cents of the lines with an exception, -1 before stage C."""
    has_one = np.zeros(len(night.lines), np.bool_)
    has_one[row[row >= 0]] = True
    rows = np.flatnonzero(has_one & (night.version >= 0))
    merchandise, tax = claim(night.scope(rows))
    claims = np.full(len(night.lines), -1, np.int64)
    claims[rows] = merchandise + tax
    return claims


def _found(night: Decided, malformed: int, extra: int) -> tuple[Ints, Ints, Ints]:
    """Line, code and cell of every exception, unsorted."""
    codes = night.verdicts.codes
    with_any = np.flatnonzero(codes)
    few = codes[with_any]
    position = np.empty(len(night.lines), np.int64)
    position[night.lines.source] = np.arange(len(night.lines))
    bad_row = position[night.inputs.returns.bad.row]
    bad_cell = np.flatnonzero(codes[bad_row] & BIT["invalid-value"] != 0)
    rows, places, cells = [bad_row[bad_cell]], [np.full(len(bad_cell), _BAD_CELL)], [bad_cell]
    for place, code in enumerate(CODES):
        if place != _BAD_CELL:
            some = with_any[few & BIT[code] != 0]
            rows.append(some)
            places.append(np.full(len(some), place))
            cells.append(np.full(len(some), -1))
    rows.append(np.full(extra, -1))
    kinds = ("malformed-row", "invalid-resolution")
    places.append(np.repeat([CODES.index(kind) for kind in kinds], [malformed, extra - malformed]))
    cells.append(np.arange(extra))
    return np.concatenate(rows), np.concatenate(places), np.concatenate(cells)


def _groups(*keys: Ints) -> Iterator[Ints]:
    """Places of equal keys, group by group."""
    order = np.lexsort(keys)
    starts = np.flatnonzero(starts_of_groups(*(key[order] for key in keys)))
    yield from (np.split(order, starts[1:]) if len(order) else ())


def _at(values: Ints, places: Ints) -> Ints:
    """Values at some places, where there are any at all."""
    return values[places] if len(values) else np.zeros(len(places), np.int64)


def _texts_at(column: Any, row: Ints) -> pa.Array:
    """A text column at some lines; null for -1, no line."""
    return arrow_text(column.take(row, allow_fill=True)) if len(column) else pa.nulls(len(row), pa.string())


def _clause(finding: Finding, scope: Scope) -> Cells:
    if isinstance(finding.clause, str):
        return finding.clause
    types = scope["return_type"]
    return Coded.of(types.codes, [finding.clause_for(name) for name in types.categories])


def _cell(finding: Finding, scope: Scope) -> tuple[Cells, Cells]:
    """The cell to look at, and what stands there."""
    if finding.value:
        return "", dollars(scope[finding.value])
    if finding.code == "invalid-order":
        return arrow_text(scope["invalid_order_field"]), arrow_text(scope["invalid_order_value"])
    if finding.code == "inspection-missing":
        return pc.list_element(pc.split_pattern(arrow_text(scope["uninspected_fields"]), ", "), 0), ""
    if not finding.field:
        return "", ""
    return finding.field, cell_text(_COLUMNS[finding.field], scope[finding.field])


def _malformed(night: Decided) -> list[dict[str, Any]]:
    rows = []
    for table, file, row in night.malformed_rows():
        start = row.text if len(row.text) <= 60 else row.text[:57] + "..."
        message = BY_CODE["malformed-row"].messages[0].format(fields=row.fields, expected=row.expected, text=start)
        rows.append(_extra(table, file, row.line, "malformed-row", message, told_apart_by=row.text))
    return rows


def _invalid_resolutions(night: Decided) -> list[dict[str, Any]]:
    table, rows = night.inputs.resolutions, []
    for fault in night.invalid_resolutions:
        cells = {name: "" if pd.isna(at := table.frame[name].array[fault.row]) else str(at) for name in _KEY}
        line, file = int(table.line[fault.row]), int(table.file[fault.row])
        cells |= {"field": fault.field, "value": fault.value}
        rows.append(_extra(table, file, line, "invalid-resolution", fault.fault, **cells))
    return rows


def _extra(table: Table, file: int, line: int, code: str, message: str, **cells: str) -> dict[str, Any]:
    """A row of the report that belongs to no line."""
    blank = dict.fromkeys((*_KEY, "field", "value", "told_apart_by"), "")
    return blank | dict(
        clause=BY_CODE[code].clause,
        message=message,
        claim_amount=None,
        due_date=None,
        source_file=table.sources[file].name,
        source_line=line,
        **cells,
    )


def _ranks(night: Decided, row: Ints, cell: Ints, extra: pa.Table) -> Ints:
    """The place of each exception's key among all keys, those of lines and those of rows that belong to no line."""
    if not extra.num_rows:
        return night.lines.key[row]
    firsts = np.flatnonzero(starts_of_groups(night.lines.key))
    frame = night.lines.frame

    def key_at(group: int) -> tuple[str, ...]:
        cells = (frame[name].array[firsts[group]] for name in _KEY)
        return tuple("" if pd.isna(cell) else str(cell) for cell in cells)

    keys = list(zip(*(extra[name].to_pylist() for name in _KEY), strict=True))
    rank_of: dict[tuple[str, ...], int] = {}
    inserted: list[int] = []  # places among the lines' keys before which a new key goes
    for key in sorted(set(keys)):
        at = bisect_left(range(len(firsts)), key, key=key_at)
        is_new = at == len(firsts) or key_at(at) != key
        rank_of[key] = at + len(inserted)
        if is_new:
            inserted.append(at)
    extra_rank = np.array([rank_of[key] for key in keys], np.int64)
    group = night.lines.key[row] if len(night.lines) else np.zeros(len(row), np.int64)
    moved = group + np.searchsorted(np.array(inserted, np.int64), group, side="right")
    return np.where(row < 0, extra_rank[np.where(row < 0, cell, 0)], moved)


def _order_of_ties(found: Exceptions, rank: Ints) -> Ints:
    """The report's order: rows of one key and code by field, then by what they say, at last by where they stand."""
    order = np.arange(len(rank))
    starts = starts_of_groups(rank, found.code)
    alone = starts & np.append(starts[1:], True) if len(starts) else starts
    tied = np.flatnonzero(~alone)
    if len(tied):
        few = found.words(tied) | {"rank": pa.array(rank[tied] * len(CODES) + found.code[tied])}
        by = ("rank", "field", "value", "message", "claim_amount", "source_file", "source_line")
        order[tied] = tied[np.asarray(pc.sort_indices(pa.table(few), sort_keys=[(name, "ascending") for name in by]))]
    return order


def _first_seen(found: Exceptions, before: pa.Table) -> Ints:
    """The first night since which each finding stood on every processed night."""
    if not before.num_rows or not len(found):
        return found.first_seen
    then = _identity({name: before[name].combine_chunks() for name in IDENTITY})
    at = pc.index_in(_identity(found.identities(np.arange(len(found)))), value_set=then)
    seen = pc.coalesce(before["first_seen"].combine_chunks().take(at), pa.scalar(found.night.as_of))
    return np.asarray(seen, np.int64)


def _identity(names: dict[str, pa.Array]) -> pa.Array:
    """What tells exceptions from each other on later nights."""
    return pc.binary_join_element_wise(*(pc.fill_null(names[name], "") for name in IDENTITY), "\t")
