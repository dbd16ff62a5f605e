"""Xero: the CSV of Manual journals > Import. The same narration and date is one journal: the entry id parts them."""

from refund_calc.books.accounts import Account, Settings
from refund_calc.books.entries import Entries
from refund_calc.books.format import Columns, Format, account_names, as_csv, dates, joined, not_longer
from refund_calc.policy.money import dollars


def named(account: Account) -> str:
    return account.code


def columns(entries: Entries, settings: Settings) -> Columns:
    return {
        "*Narration": joined(entries.memo, ", ", entries.entry_id),
        "*Date": dates(entries, "DD/MM/YYYY", settings),
        "Description": entries.memo,
        "*AccountCode": account_names(entries),
        "*Amount": dollars(entries.cents),
    }


HEADER = ("*Narration", "*Date", "Description", "*AccountCode", "*TaxRate", "*Amount")
CONSTANTS = {"*TaxRate": "Tax Exempt"}
FORMAT = Format(
    "xero",
    "Xero: manual journals, CSV, at most 300 lines a file",
    named,
    not_longer(10),
    as_csv(HEADER, columns, CONSTANTS, ("*Amount",)),
    most_lines=300,
    header=HEADER,
    constants=CONSTANTS,
)
