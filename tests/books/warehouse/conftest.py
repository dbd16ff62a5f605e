"""The same tests over every place."""

from pathlib import Path

import pytest

from tests.books.warehouse.places import PLACES, Place, PostgreSQLPlace


@pytest.fixture(params=list(PLACES))
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    made: Place = PLACES[request.param](tmp_path)
    return made


@pytest.fixture
def postgres(tmp_path: Path) -> PostgreSQLPlace:
    return PostgreSQLPlace(tmp_path)
