"""The sample's nights, published as a whole: what nights in parts, killed and run again, are compared with."""

import shutil
from pathlib import Path

import pytest

from tests.sample import nights
from tests.sample.nights import MAIN


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sample") / "out"
    nights.run(out, with_page=False, worklist=True)
    return out


@pytest.fixture
def out(both: Path, tmp_path: Path) -> Path:
    """The night before only."""
    shutil.copytree(both, tmp_path / "out")
    shutil.rmtree(tmp_path / "out" / str(MAIN))
    (tmp_path / "out" / "index.latest").unlink(missing_ok=True)
    return tmp_path / "out"
