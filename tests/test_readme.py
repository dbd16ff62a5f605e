"""README and manual are true: their tables are drawn from the code, their links lead somewhere, their commands run.

REFUND_CALC_REWRITE_README=1 writes the tables, and what the sample nights print, anew.
"""

import csv
import os
import re
import shlex
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from jobs.cli import COMMANDS, group
from jobs.manual import TOPICS
from refund_calc.books.reconcile.outcome import Outcome
from refund_calc.errors import NightStopped
from refund_calc.inputs.mapping.rules import shipped
from refund_calc.night.resolutions import CAN_ANSWER
from refund_calc.policy.findings import BY_CODE, CATALOGUE
from tests.readme_tables import BLOCK, PAGES, ROOT, TABLES, drawn, nightly_options, render, sample_nights

README = ROOT / "README.md"
MANUAL = ROOT / "refund_calc" / "manual"
DOCUMENTS = (*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "refund_calc" / "DECISIONS.md")
SAMPLE = (
    "python3 -m venv .venv && .venv/bin/pip install -q . && "
    ".venv/bin/refund-calc nightly --inbox data/sample/night-before --policy data/sample/policy --as-of 2026-11-19"
    " --out out --new-history --opening data/sample/opening.csv"
    " && .venv/bin/refund-calc nightly --inbox data/sample --policy data/sample/policy --as-of 2026-11-20 --out out"
)
TESTS = "python3 -m venv .venv && .venv/bin/pip install -q -e '.[test]' && .venv/bin/pytest"


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def section(page: Path, title: str) -> str:
    """The text below a heading, up to the next one of its level or above."""
    level, rest = re.search(rf"^(##+) {re.escape(title)}\n(.*)", text_of(page), re.DOTALL | re.MULTILINE).groups()
    return re.split(rf"^#{{1,{len(level)}}} ", rest, flags=re.MULTILINE)[0]


def links(page: Path) -> list[str]:
    """What its links name, those in code left out."""
    prose = re.sub(r"^```.*?^```|`[^`\n]+`", "", text_of(page), flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"\]\(([^)\s]+)\)", prose)


def anchors(page: Path) -> set[str]:
    """The names that a viewer gives to the headings."""
    titles = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", text_of(page), flags=re.DOTALL | re.MULTILINE), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def register(night: str, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(sample_nights()[0][f"{night}/{name}.csv"].decode().splitlines()))


def test_the_tables_are_those_of_the_code() -> None:
    found = []
    for page in PAGES:
        if os.environ.get("REFUND_CALC_REWRITE_README") == "1":
            page.write_text(render(text_of(page)), encoding="utf-8")
        for _, name, table, _ in BLOCK.findall(text_of(page)):
            found.append(name)
            assert table == drawn(name), f"{name}: run the tests once with REFUND_CALC_REWRITE_README=1"
    assert sorted(found) == sorted(TABLES), "every table stands on one page"


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: page.name)
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    for link in links(page):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.is_relative_to(ROOT) and target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_manual_links_only_within_itself() -> None:
    """It ships without the rest of the project."""
    for topic in TOPICS:
        for link in links(MANUAL / f"{topic}.md"):
            assert link.startswith(("#", "https://")) or link.partition("#")[0] in {f"{name}.md" for name in TOPICS}, (
                link
            )


def test_every_page_of_the_manual_is_a_topic_and_ships() -> None:
    assert {page.stem for page in MANUAL.glob("*.md")} == set(TOPICS)
    settings = tomllib.loads(text_of(ROOT / "pyproject.toml"))
    shipped = settings["tool"]["setuptools"]["package-data"]["refund_calc"]
    paths = {path for pattern in shipped for path in (ROOT / "refund_calc").glob(pattern)}
    assert {MANUAL / f"{topic}.md" for topic in TOPICS} | {ROOT / "refund_calc" / "py.typed"} <= paths


def test_the_readme_leads_to_every_page_of_the_manual() -> None:
    assert {f"refund_calc/manual/{topic}.md" for topic in TOPICS} <= set(links(README))


def test_the_readme_can_be_read_in_ten_minutes() -> None:
    assert len(text_of(README).splitlines()) <= 130


@pytest.mark.parametrize("topic", TOPICS)
def test_the_command_prints_the_page_without_its_markers(topic: str) -> None:
    ran = CliRunner().invoke(group, ["manual", topic])
    assert ran.exit_code == 0
    assert ran.output == re.sub(r"<!-- .* -->\n", "", text_of(MANUAL / f"{topic}.md"))


def test_without_a_topic_the_command_lists_the_topics() -> None:
    ran = CliRunner().invoke(group, ["manual"])
    assert ran.exit_code == 0
    assert [line.split()[2] for line in ran.output.splitlines()] == list(TOPICS)


@pytest.mark.parametrize(("topic", "hint"), [("operater", "did you mean operator?"), ("xyz", "there are analyst, ")])
def test_a_topic_that_does_not_exist_is_a_usage_error_with_a_hint(topic: str, hint: str) -> None:
    ran = CliRunner().invoke(group, ["manual", topic])
    assert ran.exit_code == 2
    assert f'"{topic}" is no page of the manual; {hint}' in " ".join(ran.output.split())


def test_the_first_screen_has_the_two_commands() -> None:
    first_screen = text_of(README).splitlines()[:24]
    assert SAMPLE in first_screen
    assert TESTS in first_screen


def test_the_checks_begin_with_the_readmes_test_command() -> None:
    lines = text_of(ROOT / ".ci" / "run").splitlines()
    commands = [line for line in lines if ".venv" in line and not line.lstrip().startswith("#")]
    assert commands[0] == TESTS
    assert f"```sh\n{TESTS}\n" in text_of(ROOT / "CONTRIBUTING.md")
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_lock_file_fixes_every_dependency() -> None:
    """One exact version for all systems: no markers, hosts, hashes or paths."""
    lines = [line for line in text_of(ROOT / "requirements.lock").splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9a-z.]*", line) for line in lines)
    project = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]
    wanted = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    ours = project["name"]  # an extra that takes in another one
    assert {re.split(r"[<>=\[;]", one)[0] for one in wanted} - {ours} <= {line.partition("==")[0] for line in lines}


def test_the_sample_prints_what_the_readme_shows() -> None:
    shown, printed = re.search(r"```text\n(Night of .*?)```", text_of(README), re.DOTALL)[1], sample_nights()[1]
    if os.environ.get("REFUND_CALC_REWRITE_README") == "1":
        README.write_text(text_of(README).replace(shown, printed), encoding="utf-8")
        shown = printed
    assert shown == printed


def test_the_sample_shows_every_finding() -> None:
    found = {row["code"] for night in ("2026-11-19", "2026-11-20") for row in register(night, "exceptions")}
    assert found == {finding.code for finding in CATALOGUE}


def test_the_worked_example_is_a_line_of_the_sample() -> None:
    text = section(MANUAL / "policy.md", "The money")
    line = next(row for row in register("2026-11-20", "refunds") if row["rma_number"] == "RMA-3019")
    names = ["merchandise", "tax", "gross_refund", "return_shipping", "restocking_fee", "damage", "net_refund"]
    shown = dict(re.findall(r"^([a-z_]+) .*?([0-9]+\.[0-9]{2})$", text, re.MULTILINE))
    assert {name: shown.get(name) for name in names} == {name: line[name] for name in names}
    amount = {name: Decimal(shown[name]) for name in names}
    assert amount["merchandise"] + amount["tax"] == amount["gross_refund"]
    deductions = sum(amount[name] for name in ("return_shipping", "restocking_fee", "damage"))
    assert amount["gross_refund"] - deductions == amount["net_refund"]


def test_the_analysts_examples_are_answers_that_count() -> None:
    shown = re.search(r"```csv\n(.*?)```", section(MANUAL / "analyst.md", "Examples"), re.DOTALL)[1]
    answers = list(csv.DictReader(shown.splitlines()))
    assert {answer["action"] for answer in answers} == set(CAN_ANSWER)
    for answer in answers:
        assert answer["code"] in CAN_ANSWER[answer["action"]]
        assert answer["resolved_by"]


def test_every_option_and_its_variable_is_named() -> None:
    table = next(block[2] for block in BLOCK.findall(text_of(MANUAL / "operator.md")) if block[1] == "options")
    for option in nightly_options():
        assert f"| {option.opts[0]} | {option.envvar} |" in table
    assert {option.opts[0] for option in nightly_options()} >= {"--inbox", "--policy", "--as-of", "--out", "--redo"}


def test_every_exit_code_has_its_answer_for_the_operator() -> None:
    text = section(MANUAL / "operator.md", "When a night fails")
    codes = {2, 70, 74, 130} | {error.exit_code for error in NightStopped.__subclasses__()}
    for code in codes:
        assert f"**{code}**" in text


def test_every_command_is_named() -> None:
    for name in COMMANDS:
        assert f"refund-calc {name}" in text_of(README)


def test_the_crontab_line_has_absolute_paths_only() -> None:
    line = re.search(r"^[0-9*]+ [0-9*]+ \* \* \* (.*)$", text_of(MANUAL / "operator.md"), re.MULTILINE)[1]
    for word in shlex.split(line):
        assert word.startswith(("/", "-", ">", "2>", "nightly")), word


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_finding_is_named_that_does_not_exist(page: Path) -> None:
    """Words in code font that look like a code are one, or a word of the formats."""
    looks_like_one = set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", text_of(page)))
    others = {"set-amount", "already-decided", "refund-calc", "bean-check", *Outcome, *shipped()}
    assert looks_like_one - others <= set(BY_CODE)
