"""Section 4: a line of tonight and the findings on it."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from tests.naive.calendars import bank_days
from tests.naive.codes import REJECTED_FOR_ONE_NIGHT
from tests.naive.common import Date, Key, NightRefused, OrderLineKey, Values
from tests.naive.files_in import Inputs, Row
from tests.naive.history import History, Resolution
from tests.naive.policy import Policy, in_force_on


@dataclass
class Finding:
    code: str
    severity: str  # hold, reject or warning
    message: str
    field: str = ""
    value: str = ""
    source: tuple[str, int] | None = None  # file and line; None: the line's own


@dataclass
class Line:
    """One well-formed row of returns.csv on its way through the night."""

    row: Row
    decision: str = ""  # empty: still headed for refund
    findings: list[Finding] = field(default_factory=list)  # those that are reported
    resolved: set[tuple[str, str]] = field(default_factory=set)  # Resolution.told of those that took effect
    held_at: str = ""  # the stage, for the split of return shipping
    decided_from_stage_b: bool = False
    order_row: Values | None = None
    order_rows: dict[str, Values] = field(default_factory=dict)  # the whole order, by order_line
    refunded_amount: int | None = None  # of the whole order, as the shop's own system shows it
    policy: Policy | None = None  # the order's version, from stage C on
    units_refunded_before: int = 0  # of this key, in a supplementary refund
    charged_before: Counter[str] = field(default_factory=Counter)  # on this key, in a supplementary refund
    accepts_new_content: bool = False
    money: dict[str, int] = field(default_factory=dict)
    return_shipping_part: int = 0
    due_date: Date | None = None

    def __getitem__(self, column: str) -> Any:
        return self.row.values[column]

    @property
    def key(self) -> Key:
        return (self["rma_number"] or "", self["order_number"] or "", self["order_line"] or "")

    @property
    def order_line_key(self) -> OrderLineKey:
        return (self["order_number"], self["order_line"])

    @property
    def returned(self) -> bool:
        """Type R or D: goods come back."""
        return self["return_type"] in ("return", "refused_delivery")

    @property
    def claim(self) -> int | None:
        """The whole claim: quantity_received for R and D, quantity_requested for C; None: unknown."""
        if self["return_type"] is None:
            return None
        claim: int | None = self["quantity_received" if self.returned else "quantity_requested"]
        return claim

    @property
    def q(self) -> int | None:
        return None if self.claim is None else self.claim - self.units_refunded_before

    @property
    def q_expected(self) -> int:
        """q': where quantity_received is unknown or 0, the units requested."""
        return int(self.q or self["quantity_requested"])

    @property
    def start_date(self) -> Date | None:
        """Where the promise to refund begins: the receipt, for a cancellation the request."""
        date: Date | None = self["received_date" if self.returned else "requested_date"]
        return date

    def is_received(self, as_of: Date) -> bool:
        return self["received_date"] is not None and self["received_date"] <= as_of and (self.q or 0) >= 1


@dataclass
class Night:
    as_of: Date
    policies: list[Policy]
    inputs: Inputs
    history: History  # this night's own copy
    lines: list[Line] = field(default_factory=list)
    loose_exceptions: list[tuple[dict[str, Any], tuple[str, ...]]] = field(default_factory=list)  # of no line

    @property
    def policy(self) -> Policy:
        """The version in force on as_of."""
        found = in_force_on(self.as_of, self.policies)
        if found is None:
            raise NightRefused(78, f"no policy is in force on {self.as_of}")
        return found

    def headed_for_refund(self) -> list[Line]:
        return [line for line in self.lines if not line.decision]

    def resolution(self, key: Key, code: str) -> Resolution | None:
        """Section 8: the line's own resolution beats the RMA's, then the latest wins."""
        named = self.resolutions_of(key, code)
        if code == "stopped-by-review":
            return named[-1] if named else None  # of this code the latest, whether it names the line or the RMA
        own = [r for r in named if r.order_line]
        return own[-1] if own else named[-1] if named else None

    def resolutions_of(self, key: Key, code: str) -> list[Resolution]:
        """All that count tonight for a line."""
        return [
            r
            for r in self.history.resolutions
            if r.code == code and r.names(key) and r.action != "withdraw" and not self.is_over(r)
        ]

    def is_over(self, resolution: Resolution) -> bool:
        """It accepted what stood there on its own night, and nothing that came later."""
        for_one_night = resolution.action == "reject" and resolution.code in REJECTED_FOR_ONE_NIGHT
        return for_one_night and resolution.night != self.as_of

    def damage_is_settled(self, key: Key) -> bool:
        """A person waived the damage deduction or set its amount."""
        return self.resolution(key, "damage") is not None


def by_order_line(lines: list[Line]) -> dict[OrderLineKey, list[Line]]:
    groups: dict[OrderLineKey, list[Line]] = defaultdict(list)
    for line in lines:
        groups[line.order_line_key].append(line)
    return groups


def by_order(lines: list[Line]) -> dict[str, list[Line]]:
    groups: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        groups[line["order_number"]].append(line)
    return groups


def exception_cells(night: Night, finding: Finding, clause: str, source_file: str, source_line: int) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "clause": clause,
        "field": finding.field,
        "value": finding.value,
        "message": finding.message,
        "source_file": source_file,
        "source_line": source_line,
    }


def payout_dates(night: Night) -> tuple[Date, Date, Date]:
    """payout_date, credit_from and credit_to, in bank days of the version in force on as_of."""
    policy, calendar = night.policy, bank_days(night.policy)
    paid = calendar.add(night.as_of, policy["payout.lag_business_days"])
    return (
        paid,
        calendar.add(paid, policy["bank.credit_min_business_days"]),
        calendar.add(paid, policy["bank.credit_max_business_days"]),
    )
