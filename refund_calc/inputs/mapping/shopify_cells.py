"""Cells of a Shopify orders export that are no amounts: channel, country, day, SKU, what a carrier knows."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Bools
from refund_calc.inputs.contracts import OrderRow
from refund_calc.inputs.mapping.faults import Faults
from refund_calc.inputs.mapping.joins import Deliveries, at_places, bare, places
from refund_calc.inputs.mapping.shopify_layout import REWRITTEN, Export, Orders
from refund_calc.inputs.mapping.shopify_settings import REFERENCES, ShopifySettings
from refund_calc.inputs.mapping.their_cells import SCIENTIFIC, SPREADSHEET_DATE, codes, is_blank, is_harmless, matches
from refund_calc.inputs.mapping.values import Form, convert, replaced

UNKNOWN = "unknown"  # a channel: a policy that lists its channels holds it
_WRITTEN = r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)? ?(Z|[+-][0-9]{2}:?[0-9]{2}))?\z"


def sales_channel(export: Export, orders: Orders, settings: ShopifySettings) -> pa.Array:
    """The settings' channel, else each order's `Source`, in the words of `channels`; a blank one is unknown."""
    if settings.sales_channel:
        return pa.repeat(settings.sales_channel, len(orders))
    source = export.column("Source").take(pa.array(orders.first))
    words = {"": UNKNOWN} | {theirs.lower(): ours for theirs, ours in settings.channels.items()}
    index, texts = codes(source)
    return pa.array([words.get(text.lower(), text) for text in texts.to_pylist()], pa.string()).take(pa.array(index))


def currency(export: Export, orders: Orders, settings: ShopifySettings, faults: Faults) -> pa.Array:
    """Each order's currency, else the settings'."""
    found = export.column("Currency").take(pa.array(orders.first))
    found = pc.if_else(pc.equal(found, ""), settings.currency, found)
    faults.add(
        orders.first[is_blank(found) & ~orders.is_apart],
        "Currency",
        "is blank; give the shop's currency in the mapping",
        ours="currency",
    )
    odd = ~is_blank(found) & ~matches(found, r"\A[A-Za-z]{3}\z")
    faults.add(orders.first[odd], "Currency", "is no currency of three letters", export.column("Currency"), "currency")
    return found


def country(export: Export, orders: Orders, settings: ShopifySettings, faults: Faults) -> pa.Array:
    """Where an order was shipped to; where nothing was shipped, where its bill went; else the settings' country."""
    first = pa.array(orders.first)
    shipping, billing = (export.column(f"{of} Country").take(first) for of in ("Shipping", "Billing"))
    found = pc.if_else(pc.equal(shipping, ""), billing, shipping)
    found = pc.if_else(pc.equal(found, ""), settings.country, found)
    faults.add(
        orders.first[is_blank(found) & ~orders.is_apart],
        "Shipping Country",
        "and Billing Country are blank; give the country of such orders in the mapping",
        ours="ship_country",
    )
    odd = ~is_blank(found) & ~matches(found, r"\A[A-Za-z]{2}\z")
    faults.add(orders.first[odd], "Shipping Country", "is no country of two letters", ours="ship_country")
    return found


def ordered(export: Export, orders: Orders, dates: tuple[str, ...], faults: Faults) -> pa.Array:
    """When each order was made, as Shopify writes it: with its own offset, two of them in a file (daylight saving).

    Or in one of these forms (`MM/DD/YY hh:mm`), which know the day only.
    """
    cells = export.column("Created at")
    created = cells.take(pa.array(orders.first))
    if dates:
        made = convert(created, Form(OrderRow.ordered_date, {}, {}, dates))
        created = replaced(made.cells, made.bad, created.take(pa.array(made.bad)).to_pylist())
    odd = np.flatnonzero(~matches(created, _WRITTEN) & ~(orders.is_apart & is_blank(created)))
    if len(odd):
        by_spreadsheet = matches(created.take(pa.array(odd)), SPREADSHEET_DATE)
        faults.add(orders.first[odd], "Created at", _date_reasons(by_spreadsheet), cells, "ordered_date")
    return created


def _date_reasons(by_spreadsheet: Bools) -> Sequence[str]:
    damaged = (
        "was rewritten by a spreadsheet: day and month may be either, the zone is gone; export the orders again and "
        "do not open the file in one, or add its form to dates of this sheet in the mapping"
    )
    return [damaged if is_it else "is not a date such as 2026-03-01 20:10:00 -0800" for is_it in by_spreadsheet]


def sku(export: Export, settings: ShopifySettings, faults: Faults) -> pa.Array:
    """The SKU of each row; some shops have none at all."""
    cells = export.column("Lineitem sku")
    index, texts = codes(cells)
    damaged = np.flatnonzero(matches(texts, SCIENTIFIC)[index])
    faults.add(damaged, "Lineitem sku", REWRITTEN, cells)
    return pc.if_else(pc.equal(texts, ""), settings.blank_sku, texts).take(pa.array(index))


def payment(export: Export, orders: Orders, faults: Faults) -> dict[str, pa.Array]:
    """How an order was paid, and by what reference."""
    first = pa.array(orders.first)
    reference = pa.repeat("", len(orders))
    for name in REFERENCES:
        cells = export.column(name)
        found = cells.take(first)
        damaged = is_blank(reference) & matches(found, SCIENTIFIC)
        faults.add(orders.first[damaged], name, REWRITTEN, cells)
        reference = pc.if_else(pc.equal(reference, ""), found, reference)
    return {"payment_method": export.column("Payment Method").take(first), "payment_reference": reference}


def not_shown(cells: pa.Array, slipped: Bools, instead: pa.Array | str = "not-shown") -> pa.Array:
    """Cells without what could be a customer's name, where `slipped` says that it may be one."""
    if not slipped.any():
        return cells
    index, texts = codes(cells)
    harmless = np.array([is_harmless(text) or text.isdecimal() for text in texts.to_pylist()], np.bool_)[index]
    return pc.if_else(pa.array(slipped & ~harmless), instead, cells)


def deliveries_of(
    orders: Orders, deliveries: Deliveries | None, settings: ShopifySettings, faults: Faults
) -> dict[str, pa.Array]:
    """What a carrier knows of each order, by its name or by its id."""
    known = deliveries.of_orders() if deliveries else None
    if known is None or not len(known):
        blank = pa.repeat("", len(orders))
        cost = pa.repeat(settings.outbound_shipping_cost, len(orders))
        return {"picked_up_date": blank, "delivered_date": blank, "outbound_shipping_cost": cost}
    by_name = places(bare(orders.name), known.order_number)
    place = np.where(by_name >= 0, by_name, places(orders.number, known.order_number))
    name, _ = codes(orders.name)
    number, _ = codes(orders.number)
    pairs = np.unique(np.stack([name, number]), axis=1)
    shared = (by_name >= 0) & (np.bincount(pairs[0], minlength=1)[name] > 1)
    faults.add(
        orders.first[shared],
        "Name",
        "is the name of more than one order, and the carrier's file has it: nobody can tell which was delivered",
        None,
        "outbound_shipping_cost",
    )
    return {
        "picked_up_date": at_places(known.picked_up_date, place, ""),
        "delivered_date": at_places(known.delivered_date, place, ""),
        "outbound_shipping_cost": at_places(known.outbound_shipping_cost, place, settings.outbound_shipping_cost),
    }
