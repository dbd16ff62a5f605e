"""An inbox in our own columns, written from exports by a mapping: what a person may look at before the night."""

import csv
import io
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from refund_calc.columns.dictionary import as_texts, joined
from refund_calc.errors import BadData, CannotCreate, CannotWrite, Misused
from refund_calc.inputs.contracts import columns
from refund_calc.inputs.csv_files import BLOCK
from refund_calc.inputs.inbox import IN_AN_INBOX, Inputs
from refund_calc.inputs.mapping.folder import map_files
from refund_calc.inputs.mapping.mapped import Mapped, Problem
from refund_calc.inputs.mapping.rules import MODELS
from refund_calc.reports.csv_blocks import quoted
from refund_calc.runs.bad_cells import in_mapped

PROBLEMS = "problems.csv"
HEADER = ("file", "line", "column", "value", "problem")
THEIRS = ("their_file", "their_line")  # more columns of what is written: where the row comes from
TOP = 10  # of the most frequent problems


@dataclass(frozen=True)
class Imported:
    """What an import wrote: rows by file, the problems, the most frequent of them with their counts, and notes.

    `without` are kinds of file that a night needs and that there are none of.
    """

    rows: dict[str, int]
    problems: list[Problem]
    notes: list[Problem]
    without: tuple[str, ...] = ()

    @property
    def by_fault(self) -> list[tuple[int, str, str]]:
        """(count, column, fault) of equal problems, the most frequent first."""
        counts = Counter((problem.column, problem.fault) for problem in self.problems)
        return [(count, *what) for what, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))]


def import_inbox(inputs: Inputs, inbox: Path, block: int = BLOCK) -> Imported:
    """Write orders.csv, returns.csv and problems.csv into a folder; files in our own columns are copied,
    or, where a mapping makes their kind too, their rows are added.

    Orders alone can be imported, to look at them. Returns without orders cannot: they name lines of orders.
    Rows that cannot be mapped are written too, with the reason in a typed cell, for the night to hold. Raises BadData
    where the folder holds another file that a night would read, and what `map_files` raises; then nothing is written.
    """
    mapped = map_files(inputs, block, needs=("orders",))
    content = {f"{kind}.csv": _csv(of_kind) for kind, of_kind in mapped.items()}
    own = [path for kind in IN_AN_INBOX for path in inputs.own[kind]]
    if any(path.parent.resolve() == inbox.resolve() for path in (*own, *inputs.export)):
        raise Misused(f"--out {inbox}: the exports lie in it; name another folder for the inbox")
    content |= {path.name: path.read_bytes() for kind in IN_AN_INBOX if kind not in mapped for path in inputs.own[kind]}
    problems = [problem for of_kind in mapped.values() for problem in in_mapped(of_kind, "UTC")]
    content[PROBLEMS] = problems_csv(problems)
    _write(inbox, content)
    notes = [note for of_kind in mapped.values() for note in of_kind.notes]
    without = tuple(kind for kind in MODELS if kind not in mapped and not inputs.own[kind])
    return Imported({f"{kind}.csv": len(of_kind.line) for kind, of_kind in mapped.items()}, problems, notes, without)


def _csv(mapped: Mapped) -> bytes:
    """The rows in our own columns, and where each comes from; then the rows with a wrong number of fields."""
    names = [column.name for column in columns(mapped.model)]
    files = pa.array([source.name for source in mapped.sources], pa.string()).take(pa.array(mapped.file))
    cells = [*map(mapped.column, names), files, pa.array(mapped.line).cast(pa.string())]
    rows = as_texts(joined([quoted(column) for column in cells], ","), len(mapped.line)).to_pylist()
    odd = [row.text for _, row in mapped.malformed]
    return "".join(f"{line}\n" for line in (",".join([*names, *THEIRS]), *rows, *odd)).encode()


def problems_csv(problems: Sequence[Problem]) -> bytes:
    """The list as CSV; text that a spreadsheet would run as a formula has one more apostrophe before it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for one in problems:
        cells = (one.file, one.line or "", one.column, one.value, one.fault)
        writer.writerow([_protected(str(cell)) for cell in cells])
    return text.getvalue().encode()


def _protected(cell: str) -> str:
    return f"'{cell}" if cell.lstrip("'")[:1] in tuple("=+-@\t\r\n") else cell


def _write(folder: Path, content: dict[str, bytes]) -> None:
    """Each file as a whole, or not at all."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        others = [
            path.name
            for path in sorted(folder.iterdir())
            if path.name not in content and any(path.match(f"{kind}*.csv") for kind in IN_AN_INBOX)
        ]
    except OSError as error:
        raise CannotCreate(f"{folder}: cannot be made or read ({error.strerror}); check its permissions") from None
    others = [name for name in others if not name.startswith("resolutions")]
    if others:
        raise BadData(f"{folder / others[0]}: the night would read it beside what is imported; take it away")
    for name, data in content.items():
        part = folder / f".{name}.part"
        try:
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(folder / name)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise CannotWrite(f"{folder / name}: cannot be written ({error.strerror}); run it again") from None
