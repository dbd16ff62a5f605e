"""The code of a finding stands once, where the finding is declared; everything else asks the finding."""

import ast
from pathlib import Path

import jobs
import refund_calc
from refund_calc.policy.findings import BY_CODE

PACKAGES = [Path(package.__file__ or "").parent for package in (refund_calc, jobs)]
DECLARATIONS = PACKAGES[0] / "policy" / "findings"


def literals(source: str) -> list[tuple[int, str]]:
    """Line and code of every string that is a finding's code, in rising order."""
    strings = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant))
    codes = (node for node in strings if isinstance(node.value, str) and node.value in BY_CODE)
    return sorted((node.lineno, str(node.value)) for node in codes)


def test_no_code_of_a_finding_stands_outside_its_declaration() -> None:
    files = [file for package in PACKAGES for file in package.rglob("*.py") if DECLARATIONS not in file.parents]
    assert files
    assert [f"{file}:{line} {code}" for file in files for line, code in literals(file.read_text("utf-8"))] == []


def test_a_code_is_found_wherever_it_stands() -> None:
    some, other = list(BY_CODE)[:2]
    assert literals(f"a = {{{some!r}: 1}}\nif b == {other!r}:\n    pass\n") == [(1, some), (2, other)]
