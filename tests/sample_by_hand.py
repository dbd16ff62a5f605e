"""What the two nights of data/sample/ must come to, worked out by hand from the rulebook.

Keys are (rma_number, order_number, order_line) as they stand in the register, so `=RMA-3020` carries one
leading apostrophe. A key that stands on several rows has a list, in the register's order. Cells are text,
as in refunds.csv; a cell that is not named here is not claimed. Amounts in the comments are dollars.

Night before: Thursday 2026-11-19. Main night: Friday 2026-11-20. Thanksgiving is Thursday 2026-11-26,
a holiday of the federal offices and of the Reserve Banks; Veterans Day is Wednesday 2026-11-11.

Ten business days after the day of receipt (or, for a cancellation, of the request):

    11-05 Thu -> 11-20 Fri   6 9 10 12 13 16 17 18 19 20        (no 11-11)
    11-06 Fri -> 11-23 Mon   9 10 12 13 16 17 18 19 20 23       (no 11-11)
    11-09 Mon -> 11-24 Tue   10 12 13 16 17 18 19 20 23 24      (no 11-11)
    11-10 Tue -> 11-25 Wed   12 13 16 17 18 19 20 23 24 25      (no 11-11)
    11-12 Thu -> 11-27 Fri   13 16 17 18 19 20 23 24 25 27      (no 11-26)
    11-13 Fri -> 11-30 Mon   16 17 18 19 20 23 24 25 27 30      (no 11-26)
    11-16 Mon -> 12-01 Tue   17 18 19 20 23 24 25 27 30 1       (no 11-26)
    11-17 Tue -> 12-02 Wed   18 19 20 23 24 25 27 30 1 2        (no 11-26)
    11-18 Wed -> 12-03 Thu   19 20 23 24 25 27 30 1 2 3         (no 11-26)
    11-20 Fri -> 12-07 Mon   23 24 25 27 30 1 2 3 4 7           (no 11-26)
"""

Key = tuple[str, str, str]
Row = dict[str, str]

NOTHING: Row = dict.fromkeys(
    ("merchandise", "tax", "shipping_refund", "return_shipping", "outbound_shipping", "restocking_fee", "damage",
     "cancellation_loss"),
    "0.00",
)  # fmt: skip


def refund(quantity: str, due_date: str, codes: str = "", **cells: str) -> Row:
    """The cells of a refunded line; an amount that is not named is 0.00."""
    return {"decision": "refund", "codes": codes, "quantity": quantity, "due_date": due_date} | NOTHING | cells


def hold(codes: str, quantity: str, **cells: str) -> Row:
    """The cells of a line that waits."""
    return {"decision": "hold", "codes": codes, "quantity": quantity} | cells


def reject(codes: str, quantity: str, **cells: str) -> Row:
    """The cells of a line that gets no refund."""
    return {"decision": "reject", "codes": codes, "quantity": quantity} | cells


def by(person: str, answers: str) -> Row:
    return {"resolved_by": person, "answers": answers}


def decided(quantity: str) -> Row:
    """The cells of a line that an earlier night decided."""
    return {"decision": "already-decided", "codes": "", "quantity": quantity}


def duplicate(quantity: str) -> Row:
    """The cells of a row that says again what another row says."""
    return {"decision": "duplicate", "codes": "", "quantity": quantity}


# One bank day after Thursday 11-19 is Friday 11-20. Bank days from there: 11-23, 24, 25, 27, 30, 12-01 and,
# the seventh, 12-02; then 12-03, 12-04 and, the tenth, 12-07.
PAYOUT_DATES_NIGHT_BEFORE: Row = {
    "payout_date": "2026-11-20",
    "credit_from": "2026-12-02",
    "credit_to": "2026-12-07",
}

# One bank day after Friday 11-20 is Monday 11-23. Bank days from there: 11-24, 25, 27, 30, 12-01, 12-02 and,
# the seventh, 12-03; then 12-04, 12-07 and, the tenth, 12-08.
PAYOUT_DATES_MAIN: Row = {
    "payout_date": "2026-11-23",
    "credit_from": "2026-12-03",
    "credit_to": "2026-12-08",
}

# fmt: off
EXPECTED_NIGHT_BEFORE: dict[Key, Row | list[Row]] = {
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
    # 3.61 - 1.20 = 2.41
    ("RMA-3006", "#1046", "1"): refund(
        "1", "2026-11-25", merchandise="3.33", tax="0.28", return_shipping="1.20", net_refund="2.41",
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
}

PAYOUTS_NIGHT_BEFORE: dict[str, str] = {
    "RMA-3001": "131.24",
    "RMA-3002": "102.57",
    "RMA-3004": "87.05",
    "RMA-3005": "91.54",
    "RMA-3006": "2.41",
    "RMA-3010": "132.87",
    "RMA-3011": "1377.00",
}

EXPECTED_MAIN: dict[Key, Row | list[Row]] = {
    # --- What the night before left behind ---
    # Paid yesterday, a scratch was entered today: changed-after-refund, and a person lets it rest.
    # The resolution rejects that finding; the money of yesterday stays paid.
    ("RMA-3001", "#1042", "1"): reject("rejected-by-review", "1", **by("returns.desk", "reject changed-after-refund")),
    # Its order line's price went from 119.00 to 109.00 after the refund; one unit claimed, one unit paid
    ("RMA-3002", "#1043", "1"): hold("changed-after-refund", "1"),
    # A first claim on the same order line: history paid 119.00 for one of two, half of today's 218.00 is
    # 109.00 (and the tax of 9.82 is not 17.99 / 2 = 8.995 -> 9.00)
    ("RMA-3003", "#1043", "1"): hold("order-changed-after-refund", "1"),
    # Paid yesterday without a dispute, disputed today; nothing else differs
    ("RMA-3004", "#1044", "1"): hold("disputed-after-refund", "1"),
    # Second parcel: 3 received - 1 paid = 2. Merchandise 402.30 - 134.10 = 268.20; tax 33.19 - 11.06 = 22.13;
    # gross 290.33. Return shipping 31.00 - 18.50 already charged = 12.50. Restocking 15 % of 268.20 = 40.23.
    # Damage 40.00 for the line - 15.00 already charged = 25.00. 290.33 - 77.73 = 212.60. All three are here.
    ("RMA-3005", "#1045", "1"): refund(
        "2", "2026-12-03", merchandise="268.20", tax="22.13", return_shipping="12.50",
        restocking_fee="40.23", damage="25.00", net_refund="212.60",
    ),
    # Paid yesterday; the row says the same in other words (1.2 is 1.20, NONE is none), and its new tracking
    # number decides nothing
    ("RMA-3006", "#1046", "1"): decided("1"),
    # The last ring (received 11-18, after RMA-3008): 10.00 - 6.67 = 3.33; tax 0.85 - 0.57 = 0.28.
    # 3.61 - 1.20 = 2.41
    ("RMA-3007", "#1046", "1"): refund(
        "1", "2026-12-03", merchandise="3.33", tax="0.28", return_shipping="1.20", net_refund="2.41",
    ),
    # The middle ring (received 11-17): 2/3 of 10.00 = 6.67, - 3.33 = 3.34; 2/3 of 0.85 = 0.57, - 0.28 = 0.29.
    # 3.63 - 1.20 = 2.43
    ("RMA-3008", "#1046", "1"): refund(
        "1", "2026-12-02", merchandise="3.34", tax="0.29", return_shipping="1.20", net_refund="2.43",
    ),
    # Rejected yesterday and the same today (ordered_date now comes as a timestamp of the same day)
    ("RMA-3009", "#1047", "1"): decided("1"),
    ("RMA-3010", "#1048", "1"): decided("1"),
    # Inspected at last: 149.00 + 12.29 = 161.29. Return shipping 14.60 - 6.77 allocated yesterday = 7.83.
    # An item missing: 15 % of 149.00 = 22.35. 161.29 - 7.83 - 22.35 = 131.11
    ("RMA-3010", "#1048", "2"): refund(
        "1", "2026-12-01", merchandise="149.00", tax="12.29", return_shipping="7.83",
        restocking_fee="22.35", net_refund="131.11",
    ),
    ("RMA-3011", "#1049", "1"): decided("1"),
    # 1,399.00 - 22.00 = 1,377.00 tonight + 1,377.00 yesterday = 2,754.00 on the order, above 2,500.00.
    # The approval in resolutions.csv has no amount, so it is none.
    ("RMA-3012", "#1049", "1"): hold("approval-required", "1"),
    # Still no photos, and a person closes it
    ("RMA-3013", "#1050", "1"): reject("rejected-by-review", "1", **by("returns.desk", "reject evidence-missing")),
    # --- The window: day 30, day 31, goodwill ---
    # Delivered 10-21 03:15 UTC = 10-20 in Los Angeles; requested 11-20 05:10 UTC = 11-19 there: day 30.
    # 119.00 + 9.82 - 8.40 = 120.42
    ("RMA-3014", "#1051", "1"): refund(
        "1", "2026-12-07", merchandise="119.00", tax="9.82", return_shipping="8.40", net_refund="120.42",
    ),
    # Delivered 10-20, requested 11-20: day 31. A reject, so what else it waits for is not reported.
    ("RMA-3015", "#1052", "1"): reject("window-expired", ""),
    # Delivered 10-09, requested 11-11: day 33, allowed by a person. 549.00 + 45.29 - 12.60 = 581.69
    ("RMA-3016", "#1053", "1"): refund(
        "1", "2026-12-02", merchandise="549.00", tax="45.29", return_shipping="12.60", net_refund="581.69",
        resolved_by="service.lead", answers="allow window-expired",
    ),
    # --- Return shipping: waived, shared, kept ---
    # A manufacturing defect travels free: 899.00 + 74.17 = 973.17
    ("RMA-3017", "#1054", "1"): refund(
        "1", "2026-11-24", merchandise="899.00", tax="74.17", net_refund="973.17",
    ),
    # 19.90 over three lines. Line 1, one of two: (2 x 129.00 - 25.80) / 2 = 116.10; line 2: 89.00;
    # line 3: 119.00; 324.10 in all. 1990 x 11610 / 32410 = 712.86, x 8900 = 546.47, x 11900 = 730.67;
    # 1988 given, two cents left for .86 and .67: 7.13 + 5.46 + 7.31 = 19.90.
    # Line 1: 116.10 + 19.16 / 2 = 9.58 makes 125.68; - 7.13 = 118.55
    ("RMA-3018", "#1055", "1"): refund(
        "1", "2026-11-30", merchandise="116.10", tax="9.58", return_shipping="7.13", net_refund="118.55",
    ),
    # Line 2 is a manufacturing defect: its 5.46 is not charged, nor moved to the others. 89.00 + 7.34 = 96.34
    ("RMA-3018", "#1055", "2"): refund(
        "1", "2026-11-30", merchandise="89.00", tax="7.34", net_refund="96.34",
    ),
    # Line 3 waits for photos and keeps its 7.31
    ("RMA-3018", "#1055", "3"): hold("evidence-missing", "1"),
    # --- Restocking and damage ---
    # 649.00 + 53.54 = 702.54. No box: 15 % of 649.00 = 97.35. Scratch: 10 % = 64.90.
    # 702.54 - 12.60 - 97.35 - 64.90 = 527.69. Due on the payout date itself, 11-23: in time.
    ("RMA-3019", "#1056", "1"): refund(
        "1", "2026-11-23", merchandise="649.00", tax="53.54", return_shipping="12.60",
        restocking_fee="97.35", damage="64.90", net_refund="527.69",
    ),
    # The carton is damaged (15 % of 549.00 = 82.35), the fee is waived: 549.00 - 12.60 = 536.40
    ("'=RMA-3020", "#1057", "1"): refund(
        "1", "2026-11-25", merchandise="549.00", return_shipping="12.60", net_refund="536.40",
        resolved_by="service.lead", answers="waive restocking_fee",
    ),
    # "haze" has no rate; a person sets 35.00. 149.00 + 12.29 - 8.40 - 35.00 = 117.89
    ("RMA-3021", "#1058", "1"): refund(
        "1", "2026-11-27", merchandise="149.00", tax="12.29", return_shipping="8.40", damage="35.00",
        net_refund="117.89", resolved_by="warehouse.lead", answers="set-amount damage",
    ),
    # "fungus" has no rate either, and the 60.00 in resolutions.csv is signed by nobody
    ("RMA-3022", "#1059", "1"): hold("damage-unpriced", "1"),
    # 12.00 + 0.99 = 12.99. Return shipping 8.40, 4.59 left; restocking 15 % = 1.80, 2.79 left;
    # damage 50 % = 6.00 is capped at 2.79 (short by 3.21). Net 0.00: no payout.
    ("RMA-3023", "#1060", "1"): refund(
        "1", "2026-11-27", codes="deductions-capped", merchandise="12.00", tax="0.99",
        return_shipping="8.40", restocking_fee="1.80", damage="2.79", net_refund="0.00", payout_date="",
        credit_from="", credit_to="",
    ),
    # --- Receipt ---
    # Received 11-05, due 11-20, paid out 11-23. 119.00 + 9.82 - 8.40 = 120.42
    ("RMA-3024", "#1061", "1"): refund(
        "1", "2026-11-20", codes="past-deadline", merchandise="119.00", tax="9.82", return_shipping="8.40",
        net_refund="120.42",
    ),
    # One of three bought, two announced: 267.00 / 3 = 89.00; tax 22.03 / 3 = 7.343 -> 7.34.
    # 96.34 - 9.10 = 87.24
    ("RMA-3025", "#1062", "1"): refund(
        "1", "2026-12-01", codes="short-receipt", merchandise="89.00", tax="7.34", return_shipping="9.10",
        net_refund="87.24",
    ),
    # Requested 09-21: 9 + 31 + 20 = 60 days ago, not yet lost. awaiting-receipt cannot be allowed.
    ("RMA-3026", "#1063", "1"): hold("awaiting-receipt", ""),
    # Requested 09-21 06:30 UTC = 09-20 23:30 in Los Angeles: 61 days ago
    ("RMA-3027", "#1064", "1"): reject("lost-in-transit", ""),
    # A parcel came, with nothing in it, and a person stops whatever may still come
    ("RMA-3028", "#1065", "1"): hold("awaiting-receipt;stopped-by-review", "0", **by("risk", "stop stopped-by-review")),
    # --- What a line waits for ---
    # Two hold findings, both reported
    ("RMA-3029", "#1066", "1"): hold("evidence-missing;reason-unconfirmed", "1"),
    ("RMA-3030", "#1067", "1"): hold("inspection-missing", "1"),
    ("RMA-3031", "#1068", "1"): hold("delivery-date-missing", "1"),
    # Requested 11-09, two days before the delivery on 11-11
    ("RMA-3032", "#1069", "1"): hold("dates-out-of-order", "1"),
    # --- Disputes: open, lost by the store, won by the store ---
    ("RMA-3033", "#1070", "1"): hold("dispute-open", "1"),
    ("RMA-3034", "#1071", "1"): reject("settled-by-dispute", "1"),
    # Delivered 10-21, requested 11-09: day 19. 89.00 + 7.34 - 8.40 = 87.94
    ("RMA-3035", "#1072", "1"): refund(
        "1", "2026-12-02", merchandise="89.00", tax="7.34", return_shipping="8.40", net_refund="87.94",
    ),
    # --- What the policy does not cover ---
    # A Kickstarter backer in Britain: two reasons
    ("RMA-3036", "#1073", "1"): reject("channel-excluded;outside-region", "1"),
    ("RMA-3037", "#1074", "1"): reject("outside-region", ""),
    # The lens alone bears the label, for the rejected cap has no part in it: 899.00 + 74.17 - 16.80 = 956.37
    ("RMA-3038", "#1075", "1"): refund(
        "1", "2026-12-02", merchandise="899.00", tax="74.17", return_shipping="16.80", net_refund="956.37",
    ),
    ("RMA-3038", "#1075", "2"): reject("accessory-excluded", "1"),
    # An accessory damaged on arrival may come back; damage is waived, so no grade is needed.
    # 24.00 + 1.98 - 4.60 = 21.38
    ("RMA-3039", "#1076", "1"): refund(
        "1", "2026-12-03", merchandise="24.00", tax="1.98", return_shipping="4.60", net_refund="21.38",
    ),
    # --- Cancellations ---
    # The shipping paid comes back too: 649.00 + 53.54 + 14.00 = 716.54; - 19.50 loss = 697.04.
    # Due ten business days after the request of 11-18.
    ("RMA-3040", "#1077", "1"): refund(
        "1", "2026-12-03", merchandise="649.00", tax="53.54", shipping_refund="14.00",
        cancellation_loss="19.50", net_refund="697.04",
    ),
    # Picked up 11-17, cancelled 11-18
    ("RMA-3041", "#1078", "1"): reject("picked-up", "1"),
    # Cancelled 11-18, picked up 11-19 all the same
    ("RMA-3042", "#1079", "1"): hold("pickup-unconfirmed", "1"),
    # Not picked up, but nobody confirms that the order was stopped
    ("RMA-3043", "#1080", "1"): hold("pickup-unconfirmed", "2"),
    # --- Refused deliveries ---
    # The order has three lines, 149.00 + 129.00 + 19.00 = 297.00 (the repeated row of line 3 counts once).
    # Shipping paid 12.00: 602.02, 521.21, 76.77 cents -> 6.02, 5.21, 0.77 (the cent left to line 3).
    # Outbound cost 13.70: 687.31, 595.05, 87.64 -> 6.87, 5.95, 0.88 (the cent left to line 3).
    # Return cost 13.70 over lines 1 and 2, 278.00: 734.28, 635.72 -> 7.34, 6.36 (the cent left to line 2).
    # Line 1: 149.00 + 12.29 + 6.02 = 167.31; - 7.34 - 6.87 = 153.10
    ("RMA-3044", "#1081", "1"): refund(
        "1", "2026-12-03", merchandise="149.00", tax="12.29", shipping_refund="6.02",
        return_shipping="7.34", outbound_shipping="6.87", net_refund="153.10",
    ),
    # Line 2: 129.00 + 10.64 + 5.21 = 144.85; - 6.36 - 5.95 = 132.54
    ("RMA-3044", "#1081", "2"): refund(
        "1", "2026-12-03", merchandise="129.00", tax="10.64", shipping_refund="5.21",
        return_shipping="6.36", outbound_shipping="5.95", net_refund="132.54",
    ),
    # Refused 09-08, 22 + 31 + 20 = 73 days ago
    ("RMA-3045", "#1082", "1"): reject("lost-in-transit", ""),
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

PAYOUTS_MAIN: dict[str, str] = {
    "'=RMA-3020": "536.40",
    "RMA-3005": "212.60",
    "RMA-3007": "2.41",
    "RMA-3008": "2.43",
    "RMA-3010": "131.11",  # line 2 alone; line 1 was paid yesterday
    "RMA-3014": "120.42",
    "RMA-3016": "581.69",
    "RMA-3017": "973.17",
    "RMA-3018": "214.89",  # 118.55 + 96.34
    "RMA-3019": "527.69",
    "RMA-3021": "117.89",
    "RMA-3024": "120.42",
    "RMA-3025": "87.24",
    "RMA-3035": "87.94",
    "RMA-3038": "956.37",
    "RMA-3039": "21.38",
    "RMA-3040": "697.04",
    "RMA-3044": "285.64",  # 153.10 + 132.54
    "RMA-3046": "2748.00",
    "RMA-3047": "2500.00",
    "RMA-3050": "152.89",
}

# (file, line) of the rows with the wrong number of fields: notes with commas and without quotes
MALFORMED_MAIN: set[tuple[str, int]] = {("orders.csv", 67), ("returns.csv", 68)}

# Resolutions that can never apply: no amount; no resolved_by; a code that cannot be allowed; an RMA nobody has read
INVALID_RESOLUTIONS_MAIN: set[tuple[str, str, str, str]] = {
    ("RMA-3012", "#1049", "1", "approval-required"),
    ("RMA-3022", "#1059", "1", "damage"),
    ("RMA-3026", "#1063", "1", "awaiting-receipt"),
    ("RMA-2999", "", "", "restocking_fee"),
}
