"""Where OUT holds no night only a person knows whether there never was one (rulebook 9)."""

import shutil
from pathlib import Path

from tests.command.started import FIRST, NIGHT, POLICY, Ran, edit, fails, nothing_in, start

NEXT = "2026-11-20"


def run(inbox: Path, out: Path, *more: str, as_of: str = NIGHT) -> Ran:
    return start("nightly", "--inbox", inbox, "--policy", POLICY, "--as-of", as_of, "--out", out, *more)


def test_a_typo_in_out_does_not_pay_everything_again(inbox: Path, out: Path) -> None:
    assert run(inbox, out, FIRST).returncode == 0
    typo = out.with_name("ouy")
    for more in ([], ["--dry-run"], ["--redo"]):
        ran = run(inbox, typo, *more, as_of=NEXT)
        fails(ran, 66, str(typo), "no night is published here", FIRST, "mount or correct")
        assert not typo.exists()


def test_a_disk_that_is_not_mounted_does_not_pay_everything_again(inbox: Path, out: Path) -> None:
    out.mkdir()
    fails(run(inbox, out), 66, "mount", FIRST)
    assert nothing_in(out)


def test_new_history_left_in_a_crontab_stops_the_second_night(inbox: Path, out: Path) -> None:
    assert run(inbox, out, FIRST).returncode == 0
    for more in ([], ["--dry-run"]):
        fails(run(inbox, out, FIRST, *more, as_of=NEXT), 2, FIRST, NIGHT, "take it out")
    assert not (out / NEXT).exists()
    assert run(inbox, out, as_of=NEXT).returncode == 0
    fails(run(inbox, out, FIRST, as_of=NEXT), 2, FIRST, NIGHT)


def test_the_first_night_again_with_new_history_is_complete_and_may_be_redone(inbox: Path, out: Path) -> None:
    for _ in range(2):
        ran = run(inbox, out, FIRST)
        assert (ran.returncode, ran.stderr) == (0, "")
    assert "already complete" in ran.stdout
    assert run(inbox, out).returncode == 0
    edit(inbox / "returns.csv", lambda text: text.replace("RMA-3001", "RMA-9001"))
    fails(run(inbox, out, FIRST), 65, "--redo")


def test_a_dry_run_of_the_first_night_says_that_it_is_the_first(inbox: Path, out: Path) -> None:
    ran = run(inbox, out, FIRST, "--dry-run")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert not out.exists()


def test_nights_that_were_lost_are_not_a_new_history(inbox: Path, out: Path) -> None:
    """The index is a witness of a night whose folder is gone."""
    assert run(inbox, out, FIRST).returncode == 0
    assert run(inbox, out, as_of=NEXT).returncode == 0
    for name in (NIGHT, NEXT):
        shutil.rmtree(out / name)
    fails(run(inbox, out, as_of="2026-11-23"), 66, FIRST)
    fails(run(inbox, out, FIRST, as_of="2026-11-23"), 65, NIGHT, "index.duckdb")


def test_a_folder_that_only_looks_like_a_night_is_none(inbox: Path, out: Path) -> None:
    (out / "2026-02-30").mkdir(parents=True)
    (out / "2026-02-30" / "notes.txt").write_text("by hand", encoding="utf-8")
    fails(run(inbox, out), 66, FIRST)
    assert run(inbox, out, FIRST).returncode == 0
    assert run(inbox, out, as_of=NEXT).returncode == 0


def test_foreign_folders_and_files_in_out_stop_nobody(inbox: Path, out: Path) -> None:
    assert run(inbox, out, FIRST).returncode == 0
    for name in ("2026-02-30", "2026-13-01", "withdrawn", "letters"):
        (out / name).mkdir()
        (out / name / "notes.txt").write_text("by hand", encoding="utf-8")
    (out / "withdrawn" / f"{NEXT}-old").mkdir()
    (out / ".2026-02-30.withdrawn").mkdir()
    (out / NIGHT / ".~lock.exceptions.csv#").write_text("open in an office program", encoding="utf-8")
    ran = run(inbox, out, as_of=NEXT)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert run(inbox, out, "--redo", "--payouts-not-sent", as_of=NEXT).returncode == 0
    assert (out / "withdrawn" / f"{NEXT}-1" / "manifest.json").exists()
    for where in ([out], ["--out", out]):
        ran = start("verify", *where)
        assert (ran.returncode, ran.stderr) == (0, "")
        assert f"{out / NIGHT}/.~lock.exceptions.csv#: not a file of the night; it changes nothing" in ran.stdout
    assert start("verify", REFUND_CALC_OUT=str(out)).returncode == 0
    assert start("status", "--out", out).returncode == 0
