"""Section 9, the first night: what was refunded before this job came."""

import zoneinfo

from tests.naive.cell_types import read_count_from_1, read_money, read_text
from tests.naive.common import NightRefused
from tests.naive.files_in import Columns, read_cells, type_row
from tests.naive.history import Content, History, OpeningRow, Refunded

OPENING_COLUMNS: Columns = {
    "order_number": (read_text, False),
    "order_line": (read_text, False),
    "units": (read_count_from_1, False),
    "net_refund": (read_money, False),
    "rma_number": (read_text, True),
}
REQUIRED = ("order_number", "order_line", "units", "net_refund")


def read_opening(content: bytes, zone: zoneinfo.ZoneInfo) -> list[OpeningRow]:
    """Any invalid row stops the run, all of them named."""
    rows, malformed = read_cells("opening", content, OPENING_COLUMNS, REQUIRED)
    faults = [f"line {bad.source_line}: wrong number of fields" for bad in malformed]
    read: list[OpeningRow] = []
    seen = set()
    for row in (type_row(row, OPENING_COLUMNS, zone) for row in rows):
        if row.invalid:
            faults += [f"line {row.source_line}, {column}: {wrong}" for column, (_, wrong) in row.invalid.items()]
            continue
        values = row.values
        key = (values["order_number"], values["order_line"], values["rma_number"] or "")
        if key in seen:
            faults.append(f"line {row.source_line}: {key} stands twice")
        seen.add(key)
        read.append(OpeningRow(*key, values["units"], values["net_refund"]))
    if faults:
        raise NightRefused(65, "opening: " + "; ".join(faults))
    return read


def take_opening(history: History, rows: list[OpeningRow]) -> None:
    """History begins with these refunds; with an RMA the key counts as refunded, its content unknown."""
    history.opening = rows
    for row in rows:
        order_line = (row.order_number, row.order_line)
        history.line_units[order_line] += row.units
        history.opening_units[order_line] += row.units
        history.order_net[row.order_number] += row.net_refund
        if row.rma_number:
            unknown = Content(None, None)
            history.refunded[(row.rma_number, *order_line)] = Refunded(unknown, row.units)
            history.refund_nights[row.rma_number] = 1
        else:
            history.opening_without_rma.add(order_line)
