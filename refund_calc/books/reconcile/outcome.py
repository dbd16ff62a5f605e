"""What became of each promise and of each row of the processors, and the roll-forward of refunds payable."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from refund_calc.books.reconcile import told
from refund_calc.books.reconcile.carried import Carried, Rows, pending_text
from refund_calc.books.reconcile.chargebacks import charged_back
from refund_calc.books.reconcile.movements import Fate, Movement, Reported
from refund_calc.books.reconcile.promises import Books, Promise, addresses
from refund_calc.books.reconcile.result import Line, Outcome, Reconciled, RollForward
from refund_calc.books.reconcile.settle import settle
from refund_calc.books.reconcile.settlements import Settlement
from refund_calc.errors import ControlTotalFailed


@dataclass(frozen=True)
class _Piece:
    """A movement's part that is about one promise."""

    movement: Movement
    cents: int


_NONE_LEFT = Rows()


def reconcile(
    books: Books,
    reported: Reported,
    settled: Mapping[str, Sequence[Settlement]],
    period: tuple[int, int],
    carried: Mapping[str, Carried] | None = None,
    left: Rows = _NONE_LEFT,
) -> Reconciled:
    """Match promises with what the processors say, within a period of days (both included).

    `carried` is what the reconciliation of the days before left open; without it, a promise whose payout date lies
    before the period is left alone unless something speaks of it. `left` are its rows that were not over: refunds
    that were not made yet (a row that says what became of one counts, though its day lies before the period), and
    chargebacks.

    Raises ControlTotalFailed where a row would be lost or the roll-forward does not add up: a fault of this program,
    or ledgers that do not agree with their payouts.
    """
    first, last = period
    movements = _made_after_all(_named_as_before(reported.movements, left.pending))
    waiting = {row.own for row in left.pending if row.own}
    rows = Counter({"before the period": 0, "after it": 0})
    inside = []
    for movement in movements:
        if first <= movement.day <= last or (movement.day < first and movement.own in waiting):
            inside.append(movement)
        else:
            rows["before the period" if movement.day < first else "after it"] += 1
    told_of = {movement.own for movement in inside}
    still = [row for row in left.pending if not row.own or row.own not in told_of]
    pieces, alone, other_currency = _matched(books, [*still, *inside], carried, first)
    lines = []
    for promise in books.promises:
        some, ways = pieces.get(promise.payout_id, []), settled.get(promise.payout_id, ())
        open_before = carried.get(promise.payout_id) if carried is not None else None
        is_due = promise.payout_date >= first if carried is None else promise.night >= first
        if is_due or some or (open_before and open_before.cents) or any(one.day >= first for one in ways):
            lines.append(_of_promise(promise, some, ways, carried, period))
    roll = _roll_forward(books, lines, inside, alone, other_currency, settled, period)
    lines += [_of_row(piece, Outcome.UNPROMISED, books.currency) for piece in alone]
    lines += [_of_row(_Piece(row, row.cents), Outcome.CURRENCY, books.currency) for row in other_currency]
    taken = charged_back(books, reported.chargebacks, lines, period, None if carried is None else left.chargebacks)
    lines = [*_warned(lines, taken), *taken]
    for bad in reported.unreadable:
        lines.append(Line(Outcome.UNREADABLE, "", bad.fault, processor=bad.processor, places=(bad.place,)))
    rows.update(movement.fate.value for movement in inside)
    rows["charged back or given back"] = len(reported.chargebacks)
    rows["repeated from another file"] = reported.repeated
    rows["unreadable"] = len(reported.unreadable)
    rows["not refunds"] = reported.others.total()
    if rows.total() != reported.rows:
        raise ControlTotalFailed(f"{rows.total():,} rows accounted for, {reported.rows:,} read; report this as a bug")
    if roll.unexplained:
        raise ControlTotalFailed(
            f"refunds payable does not roll forward: {told.money(roll.unexplained)} {books.currency} unexplained; "
            "run `refund-calc verify` on OUT"
        )
    earliest = min((movement.day for movement in movements), default=None)
    alone_before = len(books.promises) - sum(line.promise is not None for line in lines) if carried is None else 0
    return Reconciled(tuple(lines), roll, +rows, reported.others, period, books.currency, earliest, alone_before)


def _made_after_all(movements: Sequence[Movement]) -> list[Movement]:
    """In the order of their days; a refund whose status says reversed was made where another row brings it back."""
    undone = {row.refers for row in movements if row.fate is Fate.RETURNED and row.refers}
    known = [
        replace(row, fate=Fate.REFUND) if row.fate is Fate.NEVER and row.own in undone else row for row in movements
    ]
    return sorted(known, key=lambda row: row.day)


def _warned(lines: Sequence[Line], taken: Sequence[Line]) -> list[Line]:
    """The lines; a promise that is open, of an order that was charged back, is not simply to be paid otherwise."""
    orders = {line.order for line in taken if line.outcome is Outcome.CHARGED_BACK}
    return [
        replace(line, message=f"{line.message}; but the order was charged back, see there")
        if line.promise and line.open > 0 and line.order in orders
        else line
        for line in lines
    ]


def _named_as_before(movements: Sequence[Movement], pending: Sequence[Movement]) -> list[Movement]:
    """The rows; one that was pending in an earlier period is about the promise that it was about then."""
    promise_of = {row.own: row.payout_id for row in pending if row.own}
    return [
        replace(row, payout_id=row.payout_id or promise_of[row.own])
        if row.own in promise_of and row.fate is not Fate.RETURNED
        else row
        for row in movements
    ]


def _opening(promise: Promise, carried: Mapping[str, Carried] | None, first: int) -> int:
    """What was open of a promise when the period began, or when it was made."""
    if carried is None or promise.night >= first:
        return promise.cents
    return carried[promise.payout_id].cents if promise.payout_id in carried else 0


def _matched(
    books: Books, movements: Sequence[Movement], carried: Mapping[str, Carried] | None, first: int
) -> tuple[dict[str, list[_Piece]], list[_Piece], list[Movement]]:
    """Payout id -> what is about it; what is about no promise; what is about an order of ours in another currency."""
    known = addresses(books.promises)
    order_of_id = {promise.payout_id: promise.order_number for promise in books.promises}
    by_own = {row.own: row for row in movements if row.fate is not Fate.RETURNED and row.own}
    rows_of: dict[str, list[Movement]] = defaultdict(list)
    alone: list[_Piece] = []
    other_currency: list[Movement] = []
    for row in movements:
        # What came back speaks of the refund; only the refund speaks of the payment.
        spoken_of = by_own.get(row.refers, row) if row.fate is Fate.RETURNED else row
        order = order_of_id.get(row.payout_id) or order_of_id.get(spoken_of.payout_id)
        order = order or known.order_of([*spoken_of.references, *row.references], [*spoken_of.orders, *row.orders])
        if order is None:
            alone.append(_Piece(row, row.cents))
        elif row.currency != books.currency:
            other_currency.append(row)
        else:
            rows_of[order].append(row)
    promises_of: dict[str, list[Promise]] = defaultdict(list)
    for promise in books.promises:
        promises_of[promise.order_number].append(promise)
    pieces: dict[str, list[_Piece]] = defaultdict(list)
    for order, some in rows_of.items():
        ours = promises_of[order]
        opening = [_opening(promise, carried, first) for promise in ours]
        for share in settle(ours, some, opening, first if carried is None else 0):
            piece = _Piece(some[share.movement], share.cents)
            if share.promise is None:
                alone.append(piece)
            else:
                pieces[promises_of[order][share.promise].payout_id].append(piece)
    return pieces, alone, other_currency


def _sum(pieces: Sequence[_Piece], fate: Fate) -> int:
    return sum(piece.cents for piece in pieces if piece.movement.fate is fate)


def _was_paid_before(pieces: Sequence[_Piece]) -> bool:
    """Whether more came back by some day than the period had paid by then: its refund lies before the period."""
    paid = 0
    for piece in sorted(pieces, key=lambda piece: (piece.movement.day, piece.movement.fate is Fate.RETURNED)):
        if piece.movement.fate is Fate.REFUND:
            paid += piece.cents
        elif piece.movement.fate is Fate.RETURNED:
            paid -= piece.cents
        if paid < 0:
            return True
    return False


def _of_promise(
    promise: Promise,
    pieces: Sequence[_Piece],
    settled: Sequence[Settlement],
    carried: Mapping[str, Carried] | None,
    period: tuple[int, int],
) -> Line:
    """The line of one promise."""
    first, last = period
    seen, returned = _sum(pieces, Fate.REFUND), _sum(pieces, Fate.RETURNED)
    now = [one for one in settled if one.day >= first]
    before = promise.cents - _opening(promise, carried, first)
    if carried is None:
        before = sum(one.cents for one in settled if one.day < first)
        if promise.payout_date < first and _was_paid_before(pieces):
            before = promise.cents
    line = Line(
        outcome=Outcome.PAID,
        currency=promise.currency,
        message="",
        promise=promise,
        order=promise.order_number,
        seen=seen,
        returned=returned,
        settled=sum(one.cents for one in now),
        before=before,
        seen_on=min((piece.movement.day for piece in pieces if piece.movement.fate is Fate.REFUND), default=None),
        processor=next((piece.movement.processor for piece in pieces), ""),
        places=tuple(dict.fromkeys(piece.movement.place for piece in pieces)),
    )
    fates = {piece.movement.fate for piece in pieces}
    failed_before = carried is not None and promise.payout_id in carried and carried[promise.payout_id].has_failed
    outcome = _outcome(line, fates | ({Fate.RETURNED} if failed_before else set()), last)
    days = {fate: sorted({p.movement.day for p in pieces if p.movement.fate is fate}) for fate in Fate}
    message = told.of_promise(outcome.value, line, days, now, last)
    waiting = pending_text(piece.movement for piece in pieces) if line.open else ""
    return replace(line, outcome=outcome, message=message, pending=waiting)


def _outcome(line: Line, fates: set[Fate], last: int) -> Outcome:
    """What became of a promise by the day `last`."""
    assert line.promise is not None
    if line.open == 0:
        return Outcome.SETTLED if line.settled else Outcome.PAID
    if line.open != line.promised:
        return Outcome.DIFFERS
    if Fate.RETURNED in fates or Fate.NEVER in fates:
        return Outcome.FAILED
    return Outcome.IN_WINDOW if last <= line.promise.credit_to else Outcome.NOT_SEEN


def _of_row(piece: _Piece, outcome: Outcome, currency: str) -> Line:
    """The line of a row that belongs to no promise."""
    row = piece.movement
    return Line(
        outcome=outcome,
        currency=row.currency,
        message=told.of_row(outcome.value, row, currency),
        order=row.order or next(iter(row.references), ""),
        seen=piece.cents if row.fate is Fate.REFUND else 0,
        returned=piece.cents if row.fate is Fate.RETURNED else 0,
        seen_on=row.day,
        processor=row.processor,
        places=(row.place,),
        pending=pending_text([row]),
    )


def _roll_forward(
    books: Books,
    lines: Sequence[Line],
    inside: Sequence[Movement],
    alone: Sequence[_Piece],
    other_currency: Sequence[Movement],
    settled: Mapping[str, Sequence[Settlement]],
    period: tuple[int, int],
) -> RollForward:
    """Flows from the ledgers and the files' rows as they were read; what is open from the promises, one by one."""
    first, last = period
    apart = {id(row) for row in other_currency}

    def moved(fate: Fate) -> int:
        rows = sum(row.cents for row in inside if row.fate is fate and id(row) not in apart)
        return rows - _sum(alone, fate)

    opening = sum(line.promised - line.before for line in lines if line.promise and line.promise.night < first)
    return RollForward(
        opening=opening,
        approved=sum(cents for night, cents in books.approved.items() if night >= first),
        paid=moved(Fate.REFUND),
        returned=moved(Fate.RETURNED),
        settled=sum(one.cents for some in settled.values() for one in some if first <= one.day <= last),
        open=sum(line.open for line in lines),
        in_ledger=sum(promise.cents for promise in books.promises if promise.payout_id not in books.posted),
    )
