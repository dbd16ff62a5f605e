"""worklist.xlsx: the open exceptions as people work them, the most urgent first (rulebook 7, 8).

Saved into an inbox as resolutions-….xlsx it is tonight's resolutions: its columns are those of exceptions.csv, in
another order, with whose turn it is.
"""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from refund_calc.columns.aliases import Ints
from refund_calc.history.nights import EXCEPTIONS_CSV, PublishedNight, ReportFiles
from refund_calc.night.resolutions import CAN_ANSWER
from refund_calc.policy.findings import BY_CODE
from refund_calc.policy.vocabulary import TURNS
from refund_calc.reading.sheets import Sheet, add_sheet, guarded, kind_of, workbook
from refund_calc.reading.worklist_rows import NOBODY, UNKNOWN, OpenExceptions
from refund_calc.reports.contracts import ANSWERS

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook

FILE = "worklist.xlsx"
MOST_ROWS = 1_500  # a night of a million lines must not be slower for it; the rest stands in exceptions.csv
COLUMNS = (
    *("turn", "business_days_left", "claim_amount", "rma_number", "order_number", "order_line", "code", "message"),
    *ANSWERS,
    *("next_step", "due_date", "first_seen", "age_days", "severity", "clause", "field", "value"),
    *("source_file", "source_line"),
)
OPEN, DONE, ABOUT, ACTIONS = "Worklist", "Nothing to do", "About", "actions"
SOON = 2  # business days to the promise


@dataclass(frozen=True)
class Chosen:
    """The exceptions of one turn: the places of those that are shown, the most urgent first, and how many there are."""

    turn: str
    places: Ints
    in_all: int


def choose(found: OpenExceptions, most: int = MOST_ROWS) -> list[Chosen]:
    """By turn, the most urgent ones: first what is latest (without a promise: what is oldest), then what is dearest.

    At most `most` rows in all; where there are more, no turn loses rows before the longest lists do.
    """
    rooms = _rooms(found.in_all, most)
    return [Chosen(turn, _first(found, at, rooms[at]), int(found.in_all[at])) for at, turn in enumerate(TURNS)]


def may_be_chosen(found: OpenExceptions, most: int = MOST_ROWS) -> Ints:
    """The places, rising, of those that `choose` can choose, whatever others there are beside these."""
    return np.sort(np.concatenate([_first(found, at, most) for at in range(len(TURNS))]))


def _first(found: OpenExceptions, turn: int, room: int) -> Ints:
    """The places of the most urgent ones of a turn, at most so many."""
    places = np.flatnonzero(found.turn == turn)
    lateness = _lateness(found, places)
    if room < len(places):  # of a long list only those are sorted that can be among the first
        near = np.flatnonzero(lateness <= np.partition(lateness, room)[room])
        places, lateness = places[near], lateness[near]
    order: Ints = np.lexsort((places, -found.age[places], -found.claim[places], lateness))
    return places[order[:room]]


def _lateness(found: OpenExceptions, places: Ints) -> Ints:
    """Small is late: those with a promise by the days that are left, then those without one, the oldest first."""
    left, age = found.left[places], found.age[places]
    undated = left == UNKNOWN
    return np.where(undated, (1 << 40) - age, left)


def _rooms(counts: Ints, most: int) -> list[int]:
    """How many rows each turn may show."""
    rooms, left = [0] * len(counts), most
    for done, at in enumerate(np.argsort(counts, kind="stable")):
        rooms[at] = min(int(counts[at]), left // (len(counts) - done))
        left -= rooms[at]
    return rooms


def actions_of(code: str) -> list[str]:
    """The actions that can answer a finding in its own row (rulebook 8)."""
    names = {code, BY_CODE[code].answers.deduction} - {""}
    return [action for action, codes in CAN_ANSWER.items() if any(name in codes for name in names)]


def worklist(night: str, report: ReportFiles, found: OpenExceptions, most: int = MOST_ROWS) -> bytes:
    """The workbook of a night's exceptions; `report` is the exceptions.csv that they stand in."""
    chosen = choose(found, most)
    file = io.BytesIO()
    book = workbook(file, night, {"title": f"Worklist of {night}", "comments": _mark(night, report)})
    open_ones = [of for of in chosen if of.turn != NOBODY]
    place = f"{night}/{report.place}"
    _exceptions(book, OPEN, place, found, open_ones)
    _exceptions(book, DONE, place, found, [of for of in chosen if of.turn == NOBODY])
    _about(book, night, place, chosen)
    _actions(book)
    book.close()
    return file.getvalue()


def is_of(path: Path, night: PublishedNight) -> bool:
    """Whether a worklist lies here that was made of this night, as it was published last."""
    try:
        with zipfile.ZipFile(path) as file:
            return _mark(night.name, night.report_files(EXCEPTIONS_CSV)).encode() in file.read("docProps/core.xml")
    except (OSError, KeyError, zipfile.BadZipFile):
        return False


def _mark(night: str, report: ReportFiles) -> str:
    return f"{night}/{report.place} {report.sha256}"


def _exceptions(book: "Workbook", name: str, place: str, found: OpenExceptions, chosen: Sequence[Chosen]) -> None:
    """A sheet of exceptions, turn by turn; `place` is where all of them are."""
    sheet = add_sheet(book, name, COLUMNS, ANSWERS)
    row = 0
    for of in chosen:
        columns = found.texts(of.places)
        names = [column for column in COLUMNS if column in columns and column not in ANSWERS]
        safe = {n: list(map(guarded, columns[n])) if kind_of(n) == "exported" else columns[n] for n in names}
        for values in zip(*safe.values(), strict=True):
            row += 1
            sheet.write(row, {"turn": of.turn, **dict(zip(names, values, strict=True))})
    sheet.sheet.autofilter(0, 0, max(row, 1), len(COLUMNS) - 1)
    if row:
        _drop_downs(sheet, row)
        _colours(book, sheet, row)
    sheet.sheet.print_area(0, 0, row, sheet.at("next_step"))
    missing = sum(of.in_all - len(of.places) for of in chosen)
    if missing:
        pointer = f"and {missing:,} more, less urgent: {place} has them all"
        sheet.sheet.write_string(row + 2, sheet.at("message"), pointer)


def _drop_downs(sheet: Sheet, last: int) -> None:
    """Only what the code of a row allows can be chosen there; it follows the row when people sort."""
    code = f"MATCH($G2,{ACTIONS}!$1:$1,0)"
    assert sheet.at("code") == 6  # column G
    sheet.sheet.data_validation(
        *(1, sheet.at("action"), last, sheet.at("action")),
        {
            "validate": "list",
            "ignore_blank": False,  # else a list that is blank lets anything pass
            "source": f"=OFFSET({ACTIONS}!$A$3,0,{code}-1,INDEX({ACTIONS}!$2:$2,{code}),1)",
            "error_title": "This code cannot be answered so",
            "error_message": "Choose from the list. Where it is blank, correct the data as next_step says.",
        },
    )
    sheet.sheet.data_validation(
        *(1, sheet.at("amount"), last, sheet.at("amount")),
        {
            "validate": "decimal",
            "criteria": "between",
            "minimum": 0,
            "maximum": 999999999.99,
            "error_title": "No amount",
            "error_message": "An amount in dollars such as 12.34.",
        },
    )


def _colours(book: "Workbook", sheet: Sheet, last: int) -> None:
    """Red what is late, amber what is soon; yellow what an answer still lacks."""
    for test, colour in (("$B2<0", "#F6C6C1"), (f"$B2<={SOON}", "#FBE6B3")):
        promise = f'=AND(ISNUMBER($B2),$Q2<>"reject",{test})'
        late = {"type": "formula", "criteria": promise, "stop_if_true": True}
        sheet.sheet.conditional_format(1, 0, last, 6, late | {"format": book.add_format({"bg_color": colour})})
    assert (sheet.at("business_days_left"), sheet.at("severity")) == (1, 16)  # columns B and Q
    who = sheet.at("resolved_by")
    lacks = {"type": "formula", "criteria": '=AND($I2<>"",$K2="")', "format": book.add_format({"bg_color": "#FFE94D"})}
    assert (sheet.at("action"), who) == (8, 10)  # columns I and K
    sheet.sheet.conditional_format(1, who, last, who, lacks)


def _about(book: "Workbook", night: str, place: str, chosen: Sequence[Chosen]) -> None:
    """What this is, how to answer, and how much of it is shown."""
    sheet = book.add_worksheet(ABOUT)
    bold = book.add_format({"bold": True})
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 2, 12)
    lines = [
        f"Open exceptions after the night of {night}",
        "To answer a row: choose an action, give an amount where it needs one, and your name in resolved_by.",
        "Save this workbook into the inbox as resolutions-<your word>.xlsx: the next night acts on the rows answered.",
        "Rows without an answer are skipped. This file is written anew after every night: work on a copy.",
        f"Red: past the promise. Amber: {SOON} business days or less. Yellow: your name is missing.",
    ]
    for at, line in enumerate(lines):
        sheet.write_string(at, 0, line, bold if not at else None)
    first = len(lines) + 1
    for column, word in enumerate(("whose turn it is", "exceptions", "shown here")):
        sheet.write_string(first, column, word, bold)
    for at, of in enumerate(chosen, first + 1):
        sheet.write_string(at, 0, of.turn)
        sheet.write_number(at, 1, of.in_all)
        sheet.write_number(at, 2, len(of.places))
    sheet.write_string(first + len(chosen) + 2, 0, f"All of them: {place}")


def _actions(book: "Workbook") -> None:
    """The sheet behind the drop-downs: a column per code, below it how many actions, and these."""
    sheet = book.add_worksheet(ACTIONS)
    for at, code in enumerate(BY_CODE):
        actions = actions_of(code)
        sheet.write_string(0, at, code)
        sheet.write_number(1, at, max(len(actions), 1))
        for row, action in enumerate(actions, 2):
            sheet.write_string(row, at, action)
    sheet.hide()
