"""The rows of exceptions.csv: every reported finding, worded, dated and sorted (rulebook 7).

A night keeps its exceptions as numbers: which line, which code, which bad cell. They are put into words block by block,
as they are written.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.cells import Ints
from refund_calc.contents import cell_text
from refund_calc.contracts import OrderRow, ReturnRow, columns
from refund_calc.csv_out import quoted_text
from refund_calc.findings import BIT, BY_CODE, Finding
from refund_calc.findings.base import Scope
from refund_calc.history import Past
from refund_calc.intake import Table
from refund_calc.money import dollars
from refund_calc.night import Night, claim
from refund_calc.texts import arrow_text, starts_of_groups

_CODES = tuple(BY_CODE)
_BAD_CELL = _CODES.index("invalid-value")
_COLUMNS = {c.name: c for model in (OrderRow, ReturnRow) for c in columns(model)}
NO_LINE = -2
_KEY = ("rma_number", "order_number", "order_line")
IDENTITY = (*_KEY, "code", "told_apart_by")
_WORDED = ("clause", "field", "value", "message")

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
class Exceptions:
    """All exceptions of a night, in the order of the report.

    `row` is the line, or -1; `code` the place in the alphabet of codes; `cell` the bad cell of an invalid value or,
    where there is no line, the row of `extra`.
    """

    night: Night
    due: Any
    row: Ints
    code: Ints
    cell: Ints
    version: Ints  # policy version of the line, -1 before stage C; NO_LINE
    extra: pa.Table  # WORDS
    first_seen: Ints

    def __len__(self) -> int:
        return len(self.row)

    def in_order(self, order: Ints) -> "Exceptions":
        columns = ("row", "code", "cell", "version", "first_seen")
        return replace(self, **{name: getattr(self, name)[order] for name in columns})

    def identities(self, at: Ints) -> dict[str, pa.Array]:
        """What tells exceptions from each other on later nights: the columns IDENTITY."""
        row, frame = self.row[at], self.night.lines.frame
        fields = pa.array(self.night.returns.bad.field, pa.string())
        names: dict[str, Any] = {name: _texts_at(frame[name].array, row) for name in _KEY}
        names["told_apart_by"] = fields.take(pa.array(self.cell[at], mask=self.code[at] != _BAD_CELL))
        names = {name: pc.fill_null(texts, "") for name, texts in self._with_extra(names, at).items()}
        return names | {"code": code_texts(self.code[at])}

    def amounts_and_dates(self, at: Ints) -> dict[str, pa.Array]:
        """claim_amount and due_date, null before stage C and where unknown."""
        row = self.row[at]
        due = pa.array(self.due, pa.int64(), from_pandas=True).take(pa.array(row, mask=row < 0))
        return {"claim_amount": self._claims(at), "due_date": due}

    def words(self, at: Ints) -> dict[str, pa.Array]:
        """WORDS of the exceptions at these places, and their code."""
        row, returns = self.row[at], self.night.returns
        source = _at(self.night.lines.source, row)
        files = pa.array([file.name for file in returns.sources], pa.string())
        cells = self._worded(at) | {
            "source_file": files.take(pa.array(_at(returns.file, source), mask=row < 0)),
            "source_line": pa.array(_at(returns.line, source)),
        }
        return self._with_extra(cells, at) | self.identities(at) | self.amounts_and_dates(at)

    def _with_extra(self, cells: dict[str, Any], at: Ints) -> dict[str, Any]:
        """The cells, with those of the rows that belong to no line."""
        is_line = self.row[at] >= 0
        if is_line.all():
            return cells
        others = self.extra.take(pa.array(self.cell[at], mask=is_line))
        choice = pa.array(is_line)
        return {name: pc.if_else(choice, cell, others[name].combine_chunks()) for name, cell in cells.items()}

    def _claims(self, at: Ints) -> pa.Array:
        """claim_amount, null before stage C."""
        judged = self.version[at] >= 0
        amounts = np.zeros(len(at), np.int64)
        if judged.any():
            merchandise, tax = claim(self.night, self.row[at][judged])
            amounts[judged] = merchandise + tax
        return pa.array(amounts, mask=~judged)

    def _worded(self, at: Ints) -> dict[str, pa.Array]:
        """Clause, field, value and message, which each finding words for itself, under each version's terms."""
        groups = [g for g in _groups(self.code[at], self.version[at]) if self.row[at[g[0]]] >= 0]
        rows = [dict(zip(_WORDED, self._words_of_finding(at[group]), strict=True)) for group in groups]
        place = np.full(len(at), -1, np.int64)
        place[np.concatenate(groups) if groups else []] = np.arange(sum(map(len, groups)))
        take = pa.array(place, mask=place < 0)
        none = pa.array([], pa.string())
        columns = {
            name: [none, *(_texts(r[name], len(g)) for r, g in zip(rows, groups, strict=True))] for name in _WORDED
        }
        return {name: pa.concat_arrays(parts).take(take) for name, parts in columns.items()}

    def _words_of_finding(self, at: Ints) -> tuple[Any, Any, Any, Any]:
        """The same for exceptions of one code and one policy version."""
        night, cell = self.night, self.cell[at]
        finding = BY_CODE[_CODES[self.code[at[0]]]]
        if finding.code == "invalid-value":
            bad = night.returns.bad
            return finding.clause, bad.field[cell], bad.value[cell], bad.message[cell]
        scope = night.scope(self.row[at], int(self.version[at[0]]))
        return _clause(finding, scope), *_cell(finding, scope), finding.word(scope, len(at))


def report(night: Night, due: Any, past: Past) -> Exceptions:
    """All exceptions of a night. `due` are the due dates of its lines, unknown as NA."""
    extra = pa.Table.from_pylist([*_malformed(night), *_invalid_resolutions(night)], WORDS)
    row, code, cell = _found(night, len(night.malformed_rows()), extra.num_rows)
    night.columns.update(_columns_for_messages(night))
    rank = _ranks(night, row, cell, extra)
    version = np.append(night.version, NO_LINE)[row]  # the last is for -1
    found = Exceptions(night, due, row, code, cell, version, extra, np.full(len(row), night.as_of))
    order = np.argsort(rank * len(_CODES) + code, kind="stable")
    found, rank = found.in_order(order), rank[order]
    found = found.in_order(_order_of_ties(found, rank))
    return replace(found, first_seen=_first_seen(found, past))


def _found(night: Night, malformed: int, extra: int) -> tuple[Ints, Ints, Ints]:
    """Line, code and cell of every exception, unsorted."""
    codes = night.verdicts.codes
    position = np.empty(len(night.lines), np.int64)
    position[night.lines.source] = np.arange(len(night.lines))
    bad_row = position[night.returns.bad.row]
    bad_cell = np.flatnonzero(codes[bad_row] & BIT["invalid-value"] != 0)
    rows, places, cells = [bad_row[bad_cell]], [np.full(len(bad_cell), _BAD_CELL)], [bad_cell]
    for place, code in enumerate(_CODES):
        if place != _BAD_CELL:
            some = np.flatnonzero(codes & BIT[code])
            rows.append(some)
            places.append(np.full(len(some), place))
            cells.append(np.full(len(some), -1))
    rows.append(np.full(extra, -1))
    kinds = ("malformed-row", "invalid-resolution")
    places.append(np.repeat([_CODES.index(kind) for kind in kinds], [malformed, extra - malformed]))
    cells.append(np.arange(extra))
    return np.concatenate(rows), np.concatenate(places), np.concatenate(cells)


def _groups(*keys: Ints) -> Iterator[Ints]:
    """Places of equal keys, group by group."""
    order = np.lexsort(keys)
    starts = np.flatnonzero(starts_of_groups(*(key[order] for key in keys)))
    yield from (np.split(order, starts[1:]) if len(order) else ())


def _texts(value: Any, size: int) -> pa.Array:
    """A text column, or one text for all rows."""
    if isinstance(value, str):
        return pa.repeat(pa.scalar(value), size)
    if isinstance(value, pa.ChunkedArray):
        return value.combine_chunks()
    return value if isinstance(value, pa.Array) else pa.array(value, pa.string())


def _at(values: Ints, places: Ints) -> Ints:
    """Values at some places, where there are any at all."""
    return values[places] if len(values) else np.zeros(len(places), np.int64)


def _texts_at(column: Any, row: Ints) -> pa.Array:
    """A text column at some lines; null for -1, no line."""
    return arrow_text(column.take(row, allow_fill=True)) if len(column) else pa.nulls(len(row), pa.string())


def _clause(finding: Finding, scope: Scope) -> Any:
    if isinstance(finding.clause, str):
        return finding.clause
    return arrow_text(scope["return_type"].map(finding.clause_for))


def _cell(finding: Finding, scope: Scope) -> tuple[Any, Any]:
    """The cell to look at, and what stands there."""
    if finding.code == "approval-required":
        return "", dollars(scope["order_total"])
    if finding.code == "invalid-order":
        return scope["invalid_order_field"], scope["invalid_order_value"]
    if finding.code == "inspection-missing":
        return pc.list_element(pc.split_pattern(arrow_text(scope["uninspected_fields"]), ", "), 0), ""
    if not finding.field:
        return "", ""
    return finding.field, cell_text(_COLUMNS[finding.field], scope[finding.field])


def _columns_for_messages(night: Night) -> dict[str, dict[int, str]]:
    """What messages ask for that only few lines have: line -> text."""
    reviewed = night.verdicts.reviewed
    words = {"reviewed_by": {row: people for row, (people, _) in reviewed.items()}}
    words["reviewed_codes"] = {row: codes for row, (_, codes) in reviewed.items()}
    words |= {name: {} for name in ("invalid_order_cell", "invalid_order_field", "invalid_order_value")}
    for row in np.flatnonzero(night.verdicts.codes & BIT["invalid-order"]).tolist():
        line, field, value, fault = night.book.invalid_cell[int(night.lines.order[row])]
        words["invalid_order_field"][row], words["invalid_order_value"][row] = field, value
        words["invalid_order_cell"][row] = f"order line {line or '(blank)'}, {fault}"
    return words


def _malformed(night: Night) -> list[dict[str, Any]]:
    rows = []
    for table, file, row in night.malformed_rows():
        start = row.text if len(row.text) <= 60 else row.text[:57] + "..."
        message = BY_CODE["malformed-row"].messages[0].format(fields=row.fields, expected=row.expected, text=start)
        rows.append(_extra(table, file, row.line, "malformed-row", message, told_apart_by=row.text))
    return rows


def _invalid_resolutions(night: Night) -> list[dict[str, Any]]:
    table, rows = night.answers, []
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


def _ranks(night: Night, row: Ints, cell: Ints, extra: pa.Table) -> Ints:
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
        few = found.words(tied) | {"rank": pa.array(rank[tied] * len(_CODES) + found.code[tied])}
        by = ("rank", "field", "value", "message", "claim_amount", "source_file", "source_line")
        order[tied] = tied[np.asarray(pc.sort_indices(pa.table(few), sort_keys=[(name, "ascending") for name in by]))]
    return order


def _first_seen(found: Exceptions, past: Past) -> Ints:
    """The first night since which each finding stood on every processed night."""
    before = past.open_findings()
    if not before.num_rows or not len(found):
        return found.first_seen
    then = _identity({name: before[name].combine_chunks() for name in IDENTITY})
    at = pc.index_in(_identity(found.identities(np.arange(len(found)))), value_set=then)
    seen = pc.coalesce(before["first_seen"].combine_chunks().take(at), pa.scalar(found.night.as_of))
    return np.asarray(seen, np.int64)


def _identity(names: dict[str, pa.Array]) -> pa.Array:
    """What tells exceptions from each other on later nights."""
    return pc.binary_join_element_wise(*(pc.fill_null(names[name], "") for name in IDENTITY), "\t")


def code_texts(places: Ints) -> pa.Array:
    return pa.array(_CODES, pa.string()).take(pa.array(places))


def severities(places: Ints) -> pa.Array:
    return pa.array([BY_CODE[code].severity for code in _CODES], pa.string()).take(pa.array(places))


def next_steps(places: Ints) -> pa.Array:
    """As CSV cells."""
    steps = [quoted_text(BY_CODE[code].next_step) for code in _CODES]
    return pa.array(steps, pa.string()).take(pa.array(places))
