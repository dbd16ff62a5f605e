"""The four reports as blocks of CSV bytes (rulebook 7)."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Ints
from refund_calc.columns.dictionary import Cells, Coded, as_texts, coded_numbers, coded_texts, joined
from refund_calc.columns.text_order import arrow_text, dates, in_company, number_texts
from refund_calc.columns.typed import plain
from refund_calc.history.folders import Blocks, Report
from refund_calc.night.decide import Decided
from refund_calc.night.in_force import resolved_by
from refund_calc.night.payouts import Calendar, Refunds, payout_ids
from refund_calc.night.verdicts import ALREADY_DECIDED, DECISIONS, DUPLICATE
from refund_calc.policy.calendars import WorkingDays
from refund_calc.policy.derived import claimed_units
from refund_calc.policy.findings import BY_CODE, codes_in
from refund_calc.policy.money import dollars
from refund_calc.reports.contracts import EXCEPTIONS, LEDGER, PAYOUTS, REFUNDS
from refund_calc.reports.csv_blocks import blocks, exported, quoted, quoted_text, rows_text, text_bytes
from refund_calc.reports.exceptions import CODES, Exceptions, Worded
from refund_calc.reports.journal import Entries, Leg

ENTRIES = 1 << 14  # journal entries written at a time, some five lines each


def iso(day: int) -> str:
    return str(np.datetime64(day, "D"))


# --- refunds.csv ------------------------------------------------------------------------------------------------


def register(night: Decided, due: Any, calendar: Calendar) -> Report:
    """A row for each well-formed row of returns.csv."""
    size = len(night.lines)

    def rows() -> Blocks:
        make = _Register(night, due, calendar)
        for start, stop in make.blocks():
            yield text_bytes(make.rows(start, stop))

    return Report("refunds.csv", tuple(REFUNDS), size, rows)


class _Register:
    def __init__(self, night: Decided, due: Any, calendar: Calendar) -> None:
        self.night, self.due, self.as_of = night, due, iso(night.as_of)
        self.calendar = calendar
        lines, verdicts = night.lines, night.verdicts
        frame = lines.frame
        self.keys = [exported(arrow_text(frame[name].array)) for name in ("rma_number", "order_number", "order_line")]
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
        self.people = list(by.values())
        self.by = np.full(len(lines), -1, np.int64)
        self.by[list(by)] = np.arange(len(by))
        self.tied = in_company(lines.key)

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
        keys = [key.slice(start, stop - start) for key in self.keys]
        sku, *cells, by = self._cells(slice(start, stop), ",")
        text = rows_text([self.as_of, *keys, exported(sku), *cells, exported(by)], stop - start)
        return text.take(self._order_of_ties(start, stop)) if self.tied[start:stop].any() else text

    def _cells(self, at: slice | Ints, separator: str) -> list[Cells]:
        """REFUNDS from sku to resolved_by; the money columns are one."""
        night, frame, judged = self.night, self.night.lines.frame, self.is_judged[at]
        sku = night.order_lines.frame["sku"].array.take(
            np.where(judged, night.order_lines.row_of_line[at], -1), allow_fill=True
        )
        types = (frame[name].array[at] for name in ("return_type", "quantity_requested", "quantity_received"))
        quantity = claimed_units(*map(plain, types)) - self.units_before[at]
        due = self.due[at].copy()
        due[~judged] = pd.NA
        paid = np.where(self.is_paid[at], 0, -1)
        calendar = self.calendar
        return [
            coded_texts(sku),
            coded_texts(frame["return_type"].array[at]),
            coded_texts(frame["reason"].array[at]),
            coded_numbers(quantity, number_texts),
            Coded.of(night.verdicts.decision[at], DECISIONS),
            Coded.of(self.code_set[at], self.codes),
            self._money(at, separator),
            coded_numbers(plain(frame["received_date"].array[at]), dates),
            coded_numbers(due, dates),
            *(Coded.of(paid, [iso(d)]) for d in (calendar.payout_date, calendar.credit_from, calendar.credit_to)),
            quoted(Coded.of(np.where(judged, night.version[at], -1), [v.version for v in night.policies.versions])),
            Coded.of(self.by[at], self.people),
        ]

    def _money(self, at: slice | Ints, separator: str) -> pa.Array:
        """The money columns of REFUNDS, blank on rows that are not refunded."""
        amounts, refund = self.night.priced.amounts, self.refund_at[at]
        refunded = refund >= 0
        names = amounts.by_name()
        texts = joined([dollars(cents[refund[refunded]]) for cents in names.values()], separator)
        none = pa.array([separator * (len(names) - 1)])
        place = np.where(refunded, np.cumsum(refunded) - 1, len(texts))
        return pa.concat_arrays([texts, none]).take(pa.array(place))

    def _order_of_ties(self, start: int, stop: int) -> pa.Array:
        """Rows of one key by their whole text, column by column, as it is before quoting."""
        tied = np.flatnonzero(self.tied[start:stop])
        text = as_texts(joined(self._cells(start + tied, "\0"), "\0"), len(tied))
        rank = np.empty(len(tied), np.int64)
        rank[np.asarray(pc.array_sort_indices(text))] = np.arange(len(tied))
        order = np.arange(stop - start)
        order[tied] = tied[np.lexsort((rank, self.night.lines.key[start:stop][tied]))]
        return pa.array(order)


# --- payouts.csv ------------------------------------------------------------------------------------------------


def payouts(night: Decided, refunds: Refunds, calendar: Calendar) -> Report:
    """One row per RMA with a positive net tonight."""
    paid = np.flatnonzero(refunds.amounts["net_refund"] > 0)

    def rows() -> Blocks:
        as_of, payout_date = iso(night.as_of), iso(calendar.payout_date)
        window = iso(calendar.credit_from), iso(calendar.credit_to)
        book = night.order_lines.frame
        for start, stop in blocks(len(paid)):
            some = paid[start:stop]
            rma, order = (names.take(pa.array(some)) for names in (refunds.rma_number, refunds.order_number))
            order_rows = night.order_lines.row_of_line[refunds.first[some]]
            method, reference = (book[f"payment_{name}"].array.take(order_rows) for name in ("method", "reference"))
            columns = [
                exported(payout_ids(rma, as_of)),
                payout_date,
                exported(rma),
                exported(order),
                exported(coded_texts(method)),
                exported(coded_texts(reference)),
                dollars(refunds.amounts["net_refund"][some]),
                night.policies.currency,
                coded_numbers(refunds.due_date[some], dates),
                *window,
                coded_numbers(refunds.lines[some], number_texts),
            ]
            yield text_bytes(rows_text(columns, stop - start))

    return Report("payouts.csv", tuple(PAYOUTS), len(paid), rows)


# --- ledger.csv -------------------------------------------------------------------------------------------------


def ledger(entries: tuple[Entries, ...]) -> Report:
    """The journal lines of the entries, kind after kind (PAYOUT sorts before REFUND)."""
    ordered = sorted(entries, key=lambda kind: kind.legs[0].amount)  # amount (payouts), merchandise (refunds)

    def rows() -> Blocks:
        for kind in ordered:
            yield from _journal_blocks(kind)

    return Report("ledger.csv", tuple(LEDGER), sum(kind.journal_lines for kind in entries), rows)


def _journal_blocks(kind: Entries) -> Blocks:
    """Journal lines in blocks of whole entries. What the lines of an entry, or of a leg, share is joined once."""
    legs = len(kind.legs)
    accounts = [_before_the_amount(table[leg.account], leg) for table in kind.accounts for leg in kind.legs]
    # The blank credit of a debit stands before the currency.
    currencies = [("," if leg.debit else "") + word for word in kind.currency.words.to_pylist() for leg in kind.legs]
    clauses = [*(leg.clause for leg in kind.legs), "RP-14"]
    numbers = number_texts(np.arange(legs + 1))
    is_shipping = np.array([leg.amount == "shipping_refund" for leg in kind.legs])
    for start, stop in blocks(len(kind.entry_id), ENTRIES):
        part = slice(start, stop)
        entry, leg, number, amount = kind.lines(part)
        at = pa.array(entry)

        def of_entry(*cells: Cells, at: pa.Array = at, size: int = stop - start) -> pa.Array:
            return as_texts(joined(cells, ","), size).take(at)

        rma, order, entry_id, version = (
            texts.slice(start, stop - start)
            for texts in (kind.rma_number, kind.order_number, kind.entry_id, kind.policy_version)
        )
        columns = [
            of_entry(exported(entry_id)),
            Coded(number, numbers),
            kind.posting_date.take(part).take(entry),
            Coded(kind.account_of[part][entry] * legs + leg, pa.array(accounts)),
            dollars(amount),
            Coded(kind.currency.codes[part][entry] * legs + leg, pa.array(currencies)),
            of_entry(exported(rma), exported(order)),
            Coded(np.where(is_shipping[leg] & kind.refused[part][entry], legs, leg), pa.array(clauses)),
            of_entry(quoted(joined([kind.memo, rma], "")), quoted(version)),
        ]
        yield text_bytes(rows_text(columns, len(entry)))


def _before_the_amount(account: dict[str, str], leg: Leg) -> str:
    """The account and, of a credit, the blank debit."""
    return f"{quoted_text(account['code'])},{quoted_text(account['name'])}" + ("" if leg.debit else ",")


# --- exceptions.csv ---------------------------------------------------------------------------------------------


def exceptions_report(found: Exceptions, business: WorkingDays) -> Report:
    """Every reported finding; the last four columns are the analyst's."""

    def rows() -> Blocks:
        for start, stop in blocks(len(found)):
            yield text_bytes(rows_text(_exception_cells(found, np.arange(start, stop), business), stop - start))

    return Report("exceptions.csv", tuple(EXCEPTIONS), len(found), rows)


def _exception_cells(found: Exceptions, at: Ints, business: WorkingDays) -> list[Cells]:
    """EXCEPTIONS; what stands next to each other and belongs together is one text."""
    as_of, code = found.night.as_of, found.code[at]
    findings = [BY_CODE[name] for name in CODES]
    next_steps = pa.array([quoted_text(finding.next_step) for finding in findings])

    def what(places: Ints, worded: Worded) -> Cells:
        value, message = exported(worded.value), exported(worded.message)
        next_step = Coded(found.code[places], next_steps)
        return joined([worded.clause, worded.field, value, message, next_step], ",")

    def due(days: pa.Array) -> pa.Array:
        left = number_texts(business.left(as_of, np.asarray(days, np.int64)))
        return pc.binary_join_element_wise(dates(days), left, ",")

    def seen(days: pa.Array) -> pa.Array:
        return pc.binary_join_element_wise(dates(days), number_texts(pc.subtract(as_of, days)), ",")

    amounts, source = found.amounts_and_dates(at), found.sources(at)
    return [
        *map(exported, found.keys(at).values()),
        Coded(code, pa.array([f"{finding.code},{finding.severity}" for finding in findings])),
        found.assembled(at, what),
        dollars(amounts["claim_amount"]),
        coded_numbers(amounts["due_date"], due, blank=","),
        coded_numbers(found.first_seen[at], seen),
        exported(source["source_file"]),
        number_texts(source["source_line"]),
        *[""] * 4,
    ]
