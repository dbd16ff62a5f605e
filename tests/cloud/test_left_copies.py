"""Copies of a store in TMPDIR, which hold customers' names, do not outlive their command by more than a while."""

import fcntl
import os
import tempfile
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from jobs.cli import group
from refund_calc.runs.cloud.store import Store


def folder(place: Path, *, age: int) -> Path:
    """A folder of copies that was written so many seconds ago."""
    place.mkdir()
    (place / "returns.csv").write_text("a customer's name")
    os.utime(place, (time.time() - age,) * 2)
    return place


def test_the_next_command_removes_what_a_killed_one_left(
    memory: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    killed = folder(tmp_path / "refund-calc-killed", age=300)
    at_work = folder(tmp_path / "refund-calc-at-work", age=300)
    starting = folder(tmp_path / "refund-calc-starting", age=5)
    of_others = folder(tmp_path / "another-program", age=300)
    (tmp_path / "refund-calc-link").symlink_to(of_others)
    held = os.open(at_work, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        CliRunner().invoke(group, ["status", "--out", memory.url])
    finally:
        os.close(held)
    assert not killed.exists()
    assert sorted(tmp_path.iterdir()) == sorted([at_work, starting, of_others, tmp_path / "refund-calc-link"])
    assert (of_others / "returns.csv").exists()
