"""The totals of a published night, counted once more from its CSV files and its record (rulebook 7, 9).

The pair of `reports.totals`, which checks a night before it is published.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from refund_calc.columns.aliases import Bools, Ints
from refund_calc.history.nights import EXCEPTIONS_CSV, LEDGER_CSV, PAYOUTS_CSV, REFUNDS_CSV
from refund_calc.history.record import cents_of_record
from refund_calc.night.payouts import payout_ids
from refund_calc.night.verdicts import DECISIONS
from refund_calc.policy.amounts import GROSS_PARTS
from refund_calc.policy.deductions import DEDUCTIONS
from refund_calc.policy.money import dollar_text, sums_by, total
from refund_calc.reports.totals import ControlTotals

LINES, REFUNDS, FINDINGS = "record/lines.parquet", "record/refunds.parquet", "record/findings.parquet"
MONEY = (*GROSS_PARTS, "gross_refund", *DEDUCTIONS, "total_deductions", "net_refund")
WANTED = {  # of each report, what its control totals are counted from
    REFUNDS_CSV: ("decision", *MONEY),
    PAYOUTS_CSV: ("payout_id", "amount"),
    LEDGER_CSV: ("entry_id", "clause", "debit", "credit"),
}
AMOUNT = r"^[0-9]{1,16}\.[0-9]{2}$"
STATED = "the manifest's"

_Found = TypeVar("_Found")


@dataclass(frozen=True)
class Payouts:
    """Payouts of a record: how many, and cents in all."""

    count: int = 0
    cents: int = 0

    def __add__(self, other: "Payouts") -> "Payouts":
        return Payouts(self.count + other.count, self.cents + other.cents)


def payouts_of_record(refunds: pa.Table) -> pa.Table:
    """record/refunds with a positive net, as payout id and cents."""
    numbers = np.asarray(refunds["refund_number"].to_numpy(), np.int64)
    table = pa.table(
        {
            "id": payout_ids(refunds["rma_number"].combine_chunks(), numbers),
            "cents": cents_of_record(refunds, "net_refund"),
        }
    )
    return table.filter(pc.greater(table["cents"], 0))


class _NotAnAmount(Exception):
    """A cell that should be an amount; `str()` says what stands there."""


class TotalsAgain:
    """The totals of a night, each counted from the files as they lie there and compared with another witness.

    `tables` are the files that could be read, by name, a report in parts as one; `place` says where it lies; `stated`
    the manifest's control totals; `posted` what falls due this night, None where that is not known. `problems` answers
    a line for each that does not hold.
    """

    def __init__(
        self,
        place: Callable[[str], Path],
        restore: str,
        tables: Mapping[str, pa.Table],
        stated: ControlTotals,
        rows_read: int,
        posted: Payouts | None,
    ) -> None:
        self.place, self.restore, self.tables, self.stated = place, restore, tables, stated
        self.rows_read, self.posted = rows_read, posted
        self.found: list[str] = []

    def problems(self) -> list[str]:
        net = self._each(REFUNDS_CSV, self._register)
        payouts = self._each(PAYOUTS_CSV, self._payouts)
        entries = self._each(LEDGER_CSV, self._ledger)
        if net is not None and payouts is not None:
            paid = total(payouts["cents"].to_numpy())
            self._equal(PAYOUTS_CSV, "payouts in all", paid, "the register's net refunds", net)
        if entries is not None and payouts is not None:
            ledger = self.place(LEDGER_CSV).name
            self._are_the_payouts(payouts, entries, f"its credit to refunds payable in {ledger}")
        if payouts is not None and REFUNDS in self.tables:
            self._are_the_payouts(payouts, payouts_of_record(self.tables[REFUNDS]), f"in {REFUNDS}")
        self._record(net)
        return self.found

    def _record(self, net: int | None) -> None:
        """The record says what the reports say."""
        if REFUNDS in self.tables and net is not None:
            recorded = total(cents_of_record(self.tables[REFUNDS], "net_refund"))
            self._equal(REFUNDS, "net_refund", recorded, "the register's net refunds", net)
        if LINES in self.tables and net is not None:
            lines = self.tables[LINES]
            refunded = int(_true(pc.equal(lines["decision"], "refund")).sum())
            expected = int(_true(pc.equal(self.tables[REFUNDS_CSV]["decision"], "refund")).sum())
            self._equal(LINES, "refund rows", refunded, "the register's", expected, str)
            recorded = total(cents_of_record(lines, "net_refund"))
            self._equal(LINES, "net_refund", recorded, "the register's net refunds", net)
        if FINDINGS in self.tables and EXCEPTIONS_CSV in self.tables:
            found, reported = (self.tables[name].num_rows for name in (FINDINGS, EXCEPTIONS_CSV))
            self._equal(FINDINGS, "findings", found, f"{self.place(EXCEPTIONS_CSV).name} has", reported, str)

    def _each(self, name: str, check: Callable[[str, pa.Table], _Found]) -> _Found | None:
        """The check's answer, None where the file is not there or holds something else than amounts."""
        if name not in self.tables:
            return None
        try:
            return check(name, self.tables[name])
        except _NotAnAmount as cell:
            self._say(name, str(cell))
            return None

    def _say(self, name: str, what: str) -> None:
        self.found.append(f"{self.place(name)}: {what}; {self.restore}")

    def _equal(
        self, name: str, what: str, found: int, other: str, expected: int, unit: Callable[[int], str] = dollar_text
    ) -> None:
        if found != expected:
            difference = unit(found - expected)
            self._say(name, f"{what} {unit(found)}, {other} {unit(expected)}, difference {difference}")

    def _stated(self, name: str, part: str, sums: dict[str, int]) -> None:
        """Sums against the control totals."""
        for what, cents in sums.items():
            stated = self.stated.get(part, {}).get(what, "nothing")
            if stated != dollar_text(cents):
                self._say(name, f"{what} {dollar_text(cents)} in all, the manifest's control total is {stated}")

    def _register(self, name: str, table: pa.Table) -> int:
        """Rows by decision, and gross less deductions is net; answers the net in all."""
        counts = {d["values"]: d["counts"] for d in pc.value_counts(table["decision"]).to_pylist()}
        stated = self.stated.get("returns", {})
        for decision in (*DECISIONS, *sorted(set(counts) - set(DECISIONS))):
            expected = stated.get(decision, 0)
            self._equal(name, f"{decision} rows", counts.get(decision, 0), STATED, expected, str)
        rows = table.num_rows + stated.get("malformed", 0)
        self._equal(name, "rows, with the malformed ones,", rows, "rows read", self.rows_read, str)
        cents = {column: _cents(table, column, blank=True) for column in MONEY}
        for whole, parts in (("gross_refund", GROSS_PARTS), ("total_deductions", DEDUCTIONS)):
            self._rows_add_up(name, f"{whole} is not the sum of its parts", sum(cents[p] for p in parts), cents[whole])
        left = cents["gross_refund"] - cents["total_deductions"]
        self._rows_add_up(name, "gross_refund less total_deductions is not net_refund", left, cents["net_refund"])
        sums = {column: total(values) for column, values in cents.items()}
        self._stated(name, "refunds", sums)
        return sums["net_refund"]

    def _rows_add_up(self, name: str, what: str, left: Any, right: Ints) -> None:
        off = np.flatnonzero(left != right)
        for row in off[:1].tolist():
            values = f"{dollar_text(int(left[row]))} and {dollar_text(int(right[row]))}"
            self._say(name, f"row {row + 1:,}: {what}, {values}{_and_more(len(off))}")

    def _payouts(self, name: str, table: pa.Table) -> pa.Table:
        """The payouts against the manifest; answers them as payout id and cents."""
        cents = _cents(table, "amount")
        amount, stated = total(cents), self.stated.get("payouts", {})
        self._equal(name, "payouts", table.num_rows, STATED, stated.get("rows", 0), str)
        self._stated(name, "payouts", {"amount": amount})
        ids = pc.replace_substring_regex(table["payout_id"], r"\A'('*[=+\-@\t\r\n])", r"\1")
        return pa.table({"id": ids, "cents": cents})

    def _ledger(self, name: str, table: pa.Table) -> pa.Table:
        """Balance, and payout entries against the records; answers payout ids with the net of their refund entry."""
        debit, credit = _cents(table, "debit", blank=True), _cents(table, "credit", blank=True)
        ids = table["entry_id"].combine_chunks().dictionary_encode()
        entry, texts = np.asarray(ids.indices, np.int64), ids.dictionary
        debits, credits = (sums_by(side, entry, len(texts)) for side in (debit, credit))
        off = np.flatnonzero(debits != credits)
        for at in off[:1].tolist():
            sides = f"debits {dollar_text(int(debits[at]))}, credits {dollar_text(int(credits[at]))}"
            self._say(name, f"entry {texts[at].as_py()} is not balanced, {sides}{_and_more(len(off))}")
        self._equal(name, "debits in all", total(debit), "credits in all", total(credit))
        self._stated(name, "ledger", {"debits": total(debit), "credits": total(credit)})
        posted = _true(pc.starts_with(texts, "PAYOUT:"))
        if self.posted:
            due = "due by the records of the nights"
            self._equal(name, "payout entries", int(posted.sum()), due, self.posted.count, str)
            self._equal(name, "payout entries in all", total(debits[posted]), due, self.posted.cents)
        # The credits of a refund entry are its deductions, which each cite a clause, and refunds payable.
        net = sums_by(np.where(_true(pc.equal(table["clause"], "")), credit, 0), entry, len(texts))
        booked = _true(pc.starts_with(texts, "REFUND:")) & (net > 0)
        return pa.table({"id": pc.utf8_slice_codeunits(texts, 7).filter(pa.array(booked)), "cents": net[booked]})

    def _are_the_payouts(self, payouts: pa.Table, entries: pa.Table, where: str) -> None:
        """Every payout stands there with the same amount, and the other way round; both are payout ids and cents."""
        one, other = payouts["id"].combine_chunks(), entries["id"].combine_chunks()
        at = pc.index_in(one, value_set=other)
        booked = entries["cents"].combine_chunks().take(at)
        unpaid = entries.filter(pc.invert(pc.is_in(other, value_set=one)))
        both = pa.concat_tables(
            [
                payouts.append_column("booked", booked),
                pa.table(
                    {"id": unpaid["id"], "cents": pa.nulls(unpaid.num_rows, pa.int64()), "booked": unpaid["cents"]}
                ),
            ]
        )
        off = both.filter(pc.fill_null(pc.not_equal(both["cents"], both["booked"]), True))
        off = off.take(pc.array_sort_indices(off["id"].combine_chunks()))
        for row in off.slice(0, 1).to_pylist():
            paid, booked = ("none" if c is None else dollar_text(c) for c in (row["cents"], row["booked"]))
            what = f"payout {row['id']} is {paid}, {where} {booked}"
            self._say(PAYOUTS_CSV, f"{what}{_and_more(off.num_rows)}")


def columns_of_report(path: Path, report: str) -> pa.Table:
    """The columns of a report that are needed, as text; the first one where none is. `path` is it or a part of it.

    Raises OSError, ArrowException, and KeyError for a column that is missing.
    """
    wanted = WANTED.get(report, ())
    with path.open(encoding="utf-8", errors="replace") as file:
        header = file.readline().rstrip("\n").split(",")
    for name in wanted:
        if name not in header:
            raise KeyError(f"there is no column {name}")
    names = list(wanted) or header[:1]
    return csv.read_csv(
        path,
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            include_columns=names, column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
        ),
    )


def _cents(table: pa.Table, column: str, blank: bool = False) -> Ints:
    """Amounts as cents, a blank as 0 where it may stand."""
    texts = table[column]
    bad = pc.invert(pc.match_substring_regex(texts, AMOUNT))
    if blank:
        bad = pc.and_(bad, pc.not_equal(texts, ""))
    for row in np.flatnonzero(_true(bad))[:1].tolist():
        raise _NotAnAmount(f'row {row + 1:,}, {column}: "{texts[row].as_py()[:40]}" is not an amount such as 12.34')
    digits = pc.replace_substring(texts, ".", "")
    return np.asarray(pc.if_else(pc.equal(digits, ""), "0", digits).cast(pa.int64()).to_numpy(), np.int64)


def _true(mask: Any) -> Bools:
    return np.asarray(mask.to_numpy() if isinstance(mask, pa.ChunkedArray) else mask.to_numpy(zero_copy_only=False))


def _and_more(count: int) -> str:
    return "" if count == 1 else f" (and {count - 1:,} more like it)"
