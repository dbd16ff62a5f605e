"""refunds.csv, the register: a row for each well-formed row of returns.csv (rulebook 7)."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Bools, Ints
from refund_calc.columns.dictionary import DictionaryColumn, as_texts, coded_texts, joined
from refund_calc.columns.groups import in_company
from refund_calc.columns.typed import plain
from refund_calc.columns.written import arrow_text
from refund_calc.night.decide import Decided
from refund_calc.night.in_force import answers, resolved_by
from refund_calc.night.verdicts import ALREADY_DECIDED, DECISIONS, DUPLICATE
from refund_calc.policy.derived import claimed_units
from refund_calc.policy.findings import codes_in
from refund_calc.reports import named
from refund_calc.reports.contracts import REFUNDS
from refund_calc.reports.named import Column, NamedColumns, Report

KEY = ("rma_number", "order_number", "order_line")


def register(night: Decided) -> Report:
    """The register."""

    def blocks() -> Iterator[NamedColumns]:
        make = _Register(night)
        for start, stop in make.blocks():
            yield make.rows(start, stop)

    return Report("refunds", REFUNDS, len(night.lines), blocks)


class _Register:
    """What the register asks of a night as a whole, and its rows for some lines."""

    def __init__(self, night: Decided) -> None:
        self.night, self.due, self.calendar = night, night.due_date, night.calendar
        lines, verdicts = night.lines, night.verdicts
        self.keys = {name: arrow_text(lines.frame[name].array) for name in KEY}
        silent = (verdicts.decision == DUPLICATE) | (verdicts.decision == ALREADY_DECIDED)
        self.is_judged = (night.version >= 0) & ~silent
        self.code_set, sets = pd.factorize(verdicts.codes)
        self.codes = [";".join(codes_in(int(codes))) for codes in sets]
        self.units_before = np.where(silent, 0, night.columns.facts["refunded_units"])
        self.refund_at = np.full(len(lines), -1, np.int64)
        self.refund_at[night.priced.rows] = np.arange(len(night.priced.rows))
        self.is_paid = np.zeros(len(lines), np.bool_)
        self.is_paid[night.priced.rows] = night.priced.amounts.net_refund > 0
        by = resolved_by(night.effects)
        self.people, self.answers = list(by.values()), list(answers(night.effects).values())  # of the same lines
        self.by = np.full(len(lines), -1, np.int64)
        self.by[list(by)] = np.arange(len(by))
        self.tied = in_company(lines.key)

    def blocks(self) -> Iterator[tuple[int, int]]:
        """Blocks of rows that do not part the rows of one key."""
        start, key = 0, self.night.lines.key
        for _, stop in named.blocks(len(key)):
            while stop < len(key) and key[stop] == key[stop - 1]:
                stop += 1
            if stop > start:
                yield start, stop
            start = max(start, stop)

    def rows(self, start: int, stop: int) -> NamedColumns:
        """The lines from start to stop; those of one key are in the order of their whole text."""
        if not self.tied[start:stop].any():
            return self._columns(slice(start, stop), stop - start)
        rows = np.arange(start, stop)
        tied = rows[self.tied[start:stop]]
        texts = joined(self._columns(tied, len(tied)).texts().values(), "\0")
        rank = np.empty(len(tied), np.int64)
        rank[np.asarray(pc.array_sort_indices(as_texts(texts, len(tied))))] = np.arange(len(tied))
        rows[tied - start] = tied[np.lexsort((rank, self.night.lines.key[tied]))]
        return self._columns(rows, stop - start)

    def _columns(self, at: slice | Ints, size: int) -> NamedColumns:
        night, frame, judged = self.night, self.night.lines.frame, self.is_judged[at]
        orders = night.order_lines
        sku = orders.frame["sku"].array.take(np.where(judged, orders.row_of_line[at], -1), allow_fill=True)
        types = (frame[name].array[at] for name in ("return_type", "quantity_requested", "quantity_received"))
        due = self.due[at].copy()
        due[~judged] = pd.NA
        versions = [version.version for version in night.policies.versions]
        columns: dict[str, Column] = {
            "as_of": night.as_of,
            **{name: _texts_at(texts, at) for name, texts in self.keys.items()},
            "sku": coded_texts(sku),
            "return_type": coded_texts(frame["return_type"].array[at]),
            "reason": coded_texts(frame["reason"].array[at]),
            "quantity": claimed_units(*map(plain, types)) - self.units_before[at],
            "decision": DictionaryColumn.of(night.verdicts.decision[at], DECISIONS),
            "codes": DictionaryColumn.of(self.code_set[at], self.codes),
            **self._money(self.refund_at[at]),
            "received_date": plain(frame["received_date"].array[at]),
            "due_date": due,
            **self._dates(self.is_paid[at]),
            "policy_version": DictionaryColumn.of(np.where(judged, night.version[at], -1), versions),
            "resolved_by": DictionaryColumn.of(self.by[at], self.people),
            "answers": DictionaryColumn.of(self.by[at], self.answers),
        }
        return NamedColumns(REFUNDS, columns, size)

    def _money(self, refund: Ints) -> dict[str, DictionaryColumn]:
        """The money columns of these refunds (positions among the night's), unknown for -1.

        They share their codes, so that a writer makes the text of each refund once.
        """
        refunded = np.flatnonzero(refund >= 0)
        code = np.full(len(refund), len(refunded))
        code[refunded] = np.arange(len(refunded))
        none = pa.nulls(1, pa.int64())
        return {
            name: DictionaryColumn(code, pa.concat_arrays([pa.array(cents[refund[refunded]]), none]))
            for name, cents in self.night.priced.amounts.by_name().items()
        }

    def _dates(self, is_paid: Bools) -> dict[str, DictionaryColumn]:
        """When money leaves and arrives, for lines that are paid something."""
        code, calendar = is_paid.astype(np.int8), self.calendar
        days = {name: getattr(calendar, name) for name in ("payout_date", "credit_from", "credit_to")}
        return {name: DictionaryColumn(code, pa.array([None, day], pa.int64())) for name, day in days.items()}


def _texts_at(texts: pa.Array, at: slice | Ints) -> pa.Array:
    return texts[at] if isinstance(at, slice) else texts.take(pa.array(at))
