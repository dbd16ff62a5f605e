"""What a redo takes back: the payouts of the night that it replaces, and the resolutions that count again (rulebook 9).

The night may be damaged, and a redo is how it is mended: whatever cannot be read is unknown, and the summary says so.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from refund_calc.columns.aliases import Ints
from refund_calc.history.nights import MANIFEST, PAYOUTS_CSV, PublishedNight, night_places, parts_of
from refund_calc.history.record import cents_of_record, file_name, read, schema, sha256_of
from refund_calc.history.resolution import Resolution
from refund_calc.inputs.tables import SourceFile


@dataclass(frozen=True)
class PaidOut:
    """Payouts of one night: RMA, number of its refund, cents above zero; one row per RMA."""

    rma_number: pa.Array
    refund_number: Ints
    cents: Ints

    def __len__(self) -> int:
        return len(self.cents)


@dataclass(frozen=True)
class TakenBack:
    """A published night that is to be replaced. None is unknown: the file is damaged or gone."""

    payouts: PaidOut | None
    payout_date: date | None
    resolutions: tuple[Resolution, ...] | None
    opening: pa.Table | None  # what was refunded before it, where it was the first: cents, counts, texts
    opening_files: tuple[SourceFile, ...]


def taken_back(out: Path, name: str) -> TakenBack | None:
    """The night of this name as far as it can be read, None where there is none."""
    folder = night_places(out).get(name)
    if folder is None:
        return None
    night = _sound(folder, name)
    refunds = _record(folder, night, "refunds")
    resolutions, opening = _record(folder, night, "resolutions"), _record(folder, night, "opening")
    if night:
        payout_date: date | None = date.fromisoformat(night.manifest["terms"]["payout_date"])
    else:
        payout_date = _date_of_reports(folder)
    return TakenBack(
        None if refunds is None else _paid_out(refunds),
        payout_date,
        None if resolutions is None else tuple(_resolutions(resolutions)),
        None if opening is None else _opening(opening),
        tuple(_files(night, "opening")) if night else (),
    )


def _sound(folder: Path, name: str) -> PublishedNight | None:
    try:
        night = PublishedNight(folder, name, (folder / MANIFEST).read_bytes())
    except OSError:
        return None
    return None if night.fault() else night


def _record(folder: Path, night: PublishedNight | None, name: str) -> pa.Table | None:
    """A record file. Where there is no sound manifest to compare it with, its pages are checked all the same."""
    path = folder / file_name(name)
    try:
        if night and night.outputs()[file_name(name)][1] != sha256_of(path):
            return None
        table = read(path)
    except (OSError, KeyError, pa.ArrowException):
        return None
    return table if table.schema.equals(schema(name)) else None


def _paid_out(refunds: pa.Table) -> PaidOut:
    cents = cents_of_record(refunds, "net_refund")
    paid = np.flatnonzero(cents > 0)
    some = refunds.take(pa.array(paid))
    numbers = np.asarray(some["refund_number"].to_numpy(), np.int64)
    return PaidOut(some["rma_number"].combine_chunks(), numbers, cents[paid])


def _resolutions(table: pa.Table) -> Iterator[Resolution]:
    """In the order in which they came into force; they come into force again."""
    amounts = cents_of_record(table, "amount")
    for row, cents in sorted(zip(table.to_pylist(), amounts.tolist(), strict=True), key=lambda pair: pair[0]["place"]):
        known = {name: value for name, value in row.items() if name != "place"}
        yield Resolution(**known | {"amount": None if row["amount"] is None else cents})


def _opening(table: pa.Table) -> pa.Table:
    amounts = {"units": table["units"].cast(pa.int64()), "net_refund": pa.array(cents_of_record(table, "net_refund"))}
    return pa.table({name: amounts.get(name, table[name]) for name in table.column_names})


def _files(night: PublishedNight, kind: str) -> Iterator[SourceFile]:
    """The night's input files of a kind, as its manifest names them."""
    for of in night.manifest["inputs"]:
        if of["kind"] == kind:
            yield SourceFile(kind, of["name"], of["bytes"], of["rows"], of["sha256"], tuple(of["ignored_columns"]))


def _date_of_reports(folder: Path) -> date | None:
    """The payout date as payouts.csv or its part files show it, where the manifest cannot be asked."""
    files = [folder / PAYOUTS_CSV, *sorted((folder / parts_of(PAYOUTS_CSV)).glob("*.csv"))]
    return next((day for file in files if (day := _date_of_report(file))), None)


def _date_of_report(path: Path) -> date | None:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return date.fromisoformat(next(csv.DictReader(file))["payout_date"])
    except (OSError, ValueError, KeyError, StopIteration, csv.Error):
        return None
