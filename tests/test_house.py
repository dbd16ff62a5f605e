"""The house is small and has one direction: short files and functions; a wing imports only what stands before it."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "refund_calc"

MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 60

# In this order: a wing imports itself and wings before it. `refund_calc/errors.py` stands before all.
WINGS = ("columns", "policy", "inputs", "history", "night", "reports", "books", "reading", "runs", "jobs")
LYING_FLAT = {"__init__.py", "errors.py"}

FILES = sorted(path for part in ("refund_calc", "jobs", "tests") for path in (ROOT / part).rglob("*.py"))
IN_WINGS = [path for path in FILES if path.relative_to(ROOT).parts[0] != "tests" and path.parent != PACKAGE]

each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
each_file_of_a_wing = pytest.mark.parametrize("path", IN_WINGS, ids=lambda path: str(path.relative_to(ROOT)))


def long_functions(text: str) -> dict[str, int]:
    """Name -> lines of the functions that are too long without a `# long: why` on the line above the def."""
    lines = text.splitlines()
    found = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            excused = node.lineno > 1 and lines[node.lineno - 2].strip().startswith("# long: ")
            if length > MOST_LINES_OF_A_FUNCTION and not excused:
                found[node.name] = length
    return found


def imports(text: str, package: str) -> set[str]:
    """The dotted names that a module of this package imports, wherever in its text."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            found |= {f"{module}.{name.name}" for name in node.names}
    return found


def wings_in(names: set[str]) -> set[str]:
    """The wings of this house among dotted names; for refund_calc/errors.py and other projects, none."""
    split = (name.split(".") for name in names)
    reached = {"jobs" if parts[0] == "jobs" else parts[1] for parts in split if parts[0] == "jobs" or is_ours(parts)}
    return reached & set(WINGS)


def is_ours(parts: list[str]) -> bool:
    """Whether a dotted name lies in refund_calc, below its root."""
    return parts[0] == PACKAGE.name and len(parts) > 1


def wing_of(path: Path) -> str:
    """The wing in which a file lies."""
    parts = path.relative_to(ROOT).parts
    return "jobs" if parts[0] == "jobs" else parts[1]


@each_file
def test_a_file_can_be_read_in_one_sitting(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= MOST_LINES_OF_A_FILE


@each_file
def test_a_function_fits_on_a_screen_or_says_why_it_does_not(path: Path) -> None:
    assert long_functions(path.read_text(encoding="utf-8")) == {}


@each_file_of_a_wing
def test_a_wing_imports_itself_and_the_wings_before_it(path: Path) -> None:
    package = ".".join(path.relative_to(ROOT).parent.parts)
    allowed = WINGS[: WINGS.index(wing_of(path)) + 1]
    assert wings_in(imports(path.read_text(encoding="utf-8"), package)) <= set(allowed)


@pytest.mark.parametrize("name", sorted(LYING_FLAT))
def test_what_stands_before_all_wings_imports_none(name: str) -> None:
    assert wings_in(imports((PACKAGE / name).read_text(encoding="utf-8"), PACKAGE.name)) == set()


def test_every_folder_of_the_package_is_a_wing() -> None:
    folders = {path.parent.relative_to(PACKAGE).parts[0] for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE}
    assert folders <= set(WINGS)


def test_no_module_lies_flat_beside_the_wings() -> None:
    assert {path.name for path in PACKAGE.glob("*.py")} == LYING_FLAT


def test_a_long_function_is_found_and_one_that_says_why_is_excused() -> None:
    body = "    pass\n" * MOST_LINES_OF_A_FUNCTION
    text = f"def short():\n{body[9:]}\ndef found():\n{body}\n# long: one table\ndef excused():\n{body}"
    assert long_functions(text) == {"found": 61}


@pytest.mark.parametrize(
    "line",
    [
        "import refund_calc.runs.nightly",
        "from refund_calc import runs",
        "from refund_calc.runs import nightly",
        "from refund_calc.runs.nightly import run",
        "from ..runs import nightly",
        "from .. import runs",
        "def later():\n    from refund_calc.runs import nightly",
    ],
)
def test_an_import_in_any_form_reaches_its_wing(line: str) -> None:
    assert wings_in(imports(line, "refund_calc.policy")) == {"runs"}


def test_the_errors_and_other_projects_are_no_wing() -> None:
    text = "from refund_calc.errors import BadData\nfrom refund_calc import errors\nimport policy.columns"
    assert wings_in(imports(text, "refund_calc.night")) == set()
