"""Stage A, the row (CT-1): whatever stops a row before anything else is asked of it."""

from refund_calc.columns.aliases import Bools, Condition
from refund_calc.policy.findings.base import NO_LINE, ONCE, Answers, Finding, finding

malformed_row = Finding(
    code="malformed-row",
    severity="hold",
    stage="A",
    clause="CT-1",
    when="wrong number of fields, in any input file; no register row",
    messages=("{fields} fields where the header has {expected}; the row begins: {text}",),
    next_step="correct the row in the export (a stray comma or quote?) and send it again",
    turn="customer service",
    answers=NO_LINE,
)
left_the_export = Finding(
    code="left-the-export",
    severity="hold",
    stage="any",
    clause="CT-1",
    when="a key that was held stands on no row of returns.csv since; no register row, once per key and night",
    messages=("held since {held_since:date} for {held_for}; no row of returns.csv has this RMA, order and line now",),
    next_step=f"export the return again; if the case is closed, answer with action reject {ONCE}",
    turn="customer service",
    answers=Answers(reject_counts_once=True),
)


@finding(
    "invalid-value",
    "hold",
    "A",
    "CT-1",
    "{bad_cell}",
    next_step="correct the cell in the source system and export again",
    turn="customer service",
)
def invalid_value(has_bad_cell: Bools) -> Condition:
    """a cell that breaks its type, or is blank where it may not be; one finding per cell"""
    return has_bad_cell


@finding(
    "conflicting-rows",
    "hold",
    "A",
    "CT-1",
    "this RMA, order and line stands more than once tonight: {conflicting_columns}",
    next_step="find out which row is right and export only that one",
    turn="customer service",
)
def conflicting_rows(key_conflicts: Bools) -> Condition:
    """the key stands more than once with different content, or on a row with invalid values too"""
    return key_conflicts


@finding(
    "conflicting-rma",
    "hold",
    "A",
    "CT-1",
    "the lines of this RMA disagree: {disagreeing_columns}",
    next_step="correct the RMA so that its lines agree and export again",
    turn="customer service",
)
def conflicting_rma(rma_conflicts: Bools) -> Condition:
    """lines of one RMA disagree on order_number or return_shipping_cost"""
    return rma_conflicts


OF_FILES = (malformed_row, left_the_export)  # of rows that never became lines, and of keys without a row
FINDINGS = (invalid_value, conflicting_rows, conflicting_rma)
