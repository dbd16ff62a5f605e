"""Policy folders, written and read."""

from pathlib import Path

import pytest

from refund_calc.policy.versions import Policy, PolicyError, PolicySet, load_policies
from tests.policy.files import DEFAULT_FILE, Load, Refusal


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Write a policy folder, one file per argument in the order of their names, and read it."""

    def write_and_load(*texts: str) -> PolicySet:
        for text, name in zip(texts, ["2024-01.toml", "2026-07.toml", "2027-01.toml"], strict=False):
            (tmp_path / name).write_text(text, encoding="utf-8")
        return load_policies(tmp_path)

    return write_and_load


@pytest.fixture
def refusal(load: Load) -> Refusal:
    """The line with which a policy folder is refused."""

    def line(*texts: str) -> str:
        with pytest.raises(PolicyError) as refused:
            load(*texts)
        assert "\n" not in str(refused.value)
        return str(refused.value)

    return line


@pytest.fixture(scope="module")
def default() -> Policy:
    (policy,) = load_policies(DEFAULT_FILE.parent).versions
    return policy
