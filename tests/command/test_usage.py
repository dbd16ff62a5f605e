"""Misuse of the command ends with 2 and one helpful line."""

from pathlib import Path

import pytest

from tests.command.started import NIGHT, POLICY, is_misused, night, start


@pytest.mark.parametrize("day", ["20-11-2026", "2026-11-31", "20261119", "2026-W47-4", "tomorrow"])
def test_a_date_that_is_none(day: str, inbox: Path, out: Path) -> None:
    ran = start("nightly", "--inbox", inbox, "--policy", POLICY, "--as-of", day, "--out", out)
    is_misused(ran, "--as-of", day, "YYYY-MM-DD")
    assert not out.exists()


@pytest.mark.parametrize("day", ["1999-12-31", "2100-01-01", "9999-12-31"])
def test_a_date_outside_the_years_of_the_job(day: str, inbox: Path, out: Path) -> None:
    ran = start("nightly", "--inbox", inbox, "--policy", POLICY, "--as-of", day, "--out", out)
    is_misused(ran, "--as-of", day, "2000-2099")
    assert not out.exists()


def test_an_unknown_option(inbox: Path, out: Path) -> None:
    is_misused(night(inbox, out, "--asof", NIGHT), "--asof")
    assert not out.exists()


def test_an_unknown_command() -> None:
    is_misused(start("nightlie"), "nightlie")


def test_inbox_and_files_together(inbox: Path, out: Path) -> None:
    is_misused(night(inbox, out, "--orders", inbox / "orders.csv"), "--inbox", "--orders")
    assert not out.exists()


def test_no_input_named(out: Path) -> None:
    is_misused(start("nightly", "--policy", POLICY, "--out", out), "--inbox", "--orders")
    assert not out.exists()


def test_orders_without_returns(inbox: Path, out: Path) -> None:
    ran = start("nightly", "--orders", inbox / "orders.csv", "--policy", POLICY, "--out", out)
    is_misused(ran, "--returns")
    assert not out.exists()


@pytest.mark.parametrize("size", ["300", "300MB", "2 GiB", "1.5GiB", "-1GiB", "GiB", "٣GiB"])
def test_a_memory_that_is_no_amount(size: str, inbox: Path, out: Path) -> None:
    is_misused(night(inbox, out, "--memory", size), "--memory", size, "300MiB or 2GiB")
    assert not out.exists()


def test_less_memory_than_any_night_takes(inbox: Path, out: Path) -> None:
    is_misused(night(inbox, out, "--new-history", "--memory", "64MiB"), "--memory: 64 MiB", "300 MiB")
    assert not out.exists()
