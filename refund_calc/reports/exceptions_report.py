"""exceptions.csv: every reported finding, with what a person needs to answer it (rulebook 7)."""

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Ints
from refund_calc.columns.dictionary import DictionaryColumn, mapped, near_numbers
from refund_calc.policy.calendars import WorkingDays
from refund_calc.policy.findings import BY_CODE
from refund_calc.reports import named
from refund_calc.reports.contracts import EXCEPTIONS
from refund_calc.reports.exceptions import CODES, Exceptions
from refund_calc.reports.named import Column, NamedColumns, Report

_SEVERITIES = pa.array([BY_CODE[code].severity for code in CODES], pa.string())
_NEXT_STEPS = pa.array([BY_CODE[code].next_step for code in CODES], pa.string())


def exceptions_report(found: Exceptions, business: WorkingDays) -> Report:
    """The exceptions, in their order; the last four columns are the analyst's."""

    def blocks() -> Iterator[NamedColumns]:
        for start, stop in named.blocks(len(found)):
            yield exception_rows(found, np.arange(start, stop), business)

    return Report("exceptions", EXCEPTIONS, len(found), blocks)


def exception_rows(found: Exceptions, at: Ints, business: WorkingDays) -> NamedColumns:
    """The rows of the exceptions at these places."""
    as_of, code, said, amounts = found.night.as_of, found.code[at], found.said(at), found.amounts_and_dates(at)
    due, first_seen = near_numbers(amounts["due_date"]), near_numbers(found.first_seen[at])
    columns: dict[str, Column] = {
        **found.keys(at),
        "code": DictionaryColumn(code, pa.array(CODES, pa.string())),
        "severity": DictionaryColumn(code, _SEVERITIES),
        "clause": said.clause,
        "field": said.field,
        "value": said.value,
        "message": said.message,
        "next_step": DictionaryColumn(code, _NEXT_STEPS),
        "claim_amount": amounts["claim_amount"],
        "due_date": due,
        "business_days_left": mapped(due, _days_left(as_of, business)),
        "first_seen": first_seen,
        "age_days": mapped(first_seen, lambda night: pc.subtract(as_of, night)),
        "source_file": found.source_files(at),
        "source_line": found.source_lines(at),
        "action": None,
        "amount": None,
        "resolved_by": None,
        "note": None,
    }
    return NamedColumns(EXCEPTIONS, columns, len(at))


def _days_left(as_of: int, business: WorkingDays) -> Callable[[pa.Array], pa.Array]:
    """Due dates to the business days that are left of them; unknown stays null."""

    def left(due: pa.Array) -> pa.Array:
        days = business.left(as_of, np.asarray(due.fill_null(as_of), np.int64))
        return pa.array(days, mask=np.asarray(due.is_null()))

    return left
