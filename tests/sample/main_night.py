"""The main night, Friday 2026-11-20: what it must come to, worked out by hand, section by section."""

from itertools import chain

from tests.sample import earlier_nights, the_controls, the_policy
from tests.sample.cells import Key, Row

SECTIONS = (earlier_nights.EXPECTED, the_policy.EXPECTED, the_controls.EXPECTED)
EXPECTED: dict[Key, Row | list[Row]] = dict(chain.from_iterable(section.items() for section in SECTIONS))
assert len(EXPECTED) == sum(len(section) for section in SECTIONS), "a line stands in one section"

PAYOUTS: dict[str, str] = {
    "'=RMA-3020": "536.40",
    "RMA-2950": "161.29",
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
    "RMA-3064": "120.42",
    "RMA-3067": "87.94",
}

# (file, line) of the rows with the wrong number of fields: notes with commas and without quotes
MALFORMED: set[tuple[str, int]] = {("orders.csv", 67), ("returns.csv", 68)}

# (rma_number, order_number, order_line, code) of the resolutions that can never apply: no amount; no
# resolved_by; a code that cannot be allowed; an RMA that nobody has read
INVALID_RESOLUTIONS: set[tuple[str, str, str, str]] = {
    ("RMA-3012", "#1049", "1", "approval-required"),
    ("RMA-3022", "#1059", "1", "damage"),
    ("RMA-3026", "#1063", "1", "awaiting-receipt"),
    ("RMA-2999", "", "", "restocking_fee"),
}
