"""The stories of a finance team's losses, through the command line with their exit codes (rulebook 2, 9)."""

from pathlib import Path
from shutil import copytree

from tests.command.started import FIRST, NIGHT, POLICY, Ran, edit, fails, is_misused, start

NEXT = "2026-11-20"


def run(inbox: Path, out: Path, *more: object, as_of: str = NIGHT, policy: Path = POLICY) -> Ran:
    given = ("--inbox", inbox, "--policy", policy, "--as-of", as_of, "--out", out)
    return start("nightly", *given, *more)


def test_a_redo_after_the_money_left_does_not_pay_again(inbox: Path, out: Path) -> None:
    """The payouts of 2026-11-19 left on the next day, which is past."""
    assert run(inbox, out, FIRST).returncode == 0
    before = (out / NIGHT / "payouts.csv").read_bytes()
    edit(inbox / "returns.csv", lambda text: text.replace("RMA-3001", "RMA-9001"))
    fails(run(inbox, out, "--redo"), 65, NIGHT, "7 payouts dated 2026-11-20", "--payouts-not-sent")
    assert (out / NIGHT / "payouts.csv").read_bytes() == before and not (out / "withdrawn").exists()
    ran = run(inbox, out, "--redo", "--payouts-not-sent")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert f"Redo: the night it replaced is kept in {out}/withdrawn/{NIGHT}-1" in ran.stdout
    assert "payouts: 1 vanished, 0 with another amount, 1 new; each is in redo.csv" in ran.stdout
    assert (out / "withdrawn" / f"{NIGHT}-1" / "payouts.csv").read_bytes() == before


def test_an_id_whose_amount_changed_is_to_be_settled_by_hand(inbox: Path, out: Path) -> None:
    assert run(inbox, out, FIRST).returncode == 0
    edit(inbox / "orders.csv", lambda text: text.replace(",0.00,", ",0.01,"))
    ran = run(inbox, out, "--redo", "--payouts-not-sent")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "An id whose amount changed is to be settled with the processor by hand" in ran.stdout


def test_payouts_not_sent_speaks_of_a_redo(inbox: Path, out: Path) -> None:
    is_misused(run(inbox, out, FIRST, "--payouts-not-sent"), "--payouts-not-sent", "--redo")


def test_an_older_night_again_is_no_failure_and_another_one_is(inbox: Path, out: Path) -> None:
    assert run(inbox, out, FIRST).returncode == 0
    assert run(inbox, out, as_of=NEXT).returncode == 0
    ran = run(inbox, out)
    assert (ran.returncode, ran.stderr) == (0, "") and "already complete" in ran.stdout
    fails(run(inbox, out, "--redo", "--payouts-not-sent"), 65, "only the latest", "must not go back")
    edit(inbox / "returns.csv", lambda text: text.replace("RMA-3001", "RMA-9001"))
    fails(run(inbox, out), 65, "only the latest", "must not go back")


def test_an_edited_policy_does_not_price_old_orders_anew(inbox: Path, out: Path, tmp_path: Path) -> None:
    policy = Path(copytree(POLICY, tmp_path / "policy"))
    assert run(inbox, out, FIRST, policy=policy).returncode == 0
    edit(policy / "2024-01.toml", lambda text: text.replace('rate = "0.15"', 'rate = "0.51"'))
    for more in ([], ["--dry-run"]):
        ran = run(inbox, out, *more, as_of=NEXT, policy=policy)
        fails(ran, 78, '"2024-01"', "2024-01.toml", f"1 night ({NIGHT})", "--policy-changed")
    assert not (out / NEXT).exists()
    ran = run(inbox, out, "--policy-changed", as_of=NEXT, policy=policy)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert 'WARNING: policy version "2024-01" was changed after it had judged orders' in ran.stdout
    assert run(inbox, out, as_of="2026-11-21", policy=policy).returncode == 0


def test_a_cut_export_stops_a_cron_that_knows_better(inbox: Path, out: Path) -> None:
    fails(run(inbox, out, FIRST, "--expect-rows", 13), 65, "returns.csv", "12 rows", "--expect-rows")
    assert not out.exists()
    assert run(inbox, out, FIRST, "--expect-rows", 12).returncode == 0


def test_an_empty_export_is_told(inbox: Path, out: Path) -> None:
    assert run(inbox, out, FIRST).returncode == 0
    edit(inbox / "returns.csv", lambda text: text.splitlines()[0] + "\n")
    ran = run(inbox, out, as_of=NEXT)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "WARNING: returns.csv: no return line, while lines are held" in ran.stdout
