"""What people decide in worlds of every rule: stop and withdraw, allowances that have a limit, answers in the row
that is there, and words that are said again."""

from collections.abc import Callable

from tests.worlds.guesses import (
    holds_of_every_rule,
    likely_net,
    likely_refunded,
    plausible_codes,
    rejections,
    waits_for,
)
from tests.worlds.resolutions import approver, resolution
from tests.worlds.shop_refunds import refunded_so_far
from tests.worlds.words import (
    ALLOWABLE_OF_EVERY_RULE,
    HOLD_CODES_OF_EVERY_RULE,
    MOST_CENTS,
    OTHER_CODES,
    PEOPLE,
    RMA_NUMBERS,
    UNPRICED,
    WAIVABLE,
    Row,
    cents_text,
    day,
    mix,
)
from tests.worlds.world import World

STOPPED, LEFT, ELSEWHERE, APPROVAL = "stopped-by-review", "left-the-export", "refunded-elsewhere", "approval-required"
CHANGED = ("changed-after-refund", "disputed-after-refund")
STOP_SCRIPTS = mix(
    (6, ("stop",)), (2, ("stop", "allow")), (1, ("stop", "allow", "stop")), (1, ("stop", "reject")),
    (1, ("reject", "allow")), (4, ("reject",)), (2, ("allow",)), (1, ("allow", "stop")), (1, ("stop", "withdraw")),
    (1, ("stop", "stop")),
)  # fmt: skip
UNPRICED_SCRIPTS = mix(
    (4, ("damage-unpriced",)), (1, ("damage", "damage-unpriced")), (1, ("damage-unpriced", "damage"))
)  # fmt: skip


def decide(world: World) -> list[Row]:
    """One decision of a person; none where the story gives no occasion for it."""
    return world.rng.choice(KINDS)(world)


def some_row(world: World) -> Row | None:
    """A return row of tonight or, now and then, one that is no longer exported."""
    rows = list(world.returns.values())
    if not rows or world.chance(0.1):
        rows += [contents[-1] for contents in world.returns_seen.values()]
    return world.rng.choice(rows) if rows else None


def stop(world: World) -> list[Row]:
    """CT-5: keep a line or an RMA back, and perhaps let it go again, in one file."""
    # Most of all people stop what would be paid.
    paid = [row for row in world.returns.values() if likely_refunded(world, row)]
    row = world.rng.choice(paid) if paid and world.chance(0.7) else some_row(world)
    if row is None:
        return []
    first = resolution(world, row, STOPPED, "stop")
    decided = []
    for action in world.rng.choice(STOP_SCRIPTS):
        said = first if world.chance(0.75) else resolution(world, row, STOPPED, action)
        decided.append(said | {"action": action})
    return decided


def settle_stop(world: World) -> list[Row]:
    """A stop of an earlier night is lifted, made a rejection, withdrawn or said again."""
    stops = [said for said in world.resolutions_seen if said["code"] == STOPPED]
    if not stops:
        return stop(world)
    said = world.rng.choice(stops)
    scope = {} if world.chance(0.8) else {"order_line": "", "order_number": ""}
    action = world.rng.choice(("allow", "allow", "allow", "reject", "withdraw", "stop"))
    return [said | scope | {"action": action, "resolved_by": world.rng.choice(PEOPLE)}]


def foretell(world: World) -> list[Row]:
    """A person speaks of an RMA that has not been read yet; mostly of the one code for which that is allowed."""
    rng = world.rng
    taken = {key[0] for key in (*world.returns, *world.returns_seen)} | {rma for rma, _ in world.foretold}
    free = [number for number in RMA_NUMBERS if number not in taken]
    if not free or not world.orders:
        return []
    rma, number = rng.choice(free), rng.choice(list(world.orders))
    world.foretold.append((rma, number))
    line = rng.choice(world.orders[number])["order_line"]
    row = {"rma_number": rma, "order_number": number, "order_line": line if world.chance(0.9) else "99"}
    code = STOPPED if world.chance(0.85) else rng.choice(("window-expired", "damage"))
    actions = rng.choice((("stop",), ("stop",), ("reject",), ("allow",), ("stop", "allow"), ("withdraw",)))
    return [resolution(world, row, code, action) for action in actions]


def withdraw(world: World) -> list[Row]:
    """An earlier decision is taken back; its scope is the same, or (in vain) another; perhaps it is said again."""
    rng = world.rng
    said_before = [said for said in world.resolutions_seen if said["action"] not in ("withdraw", "")]
    if not said_before:
        return withdraw_any(world)
    priced = [said for said in said_before if said["code"] in (*WAIVABLE, "damage-unpriced")]
    said = rng.choice(priced if priced and world.chance(0.4) else said_before)
    back = said | {"action": "withdraw", "amount": "", "resolved_by": rng.choice(PEOPLE)}
    if said["code"] in ("damage", "damage-unpriced") and world.chance(0.5):
        back["code"] = rng.choice(("damage", "damage-unpriced"))
    if world.chance(0.12):
        back["order_line"] = "" if said["order_line"] else "1"
    return [back, said] if world.chance(0.2) else [back]


def withdraw_any(world: World) -> list[Row]:
    """A withdrawal of any code, of some that no action takes too."""
    row = some_row(world)
    if row is None:
        return []
    codes = (*ALLOWABLE_OF_EVERY_RULE, *HOLD_CODES_OF_EVERY_RULE, *WAIVABLE)
    code = world.rng.choice(codes if world.chance(0.85) else OTHER_CODES)
    return [resolution(world, row, code, "withdraw")]


def give_up_missing(world: World) -> list[Row]:
    """CT-1: a key that waited and left the export is no longer watched; or it is said of one that is there."""
    rng = world.rng
    missing = [contents[-1] for key, contents in world.returns_seen.items() if key not in world.returns]
    row = max(rng.sample(missing, min(3, len(missing))), key=lambda row: len(waits_for(row)), default=some_row(world))
    if row is None:
        return []
    said = resolution(world, row, LEFT, "reject")
    again = [seen for seen in world.resolutions_seen if seen["code"] == LEFT]
    if again and world.chance(0.3):
        said = rng.choice(again)
    script = rng.choice((("reject",),) * 6 + (("withdraw", "reject"), ("withdraw",), ("allow",)))
    return [said | {"action": action} for action in script]


def accept_change(world: World) -> list[Row]:
    """CT-2: what changed after its refund is accepted, on this night only; in the same words it needs a withdrawal."""
    changed = [row for key, row in world.returns.items() if row != world.returns_seen.get(key, [row])[0]]
    said_before = [said for said in world.resolutions_seen if said["code"] in CHANGED and said["action"] == "reject"]
    if said_before and world.chance(0.4):
        said = world.rng.choice(said_before)
        return [said | {"action": "withdraw"}, said] if world.chance(0.6) else [said]
    paid = [row for row in changed if key_of(row) in world.paid]
    row = world.rng.choice(paid or changed) if changed else some_row(world)
    if row is None:
        return []
    return [resolution(world, row, code, "reject") for code in world.rng.choice((CHANGED[:1], CHANGED[1:], CHANGED))]


def price_damage(world: World) -> list[Row]:
    """RP-8: an analyst fills in the row of damage-unpriced, perhaps beside an answer about damage."""
    rng = world.rng
    rows = [row for row in world.returns.values() if row["return_type"] == "return"]
    unpriced = [row for row in rows if row["damage_grade"] in UNPRICED and not row["damage_amount"]]
    row = rng.choice(unpriced or rows) if rows else some_row(world)
    if row is None:
        return []
    decided = []
    for code in rng.choice(UNPRICED_SCRIPTS):
        action = rng.choice(("waive", "set-amount", "set-amount"))
        said = resolution(world, row, code, action)
        if action == "set-amount":
            said |= {"amount": rng.choice(("0.00", "3.00", "7.5", "", "40.00"))}
            said |= {"order_line": row["order_line"]} if world.chance(0.9) else {}
        decided.append(said)
    return decided


def look_elsewhere(world: World) -> list[Row]:
    """CT-2: a person has looked at refunded_amount: at this figure, at a smaller or a larger one, or at none."""
    rng = world.rng
    rows = [row for row in world.returns.values() if row["order_number"] in world.paid_elsewhere]
    opened = {(row["order_number"], row["order_line"]) for row in world.opening if not row["rma_number"]}
    rows += [row for key, row in world.returns.items() if key[1:] in opened]
    if not rows and world.chance(0.7):
        return stop(world)
    row = rng.choice(rows) if rows else some_row(world)
    if row is None:
        return []
    shown = world.shop_shows.get(row["order_number"]) or 0
    found = {}
    for other in world.returns.values():
        if other["order_number"] == row["order_number"]:
            amount = cents_text(max(shown + rng.choice((0, 0, 0, 1, -1, 10000)), 0))
            if world.chance(0.1):
                amount = rng.choice(("", "0", "-1", "0.00"))
            said = resolution(world, other, ELSEWHERE, "allow") | {"amount": amount}
            found[said["rma_number"], said["order_line"]] = said
    return list(found.values())


def approve(world: World) -> list[Row]:
    """CT-3: an approver, or somebody who is none, approves an order's sum."""
    rng = world.rng
    limited = [row for row in world.returns.values() if has_limit(world, row) and likely_refunded(world, row)]
    row = rng.choice(limited) if limited else some_row(world)
    if row is None:
        return []
    number = row["order_number"]
    before = max(refunded_so_far(world, number), world.shop_shows.get(number) or 0)
    asked = [other for key, other in world.returns.items() if other["order_number"] == number]
    fresh = sum(likely_net(world, other) for other in asked if key_of(other) not in world.paid)
    amount = rng.choice((before + fresh, before + fresh, before + fresh - 1, MOST_CENTS, MOST_CENTS, MOST_CENTS, 2000))
    name = approver(world)
    found = {}
    for other in asked:
        said = resolution(world, other, APPROVAL, "allow")
        said |= {"amount": cents_text(max(amount, 0)), "resolved_by": name}
        found[said["rma_number"], said["order_line"]] = said
    return list(found.values())


def key_of(row: Row) -> tuple[str, str, str]:
    return row["rma_number"], row["order_number"], row["order_line"]


def has_limit(world: World, row: Row) -> bool:
    """Whether the version that judges a return row has an approval limit that orders of these worlds reach."""
    order = world.order_row(row)
    policy = world.policy_of(day(order["ordered_date"])) if order else {}
    return policy.get("approval", {}).get("limit") not in (None, "2500.00")


def name_again(world: World) -> list[Row]:
    """A line that was rejected is named again: its rejection is allowed, or something else is said of it."""
    rng = world.rng
    rejected = [row for row in world.returns.values() if rejections(world, row)]
    if rejected and world.chance(0.75):
        row = max(rng.sample(rejected, min(3, len(rejected))), key=lambda row: len(waits_for(row)))
        codes = rejections(world, row)
        if world.chance(0.25):
            return [resolution(world, row, rng.choice(WAIVABLE), "waive")]
        return [resolution(world, row, code, "allow") for code in codes]
    said = [said for said in world.resolutions_seen if said["action"] == "reject"]
    if not said:
        return answer(world)
    other = rng.choice((
        {"action": "allow"}, {"action": "withdraw"}, {"resolved_by": "bo"}, {"code": "damage", "action": "waive"},
    ))  # fmt: skip
    return [rng.choice(said) | other]


def let_through(world: World) -> list[Row]:
    """Everything that seems to stand between a line and its refund is allowed at once."""
    rng = world.rng
    stopped = []
    for row in world.returns.values():
        order = world.order_row(row)
        if order is not None:
            holds = [code for code in holds_of_every_rule(world, row, order) if code != ELSEWHERE]
            holds += [ANSWERS[column] for column in waits_for(row) if column in ANSWERS]
            codes = sorted({*rejections(world, row), *holds})
            stopped += [(row, codes)] if codes else []
    if not stopped:
        return adjust(world)
    row, codes = rng.choice(stopped)
    return [resolution(world, row, code, "allow") for code in codes]


ANSWERS = dict.fromkeys(("original_box", "items_missing", "packaging_damaged"), "inspection-missing") | {
    "evidence_complete": "evidence-missing",
}


def adjust(world: World) -> list[Row]:
    """A deduction of a line that will be paid is waived, or set where it may be."""
    rng = world.rng
    paid = [row for row in world.returns.values() if likely_refunded(world, row) and key_of(row) not in world.paid]
    if not paid:
        return []
    row = rng.choice(paid)
    waivable, settable = DEDUCTIONS.get(row["return_type"], (WAIVABLE, ()))
    if settable and world.chance(0.4):
        said = resolution(world, row, rng.choice(settable), "set-amount")
        return [said | {"amount": rng.choice(("0.00", "1.00", "2.5", "33.33")), "order_line": row["order_line"]}]
    return [resolution(world, row, rng.choice(waivable), "waive")]


DEDUCTIONS = {
    "return": (("return_shipping", "restocking_fee", "damage"), ("restocking_fee", "damage")),
    "refused_delivery": (("return_shipping", "outbound_shipping"), ()),
    "cancellation": (("cancellation_loss",), ("cancellation_loss",)),
}


def answer(world: World) -> list[Row]:
    """A finding that a line seems to carry is allowed or rejected."""
    row = some_row(world)
    if row is None:
        return []
    code = world.rng.choice(plausible_codes(world, row))
    may_allow = code in ALLOWABLE_OF_EVERY_RULE
    action = "allow" if may_allow and (code not in HOLD_CODES_OF_EVERY_RULE or world.chance(0.6)) else "reject"
    return [resolution(world, row, code, action)]


KINDS: tuple[Callable[[World], list[Row]], ...] = mix(
    (8, stop), (4, settle_stop), (4, foretell), (6, withdraw), (3, withdraw_any), (4, give_up_missing),
    (3, accept_change), (4, price_damage), (6, look_elsewhere), (5, approve), (6, name_again), (5, answer),
    (6, let_through), (5, adjust),
)  # fmt: skip
