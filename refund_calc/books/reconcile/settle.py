"""Which row of a processor pays which promise of one order: sums per day first, nothing lost (pure).

A promise may be paid by two rows seconds apart, or on two days; two promises of an order by one row. What fits to the
cent is matched first; what is left of an order is an amount that differs, or was never promised.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from refund_calc.books.reconcile.movements import Fate, Movement
from refund_calc.books.reconcile.promises import Promise

MOST_DAYS = 5  # on which the rows of one promise are looked for


@dataclass(frozen=True)
class Share:
    """A part of a row, in cents, and the place of the promise that it is about; None: never promised.

    The shares of a row come to its amount.
    """

    movement: int
    promise: int | None
    cents: int


def settle(
    promises: Sequence[Promise], movements: Sequence[Movement], opening: Sequence[int], first: int
) -> list[Share]:
    """Match the rows of one order with its promises, both sorted by their dates; every row has its shares.

    `opening` is what was open of each promise before the first row, in cents. A row pays no promise of a later night.
    An amount that fits no promise is taken for the latest open one that was due by then, and not before the day
    `first`; what it has more goes to the open ones before.
    """
    order = _Order(promises, movements, opening, first)
    order.by_payout_id()
    for at in order.reopening:  # what comes later may be a second attempt
        order.pay(until=movements[at].day)
        order.came_back(at)
    order.pay()
    order.not_paying()
    for at in order.undone_by:
        if at not in order.reopening:
            order.came_back(at)
    order.never_promised()
    return order.shares


@dataclass(frozen=True)
class _Day:
    """The unmatched rows of one day, or of neighbouring ones; `day` is the first."""

    rows: tuple[int, ...]
    day: int
    cents: int


class _Order:
    """The promises of an order, what is open of each, and the rows that are not matched yet."""

    def __init__(
        self, promises: Sequence[Promise], movements: Sequence[Movement], opening: Sequence[int], first: int
    ) -> None:
        self.promises, self.movements, self.opening, self.first = promises, movements, opening, first
        self.shares: list[Share] = []
        self.open = list(opening)
        self.since = [promise.night for promise in promises]  # the first day on which a row may pay
        self.undone_by = _undone(movements)
        # A refund that came back whole pays nothing: a later row may pay the promise.
        self.undone = {
            refund for back, refund in self.undone_by.items() if movements[refund].cents == movements[back].cents
        }
        self.rows = [at for at, row in enumerate(movements) if row.fate is Fate.REFUND and at not in self.undone]
        self.reopening = [
            at
            for at, row in enumerate(movements)
            if row.fate is Fate.RETURNED and self.undone_by.get(at) not in self.undone
        ]
        self.until: int | None = None  # the last day of the rows that are looked at

    def by_payout_id(self) -> None:
        """Rows that carry our payout id."""
        for at in tuple(self.rows):
            if (promise := self._named(at)) is not None:
                self._pay([at], [promise])

    def pay(self, until: int | None = None) -> None:
        """Rows up to a day: what fits to the cent first, then what differs."""
        self.until = until
        self.by_days(1)
        self.by_rows()
        self.together()
        self.by_days(MOST_DAYS)
        self.left_over()

    def by_days(self, most: int) -> None:
        """A day, or up to `most` neighbouring days with refunds, whose sum is what is open of a promise."""
        length = 1
        while length <= min(len(days := self._days()), most):
            runs = (_run(days[start : start + length]) for start in range(len(days) - length + 1))
            length = 1 if any(map(self._fits, runs)) else length + 1

    def together(self) -> None:
        """A day whose sum is what is open of all promises that were due together, or of all so far."""
        for day in self._days():
            self._fits_together(day)

    def by_rows(self) -> None:
        """Single rows that fit a promise to the cent, beside others on their day."""
        for at in self._looked_at():
            row = self.movements[at]
            self._fits(_Day((at,), row.day, row.cents))

    def left_over(self) -> None:
        """What fits nothing: a promise that was due was paid otherwise than promised."""
        for day in self._days():
            due = [
                (promise.payout_date, place)
                for place, promise in enumerate(self.promises)
                if self.open[place] > 0 and self.first <= promise.payout_date <= day.day >= self.since[place]
            ]
            if due:
                self._pay(day.rows, [place for _, place in sorted(due, reverse=True)])

    def never_promised(self) -> None:
        """The rows that are left, when nothing more is open."""
        for at in self.rows:
            self._share(at, None, self.movements[at].cents)

    def not_paying(self) -> None:
        """Refunds that came back, are pending or were never made: they are told with their promise."""
        for at, row in enumerate(self.movements):
            if at in self.undone or row.fate in (Fate.PENDING, Fate.NEVER):
                self._share(at, self._about(at), row.cents)

    def came_back(self, at: int) -> None:
        """Money that came back goes where its refund went, and is open there again."""
        left = self.movements[at].cents
        refund = self.undone_by.get(at)
        for share in [share for share in self.shares if share.movement == refund]:
            part = min(left, share.cents)
            if part:
                self._reopen(at, share.promise, part, is_open=refund in self.undone)
                left -= part
        if left:
            named = self._named(at)
            self._reopen(at, self._paid(left) if named is None else named, left)

    def _reopen(self, at: int, place: int | None, cents: int, *, is_open: bool = False) -> None:
        """Money that came back of a promise; `is_open` where its refund never counted as paid."""
        self._share(at, place, cents)
        if place is not None and not is_open:
            self.open[place] = min(self.open[place] + cents, self.promises[place].cents)
            self.since[place] = max(self.since[place], self.movements[at].day)

    def _named(self, at: int) -> int | None:
        name = self.movements[at].payout_id
        return next((place for place, one in enumerate(self.promises) if name and one.payout_id == name), None)

    def _looked_at(self) -> list[int]:
        return [at for at in self.rows if self.until is None or self.movements[at].day <= self.until]

    def _days(self) -> list[_Day]:
        rows = sorted(self._looked_at(), key=lambda at: (self.movements[at].day, at))
        by_day = (tuple(some) for _, some in groupby(rows, lambda at: self.movements[at].day))
        return [
            _Day(some, self.movements[some[0]].day, sum(self.movements[at].cents for at in some)) for some in by_day
        ]

    def _fits(self, day: _Day) -> bool:
        """Pay the first promise that this sum fits; whether there is one."""
        for place in range(len(self.promises)):
            if self.open[place] == day.cents > 0 and self.since[place] <= day.day:
                self._pay(day.rows, [place])
                return True
        return False

    def _fits_together(self, day: _Day) -> None:
        """Pay all open promises of one payout date with one sum, or else all that are open, where it fits."""
        known = [place for place, since in enumerate(self.since) if since <= day.day and self.open[place] > 0]
        due = sorted({self.promises[place].payout_date for place in known})
        groups = [[place for place in known if self.promises[place].payout_date == when] for when in due]
        for places in (*groups, known):
            if len(places) > 1 and sum(self.open[place] for place in places) == day.cents:
                self._pay(day.rows, places)
                return

    def _pay(self, rows: Sequence[int], places: Sequence[int]) -> None:
        """Spread rows over promises, each up to what is open of it; the last one takes the rest."""
        *before, last = places
        for at in rows:
            left = self.movements[at].cents
            for place in before:
                part = max(0, min(left, self.open[place]))
                if part:
                    self._share(at, place, part)
                    self.open[place], left = self.open[place] - part, left - part
            if left or not self.movements[at].cents:
                self._share(at, last, left)
                self.open[last] -= left
            self.rows.remove(at)

    def _share(self, movement: int, promise: int | None, cents: int) -> None:
        self.shares.append(Share(movement, promise, cents))

    def _about(self, at: int) -> int | None:
        """The promise that a row without effect is about: by its id, its amount (open ones first), or its date."""
        row = self.movements[at]
        if (named := self._named(at)) is not None:
            return named
        by_open = sorted(range(len(self.promises)), key=lambda place: self.open[place] <= 0)
        known = [place for place in by_open if self.promises[place].night <= row.day]
        exact = [place for place in known if self.promises[place].cents == row.cents]
        due = [place for place in known if self.first <= self.promises[place].payout_date <= row.day]
        return next(iter(exact or due), None)

    def _paid(self, cents: int) -> int | None:
        """The promise on which at least so much was paid, to the cent if there is one, the latest first."""
        paid = [promise.cents - opening for promise, opening in zip(self.promises, self.opening, strict=True)]
        for share in self.shares:
            fate = self.movements[share.movement].fate
            if share.promise is not None and fate in (Fate.REFUND, Fate.RETURNED):
                paid[share.promise] += share.cents if fate is Fate.REFUND else -share.cents
        latest = range(len(paid) - 1, -1, -1)
        exact = [place for place in latest if paid[place] == cents]
        enough = [place for place in latest if paid[place] >= cents]
        # Due before the period and not carried: it was paid then, as far as is known.
        before = [place for place in latest if self.promises[place].payout_date < self.first]
        before = [place for place in before if self.promises[place].cents == cents]
        return next(iter(exact or enough or before), None)


def _undone(movements: Sequence[Movement]) -> dict[int, int]:
    """Row that came back -> the refund that it undoes: the one it names, else the latest before of its amount."""
    found: dict[int, int] = {}
    refunds = [at for at, row in enumerate(movements) if row.fate is Fate.REFUND]
    for at, back in enumerate(movements):
        if back.fate is Fate.RETURNED:
            named = [r for r in refunds if back.refers and movements[r].own == back.refers]
            same = [
                r
                for r in reversed(refunds)
                if movements[r].cents == back.cents and movements[r].day <= back.day and r not in found.values()
            ]
            if named or same:
                found[at] = (named or same)[0]
    return found


def _run(days: Sequence[_Day]) -> _Day:
    """Neighbouring days as one."""
    rows = tuple(at for day in days for at in day.rows)
    return _Day(rows, days[0].day, sum(day.cents for day in days))
