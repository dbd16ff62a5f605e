"""The page "books" of the manual: its commands run on the sample nights and give what it shows."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from jobs.cli import group
from refund_calc.books.payments.shopify import MUTATION
from tests.books.read_back import rows
from tests.readme_tables import ROOT, sample_nights

PAGE = (ROOT / "refund_calc" / "manual" / "books.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


EXPORTS = [line for block in blocks("sh") for line in block.splitlines() if line.startswith("refund-calc export ")]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the sample nights in `out` and the accounts file of the page."""
    for name, content in sample_nights()[0].items():
        path = tmp_path / "out" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (tmp_path / "quickbooks.toml").write_text(blocks("toml")[0], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(line: str) -> str:
    done = CliRunner().invoke(group, shlex.split(line)[1:])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("line", EXPORTS)
def test_every_export_of_the_page_runs(line: str, here: Path) -> None:
    assert " written\n" in run(line)
    assert (here / re.search(r"-o (\S+)", line)[1]).is_file()


def test_the_tie_out_is_the_one_of_the_sample_nights(here: Path) -> None:
    line = next(line for line in EXPORTS if "--summary" in line)
    assert blocks("text")[0].strip() in run(line).splitlines()


def test_the_accounts_file_does_what_the_page_says(here: Path) -> None:
    run(next(line for line in EXPORTS if "--accounts" in line))
    found = rows([(here / "november.csv").read_bytes()])
    mapped = tomllib.loads(blocks("toml")[0])
    names = {row["Account Name"] for row in found}
    assert set(mapped["accounts"].values()) <= names and "Refunds payable" not in names
    assert {row["Class"] for row in found} == {mapped["columns"]["Class"]}


def test_the_mutation_is_the_one_of_the_code() -> None:
    assert blocks("graphql")[0].strip() == MUTATION
