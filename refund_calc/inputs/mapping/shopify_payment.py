"""Whether a Shopify order was paid at all, and by one tender: what was not paid is not given back."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Bools
from refund_calc.inputs.mapping.faults import Faults
from refund_calc.inputs.mapping.shopify_amounts import read_amounts
from refund_calc.inputs.mapping.shopify_layout import Export, Orders
from refund_calc.inputs.mapping.shopify_settings import REFERENCES, ShopifySettings
from refund_calc.inputs.mapping.their_cells import as_bools, is_blank
from refund_calc.policy.money import dollars

_UNPAID = ("pending", "authorized", "voided", "expired", "unpaid")
_PAID = ("paid", "partially_paid", "partially_refunded", "refunded")
_SEVERAL = " + "  # between two tenders, or two payments
_BY_A_PERSON = 'a person refunds each its part in the shop, or the mapping says several_tenders = "name"'


def check_payment(export: Export, orders: Orders, settings: ShopifySettings, faults: Faults) -> None:
    """Orders of which nothing was paid, or that several tenders or payments paid, are faults.

    Without a `Financial Status` what counts is `Paid at`; without that column too nobody knows.
    """
    cells = export.column("Financial Status")
    has_status, has_paid_at = (export.has(name)[orders.first] for name in ("Financial Status", "Paid at"))
    first, whole = pa.array(orders.first), ~orders.is_apart
    status = pc.utf8_lower(cells.take(first))
    no_date = is_blank(export.column("Paid at").take(first))
    is_paid, is_unpaid = (as_bools(pc.is_in(status, value_set=pa.array(words))) for words in (_PAID, _UNPAID))
    faults.add(orders.first[whole & is_unpaid], "Financial Status", "says that nothing was paid", cells)
    odd = whole & has_status & ~is_paid & ~is_unpaid
    faults.add(orders.first[odd], "Financial Status", f"is none of {', '.join(_PAID + _UNPAID)}", cells)
    undated = whole & no_date & np.where(has_status, has_paid_at & as_bools(pc.equal(status, "paid")), True)
    faults.add(
        orders.first[undated], "Paid at", "is blank: nothing was paid that the shop knows of; look at the order there"
    )
    if settings.several_tenders == "hold":
        method = as_bools(pc.match_substring(export.column("Payment Method").take(first), _SEVERAL))
        faults.add(orders.first[whole & method], "Payment Method", f"names several tenders: {_BY_A_PERSON}")
        there = whole & ~method
        for name in REFERENCES:
            said = export.column(name).take(first)
            faults.add(orders.first[there & _names_several(said)], name, f"names several payments: {_BY_A_PERSON}")
            there &= is_blank(said)


def _names_several(cells: pa.Array) -> Bools:
    """Which cells name payments that differ; one that stands there twice is one."""
    several = as_bools(pc.match_substring(cells, _SEVERAL))
    rows = np.flatnonzero(several)
    texts = cells.take(pa.array(rows)).to_pylist()
    several[rows] = [len({name.strip() for name in text.split(_SEVERAL)}) > 1 for text in texts]
    return several


def refunded(export: Export, orders: Orders, faults: Faults) -> pa.Array:
    """What the shop has refunded on each order so far; blank where it does not say."""
    read = read_amounts(export, "Refunded Amount", orders.first, faults)
    return pc.if_else(pa.array(read.blank), "", dollars(read.values))
