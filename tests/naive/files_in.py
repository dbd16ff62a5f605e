"""Section 3, files in: from bytes to typed rows."""

import re
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.naive.cell_types import (
    Reader,
    choice,
    letters,
    read_count,
    read_count_from_1,
    read_date,
    read_flag,
    read_lower_text,
    read_money,
    read_text,
)
from tests.naive.common import NightRefused, Values

# The Unicode property White_Space, written out: str.strip() also takes U+001C to U+001F, which are not in it.
WHITE_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)


def trim(text: str) -> str:
    """Section 3: values are trimmed of Unicode white space."""
    return text.strip(WHITE_SPACE)


@dataclass
class Record:
    """One CSV record: its cells, its own text, and the line of the file on which it begins."""

    line: int
    text: str
    cells: list[str]


def tokenize(text: str) -> list[Record]:
    """RFC 4180, character by character. Raises NightRefused(65) when the text ends inside a quoted cell."""
    records: list[Record] = []
    cells: list[str] = []
    cell: list[str] = []
    state = "start of cell"  # or "quoted", or "plain" (unquoted, or after the closing quote)
    line = first_line = 1
    begin = position = 0

    def end_record(end: int) -> None:
        cells.append("".join(cell))
        # Blank lines are skipped: nothing stands on them but, perhaps, white space.
        if trim(text[begin:end]):
            records.append(Record(first_line, text[begin:end], list(cells)))
        cells.clear()
        cell.clear()

    while position < len(text):
        char = text[position]
        following = text[position + 1 : position + 2]
        if state == "quoted":
            if char == '"' and following == '"':
                cell.append('"')
                position += 1
            elif char == '"':
                state = "plain"  # text after a closing quote belongs to the cell
            else:
                cell.append(char)
                line += char == "\n"
        elif char == '"' and state == "start of cell":
            state = "quoted"
        elif char == ",":
            cells.append("".join(cell))
            cell.clear()
            state = "start of cell"
        elif char == "\n" or (char == "\r" and following == "\n"):
            end_record(position)
            position += len("\r\n") - 1 if char == "\r" else 0
            line += 1
            first_line, begin, state = line, position + 1, "start of cell"
        else:
            cell.append(char)  # a quote in an unquoted cell, or a lone CR, is an ordinary character
            state = "plain"
        position += 1
    if state == "quoted":
        raise NightRefused(65, "the file ends inside a quoted cell: it was cut")
    if begin < len(text):
        end_record(len(text))
    return records


REASONS = ("manufacturing_defect", "damaged_on_arrival", "wrong_item", "changed_mind", "other")
Columns = dict[str, tuple[Reader, bool]]
ORDER_COLUMNS: Columns = {
    "order_number": (read_text, False),
    "order_line": (read_text, False),
    "sku": (read_text, False),
    "item_type": (choice("product", "accessory"), False),
    "sales_channel": (read_lower_text, False),
    "ship_country": (letters(2), False),
    "currency": (letters(3), False),
    "ordered_date": (read_date, False),
    "picked_up_date": (read_date, True),
    "delivered_date": (read_date, True),
    "quantity": (read_count_from_1, False),
    "unit_price": (read_money, False),
    "line_discount": (read_money, False),
    "line_tax": (read_money, False),
    "shipping_paid": (read_money, False),
    "outbound_shipping_cost": (read_money, False),
    "payment_method": (read_text, True),
    "payment_reference": (read_text, True),
    "refunded_amount": (read_money, True),
}
ORDER_COLUMN_THAT_MAY_BE_MISSING = "refunded_amount"
ORDER_LEVEL = (
    "sales_channel",
    "ship_country",
    "currency",
    "ordered_date",
    "shipping_paid",
    "outbound_shipping_cost",
    "payment_method",
    "payment_reference",
)
RETURN_COLUMNS: Columns = {
    "rma_number": (read_text, False),
    "order_number": (read_text, False),
    "order_line": (read_text, False),
    "return_type": (choice("return", "refused_delivery", "cancellation"), False),
    "reason": (choice(*REASONS), False),
    "quantity_requested": (read_count_from_1, False),
    "quantity_received": (read_count, True),
    "requested_date": (read_date, False),
    "received_date": (read_date, True),
    "tracking_number": (read_text, True),
    "evidence_complete": (read_flag, True),
    "reason_confirmed": (read_flag, True),
    "original_box": (read_flag, True),
    "items_missing": (read_flag, True),
    "packaging_damaged": (read_flag, True),
    "damage_grade": (read_lower_text, True),
    "damage_amount": (read_money, True),
    "return_shipping_cost": (read_money, False),
    "cancellation_loss": (read_money, True),
    "dispute_status": (choice("none", "open", "won", "lost"), True),
    "dispute_opened_date": (read_date, True),
}
RESOLUTION_COLUMNS = ("rma_number", "order_number", "order_line", "code", "action", "amount", "resolved_by", "note")
MAY_BE_MISSING = ("order_number", "amount", "note")


@dataclass
class Row:
    """A well-formed row: its typed values (None: unknown or invalid) and the cells that are invalid."""

    source_file: str
    source_line: int
    values: Values
    invalid: dict[str, tuple[str, str]] = field(default_factory=dict)  # column -> (text, what is wrong)

    @property
    def content(self) -> tuple[Any, ...]:
        """What repeated rows are compared by; refunded_amount, an order's, may differ."""
        return tuple(value for column, value in self.values.items() if column != "refunded_amount")


@dataclass
class Malformed:
    """Section 4, malformed-row: a row with the wrong number of fields, in any input file."""

    source_file: str
    source_line: int
    text: str


def read_cells(
    name: str, content: bytes, known: Iterable[str], required: Iterable[str]
) -> tuple[list[Row], list[Malformed]]:
    """The rows of one file as trimmed text, by column, and its malformed rows."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NightRefused(65, f"{name}: not UTF-8") from error
    records = tokenize(text.removeprefix("\ufeff"))
    header = [trim(cell).lower() for cell in records[0].cells] if records else []
    for column in known:
        if column in required and column not in header:
            raise NightRefused(65, f"{name}: no column {column}")
        if header.count(column) > 1:
            raise NightRefused(65, f"{name}: column {column} stands twice")
    rows, malformed = [], []
    for record in records[1:]:
        if len(record.cells) != len(header):
            malformed.append(Malformed(name, record.line, record.text))
            continue
        by_header = dict(zip(header, record.cells, strict=True))
        rows.append(Row(name, record.line, {column: trim(by_header.get(column, "")) for column in known}))
    return rows, malformed


def type_row(row: Row, columns: Columns, zone: zoneinfo.ZoneInfo) -> Row:
    """Text becomes typed values; a cell that breaks its type, or is blank where it may not be, is invalid."""
    typed = Row(row.source_file, row.source_line, {})
    for column, (reader, may_be_blank) in columns.items():
        text = row.values[column]
        typed.values[column] = None
        if text:
            try:
                typed.values[column] = reader(text, zone)
            except ValueError as error:
                typed.invalid[column] = (text, str(error))
        elif not may_be_blank:
            typed.invalid[column] = ("", "is blank")
    return typed


def type_return(row: Row, zone: zoneinfo.ZoneInfo) -> Row:
    """A return row; blank dispute_status means none, quantity_received is at most quantity_requested."""
    typed = type_row(row, RETURN_COLUMNS, zone)
    values = typed.values
    if values["dispute_status"] is None and "dispute_status" not in typed.invalid:
        values["dispute_status"] = "none"
    received, requested = values["quantity_received"], values["quantity_requested"]
    if received is not None and requested is not None and received > requested:
        typed.invalid["quantity_received"] = (
            row.values["quantity_received"],
            f"is more than the {requested} requested",
        )
        values["quantity_received"] = None
    return typed


GUARDED = re.compile(r"'*[=+\-@\t\r\n]")


def guard(text: str) -> str:
    """Section 7: text that a spreadsheet could take for a formula gets one more leading apostrophe."""
    return "'" + text if GUARDED.match(text) else text


def unguard(text: str) -> str:
    """Section 3: reading a resolutions file undoes the leading apostrophe of section 7."""
    return text[1:] if text.startswith("'") and GUARDED.match(text) else text


@dataclass
class Inputs:
    orders: list[Row] = field(default_factory=list)
    returns: list[Row] = field(default_factory=list)
    resolutions: list[Row] = field(default_factory=list)  # text, not typed
    malformed: list[Malformed] = field(default_factory=list)


def read_inputs(files: list[tuple[str, str, bytes]], zone: zoneinfo.ZoneInfo) -> Inputs:
    """Section 3. Several files of one kind are read as if one."""
    kinds = {kind for kind, _, _ in files}
    for kind in ("orders", "returns"):
        if kind not in kinds:
            raise NightRefused(66, f"no {kind} file")
    inputs = Inputs()
    for kind, name, content in files:
        if kind == "orders":
            required = [column for column in ORDER_COLUMNS if column != ORDER_COLUMN_THAT_MAY_BE_MISSING]
            rows, malformed = read_cells(name, content, ORDER_COLUMNS, required)
            inputs.orders += [type_row(row, ORDER_COLUMNS, zone) for row in rows]
        elif kind == "returns":
            rows, malformed = read_cells(name, content, RETURN_COLUMNS, RETURN_COLUMNS)
            inputs.returns += [type_return(row, zone) for row in rows]
        else:
            required = [column for column in RESOLUTION_COLUMNS if column not in MAY_BE_MISSING]
            rows, malformed = read_cells(name, content, RESOLUTION_COLUMNS, required)
            for row in rows:
                row.values = {column: unguard(text) for column, text in row.values.items()}
            inputs.resolutions += [row for row in rows if row.values["action"]]
        inputs.malformed += malformed
    return inputs
