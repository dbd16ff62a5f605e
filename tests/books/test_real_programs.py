"""The real bean-check and the real hledger accept a month of nights, and refuse it when a cent is changed by hand."""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from beancount import loader

from tests.books import month
from tests.books.read_back import ran
from tests.books.test_all_formats import exported

BEAN_CHECK = Path(sys.executable).with_name("bean-check")
NEVER_SKIP = os.environ.get("REFUND_CALC_NEVER_SKIP", "") not in ("", "0")
needs_hledger = pytest.mark.skipif(
    not (shutil.which("hledger") or NEVER_SKIP), reason="hledger is not installed (Debian: apt-get install hledger)"
)
in_full_and_summary = pytest.mark.parametrize("in_summary", [False, True], ids=["entries", "summary"])
AMOUNT = re.compile(r"(?<= )(?<!~ )-?\d+\.\d\d(?= (?:~ 0\.00 )?USD)")  # a tolerance is none
CONTROL = {  # control total of a night -> the accounts that it is booked on, code by code
    "merchandise": "4910",
    "tax": "2310",
    "shipping_refund": "4210",
    "return_shipping": "5420",
    "outbound_shipping": "5410",
    "restocking_fee": "4920",
    "damage": "4930",
    "cancellation_loss": "4940",
}


def bean_check(folder: Path, text: str) -> bool:
    (folder / "book.beancount").write_text(text, encoding="utf-8")
    done = ran(BEAN_CHECK, "--no-cache", folder / "book.beancount")
    assert (done.returncode == 0) == (done.stderr == ""), done.stderr
    return done.returncode == 0


def hledger_check(folder: Path, text: str) -> bool:
    (folder / "book.journal").write_text(text, encoding="utf-8")
    return ran("hledger", "-f", folder / "book.journal", "check", "--strict", "ordereddates").returncode == 0


def text_of(name: str, in_summary: bool, last: date = month.LAST) -> str:
    return exported(name, last=last, in_summary=in_summary).files[0].decode()


def a_cent_off(text: str) -> Iterator[str]:
    """The text with one amount a cent higher, for each amount of postings and assertions."""
    for found in AMOUNT.finditer(text, text.index("\n20")):
        cents = month.in_cents(found[0]) + 1
        sign, size = "-" if cents < 0 else "", abs(cents)
        yield f"{text[: found.start()]}{sign}{size // 100}.{size % 100:02d}{text[found.end() :]}"


@in_full_and_summary
def test_bean_check_accepts_a_month(in_summary: bool, tmp_path: Path) -> None:
    assert bean_check(tmp_path, text_of("beancount", in_summary))


@needs_hledger
@in_full_and_summary
def test_hledger_accepts_a_month(in_summary: bool, tmp_path: Path) -> None:
    assert hledger_check(tmp_path, text_of("hledger", in_summary))


@needs_hledger
@in_full_and_summary
def test_hledger_gives_our_control_totals(in_summary: bool, tmp_path: Path) -> None:
    (tmp_path / "book.journal").write_text(text_of("hledger", in_summary), encoding="utf-8")
    printed = ran("hledger", "-f", tmp_path / "book.journal", "bal", "--flat", "--no-total").stdout
    found = re.findall(r"^ *(-?\d+\.\d\d) USD  [a-z]+:(\d{4}) .*$", printed, re.MULTILINE)
    balances = {code: month.in_cents(amount) for amount, code in found}
    totals = month.control_totals()
    for name, code in CONTROL.items():
        wanted = sum(month.in_cents(night["refunds"][name]) for night in totals)
        assert abs(balances.get(code, 0)) == wanted, name
    net = sum(month.in_cents(night["refunds"]["net_refund"]) for night in totals)
    assert balances["2150"] + balances["1090"] == -net, "what is payable or left clearing is what was refunded"
    # The last night's payouts leave in May: all others have left.
    assert -balances["2150"] == month.in_cents(totals[-1]["payouts"]["amount"])


@in_full_and_summary
def test_bean_check_refuses_any_cent(in_summary: bool, tmp_path: Path) -> None:
    """Each amount by the library that bean-check is made of, the first and the last by bean-check itself."""
    changed = list(a_cent_off(text_of("beancount", in_summary, last=date(2026, 4, 3))))
    assert len(changed) > 20
    for text in changed:
        assert loader.load_string(text)[1], text
    for text in (changed[0], changed[-1]):
        assert not bean_check(tmp_path, text)


@needs_hledger
@in_full_and_summary
def test_hledger_refuses_any_cent(in_summary: bool, tmp_path: Path) -> None:
    changed = list(a_cent_off(text_of("hledger", in_summary, last=date(2026, 4, 2))))
    assert len(changed) > 20
    for text in changed:
        assert not hledger_check(tmp_path, text), text


@needs_hledger
def test_a_cent_moved_within_an_entry_is_refused_by_the_balances(tmp_path: Path) -> None:
    """The entry still balances: only the assertions know."""
    for name, check in (("beancount", bean_check), ("hledger", hledger_check)):
        text = text_of(name, False)
        entry = re.search(r"  (\d+\.\d\d) USD\n.*?  (\d+\.\d\d) USD\n", text)
        one, other = (month.in_cents(entry[at]) for at in (1, 2))
        moved = entry[0].replace(f"  {entry[1]}", f"  {(one + 1) / 100:.2f}", 1)
        moved = moved.replace(f"  {entry[2]} USD\n", f"  {(other - 1) / 100:.2f} USD\n")
        assert check(tmp_path, text) and not check(tmp_path, text.replace(entry[0], moved, 1))
