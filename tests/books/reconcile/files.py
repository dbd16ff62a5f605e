"""Made-up reports in exactly the forms in which processors write them."""

from pathlib import Path

SHOPIFY_16 = (
    "Transaction Date,Type,Order,Card Brand,Card Source,Payout Status,Payout Date,Available On,Amount,Fee,Net,Checkout,"
    "Payment Method Name,Presentment Amount,Presentment Currency,Currency"
)
SHOPIFY_17 = SHOPIFY_16.replace("Payout Date,", "Payout Date,Payout ID,")
SHOPIFY_18 = SHOPIFY_17 + ",VAT"
STRIPE = (
    "balance_transaction_id,created_utc,created,available_on_utc,available_on,currency,gross,fee,net,reporting_category,"
    "source_id,description,customer_facing_amount,customer_facing_currency,trace_id,trace_id_status,"
    "automatic_payout_id,customer_email,customer_name,charge_id,payment_intent_id,payment_metadata[order],"
    "refund_metadata[refund_id]"
)
PAYPAL = (
    "Date,Time,TimeZone,Name,Type,Status,Currency,Gross,Fee,Net,From Email Address,To Email Address,Transaction ID,"
    "Item Title,Item ID,Reference Txn ID,Receipt ID,Balance,Note"
)
PAYPAL_STATEMENT = (
    "Date,Time,Time Zone,Description,Currency,Gross,Fee,Net,Balance,Transaction ID,From Email Address,Name,Bank Name,"
    "Bank Account,Shipping and Handling Amount,Sales Tax,Invoice ID,Reference Txn ID"
)
PAYPAL_GERMAN = (
    "Datum,Uhrzeit,Zeitzone,Name,Typ,Status,Währung,Brutto,Entgelt,Netto,Absender E-Mail-Adresse,Transaktionscode,"
    "Zugehöriger Transaktionscode,Rechnungsnummer"
)
CUSTOMER = "Erika Beispiel"  # must never be seen again


def shopify(path: Path, *rows: dict[str, str], header: str = SHOPIFY_16) -> Path:
    """`when`, `type`, `order` and `amount` of each row; other columns by their names."""
    names = header.split(",")
    lines = [header]
    for row in rows:
        amount = row.get("amount", "-96.50")
        cells = dict.fromkeys(names, "") | {
            "Transaction Date": row.get("when", "2026-03-23 10:00:00 -0700"),
            "Type": row.get("type", "refund"),
            "Order": row.get("order", ""),
            "Card Brand": "visa",
            "Payout Status": "paid",
            "Amount": amount,
            "Fee": "0.00",
            "Net": amount,
            "Presentment Amount": amount.removeprefix("-"),
            "Presentment Currency": "USD",
            "Currency": "USD",
        }
        lines.append(",".join((cells | {name: row[name] for name in names if name in row}).values()))
    return _written(path, lines)


def stripe(path: Path, *rows: dict[str, str]) -> Path:
    """Every cell quoted, as Stripe does; `id`, `when`, `category` and `gross` of each row, other columns by name."""
    names = STRIPE.split(",")
    lines = [_quoted(names)]
    for at, row in enumerate(rows):
        cells = dict.fromkeys(names, "") | {
            "balance_transaction_id": row.get("id", f"txn_{at}"),
            "created_utc": row.get("when", "2026-03-23 17:00:00"),
            "created": row.get("when", "2026-03-23 10:00:00"),
            "currency": "usd",
            "gross": row.get("gross", "-96.50"),
            "reporting_category": row.get("category", "refund"),
            "source_id": f"re_{at}",
            "customer_name": CUSTOMER,
        }
        lines.append(_quoted((cells | {name: row[name] for name in names if name in row}).values()))
    return _written(path, lines)


def paypal(path: Path, *rows: dict[str, str], header: str = PAYPAL) -> Path:
    """With BOM and quotes; every column by its name."""
    names = header.split(",")
    lines = [_quoted(names)]
    for at, row in enumerate(rows):
        code = "Transaktionscode" if "Datum" in names else "Transaction ID"
        cells = dict.fromkeys(names, "") | {code: f"TX{at}", "Name": CUSTOMER}
        lines.append(_quoted((cells | row).values()))
    return _written(path, ["\ufeff" + lines[0], *lines[1:]])


def _quoted(cells) -> str:
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)


def _written(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
