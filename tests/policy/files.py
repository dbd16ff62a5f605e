"""Policy files to start from: the default one, and it with a few texts replaced."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from refund_calc.policy.versions import Policy, PolicySet

DEFAULT_FILE = Path(__file__).parents[2] / "data" / "policy" / "2024-01.toml"
DEFAULT = DEFAULT_FILE.read_text(encoding="utf-8")

Edit: TypeAlias = tuple[str, str]
Load: TypeAlias = Callable[..., PolicySet]  # of the texts of a folder's files
Refusal: TypeAlias = Callable[..., str]  # the line with which they are refused


def edited(*edits: Edit) -> str:
    """The default policy with each text replaced, which must stand in it once."""
    text = DEFAULT
    for old, new in edits:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the default policy"
        text = text.replace(old, new)
    return text


def versioned(version: str, effective_from: str, *edits: Edit) -> str:
    return edited(
        ('version = "2024-01"', f'version = "{version}"'),
        ("effective_from = 2024-01-01", f"effective_from = {effective_from}"),
        *edits,
    )


def only(policies: PolicySet) -> Policy:
    (policy,) = policies.versions
    return policy
