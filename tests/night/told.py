"""Days and lines that several tests of a night tell of."""

from datetime import date

from tests.stories import (
    Night,
    Reports,
    Row,
    a_cancellation,
    a_refused_delivery,
    a_refused_order,
    a_return,
    an_order,
    an_unshipped_order,
    tell,
    tonight,
)

FRIDAY, MONDAY, TUESDAY = date(2026, 3, 20), date(2026, 3, 23), date(2026, 3, 24)
EVERY_TYPE = ["return", "refused_delivery", "cancellation"]
NO_LABEL = {"return_shipping_cost": "0.00"}


def clean(kind: str, order: Row | None = None, **cells: str) -> tuple[Row, Row]:
    """One line of a type that would be refunded, and the order that suits it."""
    made = {"return": a_return, "refused_delivery": a_refused_delivery, "cancellation": a_cancellation}
    ordered = {"return": an_order, "refused_delivery": a_refused_order, "cancellation": an_unshipped_order}
    return made[kind](**cells), ordered[kind](**(order or {}))


def judged(kind: str, order: Row | None = None, **cells: str) -> Reports:
    """One line of each type on an order that suits it."""
    row, ordered = clean(kind, order, **cells)
    return tonight(row, orders=[ordered])


def clause(night: Reports, code: str) -> tuple[str, str]:
    found = night.exception(code)
    return found["severity"], found["clause"]


def after_refund(change: Row, order_change: Row | None = None) -> Reports:
    """Refunded on Friday; on Monday the return row, or its order row, has changed."""
    return tell(
        Night([a_return()], as_of=FRIDAY),
        Night([a_return(**change)], [an_order(**(order_change or {}))], as_of=MONDAY),
    )[1]


def returned(rma: str, units: str, **cells: str) -> Row:
    clean = {"rma_number": rma, "quantity_requested": units, "quantity_received": units, **NO_LABEL}
    return a_return(**(clean | cells))
