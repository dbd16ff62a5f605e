"""Resolutions: the answers of people, plausible ones and flawed ones."""

from collections.abc import Sequence

from tests.worlds.guesses import plain_claim, plausible_codes, plausible_deductions
from tests.worlds.words import (
    ALLOWABLE,
    APPROVERS,
    HOLD_CODES,
    MOST_CENTS,
    NOTES,
    OTHER_CODES,
    PEOPLE,
    RETURN_COLUMNS,
    UNPRICED,
    WAIVABLE,
    Row,
    cased,
    cents_text,
    mix,
)
from tests.worlds.world import World


def write_resolutions(world: World, fresh: int, also: Sequence[Row] = ()) -> None:
    """Tonight's resolutions: new ones, some repeated, some contradicting, some left blank by the analyst.

    `also` are further decisions of tonight, made elsewhere.
    """
    rng = world.rng
    rows: list[Row] = []
    earlier = world.resolutions_seen
    if earlier and world.chance(0.3):
        # People keep one growing file.
        rows += earlier
    elif earlier and world.chance(0.3):
        rows.append(rng.choice(earlier))
    new = [row for _ in range(fresh) for row in make_resolutions(world)] + list(also)
    if new and world.chance(0.2):
        new.append(rng.choice(new) | {"note": "again"})
    if new + earlier and world.chance(0.2):
        row = rng.choice(new + earlier)
        new.append(row | rng.choice((
            {"action": "reject"}, {"action": "allow"}, {"amount": "1.00"}, {"order_line": ""},
            {"resolved_by": "bo"},
        )))  # fmt: skip
    world.resolutions_seen = earlier + new
    if new and world.chance(0.4):
        # A line of exceptions.csv that the analyst left undecided.
        new = [*new, rng.choice(new) | {"action": "", "resolved_by": ""}]
    world.resolutions = rows + new


def make_resolutions(world: World) -> list[Row]:
    """One decision of a person: one row, or one for each RMA of an order that waits for approval."""
    rng = world.rng
    rows = list(world.returns.values()) if world.chance(0.9) else []
    rows = rows or [contents[-1] for contents in world.returns_seen.values()]
    if not rows:
        return [resolution(world, dict.fromkeys(RETURN_COLUMNS, "R1"), "damage", "waive")]
    kind = rng.choice(RESOLUTION_KINDS)
    row = rng.choice(rows)
    if kind == "finding" or world.chance(0.2):
        # People decide where there is something to decide.
        row = max(rng.sample(rows, min(3, len(rows))), key=lambda row: len(plausible_codes(world, row)))
    limits = {policy.get("approval", {}).get("limit") for policy in world.policies}
    likely = 0.25 if world.every_rule else 0.6
    if world.chance(likely if limits - {"2500.00", None} else 0.03):
        return approve_order(world, row["order_number"], rows)
    unpriced = [row for row in rows if row["return_type"] == "return" and row["damage_grade"] in UNPRICED]
    if unpriced and world.chance(0.4):
        row = rng.choice(unpriced)
        amount = rng.choice(("", "3.00", "0.00"))
        priced = resolution(world, row, "damage", "set-amount" if amount else "waive")
        return [priced | {"amount": amount, "order_line": row["order_line"]}]
    match kind:
        case "waive":
            code = rng.choice(plausible_deductions(row)) if world.chance(0.8) else rng.choice(WAIVABLE)
            return [resolution(world, row, code, "waive")]
        case "set":
            code = rng.choice(plausible_deductions(row))
            amount = rng.choice(("0.00", "0", "1.00", "2.5", "33.33", "999999999.99"))
            named = row["order_line"] if world.chance(0.9) else ""
            return [resolution(world, row, code, "set-amount") | {"amount": amount, "order_line": named}]
        case "flawed":
            return [flawed_resolution(world, row)]
    code = rng.choice(plausible_codes(world, row))
    action = "allow" if code in ALLOWABLE and (code not in HOLD_CODES or world.chance(0.65)) else "reject"
    return [resolution(world, row, code, action)]


RESOLUTION_KINDS = mix((14, "finding"), (4, "waive"), (4, "set"), (3, "flawed"))


def resolution(world: World, row: Row, code: str, action: str) -> Row:
    """A resolution of a return row, of its line or of its whole RMA."""
    rng = world.rng
    whole_rma = world.chance(0.3)
    return {
        "rma_number": row["rma_number"],
        "order_number": row["order_number"] if world.chance(0.7) else "",
        "order_line": "" if whole_rma else row["order_line"],
        "code": code,
        "action": action,
        "amount": rng.choice(("", "", "500.00")) if code == "approval-required" else "",
        "resolved_by": rng.choice(PEOPLE),
        "note": rng.choice(NOTES),
    }


def flawed_resolution(world: World, row: Row) -> Row:
    """A resolution that can never apply, or hardly."""
    rng = world.rng
    others = rng.choice((ALLOWABLE, HOLD_CODES, OTHER_CODES, WAIVABLE))
    code = rng.choice((*plausible_codes(world, row), *others))
    sound = resolution(world, row, code, rng.choice(("allow", "reject", "waive", "set-amount")))
    return sound | rng.choice((
        {}, {}, {"rma_number": "R-unknown"}, {"rma_number": ""}, {"rma_number": row["rma_number"] + "x"},
        {"order_line": "99"}, {"order_number": "no such"}, {"resolved_by": ""}, {"action": "approve"},
        {"action": sound["action"].title()}, {"code": code.upper()}, {"code": "no-such-code"}, {"code": ""},
        {"amount": "-5"}, {"amount": "5.001"}, {"amount": "NA"}, {"action": "set-amount", "code": "damage"},
        {"action": "set-amount", "code": "damage", "amount": "1.00", "order_line": ""},
        {"action": "allow", "code": "approval-required"},
    ))  # fmt: skip


def approve_order(world: World, number: str, rows: list[Row]) -> list[Row]:
    """CT-3: a person approves the payouts of an order, with a sum just enough, too small or generous."""
    rng = world.rng
    asked = [row for row in rows if row["order_number"] == number]
    total = sum(plain_claim(world, row) for row in asked)
    amounts = (total, total, total - 1, total + 1, MOST_CENTS, MOST_CENTS, MOST_CENTS, 100)
    amount = cents_text(max(rng.choice(amounts), 0))
    found = {}
    for row in asked:
        decided = resolution(world, row, "approval-required", "allow") | {"amount": amount}
        if world.every_rule:
            decided["resolved_by"] = approver(world)
        found[decided["rma_number"], decided["order_line"]] = decided
    approvals = list(found.values())
    return approvals[:-1] if len(approvals) > 1 and world.chance(0.15) else approvals


def approver(world: World) -> str:
    """Mostly one of those who may approve tonight, in some case."""
    rng = world.rng
    names = world.policy_of(world.as_of).get("approval", {}).get("approvers", [])
    elsewhere = [name for policy in world.policies for name in policy.get("approval", {}).get("approvers", [])]
    pool = names if names and world.chance(0.8) else elsewhere if elsewhere and world.chance(0.5) else APPROVERS
    return cased(rng, rng.choice(pool))
