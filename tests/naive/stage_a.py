"""Section 4, stage A: the row."""

from collections import defaultdict
from collections.abc import Iterable

from tests.naive.common import Key
from tests.naive.differences import cell, in_words, that_differ
from tests.naive.files_in import RETURN_COLUMNS, Row
from tests.naive.lines import Finding, Line, Night
from tests.naive.resolutions import settle


def stage_a(night: Night) -> None:
    night.lines = [Line(row) for row in night.inputs.returns]
    valid = [line for line in night.lines if not line.row.invalid]
    invalid = [line for line in night.lines if line.row.invalid]
    found: dict[int, list[Finding]] = defaultdict(list)
    for line in night.lines:
        for column, (text, wrong) in line.row.invalid.items():
            message = f'{column}: "{text}" {wrong}' if text else f"{column} {wrong}"
            found[id(line)].append(Finding("invalid-value", "hold", message, column, text))
    find_conflicting_rows(valid, invalid, found)
    find_conflicting_rmas(valid, found)
    for line in night.lines:
        if not line.decision:
            settle(night, line, "A", found[id(line)])


def find_conflicting_rows(valid: list[Line], invalid: list[Line], found: dict[int, list[Finding]]) -> None:
    # An invalid row has a key only where its three key cells are valid: a blank part equals no valid row's.
    by_key, invalid_by_key = by_key_of(valid), by_key_of(invalid)
    for key, lines in by_key.items():
        rows = [line.row for line in lines + invalid_by_key.get(key, [])]
        if key in invalid_by_key or len({line.row.content for line in lines}) > 1:
            report("conflicting-rows", "other rows of this line say otherwise", lines, rows, RETURN_COLUMNS, found)
        else:
            for line in lines[1:]:
                line.decision = "duplicate"


def by_key_of(lines: list[Line]) -> dict[Key, list[Line]]:
    groups: dict[Key, list[Line]] = defaultdict(list)
    for line in lines:
        groups[line.key].append(line)
    return dict(groups)


def find_conflicting_rmas(valid: list[Line], found: dict[int, list[Finding]]) -> None:
    by_rma: dict[str, list[Line]] = defaultdict(list)
    for line in valid:
        by_rma[line["rma_number"]].append(line)
    columns = ("order_number", "return_shipping_cost")
    for lines in by_rma.values():
        if len({tuple(line[column] for column in columns) for line in lines}) > 1:
            rows = [line.row for line in lines]
            report("conflicting-rma", "the lines of this RMA disagree", lines, rows, columns, found)


def report(
    code: str, what: str, lines: list[Line], rows: list[Row], columns: Iterable[str], found: dict[int, list[Finding]]
) -> None:
    """The finding on each of the lines, with the columns in which the rows differ, and their values."""
    message = f"{what}: {in_words(rows, columns)}"
    field = next(iter(that_differ(rows, columns)), "")  # none: the same text, once valid and once not
    for line in lines:
        found[id(line)].append(Finding(code, "hold", message, field, cell(line.row, field) if field else ""))
