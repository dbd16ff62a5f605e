"""Sheets and the rules for them become rows of ours: column by column, whole columns at a time (issue 12)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Bools, Ints
from refund_calc.inputs.contracts import Column, columns
from refund_calc.inputs.mapping.joined import (
    Groups,
    counts_of,
    filled_down,
    keys_of,
    lines_by_sku,
    money_texts,
    positions,
)
from refund_calc.inputs.mapping.joins import called
from refund_calc.inputs.mapping.mapped import Mapped, Problem, cannot
from refund_calc.inputs.mapping.rules import MODELS, MappingRules
from refund_calc.inputs.mapping.schema import ColumnRule, LineAmounts, SheetRule
from refund_calc.inputs.mapping.sheet import Sheet
from refund_calc.inputs.mapping.shopify_mapping import build_shopify
from refund_calc.inputs.mapping.split import split
from refund_calc.inputs.mapping.units import added_up, units_before
from refund_calc.inputs.mapping.values import Form, convert, is_mapped, replaced
from refund_calc.inputs.tables import SourceFile

MARKED = {"orders": "quantity", "returns": "quantity_requested"}  # where it is said that a row cannot be mapped


@dataclass(frozen=True)
class Stack:
    """The sheets of one kind as one: `file` is an index of `sheets`, `line` the physical line of each row."""

    sheets: tuple[Sheet, ...]
    rows: Ints
    filled: Mapping[str, pa.Array] = field(default_factory=dict)  # header -> column after filling down, all rows

    @property
    def file(self) -> Ints:
        lengths = [len(sheet.lines) for sheet in self.sheets]
        return np.repeat(np.arange(len(lengths), dtype=np.int64), lengths)[self.rows]

    @property
    def line(self) -> Ints:
        lines = [np.zeros(0, np.int64), *(sheet.lines for sheet in self.sheets)]
        return np.concatenate(lines)[self.rows]

    def column(self, *aliases: str) -> pa.Array:
        """The first of these columns that is there, file by file, else blanks."""
        whole = self._whole(*aliases)
        return whole if len(self.rows) == len(whole) else whole.take(pa.array(self.rows))

    def _whole(self, *aliases: str) -> pa.Array:
        for alias in aliases:
            if alias.lower() in self.filled:
                return self.filled[alias.lower()]
        return pa.concat_arrays([pa.array([], pa.string()), *(sheet.column(*aliases) for sheet in self.sheets)])

    def theirs(self, aliases: Sequence[str]) -> str:
        """The header that is there, for messages."""
        known = {name for sheet in self.sheets for name in sheet.columns}
        return next((alias for alias in aliases if alias.lower() in known), aliases[0])

    @staticmethod
    def of(sheets: Sequence[Sheet], rule: SheetRule) -> "Stack":
        """The sheets with blanks filled down, without the rows that are left out."""
        stack = Stack(tuple(sheets), np.arange(sum(len(sheet.lines) for sheet in sheets)))
        if rule.fill_down:
            within = keys_of([stack.column(name) for name in rule.fill_within]) if rule.fill_within else None
            filled = {name.lower(): filled_down(stack.column(name), within, stack.file) for name in rule.fill_down}
            stack = replace(stack, filled=filled)
        if rule.skip_blank:
            given = [pc.not_equal(stack.column(name), "") for name in rule.skip_blank]
            keep = np.logical_and.reduce([np.asarray(mask.to_numpy(zero_copy_only=False), np.bool_) for mask in given])
            stack = replace(stack, rows=np.flatnonzero(keep))
        return stack


@dataclass
class _Found:
    """What is found out while the columns of a kind of file are made."""

    problems: list[Problem] = field(default_factory=list)
    reasons: dict[int, str] = field(default_factory=dict)  # by row: why it cannot be mapped as a whole


def build(
    mapping: MappingRules, kind: str, sheets: Mapping[str, Sequence[Sheet]], orders: Mapping[str, pa.Array] | None
) -> Mapped:
    """The rows that the sheets of one kind become. `orders` are cells of orders.csv, where returns name a SKU,
    with each row's `order_name` where customers call the order something else.

    Files come in the order given; those of joined kinds stand behind them in `sources`.
    """
    if mapping.rules.sheets[kind].reader == "shopify":
        return build_shopify(mapping, kind, sheets)
    return _Build(mapping, kind, sheets).mapped(orders)


class _Build:
    def __init__(self, mapping: MappingRules, kind: str, sheets: Mapping[str, Sequence[Sheet]]) -> None:
        self.mapping, self.rule = mapping, mapping.rules.sheets[kind]
        self.ours = self.rule.becomes or ""
        self.declared = {column.name: column for column in columns(MODELS[self.ours])}
        self.sheets, self.stack = sheets, Stack.of(sheets[kind], self.rule)
        self.found = _Found()
        self.joined = {name: self._join(name) for name in self.rule.join}

    def mapped(self, orders: Mapping[str, pa.Array] | None) -> Mapped:
        own = self.stack.sheets
        beside = {
            id(sheet): sheet for other in self.joined.values() for sheet in other[0].sheets
        }  # a file may be joined twice
        cells = {name: self._column(self.declared[name], rule) for name, rule in self.rule.columns.items()}
        if self.rule.line_amounts:
            cells |= self._amounts(self.rule.line_amounts)
        if self.ours == "returns" and orders and "order_name" in orders:
            cells["order_number"] = self._called(cells["order_number"], orders)
        for name, rule in self.rule.columns.items():
            if rule.by_sku:
                cells[name] = self._by_sku(cells, rule, orders)
        self._check_must()
        made: Mapping[str, pa.Array] = self._marked(cells)
        rows = np.arange(len(self.stack.rows))
        if self.rule.unit:
            made, rows = added_up(made, self.stack.column(*self.rule.unit), self.declared)
        file = self.stack.file[rows]
        return Mapped(
            model=MODELS[self.ours],
            cells=self._without_reasons_in_texts(made),
            file=file,
            line=self.stack.line[rows],
            sources=(
                *(self._own_source(sheet, int((file == at).sum())) for at, sheet in enumerate(own)),
                *(replace(sheet.source, beside=True) for sheet in beside.values()),
            ),
            problems=tuple(self.found.problems),
            malformed=tuple((at, row) for at, sheet in enumerate([*own, *beside.values()]) for row in sheet.malformed),
        )

    def _own_source(self, sheet: Sheet, rows: int) -> SourceFile:
        """A file of whose rows so many are ours: what a mapping leaves out or adds up is no row of its own."""
        return replace(sheet.source, kind=self.ours, rows=rows + len(sheet.malformed))

    def _join(self, name: str) -> tuple[Stack, Groups]:
        join = self.rule.join[name]
        other = join.sheet or name
        stack = Stack.of(self.sheets.get(other, ()), self.mapping.rules.sheets[other])
        here = keys_of([self.stack.column(theirs) for theirs in join.on])
        return stack, Groups.of(here, keys_of([stack.column(there) for there in join.on.values()]))

    def _column(self, column: Column, rule: ColumnRule) -> pa.Array:
        """One of our columns."""
        size = len(self.stack.rows)
        if rule.value is not None:
            return pa.repeat(pa.scalar(rule.value, pa.string()), size)
        if rule.position_in:
            return positions(self._keys(rule.position_in))
        if not rule.headers:
            return pa.repeat(pa.scalar("", pa.string()), size)  # by SKU, when the others are there
        stack = self.joined[rule.sheet][0] if rule.sheet else self.stack
        theirs = stack.column(*rule.headers)
        if rule.split_by:
            return self._split(column, rule, theirs)
        made = convert(theirs, self._form(column, rule))
        self._tell(stack, stack.theirs(rule.headers), theirs, made.bad, made.faults)
        if rule.sheet:
            return self.joined[rule.sheet][1].bring(made.cells, rule.of_several, column, rule.absent or "")
        if column.cell.kind in ("text", "lower"):
            for row, fault in zip(map(int, made.bad), made.faults, strict=True):
                self.found.reasons.setdefault(row, f"{column.name}: {fault}")
        return made.cells

    def _keys(self, headers: Sequence[str]) -> pa.Array:
        """What belongs together, file by file: an order that stands in two exports is the same order twice."""
        file = pa.array(self.stack.file).cast(pa.string())
        return keys_of([*(self.stack.column(name) for name in headers), file])

    def _split(self, column: Column, rule: ColumnRule, theirs: pa.Array) -> pa.Array:
        """An amount of several rows as one amount for each."""
        form = replace(self._form(column, rule), blank=None)
        made, weights = convert(theirs, form), self.stack.column(*rule.split_by)
        by = convert(weights, form)
        self._tell(self.stack, self.stack.theirs(rule.headers), theirs, made.bad, made.faults)
        self._tell(self.stack, self.stack.theirs(rule.split_by), weights, by.bad, by.faults)
        cells, why = split(made.cells, by.cells, self._keys(rule.split_within), column)
        rows = np.array(sorted(set(why) - {int(row) for row in (*made.bad, *by.bad)}), np.int64)
        self._tell(self.stack, self.stack.theirs(rule.headers), theirs, rows, [why[int(row)] for row in rows])
        return pc.if_else(pc.equal(cells, ""), rule.blank or "", cells)

    def _form(self, column: Column, rule: ColumnRule) -> Form:
        sheet = self.mapping.rules.sheets[self._sheet_of(rule)]
        dates = rule.dates or sheet.dates or self.mapping.rules.dates
        money = rule.money or sheet.money or self.mapping.rules.money
        return Form(column, rule.values, rule.prefixes, dates, money, rule.blank)

    def _sheet_of(self, rule: ColumnRule) -> str:
        if rule.sheet:
            return self.rule.join[rule.sheet].sheet or rule.sheet
        return next(name for name, sheet in self.mapping.rules.sheets.items() if sheet is self.rule)

    def _amounts(self, rule: LineAmounts) -> dict[str, pa.Array]:
        """Unit price and line discount that tie to the line's totals: price, rounded up, x quantity - discount."""
        price = self.declared["unit_price"]
        forms = {"quantity": self.declared["quantity"], "subtotal": price, "total": price}
        cells, given = {}, {}
        bad = np.zeros(len(self.stack.rows), np.bool_)
        for name, column in forms.items():
            headers = getattr(rule, name)
            theirs = self.stack.column(*headers)
            made = convert(theirs, self._form(column, ColumnRule.model_validate({"from": list(headers)})))
            if name != "quantity":
                self._tell(self.stack, self.stack.theirs(headers), theirs, made.bad, made.faults)
            words = made.cells.dictionary_encode()
            parsed = column.cell.parse(words.dictionary, "UTC")
            codes = np.asarray(words.indices)
            cells[name], given[name] = made.cells, np.asarray(parsed.values, np.int64)[codes]
            bad |= ~parsed.ok[codes]
        quantity = np.maximum(given["quantity"], 1)
        each = -(-given["subtotal"] // quantity)
        discount = each * quantity - given["total"]
        self._refuse(~bad & (discount < 0), "the line's total is more than its subtotal; correct the export")
        unknown = pa.array(bad | (discount < 0))
        return {
            "unit_price": pc.if_else(unknown, cells["subtotal"], money_texts(each)),
            "line_discount": pc.if_else(unknown, cells["total"], money_texts(np.maximum(discount, 0))),
        }

    def _by_sku(
        self, cells: Mapping[str, pa.Array], rule: ColumnRule, orders: Mapping[str, pa.Array] | None
    ) -> pa.Array:
        theirs, order_number = self.stack.column(*rule.by_sku), cells["order_number"]
        before = np.zeros(len(theirs), np.int64)
        if self.rule.unit:
            keys = keys_of([cells["rma_number"], order_number, theirs])
            before = units_before(keys, self.stack.column(*self.rule.unit), counts_of(cells["quantity_requested"]))
        found, reasons = lines_by_sku(order_number, theirs, orders or NO_ORDERS, before)
        rows = np.array(sorted(reasons.keys() - self.found.reasons.keys()), np.int64)
        self._tell(self.stack, self.stack.theirs(rule.by_sku), theirs, rows, [reasons[int(row)] for row in rows])
        for row, reason in reasons.items():
            self.found.reasons.setdefault(row, reason)
        return found

    def _called(self, said: pa.Array, orders: Mapping[str, pa.Array]) -> pa.Array:
        """Order numbers where the export has the names that customers know."""
        numbers, shared = called(said, orders["order_number"], orders["order_name"])
        fault = "is the name of several orders; give the shop's id of the order instead"
        headers = self.rule.columns["order_number"].headers or ("order_number",)
        self._tell(self.stack, self.stack.theirs(headers), said, shared, [fault] * len(shared))
        for row in map(int, shared):
            self.found.reasons.setdefault(row, f'order_number: "{said[row].as_py()}" {fault}')
        return numbers

    def _check_must(self) -> None:
        """Rows whose cell has a value with which they are none of ours."""
        for name, allowed in self.rule.must.items():
            cells = self.stack.column(name)
            words = pa.array([word.lower() for word in allowed], pa.string())
            fits = pc.is_in(pc.utf8_lower(cells), value_set=words)
            rows = np.flatnonzero(~np.asarray(fits.to_numpy(zero_copy_only=False), np.bool_))
            fault = f"is none of {', '.join(allowed)}"
            texts = [f'"{cells[int(row)].as_py()}" {fault}' for row in rows]
            self._tell(self.stack, self.stack.theirs([name]), cells, rows, texts)
            for row, text in zip(map(int, rows), texts, strict=True):
                self.found.reasons.setdefault(row, f"{name}: {text}")

    def _refuse(self, mask: Bools, reason: str) -> None:
        rows = np.flatnonzero(mask)
        blank = pa.repeat(pa.scalar("", pa.string()), len(self.stack.rows))
        self._tell(self.stack, "", blank, rows, [reason] * len(rows))
        for row in map(int, rows):
            self.found.reasons.setdefault(row, reason)

    def _tell(self, stack: Stack, header: str, cells: pa.Array, rows: Ints, faults: Sequence[str]) -> None:
        """Problems of some rows, in their own files."""
        if not len(rows):
            return
        files, lines, values = stack.file[rows], stack.line[rows], cells.take(pa.array(rows)).to_pylist()
        names = [sheet.source.name for sheet in stack.sheets]
        self.found.problems += [
            Problem(names[file], int(line), header, value, fault)
            for file, line, value, fault in zip(files, lines, values, faults, strict=True)
        ]

    def _marked(self, cells: dict[str, pa.Array]) -> dict[str, pa.Array]:
        """The columns, with the reason where a row cannot be mapped as a whole."""
        name = MARKED[self.ours]
        rows = np.array(sorted(self.found.reasons), np.int64)
        texts = [cannot(self.found.reasons[int(row)]) for row in rows]
        return cells | {name: replaced(cells[name], rows, texts)} if name in cells else cells

    def _without_reasons_in_texts(self, cells: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
        """The columns; a reason that came to stand in a text, which nothing would hold, stands where it is held."""
        result, marked = dict(cells), MARKED[self.ours]
        for name, column in cells.items():
            rows = np.flatnonzero(~is_mapped(column))
            if len(rows) and self.declared[name].cell.kind in ("text", "lower"):
                reasons = column.take(pa.array(rows)).to_pylist()
                result[name] = replaced(column, rows, [""] * len(rows))
                result[marked] = replaced(result[marked], rows, reasons)
        return result


_NONE = pa.array([], pa.string())
NO_ORDERS = dict.fromkeys(
    ("order_number", "order_line", "sku", "unit_price", "line_discount", "line_tax", "quantity"), _NONE
)
