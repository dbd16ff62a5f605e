"""One scheduler with two workers for all tests of a process."""

from collections.abc import Iterator

import pytest

from tests.runs.machines.workers import Workers


@pytest.fixture(scope="session")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    started = Workers(tmp_path_factory.mktemp("workers"))
    yield started
    started.close()
