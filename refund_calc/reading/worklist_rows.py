"""The exceptions that a worklist shows: of a night that was just decided, or of one that is published."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.books.published import cents, report
from refund_calc.columns.aliases import Ints
from refund_calc.columns.dictionary import as_texts
from refund_calc.history.nights import EXCEPTIONS_CSV, PublishedNight
from refund_calc.policy.calendars import WorkingDays
from refund_calc.policy.findings import BY_CODE
from refund_calc.policy.vocabulary import TURNS, Turn
from refund_calc.reports.contracts import EXCEPTIONS
from refund_calc.reports.exceptions import CODES, Exceptions
from refund_calc.reports.exceptions_report import exception_rows

NOBODY: Turn = "nobody"
UNKNOWN = np.iinfo(np.int64).max  # of days that are left
_TURN = np.array([TURNS.index(BY_CODE[code].turn) for code in CODES], np.int64)


@dataclass(frozen=True)
class OpenExceptions:
    """Exceptions in the order of exceptions.csv.

    `turn` is a place in TURNS; `left` the business days to the promise, UNKNOWN without one; `claim` cents, 0 where
    unknown; `age` days since first seen. `of_turn` is how many there are of each turn, where these are not all of them.
    `texts(at)` gives the columns of the exceptions at some places.
    """

    turn: Ints
    left: Ints
    claim: Ints
    age: Ints
    texts: Callable[[Ints], dict[str, list[str]]]
    of_turn: Ints | None = None

    @property
    def in_all(self) -> Ints:
        """How many there are of each turn."""
        return np.bincount(self.turn, minlength=len(TURNS)) if self.of_turn is None else self.of_turn


def of_night(found: Exceptions, business: WorkingDays) -> OpenExceptions:
    """Those of a night that was just decided."""
    everything = np.arange(len(found))
    amounts, as_of = found.amounts_and_dates(everything), found.night.as_of
    due = amounts["due_date"]
    days = business.left(as_of, np.asarray(due.fill_null(as_of), np.int64))

    def texts(at: Ints) -> dict[str, list[str]]:
        columns = exception_rows(found, at, business).texts()
        return {name: pc.fill_null(as_texts(cells, len(at)), "").to_pylist() for name, cells in columns.items()}

    return OpenExceptions(
        turn=_TURN[found.code],
        left=np.where(np.asarray(due.is_null()), UNKNOWN, days),
        claim=np.asarray(amounts["claim_amount"].fill_null(0), np.int64),
        age=as_of - found.first_seen,
        texts=texts,
    )


def of_published(night: PublishedNight) -> OpenExceptions:
    """Those of a published night. Raises BadData where its file is not as that night published it."""
    table = report(night, EXCEPTIONS_CSV, tuple(EXCEPTIONS), is_latest=True)
    code = np.asarray(pc.index_in(table["code"], value_set=pa.array(CODES)).to_numpy(), np.int64)

    def texts(at: Ints) -> dict[str, list[str]]:
        rows = table.take(pa.array(at))
        return {name: rows[name].to_pylist() for name in table.column_names}

    return OpenExceptions(
        turn=_TURN[code],
        left=_whole(table["business_days_left"], UNKNOWN),
        claim=cents(table["claim_amount"]),
        age=_whole(table["age_days"], 0),
        texts=texts,
    )


def _whole(texts: pa.ChunkedArray, unknown: int) -> Ints:
    return np.asarray(pc.if_else(pc.equal(texts, ""), str(unknown), texts).cast(pa.int64()).to_numpy(), np.int64)
