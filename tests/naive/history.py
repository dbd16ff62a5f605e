"""Sections 4, 8 and 9: what earlier nights leave behind."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.naive.common import Date, Key, OrderLineKey, Values


@dataclass
class Content:
    """Deciding content: the typed return row and its order row (None: not known) less what decides nothing."""

    of_return: Values | None  # None: refunded before this job came, what stood there then is unknown
    of_order: Values | None

    @property
    def dispute_status(self) -> str:
        """Of an unknown content: none."""
        return "none" if self.of_return is None else str(self.of_return["dispute_status"])


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
    def target(self) -> tuple[str, ...]:
        """What it speaks of, as written: a blank order is not the same as a named one."""
        return (self.rma_number, self.order_number, self.order_line, self.code)

    @property
    def decided(self) -> tuple[Any, ...]:
        return (self.action, self.amount, self.resolved_by)

    @property
    def told(self) -> tuple[str, str]:
        """Who, and what: the register's resolved_by and answers."""
        return (self.resolved_by, f"{self.action} {self.code}")


@dataclass
class Watched:
    """A key of which a row was held on the last night on which it stood in the export."""

    claim_amount: str
    due_date: Date | None
    codes: list[str]
    earliest: Date  # the earliest first_seen of its findings
    identities: list[tuple[str, ...]]  # of its findings, whose first_seen a gap does not interrupt


@dataclass
class OpeningRow:
    """Section 9: what was refunded before this job came. No rma_number: an empty text."""

    order_number: str
    order_line: str
    rma_number: str
    units: int
    net_refund: int


@dataclass
class Published:
    """A night that was run: what went in, and what it wrote."""

    files: list[tuple[str, str, bytes]]
    policies: list[dict[str, Any]]
    opening: bytes | None
    report: Any

    def came_of(
        self, files: list[tuple[str, str, bytes]], policies: list[dict[str, Any]], opening: bytes | None
    ) -> bool:
        return (files, policies) == (self.files, self.policies) and opening in (None, self.opening)


@dataclass
class History:
    """Everything that the next night needs to know."""

    last_night: Date | None = None
    refunded: dict[Key, Refunded] = field(default_factory=dict)
    rejected: dict[Key, Content] = field(default_factory=dict)
    line_units: Counter[OrderLineKey] = field(default_factory=Counter)
    opening: list[OpeningRow] = field(default_factory=list)
    opening_units: Counter[OrderLineKey] = field(default_factory=Counter)  # they stand in line_units too
    opening_without_rma: set[OrderLineKey] = field(default_factory=set)
    # What nights refunded; the opening knows no merchandise and no tax.
    line_merchandise: Counter[OrderLineKey] = field(default_factory=Counter)
    line_tax: Counter[OrderLineKey] = field(default_factory=Counter)
    order_net: Counter[str] = field(default_factory=Counter)
    rma_return_shipping: Counter[str] = field(default_factory=Counter)  # allocated, charged or not
    resolutions: list[Resolution] = field(default_factory=list)  # those that count, in the order in which they came
    came_last_night: list[Resolution] = field(default_factory=list)  # into force, those since withdrawn too
    keys_read: set[Key] = field(default_factory=set)  # invalid parts are empty
    first_seen: dict[tuple[str, ...], Date] = field(default_factory=dict)  # findings of the last night
    refund_nights: Counter[str] = field(default_factory=Counter)  # of an RMA: nights on which a line was refunded
    payouts_to_post: list[dict[str, Any]] = field(default_factory=list)
    watched: dict[Key, Watched] = field(default_factory=dict)
    published: dict[Date, Published] = field(default_factory=dict)
    before: "History | None" = None  # the last night, for a redo of it
