"""NetSuite: journal entries for the Import Assistant; the external id stands on every row and joins an entry."""

from refund_calc.books.accounts import Account, Settings
from refund_calc.books.entries import Entries
from refund_calc.books.format import (
    Columns,
    Format,
    account_names,
    as_csv,
    blank,
    check_amounts,
    credit,
    dates,
    debit,
    not_longer,
)

DIGITS = 10  # before the decimal point


def named(account: Account) -> str:
    """Number and name, as NetSuite shows an account where account numbers are on."""
    return f"{account.code} {account.name}"


def columns(entries: Entries, settings: Settings) -> Columns:
    check_amounts(entries, DIGITS, "NetSuite")
    return {
        "External ID": entries.entry_id,
        "Date": dates(entries, "MM/DD/YYYY", settings),
        "Currency": entries.currency,
        "Memo": entries.memo,
        "Account": account_names(entries),
        "Debit": blank(debit(entries)),
        "Credit": blank(credit(entries)),
    }


HEADER = ("External ID", "Date", "Currency", "Memo", "Account", "Debit", "Credit")
FORMAT = Format(
    "netsuite",
    "NetSuite: journal entries, CSV, at most 25,000 rows a file",
    named,
    not_longer(250),
    as_csv(HEADER, columns, {}, ("Debit", "Credit")),
    most_lines=25_000,
    header=HEADER,
)
