"""The formats of `refund-calc export` for journals, by name: one module per target."""

from refund_calc.books.format import Format
from refund_calc.books.formats import beancount, hledger, intacct, netsuite, quickbooks, xero

FORMATS: dict[str, Format] = {
    module.FORMAT.name: module.FORMAT for module in (beancount, hledger, quickbooks, xero, netsuite, intacct)
}
