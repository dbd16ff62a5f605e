"""Files that stop a night: a reproducer of each, its whole message beside it, and the file mended as the message says.

`refusals/<name>.txt` is the message; `refusals/<name>.csv` is the file, where its bytes can be shown as text.
REFUND_CALC_REWRITE_GOLDEN=1 rewrites the messages; review them as a diff.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.stories import AS_OF, DATA, a_return, an_order, file_of

REFUSALS = Path(__file__).parent / "refusals"
RETURNS = file_of("returns", [a_return(tracking_number="Zoë")])[2]
IN_BYTES = {
    "utf-16": RETURNS.decode().encode("utf-16"),
    "not-utf-8": RETURNS.decode().encode("cp1252"),
    "empty": b"",
}


def _with_column(content: bytes, name: str, cell: str) -> bytes:
    header, row, _ = content.decode().split("\n")
    return f"{header},{name}\n{row},{cell}\n".encode()


def _without_last_column(content: bytes) -> bytes:
    return b"\n".join(line.rpartition(b",")[0] for line in content.splitlines()) + b"\n"


# What the message asks for, done to the file.
MENDED: dict[str, Callable[[bytes], bytes]] = {
    "utf-16": lambda content: content.decode("utf-16").encode("utf-8-sig"),
    "not-utf-8": lambda content: content.decode("cp1252").encode("utf-8-sig"),
    "empty": lambda content: RETURNS.splitlines()[0],
    "missing-column": lambda content: _with_column(content, "dispute_opened_date", ""),
    "missing-columns": lambda content: _with_column(
        _with_column(content, "dispute_status", "none"), "dispute_opened_date", ""
    ),
    "column-twice": _without_last_column,
    "cut-inside-a-quoted-cell": lambda content: content + b' of the box"\n',
    "semicolons": lambda content: content.replace(b";", b","),
    "tabs": lambda content: content.replace(b"\t", b","),
}


def broken(name: str) -> bytes:
    return IN_BYTES[name] if name in IN_BYTES else (REFUSALS / f"{name}.csv").read_bytes()


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "orders.csv").write_bytes(file_of("orders", [an_order()])[2])
    return inbox


def nightly(inbox: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    given = arguments or ("--inbox", str(inbox))
    out = inbox.parent / "out"
    command = [sys.executable, "-m", "jobs", "nightly", *given, "--policy", str(DATA / "policy"), "--out", str(out)]
    return subprocess.run([*command, "--as-of", str(AS_OF), "--new-history"], capture_output=True, text=True)


def assert_refused(name: str, exit_code: int, ran: subprocess.CompletedProcess[str], inbox: Path) -> None:
    """One line on stderr, word for word; nothing on stdout and nothing written."""
    message = ran.stderr.replace(str(inbox), "INBOX")
    golden = REFUSALS / f"{name}.txt"
    if os.environ.get("REFUND_CALC_REWRITE_GOLDEN"):
        golden.write_text(message, encoding="utf-8")
    assert (ran.returncode, ran.stdout) == (exit_code, "")
    assert message == golden.read_text(encoding="utf-8")
    assert message.count("\n") == 1
    assert not (inbox.parent / "out" / str(AS_OF)).exists()


@pytest.mark.parametrize("name", MENDED)
def test_a_file_that_is_no_input_is_refused_and_read_when_it_is_mended(name: str, inbox: Path):
    returns = inbox / "returns.csv"
    returns.write_bytes(broken(name))
    assert_refused(name, 65, nightly(inbox), inbox)
    returns.write_bytes(MENDED[name](broken(name)))
    ran = nightly(inbox)
    assert (ran.returncode, ran.stderr) == (0, "")
    lines = 0 if name == "empty" else 1
    assert f"{lines} return line" in ran.stdout
    assert (inbox.parent / "out" / str(AS_OF) / "refunds.csv").read_bytes().count(b"\n") == lines + 1


def _a_folder(inbox: Path) -> None:
    (inbox / "returns.csv").mkdir()


def _nothing(inbox: Path) -> None:
    """What is asked for is not there."""


def _mend(inbox: Path) -> None:
    returns = inbox / "returns.csv"
    if returns.exists():
        returns.rmdir()
    returns.write_bytes(RETURNS)


@pytest.mark.parametrize(
    ("name", "arrange", "arguments"),
    [
        ("missing-file", _nothing, ["--orders", "orders.csv", "--returns", "returns.csv"]),
        ("unreadable-file", _a_folder, []),
        ("no-returns-in-the-inbox", _nothing, []),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_and_read_when_it_can(
    name: str, arrange: Callable[[Path], None], arguments: list[str], inbox: Path
):
    arrange(inbox)
    given = [str(inbox / word) if word.endswith(".csv") else word for word in arguments]
    assert_refused(name, 66, nightly(inbox, *given), inbox)
    _mend(inbox)
    ran = nightly(inbox, *given)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_an_inbox_that_is_not_there_is_refused(inbox: Path):
    assert_refused("no-inbox", 66, nightly(inbox, "--inbox", f"{inbox}/tonight"), inbox)


def test_every_reproducer_is_used():
    names = {path.stem for path in REFUSALS.iterdir()}
    assert names == {*MENDED, "missing-file", "unreadable-file", "no-returns-in-the-inbox", "no-inbox"}
