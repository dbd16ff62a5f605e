"""The README is true: its tables are drawn from the code, its commands run, its example adds up.

REFUND_CALC_REWRITE_README=1 writes the tables anew.
"""

import csv
import os
import re
import shlex
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from jobs.cli import COMMANDS, group
from refund_calc.errors import NightStopped
from tests.readme_tables import BLOCK, TABLES, nightly_options, render

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
SAMPLE = (
    "python3 -m venv .venv && .venv/bin/pip install -q . && "
    ".venv/bin/refund-calc nightly --inbox data/sample/night-before --policy data/policy --as-of 2026-11-19 --out out"
    " && .venv/bin/refund-calc nightly --inbox data/sample --policy data/policy --as-of 2026-11-20 --out out"
)
TESTS = "python3 -m venv .venv && .venv/bin/pip install -q -e '.[test]' && .venv/bin/pytest"


@pytest.fixture(scope="module")
def readme() -> str:
    return README.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """What the README's first command leaves and prints, without the installation."""
    folder, printed = tmp_path_factory.mktemp("sample"), ""
    for part in SAMPLE.split(" && ")[2:]:
        arguments = [word if word != "out" else str(folder / "out") for word in shlex.split(part)[1:]]
        arguments = [str(ROOT / word) if word.startswith("data/") else word for word in arguments]
        ran = CliRunner().invoke(group, arguments)
        assert ran.exit_code == 0, ran.output
        printed += ran.output.replace(str(folder) + "/", "")
    return folder / "out", printed


def section(readme: str, title: str) -> str:
    """The text below a heading, up to the next one of its level or above."""
    level, rest = re.search(rf"^(##+) {re.escape(title)}\n(.*)", readme, re.DOTALL | re.MULTILINE).groups()
    return re.split(rf"^#{{1,{len(level)}}} ", rest, flags=re.MULTILINE)[0]


def test_the_tables_are_those_of_the_code(readme: str) -> None:
    if os.environ.get("REFUND_CALC_REWRITE_README") == "1":
        README.write_text(render(readme), encoding="utf-8")
        readme = README.read_text(encoding="utf-8")
    assert sorted(block[1] for block in BLOCK.findall(readme)) == sorted(TABLES)
    for _, name, table, _ in BLOCK.findall(readme):
        assert table == TABLES[name](), f"{name}: run the tests once with REFUND_CALC_REWRITE_README=1"


def test_the_first_screen_has_the_two_commands(readme: str) -> None:
    first_screen = readme.splitlines()[:24]
    assert SAMPLE in first_screen
    assert TESTS in first_screen


def test_the_checks_begin_with_the_readmes_test_command() -> None:
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    commands = [line for line in lines if ".venv" in line and not line.lstrip().startswith("#")]
    assert commands[0] == TESTS
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_sample_prints_what_the_readme_shows(readme: str, sample: tuple[Path, str]) -> None:
    shown = re.search(r"```text\n(Night of .*?)```", readme, re.DOTALL)[1]
    assert shown == sample[1]


def test_the_sample_shows_every_finding(sample: tuple[Path, str]) -> None:
    found = set()
    for night in ("2026-11-19", "2026-11-20"):
        with (sample[0] / night / "exceptions.csv").open(newline="", encoding="utf-8") as file:
            found |= {row["code"] for row in csv.DictReader(file)}
    from refund_calc.policy.findings import CATALOGUE

    assert found == {finding.code for finding in CATALOGUE}


def test_the_worked_example_is_a_line_of_the_sample(readme: str, sample: tuple[Path, str]) -> None:
    text = section(readme, "The money")
    with (sample[0] / "2026-11-20" / "refunds.csv").open(newline="", encoding="utf-8") as file:
        line = next(row for row in csv.DictReader(file) if row["rma_number"] == "RMA-3019")
    names = ["merchandise", "tax", "gross_refund", "return_shipping", "restocking_fee", "damage", "net_refund"]
    shown = dict(re.findall(r"^([a-z_]+) .*?([0-9]+\.[0-9]{2})$", text, re.MULTILINE))
    assert {name: shown.get(name) for name in names} == {name: line[name] for name in names}
    amount = {name: Decimal(shown[name]) for name in names}
    assert amount["merchandise"] + amount["tax"] == amount["gross_refund"]
    deductions = sum(amount[name] for name in ("return_shipping", "restocking_fee", "damage"))
    assert amount["gross_refund"] - deductions == amount["net_refund"]


def test_every_option_and_its_variable_is_named(readme: str) -> None:
    table = next(block[2] for block in BLOCK.findall(readme) if block[1] == "options")
    for option in nightly_options():
        assert f"| {option.opts[0]} | {option.envvar} |" in table
    assert len(nightly_options()) == 11


def test_every_exit_code_has_its_answer_for_the_operator(readme: str) -> None:
    text = section(readme, "When a night fails")
    codes = {0, 2, 70, 74, 130} | {error.exit_code for error in NightStopped.__subclasses__()}
    for code in codes - {0}:
        assert f"**{code}**" in text


def test_every_command_is_named(readme: str) -> None:
    for name in COMMANDS:
        assert f"refund-calc {name}" in readme


def test_the_crontab_line_has_absolute_paths_only(readme: str) -> None:
    line = re.search(r"^[0-9*]+ [0-9*]+ \* \* \* (.*)$", readme, re.MULTILINE)[1]
    for word in shlex.split(line):
        assert word.startswith(("/", "-", ">", "2>", "nightly", "sqlite:///")), word


def test_no_finding_is_named_that_does_not_exist(readme: str) -> None:
    """Words in code font that look like a code are one, or a word of the formats."""
    from refund_calc.policy.findings import BY_CODE

    looks_like_one = set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", readme))
    others = {"set-amount", "already-decided", "refund-calc"}
    assert looks_like_one - others <= set(BY_CODE)
