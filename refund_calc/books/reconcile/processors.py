"""The processors' own reports: how each is known by its header, and what its columns say of a refund.

Nothing but the columns named here is ever read: names and addresses stay where they are.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from refund_calc.inputs.mapping.sheet import SheetKind

Aliases = tuple[str, ...]


@dataclass(frozen=True)
class Processor:
    """One report. Columns are named in lower case, with their aliases; one that a file lacks is blank there."""

    name: str
    needs: tuple[Aliases, ...]  # columns by which its header is known
    type: Aliases
    day: Aliases
    amounts: tuple[tuple[Aliases, Aliases], ...]  # amount and currency, first as settled, then as the customer sees it
    refund: re.Pattern[str]  # types (lower case) that are refunds
    returned: re.Pattern[str]  # types of money that came back: a refund that failed or was reversed
    taken: re.Pattern[str]  # types of money that a bank or the processor takes from a payment, or gives back
    references: tuple[Aliases, ...] = ()  # columns compared with our payment_reference, the surest first
    orders: Aliases = ()  # columns compared with our order_number
    payout_id: Aliases = ()  # our payout id, which our payment instructions gave it
    own: Aliases = ()  # what the refund is called there
    refers: Aliases = ()  # the refund that a return speaks of
    status: Aliases = ()
    same: Aliases = ()  # what does not change from one export of a row to the next
    fates: Mapping[str, re.Pattern[str]] = field(default_factory=dict)  # pending or never -> statuses (lower case)

    @property
    def wanted(self) -> frozenset[str]:
        """Every column that is read."""
        pairs = [alias for pair in self.amounts for aliases in pair for alias in aliases]
        many = [alias for aliases in (*self.needs, *self.references) for alias in aliases]
        single = (self.type, self.day, self.orders, self.payout_id, self.own, self.refers, self.status, self.same)
        return frozenset([*pairs, *many, *(alias for aliases in single for alias in aliases)])

    @property
    def sheet(self) -> SheetKind:
        """How a file of this kind is known and read."""
        return SheetKind(self.name, self.needs, self.wanted)


SHOPIFY = Processor(
    name="Shopify Payments transactions",
    needs=(("transaction date",), ("type",), ("order",), ("payout status",), ("amount",), ("net",), ("currency",)),
    type=("type",),
    day=("transaction date",),
    amounts=((("amount",), ("currency",)), (("presentment amount",), ("presentment currency",))),
    refund=re.compile(r"(payment[ _])?refund"),
    returned=re.compile(r"(payment[ _])?refund[ _](failure|reversal)"),
    taken=re.compile(r"(chargeback|dispute)s?([ _](?!.*fee).*)?"),
    references=(("checkout",),),
    orders=("order",),
    same=("transaction date", "type", "order", "amount", "fee", "currency", "checkout"),
)
STRIPE = Processor(
    name="Stripe itemized balance change",
    needs=(("balance_transaction_id",), ("reporting_category",), ("gross",), ("currency",), ("created", "created_utc")),
    type=("reporting_category",),
    day=("created", "created_utc"),
    amounts=((("gross",), ("currency",)), (("customer_facing_amount",), ("customer_facing_currency",))),
    refund=re.compile(r"refund"),
    returned=re.compile(r"refund_(failure|reversal)"),
    taken=re.compile(r"dispute(_reversal)?"),
    references=(("payment_intent_id",), ("charge_id",)),
    payout_id=("refund_metadata[refund_id]",),
    own=("source_id",),
    refers=("source_id",),
    same=("balance_transaction_id",),
)
PAYPAL = Processor(
    name="PayPal activity",
    needs=(
        ("date", "datum"),
        ("type", "description", "typ", "beschreibung"),
        ("currency", "währung"),
        ("gross", "brutto"),
        ("transaction id", "transaktionscode"),
        ("reference txn id", "zugehöriger transaktionscode"),
    ),
    type=("type", "description", "typ", "beschreibung"),
    day=("date", "datum"),
    amounts=((("gross", "brutto"), ("currency", "währung")),),
    refund=re.compile(r"(payment |partial )?refund|(teil|zahlungs)?(rückzahlung|rückerstattung)"),
    returned=re.compile(
        r".*refund (reversal|cancellation|failed)|(reversal|cancellation) of.* refund"
        r"|(storno|rückbuchung).*(rückzahlung|rückerstattung)"
    ),
    taken=re.compile(
        r"payment reversal|chargeback( reversal)?|(reversal|cancellation) of chargeback"
        r"|(zahlungs|kreditkarten-?)?rückbuchung|zahlungsstornierung|storn.* der rückbuchung"
    ),
    references=(
        ("reference txn id", "zugehöriger transaktionscode"),
        ("invoice id", "invoice number", "rechnungsnummer"),
    ),
    orders=("invoice id", "invoice number", "rechnungsnummer"),
    own=("transaction id", "transaktionscode"),
    refers=("reference txn id", "zugehöriger transaktionscode"),
    status=("status",),
    same=("transaction id", "transaktionscode"),
    fates={
        "pending": re.compile(r"pending|in progress|processing|on hold|ausstehend|offen|in bearbeitung"),
        "never": re.compile(
            r"denied|failed|cancell?ed|reversed|expired|abgelehnt|fehlgeschlagen|storniert|zurückgebucht"
        ),
    },
)
PROCESSORS = {processor.name: processor for processor in (STRIPE, SHOPIFY, PAYPAL)}

# Reports of the same processors that cannot be compared: name -> columns, why not, and what to give instead.
_NO_REFUND = "which do not show each refund"
NOT_THESE = {
    "Shopify payouts": (("payout date", "charges", "refunds", "total"), _NO_REFUND, "Payments > Transactions"),
    "Stripe itemized payouts": (
        ("payout_id", "effective_at", "payout_status"),
        _NO_REFUND,
        "Balance change, itemized",
    ),
    "Shopify order transactions": (
        ("order", "kind", "gateway", "status"),
        "which show what was asked of each gateway, not what it paid",
        "Payments > Transactions, or the report of the other gateway,",
    ),
}
