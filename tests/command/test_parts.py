"""`nightly --parts`, and every command that reads such nights: it says what it says of whole ones."""

from pathlib import Path

import pytest

from tests.command.started import FIRST, SAMPLE, Ran, start

NIGHTS = {"2026-11-19": SAMPLE, "2026-11-20": SAMPLE.parent}
POLICY = SAMPLE.parent / "policy"
PERIOD = ("--from", "2026-11-19", "--to", "2026-12-31")
FORMATS = ("beancount", "hledger", "quickbooks", "xero", "netsuite", "intacct", "payouts_stripe", "payouts_shopify")
RMA = "RMA-3003"


def two_nights(out: Path, *more: str) -> Path:
    for night, inbox in NIGHTS.items():
        first = [FIRST, "--opening", SAMPLE.parent / "opening.csv"] if inbox is SAMPLE else []
        ran = start("nightly", "--inbox", inbox, "--policy", POLICY, "--as-of", night, "--out", out, *first, *more)
        assert (ran.returncode, ran.stderr) == (0, "")
    return out


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return two_nights(tmp_path_factory.mktemp("whole") / "out")


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return two_nights(tmp_path_factory.mktemp("parts") / "out", "--parts")


def told(ran: Ran, out: Path) -> tuple[int, str, str]:
    """What a command said, the folder's own name left out."""
    return ran.returncode, ran.stdout.replace(str(out), "OUT"), ran.stderr.replace(str(out), "OUT")


def test_each_report_is_a_folder(parts: Path) -> None:
    names = sorted(path.name for path in (parts / "2026-11-20").iterdir())
    assert names == ["exceptions", "ledger", "manifest.json", "payouts", "record", "refunds", "report.html"]


@pytest.mark.parametrize(
    "command",
    [
        ("status",),
        ("status", "--json"),
        *(("explain", RMA, *more) for more in ([], ["--json"], ["--letter"])),
        *(("export", name, *PERIOD) for name in FORMATS),
        ("export", "beancount", *PERIOD, "--summary"),
    ],
    ids=" ".join,
)
def test_who_reads_them_says_the_same(command: tuple[str, ...], whole: Path, parts: Path) -> None:
    said = told(start(*command, "--out", whole), whole)
    assert said[1] or said[2]
    assert told(start(*command, "--out", parts), parts) == said


def test_verify_counts_every_part(parts: Path) -> None:
    ran = start("verify", parts)
    assert (ran.returncode, ran.stdout) == (0, f"{parts}: 2 nights and 22 files verified, all as they were published\n")
