"""Guesses at what a return row waits for, what it is worth and what findings it carries; no judgements."""

from tests.worlds.words import (
    HOLD_CODES,
    HOLD_CODES_OF_EVERY_RULE,
    INSPECTION,
    UNPRICED,
    Policy,
    Row,
    cents,
    day,
    whole,
)
from tests.worlds.world import World, units


def waits_for(row: Row) -> list[str]:
    """The columns of a return row that someone still has to fill in."""
    columns = []
    received = row["received_date"] and whole(row["quantity_received"])
    if not received and row["return_type"] != "cancellation":
        columns.append("received_date")
    if row["return_type"] == "return":
        columns += [column for column in ("evidence_complete", "reason_confirmed") if row[column] != "yes"]
        columns += [column for column in INSPECTION if row[column] in UNPRICED]
    elif row["return_type"] == "cancellation" and row["reason_confirmed"] != "yes":
        columns.append("reason_confirmed")
    if row["dispute_status"] == "open":
        columns.append("dispute_status")
    return columns


def plain_claim(world: World, row: Row) -> int:
    """The cents that a line is worth where nothing is deducted and no share is rounded."""
    order = world.order_row(row)
    if order is None:
        return 0
    price, discount, tax = (cents(order[name]) or 0 for name in ("unit_price", "line_discount", "line_tax"))
    bought = whole(order["quantity"]) or 1
    return (price * bought - discount + tax) * min(units(row), bought) // bought


def plausible_deductions(row: Row) -> list[str]:
    """Deductions that the type of a return row has."""
    return {
        "return": ["damage", "damage", "restocking_fee"],
        "refused_delivery": ["damage"],
        "cancellation": ["cancellation_loss"],
    }.get(row["return_type"], ["damage"])


def plausible_codes(world: World, row: Row) -> list[str]:
    """Finding codes that a return row may carry tonight; a guess, not a judgement."""
    any_hold = HOLD_CODES_OF_EVERY_RULE if world.every_rule else HOLD_CODES
    codes = [world.rng.choice(any_hold + ("units-exceed-purchase",) * 8 + ("approval-required",) * 4)]
    unconfirmed = "pickup-unconfirmed" if row["return_type"] == "cancellation" else "reason-unconfirmed"
    for column in waits_for(row):
        codes += {
            "received_date": ["awaiting-receipt"],
            "evidence_complete": ["evidence-missing"] * 3,
            "reason_confirmed": [unconfirmed] * 3,
            "dispute_status": ["dispute-open"] * 2,
            "damage_grade": ["inspection-missing", "damage-unpriced", "damage-unpriced"],
        }.get(column, ["inspection-missing"])
    if row["dispute_status"] == "lost":
        codes.append("disputed-after-refund")
    order = world.order_row(row)
    if order is None:
        return [*codes, "order-not-found"]
    rules = world.policy_of(day(order["ordered_date"]))["coverage"]
    requested = day(row["requested_date"])
    delivered, picked = day(order["delivered_date"]), day(order["picked_up_date"])
    if order["sales_channel"].lower() in rules["excluded_channels"]:
        codes += ["channel-excluded"] * 3
    if order["ship_country"] not in rules["countries"]:
        codes += ["outside-region"] * 3
    if order["item_type"] == "accessory":
        codes += ["accessory-excluded"] * 2
    if requested and delivered and (requested - delivered).days > rules["window_days"]:
        codes += ["window-expired"] * 4
    if requested and (requested > world.as_of or (delivered and requested < delivered)):
        codes += ["dates-out-of-order"] * 3
    if picked and row["return_type"] == "cancellation":
        codes += ["picked-up", "pickup-unconfirmed"]
    key = (row["rma_number"], row["order_number"], row["order_line"])
    if earlier := world.returns_seen.get(key):
        codes.append("order-changed-after-refund")
        if row != earlier[-1] or row != earlier[0]:
            codes += ["changed-after-refund"] * 4
        if row["dispute_status"] != earlier[0]["dispute_status"]:
            codes += ["disputed-after-refund"] * 4
    if any(copy["rma_number"] == row["rma_number"] for copy in world.return_copies):
        codes += ["conflicting-rows", "conflicting-rma", "invalid-value"]
    if world.every_rule:
        codes += rejections(world, row) * 2 + holds_of_every_rule(world, row, order)
    return codes


def rejections(world: World, row: Row) -> list[str]:
    """The reject codes of stage C that a return row seems to carry tonight."""
    order = world.order_row(row)
    if order is None:
        return []
    policy = world.policy_of(day(order["ordered_date"]))
    rules, kind = policy["coverage"], row["return_type"]
    requested, delivered = day(row["requested_date"]), day(order["delivered_date"])
    handed_over = day(order["picked_up_date"]) or delivered
    codes = []
    if excluded(order["sales_channel"], rules):
        codes.append("channel-excluded")
    if kind == "cancellation" and handed_over and requested and handed_over < requested:
        codes.append("picked-up")
    if kind != "return":
        return codes
    if order["ship_country"] not in rules["countries"]:
        codes.append("outside-region")
    if order["item_type"] == "accessory" and row["reason"] not in rules["accessory_reasons"]:
        codes.append("accessory-excluded")
    if requested and delivered and (requested - delivered).days > rules["window_days"]:
        codes.append("window-expired")
    waived = row["reason"] in policy["damage"]["waived_for"]
    if row["damage_grade"].lower() in rules.get("excluded_grades", []) and not waived:
        codes.append("condition-excluded")
    return codes


def excluded(channel: str, rules: Policy) -> bool:
    """RP-4: whether a channel contains an excluded word."""
    return any(word.lower() in channel.lower() for word in rules["excluded_channels"])


def holds_of_every_rule(world: World, row: Row, order: Row) -> list[str]:
    """The new hold codes that a return row seems to carry tonight."""
    rules = world.policy_of(day(order["ordered_date"]))["coverage"]
    codes = []
    channel = order["sales_channel"].lower()
    known = [name.lower() for name in rules.get("channels", [channel])]
    if channel not in known and not excluded(channel, rules):
        codes += ["channel-unknown"] * 4
    delivered = day(order["delivered_date"])
    if row["return_type"] == "refused_delivery" and delivered and delivered <= world.as_of:
        codes += ["delivered-not-refused"] * 4
    if row["order_number"] in world.paid_elsewhere:
        codes += ["refunded-elsewhere"] * 2
    if any(decided["code"] == "stopped-by-review" and decided["rma_number"] == row["rma_number"]
           for decided in world.resolutions_seen):  # fmt: skip
        codes += ["stopped-by-review"] * 2
    return codes


def likely_refunded(world: World, row: Row) -> bool:
    """Whether nothing seems to stand between a return row and its refund."""
    order = world.order_row(row)
    requested = day(row["requested_date"])
    if order is None or requested is None or requested > world.as_of or waits_for(row):
        return False
    if row["dispute_status"] == "lost" or rejections(world, row) or holds_of_every_rule(world, row, order):
        return False
    return units(row) <= (whole(order["quantity"]) or 0)


def likely_net(world: World, row: Row) -> int:
    """The cents that a line's refund seems to come to, where it is the only one of its RMA and its order line."""
    order = world.order_row(row)
    if order is None:
        return 0
    gross, policy = plain_claim(world, row), world.policy_of(day(order["ordered_date"]))
    cost = cents(row["return_shipping_cost"]) or 0
    if row["return_type"] == "cancellation":
        return max(gross - (cents(row["cancellation_loss"]) or 0), 0)
    if row["return_type"] == "refused_delivery":
        return max(gross - cost - (cents(order["outbound_shipping_cost"]) or 0), 0)
    if row["reason"] in policy["return_shipping"]["waived_for"]:
        cost = 0
    return max(gross - cost - (cents(row["damage_amount"]) or 0), 0)
