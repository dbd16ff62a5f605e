"""What earlier nights decided, as a store keeps it and answers with it (rulebook 4, 5, 7, 8, 9)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa

Key = tuple[str, str, str]  # rma_number, order_number, order_line


@dataclass(frozen=True)
class Resolution:
    """One answer. Blank order_number or order_line: whichever."""

    rma_number: str
    order_number: str
    order_line: str
    code: str
    action: str
    amount: int | None  # cents
    resolved_by: str
    is_new: bool = field(default=True, compare=False)  # it comes into force tonight

    @property
    def target(self) -> tuple[str, str, str]:
        return self.rma_number, self.order_line, self.code

    def meets(self, order_number: str) -> bool:
        """Whether it may speak of the same order as a resolution that names this one, or none."""
        return "" in (self.order_number, order_number) or self.order_number == order_number

    def names(self, order_number: str, order_line: str) -> bool:
        """Whether it speaks of this line of its RMA."""
        return self.order_number in ("", order_number) and self.order_line in ("", order_line)


# What the store keeps of the lines of one order on one night: their records, one below the other. A record has seven
# parts, each on a line of its own: order_line, rma_number, the decision, AMOUNTS, and the content of the return row, of
# its dispute and of the order row; cells are parted by tabs. A part is blank where there is none (no sound order row,
# say). The decision is one of
#   refund   money was decided; the content is what it was decided on
#   accept   a person accepted the changed content of a refunded line
#   reject   decided: no refund
#   hold     undecided, looked at again (written only where it supersedes a rejection, or is the first)
#   read     the row never passed stage A: only its key is known
PAST_ORDERS = pa.schema(
    [
        ("order_number", pa.string()),
        ("night", pa.int64()),  # day number of as_of
        ("records", pa.string()),
    ]
)
PARTS = 7
KINDS = ("refund", "accept", "reject", "hold", "read")  # the decisions above
CHARGED = ("restocking_fee", "damage", "cancellation_loss")
AMOUNTS = (
    "units",  # refunded that night
    "accepted_units",  # claimed by the content that was accepted
    "merchandise",
    "tax",
    "net_refund",
    *CHARGED,  # after capping
)

# The orders of each RMA, and what was allocated of its return shipping, charged or not.
PAST_RMAS = pa.schema(
    [
        ("rma_number", pa.string()),
        ("order_number", pa.string()),
        ("night", pa.int64()),
        ("return_shipping_part", pa.int64()),
    ]
)

OPEN_FINDINGS = pa.schema(
    [
        ("night", pa.int64()),
        ("rma_number", pa.string()),
        ("order_number", pa.string()),
        ("order_line", pa.string()),
        ("code", pa.string()),
        ("told_apart_by", pa.string()),  # the field of an invalid value, the text of a malformed row
        ("first_seen", pa.int64()),
        ("severity", pa.string()),
        ("claim_amount", pa.int64()),
        ("due_date", pa.int64()),
    ]
)

PAYOUTS = pa.schema(
    [
        ("night", pa.int64()),
        ("rma_number", pa.string()),
        ("order_number", pa.string()),
        ("amount", pa.int64()),
        ("policy_version", pa.string()),
    ]
)


@dataclass(frozen=True)
class Run:
    """One night as the store knows it. Days are day numbers."""

    night: int
    inputs: str  # fingerprint of everything the night was computed from
    manifest_sha256: str
    payout_date: int
    posted: int  # the night whose ledger holds the payout entries; 0 before
    currency: str
    accounts: str  # JSON: the policy's accounts that night, for its payout entries
    closures: str  # JSON: the company's closing days that night, on which no business day falls
    totals: str  # JSON: the manifest's control totals


class Past(Protocol):
    """What is remembered of the nights before one night."""

    @property
    def is_empty(self) -> bool: ...
    def orders(self, order_numbers: pa.Array) -> pa.Table:
        """PAST_ORDERS of these orders."""
        ...

    def return_shipping(self, rma_numbers: pa.Array) -> pa.Table:
        """rma_number, return_shipping_part: allocated to the lines of these RMAs so far, one row per RMA."""
        ...

    def keys(self, rma_numbers: Sequence[str]) -> list[Key]:
        """Every key ever read of these RMAs."""
        ...

    def resolutions(self, rma_numbers: pa.Array) -> list[Resolution]:
        """Resolutions in force for these RMAs, oldest first."""
        ...

    def open_findings(self) -> pa.Table:
        """OPEN_FINDINGS of the last night."""
        ...

    def unposted_payouts(self, up_to: int) -> pa.Table:
        """PAYOUTS whose payout_date is reached and whose payout entry no night has written yet."""
        ...

    def run(self, night: int) -> Run | None: ...


@dataclass(frozen=True)
class Decisions:
    """What a night hands to the store."""

    night: int
    orders: Iterator[pa.Table]  # PAST_ORDERS, block by block
    rmas: Iterator[pa.Table]  # PAST_RMAS, block by block
    open_findings: Iterator[pa.Table]  # OPEN_FINDINGS, block by block
    payouts: pa.Table  # PAYOUTS
    resolutions: Sequence[Resolution]


def keys_of(order_number: str, records: str) -> list[Key]:
    """The keys of an order's lines (PAST_ORDERS)."""
    parts = records.split("\n")
    return [(rma, order_number, line) for line, rma in zip(parts[::PARTS], parts[1::PARTS], strict=True)]
