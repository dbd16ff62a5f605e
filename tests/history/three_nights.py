"""Three nights of one small store, run in folders that can be copied, and what lies there."""

import random
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

from refund_calc.history.index import INDEX
from refund_calc.runs.nightly import Summary
from tests import product
from tests.stories import DATA, NOT_BACK_YET, Night, a_return, an_answer, an_order

ORDERS = [an_order(order_number=number, payment_reference=f"PAY-{number}", quantity="2") for number in "ABCDE"]
RETURNS = [
    a_return(rma_number="R1", order_number="A"),
    a_return(rma_number="R2", order_number="B", quantity_requested="2", quantity_received="1"),
    a_return(rma_number="R3", order_number="C", reason_confirmed=""),
    a_return(rma_number="R4", order_number="D", **NOT_BACK_YET),
]
LATER = [
    RETURNS[0],
    a_return(rma_number="R2", order_number="B", quantity_requested="2", quantity_received="2"),
    RETURNS[2],
    a_return(rma_number="R5", order_number="E"),
]
ALLOWED = an_answer("reason-unconfirmed", "allow", rma_number="R3", order_number="C")
FIRST = Night(RETURNS, ORDERS, as_of=date(2026, 3, 20))
# R2's second unit, R3 allowed by a person, R5 new; the first night's payouts are posted.
SECOND = Night(LATER, ORDERS, [ALLOWED], as_of=date(2026, 3, 24))
# R4 is back, R1 was edited after its refund; the second night's payouts are posted.
THIRD = Night(
    [RETURNS[0] | {"reason": "other"}, *LATER[1:], a_return(rma_number="R4", order_number="D")],
    ORDERS,
    as_of=date(2026, 3, 26),
)


def run(out: Path, night: Night, **options: object) -> Summary:
    """Run a night into `out`; its inputs lie beside it."""
    inputs = product.write_files(night.all_files(), out.with_name(f"{out.name}-inputs"))
    return product.run(inputs, DATA / "policy", night.as_of, out, **options)


def ran(out: Path, *nights: Night) -> Path:
    """A folder in which these nights were run."""
    for night in nights:
        run(out, night)
    return out


def copied(out: Path, to: Path) -> Path:
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(out, to)
    return to


def published_bytes(out: Path) -> dict[str, bytes]:
    """Every file below `out` but the index."""
    found = {str(path.relative_to(out)): path for path in out.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if not name.startswith(INDEX)}


def shuffled(night: Night, seed: int) -> Night:
    """The same rows in another order."""
    order = random.Random(seed)
    returns, orders = list(night.returns), list(night.orders)
    order.shuffle(returns)
    order.shuffle(orders)
    return replace(night, returns=returns, orders=orders)
