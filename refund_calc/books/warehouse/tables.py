"""The tables of the warehouse, drawn from the contracts of the reports and of the record (rulebook 7 and 9)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from refund_calc.history.nights import EXCEPTIONS_CSV, LEDGER_CSV, PAYOUTS_CSV, REFUNDS_CSV
from refund_calc.history.record import RESOLUTIONS
from refund_calc.night.verdicts import DECISIONS
from refund_calc.reports.contracts import ANSWERS, EXCEPTIONS, KINDS, LEDGER, PAYOUTS, REFUNDS

VERSION = 1  # of these tables and of the views; a warehouse of another one is refused

Kind = Literal["text", "date", "money", "count", "total", "moment"]
"""What a column holds: text, a day, an amount, a whole number, a sum or a claim, a time in UTC."""
ARROW: dict[Kind, pa.DataType] = {
    "text": pa.string(),
    "date": pa.date32(),
    "money": pa.decimal128(14, 2),
    "count": pa.int32(),
    "total": pa.decimal128(20, 2),
    "moment": pa.timestamp("s"),
}


@dataclass(frozen=True)
class Column:
    """A column of a table. Null is unknown, or not applicable."""

    name: str
    kind: Kind
    meaning: str


@dataclass(frozen=True)
class Table:
    """A table: its key, other columns that it is asked by, and the file of a night whose rows it holds."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...] = ()
    file: str = ""  # blank: its rows come from the manifest

    @property
    def schema(self) -> pa.Schema:
        """As its rows are handed to a database."""
        return pa.schema([(column.name, ARROW[column.kind]) for column in self.columns])


NIGHT = Column("as_of", "date", REFUNDS["as_of"])
PLACE = Column("row_number", "count", "the row's place in the night's report, from 1")


def _kind(name: str) -> Kind:
    if name == "claim_amount":  # what a row claims is no money yet: a mistyped price must not keep a night out
        return "total"
    kind = KINDS[name]
    return "text" if kind == "exported" else kind


def _report(declared: dict[str, str], without: Iterable[str] = ()) -> tuple[Column, ...]:
    """The columns of a report but for the night, which every table begins with."""
    left_out = {NIGHT.name, *without}
    return tuple(Column(name, _kind(name), meaning) for name, meaning in declared.items() if name not in left_out)


def _of_record() -> tuple[Column, ...]:
    kinds: dict[str, Kind] = {"money": "money", "count": "count", "date": "date"}
    return tuple(Column(c.name, kinds.get(c.kind, "text"), c.meaning) for c in RESOLUTIONS)


def lines_of(decision: str) -> str:
    """The column of `runs` that counts the lines of a decision."""
    return decision.replace("-", "_") + "_lines"


AMOUNTS = tuple(name for name in REFUNDS if KINDS[name] == "money")
_RUN = (
    NIGHT,
    Column("manifest_sha256", "text", "SHA-256 of the night's manifest.json: which version of the night this is"),
    Column("previous_manifest_sha256", "text", "the same of the night before; null: it was the first"),
    Column("software", "text", "version of refund-calc that ran the night"),
    Column("payout_date", "date", REFUNDS["payout_date"]),
    Column("currency", "text", PAYOUTS["currency"]),
    Column("rows_read", "count", "control total: rows of returns that were read"),
    *(Column(lines_of(one), "count", f"control total: lines decided {one}") for one in DECISIONS),
    Column("malformed_rows", "count", "control total: rows that could not be read as one"),
    *(Column(name, "total", f"control total of the register: {REFUNDS[name]}") for name in AMOUNTS),
    Column("debits", "total", "control total of the ledger"),
    Column("credits", "total", "control total of the ledger"),
    Column("payouts", "count", "control total: rows of payouts"),
    Column("payout_amount", "total", "control total: payouts in all"),
    Column("exceptions", "count", "rows of exceptions"),
)

RUNS = Table(
    "runs",
    "a night that is loaded, with its control totals",
    (*_RUN, Column("loaded_at", "moment", "when it was loaded, UTC")),
    ("as_of",),
)
WITHDRAWALS = Table(
    "withdrawals",
    "a night that a redo replaced, with the control totals that no longer count",
    (
        *_RUN,
        Column("loaded_at", "moment", "when it was loaded, UTC; null: it was replaced before it ever stood here"),
        Column("replaced_at", "moment", "when the night that replaces it was loaded, UTC"),
    ),
    ("as_of", "manifest_sha256"),
)
OF_NIGHTS = (
    Table(
        "refunds",
        "the register: a return line on a night, with its decision and its money",
        (NIGHT, PLACE, *_report(REFUNDS)),
        ("as_of", "row_number"),
        (("rma_number",), ("order_number",)),
        REFUNDS_CSV,
    ),
    Table(
        "payouts",
        "a payout: what a night pays for an RMA",
        (NIGHT, *_report(PAYOUTS)),
        ("as_of", "payout_id"),
        (("payout_id",), ("rma_number",), ("payout_date",)),
        PAYOUTS_CSV,
    ),
    Table(
        "ledger",
        "a journal line; the lines of an entry are balanced",
        (NIGHT, *_report(LEDGER)),
        ("as_of", "entry_id", "entry_line"),
        (("posting_date", "account"), ("rma_number",)),
        LEDGER_CSV,
    ),
    Table(
        "exceptions",
        "a finding that a person should look at, as it stood on a night",
        (NIGHT, PLACE, *_report(EXCEPTIONS, ANSWERS)),
        ("as_of", "row_number"),
        (("rma_number",), ("code",)),
        EXCEPTIONS_CSV,
    ),
    Table(
        "resolutions",
        "what a person decided, on the night on which it came into force",
        (NIGHT, *_of_record()),
        ("as_of", "place"),
        (("rma_number",),),
        "record/resolutions.parquet",
    ),
)
LAYOUT = Table(
    "layout",
    "the version of tables and views",
    (Column("version", "count", "refund-calc loads into its own version only"),),
    ("version",),
)
TABLES = (LAYOUT, RUNS, WITHDRAWALS, *OF_NIGHTS)
