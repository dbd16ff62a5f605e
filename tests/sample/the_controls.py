"""The main night, Friday 2026-11-20: what the controls say: data, units, approval (rulebook 4, stages A, B, D, E)."""

from tests.sample.cells import Key, Row, duplicate, hold, refund

# fmt: off
EXPECTED: dict[Key, Row | list[Row]] = {
    # --- Approval ---
    # 2,780.00 - 32.00 = 2,748.00, above 2,500.00 and approved up to 2,748.00
    ("RMA-3046", "#1083", "1"): refund(
        "1", "2026-11-27", merchandise="2780.00", return_shipping="32.00", net_refund="2748.00",
        resolved_by="controller", answers="allow approval-required",
    ),
    # 2,780.00 - 248.00 = 2,532.00; - 32.00 = 2,500.00, which does not exceed the limit
    ("RMA-3047", "#1084", "1"): refund(
        "1", "2026-11-30", merchandise="2532.00", return_shipping="32.00", net_refund="2500.00",
    ),
    # --- Units: one lens bought, two RMAs with one lens each ---
    ("RMA-3048", "#1085", "1"): hold("units-exceed-purchase", "1"),
    ("RMA-3049", "#1085", "1"): hold("units-exceed-purchase", "1"),
    # --- Money that went, or goes, another way ---
    # The shop shows the whole 96.34 as refunded, this job refunded nothing on the order
    ("RMA-3065", "#1101", "1"): hold("refunded-elsewhere", "1"),
    # The shop shows 15.00, and a person looked at them and allowed it: 89.00 + 7.34 - 8.40 = 87.94
    ("RMA-3067", "#1104", "1"): refund(
        "1", "2026-12-02", merchandise="89.00", tax="7.34", return_shipping="8.40", net_refund="87.94",
        resolved_by="returns.desk", answers="allow refunded-elsewhere",
    ),
    # Paid with a gift card, without a reference: 119.00 + 9.82 - 8.40 = 120.42 leave all the same
    ("RMA-3064", "#1100", "1"): refund(
        "1", "2026-12-02", codes="payment-reference-missing", merchandise="119.00", tax="9.82",
        return_shipping="8.40", net_refund="120.42",
    ),
    # --- Rows ---
    # The same content twice: one is paid, 149.00 + 12.29 - 8.40 = 152.89
    ("RMA-3050", "#1086", "1"): [
        duplicate("1"),
        refund(
            "1", "2026-12-01", merchandise="149.00", tax="12.29", return_shipping="8.40",
            net_refund="152.89",
        ),
    ],
    # One received, one received, two received: nobody knows, all three wait
    ("RMA-3051", "#1087", "1"): [
        hold("conflicting-rows", "1"),
        hold("conflicting-rows", "1"),
        hold("conflicting-rows", "2"),
    ],
    # A good row, and one with a thirteenth month
    ("RMA-3052", "#1088", "1"): [
        hold("conflicting-rows", "1"),
        hold("invalid-value", "1"),
    ],
    # One RMA, two orders
    ("RMA-3053", "#1089", "1"): hold("conflicting-rma", "1"),
    ("RMA-3053", "#1090", "1"): hold("conflicting-rma", "1"),
    # quantity_received "3.5" and evidence_complete "maybe": two findings of one code
    ("RMA-3054", "#1091", "1"): hold("invalid-value", ""),
    # --- Orders ---
    # Two rows of the line, 149.00 and 139.00
    ("RMA-3056", "#1093", "1"): hold("ambiguous-order", "1"),
    # The pouch on line 2 has the quantity "two"
    ("RMA-3057", "#1094", "1"): hold("invalid-order", "1"),
    ("RMA-3058", "#1095", "1"): hold("currency-unsupported", "1"),
    # Ordered 2024-01-01 05:00 UTC = 2023-12-31 in Los Angeles, a day before the first policy version
    ("RMA-3059", "007", "1"): hold("no-policy-in-force", "1"),
    # The order's line is "01"; "1" is other text
    ("RMA-3060", "114-2093318-7750412", "1"): hold("order-not-found", "1"),
}
