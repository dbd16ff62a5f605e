"""`refund-calc export` as a person or a script starts it: files, notices, messages and exit codes."""

from pathlib import Path

import pytest

from refund_calc.books.formats import FORMATS
from refund_calc.books.payments import INSTRUCTIONS
from tests.books.read_back import rows
from tests.command.started import NIGHT, Ran, fails, is_misused, night, start

DAYS = ("--from", NIGHT, "--to", NIGHT)


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """OUT with one night; nobody changes it."""
    from tests.command.started import SAMPLE

    out = tmp_path_factory.mktemp("books") / "out"
    assert night(SAMPLE, out).returncode == 0
    return out


def export(name: str, out: Path, *more: object) -> Ran:
    return start("export", name, "--out", out, *(more if "--from" in more else (*DAYS, *more)))


@pytest.mark.parametrize("name", [*FORMATS, *INSTRUCTIONS])
def test_to_standard_output_and_to_a_file_it_is_the_same(name: str, books: Path, tmp_path: Path) -> None:
    printed = export(name, books)
    saved = export(name, books, "-o", tmp_path / "file")
    assert printed.returncode == saved.returncode == 0, printed.stderr + saved.stderr
    assert printed.stdout == (tmp_path / "file").read_text(encoding="utf-8")
    assert saved.stderr == "" and f"{tmp_path / 'file'} written" in saved.stdout
    assert printed.stderr in saved.stdout, "the notices do not disturb what is piped on"


def test_a_file_is_for_the_owner_and_the_group(books: Path, tmp_path: Path) -> None:
    assert export("xero", books, "-o", tmp_path / "file").returncode == 0
    assert (tmp_path / "file").stat().st_mode & 0o027 == 0
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_several_files_are_numbered(tmp_path: Path) -> None:
    from tests.books import month

    days = ("--from", month.FIRST, "--to", month.LAST)
    done = export("xero", month.out(), *days, "-o", tmp_path / "april.csv")
    assert done.returncode == 0, done.stderr
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [f"april-{at}-of-{len(names)}.csv" for at in range(1, len(names) + 1)] and len(names) > 1
    assert all(f"{tmp_path / name} written" in done.stdout for name in names)
    is_misused(export("xero", month.out(), *days), f"{len(names)} files", "-o FILE")


def test_payouts_that_were_left_out_stand_beside_the_file(books: Path, tmp_path: Path) -> None:
    done = export("payouts_stripe", books, "-o", tmp_path / "stripe.csv")
    left = rows([(tmp_path / "stripe-left-out.csv").read_bytes()])
    assert left and all(row["payout_id"] and row["why"] for row in left)
    assert f"{tmp_path / 'stripe-left-out.csv'}" in done.stdout


def test_the_tie_out_of_a_summary_is_printed(books: Path) -> None:
    assert export("netsuite", books, "--summary").stderr.startswith("tie-out: ")


def test_an_empty_period_with_a_night_is_an_empty_file(tmp_path: Path, inbox: Path) -> None:
    returns = inbox / "returns.csv"
    returns.write_text(returns.read_text(encoding="utf-8-sig").splitlines()[0] + "\n", encoding="utf-8")
    assert night(inbox, tmp_path / "out").returncode == 0
    for name, form in FORMATS.items():
        for more in ((), ("--summary",)):
            done = export(name, tmp_path / "out", *more)
            assert done.returncode == 0 and "0 entries" in done.stderr, done.stderr
            assert not form.header or done.stdout.count("\n") == 1
    for name in INSTRUCTIONS:
        assert export(name, tmp_path / "out").returncode == 0


def test_no_night_in_the_period(books: Path) -> None:
    days = ("--from", "2025-01-01", "--to", "2025-01-31")
    for name in ("beancount", "payouts_stripe"):
        fails(export(name, books, *days), 66, "no night from 2025-01-01 to 2025-01-31", NIGHT, "choose --from and --to")


def test_a_day_between_two_nights_is_not_told_to_choose_a_day_among_them(tmp_path: Path) -> None:
    from tests.command.started import POLICY, SAMPLE

    given = ("--inbox", SAMPLE, "--policy", POLICY, "--out", tmp_path)
    for day, more in (("2026-11-13", ["--new-history"]), (NIGHT, [])):
        assert start("nightly", *given, "--as-of", day, *more).returncode == 0
    for name in ("beancount", "payouts_stripe"):
        done = export(name, tmp_path, "--from", "2026-11-15", "--to", "2026-11-15")
        fails(done, 66, "nothing for it", "2026-11-13", NIGHT, "there is no file to make")


def test_no_night_at_all(tmp_path: Path) -> None:
    for out in (tmp_path, tmp_path / "nowhere"):
        fails(export("hledger", out), 66, str(out), "no night was published here")


def test_a_ledger_that_was_changed(tmp_path: Path, inbox: Path) -> None:
    assert night(inbox, tmp_path / "out").returncode == 0
    ledger = tmp_path / "out" / NIGHT / "ledger.csv"
    ledger.write_text(ledger.read_text(encoding="utf-8").replace("0", "1", 1), encoding="utf-8")
    fails(export("xero", tmp_path / "out"), 65, "ledger.csv", "changed")


def test_an_unknown_format_or_option(books: Path) -> None:
    is_misused(export("sap", books), "sap", "beancount", "payouts_shopify")
    is_misused(export("xero", books, "--sumary"), "--sumary")
    is_misused(start("export", "xero", "--out", books), "--from")


def test_days_in_the_wrong_order_or_form(books: Path) -> None:
    is_misused(export("xero", books, "--from", "2026-11-20", "--to", "2026-11-19"), "--to", "before --from 2026-11-20")
    is_misused(
        export("xero", books, "--from", "20.11.2026", "--to", "2026-11-19"), "--from", "20.11.2026", "YYYY-MM-DD"
    )


@pytest.mark.parametrize("option", [("--summary",), ("--accounts", "a.toml")])
def test_options_of_journals_with_payouts(option: tuple[str, ...], books: Path) -> None:
    is_misused(export("payouts_shopify", books, *option), option[0], "payouts_shopify has payouts")


def test_a_place_that_cannot_be_written(books: Path, tmp_path: Path) -> None:
    fails(export("xero", books, "-o", tmp_path), 73, str(tmp_path), "folder", "-o")
    fails(export("xero", books, "-o", tmp_path / "none" / "file"), 73, "none/file", "-o another place")
    (tmp_path / "locked").mkdir(mode=0o500)
    fails(export("xero", books, "-o", tmp_path / "locked" / "file"), 73, "locked/file", "Permission denied")


def test_a_published_night_is_not_written_into(books: Path) -> None:
    before = (books / NIGHT / "ledger.csv").read_bytes()
    for place in (
        books / NIGHT / "ledger.csv",
        books / NIGHT / "record" / "x.csv",
        books / "withdrawn" / "a" / "x.csv",
    ):
        fails(export("xero", books, "-o", place), 73, str(place), "published night", "give another place")
    assert (books / NIGHT / "ledger.csv").read_bytes() == before


def test_an_accounts_file_that_is_not_there(books: Path) -> None:
    fails(export("xero", books, "--accounts", "/none.toml"), 66, "/none.toml", "--accounts")


def test_help_names_every_format() -> None:
    printed = start("export", "--help").stdout
    for name in (*FORMATS, *INSTRUCTIONS):
        assert name in printed
