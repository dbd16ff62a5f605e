"""An inbox and an output folder of the command's own."""

import shutil
from pathlib import Path

import pytest

from tests.command.started import SAMPLE


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SAMPLE, tmp_path / "inbox"))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"
