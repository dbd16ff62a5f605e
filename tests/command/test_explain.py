"""`refund-calc explain` as it is started: what it prints, and how it fails."""

import json
from pathlib import Path

import pytest

from tests.command.started import FIRST, NIGHT, POLICY, SAMPLE, is_misused, start

NUMBER = "RMA-3001"  # a unit of 129.00 and 10.64 tax, less a label of 8.40


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("explain") / "out"
    ran = start("nightly", "--inbox", SAMPLE, "--policy", POLICY, "--as-of", NIGHT, "--out", out, FIRST)
    assert ran.returncode == 0
    return out


def test_the_story_the_letter_and_the_json_tell_the_same_net(published: Path) -> None:
    told, letter, as_json = (
        start("explain", NUMBER, "--out", published, *form) for form in ([], ["--letter"], ["--json"])
    )
    assert [ran.returncode for ran in (told, letter, as_json)] == [0, 0, 0]
    assert f"Payout {NUMBER}/1: 131.24 on 2026-11-20" in told.stdout
    assert "we refund 131.24 USD for 1 unit" in letter.stdout
    assert json.loads(as_json.stdout)["rmas"][0]["payouts"][0]["amount"] == "131.24"


def test_nothing_is_written(published: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in published.rglob("*")}
    assert start("explain", NUMBER, "--out", published).returncode == 0
    assert {path: path.stat().st_mtime_ns for path in published.rglob("*")} == before


def test_an_unknown_number_is_misuse_with_those_that_are_near(published: Path) -> None:
    ran = start("explain", "3001", "--out", published)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith('refund-calc: "3001": no night up to 2026-11-19 knows')
    assert ran.stderr.endswith(f"did you mean {NUMBER}?\n")


@pytest.mark.parametrize("typed", ["rma-3001", " RMA-3001 ", "1042", "#1042"])
def test_a_number_may_be_typed_as_people_type_it(published: Path, typed: str) -> None:
    told = start("explain", typed, "--out", published)
    assert told.stdout.startswith(f"{NUMBER} of order #1042, ")


def test_a_number_that_the_shell_took_for_a_comment_is_asked_for(published: Path) -> None:
    ran = start("explain", "--out", published)
    assert ran.returncode == 2
    assert "one that begins with # in quotes, or without it" in ran.stderr


def test_one_form_at_a_time(published: Path) -> None:
    is_misused(start("explain", NUMBER, "--out", published, "--json", "--letter"), "give one of them")


def test_without_a_folder_there_is_no_story(tmp_path: Path) -> None:
    ran = start("explain", NUMBER, "--out", tmp_path / "nowhere")
    assert ran.returncode == 66
    assert "there is no such folder" in ran.stderr


def test_a_policy_that_cannot_be_read_is_named(published: Path, tmp_path: Path) -> None:
    ran = start("explain", NUMBER, "--out", published, "--policy", tmp_path / "nowhere")
    assert ran.returncode == 78
    assert "nowhere" in ran.stderr
