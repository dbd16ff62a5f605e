"""What a night logs for operators on stderr: nothing under cron, a line per stage or JSON where it is asked for."""

import json
import re
from datetime import datetime
from pathlib import Path

import pytest

from tests.command.started import NIGHT, night, start

STAGES = ["reading", "looking back", "deciding", "writing reports", "publishing"]
LINE = re.compile(r"refund-calc: ([a-z ]+|night of [0-9-]+): ([0-9,]+) rows?, [0-9]+\.[0-9]{2} s, [0-9,]+ MiB at most")


def stages(stderr: str) -> dict[str, str]:
    """Stage -> rows, of a log for people."""
    found = [LINE.fullmatch(line) for line in stderr.splitlines()]
    assert all(found), stderr
    return dict(one.groups() for one in found if one)


def events(stderr: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in stderr.splitlines()]


def test_cron_hears_nothing_on_stderr(inbox: Path, out: Path) -> None:
    ran = night(inbox, out)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith(f"Night of {NIGHT}")


def test_verbose_has_a_line_per_stage_with_its_rows(inbox: Path, out: Path) -> None:
    ran = night(inbox, out, "--verbose")
    found = stages(ran.stderr)
    assert list(found) == [*STAGES, f"night of {NIGHT}"]
    lines = {
        name: len((inbox / name).read_text(encoding="utf-8").splitlines()) - 1 for name in ("orders.csv", "returns.csv")
    }
    assert int(found["reading"]) == sum(lines.values())
    assert int(found["deciding"]) == int(found[f"night of {NIGHT}"]) == lines["returns.csv"]
    assert ran.stdout.startswith(f"Night of {NIGHT}"), "the summary is where it was"


def test_a_dry_run_writes_no_reports_and_logs_none(inbox: Path, out: Path) -> None:
    assert list(stages(night(inbox, out, "--verbose", "--dry-run").stderr)) == [*STAGES[:3], f"night of {NIGHT}"]


def test_json_is_an_object_per_line(inbox: Path, out: Path) -> None:
    found = events(night(inbox, out, "--quiet", "--log-format", "json").stderr)
    assert [one["stage"] for one in found if one["event"] == "stage"] == STAGES
    assert all(datetime.fromisoformat(str(one["time"])).utcoffset() is not None for one in found)
    assert {one["level"] for one in found} == {"info", "warning"}
    assert any("placeholders" in str(one["message"]) for one in found if one["event"] == "warning")
    last = found[-1]
    totals = json.loads((out / NIGHT / "manifest.json").read_text(encoding="utf-8"))["control_totals"]
    assert (last["event"], last["as_of"], last["is_repeat"], last["dry_run"]) == ("finished", NIGHT, False, False)
    assert (last["rows"], last["refund"]) == (totals["returns"]["rows"], totals["returns"]["refund"])
    assert (last["payouts"], last["paid"]) == (totals["payouts"]["rows"], totals["payouts"]["amount"])
    assert isinstance(last["seconds"], float) and float(str(last["peak_memory_mib"])) > 10


def test_a_night_that_is_complete_says_so(inbox: Path, out: Path) -> None:
    night(inbox, out)
    given = (
        "--inbox",
        inbox,
        "--policy",
        Path(__file__).parents[2] / "data" / "policy",
        "--as-of",
        NIGHT,
        "--out",
        out,
    )
    ran = start("nightly", *given, REFUND_CALC_LOG_FORMAT="json")
    assert [one["event"] for one in events(ran.stderr)] == ["finished"]
    assert events(ran.stderr)[0]["is_repeat"] is True


@pytest.mark.parametrize("spoilt", ["missing", "cut"])
def test_a_failure_is_json_too_and_the_last_line(inbox: Path, out: Path, spoilt: str) -> None:
    if spoilt == "cut":
        (inbox / "returns.csv").write_text('rma_number\n"', encoding="utf-8")
    ran = night(inbox if spoilt == "cut" else out / "nowhere", out, "--log-format", "json")
    code = 65 if spoilt == "cut" else 66
    (failed,) = events(ran.stderr)
    assert (ran.returncode, ran.stdout) == (code, "")
    assert (failed["level"], failed["event"], failed["exit_code"]) == ("error", "failed", code)
    assert "returns.csv" in str(failed["message"]) or "nowhere" in str(failed["message"])


def test_a_failure_with_verbose_is_the_line_that_it_always_was(inbox: Path, out: Path) -> None:
    (inbox / "returns.csv").write_text("", encoding="utf-8")
    ran = night(inbox, out, "--verbose")
    assert (ran.returncode, ran.stderr.count("\n")) == (65, 1)
    assert ran.stderr.startswith("refund-calc: ") and "returns.csv" in ran.stderr


def test_the_shell_completes_commands_and_options(tmp_path: Path) -> None:
    def completed(*words: str) -> list[str]:
        asked = {"COMP_WORDS": " ".join(("refund-calc", *words)), "COMP_CWORD": str(len(words))}
        ran = start(_REFUND_CALC_COMPLETE="bash_complete", **asked)
        return [line.partition(",")[2] for line in ran.stdout.splitlines()]

    assert completed("ni") == ["nightly"]
    assert set(completed("s")) == {"simulate", "status"}
    assert completed("nightly", "--dry") == ["--dry-run"]
    assert completed("nightly", "--log-format", "j") == ["json"]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_each_shell_has_its_script(shell: str) -> None:
    assert "_REFUND_CALC_COMPLETE" in start(_REFUND_CALC_COMPLETE=f"{shell}_source").stdout
