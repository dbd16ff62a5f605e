"""A load ends with its own exit code and one line, whatever the libraries beneath it have to say."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import csv

from refund_calc.books.warehouse.targets import target_of
from refund_calc.errors import CannotCreate
from tests.books.warehouse.places import DuckDBPlace, PostgreSQLPlace, loaded
from tests.history.three_nights import FIRST, ran


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ran(tmp_path_factory.mktemp("one") / "out", FIRST)


def test_threads_of_arrow_hold_nothing_of_python(one: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the program aborts now and then when it ends: a thread that reads ahead outlives Python."""
    read, open_csv = [], csv.open_csv

    def noted(file: Any, **options: Any) -> Iterator[pa.RecordBatch]:
        read.append(type(file))
        return open_csv(file, **options)

    monkeypatch.setattr(csv, "open_csv", noted)
    assert loaded(DuckDBPlace(tmp_path), one)
    assert set(read) == {pa.OSFile} and len(read) == 4


def test_a_database_that_cannot_hold_every_name_is_refused_at_once(postgres: PostgreSQLPlace, one: Path) -> None:
    """In Latin-1 the nights go well until the first customer with another alphabet."""
    made = "CREATE DATABASE {} ENCODING '{}' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
    for encoding in ("LATIN1", "SQL_ASCII"):
        name = f"{postgres.database}_{encoding.lower()}"
        postgres.tell(made.format(name, encoding))
        url = postgres.url.replace(f"/{postgres.database}?", f"/{name}?")
        told = f"database {name}: it is in {encoding}, .* UTF-8"
        with pytest.raises(CannotCreate, match=told), target_of(url).opened(url, one):
            pass


def test_what_psycopg_logs_is_no_second_line(postgres: PostgreSQLPlace) -> None:
    """ "error ignored terminating ..." stood on stderr beside the line of a connection that was lost."""
    assert target_of(postgres.url)
    assert [type(handler) for handler in logging.getLogger("psycopg").handlers] == [logging.NullHandler]
