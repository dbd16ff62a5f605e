"""Every example of the manual's page on mappings runs, as it is printed."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from jobs.cli import group
from jobs.manual import page
from refund_calc.inputs.mapping.rules import load_mapping, shipped

ROOT = Path(__file__).parents[1]


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page("mappings"), re.DOTALL | re.MULTILINE)


def test_the_commands_of_the_page_run_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "data").symlink_to(ROOT / "data")
    monkeypatch.chdir(tmp_path)
    commands = [line for block in blocks("sh") for line in block.splitlines()]
    assert len(commands) >= 5
    for line in commands:
        program, *arguments = shlex.split(line)
        assert program == "refund-calc"
        result = CliRunner().invoke(group, arguments)
        wanted = (0, 65) if arguments[0] == "check" else (0,)  # 65: something is listed
        assert result.exit_code in wanted, f"{line}\n{result.output}"


def test_the_mapping_of_the_page_can_be_used(tmp_path: Path):
    examples = blocks("toml")
    assert examples
    for number, text in enumerate(examples):
        path = tmp_path / f"{number}.toml"
        path.write_text(text, encoding="utf-8")
        assert load_mapping(str(path)).kinds


def test_the_page_names_every_shipped_mapping_with_its_folder_of_examples():
    for name in shipped():
        assert f"| `{name}` |" in page("mappings")
        assert f"`data/mappings/{name}`" in page("mappings")
