"""Nights of a store in a warehouse: what a redo there withdrew is known, as it is of a folder (rulebook 9)."""

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from jobs.cli import group
from refund_calc.books.warehouse.load import Loaded
from refund_calc.history.nights import published
from refund_calc.runs.cloud.mirror import mirrored
from refund_calc.runs.cloud.store import Store
from refund_calc.runs.cloud.wanted import Wanted
from tests.books.warehouse.places import DuckDBPlace, loaded
from tests.cloud.in_store import run
from tests.history.three_nights import FIRST, SECOND
from tests.product import REDO

OTHER = replace(FIRST, returns=FIRST.returns[1:])  # the first night, told otherwise


@pytest.fixture
def place(tmp_path: Path) -> DuckDBPlace:
    return DuckDBPlace(tmp_path)


def loaded_from(store: Store, place: DuckDBPlace, tmp_path: Path) -> list[Loaded]:
    mirrored(store, tmp_path / "copy", Wanted.WHOLE)
    return loaded(place, tmp_path / "copy")


def withdrawn(place: DuckDBPlace) -> list[tuple[str, bool]]:
    """Manifest of what a redo replaced, and whether it ever stood in the warehouse."""
    return place.ask("SELECT manifest_sha256, loaded_at IS NOT NULL FROM refund_calc.withdrawals")


def first_manifest(store: Store, tmp_path: Path) -> str:
    mirrored(store, tmp_path / "copy", Wanted.RECORD)
    return published(tmp_path / "copy")[0].sha256


def test_a_first_night_that_was_redone_in_the_store_is_of_the_same_store(
    memory: Store, place: DuckDBPlace, tmp_path: Path
) -> None:
    run(memory, OTHER)
    loaded_from(memory, place, tmp_path)
    before = first_manifest(memory, tmp_path)
    run(memory, FIRST, **REDO)
    assert [night.is_replaced for night in loaded_from(memory, place, tmp_path)] == [True]
    assert withdrawn(place) == [(before, True)]


def test_a_redo_before_the_first_load_from_a_store_is_told(memory: Store, place: DuckDBPlace, tmp_path: Path) -> None:
    run(memory, OTHER)
    before = first_manifest(memory, tmp_path)
    run(memory, FIRST, **REDO)
    run(memory, SECOND)
    loaded_from(memory, place, tmp_path)
    assert withdrawn(place) == [(before, False)]


@pytest.mark.parametrize("is_loaded", [True, False])
def test_a_redo_that_the_journal_has_not_brought_to_its_place_is_told_too(
    memory: Store, place: DuckDBPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_loaded: bool
) -> None:
    """The run died when its journal was written: the night exists, and what it replaces lies in its place yet."""
    run(memory, OTHER)
    if is_loaded:
        loaded_from(memory, place, tmp_path)
    before = first_manifest(memory, tmp_path)
    with monkeypatch.context() as dies:
        dies.setattr("refund_calc.runs.cloud.publish.finish", lambda *of: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run(memory, FIRST, **REDO)
    assert [night.is_replaced for night in loaded_from(memory, place, tmp_path)] == [is_loaded]
    assert withdrawn(place) == [(before, is_loaded)]


def test_load_takes_out_by_url(memory: Store, place: DuckDBPlace) -> None:
    run(memory, FIRST)
    given = ("load", "--to", place.url, "--out", memory.url)
    first, again = (CliRunner().invoke(group, given) for _ in range(2))
    assert (first.exit_code, again.exit_code) == (0, 0), first.output
    assert "1 night loaded" in first.output and "all is there" in again.output
    with duckdb.connect(str(place.path), read_only=True) as asked:
        assert asked.execute("SELECT count(*) FROM refund_calc.runs").fetchone() == (1,)
