"""A story as a text for the customer: the decision, the arithmetic and the clause in the store's words.

What the house writes for itself stays in the house: no finding's code, account, policy version, note or name.
"""

import re
import textwrap
from collections.abc import Iterable, Iterator

from refund_calc.columns.counted import counted, noun
from refund_calc.policy.deductions import DEDUCTIONS
from refund_calc.policy.findings import BY_CODE
from refund_calc.policy.money import dollar_text
from refund_calc.reading.story.arithmetic import NET, Sum
from refund_calc.reading.story.clauses import BY_REVIEW, CAPPED, CHECKING, CLAUSES, NOTICE, WAITING
from refund_calc.reading.story.told import REFUND, Answered, LineStory, RmaStory, Step, Story

WIDTH, NAME = 90, 38
HOLD, REJECT = "hold", "reject"
NAMES = {
    "merchandise": "Price paid",
    "tax": "Tax",
    "shipping_refund": "Shipping you paid",
    "gross_refund": "Before deductions",
    "return_shipping": "Return shipping",
    "outbound_shipping": "Shipping to you",
    "restocking_fee": "Restocking fee",
    "damage": "Damage",
    "cancellation_loss": "Cost of cancelling",
    NET: "Your refund",
}
LIMIT = re.compile(r"the limit is (\d+)$")


def letter(story: Story) -> str:
    """What `refund-calc explain --letter` prints: one letter per RMA."""
    return "\n\n\n".join("\n".join(_letter(rma, story)) for rma in story.rmas) or _before_us(story)


def _letter(rma: RmaStory, story: Story) -> Iterator[str]:
    orders = sorted({line.order_number for line in rma.lines if line.order_number})
    of = f" of {noun(len(orders), 'order')} {', '.join(orders)}" if orders else ""
    yield f"Your return {rma.rma_number}{of}"
    yield ""
    yield "Dear customer,"
    for line in rma.lines:
        yield ""
        yield from _line(line, story)
    for payout in rma.payouts:
        leaves = "left us" if payout.payout_date <= story.last_night else "leaves us"
        yield ""
        yield from _paragraph(
            f"{payout.amount} {story.currency} {leaves} on {payout.payout_date}. Your bank shows it between "
            f"{payout.credit_from} and {payout.credit_to}."
        )
    if not rma.lines:
        yield ""
        yield _before_us(story)
    yield ""
    yield "Kind regards"


def _line(line: LineStory, story: Story) -> Iterator[str]:
    what = line.sku or (f"Line {line.order_line}" if line.order_line else "Your return")
    refunds = [step for step in line.steps if step.decision == REFUND]
    for at, step in enumerate(refunds):
        yield from ["", *_refund(what, step, story.currency)] if at else _refund(what, step, story.currency)
    last = line.steps[-1]
    if last.decision == REFUND:
        return
    if refunds:
        yield ""
    if last.decision == REJECT:
        reasons = list(_reasons(line, last))
        yield from _paragraph(f"{what}: {'nothing more is refunded' if refunds else 'we cannot refund this item'}.")
        yield from _paragraph(*(reasons if reasons or refunds else [BY_REVIEW]))
    elif last.decision == HOLD:
        yield from _paragraph(f"{what}: {'we are looking at it once more' if refunds else 'we have not decided yet'}.")
        yield from _waiting(last, story.last_night)
    else:
        yield from _paragraph(f"{what}: it was refunded before.")


def _waiting(step: Step, last_night: str) -> Iterator[str]:
    yield from _paragraph(*dict.fromkeys(WAITING.get(spoken.clause, CHECKING) for spoken in step.spoken))
    if (due := step.dates["due_date"]) and step.dates["received_date"]:
        late = f"It should have been settled by {due}; we are sorry for the delay."
        yield from _paragraph(
            late if due < last_night else f"We settle it by {due}, unless what we wait for takes longer."
        )


def _refund(what: str, step: Step, currency: str) -> Iterator[str]:
    units = counted(step.units or 0, "unit")
    amount = f"{dollar_text(step.net)} {currency}" if step.net else "nothing"
    yield from _paragraph(f"{what}: we refund {amount} for {units}.")
    yield ""
    width = max(len(dollar_text(part.cents)) for part in step.sums)
    for part in step.sums:
        yield f"    {_name(part):<{NAME}}{dollar_text(part.cents):>{width}}"
    yield ""
    yield from _paragraph(*_clauses(step.sums), *_exceptions(step.answered))


def _name(part: Sum) -> str:
    return (
        f"{NAMES[part.name]} ({part.rate}% of the price)"
        if part.rate and part.capped_from is None
        else NAMES[part.name]
    )


def _clauses(sums: Iterable[Sum]) -> Iterable[str]:
    """The clause behind each deduction, once, in the store's words; or that it is not charged."""
    taken = [part for part in sums if part.name in DEDUCTIONS]
    not_charged = (f"{NAMES[part.name]}: we do not charge it to you." for part in taken if not part.cents)
    capped = [CAPPED] if any(part.capped_from is not None for part in taken) else []
    return dict.fromkeys([*(CLAUSES[part.clause] for part in taken if part.cents), *not_charged, *capped])


def _exceptions(answered: Iterable[Answered]) -> Iterator[str]:
    """Where somebody decided in the customer's favour."""
    for answer in answered:
        finding = BY_CODE.get(answer.code)
        if answer.action == "allow" and finding and finding.severity == REJECT and answer.clause in CLAUSES:
            yield f"{CLAUSES[answer.clause]} We made an exception for you."


def _reasons(line: LineStory, step: Step) -> Iterable[str]:
    """Why it is refused: the clause in the store's words, with the dates that it is about."""
    clauses = [spoken.clause for spoken in step.spoken]
    clauses += [answer.clause for answer in step.answered if answer.action == REJECT]
    words = {clause: CLAUSES[clause] for clause in clauses if clause in CLAUSES}
    for spoken in step.spoken:
        delivered, asked = line.content.get("delivered_date"), line.content.get("requested_date")
        if spoken.clause == "RP-1" and (limit := LIMIT.search(spoken.message)):
            facts = f" Your order was delivered on {delivered}, and your request came on {asked}."
            words[spoken.clause] = NOTICE.format(period=f"{limit[1]} days of") + facts
    return words.values()


def _before_us(story: Story) -> str:
    return "\n".join(_paragraph(f"Order {story.asked}: what was returned of it was refunded before."))


def _paragraph(*sentences: str) -> Iterator[str]:
    yield from textwrap.wrap(" ".join(sentences), WIDTH, break_on_hyphens=False)
