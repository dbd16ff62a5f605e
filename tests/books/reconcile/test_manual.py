"""The section "Did the money move?" of the manual: its commands run on the sample nights and give what it shows."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from jobs.cli import group
from tests.readme_tables import ROOT, sample_nights

SECTION = (ROOT / "refund_calc" / "manual" / "books.md").read_text(encoding="utf-8").split("## Did the money move?")[1]


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", SECTION, re.DOTALL | re.MULTILINE)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the sample nights in `out` and the files of the page."""
    for name, content in sample_nights()[0].items():
        path = tmp_path / "out" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for name, text in zip(("shopify.csv", "chargeback.csv", "settlements.csv"), blocks("csv"), strict=False):
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(line: str) -> Result:
    return CliRunner().invoke(group, shlex.split(line)[1:])


def test_the_summary_is_the_one_of_the_page(here: Path) -> None:
    done = run(blocks("sh")[0])
    assert (done.exit_code, done.stdout) == (1, blocks("text")[0])
    assert (here / "november.csv").is_file()


def test_the_reversal_is_the_one_of_the_page(here: Path) -> None:
    assert run(blocks("sh")[1]).exit_code == 1, "the amount that differs and the refund by hand are still there"
    assert (here / "reversals.csv").read_text(encoding="utf-8") == blocks("csv")[3]


def test_the_chargeback_is_the_one_of_the_page(here: Path) -> None:
    with (here / "shopify.csv").open("a", encoding="utf-8") as file:
        file.write(blocks("csv")[1])
    assert blocks("text")[1] in run(blocks("sh")[0]).stdout
