"""What a night could not read: every bad cell and row of every file, with its place and what to write instead."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from refund_calc.errors import NightStopped
from refund_calc.inputs.contracts import Column, columns
from refund_calc.inputs.csv_files import BLOCK
from refund_calc.inputs.inbox import MODELS, Inputs
from refund_calc.inputs.mapping.mapped import Mapped, Problem, typed_table
from refund_calc.inputs.tables import CANNOT, Table, load
from refund_calc.policy.versions import load_policies

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


def check(inputs: Inputs, policy: Path, block: int = BLOCK) -> list[Problem]:
    """Everything that tonight would choke on, file by file, the policy first; nothing is decided, nothing written.

    What stops a night as a whole (a file without a required column, a policy that cannot be used) is one entry of
    this list as well. Raises nothing of that kind.
    """
    found: list[Problem] = []
    zone = "UTC"  # where nobody knows the store's: what a cell says does not depend on it but at the ends of 100 years
    try:
        zone = load_policies(policy).time_zone
    except NightStopped as stopped:
        found.append(_of_file("policy", stopped))
    for kind, paths in inputs.own.items():
        for path in paths:
            found += _tried(path.name, partial(_in_file, kind, path, zone, block))
    if inputs.mapping:
        found += _tried("exports", partial(_in_exports, inputs, zone, block))
    else:
        found += _tried("inbox", partial(_is_whole, inputs))
    return found


def _in_file(kind: str, path: Path, zone: str, block: int) -> list[Problem]:
    return _in_table(load(kind, [path], MODELS[kind], zone, block))


def _is_whole(inputs: Inputs) -> list[Problem]:
    inputs.checked()
    return []


def _in_exports(inputs: Inputs, zone: str, block: int) -> list[Problem]:
    from refund_calc.inputs.mapping.folder import map_files  # a check of our own columns does not pay for it

    return [problem for mapped in map_files(inputs, block).values() for problem in in_mapped(mapped, zone)]


def _tried(name: str, look: Callable[[], list[Problem]]) -> list[Problem]:
    try:
        return look()
    except NightStopped as stopped:
        return [_of_file(name, stopped)]


def _of_file(name: str, stopped: NightStopped) -> Problem:
    return Problem(name, 0, "", "", str(stopped))


def in_mapped(mapped: Mapped, time_zone: str) -> list[Problem]:
    """The problems of rows that a mapping made: what it could not map, and the cells that are not ours either."""
    return [*mapped.problems, *_in_table(typed_table(mapped, time_zone))]


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
