"""The night before, Thursday 2026-11-19: what it must come to, worked out by hand."""

from tests.sample.cells import Key, Row, decided, hold, refund, reject

# fmt: off
EXPECTED: dict[Key, Row | list[Row]] = {
    # One lens of one: 129.00 + tax 10.64 = 139.64; less 8.40 return shipping = 131.24
    ("RMA-3001", "#1042", "1"): refund(
        "1", "2026-11-27", merchandise="129.00", tax="10.64", return_shipping="8.40", net_refund="131.24",
    ),
    # 1 of 2: 238.00 / 2 = 119.00, tax 19.64 / 2 = 9.82, gross 128.82. Box missing: 15 % of 119.00 = 17.85.
    # 128.82 - 8.40 - 17.85 = 102.57
    ("RMA-3002", "#1043", "1"): refund(
        "1", "2026-11-30", merchandise="119.00", tax="9.82", return_shipping="8.40",
        restocking_fee="17.85", net_refund="102.57",
    ),
    # The wrong item is no manufacturing defect, so the label is charged: 89.00 + 6.45 - 8.40 = 87.05
    ("RMA-3004", "#1044", "1"): refund(
        "1", "2026-12-01", merchandise="89.00", tax="6.45", return_shipping="8.40", net_refund="87.05",
    ),
    # 3 x 149.00 - 44.70 = 402.30, one of three came: 134.10; tax 33.19 / 3 = 11.063 -> 11.06; gross 145.16.
    # Packaging damaged: 15 % of 134.10 = 20.115 -> 20.12. Damage as assessed 15.00 (not 10 % for a scratch).
    # 145.16 - 18.50 - 20.12 - 15.00 = 91.54. Three announced, one received: short.
    ("RMA-3005", "#1045", "1"): refund(
        "1", "2026-11-30", codes="short-receipt", merchandise="134.10", tax="11.06",
        return_shipping="18.50", restocking_fee="20.12", damage="15.00", net_refund="91.54",
    ),
    # 3 x 4.00 - 2.00 = 10.00 for three rings; the first: 3.33, tax 0.85 / 3 = 0.283 -> 0.28.
    # 3.61 - 1.20 = 2.41. The export does not name the payment yet
    ("RMA-3006", "#1046", "1"): refund(
        "1", "2026-11-25", codes="payment-reference-missing", merchandise="3.33", tax="0.28",
        return_shipping="1.20", net_refund="2.41",
    ),
    # Delivered 10-12; 11-11 is day 30, requested 11-12 is day 31
    ("RMA-3009", "#1047", "1"): reject("window-expired", "1"),
    # 14.60 over 129.00 (refunded) and 149.00 (held, keeps its share), 278.00 in all:
    # 1460 x 129 / 278 = 677.48 and 1460 x 149 / 278 = 782.52; the cent left goes to line 2: 6.77 and 7.83.
    # 129.00 + 10.64 - 6.77 = 132.87
    ("RMA-3010", "#1048", "1"): refund(
        "1", "2026-12-01", merchandise="129.00", tax="10.64", return_shipping="6.77", net_refund="132.87",
    ),
    # Received, and nobody has said whether the original box was there
    ("RMA-3010", "#1048", "2"): hold("inspection-missing", "1"),
    # 1 of 2: 2,798.00 / 2 = 1,399.00, no tax; 1,399.00 - 22.00 = 1,377.00, below the approval limit
    ("RMA-3011", "#1049", "1"): refund(
        "1", "2026-12-01", merchandise="1399.00", return_shipping="22.00", net_refund="1377.00",
    ),
    # The request has no photos
    ("RMA-3013", "#1050", "1"): hold("evidence-missing", "1"),
    # Nobody has confirmed the reason. In the export of the main night there is no such row
    ("RMA-3099", "#1199", "1"): hold("reason-unconfirmed", "1"),
    # The opening file says that its one unit was refunded before this night, for 149.00 + 12.30 = 161.30
    # (the first of two: tax 24.59 / 2 = 12.295 -> 12.30; a manufacturing defect travels free)
    ("RMA-2950", "#1103", "1"): decided("1"),
}
# fmt: on

PAYOUTS: dict[str, str] = {
    "RMA-3001": "131.24",
    "RMA-3002": "102.57",
    "RMA-3004": "87.05",
    "RMA-3005": "91.54",
    "RMA-3006": "2.41",
    "RMA-3010": "132.87",
    "RMA-3011": "1377.00",
}
