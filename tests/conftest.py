"""What the tests start ends with them."""

import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def _what_was_started_ends() -> Iterator[None]:
    yield
    places = sys.modules.get("tests.books.warehouse.places")
    if places:
        places.stop()
