"""The rows of a published night as the warehouse holds them; each file is checked before it is read."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from refund_calc.books.published import unguarded
from refund_calc.books.warehouse.tables import AMOUNTS, NIGHT, PLACE, Column, Table, lines_of
from refund_calc.errors import BadData
from refund_calc.history import record
from refund_calc.history.nights import EXCEPTIONS_CSV, PublishedNight, checked
from refund_calc.night.verdicts import DECISIONS
from refund_calc.reports.contracts import KINDS

PIECE = 16 << 20  # bytes of a report that are read at a time
NUL, NO_NUL = "\0", "\ufffd"  # PostgreSQL's texts cannot hold U+0000


def rows(night: PublishedNight, table: Table, *, is_latest: bool) -> Iterator[pa.RecordBatch]:
    """The rows of a night's file in the table's columns: blank is null, text from an export is as it came.

    Raises BadData where the file is not as that night published it, or an amount has more digits than a column.
    """
    first = 1
    for name in night.report_files(table.file).files:
        with checked(night, name, is_latest=is_latest) as opened, _native(opened) as file:
            try:
                for batch in _report(file, table) if name.endswith(".csv") else [_record(file)]:
                    yield _in_columns(batch, table, date.fromisoformat(night.name), first)
                    first += len(batch)
            except pa.ArrowInvalid as error:
                what = str(error).splitlines()[0][:200]
                raise BadData(
                    f"{night.folder / name}: cannot be loaded ({what}); its amounts may have 12 digits before the "
                    "decimal point: look for one that cannot be"
                ) from None


def _native(file: BinaryIO) -> pa.NativeFile:
    """The same file, read without Python.

    Arrow reads ahead in threads of its own, and one that is still busy with a Python object while Python ends aborts
    the program (exit code 134), also after all went well.
    """
    return pa.OSFile(f"/dev/fd/{file.fileno()}")


def _report(file: pa.NativeFile, table: Table) -> Iterator[pa.RecordBatch]:
    """A report piece by piece; one without a row is read as none."""
    named = [column for column in table.columns if column.name in KINDS and column is not NIGHT]
    types = {column.name: table.schema.field(column.name).type for column in named}
    options = csv.ConvertOptions(
        include_columns=list(types), column_types=types, null_values=[""], strings_can_be_null=True
    )
    for batch in csv.open_csv(
        file,
        read_options=csv.ReadOptions(block_size=PIECE),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=options,
    ):
        columns = {c.name: unguarded(batch[c.name], c.name) if c.kind == "text" else batch[c.name] for c in named}
        yield pa.RecordBatch.from_pydict(columns)


def _record(file: pa.NativeFile) -> pa.RecordBatch:
    table = record.read(file)
    columns = {name: _blank_is_null(table[name]) for name in table.column_names}
    return pa.RecordBatch.from_pydict({name: one.combine_chunks() for name, one in columns.items()})


def _blank_is_null(column: pa.ChunkedArray) -> pa.ChunkedArray:
    is_text = pa.types.is_string(column.type)
    return pc.if_else(pc.equal(column, ""), pa.scalar(None, column.type), column) if is_text else column


def _in_columns(batch: pa.RecordBatch, table: Table, night: date, first: int) -> pa.RecordBatch:
    size = len(batch)
    made: dict[str, pa.Array] = {
        NIGHT.name: pa.repeat(pa.scalar(night, pa.date32()), size),
        PLACE.name: pa.array(np.arange(first, first + size), pa.int32()),
    }
    arrays = [
        made[c.name] if c.name in made else _storable(batch[c.name], c).cast(table.schema.field(c.name).type)
        for c in table.columns
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=table.schema)


def _storable(values: pa.Array, column: Column) -> pa.Array:
    return pc.replace_substring(values, NUL, NO_NUL) if column.kind == "text" else values


def run(night: PublishedNight, table: Table, **moments: datetime | None) -> pa.RecordBatch:
    """A night's row of `runs` or `withdrawals`, from its manifest; `moments` are the columns that it does not hold."""
    manifest, totals = night.manifest, night.manifest["control_totals"]
    row: dict[str, object] = {
        NIGHT.name: date.fromisoformat(night.name),
        "manifest_sha256": night.sha256,
        "previous_manifest_sha256": manifest["previous_manifest_sha256"],
        "software": manifest["software"]["refund-calc"],
        "payout_date": date.fromisoformat(manifest["terms"]["payout_date"]),
        "currency": manifest["terms"]["currency"],
        "rows_read": totals["returns"]["rows"],
        **{lines_of(decision): totals["returns"][decision] for decision in DECISIONS},
        "malformed_rows": totals["returns"]["malformed"],
        **{name: Decimal(totals["refunds"][name]) for name in AMOUNTS},
        "debits": Decimal(totals["ledger"]["debits"]),
        "credits": Decimal(totals["ledger"]["credits"]),
        "payouts": totals["payouts"]["rows"],
        "payout_amount": Decimal(totals["payouts"]["amount"]),
        "exceptions": night.report_files(EXCEPTIONS_CSV).rows,
        **moments,
    }
    return pa.RecordBatch.from_pylist([row], schema=table.schema)
