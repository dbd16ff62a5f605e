"""The reports of published nights as columns, each file checked against its manifest before it is read."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from refund_calc.columns.aliases import Ints
from refund_calc.history.nights import PublishedNight, check_files
from refund_calc.reports.contracts import KINDS

GUARD = r"\A'('*[=+\-@\t\r\n])"  # the apostrophe that keeps a spreadsheet from running a text (rulebook 7)


def report(night: PublishedNight, name: str, wanted: Sequence[str], *, is_latest: bool = False) -> pa.Table:
    """Some columns of a report such as ledger.csv, as text; blank is "", and what came from an export is as it came.

    Raises BadData where the file is not as that night published it.
    """
    files = night.report_files(name).files
    check_files(night, files, is_latest=is_latest)
    as_text = csv.ConvertOptions(
        include_columns=list(wanted), column_types=dict.fromkeys(wanted, pa.string()), strings_can_be_null=False
    )
    several_lines = csv.ParseOptions(newlines_in_values=True)
    read = pa.concat_tables(
        csv.read_csv(night.folder / file, parse_options=several_lines, convert_options=as_text) for file in files
    )
    columns = {column: unguarded(read[column], column) for column in wanted}
    return pa.table(columns)


def unguarded(texts: pa.ChunkedArray, column: str) -> pa.ChunkedArray:
    """The texts of a report's column as they came, without the apostrophe that keeps a spreadsheet from running one."""
    return pc.replace_substring_regex(texts, GUARD, r"\1") if KINDS[column] == "exported" else texts


def cents(amounts: pa.ChunkedArray) -> Ints:
    """Amounts `0.00` of a report as cents; a blank is 0."""
    digits = pc.replace_substring(amounts, ".", "")
    return np.asarray(pc.if_else(pc.equal(digits, ""), "0", digits).cast(pa.int64()).to_numpy(), np.int64)


def days(dates: pa.ChunkedArray) -> Ints:
    """ISO dates of a report as day numbers (days since 1970-01-01); none is blank."""
    return np.asarray(dates.cast(pa.date32()).cast(pa.int32()).cast(pa.int64()).to_numpy(), np.int64)
