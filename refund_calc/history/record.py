"""The record of a night: what later nights must know of it, as a few Parquet files (rulebook 9).

One row per fact, typed columns. Amounts are dollars with two decimals in the files and integer cents in the program;
dates are dates there and day numbers here. `encoded` and `DECODED` stand side by side: what one writes the other reads.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from refund_calc.columns.aliases import Ints, MaskedColumn, TypedColumn
from refund_calc.columns.typed import plain
from refund_calc.columns.written import arrow_text, decimals
from refund_calc.inputs.contracts import Column, OrderRow, ReturnRow, columns
from refund_calc.policy.deductions import DEDUCTIONS

FOLDER = "record"
ROWS = 1 << 16  # of a row group: written, and held in memory, at a time

Kind = Literal["text", "money", "date", "count", "flag"]
TYPES: dict[Kind, pa.DataType] = {
    "text": pa.string(),
    "money": pa.decimal128(18, 2),
    "date": pa.date32(),
    "count": pa.int32(),
    "flag": pa.bool_(),
}
SQL_TYPES: dict[Kind, str] = {
    "text": "VARCHAR",
    "money": "DECIMAL(18, 2)",
    "date": "DATE",
    "count": "INTEGER",
    "flag": "BOOLEAN",
}
# As the program holds them: cents, day numbers, counts as 64-bit integers, flags, texts.
DECODED: dict[Kind, str] = {
    "text": "{name}",
    "money": "CAST(CAST({name} AS DECIMAL(20, 2)) * 100 AS BIGINT) AS {name}",  # wide enough for every product
    "date": "CAST({name} - DATE '1970-01-01' AS BIGINT) AS {name}",
    "count": "CAST({name} AS BIGINT) AS {name}",
    "flag": "{name}",
}


@dataclass(frozen=True)
class RecordColumn:
    """One column of a record file. Null is unknown, or not applicable."""

    name: str
    kind: Kind
    meaning: str

    @property
    def type(self) -> str:
        """How the file holds it."""
        return str(TYPES[self.kind])


Values: TypeAlias = MaskedColumn | TypedColumn | pa.Array | Ints


def encoded(kind: Kind, values: Values) -> pa.Array:
    """A column of the program (cents, day numbers, counts, flags, texts; unknown as NA) as the files hold it.

    One that is as they hold it stays.
    """
    if kind == "text":
        return arrow_text(values)
    if isinstance(values, pa.Array) and values.type == TYPES[kind] and kind != "flag":
        return values
    array = values if isinstance(values, pa.Array) else pa.array(plain(values), from_pandas=True)
    if kind == "flag":
        return array.cast(pa.bool_())
    if kind == "money":
        return decimals(array.cast(pa.int64()), TYPES[kind])
    return array.cast(pa.int32()).cast(TYPES[kind])


def cents_of_record(table: pa.Table, column: str) -> Ints:
    """An amount of a record file as cents, null as 0."""
    cents = pc.multiply(table[column].cast(pa.decimal128(24, 2)), pa.scalar(100, pa.decimal128(3, 0))).cast(pa.int64())
    return np.asarray(cents.fill_null(0).to_numpy(), np.int64)


KEY = (
    RecordColumn("rma_number", "text", "the return"),
    RecordColumn("order_number", "text", "its order; null where unknown"),
    RecordColumn("order_line", "text", "its order line; null where unknown"),
)
_KINDS: dict[str, Kind] = {"money": "money", "count": "count", "date": "date", "flag": "flag"}


def _content(declared: Iterable[Column], whose: str) -> tuple[RecordColumn, ...]:
    return tuple(
        RecordColumn(c.name, _KINDS.get(c.cell.kind, "text"), f"{whose}: {c.meaning}")
        for c in declared
        if c.deciding and not c.key
    )


# The deciding content (rulebook 4, stage B): what a later night compares.
RETURN_CONTENT = _content(columns(ReturnRow), "return row")
ORDER_CONTENT = _content(columns(OrderRow), "order row")
ORDER_IS_KNOWN = "quantity"  # a column that every sound order row has

LINES = (
    *KEY,
    RecordColumn("decision", "text", "refund, hold, reject; already-decided: refunded before the first night"),
    RecordColumn("stage", "text", "A to E, where it was stopped; null: it was refunded"),
    RecordColumn("accepted", "flag", "a person accepted the changed content of a refunded line"),
    RecordColumn("units", "count", "refund: what it is about; accepted: what the content claims; else null"),
    RecordColumn("merchandise", "money", "refunded"),
    RecordColumn("tax", "money", "refunded"),
    RecordColumn("shipping_refund", "money", "refunded"),
    *(
        RecordColumn(f"{name}_charged", "money", f"charged, after capping ({deduction.clause})")
        for name, deduction in DEDUCTIONS.items()
    ),
    RecordColumn("net_refund", "money", "refunded"),
    RecordColumn("return_shipping_part", "money", "its part of the RMA's return shipping, charged or not"),
    *RETURN_CONTENT,
    *ORDER_CONTENT,
)
FINDINGS = (
    *KEY,
    RecordColumn("code", "text", "the finding"),
    RecordColumn("told_apart_by", "text", "the field of an invalid value, the text of a malformed row; else blank"),
    RecordColumn("severity", "text", "reject, hold or warning"),
    RecordColumn("first_seen", "date", "first night since which it stood every night; a gap in the export is none"),
    RecordColumn("claim_amount", "money", "merchandise and tax of the claimed units"),
    RecordColumn("due_date", "date", "the promise (RP-10)"),
)
RESOLUTIONS = (
    RecordColumn("place", "count", "the order in which they came into force that night, from 0"),
    RecordColumn("rma_number", "text", "the return"),
    RecordColumn("order_number", "text", "blank: whichever order"),
    RecordColumn("order_line", "text", "blank: all lines of the RMA"),
    RecordColumn("code", "text", "a finding's code, or a deduction"),
    RecordColumn("action", "text", "what was decided"),
    RecordColumn("amount", "money", "where the action has one"),
    RecordColumn("resolved_by", "text", "who decided"),
    RecordColumn("note", "text", "as it was written"),
)
REFUNDS = (
    RecordColumn("rma_number", "text", "the return"),
    RecordColumn("order_number", "text", "its order"),
    RecordColumn("refund_number", "count", "how many nights refunded a line of the RMA, this one included"),
    RecordColumn("net_refund", "money", "of the RMA's lines that night; above zero: a payout"),
    RecordColumn("return_shipping_part", "money", "of the RMA's return shipping, allocated that night, charged or not"),
    RecordColumn("policy_version", "text", "the version that judged the order"),
)
OPENING = (
    RecordColumn("order_number", "text", "the order that was refunded before this job came"),
    RecordColumn("order_line", "text", "its order line"),
    RecordColumn("rma_number", "text", "the return; null: not known by its number"),
    RecordColumn("units", "count", "units refunded"),
    RecordColumn("net_refund", "money", "what left for them"),
)
FILES: dict[str, tuple[RecordColumn, ...]] = {
    "lines": LINES,
    "findings": FINDINGS,
    "resolutions": RESOLUTIONS,
    "refunds": REFUNDS,
    "opening": OPENING,
}


def schema(name: str) -> pa.Schema:
    """The Arrow schema of a record file."""
    return pa.schema([(column.name, TYPES[column.kind]) for column in FILES[name]])


def decoded(name: str) -> str:
    """The columns of a record file in SQL, as the program holds them."""
    return ", ".join(DECODED[column.kind].format(name=column.name) for column in FILES[name])


def file_name(name: str) -> str:
    """Where a record file stands in a night's folder."""
    return f"{FOLDER}/{name}.parquet"


@dataclass(frozen=True)
class RecordFile:
    """A record file to be written: how many rows, and the rows block by block as mappings of program columns."""

    name: str
    rows: int
    blocks: Iterator[dict[str, Values]]


def write(path: Path, file: RecordFile) -> None:
    """Write a record file. Raises OSError; the caller syncs it."""
    declared = FILES[file.name]
    # Numbers of RMAs and orders, and amounts, hardly repeat: a dictionary of them costs a third more time.
    repeated = [c.name for c in declared if c.kind != "money" and c.name not in ("rma_number", "order_number")]
    settings = {"compression": "zstd", "use_dictionary": repeated, "write_statistics": False}
    with pq.ParquetWriter(path, schema(file.name), write_page_checksum=True, **settings) as writer:
        for block in file.blocks:
            writer.write_table(encoded_block(file.name, block), row_group_size=ROWS)
            del block  # the next one is made without it in memory


def encoded_block(name: str, block: dict[str, Values]) -> pa.Table:
    """Some rows of a record file as it holds them."""
    assert set(block) == {column.name for column in FILES[name]}
    arrays = [encoded(column.kind, block[column.name]) for column in FILES[name]]
    return pa.Table.from_arrays(arrays, schema=schema(name))


def read(file: Path | BinaryIO) -> pa.Table:
    """A record file as it stands; every page is checked. Raises OSError."""
    return pq.read_table(file, page_checksum_verification=True, partitioning=None)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
