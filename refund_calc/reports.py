"""The four reports as blocks of CSV bytes (rulebook 7)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.calendars import WorkingDays
from refund_calc.cells import Ints
from refund_calc.contracts import EXCEPTIONS, LEDGER, PAYOUTS, REFUNDS
from refund_calc.csv_out import blocks, exported, quoted, quoted_text, rows_text, text_bytes
from refund_calc.exceptions import Exceptions, next_steps, severities
from refund_calc.findings import codes_in
from refund_calc.findings.base import dates
from refund_calc.journal import Entries, Leg
from refund_calc.money import dollars
from refund_calc.night import Night
from refund_calc.payouts import Calendar, Refunds, payout_ids
from refund_calc.scope import claimed_units
from refund_calc.texts import arrow_text
from refund_calc.verdicts import ALREADY_DECIDED, DECISIONS, DUPLICATE

Blocks = Iterator[memoryview]

ENTRIES = 1 << 13  # journal entries written at a time, some five lines each


@dataclass(frozen=True)
class Report:
    """A file to be written: its header, how many rows, and the rows block by block."""

    name: str
    header: tuple[str, ...]
    rows: int
    blocks: Callable[[], Blocks]


def iso(day: int) -> str:
    return str(np.datetime64(day, "D"))


class _Words:
    """A small table of words, spread over rows by number; a negative number is a blank cell."""

    def __init__(self, words: list[str]) -> None:
        self._words = pa.array(words, pa.string())

    def __call__(self, numbers: Any) -> pa.Array:
        return self._words.take(pa.array(numbers, mask=np.asarray(numbers) < 0))


def _part(columns: list[Any], start: int, stop: int) -> list[Any]:
    return [c if isinstance(c, str) else c.slice(start, stop - start) for c in columns]


# --- refunds.csv ------------------------------------------------------------------------------------------------


def register(night: Night, due: Any, calendar: Calendar) -> Report:
    """A row for each well-formed row of returns.csv."""
    size = len(night.lines)

    def rows() -> Blocks:
        make = _Register(night, due, calendar)
        for start, stop in make.blocks():
            yield text_bytes(make.rows(start, stop))

    return Report("refunds.csv", tuple(REFUNDS), size, rows)


class _Register:
    def __init__(self, night: Night, due: Any, calendar: Calendar) -> None:
        self.night, self.as_of = night, iso(night.as_of)
        lines, verdicts = night.lines, night.verdicts
        frame, self.decision = lines.frame, verdicts.decision
        self.keys = [exported(arrow_text(frame[name].array)) for name in ("rma_number", "order_number", "order_line")]
        silent = (self.decision == DUPLICATE) | (self.decision == ALREADY_DECIDED)
        self.judged = (night.version >= 0) & ~silent
        self.code_set, sets = pd.factorize(verdicts.codes)
        self.code_words = _Words([";".join(codes_in(int(codes))) for codes in sets])
        self.decision_words = _Words(list(DECISIONS))
        self.version_words = _Words([str(quoted(pa.array([v.version]))[0]) for v in night.policies.versions])
        self.sku_words = _words_of(night.book.frame["sku"].array)
        self.sku = exported(self.sku_words)
        self.sku_codes = _category_codes(night.book.frame["sku"].array)
        refunded_units = np.where(silent, 0, night.columns["refunded_units"])
        self.quantity = (
            claimed_units(
                frame["return_type"].array, frame["quantity_requested"].array, frame["quantity_received"].array
            )
            - refunded_units
        )
        self.due = due
        paid = night.amounts.net_refund > 0
        self.paid = np.full(size := len(lines), -1, np.int8)
        self.paid[night.refunded[paid]] = 0
        self.payout_dates = [
            _Words([iso(day)]) for day in (calendar.payout_date, calendar.credit_from, calendar.credit_to)
        ]
        self.refund_at = np.full(size, -1, np.int64)
        self.refund_at[night.refunded] = np.arange(len(night.refunded))
        by = night.resolutions.resolved_by()
        self.by_plain = _Words(list(by.values()))
        self.by_words = _Words(exported(pa.array(list(by.values()), pa.string())).to_pylist())
        self.by = np.full(size, -1, np.int64)
        self.by[list(by)] = np.arange(len(by))
        self.tied = np.bincount(lines.key, minlength=1)[lines.key] > 1

    def blocks(self) -> Iterator[tuple[int, int]]:
        """Blocks of rows that do not part the rows of one key."""
        start, key = 0, self.night.lines.key
        for _, stop in blocks(len(key)):
            while stop < len(key) and key[stop] == key[stop - 1]:
                stop += 1
            if stop > start:
                yield start, stop
            start = max(start, stop)

    def rows(self, start: int, stop: int) -> pa.Array:
        night, part = self.night, slice(start, stop)
        frame = night.lines.frame
        judged = self.judged[part]
        order_row = night.book.row_of_line[part]
        sku = np.where(judged, self.sku_codes[order_row] if len(self.sku_codes) else -1, -1)
        columns = dict(
            zip(
                REFUNDS,
                [
                    self.as_of,
                    *_part(self.keys, start, stop),
                    _spread(self.sku, sku),
                    arrow_text(frame["return_type"].array[part]),
                    arrow_text(frame["reason"].array[part]),
                    pa.array(self.quantity[part], pa.int64(), from_pandas=True).cast(pa.string()),
                    self.decision_words(self.decision[part]),
                    self.code_words(self.code_set[part]),
                    *self._money(start, stop),
                    dates(frame["received_date"].array[part]),
                    pc.if_else(pa.array(judged), dates(self.due[part]), ""),
                    *(words(self.paid[part]) for words in self.payout_dates),
                    self.version_words(np.where(judged, night.version[part], -1)),
                    self.by_words(self.by[part]),
                ],
                strict=True,
            )
        )
        text = rows_text(list(columns.values()))
        if self.tied[start:stop].any():
            plain = columns | dict(sku=_spread(self.sku_words, sku), resolved_by=self.by_plain(self.by[part]))
            text = text.take(self._order_of_ties(list(plain.values()), start, stop))
        return text

    def _money(self, start: int, stop: int) -> list[pa.Array]:
        """The money columns of REFUNDS, blank on rows that are not refunded."""
        at = self.refund_at[start:stop]
        refunded = at[at >= 0]
        first, last = (int(refunded[0]), int(refunded[-1]) + 1) if len(refunded) else (0, 0)
        place = pa.array(at - first, mask=at < 0)
        names = [name for name in REFUNDS if hasattr(self.night.amounts, name)]
        return [dollars(getattr(self.night.amounts, name)[first:last]).take(place) for name in names]

    def _order_of_ties(self, columns: list[Any], start: int, stop: int) -> pa.Array:
        """Rows of one key by their whole text, column by column, as it is before quoting."""
        tied = np.flatnonzero(self.tied[start:stop])
        take = pa.array(tied)
        cells = [c if isinstance(c, str) else c.take(take) for c in columns]
        text = pc.binary_join_element_wise(*cells, "\0", null_handling="replace", null_replacement="")
        rank = np.empty(len(tied), np.int64)
        rank[np.asarray(pc.array_sort_indices(text))] = np.arange(len(tied))
        order = np.arange(stop - start)
        order[tied] = tied[np.lexsort((rank, self.night.lines.key[start:stop][tied]))]
        return pa.array(order)


def _spread(words: pa.Array, codes: Any) -> pa.Array:
    return words.take(pa.array(codes, mask=np.asarray(codes) < 0))


def _words_of(column: Any) -> pa.Array:
    return pa.array(column.categories.to_numpy(dtype=object), pa.string())


def _category_codes(column: Any) -> Ints:
    return np.asarray(column.codes, np.int64)


# --- payouts.csv ------------------------------------------------------------------------------------------------


def payouts(night: Night, refunds: Refunds, calendar: Calendar) -> Report:
    """One row per RMA with a positive net tonight."""
    paid = np.flatnonzero(refunds.amounts["net_refund"] > 0)

    def rows() -> Blocks:
        as_of, payout_date = iso(night.as_of), iso(calendar.payout_date)
        window = iso(calendar.credit_from), iso(calendar.credit_to)
        book = night.book.frame
        for start, stop in blocks(len(paid)):
            some = paid[start:stop]
            rma, order = (names.take(pa.array(some)) for names in (refunds.rma_number, refunds.order_number))
            order_rows = night.book.row_of_line[refunds.first[some]]
            method, reference = (book[f"payment_{name}"].array.take(order_rows) for name in ("method", "reference"))
            columns = [
                exported(payout_ids(rma, as_of)),
                payout_date,
                exported(rma),
                exported(order),
                exported(arrow_text(method)),
                exported(arrow_text(reference)),
                dollars(refunds.amounts["net_refund"][some]),
                night.policies.currency,
                dates(refunds.due_date[some]),
                *window,
                pa.array(refunds.lines[some]).cast(pa.string()),
            ]
            yield text_bytes(rows_text(columns))

    return Report("payouts.csv", tuple(PAYOUTS), len(paid), rows)


# --- ledger.csv -------------------------------------------------------------------------------------------------


def ledger(entries: tuple[Entries, ...]) -> Report:
    """The journal lines of the entries, kind after kind (PAYOUT sorts before REFUND)."""
    ordered = sorted(entries, key=lambda kind: kind.legs[0].amount)  # amount (payouts), merchandise (refunds)

    def rows() -> Blocks:
        for kind in ordered:
            yield from _journal_blocks(kind)

    return Report("ledger.csv", tuple(LEDGER), sum(int((kind.amounts > 0).sum()) for kind in entries), rows)


def _journal_blocks(kind: Entries) -> Blocks:
    """Journal lines in blocks of whole entries. What the lines of an entry, or of a leg, share is joined once."""
    legs = len(kind.legs)
    accounts = [_before_the_amount(table[leg.account], leg) for table in kind.accounts for leg in kind.legs]
    account_words = pa.array(accounts, pa.string())
    # After the amount: the blank credit of a debit, and the comma before the currency.
    side_words = pa.array([",," if leg.debit else "," for leg in kind.legs], pa.string())
    clause_words = pa.array([f",{clause}," for clause in [*(leg.clause for leg in kind.legs), "RP-14"]], pa.string())
    is_shipping = np.array([leg.amount == "shipping_refund" for leg in kind.legs])
    join = pc.binary_join_element_wise
    for start, stop in blocks(len(kind.entry_id), ENTRIES):
        part = slice(start, stop)
        entry, leg, number = kind.lines(part)
        cells = (c.slice(start, stop - start) for c in (kind.entry_id, kind.posting_date, kind.currency))
        entry_id, posting, currency = cells
        rma, order = (c.slice(start, stop - start) for c in (kind.rma_number, kind.order_number))
        where = join(currency, exported(rma), exported(order), ",")
        memo = join(quoted(join(kind.memo, rma, "")), quoted(kind.policy_version.slice(start, stop - start)), ",")
        at = pa.array(entry)
        clause = np.where(is_shipping[leg] & kind.refused[part][entry], legs, leg)
        rows = join(
            join(exported(entry_id), ",", "").take(at),
            pa.array(number).cast(pa.string()),
            join(",", posting, "").take(at),
            account_words.take(pa.array(kind.account_of[part][entry] * legs + leg)),
            dollars(kind.amounts[part][entry, leg]),
            side_words.take(pa.array(leg)),
            where.take(at),
            clause_words.take(pa.array(clause)),
            join(memo, "\n", "").take(at),
            "",
        )
        yield text_bytes(rows)


def _before_the_amount(account: dict[str, str], leg: Leg) -> str:
    """The account and, of a credit, the blank debit."""
    return f",{quoted_text(account['code'])},{quoted_text(account['name'])}," + ("" if leg.debit else ",")


# --- exceptions.csv ---------------------------------------------------------------------------------------------


def exceptions_report(found: Exceptions, business: WorkingDays) -> Report:
    """Every reported finding; the last four columns are the analyst's."""

    def rows() -> Blocks:
        for start, stop in blocks(len(found)):
            yield text_bytes(rows_text(_exception_columns(found, np.arange(start, stop), business)))

    return Report("exceptions.csv", tuple(EXCEPTIONS), len(found), rows)


def _exception_columns(found: Exceptions, at: Ints, business: WorkingDays) -> list[Any]:
    words, as_of = found.words(at), found.night.as_of
    due, code, first_seen = words["due_date"], found.code[at], found.first_seen[at]
    left = business.left(as_of, np.asarray(due.fill_null(as_of), np.int64))
    return [
        *(exported(words[name]) for name in ("rma_number", "order_number", "order_line")),
        words["code"],
        severities(code),
        words["clause"],
        words["field"],
        exported(words["value"]),
        exported(words["message"]),
        next_steps(code),
        dollars(words["claim_amount"]),
        dates(due),
        pc.if_else(due.is_null(), "", pa.array(left).cast(pa.string())),
        dates(first_seen),
        pa.array(as_of - first_seen).cast(pa.string()),
        exported(words["source_file"]),
        words["source_line"].cast(pa.string()),
        "",
        "",
        "",
        "",
    ]
