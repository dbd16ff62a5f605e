"""The command as cron starts it: an empty environment, and options from REFUND_CALC_..."""

import os
from pathlib import Path

from tests.command.started import NIGHT, POLICY, night, start


def test_every_option_reads_an_environment_variable(inbox: Path, out: Path) -> None:
    ran = start(
        "nightly",
        REFUND_CALC_INBOX=str(inbox),
        REFUND_CALC_POLICY=str(POLICY),
        REFUND_CALC_AS_OF=NIGHT,
        REFUND_CALC_OUT=str(out),
        REFUND_CALC_NEW_HISTORY="1",
        REFUND_CALC_QUIET="1",
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert (out / NIGHT).is_dir()


def test_several_files_in_a_variable_are_separated_as_in_path(inbox: Path, out: Path) -> None:
    header, *rows = (inbox / "returns.csv").read_text(encoding="utf-8").splitlines()
    (inbox / "returns.csv").write_text("\n".join([header, *rows[:4], ""]), encoding="utf-8")
    (inbox / "returns-b.csv").write_text("\n".join([header, *rows[4:], ""]), encoding="utf-8")
    ran = start(
        "nightly",
        REFUND_CALC_ORDERS=str(inbox / "orders.csv"),
        REFUND_CALC_RETURNS=os.pathsep.join([str(inbox / "returns.csv"), str(inbox / "returns-b.csv")]),
        REFUND_CALC_POLICY=str(POLICY),
        REFUND_CALC_AS_OF=NIGHT,
        REFUND_CALC_OUT=str(out),
        REFUND_CALC_NEW_HISTORY="yes",
        REFUND_CALC_DRY_RUN="yes",
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith(f"Night of {NIGHT}: {len(rows)} return lines read")
    assert not out.exists()


def test_the_command_line_beats_the_environment(inbox: Path, out: Path, tmp_path: Path) -> None:
    elsewhere = str(tmp_path / "nowhere")
    ran = night(inbox, out, REFUND_CALC_INBOX=elsewhere, REFUND_CALC_ORDERS=elsewhere, REFUND_CALC_AS_OF="2020-01-01")
    assert (ran.returncode, ran.stderr) == (0, "")
    ran = start(
        *("nightly", "--orders", inbox / "orders.csv", "--returns", inbox / "returns.csv", "--out", out, "--dry-run"),
        *("--policy", POLICY, "--as-of", "2026-11-20"),
        REFUND_CALC_INBOX=elsewhere,
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_an_empty_variable_is_no_variable(inbox: Path, out: Path) -> None:
    ran = night(inbox, out, REFUND_CALC_STORE="", REFUND_CALC_ORDERS="", REFUND_CALC_REDO="")
    assert (ran.returncode, ran.stderr) == (0, "")
