"""A Shopify mapping put to use: the reader `shopify` makes the orders, joined files and `[shopify]` say the rest.

`[sheets.orders.columns]` names only what other files know: `picked_up_date`, `delivered_date` and
`outbound_shipping_cost` with the `sheet` of a carrier, and `item_type` with the `sheet` of a SKU list, or `from`
`Lineitem sku` by `values` and `prefixes`. `absent` and `blank` say what an order has that the carrier does not know.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from refund_calc.inputs.contracts import Column, OrderRow, columns
from refund_calc.inputs.mapping.joins import Deliveries, ItemTypes
from refund_calc.inputs.mapping.mapped import Mapped, Problem, cannot
from refund_calc.inputs.mapping.rules import MappingRules
from refund_calc.inputs.mapping.schema import ColumnRule, SheetRule
from refund_calc.inputs.mapping.sheet import Sheet
from refund_calc.inputs.mapping.shopify_orders import shopify_orders
from refund_calc.inputs.mapping.values import Form, convert
from refund_calc.inputs.tables import SourceFile
from refund_calc.policy.refusals import PolicyError

Sheets = Mapping[str, Sequence[Sheet]]
_BY_CARRIER = ("picked_up_date", "delivered_date", "outbound_shipping_cost")
_DECLARED: dict[str, Column] = {column.name: column for column in columns(OrderRow)}


def build_shopify(mapping: MappingRules, kind: str, sheets: Sheets) -> Mapped:
    """The orders of the sheets of one kind, whose reader is `shopify`, with the files that they are joined with.

    Raises PolicyError for a `[shopify]` table or a column that cannot be used; nothing in a file raises.
    """
    rule, settings = mapping.rules.sheets[kind], mapping.rules.shopify
    _check(mapping, kind, rule)
    own = tuple(sheets[kind])
    joined = _Joined(mapping, rule, sheets)
    problems: list[Problem] = []
    deliveries, items = joined.deliveries(problems), joined.item_types(problems)
    if cost := rule.columns.get("outbound_shipping_cost"):
        otherwise = cost.value or cost.absent or cost.blank
        settings = settings.model_copy(update={"outbound_shipping_cost": otherwise} if otherwise else {})
    made = shopify_orders(own, settings, deliveries, items, rule.dates, rule.money or mapping.rules.money)
    beside = {id(sheet): sheet for name in rule.join for sheet in joined.sheets_of(name)}
    return replace(
        made,
        sources=(
            *(_own_source(made, at, sheet) for at, sheet in enumerate(own)),
            *(replace(sheet.source, beside=True) for sheet in beside.values()),
        ),
        problems=(*made.problems, *problems),
        malformed=tuple((at, row) for at, sheet in enumerate([*own, *beside.values()]) for row in sheet.malformed),
    )


def _own_source(made: Mapped, at: int, sheet: Sheet) -> SourceFile:
    """A file whose rows are ours, without the rows that are left out."""
    return replace(sheet.source, kind="orders", rows=int((made.file == at).sum()) + len(sheet.malformed))


def _check(mapping: MappingRules, kind: str, rule: SheetRule) -> None:
    """Columns that the reader does not take, and carriers that it could not tell from each other."""
    for name, column in rule.columns.items():
        where = f"{mapping.source.name}, sheets.{kind}.columns.{name}"
        if name not in (*_BY_CARRIER, "item_type"):
            taken = ", ".join((*_BY_CARRIER, "item_type"))
            raise PolicyError(where, f"the reader shopify makes this column; take it out (it takes {taken})")
        if name in _BY_CARRIER[:2] and not column.sheet:
            raise PolicyError(where, "needs the sheet of a carrier; add sheet")
    carriers = {column.sheet for name, column in rule.columns.items() if name in _BY_CARRIER and column.sheet}
    if len(carriers) > 1:
        raise PolicyError(f"{mapping.source.name}, sheets.{kind}.columns", "takes deliveries of two sheets; keep one")


@dataclass(frozen=True)
class _Joined:
    """The files that Shopify orders are joined with."""

    mapping: MappingRules
    rule: SheetRule
    sheets: Sheets

    def sheets_of(self, join: str) -> Sequence[Sheet]:
        return self.sheets.get(self._kind(join), ())

    def deliveries(self, problems: list[Problem]) -> Deliveries | None:
        """What the carrier says, converted; None where no column names a carrier."""
        rules = {name: self.rule.columns[name] for name in _BY_CARRIER if name in self.rule.columns}
        join = next((rule.sheet for rule in rules.values() if rule.sheet), None)
        if join is None:
            return None
        numbers = self._stacked(join, *self.rule.join[join].on.values())
        cells = {name: self._converted(join, name, rules.get(name), problems) for name in _BY_CARRIER}
        return Deliveries(numbers, **cells)

    def item_types(self, problems: list[Problem]) -> ItemTypes | None:
        """The types of SKUs by the SKU list, or by the mapping's own words."""
        rule = self.rule.columns.get("item_type")
        if rule is None:
            return None
        otherwise = rule.value or rule.absent or rule.blank or ItemTypes({}, {}).default
        if rule.sheet is None:
            return ItemTypes(dict(rule.values), dict(rule.prefixes), otherwise)
        skus = self._stacked(rule.sheet, *self.rule.join[rule.sheet].on.values()).to_pylist()
        of_sku: dict[str, str] = {}
        for sku, word in zip(skus, self._converted(rule.sheet, "item_type", rule, problems).to_pylist(), strict=True):
            known = of_sku.setdefault(sku.lower(), word)
            if known.lower() != word.lower():
                of_sku[sku.lower()] = cannot(f'SKU "{sku}" has two types in its list; keep one of them')
        return ItemTypes(of_sku, {}, otherwise)

    def _converted(self, join: str, name: str, rule: ColumnRule | None, problems: list[Problem]) -> pa.Array:
        """A column of a joined file as ours has it; blank without a rule."""
        if rule is None or not rule.headers:
            return pa.repeat(pa.scalar("", pa.string()), sum(len(sheet.lines) for sheet in self.sheets_of(join)))
        own, whole = self.mapping.rules.sheets[self._kind(join)], self.mapping.rules
        dates, money = rule.dates or own.dates or whole.dates, rule.money or own.money or whole.money
        form = Form(_DECLARED[name], rule.values, rule.prefixes, dates, money, rule.blank)
        parts = [pa.array([], pa.string())]
        for sheet in self.sheets_of(join):
            theirs = sheet.column(*rule.headers)
            made = convert(theirs, form)
            problems += [
                Problem(sheet.source.name, int(sheet.lines[row]), rule.headers[0], theirs[int(row)].as_py(), fault)
                for row, fault in zip(made.bad, made.faults, strict=True)
            ]
            parts.append(made.cells)
        return pa.concat_arrays(parts)

    def _stacked(self, join: str, *headers: str) -> pa.Array:
        return pa.concat_arrays([pa.array([], pa.string()), *(one.column(*headers) for one in self.sheets_of(join))])

    def _kind(self, join: str) -> str:
        return self.rule.join[join].sheet or join
