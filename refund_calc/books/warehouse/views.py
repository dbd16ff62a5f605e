"""The views of the warehouse: what is asked every morning, in SQL that every target speaks."""

from dataclasses import dataclass

from refund_calc.books.warehouse.tables import OF_NIGHTS, PLACE
from refund_calc.reports.contracts import EXCEPTIONS, PAYOUTS, REFUNDS


@dataclass(frozen=True)
class View:
    """A view: the meaning of each column, in the order of its query, in which `{schema}` stands for the schema."""

    name: str
    meaning: str
    columns: dict[str, str]
    query: str


_TABLES = {table.name: [c.name for c in table.columns] for table in OF_NIGHTS}
_OPEN = [name for name in _TABLES["exceptions"] if name not in (PLACE.name, "severity", "source_file", "source_line")]
_PAID = ("as_of", "payout_id", "rma_number", "order_number", "amount", "currency", "due_date", "payout_date")

VIEWS = (
    View(
        "open_exceptions",
        "a finding that holds a line on the last night that is loaded",
        {name: (REFUNDS | EXCEPTIONS)[name] for name in _OPEN},
        f"SELECT {', '.join(_OPEN)} FROM {{schema}}.exceptions "
        "WHERE severity = 'hold' AND as_of = (SELECT max(as_of) FROM {schema}.runs)",
    ),
    View(
        "refunds_by_month_and_reason",
        "what was refunded in a month, of one type and for one reason",
        {
            "month": "first day of the month of the night",
            "return_type": REFUNDS["return_type"],
            "reason": REFUNDS["reason"],
            "lines": "return lines that were refunded; a supplementary refund counts again",
            "units": "units that were refunded",
            "gross_refund": "in all",
            "total_deductions": "in all",
            "net_refund": "in all",
        },
        "SELECT CAST(date_trunc('month', as_of) AS date) AS month, return_type, reason, count(*) AS lines, "
        "sum(quantity) AS units, sum(gross_refund) AS gross_refund, sum(total_deductions) AS total_deductions, "
        "sum(net_refund) AS net_refund FROM {schema}.refunds WHERE decision = 'refund' "
        "GROUP BY CAST(date_trunc('month', as_of) AS date), return_type, reason",
    ),
    View(
        "promise_kept",
        "a payout against the promise (RP-10)",
        {
            **{name: (REFUNDS | PAYOUTS)[name] for name in _PAID},
            "days_late": "calendar days from the promise to the day the money leaves; 0: in time",
            "is_kept": "whether the money leaves by the day that was promised",
        },
        f"SELECT {', '.join(_PAID)}, greatest(payout_date - due_date, 0) AS days_late, "
        "coalesce(payout_date <= due_date, true) AS is_kept FROM {schema}.payouts",
    ),
)
