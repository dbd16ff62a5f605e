"""A Shopify orders export as it is, turned into our orders.csv (78, 79, 75 or 38 columns, matched by name).

How it is called: `shopify_mapping.build_shopify(mapping, kind, sheets)` for a TOML file whose `[sheets.orders]` says
`reader = "shopify"`; by itself, `shopify_orders([sheet, ...], ShopifySettings(), Deliveries(...), ItemTypes(...))`.
Returns that name an order as customers do find it by `order_name` (`joins.called`).

An order is called by its `Id`, else by its `Name`; a line by its place in the order. What was paid for a line is in
`order_money`. Tips, vouchers, freight, lines that cost nothing and lines of no units count in the total and become no
row of ours: nobody can send them back. Neither duties nor they are ever refunded by the job; `notes` say how many
there are. An order that cannot be mapped keeps all its rows, with the reason in a typed cell of its first row, or of
the row that is damaged. What stands in `Cancelled at` (or `Canceled at`) decides nothing: a cancellation is a return.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Bools, Ints
from refund_calc.inputs.contracts import OrderRow, column_names
from refund_calc.inputs.mapping.faults import Faults
from refund_calc.inputs.mapping.joins import Deliveries, ItemTypes
from refund_calc.inputs.mapping.mapped import Mapped, Problem
from refund_calc.inputs.mapping.sheet import Sheet
from refund_calc.inputs.mapping.shopify_amounts import Amounts, amounts_of
from refund_calc.inputs.mapping.shopify_cells import (
    UNKNOWN,
    country,
    currency,
    deliveries_of,
    not_shown,
    ordered,
    payment,
    sales_channel,
    sku,
)
from refund_calc.inputs.mapping.shopify_layout import Export, Orders, orders_of
from refund_calc.inputs.mapping.shopify_payment import check_payment, refunded
from refund_calc.inputs.mapping.shopify_settings import ShopifySettings
from refund_calc.inputs.mapping.their_cells import as_bools
from refund_calc.inputs.mapping.values import replaced
from refund_calc.policy.money import dollar_text, dollars


def shopify_orders(
    sheets: Sequence[Sheet],
    settings: ShopifySettings,
    deliveries: Deliveries | None,
    items: ItemTypes | None,
    dates: tuple[str, ...] = (),
    money_form: str | None = None,
) -> Mapped:
    """Our orders of some exports; nothing raises, what cannot be mapped is told in `problems` and in typed cells,
    what was left out in `notes`.

    Without `deliveries` the dates are blank, and what they cost is the settings' figure; without `items` everything is
    a product. `dates` are forms in which a spreadsheet wrote `Created at`, `money_form` is that of the amounts.
    """
    export, faults = Export(sheets, money_form), Faults(sheets)
    orders = orders_of(export, settings, faults)
    money = amounts_of(export, orders, settings, faults)
    check_payment(export, orders, settings, faults)
    of_order = {
        "order_number": orders.number,
        "sales_channel": sales_channel(export, orders, settings),
        "ship_country": country(export, orders, settings, faults),
        "currency": currency(export, orders, settings, faults),
        "ordered_date": ordered(export, orders, dates, faults),
        "shipping_paid": dollars(money.shipping_paid),
        **payment(export, orders, faults),
        "refunded_amount": refunded(export, orders, faults),
        **deliveries_of(orders, deliveries, settings, faults),
    }
    skus = sku(export, settings, faults)
    slipped = faults.slipped(orders.order) | orders.is_apart[orders.order]
    if slipped.any():
        of_order |= _hidden(of_order, export.line[orders.first], slipped[orders.first])
        skus = not_shown(skus, slipped)
    kept = _kept(orders, money, faults.is_faulty(len(export)))
    rows = pa.array(np.flatnonzero(kept))
    order = pa.array(orders.order[kept])
    of_row = {
        "order_line": _places(orders.place[kept]),
        "sku": skus.take(rows),
        "item_type": (items or ItemTypes({}, {})).of(skus.take(rows)),
        **_amounts(money, kept, orders, faults.is_faulty(len(export))),
    }
    told = {name: _with_faults(column, name, orders.order, faults) for name, column in of_order.items()}
    cells = {name: column.take(order) for name, column in told.items()}
    cells |= {name: _with_faults(column, name, np.cumsum(kept) - 1, faults) for name, column in of_row.items()}
    return Mapped(
        model=OrderRow,
        cells={name: cells[name] for name in column_names(OrderRow)},
        file=export.file[kept],
        line=export.line[kept],
        sources=tuple(sheet.source for sheet in sheets),
        problems=faults.problems(export.file, export.line),
        malformed=tuple((at, row) for at, sheet in enumerate(sheets) for row in sheet.malformed),
        order_name=not_shown(orders.name, slipped[orders.first], of_order["order_number"]).take(order),
        notes=_notes(export, orders, money, kept, as_bools(pc.equal(of_order["sales_channel"], UNKNOWN))),
    )


def _hidden(of_order: dict[str, pa.Array], lines: Ints, slipped: Bools) -> dict[str, pa.Array]:
    """What slipped rows may have put a customer's data into; such an order is called by its line."""
    places = pa.array([f"line {at}" for at in lines.tolist()], pa.string())
    hidden = {
        name: not_shown(of_order[name], slipped) for name in ("sales_channel", "payment_method", "payment_reference")
    }
    hidden["order_number"] = not_shown(of_order["order_number"], slipped, places)
    hidden["currency"] = not_shown(of_order["currency"], slipped, "")
    return hidden


def _kept(orders: Orders, money: Amounts, faulty: Bools) -> Bools:
    """The rows that are rows of ours: goods, and all of an order that cannot be mapped."""
    return money.is_line | _of_faulty_orders(orders, faulty)


def _of_faulty_orders(orders: Orders, faulty: Bools) -> Bools:
    order = np.zeros(len(orders), np.bool_)
    order[orders.order[faulty]] = True
    return order[orders.order]


def _amounts(money: Amounts, kept: Bools, orders: Orders, faulty: Bools) -> dict[str, pa.Array]:
    """Quantity, unit price, discount and tax; an order that cannot be mapped has its prices and no more."""
    of_faulty = _of_faulty_orders(orders, faulty)[kept]
    quantity = np.where(of_faulty, np.maximum(money.quantity[kept], 1), money.quantity[kept])
    return {
        "quantity": pa.array(quantity).cast(pa.string()),
        "unit_price": _dollars(np.where(of_faulty, money.price[kept], money.unit_price[kept])),
        "line_discount": _dollars(np.where(of_faulty, 0, money.line_discount[kept])),
        "line_tax": _dollars(np.where(of_faulty, 0, money.line_tax[kept])),
    }


def _dollars(cents: Ints) -> pa.Array:
    return dollars(cents).cast(pa.string())


def _places(place: Ints) -> pa.Array:
    """Places in an order as text."""
    most = int(place.max()) if len(place) else 0
    return pa.array([str(at) for at in range(most + 1)], pa.string()).take(pa.array(place))


def _with_faults(cells: pa.Array, name: str, place: Ints, faults: Faults) -> pa.Array:
    """Cells with what is wrong in them; `place` is that of each row of the export among them.

    What is wrong with an order stands on all of its lines: a blank cell on the others would be told as one more.
    """
    rows, texts = faults.texts(name)
    return replaced(cells, place[rows], texts)


def _notes(export: Export, orders: Orders, money: Amounts, kept: Bools, is_unknown: Bools) -> tuple[Problem, ...]:
    """What became no row, and what nobody can tell, with counts: each at the first row that it speaks of."""
    unclear = np.zeros(len(export), np.bool_)
    unclear[orders.first] = money.unclear
    duties = np.zeros(len(export), np.int64)
    duties[orders.first] = money.duties
    out = ~kept
    no_units = out & (money.quantity == 0)
    no_goods = out & ~money.is_free & ~no_units
    no_source = np.zeros(len(export), np.bool_)
    no_source[orders.first] = is_unknown
    duties_in_all = dollar_text(int(duties.sum()))
    told = (
        (out & money.is_free & ~no_units, "Lineitem price", "lines that cost nothing, left out (zero_price)"),
        (no_units, "Lineitem quantity", "lines of no units, left out"),
        (no_goods, "Lineitem name", "lines that are no goods (tips, vouchers, freight), left out (not_goods)"),
        (duties > 0, "Duties", f"orders that paid duties, {duties_in_all} in all, which are not refunded"),
        (no_source, "Source", "orders without one, whose channel is unknown (sales_channel)"),
        (unclear, "Taxes", "orders that may have tax on their shipping, taken out of their lines (shipping_taxed)"),
    )
    found = []
    for rows, column, what in told:
        if rows.any():
            at = int(np.flatnonzero(rows)[0])
            source = export.sheets[export.file[at]].source
            found.append(Problem(source.name, int(export.line[at]), column, "", f"{what}: {int(rows.sum())}"))
    return tuple(found)
