"""Section 8: what people decided, and how it acts at the end of a stage."""

from typing import Any

from tests.naive.cell_types import Reader, read_money, read_text
from tests.naive.codes import CLAUSES, CODES_OF_ACTION
from tests.naive.common import Date, Key
from tests.naive.files_in import Row
from tests.naive.history import Resolution
from tests.naive.lines import Finding, Line, Night, exception_cells


def optional(read: Reader, text: str) -> Any:
    """The typed value, or None where the text is blank or breaks the type."""
    try:
        return read(text, None) if text else None  # type: ignore[arg-type]
    except ValueError:
        return None


def why_it_can_never_apply(row: Row, keys_read: set[Key]) -> str:
    """The column because of which a resolution can never apply, or an empty text."""
    values = row.values
    code, action = values["code"].lower(), values["action"].lower()
    named = Resolution(values["rma_number"], values["order_number"], values["order_line"], "", "", None, "", Date.min)
    if not values["rma_number"] or not any(key[0] == values["rma_number"] for key in keys_read):
        return "rma_number"
    if not any(named.names(key) for key in keys_read):
        return "order_line" if values["order_line"] else "order_number"
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
    return ""


def needs_amount(action: str, code: str) -> bool:
    return action == "set-amount" or (action, code) == ("allow", "approval-required")


def take_resolutions(night: Night) -> None:
    """Tonight's resolutions come into force, in the order of the file; those that can never apply are reported."""
    for row in night.inputs.resolutions:
        if wrong := why_it_can_never_apply(row, night.history.keys_read):
            report_invalid_resolution(night, row, wrong)
            continue
        values = row.values
        resolution = Resolution(
            rma_number=values["rma_number"],
            order_number=values["order_number"],
            order_line=values["order_line"],
            code=values["code"].lower(),
            action=values["action"].lower(),
            amount=optional(read_money, values["amount"]),
            resolved_by=values["resolved_by"],
            night=night.as_of,
        )
        latest = [r for r in night.history.resolutions if same_target(r, resolution)][-1:]
        if not latest or latest[0].decided != resolution.decided:
            night.history.resolutions.append(resolution)


def same_target(one: Resolution, other: Resolution) -> bool:
    """Section 8: the same RMA, line and code; lines of two orders are not the same line, but blank is any order."""
    same = (one.rma_number, one.order_line, one.code) == (other.rma_number, other.order_line, other.code)
    return same and (one.order_number == other.order_number or "" in (one.order_number, other.order_number))


def report_invalid_resolution(night: Night, row: Row, wrong: str) -> None:
    key = [optional(read_text, row.values[column]) or "" for column in ("rma_number", "order_number", "order_line")]
    finding = Finding(
        "invalid-resolution", "hold", f"this resolution can never apply: see {wrong}", wrong, row.values[wrong]
    )
    cells = exception_cells(night, finding, CLAUSES["invalid-resolution"], row.source_file, row.source_line)
    cells.update(zip(("rma_number", "order_number", "order_line"), key, strict=True))
    night.loose_exceptions.append((cells, (*key, "invalid-resolution")))


def came_into_force_tonight(night: Night, key: Key) -> bool:
    return any(r.night == night.as_of and r.names(key) for r in night.history.resolutions)


def settle(night: Night, line: Line, stage: str, found: list[Finding]) -> None:
    """The end of a stage: resolutions act on what was found, then the deciding severity decides."""
    kept = []
    for finding in found:
        answer = night.resolution(line.key, finding.code)
        # Whether an approval is high enough depends on the whole order: stage E has looked at that itself.
        if answer and answer.action == "allow" and finding.code != "approval-required":
            line.resolvers.add(answer.resolved_by)
        else:
            kept.append(finding)
    if rejects := [finding for finding in kept if finding.severity == "reject"]:
        line.decision, line.findings = "reject", rejects
    elif kept:
        line.decision, line.findings, line.held_at = "hold", kept, stage
        review(night, line)


def review(night: Night, line: Line) -> None:
    """Section 8, reject: a line held by that code is rejected instead, with the one finding rejected-by-review."""
    for finding in line.findings:
        answer = night.resolution(line.key, finding.code)
        if not answer or answer.action != "reject":
            continue
        if finding.code in ("changed-after-refund", "disputed-after-refund"):
            if answer.night != night.as_of:
                continue  # it accepted what stood there on its own night, and nothing that came later
            line.accepts_new_content = True
        line.decision, line.held_at = "reject", ""
        line.resolvers.add(answer.resolved_by)
    if line.decision == "reject":
        codes = ", ".join(finding.code for finding in line.findings)
        line.findings = [Finding("rejected-by-review", "reject", f"held for {codes}; a person rejected it")]
