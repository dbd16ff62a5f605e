"""Refunds payable from night to night, and the days on which the money leaves: counted from the manifests.

Two witnesses: the account as the ledgers move it, and the list of payouts that have not left. They must agree.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from refund_calc.history.nights import EPOCH, PublishedNight
from refund_calc.policy.calendars import bank_days, bank_holiday
from refund_calc.reports.totals import ControlTotals

BANK_DAYS = 10
CLOSURE = "closed by the policy"  # a day of its closures
_SATURDAY = 5


@dataclass(frozen=True)
class NightTotals:
    """The control totals of one night that the page needs; amounts are cents, days are day numbers."""

    night: int
    net: int
    posted: int  # payouts that the ledger of this night posts: debits less what its refund entries debit
    payouts: int
    amount: int  # of the payouts
    payout_date: int
    lines: Mapping[str, int]  # decision -> lines


def cents(text: str) -> int:
    """A manifest's amount ("12.30") as cents."""
    return int(text.replace(".", ""))


def night_totals(night: int, payout_date: int, totals: ControlTotals) -> NightTotals:
    """The control totals as the manifest states them, as numbers."""
    refunds, paid = totals["refunds"], totals["payouts"]
    posted = cents(totals["ledger"]["debits"]) - cents(refunds["gross_refund"])
    net, amount = cents(refunds["net_refund"]), cents(paid["amount"])
    return NightTotals(night, net, posted, paid["rows"], amount, payout_date, totals["returns"])


def totals_before(nights: Sequence[PublishedNight]) -> list[NightTotals]:
    """The same of published nights, the earliest first."""
    return [night_totals(one.day, one.terms.payout_date, one.manifest["control_totals"]) for one in nights]


@dataclass(frozen=True)
class RollForward:
    """Refunds payable over one night, in cents. `listed` are the payouts whose date is not reached, added up."""

    opening: int
    refunded: int
    paid: int
    listed: int

    @property
    def closing(self) -> int:
        """What the ledgers leave on the account."""
        return self.opening + self.refunded - self.paid

    @property
    def unexplained(self) -> int:
        return self.closing - self.listed


def roll_forward(tonight: NightTotals, before: Sequence[NightTotals]) -> RollForward:
    """The account before the night, what the night moves, and the list that must come to the same."""
    nights = [*before, tonight]
    return RollForward(
        opening=sum(one.net - one.posted for one in before),
        refunded=tonight.net,
        paid=tonight.posted,
        listed=sum(one.amount for one in nights if one.payout_date > tonight.night),
    )


@dataclass(frozen=True)
class PayoutDay:
    """A weekday to come: why no money can leave (blank: the banks are open), how many payouts do, and their cents."""

    day: int
    closed: str
    payouts: int
    amount: int


@dataclass(frozen=True)
class Schedule:
    """The payouts of the next BANK_DAYS bank days, holidays between them included, and what leaves after them."""

    days: tuple[PayoutDay, ...]
    later: PayoutDay | None


def schedule(tonight: NightTotals, before: Sequence[NightTotals], closures: Sequence[date]) -> Schedule:
    """What leaves on which day after the night, over all nights whose payouts have not left (RP-10)."""
    open_nights = [one for one in (*before, tonight) if one.payout_date > tonight.night and one.payouts]
    bank = bank_days(closures)
    last = int(bank.add(np.array([tonight.night]), BANK_DAYS)[0])

    def of(day: int, nights: Sequence[NightTotals], closed: str = "") -> PayoutDay:
        return PayoutDay(day, closed, sum(one.payouts for one in nights), sum(one.amount for one in nights))

    days = []
    for day in range(tonight.night + 1, last + 1):
        if date.fromordinal(day + EPOCH).weekday() < _SATURDAY:
            is_open = bool(bank.left(day - 1, np.array([day]))[0])
            closed = "" if is_open else bank_holiday(day) or CLOSURE
            days.append(of(day, [one for one in open_nights if one.payout_date == day], closed))
    after = [one for one in open_nights if one.payout_date > last]
    return Schedule(tuple(days), of(min(one.payout_date for one in after), after) if after else None)
