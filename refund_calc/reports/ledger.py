"""ledger.csv: the journal lines of a night, one side filled per line (rulebook 7)."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Bools, Ints
from refund_calc.columns.dictionary import DictionaryColumn
from refund_calc.reports import named
from refund_calc.reports.contracts import LEDGER
from refund_calc.reports.journal import Journal, JournalEntries
from refund_calc.reports.named import NamedColumns, Report

ENTRIES = 1 << 14  # journal entries written at a time, some five lines each


def ledger(journal: Journal) -> Report:
    """The journal lines, sorted by entry_id and within an entry as its kind lists them."""
    return lines_of(*journal.kinds)


def lines_of(*kinds: JournalEntries) -> Report:
    """The journal lines of entries of some kinds, one kind after the other."""

    def blocks() -> Iterator[NamedColumns]:
        for entries in kinds:
            for start, stop in named.blocks(len(entries), ENTRIES):
                yield journal_lines(entries, start, stop)

    return Report("ledger", LEDGER, sum(entries.journal_lines for entries in kinds), blocks)


def journal_lines(entries: JournalEntries, start: int, stop: int) -> NamedColumns:
    """The journal lines of the entries from start to stop.

    What the lines of an entry share is a dictionary column with a value per entry, so that it is written once.
    """
    part = slice(start, stop)
    entry, line, entry_line, amount = entries.posted(part)
    terms, of_entry = entries.terms, entries.terms_of[part][entry]
    account_of = of_entry * len(entries.lines) + line
    accounts = [night.accounts[kind.account] for night in terms for kind in entries.lines]
    is_debit = np.array([kind.is_debit for kind in entries.lines])[line]
    rma = entries.rma_number[part]
    columns = {
        "entry_id": DictionaryColumn(entry, entries.entry_id[part]),
        "entry_line": entry_line,
        "posting_date": DictionaryColumn(of_entry, pa.array([night.posting_date for night in terms], pa.int64())),
        "account": DictionaryColumn(account_of, pa.array([account["code"] for account in accounts], pa.string())),
        "account_name": DictionaryColumn(account_of, pa.array([account["name"] for account in accounts], pa.string())),
        "debit": pa.array(amount, mask=~is_debit),
        "credit": pa.array(amount, mask=is_debit),
        "currency": DictionaryColumn(of_entry, pa.array([night.currency for night in terms], pa.string())),
        "rma_number": DictionaryColumn(entry, rma),
        "order_number": DictionaryColumn(entry, entries.order_number[part]),
        "clause": _clauses(entries, line, entries.has_refused[part][entry]),
        "memo": DictionaryColumn(entry, pc.binary_join_element_wise(entries.memo, rma, "")),
        "policy_version": DictionaryColumn(entry, entries.policy_version[part]),
    }
    return NamedColumns(LEDGER, columns, len(entry))


def _clauses(entries: JournalEntries, line: Ints, has_refused: Bools) -> DictionaryColumn:
    """The policy clause behind each journal line."""
    usual = [kind.clause for kind in entries.lines]
    refused = [kind.clause_if_refused or kind.clause for kind in entries.lines]
    return DictionaryColumn(line + len(usual) * has_refused, pa.array([*usual, *refused], pa.string()))
