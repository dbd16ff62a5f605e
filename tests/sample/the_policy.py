"""The main night, Friday 2026-11-20: what the policy says of a line (rulebook 4, stage C, and 5)."""

from tests.sample.cells import Key, Row, by, hold, refund, reject

# fmt: off
EXPECTED: dict[Key, Row | list[Row]] = {
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
    # --- The second version, 2026-11, for orders from 2026-11-09 on ---
    # It knows the channels webshop and marketplace; this is "Pop-up store"
    ("RMA-3061", "#1097", "1"): hold("channel-unknown", "1", policy_version="2026-11"),
    # It refuses a crack. The crack of RMA-3023, ordered on 10-24, is still priced by version 2024-01
    ("RMA-3062", "#1098", "1"): reject("condition-excluded", "1", policy_version="2026-11"),
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
    # Delivered 11-06, "refused" 11-09: the customer had accepted it
    ("RMA-3063", "#1099", "1"): hold("delivered-not-refused", "1"),
}
