"""Sections 4, 8 and 9: what earlier nights leave behind."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.naive.common import Date, Key, OrderLineKey, Values


@dataclass
class Content:
    """Deciding content: the typed return row and its order row (None: not known) less what decides nothing."""

    of_return: Values
    of_order: Values | None


@dataclass
class Refunded:
    """A key that history has refunded. It stays refunded whatever comes later."""

    content: Content  # as refunded, or as a person last accepted it
    units: int = 0
    accepted_units: int = 0  # the units claimed by the content that a person last accepted
    charged: Counter[str] = field(default_factory=Counter)  # deduction -> cents, after capping


@dataclass
class Resolution:
    """Section 8. A blank order_number or order_line is an empty text: any."""

    rma_number: str
    order_number: str
    order_line: str
    code: str
    action: str
    amount: int | None
    resolved_by: str
    night: Date

    def names(self, key: Key) -> bool:
        rma_number, order_number, order_line = key
        return (
            self.rma_number == rma_number
            and self.order_number in ("", order_number)
            and self.order_line in ("", order_line)
        )

    @property
    def decided(self) -> tuple[Any, ...]:
        return (self.order_number, self.action, self.amount, self.resolved_by)


@dataclass
class History:
    """Everything that the next night needs to know."""

    last_night: Date | None = None
    refunded: dict[Key, Refunded] = field(default_factory=dict)
    rejected: dict[Key, Content] = field(default_factory=dict)
    line_units: Counter[OrderLineKey] = field(default_factory=Counter)
    line_merchandise: Counter[OrderLineKey] = field(default_factory=Counter)
    line_tax: Counter[OrderLineKey] = field(default_factory=Counter)
    order_net: Counter[str] = field(default_factory=Counter)
    rma_return_shipping: Counter[str] = field(default_factory=Counter)  # allocated, charged or not
    resolutions: list[Resolution] = field(default_factory=list)  # in the order in which they came
    keys_read: set[Key] = field(default_factory=set)  # invalid parts are empty
    first_seen: dict[tuple[str, ...], Date] = field(default_factory=dict)  # findings of the last night
    refund_nights: Counter[str] = field(default_factory=Counter)  # of an RMA: nights on which a line was refunded
    payouts_to_post: list[dict[str, Any]] = field(default_factory=list)
