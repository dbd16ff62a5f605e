"""What people bring about (CT-5): a rejection of a held line, and a resolution that can never apply."""

from refund_calc.policy.findings.base import NO_LINE, Finding

rejected_by_review = Finding(
    code="rejected-by-review",
    severity="reject",
    stage="any",
    clause="CT-5",
    when="a resolution rejects a held line",
    messages=("{reviewed_by} rejected the line, which was held for {reviewed_codes}",),
    next_step="nothing to do",
    turn="nobody",
)
invalid_resolution = Finding(
    code="invalid-resolution",
    severity="hold",
    stage="any",
    clause="CT-5",
    when="a row of the resolutions file that can never apply; it changes nothing",
    messages=("{resolution_fault}",),
    next_step="correct or delete the row in the resolutions file",
    turn="finance",
    answers=NO_LINE,
)

FINDINGS = (rejected_by_review, invalid_resolution)
