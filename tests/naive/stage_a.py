"""Section 4, stage A: the row."""

from collections import defaultdict

from tests.naive.common import Key
from tests.naive.lines import Finding, Line, Night
from tests.naive.resolutions import settle


def stage_a(night: Night) -> None:
    night.lines = [Line(row) for row in night.inputs.returns]
    valid = [line for line in night.lines if not line.row.invalid]
    # An invalid row has a key only where its three key cells are valid: a blank part equals no valid row's.
    invalid_keys = {line.key for line in night.lines if line.row.invalid}
    found: dict[int, list[Finding]] = defaultdict(list)
    for line in night.lines:
        for column, (text, wrong) in line.row.invalid.items():
            message = f'{column}: "{text}" {wrong}' if text else f"{column} {wrong}"
            found[id(line)].append(Finding("invalid-value", "hold", message, column, text))
    find_conflicting_rows(valid, invalid_keys, found)
    find_conflicting_rmas(valid, found)
    for line in night.lines:
        if not line.decision:
            settle(night, line, "A", found[id(line)])


def find_conflicting_rows(valid: list[Line], invalid_keys: set[Key], found: dict[int, list[Finding]]) -> None:
    by_key: dict[Key, list[Line]] = defaultdict(list)
    for line in valid:
        by_key[line.key].append(line)
    for key, lines in by_key.items():
        if key in invalid_keys or len({line.row.content for line in lines}) > 1:
            for line in lines:
                found[id(line)].append(Finding("conflicting-rows", "hold", "other rows of this line say otherwise"))
        else:
            for line in lines[1:]:
                line.decision = "duplicate"


def find_conflicting_rmas(valid: list[Line], found: dict[int, list[Finding]]) -> None:
    by_rma: dict[str, list[Line]] = defaultdict(list)
    for line in valid:
        by_rma[line["rma_number"]].append(line)
    for lines in by_rma.values():
        if len({(line["order_number"], line["return_shipping_cost"]) for line in lines}) > 1:
            message = "the lines of this RMA disagree on order_number or return_shipping_cost"
            for line in lines:
                found[id(line)].append(Finding("conflicting-rma", "hold", message))
