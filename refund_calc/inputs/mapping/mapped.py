"""Rows of our own files made from somebody else's, as text: what a mapping hands to the night."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from refund_calc.columns.aliases import Ints, TextCells
from refund_calc.inputs.contracts import Column, Row
from refund_calc.inputs.csv_rows import Malformed
from refund_calc.inputs.tables import CANNOT, SourceFile, Table, typed

__all__ = ("CANNOT", "Mapped", "Problem", "cannot", "joined_together", "typed_table")


@dataclass(frozen=True)
class Problem:
    """A cell or row that cannot be mapped: where it stands in their file, what stands there, and what to do.

    `column` is their header, "" for a whole row; `value` is the trimmed cell, "" for a whole row.
    """

    file: str
    line: int
    column: str
    value: str
    fault: str


@dataclass(frozen=True)
class Mapped:
    """Rows of one of our own files, as text.

    `cells` has our column names, each an array of strings without nulls, "" for blank; a column that is missing is
    blank. `file` (an index of `sources`) and `line` say where each row stands in *their* file. A row that cannot be
    mapped is here too, with a text of `cannot` in a typed cell, so that the night holds it. `malformed` are their
    rows with a wrong number of fields, each with the index of its file. `order_name` is what customers call each
    row's order, where that is not its order_number. `notes` are no problems: what was left out, and how many.
    """

    model: type[Row]
    cells: dict[str, pa.Array]
    file: Ints
    line: Ints
    sources: tuple[SourceFile, ...]
    problems: tuple[Problem, ...]
    malformed: tuple[tuple[int, Malformed], ...] = ()
    order_name: pa.Array | None = None
    notes: tuple[Problem, ...] = ()

    def column(self, name: str) -> pa.Array:
        """A column, blank where there is none."""
        cells = self.cells.get(name)
        return pa.repeat(pa.scalar("", pa.string()), len(self.line)) if cells is None else cells

    def names(self) -> pa.Array:
        """What customers call each row's order."""
        return self.column("order_number") if self.order_name is None else self.order_name


def cannot(reason: str) -> str:
    """The text that is put into a typed cell of a row that cannot be mapped; the night reports it as a finding."""
    return CANNOT + reason


def joined_together(parts: Sequence[Mapped]) -> Mapped:
    """The rows of several mappings as one, in this order; one part at least."""
    first, names = parts[0], dict.fromkeys(name for part in parts for name in part.cells)
    starts = np.cumsum([0, *(len(part.sources) for part in parts)]).tolist()
    return Mapped(
        model=first.model,
        cells={name: pa.concat_arrays([part.column(name) for part in parts]) for name in names},
        file=np.concatenate([part.file + start for part, start in zip(parts, starts, strict=False)]),
        line=np.concatenate([part.line for part in parts]),
        sources=tuple(source for part in parts for source in part.sources),
        problems=tuple(problem for part in parts for problem in part.problems),
        malformed=tuple(
            (at + start, row) for part, start in zip(parts, starts, strict=False) for at, row in part.malformed
        ),
        order_name=pa.concat_arrays([part.names() for part in parts]),
        notes=tuple(note for part in parts for note in part.notes),
    )


def typed_table(mapped: Mapped, time_zone: str) -> Table:
    """The rows as the night reads them; where each stands is told in their files. `time_zone` is the store's."""

    def texts_of(column: Column) -> TextCells:
        texts = mapped.column(column.name)
        return texts if column.distinct else texts.dictionary_encode()

    return typed(
        mapped.model,
        texts_of,
        time_zone,
        file=mapped.file,
        line=mapped.line,
        malformed=mapped.malformed,
        sources=mapped.sources,
    )
