"""Published nights into a warehouse: each whole or not at all, once, and as it stands in OUT now (rulebook 9)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from refund_calc.books.entries import nights_of
from refund_calc.books.warehouse.content import rows, run
from refund_calc.books.warehouse.schema import literal, prepare
from refund_calc.books.warehouse.tables import OF_NIGHTS, RUNS, WITHDRAWALS
from refund_calc.books.warehouse.target import Warehouse
from refund_calc.books.warehouse.totals import check_totals, check_unchanged
from refund_calc.columns.written import iso
from refund_calc.errors import BadData, NoInput
from refund_calc.history.folders import KEPT
from refund_calc.history.nights import MANIFEST, PublishedNight


@dataclass(frozen=True)
class Loading:
    """What is loaded from where: nights from the day `first` to the day `last` (day numbers); `now` is in UTC."""

    out: Path
    first: int
    last: int
    now: datetime
    schema: str
    readers: Sequence[str] = ()  # roles that may read it


@dataclass(frozen=True)
class Loaded:
    """A night that was loaded, whether it stands in the place of another version, and whether OUT keeps that one as
    withdrawn by a redo."""

    night: str
    rows: int
    is_replaced: bool
    is_redone: bool


def nights_for(loading: Loading) -> list[PublishedNight]:
    """The nights of OUT, their chain checked. Raises NoInput where the period holds none, BadData else."""
    nights = nights_of(loading.out)
    if not any(loading.first <= night.day <= loading.last for night in nights):
        raise NoInput(
            f"{loading.out}: no night from {iso(loading.first)} to {iso(loading.last)}; its nights ({len(nights):,}) "
            f"are from {nights[0].name} to {nights[-1].name}, choose --from and --until among them"
        )
    return nights


def load(warehouse: Warehouse, loading: Loading, nights: Sequence[PublishedNight]) -> Iterator[Loaded]:
    """Load the nights of the period that are not there, and those that were redone since, in a transaction each.

    `nights` are all of OUT; each that was loaded is told when it is there. Raises BadData for a published file that was
    changed, a warehouse that holds nights of another OUT, or, in the end, rows of the period that somebody changed
    there since they were loaded; ControlTotalFailed where what was written does not come to the night's control totals.
    """
    with warehouse.transaction(loading.schema):
        prepare(warehouse, loading.schema)
        warehouse.grant(loading.schema, loading.readers)
        known = _known(warehouse, loading.schema)
    _check_is_of(warehouse, loading, known, nights)
    for night in nights:
        is_wanted = loading.first <= night.day <= loading.last or night.name in known
        if is_wanted and known.get(night.name) != night.sha256:
            with warehouse.transaction(loading.schema):
                before = _known(warehouse, loading.schema).get(night.name)
                if before == night.sha256:  # another load brought it meanwhile
                    continue
                _take_back(warehouse, loading, night)
                _bring(warehouse, loading, night, is_latest=night is nights[-1])
            count = sum(night.report_files(table.file).rows for table in OF_NIGHTS)
            is_redone = before in {kept.sha256 for kept in _kept(loading.out, night.name)}
            yield Loaded(night.name, count, before is not None, is_redone)
    as_before = [n for n in nights if loading.first <= n.day <= loading.last and known.get(n.name) == n.sha256]
    if as_before:  # the others were counted when they were loaded
        with warehouse.transaction(loading.schema):
            check_unchanged(warehouse, loading.schema, as_before, {night.name for night in nights})


def _known(warehouse: Warehouse, schema: str) -> dict[str, str]:
    """Night -> SHA-256 of its manifest, of the nights that are loaded."""
    found = warehouse.query(f"SELECT as_of, manifest_sha256 FROM {schema}.{RUNS.name} ORDER BY as_of")
    return {str(night): str(sha256) for night, sha256 in found}


def _check_is_of(
    warehouse: Warehouse, loading: Loading, known: dict[str, str], nights: Sequence[PublishedNight]
) -> None:
    """Raise BadData where the warehouse holds what is not of this OUT: rows of another store would be replaced.

    Manifests are a chain, so one night in common is a history in common.
    """
    place = f"{warehouse.name}, schema {loading.schema}"
    lost = sorted(set(known) - {night.name for night in nights})
    if lost:
        raise BadData(
            f"{place}: it holds the night of {lost[0]}, which does not stand in {loading.out}; restore the folder, or "
            "load into another --schema, as for another store"
        )
    ours = {night.sha256 for night in nights} | {night.sha256 for name in known for night in _kept(loading.out, name)}
    if known and not ours & set(known.values()):
        raise BadData(
            f"{place}: it holds nights of the same dates with other manifests than those of {loading.out} and its "
            f"{KEPT}/; give --out the folder that they came from, or --schema another name"
        )


def _kept(out: Path, name: str) -> Iterator[PublishedNight]:
    """The nights of a date that redos replaced, as far as they can be read."""
    for folder in sorted((out / KEPT).glob(f"{name}-*")):
        try:
            night = PublishedNight(folder, name, (folder / MANIFEST).read_bytes())
        except OSError:
            continue
        if not night.fault():
            yield night


def _bring(warehouse: Warehouse, loading: Loading, night: PublishedNight, *, is_latest: bool) -> None:
    """The rows of a night for which nothing stands there; to be called within a transaction."""
    schema, day = loading.schema, f"DATE {literal(night.name)}"
    told = warehouse.query(f"SELECT manifest_sha256 FROM {schema}.{WITHDRAWALS.name} WHERE as_of = {day}")
    known = {str(sha256) for (sha256,) in told} | {night.sha256}
    kept = {one.sha256: one for one in _kept(loading.out, night.name) if one.sha256 not in known}
    moments = {"loaded_at": None, "replaced_at": loading.now}
    warehouse.insert(schema, WITHDRAWALS, [run(one, WITHDRAWALS, **moments) for one in kept.values()])
    warehouse.insert(schema, RUNS, [run(night, RUNS, loaded_at=loading.now)])
    for table in OF_NIGHTS:
        warehouse.insert(schema, table, rows(night, table, is_latest=is_latest))
    check_totals(warehouse, schema, night)


def _take_back(warehouse: Warehouse, loading: Loading, night: PublishedNight) -> None:
    """The rows that stand there for a night's date, away; what they came to is kept. Called within a transaction.

    Without a row in `runs` there may be others still: whoever deletes that row by hand wants the night loaded again.
    """
    schema, day = loading.schema, f"DATE {literal(night.name)}"
    copied = ", ".join(column.name for column in RUNS.columns)
    warehouse.execute(
        f"INSERT INTO {schema}.{WITHDRAWALS.name} SELECT {copied}, TIMESTAMP '{loading.now:%Y-%m-%d %H:%M:%S}' "
        f"FROM {schema}.{RUNS.name} WHERE as_of = {day} ON CONFLICT DO NOTHING"
    )
    for table in (RUNS, *OF_NIGHTS):
        warehouse.execute(f"DELETE FROM {schema}.{table.name} WHERE as_of = {day}")
