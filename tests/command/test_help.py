"""Help, the version and the rules, told by the command itself."""

import subprocess
import sys
import time

from tests.command.started import ROOT, is_misused, start


def test_help_names_every_command_and_loads_none_of_them() -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); sys.argv = ['refund-calc', '--help']\n"
        "from jobs.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit:\n    print(*(name for name in ('pandas', 'pyarrow', 'pydantic') if name in sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    *help_lines, loaded = ran.stdout.split("\n")[:-1]
    assert loaded == ""
    from jobs.cli import COMMANDS

    for name in COMMANDS:
        assert any(line.strip().startswith(name) for line in help_lines)


def test_help_is_quick() -> None:
    def seconds(*command: str) -> float:
        times = []
        for _ in range(5):
            begin = time.perf_counter()
            subprocess.run([sys.executable, *command], capture_output=True, cwd=ROOT, check=True, timeout=120)
            times.append(time.perf_counter() - begin)
        return min(times)

    assert seconds("-m", "jobs", "--help") - seconds("-c", "pass") < 0.25


def test_help_of_nightly_names_every_option_and_its_variable() -> None:
    ran = start("nightly", "--help", COLUMNS="200")
    assert (ran.returncode, ran.stderr) == (0, "")
    for name in [
        "inbox",
        "orders",
        "returns",
        "resolutions",
        "policy",
        "as-of",
        "out",
        "dry-run",
        "redo",
        "payouts-not-sent",
        "new-history",
        "expect-rows",
        "policy-changed",
        "memory",
        "quiet",
        "verbose",
        "log-format",
    ]:
        assert f"--{name}" in ran.stdout
        assert f"REFUND_CALC_{name.replace('-', '_').upper()}" in ran.stdout


def test_the_version() -> None:
    assert start("--version").stdout.startswith("refund-calc, version ")


# --- Rules --------------------------------------------------------------------------------------------------------


def test_rules_lists_every_finding() -> None:
    from refund_calc.policy.findings import CATALOGUE

    lines = start("rules").stdout.splitlines()
    assert lines[0].split() == ["code", "decision", "clause", "stage", "types", "allow", "turn", "when"]
    assert [line.split()[0] for line in lines[1:]] == [finding.code for finding in CATALOGUE]


def test_rules_of_one_code() -> None:
    text = start("rules", "--code", "window-expired").stdout
    for words in (
        "RP-1",
        "reject",
        "the limit is {window_days}",
        "requested_date - delivered_date",
        "allow",
        "customer service",
    ):
        assert words in text


def test_rules_of_an_unknown_code() -> None:
    is_misused(start("rules", "--code", "window-expird"), "did you mean window-expired?")
