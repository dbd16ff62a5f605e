"""Sage Intacct: journal entries, CSV. The cells of a journal's header stand on its first row only."""

import pyarrow as pa

from refund_calc.books.accounts import Account, Settings
from refund_calc.books.entries import Entries
from refund_calc.books.format import (
    Columns,
    Format,
    account_names,
    as_csv,
    blank,
    credit,
    dates,
    debit,
    not_longer,
    on_first_lines,
)
from refund_calc.books.short_ids import short_ids
from refund_calc.columns.written import number_texts

DESCRIPTION = 30  # characters
JOURNAL = "JOURNAL"


def named(account: Account) -> str:
    return account.code


def columns(entries: Entries, settings: Settings) -> Columns:
    journal = pa.repeat(settings.columns.get(JOURNAL, CONSTANTS[JOURNAL]), len(entries))
    return {
        JOURNAL: on_first_lines(entries, journal),
        "DATE": on_first_lines(entries, dates(entries, "MM/DD/YYYY", settings)),
        "DESCRIPTION": on_first_lines(entries, short_ids(entries, DESCRIPTION)),
        "LINE_NO": number_texts(entries.line_number),
        "ACCT_NO": account_names(entries),
        "DEBIT": blank(debit(entries)),
        "CREDIT": blank(credit(entries)),
    }


HEADER = ("JOURNAL", "DATE", "DESCRIPTION", "LINE_NO", "ACCT_NO", "DEBIT", "CREDIT")
CONSTANTS = {JOURNAL: "GJ"}
FORMAT = Format(
    "intacct",
    "Sage Intacct: journal entries, CSV",
    named,
    not_longer(24),
    as_csv(HEADER, columns, CONSTANTS, ("DEBIT", "CREDIT")),
    header=HEADER,
    constants=CONSTANTS,
)
