"""Small files read as one kind, for the tests of this wing."""

import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

from refund_calc.columns.typed import plain
from refund_calc.inputs.contracts import ReturnRow, Row
from refund_calc.inputs.csv_files import BLOCK
from refund_calc.inputs.tables import Table, load
from tests.stories import a_return, file_of

ZONE = "America/Los_Angeles"

HEADER, CELLS, _ = file_of("returns", [a_return()])[2].decode().split("\n")


def read(*contents: bytes | str, model: type[Row] = ReturnRow, zone: str = ZONE, block: int = BLOCK) -> Table:
    """Files with these contents, read as one kind."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for at, content in enumerate(contents):
            paths.append(Path(folder) / f"file{at}.csv")
            paths[-1].write_bytes(content.encode() if isinstance(content, str) else content)
        return load("returns", paths, model, zone, block)


def text(table: Table, column: str) -> list[Any]:
    """A column as Python values, None where unknown."""
    values = pd.Series(plain(table.frame[column].array)).astype(object)
    return [None if pd.isna(value) else value for value in values]
