"""The rows of exceptions.csv: every reported finding, worded, dated and sorted (rulebook 7)."""

from bisect import bisect_left
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.cells import Ints
from refund_calc.contents import cell_text
from refund_calc.contracts import OrderRow, ReturnRow, columns
from refund_calc.findings import BIT, BY_CODE, CATALOGUE, Finding
from refund_calc.findings.base import Scope
from refund_calc.history import Past
from refund_calc.intake import Table
from refund_calc.money import dollar_text
from refund_calc.night import Night, claim
from refund_calc.texts import arrow_text

_CODES = tuple(BY_CODE)
_SPECIAL = ("malformed-row", "invalid-value", "invalid-resolution")  # worded cell by cell or row by row
_COLUMNS = {c.name: c for model in (OrderRow, ReturnRow) for c in columns(model)}

SCHEMA = pa.schema(
    [
        ("rank", pa.int64()),  # of the key, in the report's order
        ("row", pa.int64()),  # line, or -1
        ("rma_number", pa.string()),
        ("order_number", pa.string()),
        ("order_line", pa.string()),
        ("code", pa.int64()),  # place in the alphabet of codes
        ("clause", pa.string()),
        ("field", pa.string()),
        ("value", pa.string()),
        ("message", pa.string()),
        ("claim_amount", pa.int64()),
        ("due_date", pa.int64()),
        ("first_seen", pa.int64()),
        ("told_apart_by", pa.string()),
        ("source_file", pa.string()),
        ("source_line", pa.int64()),
    ]
)


@dataclass(frozen=True)
class _Found:
    """Rows of the report before the columns that every row has are added."""

    row: Ints
    code: str
    clause: Any
    field: Any
    value: Any
    message: Any


def report(night: Night, due: Any, past: Past) -> pa.Table:
    """All exceptions of a night as SCHEMA, sorted as in the file."""
    parts = [_line_exceptions(night, due)]
    extra = [*_malformed(night), *_invalid_resolutions(night)]
    if extra:
        table = pa.Table.from_pylist(extra, SCHEMA)
        parts = [*_rank_together(parts[0], table, night)]
    table = pa.concat_tables(parts).combine_chunks()
    table = _sorted(table)
    return _first_seen(table, past, night.as_of)


def _line_exceptions(night: Night, due: Any) -> pa.Table:
    found = [*_special_findings(night), *_findings(night)]
    if not found:
        return SCHEMA.empty_table()
    row = np.concatenate([f.row for f in found])
    lines, take = night.lines, pa.array(row)
    claims, unknown = claims_of(night)
    source = lines.source[row]
    files = pa.array([source.name for source in night.returns.sources], pa.string())
    counts = [len(f.row) for f in found]
    keys = {
        name: arrow_text(lines.frame[name].array.take(row)) for name in ("rma_number", "order_number", "order_line")
    }
    field = pa.concat_arrays([_text(f.field, len(f.row)) for f in found])
    is_value = np.repeat([f.code == "invalid-value" for f in found], counts)
    return pa.table(
        {
            "rank": lines.key[row],
            "row": row,
            **keys,
            "code": np.repeat([_CODES.index(f.code) for f in found], counts),
            "clause": pa.concat_arrays([_text(f.clause, len(f.row)) for f in found]),
            "field": field,
            "value": pa.concat_arrays([_text(f.value, len(f.row)) for f in found]),
            "message": pa.concat_arrays([_text(f.message, len(f.row)) for f in found]),
            "claim_amount": pa.array(claims, mask=unknown).take(take),
            "due_date": pa.array(due, pa.int64(), from_pandas=True).take(take),
            "first_seen": np.full(len(row), night.as_of),
            "told_apart_by": pc.if_else(pa.array(is_value, pa.bool_()), field, ""),
            "source_file": files.take(pa.array(night.returns.file[source])),
            "source_line": night.returns.line[source],
        },
        schema=SCHEMA,
    )


def _text(value: Any, size: int) -> pa.Array:
    """A text column, or one text for all rows."""
    if isinstance(value, str):
        return pa.repeat(pa.scalar(value), size)
    if isinstance(value, pa.ChunkedArray):
        return value.combine_chunks()
    return value if isinstance(value, pa.Array) else pa.array(value, pa.string(), from_pandas=True)


def claims_of(night: Night) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """claim_amount per line, unknown before stage C."""
    judged = night.version >= 0
    claims = np.zeros(len(night.lines), np.int64)
    if judged.any():
        merchandise, tax = claim(night, np.flatnonzero(judged))
        claims[judged] = merchandise + tax
    return claims, ~judged


def _special_findings(night: Night) -> list[_Found]:
    """invalid-value: one row per bad cell of a line that is reported with it."""
    position = np.empty(len(night.lines), np.int64)
    position[night.lines.source] = np.arange(len(night.lines))
    bad = night.returns.bad
    row = position[bad.row]
    reported = night.verdicts.codes[row] & BIT["invalid-value"] != 0
    if not reported.any():
        return []
    cells = (np.asarray(c)[reported] for c in (bad.field, bad.value, bad.message))
    field, value, message = cells
    return [_Found(row[reported], "invalid-value", BY_CODE["invalid-value"].clause, field, value, message)]


def _findings(night: Night) -> list[_Found]:
    """Every other finding, per policy version."""
    codes = night.verdicts.codes
    found = []
    _reviewed(night)
    _invalid_order_cells(night)
    for finding in CATALOGUE:
        if finding.code in _SPECIAL:
            continue
        rows = np.flatnonzero(codes & BIT[finding.code])
        for some, scope in night.by_version(rows):
            field, value = _cell(finding, scope, len(some))
            clause = _clause(finding, scope)
            found.append(_Found(some, finding.code, clause, field, value, finding.word(scope, len(some))))
    return found


def _clause(finding: Finding, scope: Scope) -> Any:
    if isinstance(finding.clause, str):
        return finding.clause
    return arrow_text(scope["return_type"].map(finding.clause_for))


def _cell(finding: Finding, scope: Scope, size: int) -> tuple[str, Any]:
    """The cell to look at, and what stands there."""
    if finding.code == "approval-required":
        return "", pa.array([dollar_text(int(total)) for total in scope["order_total"]], pa.string())
    if finding.code == "invalid-order":
        cells = scope["invalid_order_field"], scope["invalid_order_value"]
        return cells
    if not finding.field:
        return "", ""
    return finding.field, cell_text(_COLUMNS[finding.field], scope[finding.field])


def _reviewed(night: Night) -> None:
    """Who rejected a line, and for what: columns that the message of rejected-by-review asks for."""
    size = len(night.lines)
    by, codes = np.full(size, None, dtype=object), np.full(size, None, dtype=object)
    for row, (people, answered) in night.verdicts.reviewed.items():
        by[row], codes[row] = people, answered
    night.columns.update(reviewed_by=by, reviewed_codes=codes)


def _invalid_order_cells(night: Night) -> None:
    """The cell that makes an order invalid, for the lines held by it."""
    size = len(night.lines)
    words, fields, values = (np.full(size, None, dtype=object) for _ in range(3))
    for row in np.flatnonzero(night.verdicts.codes & BIT["invalid-order"]):
        line, fields[row], values[row], fault = night.book.invalid_cell[int(night.lines.order[row])]
        words[row] = f"order line {line or '(blank)'}, {fault}"
    night.columns.update(invalid_order_cell=words, invalid_order_field=fields, invalid_order_value=values)


def _malformed(night: Night) -> list[dict[str, Any]]:
    rows = []
    for table in (night.orders, night.returns, night.answers):
        for file, row in table.malformed:
            start = row.text if len(row.text) <= 60 else row.text[:57] + "..."
            message = BY_CODE["malformed-row"].messages[0].format(fields=row.fields, expected=row.expected, text=start)
            rows.append(_extra(night, table, file, row.line, "malformed-row", message, told_apart_by=row.text))
    return rows


def _invalid_resolutions(night: Night) -> list[dict[str, Any]]:
    table, rows = night.answers, []
    for fault in night.invalid_resolutions:
        cells = {
            name: "" if pd.isna(value := table.frame[name].array[fault.row]) else str(value)
            for name in ("rma_number", "order_number", "order_line")
        }
        line, file = int(table.line[fault.row]), int(table.file[fault.row])
        cells |= {"field": fault.field, "value": fault.value}
        rows.append(_extra(night, table, file, line, "invalid-resolution", fault.fault, **cells))
    return rows


def _extra(night: Night, table: Table, file: int, line: int, code: str, message: str, **cells: str) -> dict[str, Any]:
    """A row of the report that belongs to no line."""
    blank = dict.fromkeys(("rma_number", "order_number", "order_line", "field", "value", "told_apart_by"), "")
    return blank | dict(
        rank=-1,
        row=-1,
        code=_CODES.index(code),
        clause=BY_CODE[code].clause,
        message=message,
        claim_amount=None,
        due_date=None,
        first_seen=night.as_of,
        source_file=table.sources[file].name,
        source_line=line,
        **cells,
    )


def _rank_together(lines: pa.Table, extra: pa.Table, night: Night) -> tuple[pa.Table, pa.Table]:
    """Ranks of the rows that belong to no line, among those of the lines."""
    firsts = np.flatnonzero(np.concatenate(([True], night.lines.key[1:] != night.lines.key[:-1])))[: len(night.lines)]
    frame = night.lines.frame

    def key_at(group: int) -> tuple[str, str, str]:
        cells = (frame[name].array[firsts[group]] for name in ("rma_number", "order_number", "order_line"))
        a, b, c = ("" if pd.isna(cell) else str(cell) for cell in cells)
        return a, b, c

    keys = list(zip(*(extra[n].to_pylist() for n in ("rma_number", "order_number", "order_line")), strict=True))
    groups = len(firsts) if len(night.lines) else 0
    rank_of: dict[tuple[str, str, str], int] = {}
    inserted: list[int] = []  # positions among the lines' keys before which a new key goes
    for key in sorted(set(keys)):
        at = bisect_left(range(groups), key, key=key_at)
        is_new = at == groups or key_at(at) != key
        rank_of[key] = at + len(inserted)
        if is_new:
            inserted.append(at)
    moved = np.searchsorted(np.array(inserted, np.int64), lines["rank"].to_numpy(), side="right")
    at = SCHEMA.get_field_index("rank")
    lines = lines.set_column(at, "rank", pa.array(lines["rank"].to_numpy() + moved))
    return lines, extra.set_column(at, "rank", pa.array([rank_of[key] for key in keys], pa.int64()))


def _sorted(table: pa.Table) -> pa.Table:
    """By key, code and field; rows that agree in all of these by what they say, and at last by where they stand."""
    rank, code = table["rank"].to_numpy(), table["code"].to_numpy()
    order = np.argsort(rank * len(_CODES) + code, kind="stable")
    composite = (rank * len(_CODES) + code)[order]
    same = np.concatenate(([False], composite[1:] == composite[:-1]))
    tied = np.flatnonzero(same | np.concatenate((same[1:], [False]))) if len(order) else order
    if len(tied):
        few = table.take(pa.array(order[tied])).append_column("at", pa.array(order[tied]))
        by = ("rank", "code", "field", "value", "message", "claim_amount", "source_file", "source_line")
        order[tied] = few.sort_by([(name, "ascending") for name in by])["at"].to_numpy()
    return table.take(pa.array(order))


def _first_seen(table: pa.Table, past: Past, as_of: int) -> pa.Table:
    """The first night since which each finding stood on every processed night."""
    before = past.open_findings()
    if not before.num_rows or not table.num_rows:
        return table
    codes = pa.array(_CODES, pa.string()).take(table["code"].combine_chunks())
    tonight = _identity(table, codes)
    then = _identity(before, before["code"].combine_chunks())
    at = pc.index_in(tonight, value_set=then)
    seen = pc.coalesce(before["first_seen"].combine_chunks().take(at), pa.scalar(as_of))
    return table.set_column(SCHEMA.get_field_index("first_seen"), "first_seen", seen)


def _identity(table: pa.Table, codes: pa.Array) -> pa.Array:
    texts = (pc.fill_null(table[name].combine_chunks(), "") for name in ("rma_number", "order_number", "order_line"))
    return pc.binary_join_element_wise(*texts, codes, pc.fill_null(table["told_apart_by"].combine_chunks(), ""), "\t")


def severity(table: pa.Table) -> pa.Array:
    words = pa.array([BY_CODE[code].severity for code in _CODES], pa.string())
    return words.take(table["code"].combine_chunks())


def next_step(table: pa.Table) -> pa.Array:
    words = pa.array([BY_CODE[code].next_step for code in _CODES], pa.string())
    return words.take(table["code"].combine_chunks())


def code(table: pa.Table) -> pa.Array:
    return pa.array(_CODES, pa.string()).take(table["code"].combine_chunks())
