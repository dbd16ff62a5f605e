"""The exceptions that a page lists: the most urgent, and those of the lines that wait longest."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.compute as pc

from refund_calc.columns.aliases import Ints
from refund_calc.columns.dictionary import as_texts
from refund_calc.policy.findings import BY_CODE, stage_a
from refund_calc.policy.vocabulary import TURNS
from refund_calc.reading.page import held
from refund_calc.reading.page.held import Held
from refund_calc.reading.page.payable import cents
from refund_calc.reports.exceptions import CODES, Exceptions
from refund_calc.reports.exceptions_report import exception_rows

MOST_ROWS = 400  # exceptions listed on the page; the CSV has them all
_SEVERITIES = ("hold", "warning", "reject")
_URGENCY = np.array([_SEVERITIES.index(BY_CODE[code].severity) for code in CODES])
_UNKNOWN = "~"  # sorts after every date


@dataclass(frozen=True)
class ListedException:
    """A row of exceptions.csv, as text; amounts in cents, None where unknown."""

    rma_number: str
    order_number: str
    order_line: str
    code: str
    severity: str
    clause: str
    field: str
    value: str
    message: str
    next_step: str
    claim_amount: int | None
    due_date: str
    business_days_left: int | None
    first_seen: str
    age_days: int
    source_file: str
    source_line: int | None
    turn: str


@dataclass(frozen=True)
class WorstLine:
    """A held line that waits among the longest."""

    exception: ListedException
    days: int
    turn: str


def _most_urgent(found: Exceptions) -> Ints:
    """The places of the first MOST_ROWS exceptions as people work them: held first, by due date, then by dollars."""
    urgency = _URGENCY[found.code]
    at = _smallest(np.arange(len(found)), urgency)
    due = np.asarray(pc.fill_null(found.amounts_and_dates(at)["due_date"], 1 << 40), np.int64)
    if len(at) > MOST_ROWS:
        at = _smallest(at, urgency[at] * (1 << 41) + due)
    amounts = found.amounts_and_dates(at)
    due, claim = (
        np.asarray(pc.fill_null(amounts[name], unknown), np.int64)
        for name, unknown in (("due_date", 1 << 40), ("claim_amount", 0))
    )
    order: Ints = np.lexsort((at, -claim, due, urgency[at]))
    return at[order[:MOST_ROWS]]


def _smallest(at: Ints, keys: Ints) -> Ints:
    """Those of `at` whose key is among the MOST_ROWS smallest, ties with the last of them included."""
    if len(at) <= MOST_ROWS:
        return at
    last = int(np.partition(keys, MOST_ROWS)[MOST_ROWS])
    return at[keys <= last]


def urgent(found: Exceptions) -> tuple[ListedException, ...]:
    """The most urgent exceptions of a night or of a part of it, the most urgent first."""
    return _listed(found, _most_urgent(found))


def most_urgent(exceptions: Iterable[ListedException]) -> tuple[ListedException, ...]:
    """Of the most urgent of some parts those of all of them; what shares key and code is of one part, in its order."""
    return tuple(sorted(exceptions, key=_urgency)[:MOST_ROWS])


def _urgency(one: ListedException) -> tuple[int, str, int, tuple[str, ...]]:
    place = (*_key(one), one.code)
    return _SEVERITIES.index(one.severity), one.due_date or _UNKNOWN, -(one.claim_amount or 0), place


def _key(one: ListedException) -> tuple[str, ...]:
    return one.rma_number, one.order_number, one.order_line


def _listed(found: Exceptions, at: Ints) -> tuple[ListedException, ...]:
    rows = exception_rows(found, at, found.night.calendar.business)
    texts = rows.texts()
    names = [name for name in ListedException.__annotations__ if name != "turn"]
    columns = [as_texts(texts[name], rows.rows).to_pylist() for name in names]
    listed = []
    for row in zip(*columns, strict=True):
        cells: dict[str, Any] = {name: cell or "" for name, cell in zip(names, row, strict=True)}
        for name in ("business_days_left", "age_days", "source_line"):
            cells[name] = int(cells[name]) if cells[name] else None
        cells["claim_amount"] = cents(cells["claim_amount"]) if cells["claim_amount"] else None
        listed.append(ListedException(**cells, turn=BY_CODE[cells["code"]].turn))
    return tuple(listed)


def worst(found: Exceptions, lines: Held) -> tuple[WorstLine, ...]:
    """The held lines of a night or of a part of it that wait longest, the longest first."""
    places = held.worst(lines)
    shown = _listed(found, lines.at[places])
    return tuple(
        WorstLine(exception, int(lines.days[at]), TURNS[int(lines.turn[at])])
        for exception, at in zip(shown, places.tolist(), strict=True)
    )


def worst_of_all(lines: Iterable[WorstLine]) -> tuple[WorstLine, ...]:
    """Of those that wait longest in some parts those of all of them; among equals, what left the export is last."""
    return tuple(sorted(lines, key=_waiting)[: held.WORST])


def _waiting(line: WorstLine) -> tuple[int, int, bool, tuple[str, ...]]:
    one = line.exception
    has_left = one.code == stage_a.left_the_export.code
    return -line.days, -(one.claim_amount or 0), has_left, _key(one)
