"""Sections 4 and 8: the codes of findings, their clauses, and which action answers which."""

NO_LINE = ("left-the-export",)  # of a key that stands on no row tonight
STAGE_A = ("invalid-value", "conflicting-rows", "conflicting-rma")
STAGE_B = (
    "order-not-found",
    "ambiguous-order",
    "invalid-order",
    "currency-unsupported",
    "no-policy-in-force",
    "changed-after-refund",
    "disputed-after-refund",
)
STAGE_C_REJECT = (
    "channel-excluded",
    "outside-region",
    "accessory-excluded",
    "window-expired",
    "condition-excluded",
    "picked-up",
    "lost-in-transit",
    "settled-by-dispute",
)
STAGE_C_HOLD = (
    "channel-unknown",
    "stopped-by-review",
    "dispute-open",
    "awaiting-receipt",
    "delivered-not-refused",
    "delivery-date-missing",
    "dates-out-of-order",
    "evidence-missing",
    "reason-unconfirmed",
    "inspection-missing",
    "damage-unpriced",
    "pickup-unconfirmed",
)
STAGE_D = ("order-changed-after-refund", "refunded-elsewhere", "units-exceed-purchase")
STAGE_E = ("approval-required",)
WARNINGS = ("deductions-capped", "past-deadline", "short-receipt", "payment-reference-missing")
# Clauses; a code that is not here has its stage's: A and B CT-1, D CT-2, E CT-3.
CLAUSES = {
    "no-policy-in-force": "CT-4",
    "changed-after-refund": "CT-2",
    "disputed-after-refund": "RP-12",
    "channel-excluded": "RP-4",
    "channel-unknown": "RP-4",
    "outside-region": "RP-2",
    "accessory-excluded": "RP-3",
    "window-expired": "RP-1",
    "condition-excluded": "RP-15",
    "picked-up": "RP-13",
    "settled-by-dispute": "RP-12",
    "stopped-by-review": "CT-5",
    "dispute-open": "RP-12",
    "delivered-not-refused": "RP-14",
    "delivery-date-missing": "RP-1",
    "dates-out-of-order": "CT-1",
    "evidence-missing": "RP-5",
    "reason-unconfirmed": "RP-5",
    "inspection-missing": "RP-8",
    "damage-unpriced": "RP-8",
    "pickup-unconfirmed": "RP-13",
    "order-changed-after-refund": "CT-2",
    "refunded-elsewhere": "CT-2",
    "units-exceed-purchase": "CT-2",
    "approval-required": "CT-3",
    "deductions-capped": "CT-6",
    "past-deadline": "RP-10",
    "short-receipt": "RP-9",
    "payment-reference-missing": "CT-1",
    "rejected-by-review": "CT-5",
    "invalid-resolution": "CT-5",
}
CLAUSES_BY_TYPE = {
    ("lost-in-transit", "return"): "RP-9",
    ("lost-in-transit", "refused_delivery"): "RP-14",
    ("awaiting-receipt", "return"): "RP-9",
    ("awaiting-receipt", "refused_delivery"): "RP-14",
}
HOLD_CODES = (*NO_LINE, *STAGE_A, *STAGE_B, *STAGE_C_HOLD, *STAGE_D, *STAGE_E)
NEVER_ALLOWED = (
    "awaiting-receipt",
    "lost-in-transit",
    "dispute-open",
    "delivery-date-missing",
    "damage-unpriced",
    "settled-by-dispute",
    "order-changed-after-refund",
    "units-exceed-purchase",
)
DEDUCTIONS = ("return_shipping", "outbound_shipping", "restocking_fee", "damage", "cancellation_loss")
CODES_OF_ACTION: dict[str, tuple[str, ...]] = {
    "allow": tuple(c for c in (*STAGE_C_REJECT, *STAGE_C_HOLD, *STAGE_D, *STAGE_E) if c not in NEVER_ALLOWED),
    "reject": HOLD_CODES,
    "stop": ("stopped-by-review",),
    "waive": DEDUCTIONS,
    "set-amount": ("restocking_fee", "damage", "cancellation_loss"),
}
CODES_OF_ACTION["withdraw"] = tuple({code: None for codes in CODES_OF_ACTION.values() for code in codes})
# A reject of one of these counts on the night on which it comes into force only.
REJECTED_FOR_ONE_NIGHT = ("left-the-export", "changed-after-refund", "disputed-after-refund")
# An allow of these says up to which sum.
ALLOWED_UP_TO = ("approval-required", "refunded-elsewhere")
TYPES_OF_DEDUCTION = {
    "return_shipping": ("return", "refused_delivery"),
    "outbound_shipping": ("refused_delivery",),
    "restocking_fee": ("return",),
    "damage": ("return",),
    "cancellation_loss": ("cancellation",),
}
