"""The views of the warehouse: what is asked every morning, in SQL that every target speaks."""

from dataclasses import dataclass

from refund_calc.books.warehouse.tables import NIGHT, OF_NIGHTS, Column

_DECLARED = {column.name: column for table in OF_NIGHTS for column in table.columns}


@dataclass(frozen=True)
class View:
    """A view: its columns in the order of its query, in which `{schema}` stands for the schema."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    query: str


def _columns(*wanted: str | Column) -> tuple[Column, ...]:
    return tuple(_DECLARED[one] if isinstance(one, str) else one for one in wanted)


_OPEN = (
    *("rma_number", "order_number", "order_line", "code", "clause", "field", "value", "message", "next_step"),
    *("claim_amount", "due_date", "business_days_left", "first_seen", "age_days"),
)
_PAID = ("as_of", "payout_id", "rma_number", "order_number", "amount", "currency", "due_date", "payout_date")

VIEWS = (
    View(
        "open_exceptions",
        "what is held since the last night that is loaded, one row per finding",
        _columns(NIGHT, *_OPEN),
        f"SELECT as_of, {', '.join(_OPEN)} FROM {{schema}}.exceptions "
        "WHERE severity = 'hold' AND as_of = (SELECT max(as_of) FROM {schema}.runs)",
    ),
    View(
        "refunds_by_month_and_reason",
        "what was refunded, by the month of the night, type and reason",
        _columns(
            Column("month", "date", "first day of the month of the night"),
            "return_type",
            "reason",
            Column("lines", "count", "return lines that were refunded; a supplementary refund counts again"),
            Column("units", "count", "units that were refunded"),
            Column("gross_refund", "total", "gross refunds in all"),
            Column("total_deductions", "total", "deductions in all"),
            Column("net_refund", "total", "net refunds in all"),
        ),
        "SELECT CAST(date_trunc('month', as_of) AS date) AS month, return_type, reason, count(*) AS lines, "
        "sum(quantity) AS units, sum(gross_refund) AS gross_refund, sum(total_deductions) AS total_deductions, "
        "sum(net_refund) AS net_refund FROM {schema}.refunds WHERE decision = 'refund' "
        "GROUP BY CAST(date_trunc('month', as_of) AS date), return_type, reason",
    ),
    View(
        "promise_kept",
        "every payout against the promise (RP-10)",
        _columns(
            *_PAID,
            Column("days_late", "count", "calendar days from the promise to the day the money leaves, 0 if in time"),
            Column("is_kept", "flag", "whether the money leaves by the day that was promised"),
        ),
        f"SELECT {', '.join(_PAID)}, greatest(payout_date - due_date, 0) AS days_late, "
        "coalesce(payout_date <= due_date, true) AS is_kept FROM {schema}.payouts",
    ),
)
