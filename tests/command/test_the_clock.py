"""A night is never later than tomorrow in the store's time zone (rulebook 9)."""

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.command.started import FIRST, POLICY, Ran, fails, nothing_in, start

DAY = timedelta(days=1)


def store_today() -> date:
    """In the time zone of the sample policy."""
    return datetime.now(ZoneInfo("America/Los_Angeles")).date()


def run(inbox: Path, out: Path, day: date, *more: str, **environment: str) -> Ran:
    given = ("--inbox", inbox, "--policy", POLICY, "--out", out, "--as-of", day, FIRST)
    return start("nightly", *given, *more, **environment)


def test_a_mistyped_year_does_not_lock_the_history_for_ever(inbox: Path, out: Path) -> None:
    late = store_today() + 2 * DAY
    fails(run(inbox, out, late, TZ="Pacific/Kiritimati"), 2, str(late), "later than tomorrow", "--dry-run")
    fails(run(inbox, out, date(2062, 11, 20)), 2, "2062-11-20", "later than tomorrow")
    assert nothing_in(out)


def test_tomorrow_is_in_time(inbox: Path, out: Path) -> None:
    tomorrow = store_today() + DAY
    ran = run(inbox, out, tomorrow, TZ="Pacific/Pago_Pago")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert (out / str(tomorrow)).is_dir()


def test_a_dry_run_may_look_at_any_day(inbox: Path, out: Path) -> None:
    ran = run(inbox, out, date(2062, 11, 20), "--dry-run")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("Night of 2062-11-20")
    assert not out.exists()
