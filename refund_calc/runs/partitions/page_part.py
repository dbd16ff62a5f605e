"""What a part of a night has for the morning page: its figures, and the names that it counts."""

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from refund_calc.history.past import Past
from refund_calc.night.decide import Decided
from refund_calc.reading.page.by_name import NAME, by_name, summed
from refund_calc.reading.page.part import part_figures
from refund_calc.reports.exceptions import Exceptions
from refund_calc.runs.partitions.sorted_runs import Run, keyed, write_run
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
        kind: names_run(folder / f"{kind}-page-{number}", table, batch_rows) for kind, table in by_name(night).items()
    }
    return PagePart(path, {kind: run for kind, run in names.items() if run})


def names_run(path: Path, table: pa.Table, batch_rows: int) -> Run | None:
    """Names as a run, each once."""
    rows = summed(table).sort_by(NAME)
    return write_run(path, [keyed(rows, [rows[NAME].combine_chunks()])], batch_rows)
