"""The product, run on files in a folder as a test has them in memory, and its reports read back."""

import csv
import datetime
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from refund_calc.history.nights import night_places
from refund_calc.runs.nightly import Inputs, Summary, nightly
from tests import worlds

REPORTS = ("refunds", "payouts", "ledger", "exceptions")
REDO = {"redo": True, "payouts_not_sent": True}
Rows = list[dict[str, str]]


def write_policies(policies: Iterable[dict], folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for at, policy in enumerate(policies):
        (folder / f"{at}.toml").write_text(worlds.policy_toml(policy), encoding="utf-8")
    return folder


def write_files(files: Iterable[tuple[str, str, bytes]], folder: Path) -> Inputs:
    """The files of a night on disk, in the order given."""
    folder.mkdir(parents=True, exist_ok=True)
    paths: dict[str, list[Path]] = {"orders": [], "returns": [], "resolutions": []}
    for kind, name, content in files:
        (folder / name).write_bytes(content)
        paths[kind].append(folder / name)
    return Inputs(**paths)


def write_night(night: worlds.NightInput, folder: Path) -> Inputs:
    """The files of a night on disk; its opening, if it has one, beside them, as it is no file of an inbox."""
    inputs = write_files(night.files, folder)
    if night.opening is None:
        return inputs
    opening = folder.with_name(f"{folder.name}-opening.csv")
    opening.write_bytes(night.opening.encode())
    return replace(inputs, opening=[opening])


def tell(
    policies: Iterable[dict], nights: Iterable[worlds.NightInput], folder: Path, **options
) -> Iterator[worlds.NightInput]:
    """Run the nights one after the other into FOLDER/out; each is given back when it lies there, before the next."""
    policy = write_policies(policies, folder / "policy")
    for at, night in enumerate(nights):
        again = REDO if night.is_redo else {}
        run(write_night(night, folder / f"in{at}"), policy, night.as_of, folder / "out", **again, **options)
        yield night


def run(inputs: Inputs, policy: Path, as_of: datetime.date, out: Path, **options) -> Summary:
    """A night of a test, without a page unless that is asked for; its first one is known to be the first, and it is run
    on its own day."""
    options.setdefault("with_page", False)
    options.setdefault("today", lambda zone: as_of)
    options.setdefault("new_history", not night_places(out))
    return nightly(inputs, policy, lambda zone: as_of, out, **options)


def read_report(path: Path) -> Rows:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read_night(out: Path, as_of: datetime.date) -> dict[str, Rows]:
    return {name: read_report(out / str(as_of) / f"{name}.csv") for name in REPORTS}
