"""A story as text for a person: one screen, from what was bought to when the money leaves."""

import textwrap
from collections.abc import Iterator

from refund_calc.columns.counted import counted, noun
from refund_calc.policy.money import dollar_text
from refund_calc.reading.story.arithmetic import GROSS, NET, Sum
from refund_calc.reading.story.found import Row
from refund_calc.reading.story.payouts import Payout
from refund_calc.reading.story.told import REFUND, Answered, LineStory, RmaStory, Step, Story

WIDTH, MOST_OF_A_NOTE = 110, 400  # characters
ALREADY_DECIDED = "already-decided"  # on the record of the first night only
INSPECTED = ("original_box", "items_missing", "packaging_damaged")
WORKED_BACK = " (rate worked back from the figure)"


def text(story: Story) -> str:
    """What `refund-calc explain` prints."""
    lines: list[str] = []
    for rma in story.rmas:
        lines += ["", *_rma(rma, story)] if lines else _rma(rma, story)
    if story.opening:
        lines += ["", *_opening(story)] if lines else [*_opening(story)]
    return "\n".join(lines)


def _rma(rma: RmaStory, story: Story) -> Iterator[str]:
    orders = sorted({line.order_number for line in rma.lines if line.order_number})
    of = f" of {noun(len(orders), 'order')} {', '.join(orders)}" if orders else ""
    yield f"{rma.rma_number}{of}, up to the night of {story.last_night}, in {story.currency}"
    for line in rma.lines:
        yield ""
        yield from _line(line, story.last_night)
    for payout in rma.payouts:
        yield ""
        yield from _payout(payout)
    for night, cells in rma.redone:
        before, after = cells["amount_before"] or "not there", cells["amount_after"] or "gone"
        yield f"redone     {night}: payout {cells['payout_id']} was {before} before, now {after}"
    yield from _other_resolutions(rma)


def _line(line: LineStory, last_night: str) -> Iterator[str]:
    content, sku = line.content, f": {line.sku}" if line.sku else ""
    kind = f" ({content['item_type']})" if content.get("item_type") else ""
    yield f"Line {line.order_line or '?'} of {line.order_number or 'an unknown order'}{sku}{kind}"
    if content.get("quantity") is not None:
        yield from _wrapped("bought", _bought(content))
    if content.get("return_type"):
        yield from _wrapped("return", _returned(content))
    for step in line.steps:
        yield from _step(step)
    due = [step.dates["due_date"] * (step.decision != REFUND) for step in line.steps if step.dates["due_date"]]
    if due and due[-1] and line.steps[-1].decision == "hold":
        yield f"  {'promise':<10} paid by {due[-1]} (RP-10){', past' if due[-1] < last_night else ''}"


def _bought(row: Row) -> str:
    discount = f" - {_money(row, 'line_discount')} discount" if row["line_discount"] else ""
    paid = f"{row['quantity']} x {_money(row, 'unit_price')}{discount}, tax {_money(row, 'line_tax')}"
    dates = [
        f"{name} {row[f'{column}_date']}"
        for name, column in (("picked up", "picked_up"), ("delivered", "delivered"))
        if row[f"{column}_date"]
    ]
    where = f"{row['sales_channel']}, {row['ship_country']}"
    return "; ".join(
        [f"{row['ordered_date']} at {where}", paid, *dates, f"shipping of the order {_money(row, 'shipping_paid')}"]
    )


def _returned(row: Row) -> str:
    told = [f"{str(row['return_type']).replace('_', ' ')} for {row['reason']}, asked on {row['requested_date']}"]
    told[0] += f" for {row['quantity_requested']}"
    if row["received_date"] or row["quantity_received"] is not None:
        told.append(
            f"received {row['quantity_received'] if row['quantity_received'] is not None else '?'}"
            f" by {row['received_date'] or 'an unknown day'}"
        )
    told += [f"{name.replace('_', ' ')}: {'yes' if row[name] else 'no'}" for name in INSPECTED if row[name] is not None]
    if row["damage_grade"]:
        told.append(f"damage: {row['damage_grade']}")
    if row["dispute_status"] not in (None, "none"):
        told.append(f"dispute {row['dispute_status']}")
    return "; ".join(told)


def _step(step: Step) -> Iterator[str]:
    nights = step.first_night if step.nights == 1 else f"{step.first_night} to {step.last_night}, {step.nights} nights"
    units = f" {counted(step.units, 'unit')}" if step.units else ""
    policy = f", policy {step.policy_version}" if step.policy_version else ""
    before = ", refunded before the first night" if step.decision == ALREADY_DECIDED else ""
    yield f"  {nights}: {step.decision}{units}{policy}{before}"
    for spoken in step.spoken:
        yield from _wrapped(spoken.clause, f"{spoken.code}: {spoken.message}", 4)
        if spoken.severity == "hold":
            yield from _wrapped("", f"next ({spoken.turn}): {spoken.next_step}", 4)
    for answer in step.answered:
        yield from _wrapped("answered", _answer(answer), 4)
    yield from _sums(step.sums)
    if step.decision == REFUND and not step.net:
        yield f"    {'':<10} a refund of nothing: no payout"


def _answer(answer: Answered) -> str:
    amount = f" {dollar_text(answer.amount)}" if answer.amount is not None else ""
    clause = f" ({answer.clause})" if answer.clause else ""
    said = f', which says "{answer.overridden}"' if answer.overridden else ""
    note = f'; note: "{_shortened(answer.note)}"' if answer.note else "; without a note"
    return f"{answer.resolved_by}: {answer.action} {answer.code}{amount}{clause}{said}{note}"


def _sums(sums: tuple[Sum, ...]) -> Iterator[str]:
    width = max((len(dollar_text(part.cents)) for part in sums), default=0)
    for part in sums:
        if part.name in (GROSS, NET):
            yield f"    {'':<19}{'-' * width}"
        why = part.why + (WORKED_BACK if part.is_rate_worked_back else "")
        why += f", capped from {dollar_text(part.capped_from)}" if part.capped_from is not None else ""
        clause = f"{part.clause}  " if part.clause else ""
        name = part.name.replace("_", " ")
        yield f"    {name:<19}{dollar_text(part.cents):>{width}}  {clause}{why}".rstrip()


def _payout(payout: Payout) -> Iterator[str]:
    posted = f"booked by the night of {payout.posted}" if payout.posted else "not booked yet"
    yield f"Payout {payout.payout_id}: {payout.amount} on {payout.payout_date}, {posted}"
    if payout.due_date:
        kept = "in time" if payout.is_kept else "too late"
        yield f"  {'promise':<10} paid by {payout.due_date} (RP-10): {kept}"
    yield f"  {'bank':<10} shows it from {payout.credit_from} to {payout.credit_to} (RP-11)"


def _other_resolutions(rma: RmaStory) -> Iterator[str]:
    """What people wrote that took effect on no line, so that nobody looks for it in vain."""
    took = {(a.night, a.place) for line in rma.lines for step in line.steps for a in step.answered}
    rest = [row for row in rma.resolutions if (row["night"], row["place"]) not in took]
    if rest or rma.refused:
        yield ""
        yield "Resolutions that took effect on no line so far"
    for row in rest:
        note = f': "{_shortened(str(row["note"]))}"' if row["note"] else ""
        yield from _wrapped(str(row["night"]), f"{row['resolved_by']}: {row['action']} {row['code']}{note}")
    for night, message in rma.refused:
        yield from _wrapped(night, f"not accepted: {message}")


def _opening(story: Story) -> Iterator[str]:
    yield "Refunded before the first night"
    for row in story.opening:
        rma = row["rma_number"] or "an RMA that is not known"
        units = counted(int(str(row["units"])), "unit")
        yield f"  {rma}, order {row['order_number']}, line {row['order_line']}: {units}, {_money(row, 'net_refund')}"


def _shortened(note: str) -> str:
    """A note as it fits the screen; --json has all of it."""
    return note if len(note) <= MOST_OF_A_NOTE else f"{note[: MOST_OF_A_NOTE - 1]}…"


def _wrapped(name: str, words: str, indent: int = 2) -> Iterator[str]:
    start = f"{' ' * indent}{name:<10} "
    yield from textwrap.wrap(
        " ".join(words.split()), WIDTH, initial_indent=start, subsequent_indent=" " * len(start), break_on_hyphens=False
    )


def _money(row: Row, column: str) -> str:
    value = row[column]
    return dollar_text(int(str(value))) if value is not None else "unknown"
