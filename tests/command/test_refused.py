"""What the command refuses: bad input 66, bad data 65, bad policy 78, and what cannot be written 73."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command.started import FIRST, NIGHT, POLICY, edit, fails, needs_permissions, night, nothing_in, start


def test_a_missing_file(inbox: Path, out: Path) -> None:
    ran = start(
        *("nightly", "--orders", inbox / "order.csv", "--returns", inbox / "returns.csv"),
        *("--policy", POLICY, "--as-of", NIGHT, "--out", out, FIRST),
    )
    fails(ran, 66, "order.csv", "no such file")
    assert nothing_in(out)


def test_a_missing_inbox_folder(tmp_path: Path, out: Path) -> None:
    fails(night(tmp_path / "in-box", out), 66, "in-box", "no such folder")
    assert nothing_in(out)


def test_an_inbox_without_returns(inbox: Path, out: Path) -> None:
    (inbox / "returns.csv").unlink()
    fails(night(inbox, out), 66, "returns*.csv")
    assert nothing_in(out)


def test_a_file_that_is_a_folder(inbox: Path, out: Path) -> None:
    (inbox / "returns.csv").unlink()
    (inbox / "returns.csv").mkdir()
    fails(night(inbox, out), 66, "returns.csv")
    assert nothing_in(out)


# --- Bad data: 65 -------------------------------------------------------------------------------------------------


def _as_bytes(encode: Callable[[str], bytes]) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        path.write_bytes(encode(path.read_text(encoding="utf-8")))

    return damage


DAMAGES = {
    "empty": (_as_bytes(lambda text: b""), ["the file is empty"]),
    "semicolons": (_as_bytes(lambda text: text.replace(",", ";").encode()), ["line 1", "another character"]),
    "tabs": (_as_bytes(lambda text: text.replace(",", "\t").encode()), ["line 1", "another character"]),
    "utf-16": (_as_bytes(lambda text: text.encode("utf-16")), ["UTF-16", "CSV UTF-8"]),
    "cp1252": (
        _as_bytes(lambda text: text.replace("RMA-3002", "RMA-3002\u00e9").encode("cp1252")),
        ["line 3", "0xE9", "CSV UTF-8"],
    ),
    "no column": (_as_bytes(lambda text: text.replace("reason,", "why,", 1).encode()), ["line 1", "reason"]),
    "column twice": (
        _as_bytes(lambda text: text.replace("received_date", "requested_date", 1).encode()),
        ["requested_date", "2 times"],
    ),
    "cut in a cell": (_as_bytes(lambda text: (text + 'RMA-1,"').encode()), ["cut"]),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_file_that_cannot_be_read_as_it_is(damage: str, inbox: Path, out: Path) -> None:
    spoil, words = DAMAGES[damage]
    spoil(inbox / "returns.csv")
    fails(night(inbox, out), 65, "returns.csv", *words)
    assert nothing_in(out)


def test_a_night_before_the_last_one(inbox: Path, out: Path) -> None:
    assert night(inbox, out).returncode == 0
    ran = start("nightly", "--inbox", inbox, "--policy", POLICY, "--as-of", "2026-11-18", "--out", out)
    fails(ran, 65, "2026-11-18", "2026-11-19", "must not go back")
    assert not (out / "2026-11-18").exists()


def test_the_same_night_again_and_with_other_inputs(inbox: Path, out: Path) -> None:
    night(inbox, out)
    again = night(inbox, out)
    assert (again.returncode, again.stderr) == (0, "") and "already complete" in again.stdout
    edit(inbox / "returns.csv", lambda text: text.replace("RMA-3001", "RMA-9001"))
    fails(night(inbox, out), 65, "--redo")
    assert night(inbox, out, "--redo", "--payouts-not-sent").returncode == 0


# --- Bad policy: 78 -----------------------------------------------------------------------------------------------


def test_a_typo_in_the_policy(inbox: Path, out: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    text = (POLICY / "2024-01.toml").read_text(encoding="utf-8")
    policy.write_text(text.replace("window_days", "windw_days"), encoding="utf-8")
    ran = start("nightly", "--inbox", inbox, "--policy", policy, "--as-of", NIGHT, "--out", out, FIRST)
    fails(ran, 78, "policy.toml", "coverage.windw_days", "window_days")
    assert nothing_in(out)


def test_a_policy_that_is_not_there(inbox: Path, out: Path, tmp_path: Path) -> None:
    ran = start("nightly", "--inbox", inbox, "--policy", tmp_path / "policies", "--as-of", NIGHT, "--out", out, FIRST)
    fails(ran, 78, "policies", "no such file or folder")
    assert nothing_in(out)


def test_no_version_in_force(inbox: Path, out: Path) -> None:
    ran = start("nightly", "--inbox", inbox, "--policy", POLICY, "--as-of", "2023-12-31", "--out", out, FIRST)
    fails(ran, 78, "2024-01-01", "2023-12-31")
    assert nothing_in(out)


# --- Somewhere that cannot be written: 73 -------------------------------------------------------------------------


def test_an_output_folder_that_is_a_file(inbox: Path, out: Path) -> None:
    out.write_text("a file\n", encoding="utf-8")
    fails(night(inbox, out), 73, str(out), "--out")
    assert out.read_text(encoding="utf-8") == "a file\n"


def test_an_output_folder_below_a_file(inbox: Path, out: Path) -> None:
    out.write_text("a file\n", encoding="utf-8")
    fails(night(inbox, out / "reports"), 73, str(out / "reports"))


@needs_permissions
def test_an_output_folder_that_is_read_only(inbox: Path, out: Path) -> None:
    out.mkdir(mode=0o555)
    fails(night(inbox, out), 73, str(out))
    assert nothing_in(out)
