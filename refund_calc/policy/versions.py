"""The store's refund policy: one TOML file per version, read strictly (rulebook 2).

Whatever is wrong with a policy stops the night: every refusal is a `PolicyError`, one line that names file and key.
"""

import hashlib
import re
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from refund_calc.columns.aliases import Ints
from refund_calc.policy.refusals import PolicyError, first_error
from refund_calc.policy.terms import Accounts, Parameter, Terms, parameters, still_placeholders
from refund_calc.policy.toml_values import shown
from refund_calc.policy.values import Rate

__all__ = [
    "Accounts",
    "Parameter",
    "Policy",
    "PolicyError",
    "PolicySet",
    "Rate",
    "load_policies",
    "parameters",
    "parsed",
    "still_placeholders",
]

_EPOCH = date(1970, 1, 1).toordinal()


class Policy(Terms):
    """One policy version and the file it came from."""

    file_name: str
    sha256: str  # of the file's bytes


@dataclass(frozen=True)
class PolicySet:
    """The versions of a policy, earliest first; each is in force from its effective_from to the next one's."""

    versions: tuple[Policy, ...]
    time_zone: str
    currency: str

    def in_force(self, day: date) -> Policy:
        """The version in force on a day; PolicyError if that is before the first (CT-4)."""
        index = int(self.version_on(np.array([day.toordinal() - _EPOCH], dtype=np.int64))[0])
        if index < 0:
            first = self.versions[0]
            raise PolicyError(
                f"{first.file_name}, effective_from",
                f"the first version takes effect on {first.effective_from}, so none is in force on {day}; "
                "add the version that was, or run a later night",
            )
        return self.versions[index]

    def version_on(self, days: Ints) -> Ints:
        """For each day number the index in `versions` of the version in force, -1 before the first."""
        starts = [version.effective_from.toordinal() - _EPOCH for version in self.versions]
        return np.searchsorted(np.array(starts, dtype=np.int64), days, side="right").astype(np.int64) - 1


def load_policies(path: Path) -> PolicySet:
    """Read every *.toml file of a folder (hidden files aside), or one file.

    Raises PolicyError for the first thing that is wrong, files taken in the order of their names.
    """
    policies = [_load(file) for file in _policy_files(path)]
    for index, policy in enumerate(policies):
        for earlier in policies[:index]:
            _check_pair(earlier, policy)
    versions = tuple(sorted(policies, key=lambda policy: policy.effective_from))
    return PolicySet(versions, versions[0].time_zone, versions[0].currency)


def _policy_files(path: Path) -> list[Path]:
    try:
        if not path.is_dir():
            return [path]
        names = sorted(entry.name for entry in path.iterdir())
    except OSError as error:
        raise PolicyError(f"policy folder {path}", f"cannot be read ({error.strerror})") from None
    files = [path / name for name in names if name.endswith(".toml") and not name.startswith(".")]
    if not files:
        holds = "holds no .toml file" if names else "is empty"
        raise PolicyError(
            f"policy folder {path}", f"{holds}; put one file per policy version there, such as 2024-01.toml"
        )
    return files


def _load(file: Path) -> Policy:
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        raise PolicyError(
            f"policy {file}", "no such file or folder; name the folder that holds the policy versions"
        ) from None
    except OSError as error:
        raise PolicyError(f"policy {file}", f"cannot be read ({error.strerror})") from None
    try:
        terms = Terms.model_validate(parsed(content, file.name))
    except ValidationError as invalid:
        raise first_error(invalid.errors(include_url=False), file.name) from None
    return Policy.model_construct(**dict(terms), file_name=file.name, sha256=hashlib.sha256(content).hexdigest())


def parsed(content: bytes, file_name: str) -> dict[str, object]:
    """What a TOML file says. Raises PolicyError, with the line, where it is not one."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise PolicyError(f"{file_name} line {line}", "not UTF-8; save the file as UTF-8") from None
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        reason = re.sub(r" \(at (line \d+, column \d+|end of document)\)$", "", str(error))
        at = re.search(r"\(at line (\d+), column \d+\)$", str(error))
        line = int(at[1]) if at else text.rstrip().count("\n") + 1
        raise PolicyError(
            f"{file_name} line {line}", f"not valid TOML: {reason}; correct it there or just before"
        ) from None


def _check_pair(earlier: Policy, policy: Policy) -> None:
    for key in ("version", "effective_from"):
        if (value := getattr(policy, key)) == getattr(earlier, key):
            fault = f"{shown(value)} stands in {earlier.file_name} too; each version needs its own"
            raise PolicyError(f"{policy.file_name}, {key}", fault)
    for key in ("time_zone", "currency"):
        if (value := getattr(policy, key)) != (other := getattr(earlier, key)):
            fault = (
                f"{shown(value)} differs from {shown(other)} in {earlier.file_name}; all versions must have the same"
            )
            raise PolicyError(f"{policy.file_name}, {key}", fault)
