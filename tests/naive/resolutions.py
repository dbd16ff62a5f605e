"""Section 8: what people decided, and how it acts at the end of a stage."""

from typing import Any

from tests.naive.cell_types import Reader, read_money, read_text
from tests.naive.codes import ALLOWED_UP_TO, CLAUSES, CODES_OF_ACTION
from tests.naive.common import Date, Key
from tests.naive.files_in import Row
from tests.naive.history import Resolution
from tests.naive.lines import Finding, Line, Night, exception_cells
from tests.naive.policy import may_approve


def optional(read: Reader, text: str) -> Any:
    """The typed value, or None where the text is blank or breaks the type."""
    try:
        return read(text, None) if text else None  # type: ignore[arg-type]
    except ValueError:
        return None


def code_and_action(row: Row) -> tuple[str, str]:
    """With waive and set-amount, damage-unpriced means the deduction damage, before anything else is looked at."""
    code, action = row.values["code"].lower(), row.values["action"].lower()
    if code == "damage-unpriced" and action in ("waive", "set-amount"):
        code = "damage"
    return code, action


def why_it_can_never_apply(night: Night, row: Row) -> str:
    """The column because of which a resolution can never apply, or an empty text."""
    values = row.values
    code, action = code_and_action(row)
    if wrong := names_nothing(row, code, night.history.keys_read):
        return wrong
    if action not in CODES_OF_ACTION:
        return "action"
    if code not in CODES_OF_ACTION[action]:
        return "code"
    if action == "set-amount" and not values["order_line"]:
        return "order_line"
    if needs_amount(action, code) and optional(read_money, values["amount"]) is None:
        return "amount"
    if optional(read_text, values["resolved_by"]) is None:
        return "resolved_by"
    if (action, code) == ("allow", "approval-required") and not may_approve(values["resolved_by"], night.policy):
        return "resolved_by"
    return ""


def names_nothing(row: Row, code: str, keys_read: set[Key]) -> str:
    """The RMA and its line must have been read, tonight or earlier; a stop may come before its RMA."""
    values = row.values
    if optional(read_text, values["rma_number"]) is None:
        return "rma_number"
    if not any(key[0] == values["rma_number"] for key in keys_read):
        if code != "stopped-by-review":
            return "rma_number"
        unreadable = [c for c in ("order_number", "order_line") if values[c] and optional(read_text, values[c]) is None]
        return unreadable[0] if unreadable else ""
    named = Resolution(values["rma_number"], values["order_number"], values["order_line"], "", "", None, "", Date.min)
    if not any(named.names(key) for key in keys_read):
        return "order_line" if values["order_line"] else "order_number"
    return ""


def needs_amount(action: str, code: str) -> bool:
    return action == "set-amount" or (action == "allow" and code in ALLOWED_UP_TO)


def take_resolutions(night: Night, again: list[Resolution]) -> None:
    """Tonight's resolutions come into force, in the order of the file; those that can never apply are reported.

    `again` are those that a night brought into force that is now done again: they come first, untested.
    """
    for resolution in again:
        come_into_force(night, resolution)
    for row in night.inputs.resolutions:
        if wrong := why_it_can_never_apply(night, row):
            report_invalid_resolution(night, row, wrong)
            continue
        values = row.values
        code, action = code_and_action(row)
        resolution = Resolution(
            rma_number=values["rma_number"],
            order_number=values["order_number"],
            order_line=values["order_line"],
            code=code,
            action=action,
            amount=optional(read_money, values["amount"]),
            resolved_by=values["resolved_by"],
            night=night.as_of,
        )
        # A withdrawn one no longer counts, for this too: what was withdrawn can be said again in the same words.
        latest = [r for r in night.history.resolutions if r.target == resolution.target][-1:]
        if not latest or latest[0].decided != resolution.decided:
            come_into_force(night, resolution)


def come_into_force(night: Night, resolution: Resolution) -> None:
    history = night.history
    if resolution.action == "withdraw":
        history.resolutions = [r for r in history.resolutions if not withdraws(resolution, r)]
    history.resolutions.append(resolution)
    history.came_last_night.append(resolution)


def withdraws(withdraw: Resolution, earlier: Resolution) -> bool:
    """The same scope: that line, or the RMA as a whole; a blank order_number is any order."""
    codes = ("damage-unpriced", "damage") if withdraw.code == "damage-unpriced" else (withdraw.code,)
    return (
        earlier.action != "withdraw"
        and earlier.code in codes
        and (earlier.rma_number, earlier.order_line) == (withdraw.rma_number, withdraw.order_line)
        and (earlier.order_number == withdraw.order_number or "" in (earlier.order_number, withdraw.order_number))
    )


def report_invalid_resolution(night: Night, row: Row, wrong: str) -> None:
    key = [optional(read_text, row.values[column]) or "" for column in ("rma_number", "order_number", "order_line")]
    finding = Finding(
        "invalid-resolution", "hold", f"this resolution can never apply: see {wrong}", wrong, row.values[wrong]
    )
    cells = exception_cells(night, finding, CLAUSES["invalid-resolution"], row.source_file, row.source_line)
    cells.update(zip(("rma_number", "order_number", "order_line"), key, strict=True))
    night.loose_exceptions.append((cells, (*key, "invalid-resolution")))


def is_to_be_decided_afresh(night: Night, key: Key) -> bool:
    """A resolution that came into force tonight names it; to keep money back is no reason to look again."""
    return any(r.names(key) and not keeps_money_back(r) for r in night.history.came_last_night)


def keeps_money_back(resolution: Resolution) -> bool:
    """A stop, or a reject that works like one."""
    return resolution.code == "stopped-by-review" and resolution.action in ("stop", "reject")


def settle(night: Night, line: Line, stage: str, found: list[Finding]) -> None:
    """The end of a stage: resolutions act on what was found, then the deciding severity decides."""
    kept = []
    for finding in found:
        answer = night.resolution(line.key, finding.code)
        if answer and answer.action == "allow" and drops(answer, finding, line):
            line.resolved.add(answer.told)
        else:
            kept.append(finding)
    if rejects := [finding for finding in kept if finding.severity == "reject"]:
        line.decision, line.findings = "reject", rejects
    elif kept:
        line.decision, line.findings, line.held_at = "hold", kept, stage
        review(night, line)


def drops(allow: Resolution, finding: Finding, line: Line) -> bool:
    if finding.code == "approval-required":
        return False  # whether an approval is high enough depends on the whole order: stage E has looked at it itself
    if finding.code == "refunded-elsewhere":
        return (allow.amount or 0) >= (line.refunded_amount or 0)
    return True


def review(night: Night, line: Line) -> None:
    """Section 8, reject: a line held by that code is rejected instead, with the one finding rejected-by-review."""
    answers = [(finding, night.resolution(line.key, finding.code)) for finding in line.findings]
    rejects = [(finding, answer) for finding, answer in answers if answer and answer.action == "reject"]
    if not rejects:
        line.resolved |= {answer.told for _, answer in answers if answer and answer.action == "stop"}
        return
    for finding, answer in rejects:
        line.resolved.add(answer.told)
        line.accepts_new_content |= finding.code in ("changed-after-refund", "disputed-after-refund")
    codes = ", ".join(finding.code for finding in line.findings)
    line.decision, line.held_at = "reject", ""
    line.findings = [rejected_by_review(f"held for {codes}; a person rejected it")]


def rejected_by_review(message: str) -> Finding:
    return Finding("rejected-by-review", "reject", message)
