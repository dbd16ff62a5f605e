"""manifest.json: what a night was computed from and what it published (rulebook 7)."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from refund_calc.columns.written import iso
from refund_calc.history.folders import Written
from refund_calc.history.nights import sealed
from refund_calc.inputs.tables import SourceFile
from refund_calc.night.decide import Decided
from refund_calc.night.payouts import Calendar
from refund_calc.policy.versions import Policy, PolicySet
from refund_calc.reports.journal import account_table
from refund_calc.reports.totals import ControlTotals

SCHEMA = 2
LIBRARIES = ("duckdb", "numpy", "pandas", "pyarrow", "pydantic", "workalendar")


@dataclass(frozen=True)
class ManifestFacts:
    """What the manifest says of a night beside its totals and its files, however many parts it was decided in."""

    as_of: int  # day number
    policies: PolicySet
    policy: Policy  # in force on as_of
    calendar: Calendar
    sources: tuple[SourceFile, ...]  # every input file
    returns: tuple[SourceFile, ...]  # those whose rows are the return lines
    judged_lines: tuple[int, ...]  # by policy version
    bad_orders: int  # rows of orders with invalid values
    malformed_orders: int

    @property
    def used(self) -> tuple[Policy, ...]:
        """The version in force, and those that judged a line tonight."""
        judged = zip(self.policies.versions, self.judged_lines, strict=True)
        return tuple(version for version, lines in judged if lines or version is self.policy)


def facts_of(night: Decided) -> ManifestFacts:
    """The facts of a night that was decided as a whole."""
    given = night.inputs
    return ManifestFacts(
        as_of=night.as_of,
        policies=night.policies,
        policy=night.policy,
        calendar=night.calendar,
        sources=tuple(source for table in (*given.tables, given.opening) for source in table.sources),
        returns=given.returns.files,
        judged_lines=judged_lines(night),
        bad_orders=int(given.orders.is_bad.sum()),
        malformed_orders=given.orders.malformed_rows,
    )


def judged_lines(night: Decided) -> tuple[int, ...]:
    """How many lines each policy version judged."""
    return tuple(int((night.version == at).sum()) for at in range(len(night.policies.versions)))


@dataclass(frozen=True)
class Notes:
    """What is odd about the night, and the policy versions that changed after they had judged orders."""

    warnings: tuple[str, ...] = ()
    policy_changed: tuple[dict[str, str | None], ...] = ()


def manifest(
    night: ManifestFacts, totals: ControlTotals, written: Sequence[Written], previous: str | None, notes: Notes
) -> bytes:
    """The bytes of the manifest. `previous` is the SHA-256 of the night's before, None for the first night."""
    sources = sorted(
        (source for source in night.sources if not source.within),
        key=lambda source: (source.kind, source.name, source.sha256),
    )
    return sealed(
        {
            "schema_version": SCHEMA,
            "as_of": iso(night.as_of),
            "software": {name: version(name) for name in ("refund-calc", *LIBRARIES)},
            "policy": [
                {
                    "file": policy.file_name,
                    "version": policy.version,
                    "effective_from": str(policy.effective_from),
                    "sha256": policy.sha256,
                    "judged_lines": lines,
                }
                for policy, lines in zip(night.policies.versions, night.judged_lines, strict=True)
            ],
            "policy_changed": list(notes.policy_changed),
            "warnings": list(notes.warnings),
            "inputs": [
                {
                    "kind": source.kind,
                    "name": source.name,
                    "bytes": source.size,
                    "rows": source.rows,
                    "sha256": source.sha256,
                    "ignored_columns": list(source.ignored),
                }
                for source in sources
            ],
            "orders": {
                "rows_with_invalid_values": night.bad_orders,
                "malformed": night.malformed_orders,
            },
            "terms": {
                "payout_date": iso(night.calendar.payout_date),
                "currency": night.policies.currency,
                "accounts": account_table(night.policy.accounts),
                "closures": [str(day) for day in night.policy.processing.closures],
            },
            "outputs": [{"name": w.name, "rows": w.rows, "sha256": w.sha256} for w in written],
            "control_totals": totals,
            "previous_manifest_sha256": previous,
        }
    )


def fingerprint(sources: Iterable[tuple[str, str]], policies: PolicySet) -> str:
    """Everything a night is computed from, but for its past: (kind, SHA-256) of its files, and the policy's."""
    return _digest(sources, [version.sha256 for version in policies.versions])


def fingerprint_of(published: Mapping[str, Any], kinds_aside: Sequence[str] = ()) -> str:
    """The same of a published manifest, without its files of some kinds."""
    files = [source for source in published["inputs"] if source["kind"] not in kinds_aside]
    sources = [(source["kind"], source["sha256"]) for source in files]
    return _digest(sources, [one["sha256"] for one in published["policy"]])


def _digest(sources: Iterable[tuple[str, str]], policy: Iterable[str]) -> str:
    files = list(sources)
    if any(kind == "mapping" for kind, _ in files):  # it says what kind each file is
        files = [(kind if kind in ("mapping", "opening") else "", sha256) for kind, sha256 in files]
    parts = sorted([*files, *(("policy", sha256) for sha256 in policy)])
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
