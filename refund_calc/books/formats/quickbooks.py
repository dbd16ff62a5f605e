"""QuickBooks Online: the CSV of Import data > Journal entries, which takes account names and not their numbers."""

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
    joined,
)
from refund_calc.books.short_ids import short_ids

NUMBER, NAME = 21, 100  # characters


def named(account: Account) -> str:
    return account.name


def fault(name: str) -> str | None:
    if name.isdigit():
        return "QuickBooks takes the name of an account, Parent:Sub for one below another, and not its number"
    if len(name) > NAME:
        return f"it has {len(name)} characters; QuickBooks takes at most {NAME}"
    if '"' in name:
        return "QuickBooks takes no quotation mark in the name of an account"
    return "no space may stand beside the colon; write Parent:Sub" if " :" in name or ": " in name else None


def columns(entries: Entries, settings: Settings) -> Columns:
    return {
        "Journal No.": short_ids(entries, NUMBER),
        "Journal Date": dates(entries, "MM/DD/YYYY", settings),
        "Account Name": account_names(entries),
        "Description": joined(entries.memo, ", ", entries.entry_id),
        "Debits": blank(debit(entries)),
        "Credits": blank(credit(entries)),
    }


HEADER = ("Journal No.", "Journal Date", "Account Name", "Description", "Debits", "Credits")
FORMAT = Format(
    "quickbooks",
    "QuickBooks Online: journal entries, CSV",
    named,
    fault,
    as_csv(HEADER, columns, {}, ("Debits", "Credits")),
    header=HEADER,
)
