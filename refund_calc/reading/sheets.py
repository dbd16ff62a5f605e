"""Columns of a report as a sheet that people work in: IDs are text, dates and amounts are dates and numbers.

Cells are given as a report has them, as text; the kind of their column says what they are (reports.contracts). A text
is written as text, whatever it begins with: a spreadsheet never takes it for a formula, a link or a number.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import IO, TYPE_CHECKING

from refund_calc.reports.contracts import KINDS, Kind

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

DAY_ZERO = date(1899, 12, 30).toordinal()  # of a spreadsheet's dates
MOST_CHARACTERS = 32_767  # of a cell
MOST_ROWS = 1_048_576  # of a sheet, the header too
LINE_HEIGHT, MOST_LINES = 15, 12
GUARDED = re.compile(r"'*[=+\-@\t\r\n]")

# A person who sees a column can tell how wide it has to be; most are as wide as a date.
_WIDTHS = {
    **dict.fromkeys(("message", "next_step"), 56),
    **dict.fromkeys(("rma_number", "order_number", "payment_reference", "payout_id"), 16),
    **dict.fromkeys(("code", "field", "value", "memo", "account_name", "codes", "answers", "source_file"), 22),
    **dict.fromkeys(("turn", "entry_id"), 19),
    **dict.fromkeys(("order_line", "severity", "clause", "currency", "lines", "entry_line", "age_days"), 10),
    "note": 30,
}
_WRAPPED = ("message", "next_step", "note")
_NUMBERS: dict[Kind, str] = {"date": "yyyy-mm-dd", "money": "#,##0.00", "count": "0", "text": "@", "exported": "@"}


@dataclass(frozen=True)
class Sheet:
    """A sheet below its header: `columns` are its columns, in order."""

    sheet: "Worksheet"
    columns: tuple[str, ...]

    @cached_property
    def _kinds(self) -> tuple[Kind, ...]:
        return tuple(map(kind_of, self.columns))

    @cached_property
    def _wrapped(self) -> tuple[tuple[int, int], ...]:
        """The columns whose texts are wrapped, and how many characters a line of each has."""
        return tuple((at, _WIDTHS[name] - 4) for at, name in enumerate(self.columns) if name in _WRAPPED)

    def write(self, row: int, cells: Mapping[str, str]) -> None:
        """Write a row of texts by the names of their columns; row 0 is the header. Blank cells stay untouched."""
        self.write_row(row, [cells.get(name, "") for name in self.columns])

    def write_row(self, row: int, texts: Sequence[str]) -> None:
        """The same, of one text for each column, in their order.

        The row is as high as its texts: not every spreadsheet looks for itself.
        """
        lines = max((-(-len(texts[at]) // characters) for at, characters in self._wrapped), default=1)
        if lines > 1:
            self.sheet.set_row(row, LINE_HEIGHT * min(lines, MOST_LINES))
        for at, (text, kind) in enumerate(zip(texts, self._kinds, strict=True)):
            if text:
                put(self.sheet, row, at, text, kind)

    def at(self, name: str) -> int:
        return self.columns.index(name)


def kind_of(name: str) -> Kind:
    return KINDS.get(name, "text")


def put(sheet: "Worksheet", row: int, column: int, text: str, kind: Kind, look: "Format | None" = None) -> None:
    """One cell of this kind, from its text in a report; its look is the column's unless told."""
    if kind == "date":
        sheet.write_number(row, column, _serial(text), look)
    elif kind in ("money", "count"):
        sheet.write_number(row, column, float(text), look)
    else:
        sheet.write_string(row, column, text[:MOST_CHARACTERS], look)


@lru_cache(4096)
def _serial(day: str) -> int:
    """An ISO date as spreadsheets count days; a night has few of them, many times."""
    return date.fromisoformat(day).toordinal() - DAY_ZERO


def guarded(text: str) -> str:
    """The text as CSV reports have it, which a spreadsheet takes for no formula there either (rulebook 7)."""
    return f"'{text}" if GUARDED.match(text) else text


def workbook(target: str | IO[bytes], night: str, properties: Mapping[str, str], *, large: bool = False) -> "Workbook":
    """An empty workbook of a night: the same content is the same bytes. `large`: rows are kept on disk meanwhile."""
    # Imported here: who writes no workbook does not pay for it.
    import xlsxwriter

    # ZIP64 is used only where a sheet has more than two gigabytes of XML, twice what a million usual lines have.
    options = {"constant_memory": True, "use_zip64": True} if large else {"in_memory": True}
    book = xlsxwriter.Workbook(target, options)
    book.set_properties({**properties, "created": datetime.fromisoformat(night)})
    return book


def add_sheet(book: "Workbook", name: str, columns: Sequence[str], answers: Iterable[str] = ()) -> Sheet:
    """A sheet with its header; `answers` are the columns that people fill in."""
    sheet = book.add_worksheet(name)
    plain = {
        "bold": True,
        "text_wrap": True,
        "font_color": "#FFFFFF",
        "valign": "top",
        "border": 1,
        "border_color": "#FFFFFF",
    }
    header = book.add_format({**plain, "bg_color": "#3B4A5A"})
    to_fill = book.add_format({**plain, "bg_color": "#1F6F54"})
    yours = set(answers)
    for at, column in enumerate(columns):
        cell = {"num_format": _NUMBERS[kind_of(column)], "valign": "top", "text_wrap": column in _WRAPPED}
        if kind_of(column) in ("text", "exported"):
            cell["indent"] = 1  # a number to its left ends where it begins
        if column in yours:
            cell |= {"bg_color": "#EEF7F2", "border": 1, "border_color": "#C9DDD3"}
        sheet.set_column(at, at, _WIDTHS.get(column, 12), book.add_format(cell))
    sheet.set_row(0, 2 * LINE_HEIGHT)
    for at, column in enumerate(columns):
        sheet.write_string(0, at, column, to_fill if column in yours else header)
    sheet.freeze_panes(1, 0)
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{MOST_ROWS}"})
    sheet.set_landscape()
    sheet.set_paper(1)  # Letter
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    return Sheet(sheet, tuple(columns))
