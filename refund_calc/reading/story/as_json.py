"""A story as JSON for programs. Keys are stable: new ones may come, none goes or changes its meaning without a new
`schema_version`. Amounts are texts `0.00`, dates ISO, unknown is null."""

import json
from collections.abc import Iterable

from refund_calc.history.record import FILES, RecordColumn
from refund_calc.policy.money import dollar_text
from refund_calc.reading.story.arithmetic import Sum
from refund_calc.reading.story.found import Row
from refund_calc.reading.story.payouts import Payout
from refund_calc.reading.story.told import Answered, LineStory, RmaStory, Spoken, Step, Story

SCHEMA_VERSION = 1
CONTENT = FILES["lines"][-1 - [c.name for c in FILES["lines"]][::-1].index("return_type") :]


def as_json(story: Story) -> str:
    """What `refund-calc explain --json` prints."""
    told = {
        "schema_version": SCHEMA_VERSION,
        "asked": story.asked,
        "last_night": story.last_night,
        "nights": story.nights,
        "currency": story.currency,
        "rmas": [_rma(rma) for rma in story.rmas],
        "opening": [_row(row, FILES["opening"]) for row in story.opening],
    }
    return json.dumps(told, indent=2, ensure_ascii=False)


def _rma(rma: RmaStory) -> dict[str, object]:
    return {
        "rma_number": rma.rma_number,
        "lines": [_line(line) for line in rma.lines],
        "payouts": [_payout(payout) for payout in rma.payouts],
        "resolutions": [{"night": row["night"], **_row(row, FILES["resolutions"][2:])} for row in rma.resolutions],
        "refused_resolutions": [{"night": night, "message": message} for night, message in rma.refused],
        "redone": [
            {"night": night, **{name: _cell(cell) for name, cell in cells.items()}} for night, cells in rma.redone
        ],
    }


def _line(line: LineStory) -> dict[str, object]:
    return {
        "order_number": _cell(line.order_number),
        "order_line": _cell(line.order_line),
        "sku": _cell(line.sku),
        "content": _row(line.content, CONTENT) if line.content else None,
        "steps": [_step(step) for step in line.steps],
    }


def _step(step: Step) -> dict[str, object]:
    return {
        "first_night": step.first_night,
        "last_night": step.last_night,
        "nights": step.nights,
        "decision": step.decision,
        "units": step.units,
        "policy_version": _cell(step.policy_version),
        "findings": [_spoken(spoken) for spoken in step.spoken],
        "answers": [_answer(answer) for answer in step.answered],
        "arithmetic": [_sum(part) for part in step.sums],
        "net_refund": _money(step.net),
        **{name: _cell(date) for name, date in step.dates.items()},
    }


def _spoken(spoken: Spoken) -> dict[str, object]:
    names = ("code", "clause", "severity", "message", "next_step", "first_seen")
    return {name: getattr(spoken, name) for name in names}


def _answer(answer: Answered) -> dict[str, object]:
    names = ("action", "code", "clause", "resolved_by", "note", "night", "overridden")
    return {**{name: _cell(getattr(answer, name)) for name in names}, "amount": _money(answer.amount)}


def _sum(part: Sum) -> dict[str, object]:
    return {
        "name": part.name,
        "amount": _money(part.cents),
        "clause": _cell(part.clause),
        "why": _cell(part.why),
        "rate_percent": _cell(part.rate),
        "rate_is_worked_back": part.is_rate_worked_back,
        "by": _cell(part.by_people),
        "capped_from": _money(part.capped_from),
    }


def _payout(payout: Payout) -> dict[str, object]:
    names = ("payout_id", "night", "payout_date", "amount", "due_date", "credit_from", "credit_to", "posted")
    return {name: _cell(getattr(payout, name)) for name in names} | {"promise_is_kept": payout.is_kept}


def _row(row: Row, columns: Iterable[RecordColumn]) -> dict[str, object]:
    """The columns of a record's row; amounts and dates as text."""
    told: dict[str, object] = {}
    for column in columns:
        value = row[column.name]
        is_money = column.kind == "money" and value is not None
        told[column.name] = (
            dollar_text(int(str(value))) if is_money else str(value) if column.kind == "date" and value else value
        )
    return told


def _money(cents: int | None) -> str | None:
    return None if cents is None else dollar_text(cents)


def _cell(text: str) -> str | None:
    return text or None
