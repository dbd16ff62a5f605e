"""What a reconciliation tells: a line per promise and per row that belongs to none, and the roll-forward."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from refund_calc.books.reconcile.promises import Promise


class Outcome(StrEnum):
    """What a line of the reconciliation says; `meaning` is for the manual."""

    PAID = "paid", "paid as promised"
    SETTLED = "settled", "not paid as promised, and paid otherwise: a settlements row says so"
    IN_WINDOW = "in-window", "promised, not seen, and the bank window is still open"
    NOT_SEEN = "not-seen", "promised, and not seen though the bank window is over"
    DIFFERS = "amount-differs", "paid, more or less than promised"
    FAILED = "failed", "promised, and it failed or was reversed: the customer has no money"
    UNPROMISED = "unpromised", "seen, never promised: a refund outside this job"
    CHARGED_BACK = (
        "charged-back",
        "taken back by the customer's bank or the processor, for an order that we refund, too",
    )
    CHARGEBACK = "chargeback", "the same, and no refund of the order was promised: carried on, in case one will be"
    CURRENCY = "currency-differs", "seen for an order with promises, in another currency: not counted"
    UNREADABLE = "unreadable", "a row of a processor that cannot be judged: not counted"

    meaning: str

    def __new__(cls, word: str, meaning: str) -> "Outcome":
        member = str.__new__(cls, word)
        member._value_ = word
        member.meaning = meaning
        return member


IN_ORDER = (Outcome.PAID, Outcome.SETTLED, Outcome.IN_WINDOW, Outcome.CHARGEBACK)  # nothing to do


@dataclass(frozen=True)
class Line:
    """One promise, or one row of a processor that belongs to none. Cents; `open` is what the customer is still owed.

    `pending` are its refunds that the processor has not made yet, as the CSV carries them on.
    """

    outcome: Outcome
    currency: str
    message: str
    promise: Promise | None = None
    order: str = ""  # as the processor names it
    rma_numbers: str = ""  # of the promises beside a chargeback
    references: str = ""  # of a chargeback without one
    seen: int = 0
    returned: int = 0
    settled: int = 0
    before: int = 0  # paid before the period
    seen_on: int | None = None
    processor: str = ""
    places: tuple[str, ...] = ()
    pending: str = ""

    @property
    def promised(self) -> int:
        return self.promise.cents if self.promise else 0

    @property
    def open(self) -> int:
        return self.promised - self.before - self.seen + self.returned - self.settled if self.promise else 0


@dataclass(frozen=True)
class RollForward:
    """Refunds payable over a period, in cents: from the ledgers and the processors' rows, and promise by promise."""

    opening: int
    approved: int  # credited by the ledgers' refund entries
    paid: int  # rows of the processors
    returned: int  # rows of the processors
    settled: int  # rows of settlements.csv
    open: int  # of all promises, one by one
    in_ledger: int  # refunds payable as the ledgers have it

    @property
    def closing(self) -> int:
        return self.opening + self.approved - self.paid + self.returned - self.settled

    @property
    def unexplained(self) -> int:
        return self.closing - self.open


@dataclass(frozen=True)
class Reconciled:
    """Everything that is told: lines, the roll-forward, and what became of every row of every file."""

    lines: tuple[Line, ...]
    roll: RollForward
    rows: Counter[str]  # what a row was -> how many; together all rows
    others: Counter[tuple[str, str]]  # processor and type of the rows that are no refunds
    period: tuple[int, int]
    currency: str
    earliest: int | None  # the first day of a refund row
    left_alone: int  # promises whose payout date lies before the period

    @cached_property
    def counts(self) -> Counter[Outcome]:
        return Counter(line.outcome for line in self.lines)

    @property
    def is_in_order(self) -> bool:
        """Whether everything was paid as promised, otherwise, or is still in time."""
        return all(outcome in IN_ORDER for outcome in self.counts)
