"""Payment instructions of `refund-calc export`, by name: one module per processor. Files only: nothing is sent."""

from refund_calc.books.payments import shopify, stripe
from refund_calc.books.payments.instructions import Instructions

INSTRUCTIONS: dict[str, Instructions] = {
    one.name: one for one in (stripe.CSV_FILE, stripe.JSON_LINES, shopify.JSON_LINES)
}
