"""A story as data: one RMA or order over all nights, put together from the rows that were found. Amounts are cents."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from refund_calc.policy.findings import BY_CODE, by_people
from refund_calc.policy.versions import Policy, PolicySet
from refund_calc.policy.vocabulary import RETURN
from refund_calc.reading.story.arithmetic import Sum, sums
from refund_calc.reading.story.found import Cells, Found, Row, cells_of, find
from refund_calc.reading.story.payouts import Payout, payouts_of
from refund_calc.reading.story.said import would_have_said

REFUND = "refund"
LineKey = tuple[str, str, str]  # rma_number, order_number, order_line; blank where unknown
DATES = ("received_date", "due_date", "payout_date", "credit_from", "credit_to")


@dataclass(frozen=True)
class Spoken:
    """A finding that stood, as the exceptions report words it."""

    code: str
    clause: str
    severity: str
    message: str
    next_step: str
    first_seen: str


@dataclass(frozen=True)
class Answered:
    """A resolution that took effect on a line, and what the finding said before, or would have."""

    action: str
    code: str
    clause: str
    amount: int | None
    resolved_by: str
    note: str
    night: str  # on which it came into force
    place: int | None  # in the order of that night's resolutions
    overridden: str = ""


@dataclass(frozen=True)
class Step:
    """What one night decided on a line, or several nights in a row that said the same."""

    first_night: str
    last_night: str
    nights: int
    decision: str
    units: int | None
    policy_version: str
    spoken: tuple[Spoken, ...]
    answered: tuple[Answered, ...]
    sums: tuple[Sum, ...]
    dates: Mapping[str, str]  # of DATES; blank where there is none

    @property
    def net(self) -> int | None:
        """What the line gets; None where it gets nothing yet, or nothing at all."""
        return self.sums[-1].cents if self.sums else None


@dataclass(frozen=True)
class LineStory:
    """One line: what was bought, what came back, and what each night said."""

    order_number: str
    order_line: str
    sku: str
    content: Row  # the deciding content as the nights last knew it
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class RmaStory:
    """One RMA: its lines, what was paid, what people decided, and what a redo changed."""

    rma_number: str
    lines: tuple[LineStory, ...]
    payouts: tuple[Payout, ...]
    resolutions: tuple[Row, ...]
    refused: tuple[tuple[str, str], ...]  # night and message of resolutions that can never apply
    redone: tuple[tuple[str, Cells], ...]  # night and row of redo.csv


@dataclass(frozen=True)
class Story:
    """What was asked for, over all nights up to the last one."""

    asked: str
    last_night: str
    nights: int
    currency: str
    rmas: tuple[RmaStory, ...]
    opening: tuple[Row, ...]


def story(out: Path, asked: str, policies: PolicySet | None = None) -> Story:
    """The story of an RMA, or of every RMA of an order.

    `policies` give the rates where a version's file is the one that the night names by its hash. Raises NoInput where
    OUT holds no night, Misused where no night knows the name, BadData for a published file that was changed.
    """
    found = find(out, asked)
    reports = _Reports(found)
    last = found.nights[-1]
    rmas = tuple(_rma(found, reports, rma, policies) for rma in found.rmas)
    return Story(asked, last.name, len(found.nights), last.terms.currency, rmas, found.opening)


class _Reports:
    """The reports of the nights that are asked for, each read once."""

    def __init__(self, found: Found) -> None:
        self._found, self._read = found, dict[tuple[str, str], tuple[Cells, ...]]()

    def of(self, night: str, report: str, rma: str) -> list[Cells]:
        """The rows of a report of this RMA."""
        if (night, report) not in self._read:
            is_latest = night == self._found.nights[-1].name
            place = self._found.night(night)
            self._read[night, report] = cells_of(place, report, self._found.rmas, is_latest=is_latest)
        return [cells for cells in self._read[night, report] if cells["rma_number"] == rma]


def _key(row: Mapping[str, object]) -> LineKey:
    return str(row["rma_number"] or ""), str(row["order_number"] or ""), str(row["order_line"] or "")


def _rma(found: Found, reports: _Reports, rma: str, policies: PolicySet | None) -> RmaStory:
    lines = [row for row in found.lines if row["rma_number"] == rma]
    no_line = by_people.invalid_resolution.code
    findings = [row for row in found.findings if row["rma_number"] == rma and row["code"] != no_line]
    keys = sorted({_key(row) for row in (*lines, *findings)})
    of_lines = (
        _line(
            found, reports, key, [r for r in lines if _key(r) == key], [r for r in findings if _key(r) == key], policies
        )
        for key in keys
    )
    resolutions = tuple(row for row in found.resolutions if row["rma_number"] == rma)
    refused = [row for row in found.findings if row["rma_number"] == rma and row["code"] == no_line]
    told = {
        (str(row["night"]), cells["message"]): None
        for row in refused
        for cells in reports.of(str(row["night"]), "exceptions", rma)
        if cells["code"] == no_line
    }
    redone = tuple((n.name, cells) for n in found.nights for cells in reports.of(n.name, "redo", rma))
    return RmaStory(rma, tuple(of_lines), payouts_of(found, reports.of, rma), resolutions, tuple(told), redone)


def _line(
    found: Found,
    reports: _Reports,
    key: LineKey,
    lines: Sequence[Row],
    findings: Sequence[Row],
    policies: PolicySet | None,
) -> LineStory:
    steps: list[Step] = []
    sku = ""
    for nights in _alike(lines, findings):
        rows = [row for row in lines if row["night"] == nights[-1]]
        row: Row = rows[-1] if rows else {}
        register = _register(reports.of(nights[-1], "refunds", key[0]), key, str(row.get("decision", "")))
        spoken = tuple(_spoken(reports.of(nights[-1], "exceptions", key[0]), key))
        terms = _terms(found, nights[-1], register.get("policy_version", ""), policies)
        said = {s.code: s.message for step in steps for s in step.spoken}
        answered = tuple(
            replace(answer, overridden=said.get(answer.code) or would_have_said(answer.code, row, nights[-1], terms))
            for answer in _answered(found, key, register, nights[-1])
        )
        before = [earlier for earlier in lines if str(earlier["night"]) < nights[-1]]
        decision = str(row.get("decision") or findings[-1]["severity"])
        steps.append(
            Step(
                first_night=nights[0],
                last_night=nights[-1],
                nights=len(nights),
                decision=decision,
                units=_units(row, register),
                policy_version=register.get("policy_version", ""),
                spoken=spoken,
                answered=answered,
                sums=sums(row, before, answered, terms) if decision == REFUND else (),
                dates={name: register.get(name, "") for name in DATES},
            )
        )
        sku = register.get("sku", "") or sku
    known = [row for row in lines if row["return_type"]]
    return LineStory(key[1], key[2], sku, known[-1] if known else {}, tuple(steps))


def _alike(lines: Sequence[Row], findings: Sequence[Row]) -> list[list[str]]:
    """The nights that speak of a line, those that follow each other with the same decision and codes together."""
    said: dict[str, tuple[object, ...]] = {}
    for night in sorted({str(row["night"]) for row in (*lines, *findings)}):
        decisions = [(row["decision"], row["stage"]) for row in lines if row["night"] == night]
        codes = sorted({str(row["code"]) for row in findings if row["night"] == night})
        is_refund = any(decision == REFUND for decision, _ in decisions)
        said[night] = (*decisions, *codes, night if is_refund else "")
    runs: list[list[str]] = []
    for night, what in said.items():
        if runs and said[runs[-1][-1]] == what:
            runs[-1].append(night)
        else:
            runs.append([night])
    return runs


def _register(rows: Iterable[Cells], key: LineKey, decision: str) -> Cells:
    """The register's row of a line with the decision that the record has; of conflicting rows the first."""
    return next((cells for cells in rows if _key(cells) == key and cells["decision"] == decision), {})


def _units(row: Row, register: Cells) -> int | None:
    if row.get("units") is not None:
        return int(str(row["units"]))
    return int(register["quantity"]) if register.get("quantity") else None


def _spoken(exceptions: Iterable[Cells], key: LineKey) -> Iterable[Spoken]:
    names = ("code", "clause", "severity", "message", "next_step", "first_seen")
    of_line = (c for c in exceptions if _key(c) == key and c["code"] != by_people.invalid_resolution.code)
    # Conflicting rows say the same.
    yield from dict.fromkeys(Spoken(*(cells[name] for name in names)) for cells in of_line)


def _answered(found: Found, key: LineKey, register: Cells, night: str) -> Iterable[Answered]:
    """The resolutions that took effect on the line that night, with who said so and why."""
    for answer in filter(None, register.get("answers", "").split(";")):
        action, _, code = answer.partition(" ")
        resolution = _resolution(found, key, night, action, code)
        finding = BY_CODE.get(code)
        amount = resolution.get("amount")
        yield Answered(
            action=action,
            code=code,
            clause=finding.clause_for(str(register.get("return_type") or RETURN)) if finding else "",
            amount=int(str(amount)) if amount is not None else None,
            resolved_by=str(resolution.get("resolved_by") or register.get("resolved_by", "")),
            note=str(resolution.get("note") or ""),
            night=str(resolution.get("night") or ""),
            place=int(str(resolution["place"])) if resolution else None,
        )


def _resolution(found: Found, key: LineKey, night: str, action: str, code: str) -> Row:
    """The one that counted: a line's own before the RMA's, then the latest (rulebook 8)."""
    own: list[Row] = []
    of_rma: list[Row] = []
    for row in found.resolutions:
        finding = BY_CODE.get(str(row["code"]))
        means = {row["code"], finding.answers.deduction if finding else ""}
        names_it = row["order_number"] in ("", key[1], None) and row["order_line"] in ("", key[2], None)
        is_it = row["rma_number"] == key[0] and row["action"] == action and code in means
        if is_it and names_it and str(row["night"]) <= night:
            (own if row["order_line"] else of_rma).append(row)
    return (own or of_rma or [{}])[-1]


def _terms(found: Found, night: str, version: str, policies: PolicySet | None) -> Policy | None:
    """The policy version that judged the line, where it is at hand and the file that the night names by its hash."""
    judged = {(p["version"], p["sha256"]) for p in found.night(night).manifest["policy"]}
    versions = policies.versions if policies else ()
    return next((p for p in versions if p.version == version and (p.version, p.sha256) in judged), None)
