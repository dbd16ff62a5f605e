"""The line that says what a night is at: for a person at a terminal only, and only when there is time to read it."""

import io
import os
import re
import subprocess
import sys

import pytest

from jobs.progress import ProgressLine, is_wanted

CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return Terminal()


def test_nothing_is_shown_before_a_second_and_a_half(terminal: Terminal) -> None:
    line = ProgressLine(terminal)
    line("reading")
    line("writing reports", total=10)
    line.close()
    assert terminal.getvalue() == ""


def test_stage_and_rows_are_shown_once_it_takes_long(terminal: Terminal) -> None:
    line = ProgressLine(terminal, patience=0)
    line("reading")
    line("writing reports", total=30_000)
    line("writing reports", total=10_000)
    line("writing reports", done=25_000)
    line.close()
    shown = CONTROL.sub("", terminal.getvalue())
    assert "writing reports" in shown
    assert "25,000 of 40,000 rows" in shown


def test_no_color_is_respected(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def shown() -> str:
        terminal.truncate(0)
        line = ProgressLine(terminal, patience=0)
        line("writing reports", total=10)
        line("writing reports", done=5)
        line.close()
        return terminal.getvalue()

    color = re.compile(r"\x1b\[[0-9;]*\b[349][0-9;]+m")
    assert color.search(shown())
    monkeypatch.setenv("NO_COLOR", "1")
    assert "writing reports" in shown() and not color.search(shown())


def test_rows_of_an_earlier_stage_are_not_counted(terminal: Terminal) -> None:
    line = ProgressLine(terminal, patience=0)
    line("reading", done=7, total=9)
    line("writing reports", done=1, total=2)
    line.close()
    assert "1 of 2 rows" in CONTROL.sub("", terminal.getvalue())


def test_the_line_is_taken_back_at_the_end(terminal: Terminal) -> None:
    line = ProgressLine(terminal, patience=0)
    line("reading")
    line.close()
    assert terminal.getvalue().endswith("\x1b[2K"), "the last thing done is to erase the line"
    assert terminal.getvalue().count("\x1b[?25h") == 1, "the cursor is visible again"


def test_a_terminal_that_cannot_take_a_line_back_is_left_alone(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    line = ProgressLine(terminal, patience=0)
    line("reading")
    line.close()
    assert terminal.getvalue() == ""


@pytest.mark.parametrize(
    ("stream", "is_quiet", "wanted"),
    [(Terminal(), False, True), (Terminal(), True, False), (io.StringIO(), False, False), (None, False, False)],
    ids=["terminal", "quiet", "file or cron", "no stderr"],
)
def test_it_is_wanted_by_a_person_at_a_terminal_only(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO | None, is_quiet: bool, wanted: bool
) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    assert is_wanted(is_quiet) is wanted


def test_rich_is_not_imported_before_something_is_shown() -> None:
    code = "import sys, jobs.nightly\nassert not [name for name in sys.modules if name.split('.')[0] == 'rich']"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_numpy_finds_one_thread_for_linear_algebra_unless_told_otherwise() -> None:
    code = (
        "import sys, jobs.cli, os\n"
        "assert 'numpy' not in sys.modules\n"
        "assert os.environ['OPENBLAS_NUM_THREADS'] == sys.argv[1]"
    )
    for env, expected in (({}, "1"), ({"OPENBLAS_NUM_THREADS": "4"}, "4")):
        subprocess.run([sys.executable, "-c", code, expected], check=True, env={**_without_threads(), **env})


def _without_threads() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
