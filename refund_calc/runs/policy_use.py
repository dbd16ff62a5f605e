"""A policy version that judged a published order does not change unnoticed (rulebook 2, CT-4)."""

from collections.abc import Sequence
from dataclasses import dataclass

from refund_calc.columns.counted import counted
from refund_calc.errors import BadPolicy
from refund_calc.history.nights import PublishedNight
from refund_calc.policy.versions import PolicySet

NAMED = 3  # nights in a message


@dataclass(frozen=True)
class PolicyChange:
    """A version that is not as it was when it judged orders. None: its file is gone."""

    version: str
    before: str  # SHA-256
    after: str | None
    nights: tuple[str, ...]  # that used it as it was

    @property
    def note(self) -> dict[str, str | None]:
        """As the manifest holds it."""
        return {"version": self.version, "sha256_before": self.before, "sha256_after": self.after}


def policy_changes(policies: PolicySet, before: Sequence[PublishedNight], accepted: bool) -> tuple[PolicyChange, ...]:
    """The versions that judged lines of these nights, the earliest first, and differ now.

    What a night accepted is from then on what the version is. Raises BadPolicy for the first one unless `accepted`.
    """
    known: dict[str, str | None] = {}  # version -> SHA-256
    nights: dict[tuple[str, str | None], list[str]] = {}
    for night in before:
        for change in night.manifest.get("policy_changed", ()):
            known[change["version"]] = change["sha256_after"]
        for entry in night.manifest["policy"]:
            if entry.get("judged_lines"):
                known[entry["version"]] = entry["sha256"]
                nights.setdefault((entry["version"], entry["sha256"]), []).append(night.name)
    files = {policy.version: policy for policy in policies.versions}
    changes = []
    for version, sha256 in sorted(known.items()):
        now = files[version].sha256 if version in files else None
        if sha256 is not None and now != sha256:
            changes.append(PolicyChange(version, sha256, now, tuple(nights.get((version, sha256), ()))))
    if changes and not accepted:
        raise BadPolicy(_told(changes[0], files[changes[0].version].file_name if changes[0].after else ""))
    return tuple(changes)


def _told(change: PolicyChange, file: str) -> str:
    used = change.nights
    more = f" and {len(used) - NAMED:,} more" if len(used) > NAMED else ""
    by = f" on {counted(len(used), 'night')} ({', '.join(used[:NAMED])}{more})" if used else ""
    if not change.after:
        return (
            f'policy version "{change.version}": no file of --policy has it any more, and orders were judged by it{by}'
            "; restore it, or give --policy-changed once to go on without it"
        )
    return (
        f'policy version "{change.version}", {file}: the file was changed since orders were judged by it{by}; restore '
        "it and put what changes into a version of its own, or give --policy-changed once to go on with it as it is"
    )
