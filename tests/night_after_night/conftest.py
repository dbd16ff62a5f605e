"""A store of its own for every test."""

from pathlib import Path

import pytest

from tests.night_after_night.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)
