"""Small nights told in cells: one clean order line, one clean return line, and what a test changes in them.

    night = tonight(a_return(requested_date="2026-04-05"), orders=[an_order(delivered_date="2026-03-05")])
    assert night.line()["decision"] == "reject"

The clean pair: one unit for $100.00 and $8.00 tax, ordered on Monday 2026-03-02, picked up on 03-03, delivered on
03-05; sent back undamaged, requested on 03-10, received on Monday 03-16; the label costs $7.50. On the night of
Friday 2026-03-20 it is refunded: 100.00 + 8.00 - 7.50 = 100.50.
"""

import copy
import csv
import io
import os
import tempfile
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings

from tests import product
from tests.worlds import COLUMNS

DATA = Path(__file__).parents[1] / "data"
DEFAULT_POLICY = tomllib.loads((DATA / "policy" / "2024-01.toml").read_text(encoding="utf-8"))

AS_OF = date(2026, 3, 20)

Row = dict[str, str]
File = tuple[str, str, bytes]  # kind, name, content

CLEAN_ORDER: Row = {
    "order_number": "1001",
    "order_line": "1",
    "sku": "LENS-58",
    "item_type": "product",
    "sales_channel": "webshop",
    "ship_country": "US",
    "currency": "USD",
    "ordered_date": "2026-03-02",
    "picked_up_date": "2026-03-03",
    "delivered_date": "2026-03-05",
    "quantity": "1",
    "unit_price": "100.00",
    "line_discount": "0.00",
    "line_tax": "8.00",
    "shipping_paid": "6.00",
    "outbound_shipping_cost": "9.00",
    "payment_method": "card",
    "payment_reference": "PAY-1001",
    "refunded_amount": "",
}
CLEAN_RETURN: Row = {
    "rma_number": "R1",
    "order_number": "1001",
    "order_line": "1",
    "return_type": "return",
    "reason": "changed_mind",
    "quantity_requested": "1",
    "quantity_received": "1",
    "requested_date": "2026-03-10",
    "received_date": "2026-03-16",
    "tracking_number": "T1",
    "evidence_complete": "yes",
    "reason_confirmed": "yes",
    "original_box": "yes",
    "items_missing": "no",
    "packaging_damaged": "no",
    "damage_grade": "none",
    "damage_amount": "",
    "return_shipping_cost": "7.50",
    "cancellation_loss": "",
    "dispute_status": "none",
    "dispute_opened_date": "",
}
NOT_BACK_YET: Row = {"quantity_received": "", "received_date": ""}
NOT_INSPECTED: Row = dict.fromkeys(("original_box", "items_missing", "packaging_damaged", "damage_grade"), "")


def an_order(**cells: str) -> Row:
    """A sound order line; `cells` replace some of its cells."""
    assert set(cells) <= set(CLEAN_ORDER)
    return CLEAN_ORDER | cells


def a_return(**cells: str) -> Row:
    """A return line that would be refunded on AS_OF."""
    assert set(cells) <= set(CLEAN_RETURN)
    return CLEAN_RETURN | cells


def a_refused_delivery(**cells: str) -> Row:
    """The parcel was refused and is back; nobody inspects it."""
    return a_return(**({"return_type": "refused_delivery", **NOT_INSPECTED} | cells))


def a_cancellation(**cells: str) -> Row:
    """Cancelled, and customer service stopped the order; needs an order that was never picked up."""
    unshipped = dict(return_type="cancellation", requested_date="2026-03-18", return_shipping_cost="0.00")
    return a_return(**(unshipped | NOT_BACK_YET | NOT_INSPECTED | cells))


def a_refused_order(**cells: str) -> Row:
    """Picked up, and never delivered."""
    return an_order(**({"delivered_date": ""} | cells))


def an_unshipped_order(**cells: str) -> Row:
    return an_order(**({"picked_up_date": "", "delivered_date": ""} | cells))


def an_answer(code: str, action: str, **cells: str) -> Row:
    """A row of resolutions.csv about line 1 of R1, signed by ann."""
    blank = dict.fromkeys(COLUMNS["resolutions"], "")
    named = dict(rma_number="R1", order_number="1001", order_line="1", resolved_by="ann")
    return blank | named | {"code": code, "action": action} | cells


def a_policy(**edits: Any) -> dict[str, Any]:
    """The default policy with some keys replaced, tables key by key; None takes a key away."""
    policy = copy.deepcopy(DEFAULT_POLICY)
    for key, value in edits.items():
        if isinstance(value, dict) and isinstance(policy[key], dict):
            policy[key] |= value
            policy[key] = {name: found for name, found in policy[key].items() if found is not None}
        else:
            policy[key] = value
    return policy


def file_of(kind: str, rows: Iterable[Row], name: str = "", **writing: Any) -> File:
    """Rows as a CSV file with all columns of its kind."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(COLUMNS[kind]), lineterminator="\n", **writing)
    writer.writeheader()
    writer.writerows(rows)
    return kind, name or f"{kind}.csv", text.getvalue().encode()


@dataclass(frozen=True)
class Reports:
    """The four reports of a night."""

    refunds: list[Row]
    payouts: list[Row]
    ledger: list[Row]
    exceptions: list[Row]

    def line(self, rma: str = "R1", order_line: str = "1", order: str = "1001") -> Row:
        """The one row of the register with this key."""
        key = (rma, order, order_line)
        found = [r for r in self.refunds if (r["rma_number"], r["order_number"], r["order_line"]) == key]
        assert len(found) == 1, f"{len(found)} rows of {key}"
        return found[0]

    def verdict(self, *key: str) -> str:
        """Decision and codes of one line: `hold evidence-missing;reason-unconfirmed`."""
        row = self.line(*key)
        return f"{row['decision']} {row['codes']}".strip()

    def verdicts(self) -> list[str]:
        return [f"{row['decision']} {row['codes']}".strip() for row in self.refunds]

    def exception(self, code: str, **cells: str) -> Row:
        """The one exception with this code (and these cells)."""
        found = [r for r in self.exceptions if r["code"] == code and r.items() >= cells.items()]
        assert len(found) == 1, f"{len(found)} exceptions {code} among {[r['code'] for r in self.exceptions]}"
        return found[0]

    def message(self, code: str) -> str:
        return self.exception(code)["message"]

    def money(self, *columns: str, key: Sequence[str] = ()) -> list[str]:
        """Cells of one line of the register."""
        row = self.line(*key)
        return [row[column] for column in columns]


@dataclass(frozen=True)
class Night:
    """The rows of one night; `files` are further files as they stand."""

    returns: Sequence[Row] = ()
    orders: Sequence[Row] = (CLEAN_ORDER,)
    resolutions: Sequence[Row] = ()
    as_of: date = AS_OF
    files: Sequence[File] = field(default=())

    def all_files(self) -> list[File]:
        made = [file_of("orders", self.orders), file_of("returns", self.returns)]
        if self.resolutions:
            made.append(file_of("resolutions", self.resolutions))
        return [*made, *self.files]


def tell(*nights: Night, policies: Sequence[dict[str, Any]] = (), **options: Any) -> list[Reports]:
    """Run nights one after the other on one history and give back each one's reports."""
    told = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        policy = product.write_policies(policies, folder / "policy") if policies else DATA / "policy"
        for at, night in enumerate(nights):
            inputs = product.write_files(night.all_files(), folder / f"in{at}")
            product.run(inputs, policy, night.as_of, folder / "out", **options)
            told.append(Reports(**product.read_night(folder / "out", night.as_of)))
    return told


def tonight(
    *returns: Row,
    orders: Sequence[Row] = (CLEAN_ORDER,),
    resolutions: Sequence[Row] = (),
    as_of: date = AS_OF,
    files: Sequence[File] = (),
    **edits: Any,
) -> Reports:
    """One night on an empty history; `edits` change the default policy."""
    policies = [a_policy(**edits)] if edits else ()
    return tell(Night(returns, orders, resolutions, as_of, files), policies=policies)[0]


EXAMPLES = int(os.environ.get("REFUND_CALC_EXAMPLES", "150"))


def ci(share: float = 1.0, *, of_worlds: bool = False) -> settings:
    """A share of the examples. A world is one seed: there is nothing to shrink."""
    phases = (Phase.explicit, Phase.reuse, Phase.generate) if of_worlds else tuple(Phase)
    return settings(
        max_examples=max(5, round(EXAMPLES * share)),
        deadline=None,
        phases=phases,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
