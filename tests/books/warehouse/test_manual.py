"""The page "warehouse" of the manual: its ten queries give the same rows on PostgreSQL and on DuckDB."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from jobs.cli import group
from tests.books.warehouse.places import PLACES, Place, loaded
from tests.readme_tables import WAREHOUSE_PAGE, sample_nights
from tests.sample import nights

PAGE = WAREHOUSE_PAGE.read_text(encoding="utf-8")
QUERIES = [query for query in re.findall(r"^```sql\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE) if "SELECT" in query]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> list[Place]:
    """The sample nights in each place, the last one loaded, redone and loaded again."""
    folder = tmp_path_factory.mktemp("manual")
    for name, content in sample_nights()[0].items():
        (folder / "out" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "out" / name).write_bytes(content)
    made: list[Place] = [place(folder) for place in PLACES.values()]
    load_into(made, folder / "out")
    options = {"--inbox": nights.FOLDER, "--policy": nights.POLICY, "--as-of": nights.MAIN, "--out": folder / "out"}
    given = [str(word) for option in options.items() for word in option]
    ran = CliRunner().invoke(group, ["nightly", *given, "--redo", "--payouts-not-sent"])
    assert ran.exit_code == 0, ran.output
    load_into(made, folder / "out")
    return made


def load_into(places: list[Place], out: Path) -> None:
    for place in places:
        loaded(place, out)


def test_there_are_ten() -> None:
    assert len(QUERIES) == 10


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_gives_the_same_rows_everywhere(query: str, places: list[Place]) -> None:
    one, other = (place.ask(query) for place in places)
    assert one == other and one


def test_the_sample_comes_to_its_control_totals(places: list[Place]) -> None:
    query = next(query for query in QUERIES if "difference" in query)
    for place in places:
        assert [row[-1] for row in place.ask(query)] == [0, 0]
