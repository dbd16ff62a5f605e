"""The morning page of a night in parts: what each part has for it is added up, and names are ranked range by range."""

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

from refund_calc.history import folders
from refund_calc.history.folders import Written
from refund_calc.reading.page import render
from refund_calc.reading.page.by_name import (
    CARDS,
    REASONS,
    SKUS,
    Cards,
    Dearest,
    Names,
    above,
    cards_before,
    dearest,
    summed,
)
from refund_calc.reading.page.figures import figures
from refund_calc.reading.page.part import PartFigures
from refund_calc.reading.page.tally import Tally
from refund_calc.reading.page.whole import Whole
from refund_calc.runs.partitions.merger import Merger
from refund_calc.runs.partitions.page_part import PagePart, names_run
from refund_calc.runs.partitions.sorted_runs import Range, Run, ranges, read_range


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
    earlier = names_run(merge.work / f"{CARDS}-page-before", before.payouts, merge.how.batch_rows)
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
