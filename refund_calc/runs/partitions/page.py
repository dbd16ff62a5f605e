"""The morning page of a night in parts: what each part says of itself, added up, and names counted range by range."""

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from pathlib import Path

import pyarrow as pa

from refund_calc.history import folders
from refund_calc.history.folders import Written
from refund_calc.history.past import Past
from refund_calc.night.decide import Decided
from refund_calc.reading.page import render
from refund_calc.reading.page.by_name import (
    CARDS,
    NAME,
    REASONS,
    SKUS,
    Cards,
    Dearest,
    Names,
    above,
    by_name,
    cards_before,
    dearest,
    summed,
)
from refund_calc.reading.page.figures import figures
from refund_calc.reading.page.part import PartFigures, part_figures
from refund_calc.reading.page.tally import Tally
from refund_calc.reading.page.whole import Whole
from refund_calc.reports.exceptions import Exceptions
from refund_calc.runs.partitions.merger import Merger
from refund_calc.runs.partitions.sorted_runs import Range, Run, keyed, ranges, read_range, write_run
from refund_calc.runs.partitions.tasks import replacing


@dataclass(frozen=True)
class PagePart:
    """What a part has for the page: its figures in a file, and a run for each kind of names that it has."""

    figures: Path
    names: Mapping[str, Run]


def write_page_part(
    folder: Path, number: int, batch_rows: int, night: Decided, found: Exceptions, past: Past
) -> PagePart:
    """Write what a part that was decided has for the page."""
    path = folder / f"page-{number}"
    with replacing(path) as file:
        pickle.dump(part_figures(night, found, past), file)
    names = {
        kind: _names_run(folder / f"{kind}-page-{number}", table, batch_rows) for kind, table in by_name(night).items()
    }
    return PagePart(path, {kind: run for kind, run in names.items() if run})


def write_page(merge: Merger, night: Whole, parts: Sequence[PagePart]) -> Written:
    """Write report.html from what all parts have. One part's figures are in memory at a time."""
    said = reduce(add, map(_figures_of, parts))
    reasons, skus = (
        reduce(add, merge.run_all(rank_dearest, ranges(_runs(parts, kind), merge.how.range_bytes)))
        for kind in (REASONS, SKUS)
    )
    data = figures(night, said, Names(reasons, skus, _cards(merge, night, _runs(parts, CARDS))))
    return folders.write_page(merge.folder, render.page(data), len(data.exceptions))


def _cards(merge: Merger, night: Whole, tonight: Sequence[Run]) -> Cards:
    """The payment references above the limit; what earlier nights paid is one more run."""
    before = cards_before(night)
    earlier = _names_run(merge.work / f"{CARDS}-page-before", before.payouts, merge.how.batch_rows)
    runs = [*tonight, *([earlier] if earlier else [])]
    tasks = [CardRange(of, night.limit) for of in ranges(runs, merge.how.range_bytes)]
    return Cards(reduce(add, merge.run_all(rank_cards, tasks)), before.nights, before.of)


def rank_dearest(of: Range) -> Dearest:
    """A task: what the reasons or SKUs of a range come to."""
    rows = read_range(of)
    return Dearest() if rows is None else dearest(summed(rows))


@dataclass(frozen=True)
class CardRange:
    """A task: find the payment references of a range that are above the approval limit, in cents."""

    range: Range
    limit: int | None


def rank_cards(task: CardRange) -> Tally:
    """The payment references above the limit, of those in the range."""
    rows = read_range(task.range)
    return Tally(cents=0) if rows is None else above(summed(rows), task.limit)


def _figures_of(part: PagePart) -> PartFigures:
    with part.figures.open("rb") as file:
        said: PartFigures = pickle.load(file)
    return said


def _runs(parts: Sequence[PagePart], kind: str) -> list[Run]:
    return [part.names[kind] for part in parts if kind in part.names]


def _names_run(path: Path, table: pa.Table, batch_rows: int) -> Run | None:
    """Names as a run, each once."""
    rows = summed(table).sort_by(NAME)
    return write_run(path, [keyed(rows, [rows[NAME].combine_chunks()])], batch_rows)
