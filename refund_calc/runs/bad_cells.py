"""What a night could not read: every bad cell and row of every file, with its place and what to write instead."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from refund_calc.errors import NightStopped
from refund_calc.inputs.contracts import Column, columns
from refund_calc.inputs.csv_files import BLOCK
from refund_calc.inputs.inbox import MODELS, Inputs
from refund_calc.inputs.mapping.mapped import Mapped, Problem, typed_table
from refund_calc.inputs.tables import CANNOT, Table, load
from refund_calc.policy.versions import PolicySet, load_policies
from refund_calc.runs.across_rows import across_rows

# What to write where a cell breaks its type.
_WRITE = {
    "text": "text without control characters",
    "lower": "text without control characters",
    "country": "two letters such as US",
    "currency": "three letters such as USD",
    "money": "an amount such as 12.34",
    "date": "a date such as 2026-03-01",
    "flag": "yes or no",
}


@dataclass(frozen=True)
class Checked:
    """What tonight would choke on, and notes of the mappings: what they left out or nobody can tell, with counts."""

    problems: list[Problem]
    notes: list[Problem]


def check(inputs: Inputs, policy: Path, block: int = BLOCK) -> Checked:
    """Everything that tonight would choke on, file by file; nothing is decided, nothing written.

    Bad cells and rows, and, where every file can be read, what rows say against each other. What stops a night as a
    whole (a file without a required column, a policy that cannot be used) is one entry of this list as well, at its
    beginning. Raises nothing of that kind.
    """
    stopped: list[Problem] = []  # by these the night would stop
    policies: list[PolicySet] = []
    _tried(stopped, "policy", lambda: policies.append(load_policies(policy)))
    # Where nobody knows the store's zone: what a cell says does not depend on it but at the ends of 100 years.
    zone = policies[0].time_zone if policies else "UTC"
    found: list[Problem] = []
    notes: list[Problem] = []
    for kind, paths in inputs.own.items():
        for path in paths:
            _tried(stopped, path.name, partial(_in_file, found, kind, path, zone, block))
    if inputs.mapping:
        _tried(stopped, "exports", partial(_in_exports, found, notes, inputs, zone, block))
    else:
        _tried(stopped, "inbox", inputs.checked)
    if not stopped:
        told = {(one.file, one.line, one.column) for one in found}
        found += across_rows(inputs, policies[0], told, block)
    return Checked(list(dict.fromkeys(stopped + found)), notes)  # a file in our own columns may be read beside exports


def _tried(stopped: list[Problem], name: str, look: Callable[[], object]) -> None:
    try:
        look()
    except NightStopped as error:
        stopped.append(Problem(name, 0, "", "", str(error)))


def _in_file(found: list[Problem], kind: str, path: Path, zone: str, block: int) -> None:
    table = load(kind, [path], MODELS[kind], zone, block)
    found += sorted([*_left_by_import(table, path.name), *_in_table(table)], key=lambda one: one.line)


def _left_by_import(table: Table, file: str) -> Iterator[Problem]:
    """What `import` could not map stands in the cells that it wrote, and the night holds those rows."""
    for row, field, value in zip(map(int, table.bad.row), table.bad.field, table.bad.value, strict=True):
        if value.startswith(CANNOT):
            yield Problem(file, int(table.line[row]), field, "", value.removeprefix(CANNOT))


def _in_exports(found: list[Problem], notes: list[Problem], inputs: Inputs, zone: str, block: int) -> None:
    from refund_calc.inputs.mapping.folder import map_files  # a check of our own columns does not pay for it

    for mapped in map_files(inputs, block).values():
        found += in_mapped(mapped, zone)
        notes += mapped.notes


def in_mapped(mapped: Mapped, time_zone: str) -> list[Problem]:
    """The problems of rows that a mapping made: what it could not map, and the cells that are not ours either."""
    table = typed_table(mapped, time_zone)
    return [*mapped.problems, *_of_joined_rows(mapped, table), *_in_table(table)]


def _of_joined_rows(mapped: Mapped, table: Table) -> list[Problem]:
    """Rows that cannot be mapped for what joined files, or units of one line, say against each other."""
    places = {(one.file, one.line) for one in mapped.problems}
    faults = {text for one in mapped.problems for text in (one.fault, f"{one.column} {one.fault}")}
    found = []
    for row, field, value in zip(map(int, table.bad.row), table.bad.field, table.bad.value, strict=True):
        file, line = mapped.sources[mapped.file[row]].name, int(mapped.line[row])
        reason = value.removeprefix(CANNOT)
        if reason != value and reason not in faults and (file, line) not in places:
            found.append(Problem(file, line, field, "", reason))
    return found


def _in_table(table: Table) -> list[Problem]:
    """Rows with a wrong number of fields, and bad cells, in the order of the lines of each file."""
    declared = {column.name: column for model in MODELS.values() for column in columns(model)}
    names = [source.name for source in table.sources]
    found = [
        (file, Problem(names[file], row.line, "", "", f"{row.fields} fields, the header has {row.expected}; {_ROW}"))
        for file, row in table.malformed
    ]
    found += [(file, replace(problem, file=names[file])) for file, problem in _bad_cells(table, declared)]
    return [problem for _, problem in sorted(found, key=lambda one: (one[0], one[1].line))]


_ROW = "correct the row (a stray delimiter or quote?)"


def _bad_cells(table: Table, declared: dict[str, Column]) -> Iterator[tuple[int, Problem]]:
    bad = table.bad
    told = {int(row) for row, value in zip(bad.row, bad.value, strict=True) if value.startswith(CANNOT)}
    for row, field, value, message in zip(map(int, bad.row), bad.field, bad.value, bad.message, strict=True):
        if value.startswith(CANNOT) or (row in told and not value):  # the mapping has said so
            continue
        fault = message.removeprefix(f'{field}: "{value}" ').removeprefix(f"{field} ")
        yield (
            int(table.file[row]),
            Problem("", int(table.line[row]), field, value, f"{fault}; write {_write(declared[field])}"),
        )


def _write(column: Column) -> str:
    if column.cell.words:
        return "one of these"
    if column.cell.kind == "count":
        return f"a whole number of at least {column.cell.least}"
    return _WRITE[column.cell.kind]
