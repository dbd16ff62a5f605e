"""What rows say against each other, or against the policy: for a check before the night, which decides nothing."""

from collections.abc import Collection

import numpy as np

from refund_calc.columns.dictionary import as_texts
from refund_calc.history.past import NOTHING
from refund_calc.inputs.csv_files import BLOCK
from refund_calc.inputs.inbox import Inputs
from refund_calc.inputs.mapping.mapped import Problem
from refund_calc.inputs.read_tables import read_tables
from refund_calc.inputs.tables import CANNOT
from refund_calc.night.decide import NightInputs, decide
from refund_calc.policy.findings import stage_a, stage_b
from refund_calc.policy.versions import PolicySet
from refund_calc.reports.exceptions import CODES, report
from refund_calc.reports.exceptions_report import exception_rows

# Of the findings of stages A and B those that need no history: a line that was refunded may miss its order.
_FINDINGS = (
    stage_a.conflicting_rows,
    stage_a.conflicting_rma,
    stage_b.ambiguous_order,
    stage_b.invalid_order,
    stage_b.currency_unsupported,
    stage_b.no_policy_in_force,
)


def across_rows(
    inputs: Inputs, policies: PolicySet, told: Collection[tuple[str, int, str]], block: int = BLOCK
) -> list[Problem]:
    """Return lines that would be held for what two rows say, or an order's terms; not the cells already `told`.

    `told` are (file, line, column). Asked of a night without a past, whose answer is thrown away. Raises what
    `read_tables` raises.
    """
    tables = read_tables(inputs, policies.time_zone, block)
    as_of = policies.versions[-1].effective_from  # none of these findings looks at it
    given = NightInputs(as_of, tables["orders"], tables["returns"], tables["resolutions"])
    night = decide(given, policies, NOTHING, hand_over=True)
    found = report(night, night.due_date, NOTHING.findings)
    at = np.flatnonzero(np.isin(found.code, [CODES.index(finding.code) for finding in _FINDINGS]))
    texts = exception_rows(found, at, night.calendar.business).texts()
    names = ("source_file", "source_line", "field", "value", "message", "next_step")
    cells = [as_texts(texts[name], len(at)).to_pylist() for name in names]
    problems = [
        Problem(file or "", int(line or 0), field or "", value or "", f"{message}; {next_step}")
        for file, line, field, value, message, next_step in zip(*cells, strict=True)
    ]
    return [one for one in problems if (one.file, one.line, one.column) not in told and not _is_told(one)]


def _is_told(problem: Problem) -> bool:
    """Whether the mapping has said so in its own words, of a column of theirs."""
    return problem.value.startswith(CANNOT)
