"""A shop whose exports lie in a folder of the test's own."""

from pathlib import Path

import pytest

from tests.inputs.mapping.shopify_files import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)
