"""What is odd about a night and stops nobody: rows that are missing, a policy that nobody confirmed or that changed."""

import statistics
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.history.nights import PublishedNight
from refund_calc.policy.findings import REJECTABLE
from refund_calc.policy.versions import still_placeholders
from refund_calc.reports.manifest import ManifestFacts
from refund_calc.runs.policy_use import PolicyChange

NIGHTS = 10  # whose rows are compared
FEW = 4  # fewer than the fourth part of their median is suspicious
_HOLDING = sorted(REJECTABLE)  # the codes by which a line is held, or was when it left the export


def suspicions(
    night: ManifestFacts, before: Sequence[PublishedNight], had_held: bool, changes: Sequence[PolicyChange]
) -> tuple[str, ...]:
    """The warnings of a night, for its summary and its manifest. `before` are the nights before it, the latest last.

    `had_held`: lines were held when the last of them ended.
    """
    return (
        *_of_rows(night, before, had_held),
        *(_of_change(change) for change in changes),
        *_of_placeholders(night),
    )


def has_held(findings: pa.Table) -> bool:
    """Whether lines are held by some of these findings of an earlier night."""
    return bool(pc.any(pc.is_in(findings["code"], pa.array(_HOLDING))).as_py())


def _of_rows(night: ManifestFacts, before: Sequence[PublishedNight], had_held: bool) -> Iterator[str]:
    """Zero rows are suspicious, and so are far fewer than there were."""
    sources = night.returns
    empty = sorted(source.name for source in sources if not source.rows)
    if empty and had_held:
        yield f"{', '.join(empty)}: no return line, while lines are held; was the export empty by mistake?"
    rows, usual = sum(source.rows for source in sources), [_rows_of(earlier) for earlier in before[-NIGHTS:]]
    if usual and rows * FEW < statistics.median(usual):
        yield (
            f"return lines: {rows:,}, less than a quarter of the median of the last nights "
            f"({statistics.median(usual):,.1f} over {len(usual)}); was the export cut?"
        )


def _rows_of(night: PublishedNight) -> int:
    return sum(int(source["rows"]) for source in night.manifest["inputs"] if source["kind"] == "returns")


def _of_change(change: PolicyChange) -> str:
    what = "was changed" if change.after else "was removed"
    return f'policy version "{change.version}" {what} after it had judged orders (--policy-changed)'


def _of_placeholders(night: ManifestFacts) -> Iterator[str]:
    """Of the version in force, and of each that prices a line tonight: an older one goes on judging older orders."""
    for policy in night.used:
        keys = still_placeholders(policy)
        if keys and not policy.confirmed_by:
            yield (
                f"{policy.file_name}: {', '.join(keys)} are still the placeholders; finance sets them, or confirms "
                "them (confirmed_by)"
            )
