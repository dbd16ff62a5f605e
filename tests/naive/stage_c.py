"""Section 4, stage C: the policy."""

from tests.naive.calendars import business_days
from tests.naive.common import Date
from tests.naive.lines import Finding, Line, Night
from tests.naive.policy import is_excluded_channel
from tests.naive.resolutions import settle


def stage_c(night: Night) -> None:
    for line in night.headed_for_refund():
        assert line.policy is not None
        if line.start_date is not None:
            days = line.policy["processing.business_days"]
            line.due_date = business_days(night.policy).add(line.start_date, days)
        find = {
            "return": find_in_return,
            "refused_delivery": find_in_refused_delivery,
            "cancellation": find_in_cancellation,
        }[line["return_type"]]
        settle(night, line, "C", find_in_any(night, line) + find(night, line))


def find_in_any(night: Night, line: Line) -> list[Finding]:
    """RP-4, RP-12 and the dates: R, D and C."""
    assert line.order_row is not None and line.policy is not None
    found = find_stop(night, line)
    channel, known = line.order_row["sales_channel"], line.policy["coverage.channels"]
    if is_excluded_channel(channel, line.policy):
        found.append(Finding("channel-excluded", "reject", f"bought through {channel}"))
    elif known is not None and channel not in known:
        found.append(Finding("channel-unknown", "hold", f"{channel} is none of {', '.join(known)}"))
    if line["dispute_status"] == "lost":
        found.append(Finding("settled-by-dispute", "reject", "the bank has already paid the customer"))
    if line["dispute_status"] == "open":
        found.append(Finding("dispute-open", "hold", dispute_window(line)))
    if line["requested_date"] > night.as_of:
        message = f"requested on {line['requested_date']}, after {night.as_of}"
        found.append(Finding("dates-out-of-order", "hold", message))
    return found


def find_stop(night: Night, line: Line) -> list[Finding]:
    """CT-5: what a person keeps back, until a person lifts it."""
    latest = night.resolution(line.key, "stopped-by-review")
    if latest is None:
        return []
    if latest.action == "allow":
        if any(r.action in ("stop", "reject") for r in night.resolutions_of(line.key, "stopped-by-review")):
            line.resolved.add(latest.told)
        return []
    return [Finding("stopped-by-review", "hold", f"{latest.resolved_by} stopped it on {latest.night}")]


def dispute_window(line: Line) -> str:
    assert line.policy is not None
    least, most = line.policy["dispute.min_months"], line.policy["dispute.max_months"]
    opened = line["dispute_opened_date"]
    return f"the dispute may take {least} to {most} months from {opened or 'an unknown day'}"


def find_receipt(night: Night, line: Line) -> list[Finding]:
    """RP-9 and RP-14: no refund unless the warehouse receives the parcel. R and D."""
    assert line.policy is not None
    if line.is_received(night.as_of):
        return []
    waited = (night.as_of - line["requested_date"]).days
    limit = line.policy["receipt.lost_after_days"]
    if waited > limit:
        message = f"not received {waited} days after it was requested; the limit is {limit}"
        return [Finding("lost-in-transit", "reject", message)]
    return [Finding("awaiting-receipt", "hold", "the warehouse has not received it")]


def find_in_return(night: Night, line: Line) -> list[Finding]:
    assert line.order_row is not None and line.policy is not None
    order, policy = line.order_row, line.policy
    found = find_receipt(night, line)
    if order["ship_country"] not in policy["coverage.countries"]:
        found.append(Finding("outside-region", "reject", f"shipped to {order['ship_country']}"))
    if order["item_type"] == "accessory" and line["reason"] not in policy["coverage.accessory_reasons"]:
        found.append(Finding("accessory-excluded", "reject", f"an accessory, returned for {line['reason']}"))
    found += find_window(line)
    out_of_order = (order["delivered_date"] is not None and line["requested_date"] < order["delivered_date"]) or (
        line["received_date"] is not None and line["received_date"] < line["requested_date"]
    )
    # One finding, whichever of the dates is out of order.
    if out_of_order and line["requested_date"] <= night.as_of:
        found.append(Finding("dates-out-of-order", "hold", "requested before delivery or received before the request"))
    if line["evidence_complete"] is not True:
        found.append(Finding("evidence-missing", "hold", "photos and reason are not complete"))
    if line["reason_confirmed"] is not True:
        found.append(Finding("reason-unconfirmed", "hold", "customer service has not confirmed the reason"))
    if line.is_received(night.as_of):
        found += find_inspection(night, line)
    return found


def find_window(line: Line) -> list[Finding]:
    """RP-1: notice within window_days of delivery."""
    assert line.order_row is not None and line.policy is not None
    delivered = line.order_row["delivered_date"]
    if delivered is None:
        return [Finding("delivery-date-missing", "hold", "the day of delivery is unknown")]
    days, limit = (line["requested_date"] - delivered).days, line.policy["coverage.window_days"]
    if days > limit:
        message = f"requested {days} days after delivery on {delivered}; the limit is {limit}"
        return [Finding("window-expired", "reject", message)]
    return []


def find_inspection(night: Night, line: Line) -> list[Finding]:
    """RP-8, of a received return."""
    assert line.policy is not None
    found = find_excluded_grade(line)
    settled = night.damage_is_settled(line.key)
    waived = line["reason"] in line.policy["damage.waived_for"]
    grade_is_needed = line["damage_amount"] is None and not waived and not settled
    needed = ["original_box", "items_missing", "packaging_damaged"] + ["damage_grade"] * grade_is_needed
    if missing := [column for column in needed if line[column] is None]:
        found.append(Finding("inspection-missing", "hold", f"unknown: {', '.join(missing)}"))
    grade = line["damage_grade"]
    if grade_is_needed and grade is not None and grade not in line.policy["damage.rates"]:
        found.append(Finding("damage-unpriced", "hold", f"no rate for the grade {grade} and no damage_amount"))
    return found


def find_excluded_grade(line: Line) -> list[Finding]:
    """RP-15: what is refused instead of priced."""
    assert line.policy is not None
    grade, waived = line["damage_grade"], line["reason"] in line.policy["damage.waived_for"]
    if waived or grade not in line.policy["coverage.excluded_grades"]:
        return []
    return [Finding("condition-excluded", "reject", f"came back with the grade {grade}", "damage_grade", grade)]


def find_in_refused_delivery(night: Night, line: Line) -> list[Finding]:
    """RP-14: a parcel that was delivered was not refused."""
    assert line.order_row is not None
    found = find_receipt(night, line)
    delivered = line.order_row["delivered_date"]
    if delivered is not None and delivered <= night.as_of:
        found.append(Finding("delivered-not-refused", "hold", f"delivered on {delivered}: it is a return"))
    return found


def find_in_cancellation(night: Night, line: Line) -> list[Finding]:
    """RP-13: only before the courier picks the order up."""
    assert line.order_row is not None
    # Where the pickup was not recorded, what was delivered was picked up at the latest by then.
    handed_over: Date | None = line.order_row["picked_up_date"] or line.order_row["delivered_date"]
    if handed_over is None:
        if line["reason_confirmed"] is True:
            return []
        return [Finding("pickup-unconfirmed", "hold", "nobody has confirmed that the order was stopped")]
    if handed_over < line["requested_date"]:
        return [Finding("picked-up", "reject", f"handed over on {handed_over}, before the request")]
    return [Finding("pickup-unconfirmed", "hold", f"handed over all the same, on {handed_over}")]
