"""The exceptions of a night: every reported finding, worded, dated and sorted (rulebook 7).

A night keeps its exceptions as numbers: which line, which code, which bad cell. They are put into words block by block,
as they are written.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Ints, Numbers, TextLike
from refund_calc.columns.dictionary import Cells, DictionaryColumn, as_dictionary, as_texts
from refund_calc.columns.groups import group_ids, in_company, rows_by_key, starts_of_groups
from refund_calc.columns.text_order import text_order
from refund_calc.columns.written import arrow_text, whole_numbers
from refund_calc.inputs.contracts import OrderRow, ReturnRow, columns
from refund_calc.inputs.tables import Table
from refund_calc.night.decide import Decided
from refund_calc.night.pricing import claim
from refund_calc.night.shown import cell_text, texts_at
from refund_calc.policy.findings import BIT, BY_CODE, Finding, by_people, stage_a, stage_b
from refund_calc.policy.findings.base import Scope
from refund_calc.policy.money import dollars

CODES = tuple(BY_CODE)
_BAD_CELL = CODES.index(stage_a.invalid_value.code)
_COLUMNS = {c.name: c for model in (OrderRow, ReturnRow) for c in columns(model)}
_INVALID_ORDER = CODES.index(stage_b.invalid_order.code)
NO_LINE = -2
_KEY = ("rma_number", "order_number", "order_line")
IDENTITY = (*_KEY, "code", "told_apart_by")

# The exceptions that belong to no line have these cells; those of a line have them from its finding and its scope.
OF_NO_LINE = pa.schema(
    [
        *((name, pa.string()) for name in _KEY),
        ("clause", pa.string()),
        ("field", pa.string()),
        ("value", pa.string()),
        ("message", pa.string()),
        ("told_apart_by", pa.string()),  # the field of an invalid value, the text of a malformed row
        ("source_file", pa.string()),
        ("source_line", pa.int64()),
        ("code", pa.string()),
        ("claim_amount", pa.int64()),
        ("due_date", pa.int64()),
    ]
)


@dataclass(frozen=True)
class Said:
    """What some exceptions say of the cell to look at, and why."""

    clause: Cells
    field: Cells
    value: Cells
    message: Cells


@dataclass(frozen=True)
class Exceptions:
    """All exceptions of a night, in the order of the report.

    `row` is the line, or -1; `code` the place in the alphabet of codes; `cell` the bad cell of an invalid value or,
    where there is no line, the row of `extra`. `claims` are the claim amounts of the lines in cents, -1 before stage C;
    `due` the due dates of the lines, unknown as NA; `first_seen` the first night (day number) of each exception.
    """

    night: Decided
    due: Numbers
    row: Ints
    code: Ints
    cell: Ints
    version: Ints  # policy version of the line, -1 before stage C; NO_LINE
    claims: Ints
    extra: pa.Table  # OF_NO_LINE
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
        """claim_amount in cents and due_date as a day number, null before stage C and where unknown."""
        row = self.row[at]
        claim = np.where(row < 0, -1, _at(self.claims, row))
        due = whole_numbers(self.due.take(row, allow_fill=True)) if len(self.due) else pa.nulls(len(row), pa.int64())
        return self._with_extra({"claim_amount": pa.array(claim, mask=claim < 0), "due_date": due}, at)

    def source_files(self, at: Ints) -> Cells:
        """The name of the file where each stands."""
        returns, orders = self.night.inputs.returns, self.night.inputs.orders
        file = _at(returns.file, self._source(at))
        in_orders = self.code[at] == _INVALID_ORDER  # in the orders it stands, not in the returns
        file[in_orders] = len(returns.sources) + self._fact("invalid_order_file", at[in_orders])
        files = DictionaryColumn.of(file, [source.name for source in (*returns.sources, *orders.sources)])
        if (self.row[at] >= 0).all():
            return files
        return self._with_extra({"source_file": files.values()}, at)["source_file"]

    def source_lines(self, at: Ints) -> pa.Array:
        """The line of its file where each stands."""
        line = _at(self.night.inputs.returns.line, self._source(at))
        in_orders = self.code[at] == _INVALID_ORDER
        line[in_orders] = self._fact("invalid_order_line", at[in_orders])
        return self._with_extra({"source_line": pa.array(line)}, at)["source_line"]

    def said(self, at: Ints) -> Said:
        """What each says; it is worded finding by finding."""
        groups = list(rows_by_key(self.code[at], self.version[at]))
        said = [self._said(at[group]) for group in groups]
        return Said(**{name: _together([getattr(one, name) for one in said], groups, len(at)) for name in _SAID})

    def _said(self, at: Ints) -> Said:
        """What exceptions of one code and one policy version say: the finding words it, under the version's terms."""
        night, cell = self.night, self.cell[at]
        finding = BY_CODE[CODES[self.code[at[0]]]]
        if self.row[at[0]] < 0:
            extra = self.extra.take(pa.array(cell))
            return Said(**{name: extra[name].combine_chunks() for name in _SAID})
        if finding is stage_a.invalid_value:
            bad = night.inputs.returns.bad
            field, value, message = (pa.array(w[cell], pa.string()) for w in (bad.field, bad.value, bad.message))
            return Said(finding.clause_for(""), field, value, message)
        rows = self.row[at]
        scope = night.scope(rows, int(self.version[at[0]]))
        return Said(_clause(finding, scope), *_cell(finding, scope), finding.word(scope, len(at)))

    def _fact(self, name: str, at: Ints) -> Ints:
        return np.asarray(self.night.scope(self.row[at])[name], np.int64)

    def _source(self, at: Ints) -> Ints:
        return _at(self.night.lines.source, self.row[at])

    def _with_extra(self, cells: dict[str, pa.Array], at: Ints) -> dict[str, pa.Array]:
        """The cells, with those of the rows that belong to no line."""
        is_line = self.row[at] >= 0
        if is_line.all():
            return cells
        others = self.extra.select(list(cells)).take(pa.array(self.cell[at], mask=is_line))
        choice = pa.array(is_line)
        return {name: pc.if_else(choice, cell, others[name].combine_chunks()) for name, cell in cells.items()}


_SAID = tuple(Said.__annotations__)


def _together(parts: list[Cells], groups: list[Ints], size: int) -> DictionaryColumn:
    """One column of the parts' rows, whose places the groups say; a text of a part stands once in its dictionary."""
    code, dictionaries, known = np.empty(size, np.int64), [pa.array([], pa.string())], 0
    for part, group in zip(parts, groups, strict=True):
        own = as_dictionary(part, len(group))
        code[group] = np.add(own.codes, known, dtype=np.int64)
        dictionaries.append(own.dictionary)
        known += len(own.dictionary)
    return DictionaryColumn(code, pa.concat_arrays(dictionaries))


def report(night: Decided, due: Numbers, standing: pa.Table) -> Exceptions:
    """All exceptions of a night, which is only read.

    `due` are the due dates of its lines, day numbers with unknown as NA; `standing` the findings of the night before
    (history.OPEN_FINDINGS).
    """
    extra = pa.Table.from_pylist([*_malformed(night), *_invalid_resolutions(night)], OF_NO_LINE)
    extra = pa.concat_tables([extra, _left_the_export(night)])
    row, code, cell = _found(night, extra)
    version = np.append(night.version, NO_LINE)[row]  # the last is for -1
    tonight = np.full(len(row), night.as_of)
    found = Exceptions(night, due, row, code, cell, version, _claims(night, row), extra, tonight)
    rank = _key_ranks(found) * len(CODES) + code
    order = np.argsort(rank, kind="stable")
    found = found.in_order(order)
    found = found.in_order(_order_of_ties(found, rank[order]))
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


def _found(night: Decided, extra: pa.Table) -> tuple[Ints, Ints, Ints]:
    """Line, code and cell of every exception, unsorted."""
    codes = night.verdicts.codes
    with_any = np.flatnonzero(codes)
    few = codes[with_any]
    position = np.empty(len(night.lines), np.int64)
    position[night.lines.source] = np.arange(len(night.lines))
    bad_row = position[night.inputs.returns.bad.row]
    bad_cell = np.flatnonzero(codes[bad_row] & BIT[stage_a.invalid_value.code] != 0)
    rows, places, cells = [bad_row[bad_cell]], [np.full(len(bad_cell), _BAD_CELL)], [bad_cell]
    for place, code in enumerate(CODES):
        if place != _BAD_CELL:
            some = with_any[few & BIT[code] != 0]
            rows.append(some)
            places.append(np.full(len(some), place))
            cells.append(np.full(len(some), -1))
    rows.append(np.full(extra.num_rows, -1))
    places.append(np.asarray(pc.index_in(extra["code"], value_set=pa.array(CODES)), np.int64))
    cells.append(np.arange(extra.num_rows))
    return np.concatenate(rows), np.concatenate(places), np.concatenate(cells)


def _at(values: Ints, places: Ints) -> Ints:
    """Values at some places, where there are any at all."""
    return values[places] if len(values) else np.zeros(len(places), np.int64)


def _texts_at(column: TextLike, row: Ints) -> pa.Array:
    """A text column at some lines; null for -1, no line."""
    return arrow_text(column.take(row, allow_fill=True)) if len(column) else pa.nulls(len(row), pa.string())


def _clause(finding: Finding, scope: Scope) -> Cells:
    if isinstance(finding.clause, str):
        return finding.clause
    types = scope["return_type"]
    return DictionaryColumn.of(types.codes, [finding.clause_for(name) for name in types.categories])


def _cell(finding: Finding, scope: Scope) -> tuple[Cells, Cells]:
    """The cell to look at, and what stands there."""
    field = arrow_text(scope[finding.field_column]) if finding.field_column else finding.field
    if finding.value:
        value = scope[finding.value]
        return field, dollars(value) if isinstance(value, np.ndarray | pd.arrays.IntegerArray) else arrow_text(value)
    return field, cell_text(_COLUMNS[finding.field], scope[finding.field]) if finding.field else ""


def _malformed(night: Decided) -> list[dict[str, object]]:
    rows = []
    for table, file, row in night.malformed_rows():
        start = row.text if len(row.text) <= 60 else row.text[:57] + "..."
        message = stage_a.malformed_row.messages[0].format(fields=row.fields, expected=row.expected, text=start)
        rows.append(_extra(table, file, row.line, stage_a.malformed_row, message, told_apart_by=row.text))
    return rows


def _invalid_resolutions(night: Decided) -> list[dict[str, object]]:
    table, rows = night.inputs.resolutions, []
    at = np.array([fault.row for fault in night.invalid_resolutions], np.int64)
    keys = zip(*(texts_at(table.frame[name].array, at) for name in _KEY), strict=True)
    for fault, key in zip(night.invalid_resolutions, keys, strict=True):
        line, file = int(table.line[fault.row]), int(table.file[fault.row])
        cells = dict(zip(_KEY, key, strict=True)) | {"field": fault.field, "value": fault.value}
        rows.append(_extra(table, file, line, by_people.invalid_resolution, fault.fault, **cells))
    return rows


def _left_the_export(night: Decided) -> pa.Table:
    """The held keys that stand on no row; those that a person rejects tonight are told of once more, as rejected."""
    left, rejected = night.left, by_people.rejected_by_review
    if not len(left):
        return OF_NO_LINE.empty_table()
    words = as_texts(stage_a.left_the_export.word(left.frame, len(left)), len(left)).to_pylist()
    codes, clauses = ([getattr(stage_a.left_the_export, name)] * len(left) for name in ("code", "clause"))
    for row, resolution in left.rejected.items():
        codes[row], clauses[row] = rejected.code, rejected.clause
        words[row] = rejected.messages[0].format(
            reviewed_by=resolution.resolved_by, reviewed_codes=stage_a.left_the_export.code
        )
    told = {name: arrow_text(left.frame[name].array) for name in _KEY}
    told |= {name: whole_numbers(pa.array(left.frame[name])) for name in ("claim_amount", "due_date")}
    told |= {"code": pa.array(codes), "clause": pa.array(clauses), "message": pa.array(words)}
    blank = {name: pa.repeat("", len(left)) for name in ("field", "value", "told_apart_by", "source_file")}
    told |= blank | {"source_line": pa.nulls(len(left), pa.int64())}
    return pa.table([told[name] for name in OF_NO_LINE.names], OF_NO_LINE)


def _extra(table: Table, file: int, line: int, finding: Finding, message: str, **cells: str) -> dict[str, object]:
    """A row of the report that belongs to no line."""
    blank = dict.fromkeys((*_KEY, "field", "value", "told_apart_by"), "")
    return blank | dict(
        code=finding.code,
        clause=finding.clause,
        message=message,
        source_file=table.sources[file].name,
        source_line=line,
        **cells,
    )


def _key_ranks(found: Exceptions) -> Ints:
    """The place of each exception's key among the keys of all of them: by code point, unknown as blank."""
    if not found.extra.num_rows:
        return found.night.lines.key[found.row]
    keys = [text_order(texts) for texts in found.keys(np.arange(len(found))).values()]
    order = np.lexsort(keys[::-1])
    rank = np.empty(len(found), np.int64)
    rank[order] = group_ids(starts_of_groups(*(key[order] for key in keys)))
    return rank


def _order_of_ties(found: Exceptions, rank: Ints) -> Ints:
    """The report's order: rows of one key and code by field, then by what they say, at last by where they stand."""
    order = np.arange(len(rank))
    tied = np.flatnonzero(in_company(rank))
    if len(tied):
        said = vars(found.said(tied))
        few = {name: pc.fill_null(as_texts(said[name], len(tied)), "") for name in ("field", "value", "message")}
        few |= {"rank": pa.array(rank[tied]), "claim_amount": found.amounts_and_dates(tied)["claim_amount"]}
        few |= {"source_file": as_texts(found.source_files(tied), len(tied)), "source_line": found.source_lines(tied)}
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
