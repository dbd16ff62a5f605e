"""The main night, Friday 2026-11-20: lines that earlier nights, or days before the first night, left behind."""

from tests.sample.cells import Key, Row, by, decided, hold, refund, reject

# fmt: off
EXPECTED: dict[Key, Row | list[Row]] = {
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
    # --- Before the first night: data/sample/opening.csv ---
    # Second parcel: 2 received - 1 of the opening = 1. Merchandise 298.00 - 149.00 = 149.00; tax 24.59 - 12.30 =
    # 12.29. A manufacturing defect travels free: 161.29. The shop shows the 161.30 of the opening and no more.
    ("RMA-2950", "#1103", "1"): refund(
        "1", "2026-12-03", merchandise="149.00", tax="12.29", net_refund="161.29",
    ),
    # One of two was refunded before the first night, and nobody knows whether by this RMA
    ("RMA-3066", "#1102", "1"): hold("refunded-elsewhere", "1"),
}
