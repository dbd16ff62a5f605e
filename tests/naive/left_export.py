"""Section 4, left-the-export: held keys that stand on no row of tonight's returns."""

from collections import defaultdict
from typing import Any

from tests.naive.codes import CLAUSES
from tests.naive.common import Date, Key, show_money
from tests.naive.history import Watched
from tests.naive.lines import Finding, Line, Night, exception_cells
from tests.naive.money import expected_share
from tests.naive.resolutions import rejected_by_review

Identity = tuple[str, ...]  # of a finding, by which first_seen follows it from night to night
CODE = "left-the-export"


def claim_amount(line: Line) -> str:
    """From stage C on; before, blank."""
    if line.policy is None:
        return ""
    return show_money(expected_share(line, "merchandise") + expected_share(line, "tax"))


def missing_keys(night: Night) -> list[Key]:
    standing = {line.key for line in night.lines}
    return [key for key in night.history.watched if key not in standing]


def is_rejected(night: Night, key: Key) -> bool:
    answer = night.resolution(key, CODE)
    return answer is not None and answer.action == "reject"


def exceptions_of_missing_keys(night: Night) -> list[tuple[dict[str, Any], Identity]]:
    """One row a key, with the claim and the due date of the last night on which it was held; no register row."""
    exceptions: list[tuple[dict[str, Any], Identity]] = []
    for key in missing_keys(night):
        watched = night.history.watched[key]
        since = f"held for {', '.join(watched.codes)} since {watched.earliest}, and no longer in the export"
        finding = rejected_by_review(f"{since}; a person rejected it") if is_rejected(night, key) else None
        finding = finding or Finding(CODE, "hold", since)
        cells = exception_cells(night, finding, CLAUSES.get(finding.code, "CT-1"), "", 0)
        cells.update(zip(("rma_number", "order_number", "order_line"), key, strict=True))
        cells.update(source_line=None, claim_amount=watched.claim_amount, due_date=watched.due_date)
        exceptions.append((cells, (*key, finding.code)))
    return exceptions


def keep_watch(night: Night, first_seen: dict[Identity, Date]) -> dict[Identity, Date]:
    """What the next night watches; gives back first_seen with that of the missing keys' findings kept."""
    history = night.history
    kept = dict(first_seen)
    for key in missing_keys(night):
        if is_rejected(night, key):
            del history.watched[key]
            continue
        for identity in history.watched[key].identities:
            kept[identity] = history.first_seen[identity]
    by_key: dict[Key, list[Line]] = defaultdict(list)
    for line in night.lines:
        by_key[line.key].append(line)
    for key, lines in by_key.items():
        history.watched.pop(key, None)
        held = [line for line in lines if line.decision == "hold"]
        if held and all(key):
            history.watched[key] = to_watch(held, first_seen)
    return kept


def to_watch(held: list[Line], first_seen: dict[Identity, Date]) -> Watched:
    identities = sorted({identity_of(line, finding) for line in held for finding in line.findings})
    claims, due_dates = {claim_amount(line) for line in held}, {line.due_date for line in held}
    return Watched(
        claim_amount=claims.pop() if len(claims) == 1 else "",
        due_date=due_dates.pop() if len(due_dates) == 1 else None,
        codes=sorted({finding.code for line in held for finding in line.findings}),
        earliest=min(first_seen[identity] for identity in identities),
        identities=identities,
    )


def identity_of(line: Line, finding: Finding) -> Identity:
    """Key and code; for invalid-value the field too."""
    return (*line.key, finding.code, *([finding.field] if finding.code == "invalid-value" else []))
