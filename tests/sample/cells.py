"""How the lines of data/sample/ are told, and the dates that they share, worked out by hand from the rulebook.

Keys are (rma_number, order_number, order_line) as they stand in the register, so `=RMA-3020` carries one
leading apostrophe. A key that stands on several rows has a list, in the register's order. Cells are text,
as in refunds.csv; a cell that is not named here is not claimed. Amounts in the comments are dollars.

Night before: Thursday 2026-11-19. Main night: Friday 2026-11-20. Thanksgiving is Thursday 2026-11-26,
a holiday of the federal offices and of the Reserve Banks; Veterans Day is Wednesday 2026-11-11.

Ten business days after the day of receipt (or, for a cancellation, of the request):

    11-05 Thu -> 11-20 Fri   6 9 10 12 13 16 17 18 19 20        (no 11-11)
    11-06 Fri -> 11-23 Mon   9 10 12 13 16 17 18 19 20 23       (no 11-11)
    11-09 Mon -> 11-24 Tue   10 12 13 16 17 18 19 20 23 24      (no 11-11)
    11-10 Tue -> 11-25 Wed   12 13 16 17 18 19 20 23 24 25      (no 11-11)
    11-12 Thu -> 11-27 Fri   13 16 17 18 19 20 23 24 25 27      (no 11-26)
    11-13 Fri -> 11-30 Mon   16 17 18 19 20 23 24 25 27 30      (no 11-26)
    11-16 Mon -> 12-01 Tue   17 18 19 20 23 24 25 27 30 1       (no 11-26)
    11-17 Tue -> 12-02 Wed   18 19 20 23 24 25 27 30 1 2        (no 11-26)
    11-18 Wed -> 12-03 Thu   19 20 23 24 25 27 30 1 2 3         (no 11-26)
    11-20 Fri -> 12-07 Mon   23 24 25 27 30 1 2 3 4 7           (no 11-26)
"""

Key = tuple[str, str, str]
Row = dict[str, str]

NOTHING: Row = dict.fromkeys(
    ("merchandise", "tax", "shipping_refund", "return_shipping", "outbound_shipping", "restocking_fee", "damage",
     "cancellation_loss"),
    "0.00",
)  # fmt: skip


def refund(quantity: str, due_date: str, codes: str = "", **cells: str) -> Row:
    """The cells of a refunded line; an amount that is not named is 0.00."""
    return {"decision": "refund", "codes": codes, "quantity": quantity, "due_date": due_date} | NOTHING | cells


def hold(codes: str, quantity: str, **cells: str) -> Row:
    """The cells of a line that waits."""
    return {"decision": "hold", "codes": codes, "quantity": quantity} | cells


def reject(codes: str, quantity: str, **cells: str) -> Row:
    """The cells of a line that gets no refund."""
    return {"decision": "reject", "codes": codes, "quantity": quantity} | cells


def by(person: str, answers: str) -> Row:
    return {"resolved_by": person, "answers": answers}


def decided(quantity: str) -> Row:
    """The cells of a line that an earlier night decided."""
    return {"decision": "already-decided", "codes": "", "quantity": quantity}


def duplicate(quantity: str) -> Row:
    """The cells of a row that says again what another row says."""
    return {"decision": "duplicate", "codes": "", "quantity": quantity}


# One bank day after Thursday 11-19 is Friday 11-20. Bank days from there: 11-23, 24, 25, 27, 30, 12-01 and,
# the seventh, 12-02; then 12-03, 12-04 and, the tenth, 12-07.
PAYOUT_DATES_NIGHT_BEFORE: Row = {
    "payout_date": "2026-11-20",
    "credit_from": "2026-12-02",
    "credit_to": "2026-12-07",
}

# One bank day after Friday 11-20 is Monday 11-23. Bank days from there: 11-24, 25, 27, 30, 12-01, 12-02 and,
# the seventh, 12-03; then 12-04, 12-07 and, the tenth, 12-08.
PAYOUT_DATES_MAIN: Row = {
    "payout_date": "2026-11-23",
    "credit_from": "2026-12-03",
    "credit_to": "2026-12-08",
}
